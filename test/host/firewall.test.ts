/**
 * The firewall by nf_tables against the kernel: what `nft` shows is what Keepalived 2.2.7 makes of the same file,
 * and traffic behaves so; somebody else's changes, leftovers and refusals.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FirewallEntry, FirewallOperation, FirewallPlace } from '../../src/core/net/firewall-facts.js';
import { withNetworkNamespace } from '../../src/host/linux/namespace.js';
import type { HostEffect } from '../../src/ports/ports.js';
import { projectRoot } from '../wire/fixtures.js';
import { cable, ip, namespacesMissing, Rig, until } from './rig.js';

const nftMissing = ((): string | false => {
  try {
    execFileSync('nft', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'nft is not installed: it observes what was made';
  }
})();
const skip = namespacesMissing || nftMissing;

const PLACE: FirewallPlace = {
  table: 'keepalived',
  priority: -1,
  counters: false,
  byIndex: false,
  ipsets: [],
};
const address = (text: string): FirewallEntry => ({ kind: 'address', address: ip(text) });
const linkLocal = (
  text: string,
  interfaceIndex: number,
  interfaceName: string,
  byName = false,
): FirewallEntry => ({ kind: 'link-local', address: ip(text), interfaceIndex, interfaceName, byName });
const add = (...entries: FirewallEntry[]): FirewallOperation[] =>
  entries.map((entry) => ({ operation: 'add', entry }));
const drop = (...entries: FirewallEntry[]): FirewallOperation[] =>
  entries.map((entry) => ({ operation: 'delete', entry }));

let requests = 0;
const apply = (
  operations: readonly FirewallOperation[],
  more: { place?: FirewallPlace; fresh?: boolean } = {},
): Extract<HostEffect, { kind: 'apply-firewall' }> => ({
  kind: 'apply-firewall',
  request: ++requests,
  place: more.place ?? PLACE,
  fresh: more.fresh ?? false,
  operations,
});

/** Runs a program where the rig's host lives. */
const run = (rig: Rig, file: string, ...args: string[]): string =>
  rig.inside(() => execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
async function done(rig: Rig, effect: Extract<HostEffect, { kind: 'apply-firewall' }>) {
  rig.run(effect);
  const { error } = await rig.next('firewall-applied', ({ request }) => request === effect.request);
  return error;
}

type Nft = Record<string, Record<string, unknown>>;
/** Rules and sets as nft shows them, without what differs each time: handles, counts, and the order of tables. */
function shown(text: string): string[] {
  const { nftables } = JSON.parse(text) as { nftables: Nft[] };
  return nftables
    .filter((one) => !('metainfo' in one))
    .map((one) => JSON.stringify(one, (key, value) => (key === 'handle' ? undefined : sorted(key, value))));
}
function sorted(key: string, value: unknown): unknown {
  if (key === 'packets' || key === 'bytes') return 0;
  return key === 'elem' ? (value as unknown[]).map((one) => JSON.stringify(one)).sort() : value;
}
const ruleset = (rig: Rig): string[] => shown(run(rig, 'nft', '-j', 'list', 'ruleset'));

/** As test/fixtures/firewall/record.sh makes them. */
function stage(rig: Rig): Map<string, number> {
  rig.ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
  rig.ip('link', 'add', 'v2', 'type', 'veth', 'peer', 'name', 'v3');
  for (const [name, parent] of [
    ['vrrp.3', 'v2'],
    ['vm4', 'v2'],
  ] as const)
    rig.ip('link', 'add', name, 'link', parent, 'type', 'macvlan', 'mode', 'private');
  const links = JSON.parse(rig.ip('-j', 'link')) as { ifname: string; ifindex: number }[];
  return new Map(links.map((one) => [one.ifname, one.ifindex]));
}
const recording = (name: string): string[] =>
  shown(readFileSync(join(projectRoot, 'test/fixtures/firewall', `keepalived-2.2.7-${name}.json`), 'utf8'));

test('what stands there is what Keepalived 2.2.7 makes: addresses and counters', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const indexes = stage(rig);
  const operations = add(
    address('10.9.0.100'),
    address('10.9.0.101'),
    address('10.9.0.102'),
    address('2001:db8::77'),
    {
      kind: 'virtual-mac',
      family: 'ipv4',
      interfaceIndex: indexes.get('vrrp.3') ?? 0,
      interfaceName: 'vrrp.3',
      parentIndex: indexes.get('v2') ?? 0,
    },
  );
  assert.equal(await done(rig, apply(operations, { place: { ...PLACE, counters: true } })), undefined);
  assert.deepEqual(ruleset(rig).sort(), recording('counters').sort());
  await rig.host.close();
});

