/** The VRRP sockets against the kernel, in network namespaces of their own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ipv4ToNumber } from '../../src/base/ip-address.js';
import { MAX_PACKETS_PER_TURN, MAX_PATIENCE, MAX_STRAYS_PER_SECOND } from '../../src/base/limits.js';
import { AH_LENGTH, writeAhHeader } from '../../src/wire/vrrp-ah.js';
import {
  advert,
  cable,
  carries,
  channel,
  delivered,
  ip,
  namespacesMissing,
  packetBytes,
  pair,
  Rig,
  until,
} from './rig.js';

const skip = namespacesMissing;

const vridsOf = (rig: Rig): (number | undefined)[] => rig.of('packet').map(({ packet }) => packet.bytes[21]);

test('adverts arrive whole, with their interface, and not at their sender', { skip }, async () => {
  const { net, left, right, id, close } = await pair([51, 52]);
  left.run(advert(id, 51), advert(id, 52));
  await until('two packets', () => right.of('packet').length === 2);
  const [first] = right.of('packet');
  assert.equal(first?.packet.interfaceIndex, net.rightIndex);
  assert.equal(first?.packet.family, 'ipv4');
  assert.equal(first?.packet.bytes.length, 40);
  // Everything but the identification and the checksum, which the kernel fills in.
  assert.deepEqual([...(first?.packet.bytes.subarray(12) ?? [])], [...packetBytes(51).subarray(12)]);
  assert.equal(first?.packet.bytes[8], 255);
  assert.equal(first?.packet.bytes[1], 0xc0);
  assert.deepEqual(vridsOf(right), [51, 52]);
  assert.equal(left.of('packet').length, 0);
  await close();
});

test('the filter in the kernel admits configured VRIDs only, and follows changes', { skip }, async () => {
  const { net, left, right, id, close } = await pair([10, 12, 13, 14, 200]);
  const all = Array.from({ length: 255 }, (_, i) => advert(id, i + 1));
  left.run(...all);
  const ours = (...vrids: number[]) => vridsOf(right).filter((vrid) => vrids.includes(vrid ?? 0));
  await until('the last packet', () => vridsOf(right).includes(200));
  assert.deepEqual(ours(10, 12, 13, 14, 200), [10, 12, 13, 14, 200]);
  // Of the others a few, on a socket of their own.
  assert.ok(right.of('packet').length <= 5 + MAX_STRAYS_PER_SECOND);
  right.forget();
  right.run({ kind: 'open-channel', channel: channel(net.rightIndex, [7, 254]) });
  left.run(...all);
  await until('the last packet', () => vridsOf(right).includes(254));
  assert.deepEqual(ours(7, 254), [7, 254]);
  await close();
});

test('a packet too short to have a VRID, and options before it, do not confuse the filter', {
  skip,
}, async () => {
  const { left, right, id, close } = await pair([51]);
  const short = packetBytes(51).slice(0, 21);
  short[3] = 21;
  const options = new Uint8Array(44);
  options.set(packetBytes(51).subarray(0, 20));
  options.set([0x46, 0xc0, 0, 44]);
  options.set([1, 1, 1, 0, 0x21, 51], 20);
  left.run(advert(id, 51, { bytes: short }), advert(id, 51, { bytes: options }), advert(id, 51));
  await until('the last packet', () => right.of('packet').some(({ packet }) => packet.bytes.length === 40));
  const lengths = right.of('packet').map(({ packet }) => packet.bytes.length);
  // The short one is a stray, and comes when it comes.
  assert.deepEqual(
    lengths.filter((length) => length > 21),
    [44, 40],
  );
  await until('the short one', () => right.of('packet').some(({ packet }) => packet.bytes.length === 21));
  await close();
});

test('what one advert of a batch is refused for does not hold up the rest', { skip }, async () => {
  const { left, right, id, close } = await pair([1, 2, 3, 4]);
  left.run(
    advert(id, 1),
    // Shorter than an IP header, longer than the MTU: the kernel refuses these two of the batch.
    advert(id, 2, { bytes: packetBytes(2).slice(0, 10) }),
    advert(id, 3),
    advert(id, 4, { bytes: packetBytes(4, [10, 9, 0, 1], 2000) }),
    advert(id, 1),
  );
  await until('the good ones', () => right.of('packet').length === 3);
  assert.deepEqual(vridsOf(right), [1, 3, 1]);
  await until('the refusals', () => left.of('send-failed').length === 2);
  assert.deepEqual(
    left.of('send-failed').map(({ instance, error }) => [instance, error.code]),
    [
      ['VI_2', 'EINVAL'],
      ['VI_4', 'EMSGSIZE'],
    ],
  );
  await close();
});

test('adverts on a socket that is not open come back as failures', { skip }, async () => {
  const { left, id, close } = await pair([1]);
  left.run({ kind: 'close-channel', channel: id }, advert(id, 1));
  assert.equal((await left.next('send-failed')).error.code, 'EBADF');
  await close();
});

test('a goodbye before the closing of its socket is sent', { skip }, async () => {
  const { left, right, id, close } = await pair([1]);
  left.run(advert(id, 1), { kind: 'close-channel', channel: id });
  await right.next('packet');
  await close();
});

test('an interface that is not there is a failure with its errno', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  rig.run({ kind: 'open-channel', channel: channel(4711, [1]) });
  const answer = await rig.next('channel');
  assert.equal(answer.channel, '4711/ipv4');
  assert.equal(answer.error?.code, 'ENXIO');
  await rig.host.close();
});

test('a group that cannot be joined does not spoil those joined before it', { skip }, async () => {
  const { net, left, close } = await pair([1]);
  const groups = (...names: string[]) => ({ ...channel(net.leftIndex, [1]), groups: names.map(ip) });
  left.forget();
  left.run({ kind: 'open-channel', channel: groups('224.0.0.18', '224.0.0.19', '10.9.0.99') });
  const refused = await left.next('channel');
  assert.match(refused.error?.message ?? '', /joining 10\.9\.0\.99/);
  left.forget();
  left.run({ kind: 'open-channel', channel: groups('224.0.0.18', '224.0.0.19', '224.0.0.20') });
  assert.equal((await left.next('channel')).error, undefined);
  const joined = left.inside(() => readFileSync('/proc/thread-self/net/igmp', 'latin1'));
  for (const group of ['120000E0', '130000E0', '140000E0']) assert.ok(joined.includes(group), group);
  await close();
});

test('three full bursts of 255 routers wait in the buffer; a turn is bounded and says so', {
  skip,
}, async () => {
  const { net, left, right, id, close } = await pair(Array.from({ length: 255 }, (_, i) => i + 1));
  const burst = Array.from({ length: 255 }, (_, i) => advert(id, i + 1));
  // All of it waits then, and nobody has given Node's loop a turn.
  delivered(net.right, 3 * 255, () => {
    for (let n = 0; n < 3; n++) left.run(...burst);
  });
  right.turn();
  assert.equal(right.of('packet').length, MAX_PACKETS_PER_TURN);
  assert.deepEqual(right.bounded, [`${net.rightIndex}/ipv4`]);
  right.turn();
  right.turn();
  assert.equal(right.of('packet').length, 3 * 255);
  assert.deepEqual(right.bounded.length, 2);
  await close();
});

test('announcements leave as Ethernet broadcasts that tcpdump reads', { skip }, async () => {
  const { net, left, right, close } = await pair([1]);
  const arp = new Uint8Array(28);
  arp.set([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 9, 0, 100, 0, 0, 0, 0, 0, 0, 10, 9, 0, 100]);
  const dump = await right.tcpdump('-e', '-l', '-c', '1', 'arp');
  left.run({
    kind: 'send-frame',
    interfaceIndex: net.leftIndex,
    etherType: 0x0806,
    destination: 'ff:ff:ff:ff:ff:ff',
    bytes: arp,
  });
  await until('the frame', () => dump.text().includes('\n'));
  assert.match(dump.text(), /> ff:ff:ff:ff:ff:ff, ethertype ARP/);
  assert.match(dump.text(), /Request who-has 10\.9\.0\.100 tell 10\.9\.0\.100/);
  await close();
});

test('frames on a dead interface are said once, and again after they worked', { skip }, async () => {
  const { net, left, close } = await pair([1]);
  const frame = {
    kind: 'send-frame' as const,
    interfaceIndex: net.leftIndex,
    etherType: 0x0806,
    destination: 'ff:ff:ff:ff:ff:ff',
    bytes: new Uint8Array(28),
  };
  left.ip('link', 'set', 'eth0', 'down');
  left.run(frame, frame);
  left.run(frame);
  const said = (): number => left.lines.filter((line) => line.includes('announcing on interface')).length;
  assert.equal(said(), 1);
  left.ip('link', 'set', 'eth0', 'up');
  left.run(frame);
  left.ip('link', 'set', 'eth0', 'down');
  left.run(frame);
  assert.equal(said(), 2);
  await close();
});

test('unicast without an interface tells on which one a packet came', { skip }, async () => {
  const net = cable();
  const left = Rig.create(net.left);
  const right = Rig.create(net.right);
  const any = { id: '0/ipv4', family: 'ipv4' as const, interfaceIndex: 0, groups: [], virtualRouterIds: [5] };
  left.run({ kind: 'open-channel', channel: any });
  right.run({ kind: 'open-channel', channel: any });
  const bytes = packetBytes(5);
  bytes.set([10, 9, 0, 2], 16);
  left.run(advert('0/ipv4', 5, { destination: ip('10.9.0.2'), bytes }));
  assert.equal((await right.next('packet')).packet.interfaceIndex, net.rightIndex);
  await left.host.close();
  await right.host.close();
});

test('the sockets survive their interface going down and up', { skip }, async () => {
  const { net, left, right, id, close } = await pair([1]);
  right.ip('link', 'set', 'eth0', 'down');
  right.ip('link', 'set', 'eth0', 'up');
  await until('carrier', () => carries(net.left) && carries(net.right));
  right.forget();
  left.run(advert(id, 1));
  await right.next('packet');
  await close();
});

test('adverts within AH have a socket of their own, filtered by the VRID in them', { skip }, async () => {
  const net = cable();
  const left = Rig.create(net.left);
  const right = Rig.create(net.right);
  const within = (index: number, vrids: readonly number[]) =>
    ({ ...channel(index, vrids), id: `${index}/ipv4/ah`, protocol: 'ah' }) as const;
  left.run({ kind: 'open-channel', channel: within(net.leftIndex, [1]) });
  right.run({ kind: 'open-channel', channel: within(net.rightIndex, [51, 52]) });
  // The same number without AH is another socket's.
  right.run({ kind: 'open-channel', channel: channel(net.rightIndex, [53]) });
  for (const rig of [left, right]) assert.equal((await rig.next('channel')).error, undefined);
  const sealed = (vrid: number): Uint8Array => {
    const plain = packetBytes(vrid);
    const bytes = new Uint8Array(plain.length + AH_LENGTH);
    bytes.set(plain.subarray(0, 20));
    bytes.set(plain.subarray(20), 20 + AH_LENGTH);
    bytes[9] = 51;
    writeAhHeader(bytes, 20, ipv4ToNumber(ip('10.9.0.1')));
    return bytes;
  };
  const foreign = sealed(51);
  foreign[20] = 6;
  const id = `${net.leftIndex}/ipv4/ah`;
  left.run(
    advert(id, 51, { bytes: sealed(50) }),
    advert(id, 51, { bytes: foreign }),
    advert(id, 51, { bytes: sealed(53) }),
    advert(id, 51, { bytes: sealed(51) }),
    advert(id, 51, { bytes: sealed(52) }),
  );
  const seen = () => right.of('packet').map(({ packet }) => [packet.bytes[9], packet.bytes[45]]);
  await until('ours and strays', () => seen().length >= 4);
  assert.deepEqual(
    seen().filter(([, vrid]) => vrid === 51 || vrid === 52),
    [
      [51, 51],
      [51, 52],
    ],
  );
  // 50 is nobody's, and 53 is ours without AH: both are strays. What AH carries for others is not even one.
  assert.deepEqual(
    seen()
      .filter(([, vrid]) => vrid === 50 || vrid === 53)
      .map(([, vrid]) => vrid)
      .sort(),
    [50, 53],
  );
  await left.host.close();
  await right.host.close();
});

test('a flood for other virtual routers is a sample, once a second, and wakes nobody in between', {
  skip,
}, async () => {
  const { left, right, id, close } = await pair([51]);
  const foreign = Array.from({ length: 200 }, (_, i) => advert(id, 60 + (i % 100)));
  const began = performance.now();
  for (let round = 0; round < 20; round++) {
    left.run(...foreign);
    right.turn();
  }
  await until('some of them', () => right.of('packet').length > 0);
  const seconds = Math.ceil((performance.now() - began) / 1000) + 1;
  assert.ok(
    right.of('packet').length <= seconds * MAX_STRAYS_PER_SECOND,
    `${right.of('packet').length} of 4000 in ${seconds} s`,
  );
  // The flood has stopped; what lies in the small buffer comes a second later, and then the next stray at once.
  right.forget();
  left.run(advert(id, 51));
  await until('ours', () => vridsOf(right).includes(51));
  assert.equal(right.bounded.length, 0, 'nobody is held because of strays');
  await until('the rest', () => right.of('packet').length > 1);
  await close();
});

test('fragments: a lone one never arrives, all of them arrive as the whole', { skip }, async () => {
  const { left, right, id, close } = await pair([51]);
  /** Bytes [from, to) of the VRRP message as a fragment. */
  const fragment = (ipId: number, from: number, to: number, more: boolean): Uint8Array => {
    const whole = packetBytes(51);
    const bytes = new Uint8Array(20 + to - from);
    bytes.set(whole.subarray(0, 20));
    bytes.set(whole.subarray(20 + from, 20 + to), 20);
    const field = (more ? 0x2000 : 0) | (from / 8);
    bytes.set([bytes.length >> 8, bytes.length & 0xff, ipId >> 8, ipId & 0xff, field >> 8, field & 0xff], 2);
    return bytes;
  };
  left.run(
    advert(id, 51, { bytes: fragment(7, 0, 8, true) }),
    advert(id, 51, { bytes: fragment(8, 8, 20, false) }),
    advert(id, 51, { bytes: fragment(9, 0, 16, true) }),
    advert(id, 51, { bytes: fragment(9, 16, 20, false) }),
    advert(id, 51),
  );
  await until('the last packet', () => right.of('packet').length >= 2);
  const seen = right.of('packet').map(({ packet: { bytes } }) => [bytes.length, (bytes[6] ?? 0) << 8]);
  assert.deepEqual(seen, [
    [40, 0],
    [40, 0],
  ]);
  await close();
});

