/**
 * Checks between blocks, with the machine and between routers. Each row also has a neighbour, nearly the same,
 * about which nothing is said: so that no check fires always.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODES, findCode } from '../../src/config/codes.js';
import type { Environment } from '../../src/config/cross-check.js';
import { address, link } from '../support/machine.js';
import { instance, key, password, script, tracking } from './check-texts.js';
import { codes, type Files, load, MAIN } from './support.js';

const machine: Environment = {
  links: [link(2, 'eth0'), link(3, 'eth1')],
  addresses: [address(2, '10.0.0.2', 24)],
};

/** Two routers in one file; the second sends to `peer`. */
const ownPeers = (peer: string, vrid = 1): string =>
  instance('unicast_src_ip 10.0.0.2\nunicast_peer {\n 10.0.0.3\n }') +
  instance(`unicast_src_ip 10.0.0.3\nunicast_peer {\n ${peer}\n }`)
    .replace('vrrp_instance A', 'vrrp_instance B')
    .replace('eth0', 'eth1')
    .replace('_id 1', `_id ${vrid}`);
const misc = (path: string): string =>
  `virtual_server 10.0.0.1 80 {\n real_server 10.0.0.2 80 {\n MISC_CHECK {\n misc_path ${path}\n }\n }\n}\n`;
/** A virtual server, 10.0.0.1 unless another one is named, with one checker. */
const checked = (kind: string, line: string, service = '10.0.0.1'): string =>
  `virtual_server ${service} 80 {\n real_server 10.0.0.7 80 {\n ${kind} {\n ${line}\n }\n }\n}\n`;
/** NAT to 10.0.0.9 and from a sorry server, unless told otherwise. */
const natServer = (server: string, more = ''): string =>
  `virtual_server 10.0.0.1 80 {\n lvs_method NAT\n ${more}\n real_server ${server} 80 {\n }\n}\n`;
const forwards = (facts: { ipv4?: boolean; ipv6?: boolean }): Environment => ({
  forwarding: () => ({ ...facts, has: (one) => one === '10.0.0.2' }),
});
const withKeyFile = (file: Files[string]): Files => ({
  [MAIN]: instance('auth_hmac {\n key 1 file:/etc/key\n active_key 1\n }'),
  '/etc/key': file,
});
const readableBy = (mode: number, secret = password): Files => ({
  [MAIN]: { kind: 'text', bytes: instance(secret), mode },
});

interface Row {
  readonly code: string;
  readonly what: string;
  readonly bad: string | Files;
  readonly good: string | Files;
  readonly environment?: Environment;
}

