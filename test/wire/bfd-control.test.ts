/** BFD Control packets: the harness for each form, which fault each bent packet gets, and what others sent. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  BFD_STATES,
  type BfdAuthentication,
  type BfdControl,
  type BfdDigestType,
  bfdDigest,
  decodeBfdControl,
  diagnosticText,
  digestLength,
  encodeBfdControl,
  isUsualBfd,
} from '../../src/wire/bfd-control.js';
import { decodeIpv4 } from '../../src/wire/ipv4.js';
import { byte, octets, record, u32 } from './arbitraries.js';
import { testCodec } from './codec-harness.js';
import { fixtureBytes, projectRoot, readPcap } from './fixtures.js';

const plain: fc.Arbitrary<BfdControl> = record({
  diagnostic: fc.nat(31),
  state: fc.constantFrom(...BFD_STATES),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  multipoint: fc.boolean(),
  detectMultiplier: byte,
  myDiscriminator: u32,
  yourDiscriminator: u32,
  desiredMinTx: u32,
  requiredMinRx: u32,
  requiredMinEchoRx: u32,
});

const password: fc.Arbitrary<BfdAuthentication> = fc.integer({ min: 1, max: 16 }).chain((length) =>
  record({
    type: fc.constant('simple-password' as const),
    keyId: byte,
    password: octets(length),
  }),
);
const digest = (type: BfdDigestType): fc.Arbitrary<BfdAuthentication> =>
  record({ type: fc.constant(type), keyId: byte, sequence: u32, digest: octets(digestLength(type)) });

const codec = { encode: encodeBfdControl, decode: decodeBfdControl, fidelity: 'value' as const };

testCodec<BfdControl>({ ...codec, name: 'BFD control', values: plain });
for (const section of [
  password,
  digest('keyed-md5'),
  digest('meticulous-md5'),
  digest('keyed-sha1'),
  digest('meticulous-sha1'),
]) {
  const values = fc
    .tuple(plain, section)
    .map(([packet, authentication]): BfdControl => ({ ...packet, authentication }));
  const [sample] = fc.sample(section, 1);
  testCodec<BfdControl>({ ...codec, name: `BFD control with ${sample?.type}`, values });
}

const usual: BfdControl = {
  diagnostic: 0,
  state: 'Down',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  multipoint: false,
  detectMultiplier: 3,
  myDiscriminator: 1,
  yourDiscriminator: 0,
  desiredMinTx: 1_000_000,
  requiredMinRx: 10_000,
  requiredMinEchoRx: 0,
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a usual packet says Up and nothing that has to be answered', () => {
  fc.assert(
    fc.property(plain, (packet) => {
      const { state, poll, final, demand, multipoint } = packet;
      const bytes = encodeBfdControl(packet);
      assert.equal(isUsualBfd(bytes), state === 'Up' && !poll && !final && !demand && !multipoint);
      assert.equal(
        isUsualBfd(bytes.with(0, (bytes[0] ?? 0) & 0x1f)) || isUsualBfd(bytes.subarray(0, 3)),
        false,
      );
    }),
  );
});

describe('BFD packets, byte by byte', () => {
  test('a Down packet is what RFC 5880 section 4.1 draws', () => {
    assert.equal(hex(encodeBfdControl(usual)), '204003180000000100000000000f42400000271000000000');
    const busy = { ...usual, diagnostic: 3, state: 'Up' as const, poll: true, demand: true };
    assert.equal(hex(encodeBfdControl(busy)).slice(0, 8), '23e20318');
  });
  test('each fault has its reason', () => {
    const good = encodeBfdControl(usual);
    const faultOf = (bytes: Uint8Array): string => {
      const read = decodeBfdControl(bytes);
      return read.ok ? 'accepted' : read.error;
    };
    const bent = (at: number, value: number): Uint8Array => good.map((one, i) => (i === at ? value : one));
    assert.equal(faultOf(good), 'accepted');
    assert.equal(faultOf(good.slice(0, 23)), 'short');
    assert.equal(faultOf(bent(0, 0x00)), 'version');
    assert.equal(faultOf(bent(0, 0x40)), 'version');
    assert.equal(faultOf(bent(3, 23)), 'length');
    assert.equal(faultOf(bent(3, 25)), 'length');
    assert.equal(faultOf(Uint8Array.of(...bent(3, 25), 0)), 'length');
    assert.equal(faultOf(Uint8Array.of(...good, 0, 0, 0)), 'accepted');
    // The A bit: without a section, and with sections that lie about themselves.
    assert.equal(faultOf(bent(1, 0x44)), 'authentication-section');
    const section = (...bytes: number[]): Uint8Array => {
      const whole = Uint8Array.of(...bent(1, 0x44), ...bytes);
      whole[3] = whole.length;
      return whole;
    };
    assert.equal(faultOf(section(1, 4, 7, 65)), 'accepted');
    for (const length of [0, 23, 29, 255])
      assert.equal(faultOf(section(1, 4, 7, 65).with(3, length)), 'length', `${length}`);
    assert.equal(faultOf(section(1, 3, 7)), 'authentication-section');
    assert.equal(faultOf(section(1, 5, 7, 65)), 'authentication-section');
    assert.equal(faultOf(section(0, 4, 7, 65)), 'authentication-section');
    assert.equal(faultOf(section(6, 4, 7, 65)), 'authentication-section');
    assert.equal(faultOf(section(4, 4, 7, 65)), 'authentication-section');
    assert.equal(faultOf(section(1, 20, 7, ...new Array<number>(17).fill(65))), 'authentication-section');
  });
  test('the key stands in the place of the digest while it is made, and is padded', () => {
    const signed = (type: BfdDigestType): BfdControl => ({
      ...usual,
      authentication: { type, keyId: 1, sequence: 9, digest: new Uint8Array(digestLength(type)) },
    });
    const key = new TextEncoder().encode('secret');
    for (const type of ['keyed-sha1', 'meticulous-md5'] as const) {
      const once = bfdDigest(type, signed(type), key);
      assert.equal(once?.length, digestLength(type));
      const padded = new Uint8Array(digestLength(type));
      padded.set(key);
      assert.deepEqual(bfdDigest(type, signed(type), padded), once);
      const other = { ...signed(type), poll: true };
      assert.notDeepEqual(bfdDigest(type, other, key), once);
    }
    assert.equal(bfdDigest('keyed-sha1', usual, key), undefined);
  });
  test('diagnostics have their names', () => {
    assert.equal(diagnosticText(1), 'control detection time expired');
    assert.equal(diagnosticText(31), 'diagnostic 31');
  });
});

/** UDP payloads of a capture, behind IPv4 or IPv6, with a VLAN tag or without; of what is neither what would lie there. */
function payloads(name: string): Uint8Array[] {
  return readPcap(fixtureBytes(`tcpdump/${name}`)).map((frame) => {
    const tagged = frame.etherType === 0x8100;
    const payload = tagged ? frame.payload.slice(4) : frame.payload;
    const six =
      (tagged ? ((frame.payload[2] ?? 0) << 8) | (frame.payload[3] ?? 0) : frame.etherType) === 0x86dd;
    if (six) return payload.slice(48, 40 + (((payload[4] ?? 0) << 8) | (payload[5] ?? 0)));
    const packet = decodeIpv4(payload);
    return packet.ok ? packet.value.payload.slice(8) : payload.slice(28);
  });
}

