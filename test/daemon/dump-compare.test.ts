/**
 * Our dumps beside those that Debian's keepalived 2.2.7 wrote for the same configuration (test/fixtures/dumps): line
 * by line and key by key. What differs stands here, with the reason.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AddressFacts, LinkFacts } from '../../src/core/net/facts.js';
import { jsonDump } from '../../src/daemon/dump/json.js';
import { statsDump } from '../../src/daemon/dump/stats.js';
import { textDump } from '../../src/daemon/dump/text.js';
import { ip } from '../base/values.js';
import { Rig } from '../core/rig.js';
import { projectRoot } from '../wire/fixtures.js';

const fixture = (name: string): string =>
  readFileSync(join(projectRoot, 'test', 'fixtures', 'dumps', name), 'utf8');

interface Shown {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address: string;
  readonly addr_info: readonly { family: string; local: string; prefixlen: number; scope: string }[];
}
const SCOPES: Readonly<Record<string, number>> = { global: 0, link: 253, host: 254 };

/** The machine of the recording, without what Keepalived had put on it. */
function machine(): { links: LinkFacts[]; addresses: AddressFacts[] } {
  const shown = JSON.parse(fixture('links.json')) as Shown[];
  const links = shown.map(
    ({ ifindex, ifname, flags, mtu, address }): LinkFacts => ({
      index: ifindex,
      name: ifname,
      up: flags.includes('UP'),
      running: flags.includes('LOWER_UP'),
      loopback: flags.includes('LOOPBACK'),
      noArp: false,
      multicast: flags.includes('MULTICAST'),
      mac: address as NonNullable<LinkFacts['mac']>,
      mtu,
    }),
  );
  const own = /^(127|::1|10\.9\.[01]\.1$|fe80::[^1])/;
  const addresses = shown.flatMap(({ ifindex, addr_info }) =>
    addr_info
      .filter(({ local }) => own.test(local) && local !== 'fe80::100')
      .map(
        ({ family, local, prefixlen, scope }): AddressFacts => ({
          interfaceIndex: ifindex,
          family: family === 'inet' ? 'ipv4' : 'ipv6',
          address: ip(local),
          prefixLength: prefixlen,
          scope: SCOPES[scope] ?? 0,
          flags: 0x80,
        }),
      ),
  );
  return { links, addresses };
}

/** The same story: scripts report, the file says 3, a peer is master of C, v4 is down. */
function play(): Rig {
  const rig = new Rig(fixture('keepalived-2.2.7.conf'), machine());
  rig.outcomes.set('good', { kind: 'exit', code: 0 });
  rig.outcomes.set('bad', { kind: 'exit', code: 1 });
  rig.start().file('level', '3').processes('web', 0);
  const peer = { from: '10.9.0.2', to: '10.9.0.1', vrid: 3, priority: 130, device: 'v0' };
  for (let n = 0; n < 24; n++) rig.advert(peer).wait(0.5);
  return rig;
}
const rig = play();
const source = { configuration: rig.configuration, inspection: rig.engine.inspect() };
const ours = [...textDump(source)].join('');

/** Sections, in them what begins with one blank, in that the lines. */
function tree(text: string): Map<string, string[]> {
  const blocks = new Map<string, string[]>();
  let section = '';
  let block: string[] = [];
  for (const line of text.split('\n')) {
    const heading = /^-+< (.*) >-+$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading;
      block = [];
      if (section === 'Global definitions') blocks.set(section, block);
    } else if (section !== 'Global definitions' && /^ \S/.test(line)) {
      const name = section === 'VRRP Sockpool' ? `socket ${blocks.size}` : line.trim();
      block = [line];
      blocks.set(`${section}: ${name.split(',')[0]}`, block);
    } else if (line !== '') block.push(line);
  }
  return blocks;
}

/** Moments, and the real paths of programs: what differs from run to run and machine to machine. */
const plain = (line: string): string =>
  line
    .replace(/\d+\.\d{6} \(.*\)/, 'MOMENT')
    .replaceAll("'/usr/bin/", "'/bin/")
    .replace(/uid:gid( =)? (0|root):(0|root)/, 'uid:gid$1 root');

interface Difference {
  readonly block: RegExp;
  readonly line: RegExp;
  readonly why: string;
}

