/**
 * One harness for every codec (DESIGN section 7): what is encoded reads back; every truncated prefix is refused;
 * every single bit flip is refused or re-encodes to what was read; and nothing that comes from outside throws.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Result } from '../../src/base/result.js';

export interface Codec<T> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): Result<T, unknown>;
  /**
   * `bytes`: what was read re-encodes to the very bytes. `value`: the format leaves freedom (padding, order), so
   * re-encoded bytes only have to read as the same value.
   */
  readonly fidelity: 'bytes' | 'value';
  /** Makes the checksum right again, so that a flip elsewhere gets past it. */
  repair?(bytes: Uint8Array): void;
  /** A prefix that is whole by itself: a list may end after any of its items. */
  wholePrefix?(bytes: Uint8Array, length: number): boolean;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Refused, or it says what the bytes say. */
export function checkRead<T>(codec: Codec<T>, bytes: Uint8Array): void {
  const read = codec.decode(bytes);
  if (!read.ok) return;
  const again = codec.encode(read.value);
  if (codec.fidelity === 'bytes') {
    assert.equal(hex(again), hex(bytes), 'accepted bytes are not what was read from them');
    return;
  }
  const reread = codec.decode(again);
  assert.ok(reread.ok, 'what was read, encoded again, is refused');
  assert.deepEqual(reread.value, read.value);
}

export function checkPrefixes<T>(codec: Codec<T>, bytes: Uint8Array): void {
  for (let length = 0; length < bytes.length; length++) {
    if (codec.wholePrefix?.(bytes, length)) continue;
    const prefix = bytes.slice(0, length);
    assert.equal(codec.decode(prefix).ok, false, `accepted the first ${length} of ${bytes.length} bytes`);
    if (!codec.repair) continue;
    codec.repair(prefix);
    assert.equal(codec.decode(prefix).ok, false, `accepted ${length} repaired of ${bytes.length} bytes`);
  }
}

export function checkFlips<T>(codec: Codec<T>, bytes: Uint8Array): void {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    checkRead(codec, flipped);
    if (!codec.repair) continue;
    codec.repair(flipped);
    if (!sameBytes(flipped, bytes)) checkRead(codec, flipped);
  }
}

/** Registers the tests of one codec. */
export function testCodec<T>(codec: Codec<T>): void {
  describe(`codec ${codec.name}`, () => {
    const property = (runs: number, check: (value: T) => void): void =>
      fc.assert(fc.property(codec.values, check), { numRuns: runs });
    test('reads back what it wrote', () => {
      property(200, (value) => {
        const read = codec.decode(codec.encode(value));
        assert.ok(read.ok, 'own bytes refused');
        assert.deepEqual(read.value, value);
      });
    });
    test('refuses every truncated prefix', () => {
      property(25, (value) => checkPrefixes(codec, codec.encode(value)));
    });
    test('refuses every bit flip or reads it as it stands', () => {
      property(15, (value) => checkFlips(codec, codec.encode(value)));
    });
    test('takes any bytes without throwing', () => {
      const bytes = fc.uint8Array({ maxLength: 200 }).map((b) => new Uint8Array(b));
      fc.assert(
        fc.property(bytes, (junk) => checkRead(codec, junk)),
        { numRuns: 300 },
      );
    });
  });
}

/** For decoders that keep less than they read and have no encoder: samples cut and bent, nothing thrown. */
export function testDecoder(
  name: string,
  samples: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => Result<unknown, unknown>,
): void {
  describe(`decoder ${name}`, () => {
    test('has samples and reads them or says why not', () => {
      assert.ok(samples.length > 0);
      for (const sample of samples) assert.equal(typeof decode(sample).ok, 'boolean');
    });
    test('takes truncated, bent and random bytes without throwing', () => {
      for (const sample of samples) {
        for (let length = 0; length < sample.length; length++) decode(sample.slice(0, length));
        for (let bit = 0; bit < sample.length * 8; bit++) {
          const flipped = sample.slice();
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          decode(flipped);
        }
      }
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
          decode(new Uint8Array(junk));
        }),
      );
    });
  });
}
