/** The VRRP sockets of IPv6, and neighbour advertisements, against the kernel. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { MacAddress } from '../../src/base/mac-address.js';
import { ALL_NODES_MAC, encodeUnsolicitedAdvertisement } from '../../src/wire/ndisc.js';
import { cable, ip, namespacesMissing, pair, Rig, until } from './rig.js';

const skip = namespacesMissing;

test('IPv6: hop limit, source and destination come with the packet', { skip }, async () => {
  const net = cable();
  const left = Rig.create(net.left);
  const right = Rig.create(net.right);
  left.ip('addr', 'add', 'fe80::1/64', 'dev', 'eth0', 'nodad');
  const group = ip('ff02::12');
  const v6 = (interfaceIndex: number) => ({
    id: `${interfaceIndex}/ipv6`,
    family: 'ipv6' as const,
    interfaceIndex,
    groups: [group],
    virtualRouterIds: [9],
  });
  left.run({ kind: 'open-channel', channel: v6(net.leftIndex) });
  right.run({ kind: 'open-channel', channel: v6(net.rightIndex) });
  assert.equal((await left.next('channel')).error, undefined);
  assert.equal((await right.next('channel')).error, undefined);
  const payload = (vrid: number): Uint8Array => Uint8Array.of(0x31, vrid, 100, 0, 0, 100, 0, 0);
  for (const vrid of [8, 9])
    left.run({
      kind: 'send-advert',
      channel: `${net.leftIndex}/ipv6`,
      instance: 'VI_6',
      source: ip('fe80::1'),
      destination: group,
      bytes: payload(vrid),
    });
  const { packet } = await right.next('packet', ({ packet: { bytes } }) => bytes[1] === 9);
  assert.deepEqual([...packet.bytes], [...payload(9)]);
  assert.equal(packet.source, 'fe80::1');
  assert.equal(packet.destination, group);
  assert.equal(packet.hopLimit, 255);
  assert.equal(packet.interfaceIndex, net.rightIndex);
  assert.deepEqual(left.of('send-failed'), []);
  await left.host.close();
  await right.host.close();
});

test('IPv6 unicast: the hop limit that is asked for, or the one of the kernel; on the link by its scope', {
  skip,
}, async () => {
  const net = cable();
  const left = Rig.create(net.left);
  const right = Rig.create(net.right);
  left.ip('addr', 'add', 'fe80::1/64', 'dev', 'eth0', 'nodad');
  right.ip('addr', 'add', 'fe80::2/64', 'dev', 'eth0', 'nodad');
  left.ip('addr', 'add', '2001:db8::1/64', 'dev', 'eth0', 'nodad');
  right.ip('addr', 'add', '2001:db8::2/64', 'dev', 'eth0', 'nodad');
  const v6 = (interfaceIndex: number) => ({
    id: `${interfaceIndex}/ipv6`,
    family: 'ipv6' as const,
    interfaceIndex,
    groups: [],
    virtualRouterIds: [9],
  });
  left.run({ kind: 'open-channel', channel: v6(net.leftIndex) });
  right.run({ kind: 'open-channel', channel: v6(net.rightIndex) });
  await right.next('channel');
  const kernels = Number(left.inside(() => readFileSync('/proc/sys/net/ipv6/conf/eth0/hop_limit', 'latin1')));
  const send = (source: string, destination: string, more: object = {}): void =>
    left.run({
      kind: 'send-advert',
      channel: `${net.leftIndex}/ipv6`,
      instance: 'VI_6',
      source: ip(source),
      destination: ip(destination),
      bytes: Uint8Array.of(0x31, 9, 100, 0, 0, 100, 0, 0),
      ...more,
    });
  send('fe80::1', 'fe80::2');
  send('2001:db8::1', '2001:db8::2', { hopLimit: 17 });
  await until('both', () => right.of('packet').length === 2);
  assert.deepEqual(
    right.of('packet').map(({ packet }) => [packet.source, packet.destination, packet.hopLimit]),
    [
      ['fe80::1', 'fe80::2', kernels],
      ['2001:db8::1', '2001:db8::2', 17],
    ],
  );
  assert.deepEqual(left.of('send-failed'), []);
  await left.host.close();
  await right.host.close();
});

test('neighbour advertisements change what a neighbour believes, and tshark finds nothing wrong in them', {
  skip,
}, async () => {
  const { net, left, right, close } = await pair([1]);
  const vip = ip('2001:db8::100');
  right.ip('addr', 'add', '2001:db8::2/64', 'dev', 'eth0', 'nodad');
  right.ip('neigh', 'add', vip, 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0', 'nud', 'stale');
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-na-')), 'na.pcap');
  const dump = await right.tcpdump('-Z', 'root', '-U', '-w', file, '-c', '1', 'icmp6 and ip6[40] = 136');
  const mac = (JSON.parse(left.ip('-j', 'link', 'show', 'eth0')) as [{ address: string }])[0].address;
  left.run({
    kind: 'send-frame',
    interfaceIndex: net.leftIndex,
    etherType: 0x86dd,
    destination: ALL_NODES_MAC,
    bytes: encodeUnsolicitedAdvertisement(mac as MacAddress, vip, true),
  });
  await until('the neighbour has learnt it', () => right.ip('neigh', 'show', vip).includes(mac));
  assert.match(right.ip('neigh', 'show', vip), /router/);
  await until('the capture', () => dump.process.exitCode !== null);
  const fields = ['-e', 'icmpv6.checksum.status', '-e', 'icmpv6.nd.na.flag.r', '-e', '_ws.expert.message'];
  const judged = execFileSync('tshark', ['-r', file, '-T', 'fields', '-E', 'separator=|', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.match(judged, /^1\|(1|True)\|$/m);
  rmSync(dirname(file), { recursive: true });
  await close();
});

test('IPv6: a repeated packet of another sender or hop limit is another one', { skip }, async () => {
  const net = cable();
  const left = Rig.create(net.left);
  const right = Rig.create(net.right);
  for (const last of [1, 2]) left.ip('addr', 'add', `fe80::${last}/64`, 'dev', 'eth0', 'nodad');
  right.ip('addr', 'add', 'fe80::9/64', 'dev', 'eth0', 'nodad');
  const open = (interfaceIndex: number) => ({
    kind: 'open-channel' as const,
    channel: {
      id: `${interfaceIndex}/ipv6`,
      family: 'ipv6' as const,
      interfaceIndex,
      groups: [ip('ff02::12')],
      virtualRouterIds: [9],
    },
  });
  left.run(open(net.leftIndex));
  right.run(open(net.rightIndex));
  await right.next('channel');
  const send = async (source: string, hopLimit?: number): Promise<unknown> => {
    const before = right.of('packet').length;
    left.run({
      kind: 'send-advert',
      channel: `${net.leftIndex}/ipv6`,
      instance: 'VI_6',
      source: ip(source),
      destination: ip('ff02::12'),
      bytes: Uint8Array.of(0x31, 9, 100, 0, 0, 100, 0, 0),
      ...(hopLimit === undefined ? {} : { hopLimit }),
    });
    await until('the packet', () => right.of('packet').length > before);
    return right.of('packet').at(-1)?.packet;
  };
  const first = await send('fe80::1');
  assert.equal(await send('fe80::1'), first);
  assert.notEqual(await send('fe80::2'), first);
  const routed = await send('fe80::2', 7);
  assert.equal((routed as { hopLimit: number }).hopLimit, 7);
  await left.host.close();
  await right.host.close();
});
