/** AH and the HMAC trailer: what was written reads back, and nothing that is covered can be changed unnoticed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ok, refuse } from '../../src/base/result.js';
import { encodeVrrpOverIpv4, type VrrpAdvert } from '../../src/wire/vrrp.js';
import { AH_LENGTH, ahIcv, readAhHeader, sealAh } from '../../src/wire/vrrp-ah.js';
import { packAddresses } from '../../src/wire/vrrp-header.js';
import {
  HMAC_TRAILER_LENGTH,
  type HmacTrailer,
  hmacOf,
  readHmacTrailer,
  secondsBetween,
  secondsOfSequence,
  sequenceAfter,
  sequenceOfClock,
  writeHmacTrailer,
} from '../../src/wire/vrrp-hmac.js';
import { NO_AUTH_DATA, passwordData } from '../../src/wire/vrrp-v2.js';
import { ip } from '../base/values.js';
import { byte, octets, record, u16 } from './arbitraries.js';
import { testCodec } from './codec-harness.js';

testCodec<HmacTrailer>({
  name: 'HMAC trailer',
  fidelity: 'bytes',
  values: record({
    type: byte,
    keyId: byte,
    reserved: u16,
    sequence: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    mac: octets(16),
  }),
  encode: (trailer) => {
    const bytes = new Uint8Array(HMAC_TRAILER_LENGTH);
    writeHmacTrailer(bytes, 0, trailer);
    return bytes;
  },
  decode: (bytes) => {
    const read = bytes.length === HMAC_TRAILER_LENGTH ? readHmacTrailer(bytes, 0) : undefined;
    return read ? ok(read) : refuse('length');
  },
});

const ends = { source: ip('192.0.2.1'), destination: ip('224.0.0.18') };
const advert: VrrpAdvert = {
  version: 2,
  family: 'ipv4',
  virtualRouterId: 51,
  priority: 100,
  advertSeconds: 1,
  authType: 2,
  authData: NO_AUTH_DATA,
  addresses: packAddresses([ip('192.0.2.100')]),
};
const key = passwordData('holdfast');

/** Bytes of the IP header that routers may change, or that are no part of the digest. */
const MUTABLE = [1, 6, 7, 10, 11];

for (const mutableTtl of [false, true]) {
  test(`AH covers all but the mutable fields (TTL ${mutableTtl ? 'free, unicast' : 'covered, multicast'})`, () => {
    const packet = encodeVrrpOverIpv4({ ...ends, ttl: 255, id: 7, ah: true }, advert);
    assert.equal(sealAh(packet, 20, 9, key, mutableTtl), true);
    const ah = readAhHeader(packet, 20);
    assert.ok(ah);
    assert.deepEqual([ah.nextHeader, ah.spi, ah.sequence, packet[21]], [112, 0xc0000201, 9, 4]);
    const free = [...MUTABLE, ...(mutableTtl ? [8] : [])];
    for (let at = 0; at < packet.length; at++) {
      if (at >= 20 + AH_LENGTH - 12 && at < 20 + AH_LENGTH) continue;
      const bent = packet.map((value, i) => (i === at ? value ^ 0x40 : value));
      const same = Buffer.from(ahIcv(bent, 20, key, mutableTtl) ?? []).equals(ah.icv);
      assert.equal(same, free.includes(at), `byte ${at}`);
    }
    assert.equal(readAhHeader(packet.subarray(0, 20 + AH_LENGTH - 1), 20), undefined);
  });
}

test('the MAC covers every byte but the checksum, the scope, and no destination', () => {
  const packet = encodeVrrpOverIpv4({ ...ends, ttl: 255, id: 7, trailer: 28 }, advert);
  const length = packet.length - 20 - HMAC_TRAILER_LENGTH;
  const scope = { family: 'ipv4', version: 2, virtualRouterId: 51, source: ends.source } as const;
  const mac = hmacOf(key, scope, packet, 20, length);
  assert.equal(mac.length, 16);
  for (let at = 0; at < packet.length; at++) {
    const bent = packet.map((value, i) => (i === at ? value ^ 0x40 : value));
    const covered = at >= 20 && at !== 26 && at !== 27 && at < packet.length - 16;
    assert.equal(Buffer.from(hmacOf(key, scope, bent, 20, length)).equals(mac), !covered, `byte ${at}`);
  }
  for (const other of [
    { ...scope, family: 'ipv6' as const, source: ip('c000:201::') },
    { ...scope, version: 3 },
    { ...scope, virtualRouterId: 52 },
    { ...scope, source: ip('192.0.2.2') },
  ])
    assert.notDeepEqual(hmacOf(key, other, packet, 20, length), mac);
});

test('sequences follow the clock and are ordered as serial numbers', () => {
  assert.equal(sequenceOfClock(0), 0n);
  assert.equal(sequenceOfClock(1_500_000), (1n << 32n) | (0x8000n << 16n));
  assert.equal(secondsOfSequence(sequenceOfClock(1_795_167_356_897_000)), 1_795_167_356);
  const last = sequenceOfClock((2 ** 32 - 1) * 1e6);
  assert.equal(sequenceOfClock(2 ** 32 * 1e6), 0n, 'year 2106');
  assert.equal(sequenceAfter(0n, last), true);
  assert.equal(sequenceAfter(last, 0n), false);
  assert.equal(sequenceAfter(5n, 5n), false);
  assert.equal(secondsBetween(1, 0xffff_ffff), 2);
  assert.equal(secondsBetween(0xffff_ffff, 1), -2);
});