test('what a master repeats is handed over as the same object, and nothing else is', { skip }, async () => {
  const { left, right, id, close } = await pair([51, 52]);
  const heard = () => right.of('packet').map(({ packet }) => packet);
  const send = async (...effects: Parameters<Rig['run']>): Promise<void> => {
    const wanted = heard().length + effects.length;
    left.run(...effects);
    await until('the packets', () => heard().length === wanted);
  };
  await send(advert(id, 51), advert(id, 52), advert(id, 51));
  const [first, other, again] = heard();
  assert.ok(first && first === again && first !== other);
  const changed = packetBytes(51);
  changed[23] = 7;
  await send(advert(id, 51, { bytes: changed }), advert(id, 51), advert(id, 51));
  const [, , , fourth, fifth, sixth] = heard();
  assert.deepEqual([...(fourth?.bytes.subarray(12) ?? [])], [...changed.subarray(12)]);
  assert.deepEqual([...(fifth?.bytes.subarray(12) ?? [])], [...packetBytes(51).subarray(12)]);
  assert.ok(fifth !== first && fifth === sixth);
  await close();
});

test('a packet says how long it waited to be read, as far as that was patience', { skip }, async () => {
  const { net, left, right, id, close } = await pair([51]);
  // It has arrived, and we are the ones who do not look.
  delivered(net.right, 1, () => left.run(advert(id, 51)));
  const looking = performance.now() + MAX_PATIENCE / 1000 + 2;
  while (performance.now() < looking);
  await until('the packet', () => right.of('packet').length === 1);
  const sooner = performance.now();
  left.run(advert(id, 51));
  await until('the other packet', () => right.of('packet').length === 2);
  const most = Math.ceil((performance.now() - sooner) * 1000);
  const [late = -1, prompt = -1] = right.of('packet').map(({ waited }) => waited);
  assert.equal(late, MAX_PATIENCE);
  assert.ok(prompt >= 0 && prompt <= most, `${prompt} of ${most}`);
  await close();
});

test('a socket that closes while its packets are handed over is read no more', { skip }, async () => {
  const { net, left, right, id, close } = await pair([51]);
  delivered(net.right, 100, () => left.run(...Array.from({ length: 100 }, () => advert(id, 51))));
  let fed = 0;
  right.inside(() =>
    right.host.drain(({ kind }) => {
      if (kind !== 'packet' || fed++ > 0) return;
      right.run({ kind: 'close-channel', channel: `${net.rightIndex}/ipv4` });
    }),
  );
  assert.ok(fed > 0 && fed < 100, `${fed} packets of one reading`);
  await close();
});