test('and link-local addresses, by number; what 2.4.3 has beyond it is all that differs', {
  skip,
}, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const indexes = stage(rig);
  const of = (name: string): number => indexes.get(name) ?? 0;
  const mac = { kind: 'virtual-mac', parentIndex: of('v2') } as const;
  const operations = add(
    { ...mac, family: 'ipv6', interfaceIndex: of('vrrp.3'), interfaceName: 'vrrp.3' },
    { ...mac, family: 'ipv4', interfaceIndex: of('vm4'), interfaceName: 'vm4' },
    linkLocal('fe80::100', of('v0'), 'v0'),
    linkLocal('fe80::101', of('v2'), 'v2'),
    linkLocal('fe80::103', of('vrrp.3'), 'vrrp.3'),
    address('2001:db8::100'),
    address('2001:db8:1::103'),
  );
  const place = { ...PLACE, table: 'kt', priority: -5, byIndex: true };
  assert.equal(await done(rig, apply(operations, { place })), undefined);
  // Keepalived 2.2.7 moves MLDv2 reports only; 2.4.3, and we, those of version 1, too.
  const differs = (line: string): boolean => /mld/.test(line);
  const ours = ruleset(rig);
  const theirs = recording('link-local');
  assert.deepEqual(ours.filter((one) => !differs(one)).sort(), theirs.filter((one) => !differs(one)).sort());
  assert.equal(theirs.filter(differs).length, 1);
  assert.equal(ours.filter(differs).length, 2);
  // Order is what decides: rules of virtual MACs come before neighbour discovery is let through.
  const out = (lines: readonly string[]): string[] =>
    lines.filter(
      (one) => one.startsWith('{"rule"') && one.includes('"family":"ip6"') && /"chain":"out"/.test(one),
    );
  assert.deepEqual(
    out(ours).map((one) => one.replace(/"@mld-report"/, '"mld2-listener-report"')),
    out(theirs),
  );
  await rig.host.close();
});

test('entries come and go one by one, pieces only when needed, names where asked for', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const elements = (set: string): unknown =>
    ruleset(rig)
      .map((one) => JSON.parse(one) as Nft)
      .find((one) => one['set']?.['name'] === set)?.['set']?.['elem'];
  assert.equal(await done(rig, apply([], { fresh: true })), undefined);
  assert.deepEqual(ruleset(rig), []);
  await done(rig, apply(add(address('10.9.0.100'))));
  assert.equal(
    ruleset(rig).some((one) => one.includes('ip6')),
    false,
  );
  await done(rig, apply(add(address('10.9.0.101'), linkLocal('fe80::100', 99, 'gone0', true))));
  assert.deepEqual(elements('vips_link_local_name'), ['{"concat":["fe80::100","gone0"]}']);
  await done(rig, apply(drop(address('10.9.0.100'))));
  assert.deepEqual(elements('vips'), ['"10.9.0.101"']);
  // A virtual MAC that comes later still gets its rule in front.
  await done(
    rig,
    apply(
      add({
        kind: 'virtual-mac',
        family: 'ipv6',
        interfaceIndex: net.leftIndex,
        interfaceName: 'eth0',
        parentIndex: net.leftIndex,
      }),
    ),
  );
  const rules = ruleset(rig).filter(
    (one) => /"chain":"out"/.test(one) && one.includes('ip6') && one.includes('"rule"'),
  );
  assert.match(rules[0] ?? '', /mld-report/);
  assert.match(rules[1] ?? '', /nd-router-solicit/);
  assert.match(rules[2] ?? '', /neighbor-discovery/);
  assert.deepEqual(elements('vips_link_local_name'), ['{"concat":["fe80::100","gone0"]}']);
  // From another daemon's point of view: nothing of it stays.
  await done(rig, apply([], { fresh: true }));
  assert.deepEqual(ruleset(rig), []);
  await rig.host.close();
});

test('a thousand addresses in one transaction', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const many = Array.from({ length: 5000 }, (_, i) => address(`10.${20 + (i >> 8)}.0.${i & 255}`));
  assert.equal(await done(rig, apply(add(...many))), undefined);
  const text = run(rig, 'nft', 'list', 'set', 'ip', 'keepalived', 'vips');
  assert.equal(text.match(/10\.\d+\.0\.\d+/g)?.length, 5000);
  await rig.host.close();
});

/** Whether one packet gets an answer. */
function pings(namespace: number, target: string): boolean {
  try {
    withNetworkNamespace(namespace, () =>
      execFileSync('ping', ['-c', '1', '-W', '1', target], { stdio: 'ignore' }),
    );
    return true;
  } catch {
    return false;
  }
}
const neighbour = (namespace: number, target: string): string =>
  withNetworkNamespace(namespace, () => execFileSync('ip', ['neigh', 'show', target], { encoding: 'utf8' }));

