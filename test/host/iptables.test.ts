/**
 * The firewall by iptables: a true one in front of PATH, and what iptables-legacy and ipset then show; the fall back
 * to nftables where there is none; addresses that wait for their rules.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { FirewallEntry, FirewallOperation, FirewallPlace } from '../../src/core/net/firewall-facts.js';
import type { HostEffect } from '../../src/ports/ports.js';
import { cable, ip, namespacesMissing, Rig, until } from './rig.js';

const LEGACY = '/usr/sbin/xtables-legacy-multi';
const missing = (): string | false => {
  if (!existsSync(LEGACY)) return 'iptables-legacy is not installed';
  const net = cable();
  const rig = Rig.create(net.left);
  try {
    rig.inside(() => execFileSync('iptables-legacy', ['-S'], { stdio: 'ignore' }));
    rig.inside(() => execFileSync('ipset', ['create', 'probe', 'hash:net,iface'], { stdio: 'ignore' }));
    return false;
  } catch {
    return 'this kernel has no iptables or no ipset';
  } finally {
    void rig.host.close();
  }
};
const skip = namespacesMissing || missing();

/** Folders to stand before PATH: with a true iptables, with one that writes for nf_tables, and with none. */
const folder = mkdtempSync(join(tmpdir(), 'holdfast-iptables-'));
after(() => rmSync(folder, { recursive: true }));
const PATH = process.env['PATH'] ?? '';
function tools(version: string | undefined): void {
  const bin = mkdtempSync(join(folder, 'bin-'));
  if (version === 'legacy')
    for (const name of ['iptables', 'iptables-restore', 'ip6tables', 'ip6tables-restore'])
      symlinkSync(LEGACY, join(bin, name));
  else if (version !== undefined)
    writeFileSync(join(bin, 'iptables'), `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
  // The script runner takes its environment when it starts.
  process.env['PATH'] = version === undefined ? bin : `${bin}:${PATH}`;
}

const SETS = ['kv', 'kv6', 'kv_if6', 'kv_igmp', 'kv_mld'];
const PLACE: FirewallPlace = {
  table: 'keepalived',
  priority: -1,
  counters: false,
  byIndex: false,
  iptables: { input: 'vin', output: 'vout' },
  ipsets: SETS,
};
const PLAIN: FirewallPlace = { ...PLACE, ipsets: [] };
const address = (text: string): FirewallEntry => ({ kind: 'address', address: ip(text) });
const LOCAL: FirewallEntry = {
  kind: 'link-local',
  address: ip('fe80::100'),
  interfaceIndex: 9,
  interfaceName: 'eth0',
  byName: false,
};
const mac = (family: 'ipv4' | 'ipv6'): FirewallEntry => ({
  kind: 'virtual-mac',
  family,
  interfaceIndex: 7,
  interfaceName: 'vrrp.7',
  parentIndex: 2,
});
const add = (...entries: FirewallEntry[]): FirewallOperation[] =>
  entries.map((entry) => ({ operation: 'add', entry }));
const drop = (...entries: FirewallEntry[]): FirewallOperation[] =>
  entries.map((entry) => ({ operation: 'delete', entry }));

let requests = 0;
async function ask(rig: Rig, operations: readonly FirewallOperation[], place = PLACE, fresh = false) {
  const request = ++requests;
  rig.run({ kind: 'apply-firewall', request, place, fresh, operations });
  const answer = await rig.next('firewall-applied', (one) => one.request === request);
  return answer.error;
}
/** The programs that the script runner finds are ours; what the test itself runs is the machine's. */
function start(version: string | undefined): Rig {
  const rig = Rig.create(cable().left);
  tools(version);
  rig.run({ kind: 'run-notify', run: 1, command: { argv: ['/bin/true'] } });
  process.env['PATH'] = PATH;
  return rig;
}
function stage(): Rig {
  const rig = start('legacy');
  for (const tool of ['iptables-legacy', 'ip6tables-legacy'])
    for (const chain of ['vin', 'vout']) shell(rig, `${tool} -N ${chain}`);
  return rig;
}
const shell = (rig: Rig, text: string): string =>
  rig.inside(() =>
    execFileSync('/bin/sh', ['-c', text], {
      encoding: 'utf8',
      env: { ...process.env, PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
/** Rules as iptables-save writes them, without the comment that marks them. */
const rules = (rig: Rig, family: 'ip' | 'ip6'): string[] =>
  shell(rig, `${family}tables-legacy -S`)
    .split('\n')
    .filter((line) => line.startsWith('-A'))
    .map((line) => {
      assert.match(line, /--comment holdfast/);
      return line.replace(' -m comment --comment holdfast', '');
    });
const members = (rig: Rig, set: string): string[] =>
  shell(rig, `ipset list ${set} -output save`)
    .split('\n')
    .filter((line) => line.startsWith('add'))
    .map((line) => line.replace(/^add \S+ /, ''))
    .sort();

test('with sets: rules once, then only members come and go', { skip }, async () => {
  const rig = stage();
  assert.equal(await ask(rig, [], PLACE, true), undefined);
  assert.equal(await ask(rig, add(address('10.9.0.100'), address('2001:db8::1'), LOCAL)), undefined);
  assert.deepEqual(rules(rig, 'ip'), [
    '-A vin -m set --match-set kv dst -j DROP',
    '-A vout -m set --match-set kv src -j DROP',
  ]);
  assert.deepEqual(
    rules(rig, 'ip6').filter((line) => line.startsWith('-A vin')),
    [
      '-A vin -p ipv6-icmp -m set --match-set kv_if6 dst,src -m icmp6 --icmpv6-type 135 -j ACCEPT',
      '-A vin -p ipv6-icmp -m set --match-set kv_if6 dst,src -m icmp6 --icmpv6-type 136 -j ACCEPT',
      '-A vin -m set --match-set kv_if6 dst,src -j DROP',
      '-A vin -p ipv6-icmp -m set --match-set kv6 dst -m icmp6 --icmpv6-type 135 -j ACCEPT',
      '-A vin -p ipv6-icmp -m set --match-set kv6 dst -m icmp6 --icmpv6-type 136 -j ACCEPT',
      '-A vin -m set --match-set kv6 dst -j DROP',
    ],
  );
  assert.deepEqual(members(rig, 'kv'), ['10.9.0.100']);
  assert.deepEqual(members(rig, 'kv_if6'), ['fe80::100,eth0']);
  const before = [...rules(rig, 'ip'), ...rules(rig, 'ip6')];
  assert.equal(
    await ask(rig, [...add(address('10.9.0.101')), ...drop(address('10.9.0.100'), LOCAL)]),
    undefined,
  );
  assert.deepEqual(members(rig, 'kv'), ['10.9.0.101']);
  assert.deepEqual(members(rig, 'kv_if6'), []);
  assert.deepEqual([...rules(rig, 'ip'), ...rules(rig, 'ip6')], before);
  assert.equal(await ask(rig, add(mac('ipv4'), mac('ipv6'))), undefined);
  assert.deepEqual(rules(rig, 'ip').at(-1), '-A vout -p igmp -m set --match-set kv_igmp dst,dst -j DROP');
  assert.equal(rules(rig, 'ip6').filter((line) => line.includes('kv_mld dst,dst')).length, 3);
  assert.deepEqual(members(rig, 'kv'), ['10.9.0.101']);
  assert.equal(await ask(rig, [], PLACE, true), undefined);
  assert.deepEqual([...rules(rig, 'ip'), ...rules(rig, 'ip6')], []);
  assert.equal(shell(rig, 'ipset list -n').trim(), '');
  await rig.host.close();
});

test('without sets: rules at the head of the chains, and leftovers go by their mark', { skip }, async () => {
  const rig = stage();
  shell(rig, 'iptables-legacy -A vin -d 10.9.0.7 -m comment --comment holdfast -j DROP');
  shell(rig, 'iptables-legacy -A vin -s 10.9.0.8 -m comment --comment mine -j ACCEPT');
  await ask(rig, [], PLAIN, true);
  const own = '-A vin -s 10.9.0.8/32 -m comment --comment mine -j ACCEPT';
  assert.equal(shell(rig, 'iptables-legacy -S vin').trim(), `-N vin\n${own}`);
  await ask(rig, add(address('10.9.0.100'), LOCAL, mac('ipv4')), PLAIN);
  const ours = shell(rig, 'iptables-legacy -S vin').trim().split('\n');
  assert.match(ours[1] ?? '', /-d 10\.9\.0\.100\/32 -m comment --comment holdfast -j DROP/);
  assert.equal(ours[2], own);
  assert.deepEqual(
    rules(rig, 'ip6').filter((line) => line.startsWith('-A vin')),
    [
      '-A vin -d fe80::100/128 -i eth0 -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT',
      '-A vin -d fe80::100/128 -i eth0 -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT',
      '-A vin -d fe80::100/128 -i eth0 -j DROP',
    ],
  );
  // Somebody took a rule away: the next change finds it missing, and makes all anew.
  shell(rig, 'iptables-legacy -F vin');
  assert.equal(
    await ask(rig, [...drop(address('10.9.0.100')), ...add(address('10.9.0.101'))], PLAIN),
    undefined,
  );
  assert.match(shell(rig, 'iptables-legacy -S vin'), /10\.9\.0\.101/);
  assert.equal(rules(rig, 'ip').filter((line) => line.includes('vrrp.7')).length, 1);
  // A reload to other chains.
  for (const tool of ['iptables-legacy', 'ip6tables-legacy']) shell(rig, `${tool} -N other`);
  const place = { ...PLAIN, iptables: { input: 'other' } };
  assert.equal(await ask(rig, add(address('10.9.0.101'), mac('ipv4')), place, true), undefined);
  assert.deepEqual(rules(rig, 'ip'), ['-A other -d 10.9.0.101/32 -j DROP']);
  assert.deepEqual(rules(rig, 'ip6'), []);
  await rig.host.close();
});

test('a chain that is missing, and a name that is none, are refusals with a remedy', { skip }, async () => {
  const rig = start('legacy');
  const error = await ask(rig, add(address('10.9.0.100')), PLAIN);
  assert.equal(error?.code, 'EIPTABLES');
  assert.match(error?.message ?? '', /the chains of vrrp_iptables must exist/);
  const odd = await ask(rig, add(address('10.9.0.100')), { ...PLAIN, iptables: { input: "x'; rm -rf y" } });
  assert.equal(odd?.code, 'EINVAL');
  // Removing where nothing is, is none.
  assert.equal(await ask(rig, [], PLAIN, true), undefined);
  await rig.host.close();
});

test('addresses wait for their rules', { skip }, async () => {
  const rig = stage();
  const links = JSON.parse(rig.ip('-j', 'link', 'show', 'eth0')) as [{ ifindex: number }];
  const [{ ifindex }] = links;
  const wanted = { interfaceIndex: ifindex, address: ip('10.9.0.100'), prefixLength: 32, scope: 0 };
  const effects: HostEffect[] = [
    { kind: 'apply-addresses', request: 1, operations: [{ operation: 'add', address: wanted }] },
    {
      kind: 'apply-firewall',
      request: ++requests,
      place: PLAIN,
      fresh: false,
      operations: add(address('10.9.0.100')),
    },
  ];
  rig.run(...effects);
  rig.turn();
  await rig.next('addresses-applied');
  const kinds = rig.inputs.map(({ kind }) => kind).filter((kind) => kind.endsWith('applied'));
  assert.deepEqual(kinds, ['firewall-applied', 'addresses-applied']);
  await rig.host.close();
});

for (const [what, version] of [
  ['writes nf_tables rules', 'iptables v1.8.9 (nf_tables)'],
  ['there is no iptables command', undefined],
] as const)
  test(`where ${what}, nftables is used and said`, { skip }, async () => {
    const rig = start(version);
    assert.equal(await ask(rig, add(address('10.9.0.100'))), undefined);
    assert.equal(await ask(rig, add(address('10.9.0.101'))), undefined);
    assert.match(shell(rig, 'nft list set ip keepalived vips'), /10\.9\.0\.100, 10\.9\.0\.101/);
    await until('it is said', () => rig.lines.length > 0);
    assert.equal(rig.lines.length, 1);
    assert.match(
      rig.lines[0] ?? '',
      new RegExp(
        `vrrp_iptables: .*${what === 'there is no iptables command' ? 'no iptables' : 'nf_tables'}.*nftables is used`,
      ),
    );
    await rig.host.close();
  });