describe("tcpdump's captures", () => {
  const first = (name: string): BfdControl => {
    const all = payloads(name);
    assert.ok(all.length > 0);
    const read = all.map((bytes) => {
      const packet = decodeBfdControl(bytes);
      assert.ok(packet.ok, `${name}: ${packet.ok ? '' : packet.error} ${hex(bytes)}`);
      assert.equal(hex(encodeBfdControl(packet.value)), hex(bytes));
      return packet.value;
    });
    return read[0] as BfdControl;
  };
  // Expected values as tcpdump prints them (its .out files).
  test('single hop and multihop', () => {
    const packet = first('bfd-multihop.pcap');
    assert.deepEqual(packet, {
      ...usual,
      state: 'Up',
      myDiscriminator: 0x7429abf9,
      yourDiscriminator: 0xd43a40c1,
      desiredMinTx: 300_000,
      requiredMinRx: 300_000,
      requiredMinEchoRx: 300_000,
    });
  });
  test('over a LAG, with the Poll bit', () => {
    const { state, poll, myDiscriminator, desiredMinTx } = first('bfd-lag.pcap');
    assert.deepEqual([state, poll, myDiscriminator, desiredMinTx], ['Down', true, 0x0de60837, 1_000_000]);
  });
  test('S-BFD', () => {
    assert.equal(first('bfd-sbfd.pcap').detectMultiplier > 0, true);
  });
  test('each kind of authentication', () => {
    const simple = first('bfd-raw-auth-simple.pcap').authentication;
    assert.ok(simple?.type === 'simple-password');
    assert.equal(simple.keyId, 2);
    assert.equal(Buffer.from(simple.password).toString(), 'secret');
    const md5 = first('bfd-raw-auth-md5.pcap').authentication;
    assert.ok(md5 && md5.type !== 'simple-password');
    assert.deepEqual(
      [md5.type, md5.keyId, md5.sequence, hex(md5.digest)],
      ['keyed-md5', 2, 5, '01020304050607080910111213141516'],
    );
    const sha1 = first('bfd-raw-auth-sha1.pcap').authentication;
    assert.ok(sha1 && sha1.type !== 'simple-password');
    assert.deepEqual(
      [sha1.type, sha1.keyId, sha1.sequence, hex(sha1.digest)],
      ['meticulous-sha1', 2, 5, '010203040506070809101112131415161718191a'],
    );
  });
  test('every capture that there is is read: how many packets of which state, and what the bent bytes lack', () => {
    const read = readdirSync(join(projectRoot, 'test', 'fixtures', 'tcpdump'))
      .filter((name) => name.includes('bfd'))
      .map((name) => {
        const found = payloads(name).map((bytes) => {
          const packet = decodeBfdControl(bytes);
          return packet.ok ? packet.value.state : packet.error;
        });
        return `${name}: ${found.length} ${[...new Set(found)].join(' ')}`;
      });
    assert.deepEqual(read.sort(), [
      'bfd-lag.pcap: 5 Down',
      'bfd-multihop.pcap: 40 Up',
      'bfd-raw-auth-md5.pcap: 31 Down',
      'bfd-raw-auth-sha1.pcap: 25 Down',
      'bfd-raw-auth-simple.pcap: 15 Down',
      'bfd-sbfd.pcap: 20 Up',
      'bfd_source_port_49152.pcap: 1 Up',
      'hoobr_bfd_print.pcap: 3 short',
    ]);
  });
});
