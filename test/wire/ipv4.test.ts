/** The IPv4 header: the harness, options, and which refusal each fault gets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { foldChecksum, sumOfWords } from '../../src/base/checksum.js';
import { refuse } from '../../src/base/result.js';
import {
  decodeIpv4,
  IPV4_HEADER_LENGTH,
  type Ipv4Fields,
  readIpv4Address,
  readIpv4Header,
  writeIpv4Header,
} from '../../src/wire/ipv4.js';
import { ip } from '../base/values.js';
import { address, byte, octets, record, u16 } from './arbitraries.js';
import { testCodec } from './codec-harness.js';

interface Sample {
  readonly fields: Ipv4Fields;
  readonly payload: Uint8Array;
}

const fields: fc.Arbitrary<Ipv4Fields> = record({
  tos: byte,
  id: u16,
  fragment: u16,
  ttl: byte,
  protocol: byte,
  source: address('ipv4'),
  destination: address('ipv4'),
});

function encode({ fields: header, payload }: Sample): Uint8Array {
  const bytes = new Uint8Array(IPV4_HEADER_LENGTH + payload.length);
  bytes.set(payload, writeIpv4Header(bytes, 0, header, bytes.length));
  return bytes;
}

function fixChecksum(bytes: Uint8Array): void {
  const length = ((bytes[0] ?? 0) & 0x0f) * 4;
  if (bytes.length < 20 || length > bytes.length) return;
  bytes.fill(0, 10, 12);
  const checksum = foldChecksum(sumOfWords(bytes, 0, length));
  bytes[10] = checksum >> 8;
  bytes[11] = checksum & 0xff;
}

testCodec<Sample>({
  name: 'IPv4 without options',
  values: record({ fields, payload: fc.nat(40).chain(octets) }),
  fidelity: 'bytes',
  encode,
  decode: (bytes) => {
    const read = decodeIpv4(bytes);
    if (!read.ok) return read;
    const { header, options, payload } = read.value;
    // What the encoder cannot say is not asked of it: options, and padding behind the total length.
    if (options.length > 0 || header.totalLength !== bytes.length) return refuse('beyond the encoder');
    const { headerLength: _h, totalLength: _t, ...rest } = header;
    return { ok: true, value: { fields: rest, payload: payload.slice() } };
  },
  repair: fixChecksum,
});

describe('IPv4', () => {
  const header: Ipv4Fields = {
    tos: 0xc0,
    id: 1,
    fragment: 0,
    ttl: 255,
    protocol: 112,
    source: ip('192.0.2.1'),
    destination: ip('224.0.0.18'),
  };
  const good = encode({ fields: header, payload: Uint8Array.of(1, 2, 3, 4) });
  const bent = (at: number, value: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] = value;
    fixChecksum(bytes);
    return bytes;
  };
  const reason = (bytes: Uint8Array): unknown => {
    const read = decodeIpv4(bytes);
    return read.ok ? 'accepted' : read.error;
  };

  test('each fault has its reason', () => {
    assert.equal(reason(good), 'accepted');
    assert.equal(reason(good.slice(0, 19)), 'short');
    assert.equal(reason(bent(0, 0x65)), 'version');
    assert.equal(reason(bent(0, 0x44)), 'header-length');
    assert.equal(reason(bent(0, 0x4f)), 'header-length');
    assert.equal(reason(bent(3, 19)), 'total-length');
    assert.equal(reason(bent(3, 25)), 'total-length');
    const wrong = good.slice();
    wrong[8] = 254;
    assert.equal(reason(wrong), 'checksum');
    assert.equal(readIpv4Header(wrong).ok, true, 'the lenient reader leaves that to its caller');
  });
  test('options are skipped, padding behind the total length is cut off', () => {
    const bytes = new Uint8Array(24 + 4 + 6);
    bytes.set(good.slice(0, 20));
    bytes[0] = 0x46;
    bytes[3] = 28;
    bytes.set([0x94, 4, 0, 0], 20); // router alert
    bytes.set([1, 2, 3, 4], 24);
    bytes.fill(0xee, 28);
    fixChecksum(bytes);
    const read = decodeIpv4(bytes);
    assert.ok(read.ok);
    assert.equal(read.value.header.headerLength, 24);
    assert.deepEqual(read.value.options, Uint8Array.of(0x94, 4, 0, 0));
    assert.deepEqual(read.value.payload, Uint8Array.of(1, 2, 3, 4));
  });
  test('a length needs both its bytes', () => {
    for (const length of [108, 235, 236, 300, 4000]) {
      const read = decodeIpv4(encode({ fields: header, payload: new Uint8Array(length) }));
      assert.ok(read.ok);
      assert.equal(read.value.payload.length, length);
    }
  });
  test('an address reads as zero behind the end', () => {
    assert.equal(readIpv4Address(Uint8Array.of(255, 254), 0), '255.254.0.0');
  });
});