const rows: readonly Row[] = [
  {
    code: 'HF0401',
    what: 'an interface',
    bad: instance('').replace('eth0', 'eth9'),
    good: instance(''),
    environment: machine,
  },
  {
    code: 'HF0401',
    what: 'a tracked interface',
    bad: instance('track_interface {\n eth9\n }'),
    good: instance('track_interface {\n eth1\n }'),
    environment: machine,
  },
  {
    code: 'HF0402',
    what: 'a source address',
    bad: instance('mcast_src_ip 10.0.0.3'),
    good: instance('mcast_src_ip 10.0.0.2'),
    environment: machine,
  },
  {
    code: 'HF0403',
    what: 'the program of a check',
    bad: script('/none') + instance(tracking),
    good: script('/there') + instance(tracking),
    environment: { commands: ({ argv }) => (argv[0] === '/none' ? { program: 'not there' } : {}) },
  },
  {
    code: 'HF0408',
    what: 'a program that is told',
    bad: instance('notify /none'),
    good: instance('notify /there'),
    environment: { commands: ({ argv }) => (argv[0] === '/none' ? { program: 'not there' } : {}) },
  },
  {
    code: 'HF0409',
    what: 'the program of a health check',
    bad: misc('/none'),
    good: misc('/there'),
    environment: { commands: ({ argv }) => (argv[0] === '/none' ? { program: 'not there' } : {}) },
  },
  {
    code: 'HF0412',
    what: 'NAT where nothing is forwarded, but not to ourselves',
    bad: natServer('10.0.0.9'),
    good: natServer('10.0.0.2'),
    environment: forwards({ ipv4: false }),
  },
  {
    code: 'HF0412',
    what: 'a sorry server behind NAT',
    bad: natServer('10.0.0.2', 'sorry_server 10.0.0.9 80'),
    good: natServer('10.0.0.9').replace('NAT', 'DR'),
    environment: forwards({ ipv4: false }),
  },
  {
    code: 'HF0412',
    what: 'of the family that is not forwarded',
    bad: natServer('2001:db8::9').replace('10.0.0.1', '2001:db8::1'),
    good: natServer('10.0.0.9'),
    environment: forwards({ ipv4: true, ipv6: false }),
  },
  {
    code: 'HF0413',
    what: 'the interface of a health check',
    bad: checked('TCP_CHECK', 'bind_if eth9'),
    good: checked('TCP_CHECK', 'bind_if eth1'),
    environment: machine,
  },
  {
    code: 'HF0413',
    what: 'unless it may come later',
    bad: checked('PING_CHECK', 'bind_if eth9'),
    good: `global_defs {\n dynamic_interfaces\n}\n${checked('PING_CHECK', 'bind_if eth9')}`,
    environment: machine,
  },
  {
    code: 'HF0413',
    what: 'the source of a health check',
    bad: checked('SMTP_CHECK', 'bindto 10.0.0.3'),
    good: checked('SMTP_CHECK', 'bindto 10.0.0.2') + checked('DNS_CHECK', 'bindto 127.0.0.5', '10.0.0.8'),
    environment: machine,
  },
  {
    code: 'HF0413',
    what: 'also of a host within it',
    bad: checked('SMTP_CHECK', 'host {\n bind_if eth9\n }'),
    good: checked('SMTP_CHECK', 'host {\n bind_if eth1\n }'),
    environment: machine,
  },
  {
    code: 'HF0413',
    what: 'which an instance may bring',
    bad: instance('', '10.0.0.4') + checked('UDP_CHECK', 'bindto 10.0.0.3'),
    good: instance('', '10.0.0.3') + checked('UDP_CHECK', 'bindto 10.0.0.3'),
    environment: machine,
  },
  {
    code: 'HF0413',
    what: 'the interface of the sync daemon',
    bad: `global_defs {\n lvs_sync_daemon eth9 A\n}\n${instance('')}`,
    good: `global_defs {\n lvs_sync_daemon eth1 A\n}\n${instance('')}`,
    environment: machine,
  },
  {
    code: 'HF0413',
    what: 'in the old words, too',
    bad: instance('lvs_sync_daemon_interface eth9'),
    good: instance('lvs_sync_daemon_interface eth1'),
    environment: machine,
  },
  {
    code: 'HF0564',
    what: 'a path without /',
    bad: checked('HTTP_GET', 'url {\n path index.html\n }'),
    good:
      checked('HTTP_GET', 'url {\n path /index.html\n }') +
      checked('HTTP_GET', 'url {\n path http://example.com/\n }', '10.0.0.8'),
  },
  {
    code: 'HF0404',
    what: 'a user, of the block, the globals or the line',
    bad: script('/x', 'user ghost') + instance(tracking),
    good: `global_defs {\n script_user ghost\n}\n${script('/x', 'user daemon')}${instance(tracking)}`,
    environment: { commands: ({ user }) => (user === 'ghost' ? { identity: 'nobody knows it' } : {}) },
  },
  {
    code: 'HF0405',
    what: 'no script security',
    bad: instance('notify /x'),
    good: `global_defs {\n enable_script_security\n}\n${instance('notify /x')}`,
    environment: { commands: () => ({}) },
  },
  {
    code: 'HF0406',
    what: 'a program that others may change',
    bad: instance('notify /open'),
    good: instance('notify /safe'),
    environment: { commands: ({ argv }) => (argv[0] === '/open' ? { unsafe: 'anybody' } : {}) },
  },
  {
    code: 'HF0407',
    what: 'the same with script security',
    bad: `global_defs {\n enable_script_security\n}\n${instance('notify /open')}`,
    good: instance('notify /open'),
    environment: { commands: () => ({ unsafe: 'anybody' }) },
  },
  {
    code: 'HF0501',
    what: 'a weight beyond 254',
    bad: script('/x', 'weight 20') + instance(`priority 240\n${tracking}`),
    good: script('/x', 'weight 10') + instance(`priority 244\n${tracking}`),
  },
  {
    code: 'HF0501',
    what: 'a weight below 1',
    bad: script('/x', 'weight -100') + instance(tracking),
    good: script('/x', 'weight -99') + instance(tracking),
  },
  {
    code: 'HF0502',
    what: 'an unweighted check of a gateway',
    bad: script('"/usr/bin/ping -c 1 10.0.0.254"') + instance(tracking),
    good: script('"/usr/bin/ping -c 1 10.0.0.254"', 'weight 5') + instance(tracking),
  },
  {
    code: 'HF0502',
    what: 'of another machine',
    bad: script('"sh -c \'curl -f http://www.example.com/\'"') + instance(tracking),
    good: script('"curl -f http://127.0.0.1/"') + instance(tracking),
  },
  {
    code: 'HF0512',
    what: 'a pipe without a shell',
    bad: script('"/usr/bin/curl -s http://127.0.0.1/ | grep -q OK"') + instance(tracking),
    good: script(`"/bin/sh -c 'curl -s http://127.0.0.1/ | grep -q OK'"`) + instance(tracking),
  },
  {
    code: 'HF0512',
    what: 'an output that no shell turns elsewhere',
    bad: instance('notify "/usr/local/bin/told >>/var/log/told 2>&1"'),
    good: instance('notify "/usr/local/bin/told --to=/var/log/told -a>b"'),
  },
  {
    code: 'HF0503',
    what: 'an address outside the network',
    bad: instance('', '10.9.9.9'),
    good: instance('', '10.9.9.9/24'),
    environment: machine,
  },
  {
    code: 'HF0503',
    what: 'a single address',
    bad: instance('', '10.0.1.9'),
    good: instance('', '10.0.0.9'),
    environment: machine,
  },
  {
    code: 'HF0504',
    what: 'ourselves among the peers',
    bad: instance('unicast_peer {\n 10.0.0.2\n 10.0.0.7\n }'),
    good: instance('unicast_peer {\n 10.0.0.7\n }'),
    environment: machine,
  },
  {
    code: 'HF0505',
    what: 'a source unlike its peers',
    bad: instance('unicast_src_ip 10.1.0.2\nunicast_peer {\n 10.0.0.7\n }'),
    good: instance('unicast_src_ip 10.0.1.2\nunicast_peer {\n 10.0.0.7\n }'),
  },
  {
    code: 'HF0506',
    what: 'fast adverts, slow announcements',
    bad: instance('version 3\nadvert_int 0.1'),
    good: instance('version 3\nadvert_int 0.1\ngarp_master_delay 0'),
  },
  {
    code: 'HF0507',
    what: 'a timeout above the interval',
    bad: script('/x', 'interval 2\ntimeout 3') + instance(tracking),
    good: script('/x', 'interval 3\ntimeout 3') + instance(tracking),
  },
  {
    code: 'HF0513',
    what: 'a comment sign within a password',
    bad: readableBy(0o600, password.replace(/(auth_pass \w+)/, '$1#2026')),
    good: readableBy(0o600, password.replace(/(auth_pass \w+)/, '$1\\#26 # a comment')),
  },
  { code: 'HF0508', what: 'a password for everybody', bad: readableBy(0o644), good: readableBy(0o640) },
  {
    code: 'HF0508',
    what: 'a key for everybody',
    bad: readableBy(0o644, `auth_hmac {\n key 1 ${key}\n active_key 1\n }`),
    good: readableBy(0o644, 'auth_hmac {\n key 1 file:/etc/key\n active_key 1\n }'),
  },
  {
    code: 'HF0410',
    what: 'a file with a key that others may read',
    bad: withKeyFile({ kind: 'text', bytes: `${key}\n`, mode: 0o640 }),
    good: withKeyFile(`hex:${key}${key}\r\n`),
  },
  {
    code: 'HF0411',
    what: 'a file with a key that is not there',
    bad: instance('auth_hmac {\n key 1 file:/none\n active_key 1\n }'),
    good: withKeyFile(key),
  },
  {
    code: 'HF0411',
    what: 'a file that is too large for a key',
    bad: withKeyFile(key.repeat(5)),
    good: withKeyFile(key.repeat(2)),
  },
  {
    code: 'HF0317',
    what: 'a file whose key is too short',
    bad: withKeyFile(key.slice(1)),
    good: withKeyFile(key),
  },
  {
    code: 'HF0511',
    what: 'peers in one file of which one does not know the other',
    bad: ownPeers('10.0.0.9'),
    good: ownPeers('10.0.0.2'),
  },
  {
    code: 'HF0511',
    what: 'but only of the same virtual router',
    bad: ownPeers('10.0.0.9'),
    good: ownPeers('10.0.0.9', 2),
  },
  {
    code: 'HF0509',
    what: 'a weight with nopreempt',
    bad: script('/x', 'weight -5') + instance(`nopreempt\n${tracking}`),
    good: script('/x', 'weight -5') + instance(tracking),
  },
  {
    code: 'HF0509',
    what: 'a weight among unweighted trackers',
    bad: instance('nopreempt\ntrack_interface {\n eth1\n eth2 weight 5\n }'),
    good: instance('nopreempt\ntrack_interface {\n eth1\n eth2\n }'),
  },
  {
    code: 'HF0510',
    what: 'a master that is like the others',
    bad: instance('state MASTER\npriority 100'),
    good: instance('state MASTER\npriority 101'),
  },
  {
    code: 'HF0510',
    what: 'which is fine where it wishes nothing',
    bad: instance('state MASTER\npriority 100'),
    good: instance('state BACKUP\npriority 100'),
  },
];