/** What Keepalived 2.2.7 writes and we do not, or not so. */
const MISSING: readonly Difference[] = [
  {
    block: /Global/,
    line: /smtp_alert|Gratuitous ARP|Num adverts|Send advert after|VRRP (notify|default|check|skip|strict)/,
    why: 'a default of instances is resolved when the file is read: each instance shows its own',
  },
  { block: /Global/, line: /Smtp HELO name|DBus service name/, why: 'shown as configured, not as defaulted' },
  {
    block: /Global/,
    line: /libnftnl|nftables without/,
    why: 'we use no such library, and nftables is not configured',
  },
  { block: /Instance = [AB]$/, line: /Flags:$/, why: 'theirs has flags that it has no words for' },
  {
    block: /Instance/,
    line: /config faults/,
    why: 'an instance with such a fault is left out when the file is read',
  },
  { block: /Instance/, line: /interface and track script faults/, why: '2.4.3, and we, say tracker faults' },
  {
    block: /Instance = A/,
    line: /Master down timer/,
    why: 'theirs was not renewed when the priority changed',
  },
  { block: /Instance/, line: /fd_in/, why: 'the numbers of descriptors are the host\u2019s alone' },
  { block: /Instance = A/, line: /Password = geheim1/, why: 'a password is never shown' },
  { block: /Instance/, line: /Unicast checksum compatibility = no/, why: 'shown only where it is on' },
  {
    block: /Instance/,
    line: /2001:db8::77|preferred_lft forever|, ifindex|from 10\.9\.0\.100/,
    why: 'theirs shows what the kernel is sent, with defaults',
  },
  {
    block: /Script/,
    line: /Insecure = no|VRRP instances :/,
    why: 'an insecure script is left out when the file is read',
  },
  {
    block: /Script = bad/,
    line: /Interval = 1 sec|Timeout = 0 sec/,
    why: '2.2.7 has whole seconds only; 2.4.3, and we, fractions',
  },
  {
    block: /Interfaces/,
    line: /State = .*loopback|IPv6 address = \(none\)|MAC broadcast|Seen up|Delayed state|debounce|NIC|Reset|Original|rp_filter|IPv6 forwarding/,
    why: 'bookkeeping of their process',
  },
  { block: /Interfaces: Name = v2/, line: /B, weight 255/, why: 'a number that stands for "not tracked"' },
  {
    block: /Sockpool/,
    line: /./,
    why: 'one socket for each interface, family and protocol here, unicast or not',
  },
];

/** What we write beyond it. */
const BEYOND: readonly Difference[] = [
  { block: /Global/, line: /symlinks|supplementary|json_version|VMAC/, why: 'of 2.4.3' },
  { block: /Instance/, line: /Reason = |Fault = |Number of tracker faults/, why: 'why it is as it is' },
  {
    block: /Instance/,
    line: /Trackers now:|^ {5}(script|file|interface|process) /,
    why: 'what each tracker adds now',
  },
  {
    block: /Instance/,
    line: /Flags: none|Master down timer|Password|2001:db8|fe80::100|ff02::12|from 10\./,
    why: 'see above',
  },
  { block: /Global/, line: /Smtp HELO name|DBus service name/, why: 'see above' },
  { block: /Script = bad/, line: /Interval = 0\.5 sec|Timeout/, why: 'see above' },
  { block: /Interfaces: Name = lo/, line: /State|IPv6 address/, why: 'the loopback has an IPv6 address' },
  { block: /Sockpool/, line: /./, why: 'see above' },
];

/** Lines of `of` that `others` lacks, each with its block. */
function lacking(of: Map<string, string[]>, others: Map<string, string[]>): [block: string, line: string][] {
  return [...of].flatMap(([block, lines]) => {
    const known = new Set((others.get(block) ?? []).map(plain));
    return lines
      .map(plain)
      .filter((line) => !known.has(line))
      .map((line): [string, string] => [block, line]);
  });
}

function explain(lines: readonly [string, string][], listed: readonly Difference[]): void {
  const unused = new Set(listed);
  const unlisted = lines.filter(([block, line]) => {
    const known = listed.filter((one) => one.block.test(block) && one.line.test(line));
    for (const one of known) unused.delete(one);
    return known.length === 0;
  });
  assert.deepEqual(
    unlisted.map(([block, line]) => `${block} | ${line}`),
    [],
  );
  assert.deepEqual(
    [...unused].map(({ why }) => why),
    [],
    'a difference that is listed and does not exist',
  );
}

