/**
 * What the blocks of load balancing mean together: services, groups, families, ports, quorum, and the
 * findings about them; the model is lvs-model.test.ts's. Exit statuses are Keepalived's where it has an opinion. (directives-lvs)
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODES, type CodeName } from '../../src/config/codes.js';
import { DR, group, MARK, rs, TCP, TUN, vs } from './lvs-cases.js';
import { load } from './support.js';

interface Rule {
  readonly name: string;
  readonly text: string;
  /** The findings, without those that only say that nothing has effect yet. */
  readonly told: readonly CodeName[];
  /** Part of the text whose absence, or replacement, removes the finding. */
  readonly guard?: readonly [string, string];
}

const RULES: readonly Rule[] = [
  { name: 'a service in order', text: vs(TCP + rs()), told: [] },
  { name: 'no scheduler', text: vs(`lvs_method NAT\nprotocol TCP\n${rs()}`), told: ['serviceIncomplete'] },
  { name: 'no method', text: vs(`lvs_sched rr\nprotocol TCP\n${rs()}`), told: ['serviceIncomplete'] },
  { name: 'no protocol', text: vs(`lvs_sched rr\nlvs_method NAT\n${rs()}`), told: ['serviceIncomplete'] },
  { name: 'a mark needs no protocol', text: vs(MARK + rs(), 'fwmark 7'), told: [] },
  { name: 'a mark has no protocol', text: vs(TCP + rs(), 'fwmark 7'), told: ['notApplicable'] },
  {
    name: 'a wrong scheduler is told once',
    text: vs(`lvs_sched foo\nlvs_method NAT\nprotocol TCP\n${rs()}`),
    told: ['invalidValue'],
  },
  { name: 'no real servers', text: vs(TCP), told: ['noRealServers'] },
  {
    name: 'a port by its name leaves the service out',
    text: vs(TCP + rs(), '192.0.2.1 http'),
    told: ['entryInvalid'],
  },
  {
    name: 'a mark that is none leaves the service out',
    text: vs(TCP + rs(), 'fwmark 4294967296'),
    told: ['entryInvalid'],
  },
  {
    name: 'no port',
    text: vs(TCP + rs(), '192.0.2.1'),
    told: ['serviceIncomplete'],
    guard: [TCP, `${TCP}persistence_timeout 9\n`],
  },
  {
    name: 'an unknown group',
    text: vs(TCP + rs(), 'group g'),
    told: ['unknownGroup'],
    guard: ['virtual_server', `${group('192.0.2.1 80')}virtual_server`],
  },
  { name: 'a group further below', text: vs(TCP + rs(), 'group g') + group('192.0.2.1 80'), told: [] },
  { name: 'an empty group', text: group() + vs(TCP + rs(), 'group g'), told: ['groupEmpty'] },
  {
    name: 'a group without an entry that can be used is told as such',
    text: group('host 80') + vs(TCP + rs(), 'group g'),
    told: ['groupEmpty', 'entryInvalid'],
  },
  {
    name: 'a mark of either family',
    text: group('192.0.2.1 80', '2001:db8::1 80', 'fwmark 6') + vs(TUN + rs(), 'group g'),
    told: ['groupEmpty'],
    guard: ['fwmark 6', 'fwmark 6 inet'],
  },
  {
    name: 'two groups of one name',
    text: group('192.0.2.1 80') + group('192.0.2.2 80') + vs(TCP + rs(), 'group g'),
    told: ['groupTwice'],
  },
  { name: 'an unused group', text: group('192.0.2.1 80'), told: ['unused'] },
  {
    name: 'a group the servers cannot serve',
    text: group('192.0.2.1 80', '2001:db8::1 80') + vs(TCP + rs(), 'group g'),
    told: ['groupFamily'],
    guard: ['lvs_method NAT', 'lvs_method TUN'],
  },
  {
    name: 'a group without a port',
    text: group('192.0.2.1-3') + vs(TCP + rs(), 'group g'),
    told: ['serviceIncomplete'],
    guard: ['2.1-3', '2.1-3 80'],
  },
  {
    name: 'a port under a group with DR',
    text: group('192.0.2.1 80', '192.0.2.2 81') + vs(DR + rs(), 'group g'),
    told: ['notApplicable'],
    guard: ['10.0.0.1 80', '10.0.0.1'],
  },
  {
    name: 'a range of more addresses than are balanced',
    text: group('10.0.0.0-10.1.0.0 80') + vs(TCP + rs(), 'group g'),
    told: ['rangeCut'],
    guard: ['10.1.0.0 80', '10.0.255.255 80'],
  },
  {
    name: 'a group of marks has no protocol',
    text: group('fwmark 5') + vs(TCP + rs(), 'group g'),
    told: ['notApplicable'],
    guard: ['protocol TCP', ''],
  },
  {
    name: 'a server of another family',
    text: vs(TCP + rs() + rs('2001:db8::1 80')),
    told: ['serverFamily'],
    guard: ['lvs_method NAT', 'lvs_method TUN'],
  },
  {
    name: 'only servers of another family',
    text: vs(TCP + rs('2001:db8::1 80')),
    told: ['serverFamily', 'noRealServers'],
  },
  {
    name: 'ip_family against the servers',
    text: vs(`${MARK}ip_family inet6\n${rs('10.0.0.1')}${rs('2001:db8::1')}`, 'fwmark 5'),
    told: ['serverFamily'],
  },
  { name: 'a server twice', text: vs(TCP + rs() + rs()), told: ['duplicateEntry'] },
  {
    name: 'a server twice by its port',
    text: vs(TCP + rs() + rs('10.0.0.1')),
    told: ['serverTwice'],
    guard: ['real_server 10.0.0.1 {', 'real_server 10.0.0.2 {'],
  },
  {
    name: 'DR with another port',
    text: vs(DR + rs('10.0.0.1 81')),
    told: ['valueAdjusted'],
    guard: ['lvs_method DR', 'lvs_method NAT'],
  },
  {
    name: 'DR under a mark with a port',
    text: vs(`lvs_sched rr\nlvs_method DR\n${rs()}`, 'fwmark 7'),
    told: ['valueAdjusted'],
  },
  {
    name: 'one packet for TCP',
    text: vs(`${TCP}ops\n${rs()}`),
    told: ['notApplicable'],
    guard: ['protocol TCP', 'protocol UDP'],
  },
  {
    name: 'sh-port before its scheduler',
    text: vs(`sh-port\nlvs_sched sh\nlvs_method NAT\nprotocol TCP\n${rs()}`),
    told: ['notApplicable'],
  },
  { name: 'mh-port with rr', text: vs(`${TCP}mh-port\n${rs()}`), told: ['notApplicable'] },
  {
    name: 'quorum above the weights',
    text: vs(`${TCP}quorum 5\n${rs()}`),
    told: ['quorumTooHigh'],
    guard: ['quorum 5', 'quorum 1'],
  },
  { name: 'no weight at all', text: vs(TCP + rs('10.0.0.1 80', 'weight 0')), told: ['quorumTooHigh'] },
  {
    name: 'hysteresis not below quorum',
    text: vs(`${TCP}hysteresis 1\n${rs()}${rs('10.0.0.2 80')}`),
    told: ['hysteresisTooHigh'],
  },
  {
    name: 'a quorum out of reach',
    text: vs(`${TCP}quorum 2\nhysteresis 1\n${rs()}${rs('10.0.0.2 80')}`),
    told: ['quorumUnreachable'],
    guard: ['quorum 2\nhysteresis 1', 'quorum 2'],
  },
  {
    name: 'a file may raise the weights',
    text: `track_file f { file /tmp/f\n}\n${vs(`${TCP}quorum 2\nhysteresis 1\n${rs('10.0.0.1 80', 'FILE_CHECK { track_file f\n}')}${rs('10.0.0.2 80')}`)}`,
    told: [],
  },
  {
    name: 'the sorry server is a real one',
    text: vs(`${TCP}sorry_server 10.0.0.1 80\n${rs()}`),
    told: ['sorryIsReal'],
    guard: ['sorry_server 10.0.0.1 80', 'sorry_server 10.0.0.1 81'],
  },
  {
    name: 'a sorry server with another port under DR',
    text: vs(`${DR}sorry_server 10.0.0.9 81\n${rs()}`),
    told: ['valueAdjusted'],
  },
  {
    name: 'a sorry server of another family',
    text: vs(`${TCP}sorry_server 2001:db8::1 80\n${rs()}`),
    told: ['serverFamily'],
  },
  {
    name: 'inhibit before the sorry server',
    text: vs(`${TCP}sorry_server_inhibit\nsorry_server 10.0.0.9 80\n${rs()}`),
    told: ['notApplicable'],
  },
  {
    name: 'a method of no sorry server',
    text: vs(`${TCP}sorry_server_lvs_method DR\n${rs()}`),
    told: ['notApplicable'],
  },
  {
    name: 'two services for one address',
    text: vs(TCP + rs()) + vs(TCP + rs('10.0.0.2 80')),
    told: ['serviceTwice'],
  },
  {
    name: 'one address, two protocols',
    text: vs(TCP + rs()) + vs(TCP.replace('TCP', 'UDP') + rs()),
    told: [],
  },
  {
    name: 'thresholds crossed',
    text: vs(TCP + rs('10.0.0.1 80', 'uthreshold 5\nlthreshold 5')),
    told: ['thresholdsCrossed'],
    guard: ['lthreshold 5', 'lthreshold 4'],
  },
  {
    name: 'a lower threshold without an upper one, which the kernel refuses',
    text: vs(TCP + rs('10.0.0.1 80', 'lthreshold 5')),
    told: ['thresholdsCrossed'],
    guard: ['lthreshold 5', 'lthreshold 0'],
  },
  {
    name: 'a netmask that is a number',
    text: vs(`${TCP}persistence_granularity 24\n${rs()}`),
    told: ['oddNetmask'],
  },
  {
    name: 'a prefix length beyond 128',
    text: vs(`${TCP}persistence_granularity 129\n${rs('2001:db8::1 80')}`, '2001:db8::9 80'),
    told: ['invalidValue'],
  },
  {
    name: 'what follows an address of a service',
    text: vs(TCP + rs(), '192.0.2.1/24 80'),
    told: ['extraWords'],
  },
  {
    name: 'a pattern that is not served',
    text: vs(TCP + rs('10.0.0.1 80', 'HTTP_GET {\nurl {\npath /\nregex "a(?R)?b"\n}\n}')),
    told: ['patternNotServed'],
    guard: ['(?R)?', '(?:c)?'],
  },
  {
    name: 'a pattern that is none',
    text: vs(TCP + rs('10.0.0.1 80', 'HTTP_GET {\nurl {\npath /\nregex "(ab"\n}\n}')),
    told: ['patternNotServed'],
    guard: ['(ab', '(ab)'],
  },
  {
    name: 'a page without path',
    text: vs(TCP + rs('10.0.0.1 80', 'HTTP_GET { url { }\nurl { path /\n}\n}')),
    told: ['requiredMissing'],
  },
  { name: 'no page', text: vs(TCP + rs('10.0.0.1 80', 'HTTP_GET { }')), told: ['requiredMissing'] },
  {
    name: 'nb_get_retry',
    text: vs(TCP + rs('10.0.0.1 80', 'HTTP_GET { nb_get_retry 2\nurl { path /\n}\n}')),
    told: ['deprecated'],
  },
  {
    name: 'a path twice',
    text: vs(TCP + rs('10.0.0.1 80', 'HTTP_GET { url { path /a\npath /b\n}\n}')),
    told: ['repeatedOverwrites'],
  },
  { name: 'no script', text: vs(TCP + rs('10.0.0.1 80', 'MISC_CHECK { }')), told: ['requiredMissing'] },
  { name: 'no file', text: vs(TCP + rs('10.0.0.1 80', 'FILE_CHECK { }')), told: ['requiredMissing'] },
  { name: 'no session', text: vs(TCP + rs('10.0.0.1 80', 'BFD_CHECK { }')), told: ['requiredMissing'] },
  {
    name: 'a file further below',
    text: `${vs(TCP + rs('10.0.0.1 80', 'FILE_CHECK { track_file f\n}'))}track_file f { file /tmp/f\n}`,
    told: ['laterReference'],
  },
  {
    name: 'a session further below',
    text: `${vs(TCP + rs('10.0.0.1 80', 'BFD_CHECK { name b\n}'))}bfd_instance b { neighbor_ip 10.0.0.1\n}`,
    told: ['laterReference'],
  },
  {
    name: 'a session for VRRP only',
    text: `bfd_instance b { neighbor_ip 10.0.0.1\nvrrp\n}\n${vs(TCP + rs('10.0.0.1 80', 'BFD_CHECK { name b\n}'))}`,
    told: ['unknownReference'],
    guard: ['vrrp\n', ''],
  },
  {
    name: 'a session twice',
    text: `bfd_instance b { neighbor_ip 10.0.0.1\n}\n${vs(TCP + rs('10.0.0.1 80', 'BFD_CHECK { name b\n}\nBFD_CHECK { name b\n}'))}`,
    told: ['duplicateEntry'],
  },
  {
    name: 'link-local without interface',
    text: vs(TCP + rs('fe80::1 80', 'TCP_CHECK { }'), '2001:db8::9 80'),
    told: ['requiredMissing'],
    guard: ['TCP_CHECK { }', 'TCP_CHECK { bind_if lo\n}'],
  },
  {
    name: 'bindto of another family',
    text: vs(TCP + rs('10.0.0.1 80', 'TCP_CHECK { bindto 2001:db8::1\n}')),
    told: ['settingIgnored'],
  },
  {
    name: 'reply lengths crossed',
    text: vs(TCP + rs('10.0.0.1 80', 'UDP_CHECK { min_reply_length 300\n}')),
    told: ['replyLengths'],
    guard: ['300', '255'],
  },
  {
    name: 'no port to check',
    text: vs(MARK + rs('10.0.0.1', 'TCP_CHECK { }'), 'fwmark 7'),
    told: ['checkNeverSucceeds'],
    guard: ['TCP_CHECK { }', 'TCP_CHECK { connect_port 80\n}'],
  },
  {
    name: 'an echo request needs no port',
    text: vs(MARK + rs('10.0.0.1', 'PING_CHECK { }'), 'fwmark 7'),
    told: [],
  },
  {
    name: 'no time to answer',
    text: vs(TCP + rs('10.0.0.1 80', 'TCP_CHECK { connect_timeout 0.0009\n}')),
    told: ['checkNeverSucceeds'],
    guard: ['0.0009', '0.001'],
  },
  {
    name: 'no place for a match',
    text: vs(
      TCP +
        rs('10.0.0.1 80', 'HTTP_GET { url { path /\nregex x\nregex_min_offset 9\nregex_max_offset 5\n}\n}'),
    ),
    told: ['checkNeverSucceeds'],
    guard: ['offset 9', 'offset 5'],
  },
  {
    name: 'a label too long',
    text: vs(TCP + rs('10.0.0.1 80', `DNS_CHECK { name ${'a'.repeat(64)}.example\n}`)),
    told: ['checkNeverSucceeds'],
    guard: ['aa.', 'a.'],
  },
  {
    name: 'a failure noticed in days',
    text: vs(TCP + rs('10.0.0.1 80', 'TCP_CHECK { retry 4294967295\n}')),
    told: ['checkTooSlow'],
    guard: ['4294967295', '5'],
  },
  {
    name: 'a script longer than its period',
    text: vs(TCP + rs('10.0.0.1 80', 'MISC_CHECK { misc_path /bin/x\nmisc_timeout 20\ndelay_loop 10\n}')),
    told: ['checkOutlastsPeriod'],
    guard: ['misc_timeout 20', 'misc_timeout 10'],
  },
  { name: 'two SSL blocks', text: 'SSL { ca a\n}\nSSL { key b\n}\n', told: ['repeatedOverwrites'] },
];

const told = (text: string): string[] =>
  load(text)
    .diagnostics.map(({ code }) => code)
    .filter((code) => code !== CODES.noEffectYet.id);

describe('rules of load balancing', () => {
  for (const { name, text, told: names, guard } of RULES) {
    test(name, () => {
      assert.deepEqual(
        told(text).sort(),
        names.map((one) => CODES[one].id).sort(),
        load(text)
          .diagnostics.map(({ message }) => message)
          .join('\n'),
      );
      if (!guard) return;
      const [from, to] = guard;
      assert.ok(text.includes(from));
      const without = names.length === 1 && from !== to ? told(text.replace(from, to)) : [];
      assert.deepEqual(without, []);
    });
  }

  test('every finding has a place, a consequence and a remedy', () => {
    for (const { text } of RULES) {
      for (const { place, consequence, remedy, message } of load(text).diagnostics) {
        assert.ok(place && consequence !== '' && remedy !== '', message);
      }
    }
  });
});
