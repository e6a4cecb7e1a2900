/**
 * Keepalived's own packets: each advert and announcement in the captures reads as what was configured and
 * re-encodes to the same bytes, IP header included.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ipFromBytes, ipv4ToNumber, isMulticast } from '../../src/base/ip-address.js';
import { macFromBytes } from '../../src/base/mac-address.js';
import { decodeArp, ETHERTYPE_ARP, encodeArp, encodeGratuitousArp } from '../../src/wire/arp.js';
import { decodeIpv4 } from '../../src/wire/ipv4.js';
import { decodeVrrp, encodeVrrp, encodeVrrpOverIpv4 } from '../../src/wire/vrrp.js';
import { AH_LENGTH, AH_PROTOCOL, ahIcv, readAhHeader, sealAh } from '../../src/wire/vrrp-ah.js';
import { type PseudoHeader, unpackAddresses, vrrpChecksumHolds } from '../../src/wire/vrrp-header.js';
import {
  HMAC_SHA256_128,
  HMAC_TRAILER_LENGTH,
  hmacOf,
  readHmacTrailer,
  sequenceAfter,
  writeHmacTrailer,
} from '../../src/wire/vrrp-hmac.js';
import { AUTH_AH, NO_AUTH_DATA, passwordData } from '../../src/wire/vrrp-v2.js';
import { type Frame, fixtureBytes, projectRoot, readPcap } from './fixtures.js';

interface Expected {
  readonly version: 2 | 3;
  /** Seconds of version 2, hundredths of version 3. */
  readonly interval: number;
  readonly password?: string;
  readonly asV2?: boolean;
  /** Default: the two addresses of the family that all captures have. */
  readonly addresses?: readonly string[];
}

const plain: Record<string, Expected> = {
  'captures/v2-none': { version: 2, interval: 1 },
  'captures/v2-pass': { version: 2, interval: 1, password: 'secret12' },
  'captures/v2-vmac': { version: 2, interval: 1 },
  'captures/v3-ipv4': { version: 3, interval: 25 },
  'captures/v3-ipv4-checksum-as-v2': { version: 3, interval: 25, asV2: true },
  'captures/v3-ipv4-unicast': { version: 3, interval: 25 },
  'captures/v3-ipv6': { version: 3, interval: 25 },
  'captures-2.2.7/v2-none': { version: 2, interval: 1 },
  'captures-2.2.7/v2-pass': { version: 2, interval: 1, password: 'holdfast' },
  'captures-2.2.7/v2-short-pass': {
    version: 2,
    interval: 2,
    password: 'abc',
    addresses: ['192.0.2.100'],
  },
  'captures-2.2.7/v3-ipv4': { version: 3, interval: 50 },
  'captures-2.2.7/v3-ipv4-unicast': { version: 3, interval: 50 },
  'captures-2.2.7/v3-ipv6': { version: 3, interval: 50 },
};
const HMAC_KEY = new TextEncoder().encode('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff');
const signed: Record<string, Expected> = {
  'captures/v2-hmac': { version: 2, interval: 1 },
  'captures/v3-ipv4-hmac': { version: 3, interval: 25 },
  'captures/v3-ipv4-unicast-hmac': { version: 3, interval: 25 },
  'captures/v3-ipv6-hmac': { version: 3, interval: 25 },
};
/** By capture, its password. */
const withAh: Record<string, string> = {
  'captures/v2-ah': 'secret12',
  'captures-2.2.7/v2-ah': 'holdfast',
  'captures-2.2.7/v2-ah-unicast': 'holdfast',
};

const framesOf = (name: string): Frame[] => readPcap(fixtureBytes(`${name}.pcap`));

/** VRRP payloads of IPv6 frames, whose header has no options here. */
function ipv6Advert(frame: Frame): { payload: Uint8Array; pseudo: PseudoHeader } | undefined {
  const p = frame.payload;
  if (frame.etherType !== 0x86dd || p[6] !== 112) return undefined;
  return {
    payload: p.slice(40),
    pseudo: { source: ipFromBytes(p.slice(8, 24)), destination: ipFromBytes(p.slice(24, 40)) },
  };
}

