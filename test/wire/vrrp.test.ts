/** VRRP codecs: the harness for each form, and which refusal each fault gets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Family } from '../../src/base/ip-address.js';
import { decodeIpv4 } from '../../src/wire/ipv4.js';
import {
  decodeVrrp,
  encodeVrrp,
  encodeVrrpOverIpv4,
  type VrrpAdvert,
  vrrpLength,
} from '../../src/wire/vrrp.js';
import {
  type PseudoHeader,
  packAddresses,
  readVrrpHeader,
  unpackAddresses,
  vrrpChecksum,
  vrrpChecksumHolds,
} from '../../src/wire/vrrp-header.js';
import {
  AUTH_PASS,
  NO_AUTH_DATA,
  passwordData,
  type VrrpV2Advert,
  vrrpV2Length,
} from '../../src/wire/vrrp-v2.js';
import type { VrrpV3Advert } from '../../src/wire/vrrp-v3.js';
import { ip } from '../base/values.js';
import { byte, octets, record } from './arbitraries.js';
import { testCodec } from './codec-harness.js';

const pseudoOf: Record<Family, PseudoHeader> = {
  ipv4: { source: ip('192.0.2.1'), destination: ip('224.0.0.18') },
  ipv6: { source: ip('fe80::1'), destination: ip('ff02::12') },
};

const addresses = (family: Family): fc.Arbitrary<Uint8Array> =>
  fc.nat(5).chain((count) => octets(count * (family === 'ipv4' ? 4 : 16)));

const v2 = (family: Family): fc.Arbitrary<VrrpV2Advert> =>
  record({
    version: fc.constant(2 as const),
    family: fc.constant(family),
    virtualRouterId: byte,
    priority: byte,
    advertSeconds: byte,
    authType: byte,
    authData: octets(family === 'ipv4' ? 8 : 0),
    addresses: addresses(family),
  });

const v3 = (family: Family): fc.Arbitrary<VrrpV3Advert> =>
  record({
    virtualRouterId: byte,
    priority: byte,
    advertCentiseconds: fc.nat(4095),
    reserved: fc.nat(15),
    addresses: addresses(family),
  }).map(({ reserved, ...rest }) => ({
    version: 3 as const,
    family,
    ...rest,
    ...(reserved === 0 ? {} : { reserved }),
  }));

const repairWith =
  (pseudo?: PseudoHeader) =>
  (bytes: Uint8Array): void => {
    if (bytes.length < 8) return;
    const checksum = vrrpChecksum(bytes, 0, bytes.length, pseudo);
    bytes[6] = checksum >> 8;
    bytes[7] = checksum & 0xff;
  };

for (const family of ['ipv4', 'ipv6'] as const) {
  const pseudo = pseudoOf[family];
  testCodec<VrrpAdvert>({
    name: `VRRPv2 over ${family}`,
    values: v2(family),
    fidelity: 'bytes',
    encode: (advert) => encodeVrrp(advert, pseudo),
    decode: (bytes) => decodeVrrp(bytes, family, pseudo),
    repair: repairWith(family === 'ipv6' ? pseudo : undefined),
  });
  testCodec<VrrpAdvert>({
    name: `VRRPv3 over ${family}`,
    values: v3(family),
    fidelity: 'bytes',
    encode: (advert) => encodeVrrp(advert, pseudo),
    decode: (bytes) => decodeVrrp(bytes, family, pseudo),
    repair: repairWith(pseudo),
  });
}
testCodec<VrrpAdvert>({
  name: 'VRRPv3 over ipv4, checksum as version 2',
  values: v3('ipv4'),
  fidelity: 'bytes',
  encode: (advert) => encodeVrrp(advert),
  decode: (bytes) => decodeVrrp(bytes, 'ipv4'),
  repair: repairWith(),
});

const advert: VrrpV2Advert = {
  version: 2,
  family: 'ipv4',
  virtualRouterId: 51,
  priority: 100,
  advertSeconds: 1,
  authType: AUTH_PASS,
  authData: passwordData('secret12'),
  addresses: packAddresses([ip('192.0.2.100')]),
};
const advertV3: VrrpV3Advert = {
  version: 3,
  family: 'ipv4',
  virtualRouterId: 51,
  priority: 100,
  advertCentiseconds: 100,
  addresses: packAddresses([ip('192.0.2.100')]),
};

describe('VRRP refusals', () => {
  const good = encodeVrrp(advert);
  const bent = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = good.slice();
    change(bytes);
    repairWith()(bytes);
    return bytes;
  };
  const reason = (bytes: Uint8Array): unknown => {
    const read = decodeVrrp(bytes, 'ipv4');
    return read.ok ? 'accepted' : read.error;
  };
  test('each fault has its reason', () => {
    assert.equal(reason(good), 'accepted');
    assert.equal(reason(good.slice(0, 7)), 'short');
    assert.equal(reason(bent((b) => b.set([0x11]))), 'version');
    assert.equal(reason(bent((b) => b.set([0x41]))), 'version');
    assert.equal(reason(bent((b) => b.set([0x22]))), 'type');
    assert.equal(reason(bent((b) => b.set([2], 3))), 'length');
    assert.equal(reason(good.slice(0, good.length - 1)), 'length');
    assert.equal(reason(Uint8Array.of(...good, 0)), 'length');
    const wrong = good.slice();
    wrong[2] = 101;
    assert.equal(reason(wrong), 'checksum');
  });
  test('a version 3 checksum without its pseudo-header is refused where one is due, and the other way round', () => {
    const plain = encodeVrrp(advertV3);
    const full = encodeVrrp(advertV3, pseudoOf.ipv4);
    assert.equal(decodeVrrp(plain, 'ipv4', pseudoOf.ipv4).ok, false);
    assert.equal(decodeVrrp(full, 'ipv4').ok, false);
    assert.equal(decodeVrrp(plain, 'ipv4').ok, true);
    assert.equal(decodeVrrp(full, 'ipv4', pseudoOf.ipv4).ok, true);
    const elsewhere = { ...pseudoOf.ipv4, destination: ip('192.0.2.2') };
    assert.equal(decodeVrrp(full, 'ipv4', elsewhere).ok, false);
  });
  test('the checksum holds for a part of a buffer: a trailer is not covered', () => {
    const padded = new Uint8Array(60);
    padded.set(good, 20);
    padded.fill(0x55, 20 + good.length);
    assert.equal(vrrpChecksumHolds(padded, 20, good.length), true);
    assert.equal(vrrpChecksumHolds(padded, 20, good.length + 4), false);
    assert.equal(readVrrpHeader(padded, 20)?.virtualRouterId, 51);
    assert.equal(readVrrpHeader(padded, 53), undefined);
  });
});

describe('VRRP pieces', () => {
  test('both readings of bytes 4 and 5', () => {
    const header = readVrrpHeader(Uint8Array.of(0x31, 7, 200, 0, 0xa1, 0x2c, 0xbe, 0xef));
    assert.deepEqual(header, {
      version: 3,
      type: 1,
      virtualRouterId: 7,
      priority: 200,
      addressCount: 0,
      authType: 0xa1,
      advertSeconds: 0x2c,
      advertCentiseconds: 300,
      reserved: 10,
      checksum: 0xbeef,
    });
  });
  test('lengths by version, family and count', () => {
    assert.equal(vrrpLength(2, 'ipv4', 2), 24);
    assert.equal(vrrpLength(2, 'ipv6', 2), 40);
    assert.equal(vrrpLength(3, 'ipv4', 2), 16);
    assert.equal(vrrpLength(3, 'ipv6', 2), 40);
    assert.equal(vrrpLength(4, 'ipv4', 2), undefined);
    assert.equal(vrrpV2Length('ipv4', 255), 8 + 255 * 4 + 8);
  });
  test('a password is eight bytes: longer is cut, shorter is padded', () => {
    assert.deepEqual(passwordData('secret1234'), passwordData('secret12'));
    assert.deepEqual(passwordData('abc'), Uint8Array.of(0x61, 0x62, 0x63, 0, 0, 0, 0, 0));
    assert.deepEqual(passwordData('é'), Uint8Array.of(0xe9, 0, 0, 0, 0, 0, 0, 0));
    assert.deepEqual(passwordData(''), NO_AUTH_DATA);
  });
  test('addresses pack and unpack', () => {
    for (const [family, list] of [
      ['ipv4', [ip('192.0.2.1'), ip('255.255.255.255'), ip('0.0.0.0')]],
      ['ipv6', [ip('fe80::1'), ip('2001:db8::')]],
    ] as const) {
      assert.deepEqual(unpackAddresses(packAddresses(list), family), list);
    }
    assert.deepEqual(unpackAddresses(new Uint8Array(7), 'ipv4'), [ip('0.0.0.0')]);
  });
  test('255 addresses fit', () => {
    const many = { ...advert, addresses: new Uint8Array(255 * 4) };
    const read = decodeVrrp(encodeVrrp(many), 'ipv4');
    assert.ok(read.ok);
    assert.equal(read.value.addresses.length, 1020);
  });
  test('an advert over IPv4 is a whole packet in one buffer', () => {
    const envelope = { ...pseudoOf.ipv4, ttl: 64, id: 77 };
    const packet = decodeIpv4(encodeVrrpOverIpv4(envelope, advertV3, envelope));
    assert.ok(packet.ok);
    const { tos, id, ttl, protocol, fragment, totalLength } = packet.value.header;
    assert.deepEqual(
      { tos, id, ttl, protocol, fragment, totalLength },
      { tos: 0xc0, id: 77, ttl: 64, protocol: 112, fragment: 0, totalLength: 32 },
    );
    assert.deepEqual(packet.value.payload, encodeVrrp(advertV3, pseudoOf.ipv4));
  });
});