test('keepalived.data: every line of theirs is in ours, in the same block, but for the listed ones', () => {
  const theirs = tree(fixture('keepalived-2.2.7.data'));
  const mine = tree(ours);
  explain(lacking(theirs, mine), MISSING);
  explain(lacking(mine, theirs), BEYOND);
  // In their order: what both have comes in the same sequence.
  for (const [block, lines] of theirs) {
    if (/Sockpool|Interfaces/.test(block)) continue;
    const common = new Set((mine.get(block) ?? []).map(plain));
    const both = lines.map(plain).filter((line) => common.has(line));
    const set = new Set(both);
    assert.deepEqual(
      (mine.get(block) ?? []).map(plain).filter((line) => set.has(line)),
      both,
      block,
    );
  }
});

test('keepalived.data: the sections are theirs', () => {
  const headings = (text: string): string[] =>
    [...text.matchAll(/^------< .* >------$/gm)].map(([line]) => line);
  assert.deepEqual(headings(ours), headings(fixture('keepalived-2.2.7.data')));
});

test('keepalived.stats: their lines, in their order; ours come behind those of a section', () => {
  const stats = [...statsDump(source.configuration.instances.map(({ name }) => counted(name)))].join('');
  const shape = (text: string): string[] => text.split('\n').map((line) => line.replace(/: \d+$/, ': N'));
  const theirs = shape(fixture('keepalived-2.2.7.stats'));
  const mine = shape(stats);
  let at = 0;
  for (const line of theirs) {
    const found = mine.indexOf(line, at);
    assert.ok(found >= 0, `${line} is not in ours, or not in its place`);
    at = found + 1;
  }
  for (const line of mine) assert.match(line, /^(VRRP Instance: .+| {2}[\w ]+:| {2,4}[\w ]+: N|)$/);
});
const counted = (name: string) => {
  const counters = source.inspection.counters(name);
  assert.ok(counters);
  return { name, counters };
};

interface Entry {
  readonly data: Record<string, unknown>;
  readonly stats: Record<string, unknown>;
}
const json = [...(jsonDump(source) ?? [])].join('');

test('keepalived.json: the same keys in the same order, the same types, and all values that are no moments', () => {
  const theirs = JSON.parse(fixture('keepalived-2.2.7.json')) as Entry[];
  const mine = JSON.parse(json) as Entry[];
  assert.equal(mine.length, theirs.length);
  for (const [i, { data, stats }] of theirs.entries()) {
    const own = mine[i];
    assert.ok(own);
    // `track_process` came with 2.4.
    assert.deepEqual(
      Object.keys(own.data).filter((key) => key !== 'track_process'),
      Object.keys(data),
      String(data['iname']),
    );
    const extension = /^auth_ext_/;
    assert.deepEqual(
      Object.keys(own.stats).filter((key) => !extension.test(key)),
      Object.keys(stats),
    );
    for (const [key, value] of Object.entries(data)) {
      assert.equal(typeof own.data[key], typeof value, key);
      if (/last_transition|auth_data|^e?vips$|vrules/.test(key)) continue;
      assert.deepEqual(paths(own.data[key]), paths(value), `${data['iname']} ${key}`);
    }
  }
});
const paths = (value: unknown): string => JSON.stringify(value).replaceAll('/usr/bin/', '/bin/');

test('keepalived.json: slashes are escaped as theirs are, nothing follows the last bracket', () => {
  const raw = (text: string): string => /"vips":\["[^"]*"/.exec(text)?.[0] ?? '';
  assert.equal(raw(json), raw(fixture('keepalived-2.2.7.json')));
  assert.match(json, /\]$/);
});

test('keepalived.json, version 2: an object with the same instances, and the counted processes', () => {
  const { configuration, inspection } = source;
  const second = { ...configuration, globals: { ...configuration.globals, jsonVersion: 2 as const } };
  const parsed = JSON.parse([...(jsonDump({ configuration: second, inspection }) ?? [])].join('')) as {
    vrrp: Entry[];
    track_process: Record<string, unknown>[];
  };
  assert.deepEqual(Object.keys(parsed), ['vrrp', 'track_process']);
  assert.deepEqual(parsed.vrrp, JSON.parse(json));
  assert.deepEqual(parsed.track_process, [
    {
      process: 'web',
      param_match: 'exact',
      min_processes: 1,
      current_processes: 0,
      have_quorum: false,
      weight: 5,
      terminate_delay: 2,
      fork_delay: 2,
      fork_delay_timer_running: false,
      terminate_delay_timer_running: false,
      full_command: true,
    },
  ]);
  const without = { ...second, trackProcesses: [] };
  const plainText = [...(jsonDump({ configuration: without, inspection }) ?? [])].join('');
  assert.deepEqual(Object.keys(JSON.parse(plainText) as object), ['vrrp']);
});