test('traffic to the address is stopped, who asks for its MAC is answered, others are not concerned', {
  skip,
}, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  rig.ip('addr', 'add', '10.9.0.100/32', 'dev', 'eth0');
  rig.ip('addr', 'add', '2001:db8::100/64', 'dev', 'eth0', 'nodad');
  withNetworkNamespace(net.right, () =>
    execFileSync('ip', ['addr', 'add', '2001:db8::2/64', 'dev', 'eth0', 'nodad']),
  );
  const vips = ['10.9.0.100', '2001:db8::100'];
  await until('both answer', () => vips.every((vip) => pings(net.right, vip)));
  await done(rig, apply(add(...vips.map(address))));
  withNetworkNamespace(net.right, () => {
    execFileSync('ip', ['neigh', 'flush', 'all']);
    execFileSync('ip', ['-6', 'neigh', 'flush', 'all']);
  });
  for (const vip of vips) {
    assert.equal(pings(net.right, vip), false, vip);
    assert.match(neighbour(net.right, vip), /lladdr [0-9a-f:]{17} (REACHABLE|DELAY|STALE|PROBE)/, vip);
  }
  assert.equal(pings(net.right, '10.9.0.1'), true);
  await done(rig, apply(drop(...vips.map(address))));
  for (const vip of vips) assert.equal(pings(net.right, vip), true, vip);
  await rig.host.close();
});

test('a virtual router forwards with the address as gateway, although it answers nobody', {
  skip,
}, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const far = Rig.create(cable().left);
  far.ip('link', 'del', 'eth0');
  rig.ip(
    'link',
    'add',
    'lan',
    'type',
    'veth',
    'peer',
    'name',
    'lan',
    'netns',
    `/proc/${process.pid}/fd/${far.namespace}`,
  );
  for (const [where, own] of [
    [rig, '10.8.0.1/24'],
    [far, '10.8.0.2/24'],
  ] as const) {
    where.ip('link', 'set', 'lan', 'up');
    where.ip('addr', 'add', own, 'dev', 'lan');
  }
  rig.ip('addr', 'add', '10.9.0.100/32', 'dev', 'eth0');
  run(rig, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  far.ip('route', 'add', '10.9.0.0/24', 'via', '10.8.0.1');
  withNetworkNamespace(net.right, () =>
    execFileSync('ip', ['route', 'add', '10.8.0.0/24', 'via', '10.9.0.100']),
  );
  await done(rig, apply(add(address('10.9.0.100'))));
  await until('the far side answers', () => pings(net.right, '10.8.0.2'));
  assert.equal(pings(net.right, '10.9.0.100'), false);
  await far.host.close();
  await rig.host.close();
});

test('a link-local address is stopped on its interface only', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  rig.ip('addr', 'add', 'fe80::100/64', 'dev', 'eth0', 'nodad');
  await until('it answers', () => pings(net.right, 'fe80::100%eth0'));
  await done(rig, apply(add(linkLocal('fe80::100', net.leftIndex + 100, 'eth9'))));
  assert.equal(pings(net.right, 'fe80::100%eth0'), true);
  await done(rig, apply(add(linkLocal('fe80::100', net.leftIndex, 'eth0'))));
  assert.equal(pings(net.right, 'fe80::100%eth0'), false);
  await rig.host.close();
});

test('what the kernel would say on a virtual MAC about its groups comes from the interface underneath', {
  skip,
}, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  rig.ip(
    'link',
    'add',
    'vrrp.7',
    'link',
    'eth0',
    'address',
    '00:00:5e:00:01:07',
    'type',
    'macvlan',
    'mode',
    'private',
  );
  const links = JSON.parse(rig.ip('-j', 'link')) as { ifname: string; ifindex: number; address: string }[];
  const of = (name: string) => links.find((one) => one.ifname === name);
  const mac: FirewallEntry = {
    kind: 'virtual-mac',
    family: 'ipv4',
    interfaceIndex: of('vrrp.7')?.ifindex ?? 0,
    interfaceName: 'vrrp.7',
    parentIndex: net.leftIndex,
  };
  await done(rig, apply(add(mac), { place: { ...PLACE, counters: true } }));
  const onTheWire = (source: string): number => {
    const text = withNetworkNamespace(net.right, () =>
      execFileSync('nft', ['list', 'chain', 'netdev', 'seen', 'ingress'], { encoding: 'utf8' }),
    );
    return Number(new RegExp(`${source} .*packets (\\d+)`).exec(text)?.[1] ?? 0);
  };
  const parent = of('eth0')?.address ?? '';
  withNetworkNamespace(net.right, () =>
    execFileSync('nft', ['-f', '-'], {
      input: [
        'table netdev seen {',
        'chain ingress {',
        'type filter hook ingress device "eth0" priority 0;',
        'ether saddr 00:00:5e:00:01:07 ip protocol igmp counter',
        `ether saddr ${parent} ip protocol igmp counter`,
        '}',
        '}',
        '',
      ].join('\n'),
    }),
  );
  rig.ip('link', 'set', 'vrrp.7', 'up');
  rig.ip('addr', 'add', '10.9.0.7/24', 'dev', 'vrrp.7');
  rig.ip('addr', 'add', '239.7.7.7/32', 'dev', 'vrrp.7', 'autojoin');
  await until('a membership report arrives', () => onTheWire(parent) > 0);
  assert.equal(onTheWire('00:00:5e:00:01:07'), 0);
  await rig.host.close();
});

