/**
 * The sockets of BFD against the kernel, in network namespaces of their own: what leaves, what arrives and with which
 * facts, and that nobody's flood reaches another's packets.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ipv4ToNumber } from '../../src/base/ip-address.js';
import { MAX_BFD_SEPARATE, MAX_BFD_STRAYS_PER_SECOND, MAX_PACKETS_PER_TURN } from '../../src/base/limits.js';
import { instant, milliseconds } from '../../src/base/time.js';
import type { BfdListener, BfdPath } from '../../src/core/bfd/facts.js';
import { AF_INET, IP_HDRINCL, IPPROTO_IP, IPPROTO_UDP, SOCK_RAW } from '../../src/host/linux/constants.js';
import { required } from '../../src/host/linux/errno.js';
import { closeFd, openSocket, setIntOption } from '../../src/host/linux/fd.js';
import { allocateArena, ioctl, sendto } from '../../src/host/linux/libc.js';
import { putIpSocketAddress } from '../../src/host/linux/socket-address.js';
import type { HostEffect } from '../../src/ports/ports.js';
import { BFD_LONGEST } from '../../src/wire/bfd-control.js';
import { cable, ip, namespacesMissing, Rig, until } from './rig.js';

const skip = namespacesMissing;
const US = '10.9.0.1';
const ID = 'bfd/ipv4/3784';
/** Of a packet; the host looks into none. */
const LENGTH = 24;

const listener = (neighbors: readonly string[], more: Partial<BfdListener> = {}): HostEffect => ({
  kind: 'listen-bfd',
  listener: {
    id: ID,
    family: 'ipv4',
    port: 3784,
    neighbors: neighbors.map(ip),
    patience: milliseconds(0),
    ...more,
  },
});
const path = (more: Partial<BfdPath> = {}): HostEffect => ({
  kind: 'open-bfd',
  path: {
    session: 's',
    neighbor: ip('10.9.0.2'),
    port: 3784,
    source: ip(US),
    sourcePort: 50_000,
    hopLimit: 255,
    ...more,
  },
});

/** linux/sockios.h: bytes that were sent and not taken yet. */
const SIOCOUTQ = 0x5411;

/** Sends whatever it is told to `10.9.0.1`, in whoever's name; there before it returns. */
class Stranger {
  readonly #fd: number;
  readonly #area = allocateArena(2048);
  readonly #address = allocateArena(64);
  readonly #unsent = allocateArena(4);
  readonly #length: number;

