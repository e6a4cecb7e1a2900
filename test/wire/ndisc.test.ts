/** Neighbour advertisements: the harness, Keepalived's own in the captures, and which refusal each fault gets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { foldChecksum, sumOfWords } from '../../src/base/checksum.js';
import { isMulticast } from '../../src/base/ip-address.js';
import { macFromBytes } from '../../src/base/mac-address.js';
import {
  ALL_NODES_MAC,
  decodeNeighbourAdvertisement,
  ETHERTYPE_IPV6,
  encodeNeighbourAdvertisement,
  encodeUnsolicitedAdvertisement,
  type NeighbourAdvertisement,
} from '../../src/wire/ndisc.js';
import { ip, mac } from '../base/values.js';
import { address, mac as anyMac, record } from './arbitraries.js';
import { testCodec } from './codec-harness.js';
import { fixtureBytes, readPcap } from './fixtures.js';

const repair = (bytes: Uint8Array): void => {
  if (bytes.length < 72) return;
  bytes.set([0, 0], 42);
  const checksum = foldChecksum(sumOfWords(bytes, 8) + 32 + 58);
  bytes.set([checksum >> 8, checksum & 0xff], 42);
};

testCodec<NeighbourAdvertisement>({
  name: 'neighbour advertisement',
  values: record({
    source: address('ipv6'),
    destination: address('ipv6'),
    target: address('ipv6').filter((one) => !isMulticast(one)),
    mac: anyMac,
    router: fc.boolean(),
    solicited: fc.constant(false),
    override: fc.boolean(),
  }),
  fidelity: 'bytes',
  encode: encodeNeighbourAdvertisement,
  decode: decodeNeighbourAdvertisement,
  repair,
});

describe('neighbour advertisements of Keepalived', () => {
  for (const name of ['captures/v3-ipv6', 'captures/v3-ipv6-hmac', 'captures-2.2.7/v3-ipv6']) {
    test(`${name} re-encodes to the same bytes`, () => {
      const found = readPcap(fixtureBytes(`${name}.pcap`)).filter(
        ({ etherType, payload }) => etherType === ETHERTYPE_IPV6 && payload[6] === 58 && payload[40] === 136,
      );
      assert.ok(found.length >= 10, `only ${found.length} advertisements`);
      for (const frame of found) {
        const read = decodeNeighbourAdvertisement(frame.payload);
        assert.ok(read.ok, read.ok ? '' : read.error);
        const { mac: at, target, router } = read.value;
        assert.equal(at, macFromBytes(frame.source));
        assert.equal(macFromBytes(frame.destination), ALL_NODES_MAC);
        assert.deepEqual(encodeNeighbourAdvertisement(read.value), frame.payload);
        assert.deepEqual(encodeUnsolicitedAdvertisement(at, target, router), frame.payload);
      }
    });
  }
});

describe('neighbour advertisement', () => {
  const good = encodeUnsolicitedAdvertisement(mac('02:00:00:00:00:01'), ip('2001:db8::100'), true);
  const reason = (at: number, value: number): unknown => {
    const bytes = good.slice();
    bytes[at] = value;
    repair(bytes);
    const read = decodeNeighbourAdvertisement(bytes);
    return read.ok ? 'accepted' : read.error;
  };
  test('says that it comes from a router, and overrides', () => {
    const read = decodeNeighbourAdvertisement(good);
    assert.ok(read.ok);
    assert.deepEqual(read.value, {
      source: '2001:db8::100',
      destination: 'ff02::1',
      target: '2001:db8::100',
      mac: '02:00:00:00:00:01',
      router: true,
      solicited: false,
      override: true,
    });
  });
  test('each fault has its reason', () => {
    assert.deepEqual(decodeNeighbourAdvertisement(good.slice(0, 71)), { ok: false, error: 'short' });
    assert.deepEqual(decodeNeighbourAdvertisement(new Uint8Array([...good, 0])), {
      ok: false,
      error: 'length',
    });
    assert.equal(reason(0, 0x45), 'header');
    assert.equal(reason(7, 64), 'header');
    assert.equal(reason(6, 17), 'header');
    assert.equal(reason(40, 135), 'type');
    assert.equal(reason(44, 0xe0), 'format', 'solicited, to a group');
    assert.equal(reason(48, 0xff), 'format', 'a multicast target');
    assert.equal(reason(65, 2), 'format');
    assert.deepEqual(decodeNeighbourAdvertisement(good.with(60, 9)), { ok: false, error: 'checksum' });
  });
});