test('whoever flushes the rules is noticed and named, and all is there again', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const both = [address('10.9.0.100'), address('2001:db8::1')];
  await done(rig, apply(add(...both)));
  const before = ruleset(rig);
  // What others do elsewhere, and what we do ourselves, is no news.
  run(rig, 'nft', 'add', 'table', 'ip', 'other');
  run(rig, 'nft', 'delete', 'table', 'ip', 'other');
  await done(rig, apply(add(address('10.9.0.101'))));
  await done(rig, apply(drop(address('10.9.0.101'))));
  rig.turn();
  assert.deepEqual(rig.of('firewall-disturbed'), []);
  run(rig, 'nft', 'flush', 'ruleset');
  const { who } = await rig.next('firewall-disturbed');
  assert.match(who, /^nft \(process \d+\)$/);
  await done(rig, apply(add(...both), { fresh: true }));
  assert.deepEqual(ruleset(rig), before);
  rig.forget();
  run(rig, 'nft', 'delete', 'element', 'ip', 'keepalived', 'vips', '{ 10.9.0.100 }');
  await rig.next('firewall-disturbed');
  await rig.host.close();
});

test('a change that comes right after a flush still guards everything at once', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  await done(rig, apply(add(address('10.9.0.100'))));
  run(rig, 'nft', 'flush', 'ruleset');
  assert.equal(await done(rig, apply(add(address('10.9.0.101')))), undefined);
  const text = run(rig, 'nft', 'list', 'set', 'ip', 'keepalived', 'vips');
  assert.match(text, /10\.9\.0\.100, 10\.9\.0\.101/);
  await rig.host.close();
});

test('rules that move to another table leave nothing behind', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  await done(rig, apply(add(address('10.9.0.100'), address('2001:db8::1'))));
  const place = { ...PLACE, table: 'elsewhere' };
  await done(rig, apply(add(address('10.9.0.100')), { fresh: true, place }));
  assert.deepEqual(run(rig, 'nft', 'list', 'tables').trim(), 'table ip elsewhere');
  await rig.host.close();
});

test('what a killed daemon left is gone at the start, whatever was in it', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  run(rig, 'nft', 'add', 'table', 'ip', 'keepalived');
  run(rig, 'nft', 'add', 'table', 'ip6', 'keepalived');
  run(rig, 'nft', 'add', 'set', 'ip6', 'keepalived', 'x', '{ type mark; }');
  await done(rig, apply([], { fresh: true }));
  assert.deepEqual(ruleset(rig), []);
  await rig.host.close();
});

test('a table that somebody else owns is a refusal with a reason, and nothing is half done', {
  skip,
}, async (t) => {
  const net = cable();
  const rig = Rig.create(net.left);
  const owner = rig.inside(() => spawn('nft', ['-i'], { stdio: ['pipe', 'ignore', 'ignore'] }));
  t.after(() => owner.kill());
  owner.stdin.write('add table ip6 keepalived { flags owner; }\n');
  await until('the table is there', () => run(rig, 'nft', 'list', 'tables').includes('keepalived'));
  const error = await done(rig, apply(add(address('10.9.0.100'), address('2001:db8::1'))));
  assert.equal(error?.code, 'EPERM');
  assert.match(error?.message ?? '', /nftables: not permitted.*CAP_NET_ADMIN/);
  assert.equal(run(rig, 'nft', 'list', 'tables').includes('ip keepalived'), false);
  owner.stdin.end();
  await until('the owner is gone', () => !run(rig, 'nft', 'list', 'tables').includes('keepalived'));
  assert.equal(await done(rig, apply(add(address('10.9.0.100')), { fresh: true })), undefined);
  await rig.host.close();
});