describe('checks', () => {
  for (const { code, what, bad, good, environment = {} } of rows) {
    test(`${code}: ${what}`, () => {
      assert.ok(
        codes(load(bad, environment)).includes(code),
        `nothing said: ${codes(load(bad, environment))}`,
      );
      assert.ok(!codes(load(good, environment)).includes(code), 'said about what is right');
    });
  }

  test('advice about one file leaves the exit status alone', () => {
    for (const { id, exit } of Object.values(CODES)) {
      if (/^HF05[0-1]/.test(id)) assert.equal(exit, 0, id);
    }
  });
});

describe('silencing', () => {
  for (const { code, what, bad, environment = {} } of rows) {
    if (typeof bad !== 'string') continue;
    test(`${code}: ${what}`, () => {
      const found = load(bad, environment).diagnostics.find((one) => one.code === code);
      const facts = findCode(code);
      assert.ok(found?.place, 'it has no place');
      const lines = bad.split('\n');
      lines[found.place.line - 1] += ` # holdfast: allow ${code}`;
      const left = codes(load(lines.join('\n'), environment)).includes(code);
      assert.equal(left, facts?.silenceable === false, `${code} at line ${found.place.line}`);
    });
  }
});

test('no script security: the remedy asks for no script_user where there is one', () => {
  const remedy = (globals: string): string | undefined =>
    load(`global_defs {\n ${globals}\n}\n${instance('notify /x')}`, {
      commands: () => ({}),
    }).diagnostics.find(({ code }) => code === 'HF0405')?.remedy;
  assert.match(remedy('router_id a') ?? '', /script_user/);
  assert.doesNotMatch(remedy('script_user nobody') ?? 'script_user', /script_user/);
});

describe('the list of findings', () => {
  test('ids are unique and well formed', () => {
    const ids = Object.values(CODES).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^HF0[0-5][0-9]{2}$/);
  });

  test('each says what follows, what to do, and more', () => {
    for (const { id, title, consequence, remedy, explanation } of Object.values(CODES)) {
      assert.match(title, /^\S.*[^.]$/, id);
      for (const sentence of [consequence, remedy, explanation]) assert.match(sentence, /^\S.*[.?]$/s, id);
    }
  });

  test('fatal ones forbid to start, and -t says so', () => {
    for (const { id, severity, exit } of Object.values(CODES)) {
      if (severity === 'fatal') assert.ok([2, 4, 6].includes(exit), id);
      if (severity === 'error') assert.ok(exit !== 0, id);
    }
  });

  test('found by id in any case', () => {
    assert.equal(findCode('hf0102')?.id, 'HF0102');
    assert.equal(findCode('HF9999'), undefined);
  });
});