describe('captured adverts re-encode to the same bytes', () => {
  for (const [name, expected] of Object.entries(plain)) {
    test(name, () => {
      const priorities: number[] = [];
      for (const frame of framesOf(name)) {
        const over6 = ipv6Advert(frame);
        const over4 = frame.etherType === 0x0800 ? decodeIpv4(frame.payload) : undefined;
        if (!over6 && (!over4?.ok || over4.value.header.protocol !== 112)) continue;
        const family = over6 ? 'ipv6' : 'ipv4';
        const header = over4?.ok ? over4.value.header : undefined;
        const pseudo = over6?.pseudo ?? header;
        const payload = over6?.payload ?? (over4?.ok ? over4.value.payload : undefined);
        assert.ok(payload && pseudo);
        const used = expected.asV2 ? undefined : pseudo;
        const read = decodeVrrp(payload, family, used);
        assert.ok(read.ok, read.ok ? '' : `refused: ${read.error}`);
        const advert = read.value;
        priorities.push(advert.priority);
        assert.equal(advert.version, expected.version);
        assert.equal(advert.virtualRouterId, 51);
        assert.equal(
          advert.version === 2 ? advert.advertSeconds : advert.advertCentiseconds,
          expected.interval,
        );
        if (advert.version === 2) {
          assert.equal(advert.authType, expected.password === undefined ? 0 : 1);
          assert.deepEqual(
            advert.authData,
            expected.password === undefined ? NO_AUTH_DATA : passwordData(expected.password),
          );
        }
        const two = family === 'ipv4' ? ['192.0.2.100', '192.0.2.101'] : ['fe80::100', '2001:db8::100'];
        assert.deepEqual(unpackAddresses(advert.addresses, family), expected.addresses ?? two);
        if (header) assert.deepEqual(encodeVrrpOverIpv4(header, advert, used), frame.payload);
        else assert.deepEqual(encodeVrrp(advert, used), payload);
      }
      assert.ok(priorities.length >= 4, `only ${priorities.length} adverts`);
      assert.equal(priorities[0], 200);
      assert.equal(priorities.at(-1), 0, 'the last one is the goodbye');
    });
  }
  test('every capture is used', () => {
    for (const folder of ['captures', 'captures-2.2.7']) {
      const names = readdirSync(join(projectRoot, 'test', 'fixtures', folder))
        .filter((name) => name.endsWith('.pcap'))
        .map((name) => `${folder}/${name.slice(0, -'.pcap'.length)}`);
      for (const name of names) assert.ok(name in plain || name in signed || name in withAh, name);
    }
  });
  test('an HMAC trailer is surplus, not silently part of the advert', () => {
    for (const name of ['captures/v2-hmac', 'captures/v3-ipv4-hmac']) {
      const packets = framesOf(name).flatMap((frame) => {
        const packet = frame.etherType === 0x0800 ? decodeIpv4(frame.payload) : undefined;
        return packet?.ok && packet.value.header.protocol === 112 ? [packet.value] : [];
      });
      assert.ok(packets.length > 0);
      for (const packet of packets) {
        const whole = decodeVrrp(packet.payload, 'ipv4', packet.header);
        assert.deepEqual(whole, { ok: false, error: 'length' });
        const inner = packet.payload.slice(0, -28);
        const read = decodeVrrp(inner, 'ipv4', packet.header);
        assert.ok(read.ok, name);
        assert.deepEqual(encodeVrrp(read.value, packet.header), inner);
      }
    }
  });
});