  constructor(readonly rig: Rig) {
    this.#fd = rig.inside(() => required(openSocket(AF_INET, SOCK_RAW, IPPROTO_UDP), 'a raw socket'));
    required(setIntOption(this.#fd, IPPROTO_IP, IP_HDRINCL, 1), 'IP_HDRINCL');
    this.#length = putIpSocketAddress(this.#address, 0, ip(US), 0);
  }

  send(source: string, more: { ttl?: number; payload?: Uint8Array; port?: number } = {}): void {
    const { ttl = 255, payload = new Uint8Array(LENGTH), port = 3784 } = more;
    const packet = Buffer.alloc(28 + payload.length);
    packet.set([0x45, 0xc0, packet.length >> 8, packet.length & 0xff, 0, 0, 0, 0, ttl, IPPROTO_UDP]);
    packet.writeUInt32BE(ipv4ToNumber(ip(source)), 12);
    packet.writeUInt32BE(ipv4ToNumber(ip(US)), 16);
    packet.writeUInt16BE(49_152, 20);
    packet.writeUInt16BE(port, 22);
    packet.writeUInt16BE(8 + payload.length, 24);
    packet.set(payload, 28);
    this.#area.bytes.set(packet);
    required(
      sendto(this.#fd, this.#area.address, packet.length, 0, this.#address.address, this.#length),
      'sending',
    );
    // A busy kernel takes a packet from the cable later than we put it there.
    do required(ioctl(this.#fd, SIOCOUTQ, this.#unsent.address), 'SIOCOUTQ');
    while (this.#unsent.view.getInt32(0, true) > 0);
  }

  flood(source: (n: number) => string, packets: number): void {
    for (let n = 0; n < packets; n++) this.send(source(n));
  }

  close(): void {
    closeFd(this.#fd);
  }
}

/** A rig that hears `neighbors`, and a stranger at the other end of its cable. */
async function heard(neighbors: readonly string[]) {
  const net = cable();
  const rig = Rig.create(net.left);
  const other = Rig.create(net.right);
  rig.run(listener(neighbors));
  assert.equal((await rig.next('bfd-listening')).error, undefined);
  const stranger = new Stranger(other);
  const close = async (): Promise<void> => {
    stranger.close();
    await rig.host.close();
    await other.host.close();
  };
  return { net, rig, other, stranger, close };
}

const sourcesOf = (rig: Rig): string[] => rig.of('bfd-packet').map(({ packet }) => packet.source);

test('what leaves: source port, hop limit and traffic class', { skip }, async () => {
  const { rig, other, close } = await heard([]);
  const dump = await other.tcpdump('-v', '-l', '-c', '1', 'udp');
  rig.run(path({ hopLimit: 200, sourcePort: 51_234 }));
  assert.equal((await rig.next('bfd-opened')).error, undefined);
  rig.run({
    kind: 'send-bfd',
    session: 's',
    bytes: Uint8Array.from([0x20, 0x40, 3, LENGTH, ...new Uint8Array(20)]),
  });
  await until('the packet', () => /3784: BFDv1/.test(dump.text()));
  assert.match(dump.text(), /tos 0xc0, ttl 200/);
  assert.match(dump.text(), /10\.9\.0\.1\.51234 > 10\.9\.0\.2\.3784: BFDv1/);
  await close();
});

test('what arrives says from where, to which address, on which interface, with which hop limit', {
  skip,
}, async () => {
  const { net, rig, stranger, close } = await heard(['10.9.0.2']);
  stranger.send('10.9.0.2', { ttl: 254, payload: Uint8Array.of(1, 2, 3) });
  const { packet } = await rig.next('bfd-packet');
  assert.deepEqual(packet, {
    family: 'ipv4',
    port: 3784,
    interfaceIndex: net.leftIndex,
    source: '10.9.0.2',
    destination: US,
    hopLimit: 254,
    bytes: Uint8Array.of(1, 2, 3),
  });
  await close();
});

test('a packet with another TTL', { skip }, async () => {
  const { rig, stranger, close } = await heard(['10.9.0.2']);
  for (const ttl of [1, 64, 255]) stranger.send('10.9.0.2', { ttl });
  await until('all three', () => rig.of('bfd-packet').length === 3);
  assert.deepEqual(
    rig.of('bfd-packet').map(({ packet }) => packet.hopLimit),
    [1, 64, 255],
  );
  await close();
});

test('what comes again is the very same object, and what differs in anything is not', { skip }, async () => {
  const { rig, stranger, close } = await heard(['10.9.0.2']);
  const usual = Uint8Array.of(0x20, 0xc0, 3, LENGTH, ...new Uint8Array(LENGTH - 4));
  const kinds = [{}, { ttl: 254 }, { payload: usual }, { payload: usual.with(LENGTH - 1, 1) }];
  for (const kind of kinds) for (let n = 0; n < 2; n++) stranger.send('10.9.0.2', kind);
  await until('all', () => rig.of('bfd-packet').length === 2 * kinds.length);
  const packets = rig.of('bfd-packet').map(({ packet }) => packet);
  assert.equal(new Set(packets).size, kinds.length);
  await close();
});

test('packets of any length: nothing is read beyond the longest, and none holds up the next', {
  skip,
}, async () => {
  const { rig, stranger, close } = await heard(['10.9.0.2']);
  const lengths = [0, 1, 23, 24, BFD_LONGEST, BFD_LONGEST + 1, 1400];
  for (const length of lengths) stranger.send('10.9.0.2', { payload: new Uint8Array(length) });
  await until('all', () => rig.of('bfd-packet').length === lengths.length);
  const read = rig.of('bfd-packet').map(({ packet }) => packet.bytes.length);
  assert.deepEqual(read.slice(0, 5), lengths.slice(0, 5));
  // Too long is seen to be too long, and no more of it is kept.
  for (const length of read.slice(5))
    assert.ok(length > BFD_LONGEST && length < 2 * BFD_LONGEST, `${length}`);
  await close();
});

test("strangers' flood is a sample, and takes no packet of a neighbour", { skip }, async () => {
  const { rig, stranger, close } = await heard(['10.9.0.2']);
  const name = (n: number): string => `10.9.${1 + (n >> 8)}.${n & 255}`;
  stranger.flood(name, 5000);
  stranger.send('10.9.0.2');
  stranger.flood(name, 5000);
  const began = performance.now();
  rig.turn();
  const [ours, others] = [true, false].map((is) =>
    sourcesOf(rig).filter((one) => (one === '10.9.0.2') === is),
  );
  assert.equal(ours?.length, 1);
  assert.ok((others?.length ?? 0) <= MAX_BFD_STRAYS_PER_SECOND, `${others?.length} of strangers`);
  // Nor does it keep the loop awake: for a second nobody looks.
  stranger.flood(name, 100);
  rig.turn();
  rig.turn();
  // Where this machine took that second itself, there is another sample.
  const samples = 1 + Math.floor((performance.now() - began) / 1000);
  assert.ok(sourcesOf(rig).length <= 1 + samples * MAX_BFD_STRAYS_PER_SECOND);
  assert.deepEqual(rig.bounded, []);
  await close();
});

test("a neighbour's flood is read a turn at a time, and holds nobody else", { skip }, async () => {
  const { rig, stranger, close } = await heard(['10.9.0.2', '10.9.0.3', '10.9.0.4']);
  stranger.flood(() => '10.9.0.3', 2000);
  stranger.send('10.9.0.2');
  stranger.send('10.9.0.4');
  rig.turn();
  const count = (source: string): number => sourcesOf(rig).filter((one) => one === source).length;
  assert.deepEqual([count('10.9.0.2'), count('10.9.0.4')], [1, 1]);
  assert.equal(count('10.9.0.3'), MAX_PACKETS_PER_TURN);
  assert.deepEqual(rig.bounded, [`${ID}/10.9.0.3`]);
  await close();
});

test('a neighbour that goes is a stranger; its socket is for the next one', { skip }, async () => {
  const { rig, stranger, close } = await heard(['10.9.0.2', '10.9.0.3']);
  rig.run(listener(['10.9.0.3', '10.9.0.4']));
  stranger.flood(() => '10.9.0.2', 300);
  stranger.send('10.9.0.4');
  stranger.send('10.9.0.3');
  rig.turn();
  const count = (source: string): number => sourcesOf(rig).filter((one) => one === source).length;
  assert.deepEqual([count('10.9.0.3'), count('10.9.0.4')], [1, 1]);
  assert.ok(count('10.9.0.2') <= MAX_BFD_STRAYS_PER_SECOND);
  await close();
});

test('more neighbours than sockets: the last ones share one, and all are heard', { skip }, async () => {
  const neighbors = Array.from({ length: 2000 }, (_, n) => `10.9.${1 + (n >> 8)}.${n & 255}`);
  const { rig, stranger, close } = await heard(neighbors);
  const [first, last, lastAlone] = [neighbors[0], neighbors.at(-1), neighbors[MAX_BFD_SEPARATE - 1]];
  for (const one of [first, last, lastAlone]) stranger.send(one ?? '');
  await until('all three', () => rig.of('bfd-packet').length === 3);
  assert.deepEqual(new Set(sourcesOf(rig)), new Set([first, last, lastAlone]));
  // IPv6 takes more instructions for each.
  const v6 = Array.from({ length: 2000 }, (_, n) => `2001:db8::${(n + 1).toString(16)}`);
  rig.run(listener(v6, { id: 'bfd/ipv6/3784', family: 'ipv6' }));
  const { error } = await rig.next('bfd-listening', ({ listener: id }) => id === 'bfd/ipv6/3784');
  assert.equal(error, undefined);
  await close();
});

test('packets that waited for a deadline say how long, as far as that was patience', { skip }, async () => {
  const { rig, stranger, close } = await heard([]);
  const waited = async (patience: number): Promise<number> => {
    rig.forget();
    rig.run(listener(['10.9.0.2'], { patience: milliseconds(patience) }));
    // Awake again in half a minute: that is near for one, and far for the other.
    rig.host.arm(instant(rig.host.moment().now + 30_000_000));
    stranger.send('10.9.0.2');
    const sent = rig.host.moment().now;
    await until('a moment later', () => rig.host.moment().now > sent + 2000);
    rig.turn();
    return rig.of('bfd-packet')[0]?.waited ?? 0;
  };
  const long = await waited(60_000);
  assert.ok(long > 0 && long < 60_000_000, `${long}`);
  assert.ok((await waited(1)) <= 1000);
  assert.equal(await waited(0), 0);
  await close();
});

test('a usual packet waits for the next turn, unless it is awaited; any other wakes, and is read after it', {
  skip,
}, async () => {
  const { rig, stranger, close } = await heard([]);
  const neighbors = ['10.9.0.2', '10.9.0.3'];
  const usual = Uint8Array.of(0x20, 0xc0, 3, LENGTH, ...new Uint8Array(LENGTH - 4));
  // The neighbour's diagnostic, its plane, authentication, multiplier: all are usual. State and flags are not.
  const variants = [usual.with(0, 0x23), usual.with(1, 0xcc), usual.with(2, 9)];
  const unusual = [0x40, 0x80, 0x00, 0xe0, 0xd0, 0xc2, 0xc1].map((flags) => usual.with(1, flags));
  rig.run(listener(neighbors, { patience: milliseconds(60_000) }));
  const rest = (): void => {
    rig.host.arm(undefined);
    rig.host.arm(instant(rig.host.moment().now + 30_000_000));
  };
  const wakes = async (packets: readonly Uint8Array[]): Promise<boolean> => {
    rig.turn();
    rig.forget();
    rest();
    for (const payload of packets) stranger.send('10.9.0.2', { payload });
    const sent = rig.host.moment().now;
    await until('a moment later', () => rig.host.moment().now > sent + 2000);
    // By then the loop has seen what is ready, even where that moment passed before it came to that.
    for (let n = 0; n < 3; n++) await new Promise((turned) => setImmediate(turned));
    return rig.of('bfd-packet').length > 0;
  };
  assert.equal(await wakes([usual, ...variants]), false);
  rig.turn();
  assert.equal(rig.of('bfd-packet').length, 1 + variants.length);
  for (const payload of [...unusual, usual.with(0, 0x40), usual.subarray(0, 3), new Uint8Array(0)])
    assert.equal(await wakes([payload]), true, Buffer.from(payload).toString('hex'));
  assert.equal(await wakes([usual, usual.with(1, 0x40)]), true);
  assert.deepEqual(
    rig.of('bfd-packet').map(({ packet }) => packet.bytes[1]),
    [0xc0, 0x40],
  );
  rig.run({ kind: 'await-bfd', listener: ID, neighbor: ip('10.9.0.3'), awaited: true });
  assert.equal(await wakes([usual]), false);
  rig.run({ kind: 'await-bfd', listener: ID, neighbor: ip('10.9.0.2'), awaited: true });
  assert.equal(await wakes([usual]), true);
  rig.run({ kind: 'await-bfd', listener: ID, neighbor: ip('10.9.0.2'), awaited: false });
  assert.equal(await wakes([usual]), false);
  await close();
});

test('a port that somebody else has, and one that is given back', { skip }, async () => {
  const { rig, close } = await heard(['10.9.0.2']);
  const second = Rig.create(rig.namespace);
  second.run(listener(['10.9.0.2']));
  assert.equal((await second.next('bfd-listening')).error?.code, 'EADDRINUSE');
  second.forget();
  rig.run({ kind: 'unlisten-bfd', listener: ID });
  second.run(listener(['10.9.0.2']));
  assert.equal((await second.next('bfd-listening')).error, undefined);
  await second.host.close();
  await close();
});

test('a source that is not here, and sending without a socket, are failures with their errno', {
  skip,
}, async () => {
  const { rig, close } = await heard(['10.9.0.2']);
  rig.run(path({ source: ip('10.9.0.77') }));
  assert.equal((await rig.next('bfd-opened')).error?.code, 'EADDRNOTAVAIL');
  rig.run({ kind: 'send-bfd', session: 's', bytes: new Uint8Array(LENGTH) });
  assert.equal((await rig.next('bfd-send-failed')).error.code, 'EINVAL');
  await close();
});

test('what comes to the port that we send from is for nobody', { skip }, async () => {
  const { rig, stranger, close } = await heard(['10.9.0.2']);
  rig.run(path());
  for (let n = 0; n < 1000; n++) stranger.send('10.9.0.2', { port: 50_000 });
  stranger.send('10.9.0.2');
  await rig.next('bfd-packet');
  assert.equal(rig.of('bfd-packet').length, 1);
  // The kernel keeps none of it either: of such a socket nobody would ever take it. proc_net_udp: local, remote, state, queues.
  const table = rig.inside(() => readFileSync('/proc/thread-self/net/udp', 'latin1'));
  const queued = new RegExp(`:${(50_000).toString(16).toUpperCase()} \\S+ \\S+ \\w+:(\\w+)`).exec(table)?.[1];
  assert.equal(Number.parseInt(queued ?? 'none', 16), 0, table);
  await close();
});

test('link-local neighbours: by the interface, with the hop limit that is asked for', { skip }, async () => {
  const net = cable();
  const [left, right] = [Rig.create(net.left), Rig.create(net.right)];
  left.ip('addr', 'add', 'fe80::1/64', 'dev', 'eth0', 'nodad');
  right.ip('addr', 'add', 'fe80::2/64', 'dev', 'eth0', 'nodad');
  const six = (neighbor: string) => listener([neighbor], { id: 'bfd/ipv6/3784', family: 'ipv6' });
  right.run(six('fe80::1'));
  assert.equal((await right.next('bfd-listening')).error, undefined);
  left.run(path({ neighbor: ip('fe80::2'), source: ip('fe80::1'), interfaceIndex: net.leftIndex }), {
    kind: 'send-bfd',
    session: 's',
    bytes: new Uint8Array(LENGTH),
  });
  const { packet } = await right.next('bfd-packet');
  const { source, destination, hopLimit, interfaceIndex, family } = packet;
  assert.deepEqual(
    [source, destination, hopLimit, interfaceIndex, family],
    ['fe80::1', 'fe80::2', 255, net.rightIndex, 'ipv6'],
  );
  await left.host.close();
  await right.host.close();
});