describe('captured authentication', () => {
  for (const [name, expected] of Object.entries(signed)) {
    test(`${name}: every trailer is signed by the key of its configuration`, () => {
      const sequences: bigint[] = [];
      for (const frame of framesOf(name)) {
        const over6 = ipv6Advert(frame);
        const over4 = frame.etherType === 0x0800 ? decodeIpv4(frame.payload) : undefined;
        const header = over4?.ok && over4.value.header.protocol === 112 ? over4.value.header : undefined;
        const payload = over6?.payload ?? (header && over4?.ok ? over4.value.payload : undefined);
        const pseudo = over6?.pseudo ?? header;
        if (!payload || !pseudo) continue;
        const family = over6 ? 'ipv6' : 'ipv4';
        const length = payload.length - HMAC_TRAILER_LENGTH;
        const trailer = readHmacTrailer(payload, length);
        assert.ok(trailer);
        assert.deepEqual([trailer.type, trailer.keyId, trailer.reserved], [HMAC_SHA256_128, 1, 0]);
        const scope = {
          family,
          version: expected.version,
          virtualRouterId: 51,
          source: pseudo.source,
        } as const;
        assert.deepEqual(trailer.mac, hmacOf(HMAC_KEY, scope, payload, 0, length));
        assert.notDeepEqual(
          trailer.mac,
          hmacOf(HMAC_KEY, { ...scope, virtualRouterId: 52 }, payload, 0, length),
        );
        sequences.push(trailer.sequence);
        // Written anew, and the checksum of the whole over IPv6.
        const again = new Uint8Array(payload.length);
        if (over6) {
          assert.equal(vrrpChecksumHolds(payload, 0, payload.length, pseudo), true, 'covers the trailer');
          again.set(payload.subarray(0, length));
        } else {
          const read = decodeVrrp(payload.subarray(0, length), 'ipv4', pseudo);
          assert.ok(read.ok, 'does not cover the trailer');
          again.set(encodeVrrp(read.value, pseudo));
          assert.ok(header);
          const whole = encodeVrrpOverIpv4({ ...header, trailer: HMAC_TRAILER_LENGTH }, read.value, header);
          writeHmacTrailer(whole, whole.length - HMAC_TRAILER_LENGTH, trailer);
          assert.deepEqual(whole, frame.payload);
        }
        writeHmacTrailer(again, length, trailer);
        assert.deepEqual(again, payload);
      }
      assert.ok(sequences.length >= 4, `only ${sequences.length} adverts`);
      for (const [i, sequence] of sequences.entries())
        if (i > 0) assert.ok(sequenceAfter(sequence, sequences[i - 1] ?? 0n));
    });
  }
  for (const [name, password] of Object.entries(withAh)) {
    test(`${name}: every packet is authentic and is built again byte for byte`, () => {
      const sequences: number[] = [];
      for (const frame of framesOf(name)) {
        const packet = frame.etherType === 0x0800 ? decodeIpv4(frame.payload) : undefined;
        if (!packet?.ok || packet.value.header.protocol !== AH_PROTOCOL) continue;
        const { header, payload } = packet.value;
        const ah = readAhHeader(frame.payload, header.headerLength);
        assert.ok(ah);
        assert.deepEqual([ah.nextHeader, ah.spi], [112, ipv4ToNumber(header.source)]);
        const unicast = !isMulticast(header.destination);
        const key = passwordData(password);
        assert.deepEqual(ahIcv(frame.payload, header.headerLength, key, unicast), ah.icv);
        assert.notDeepEqual(
          ahIcv(frame.payload, header.headerLength, passwordData('wrong'), unicast),
          ah.icv,
        );
        const read = decodeVrrp(payload.subarray(AH_LENGTH), 'ipv4');
        assert.ok(read.ok && read.value.version === 2 && read.value.authType === AUTH_AH);
        const again = encodeVrrpOverIpv4({ ...header, ah: true }, read.value);
        assert.equal(sealAh(again, header.headerLength, ah.sequence, key, unicast), true);
        assert.deepEqual(again, frame.payload);
        sequences.push(ah.sequence);
      }
      assert.ok(sequences.length >= 4, `only ${sequences.length} adverts`);
      assert.deepEqual(
        sequences,
        sequences.map((_, i) => (sequences[0] ?? 0) + i),
      );
      assert.equal(sequences[0], 1);
    });
  }
});

describe('captured announcements re-encode to the same bytes', () => {
  for (const name of [...Object.keys(plain), ...Object.keys(signed), ...Object.keys(withAh)].filter(
    (n) => !n.includes('ipv6'),
  )) {
    test(name, () => {
      const frames = framesOf(name).filter((frame) => frame.etherType === ETHERTYPE_ARP);
      let gratuitous = 0;
      for (const frame of frames) {
        const read = decodeArp(frame.payload);
        assert.ok(read.ok);
        const packet = read.value;
        assert.deepEqual(encodeArp(packet), frame.payload.slice(0, 28));
        if (packet.senderAddress !== packet.targetAddress) continue;
        gratuitous++;
        assert.equal(packet.senderMac, macFromBytes(frame.source));
        assert.deepEqual(
          encodeGratuitousArp(packet.senderMac, packet.senderAddress),
          frame.payload.slice(0, 28),
        );
      }
      assert.ok(gratuitous >= 5, `only ${gratuitous} announcements`);
    });
  }
});
