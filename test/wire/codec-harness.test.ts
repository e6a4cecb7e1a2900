/** The harness itself: a codec with a fault of each kind must be caught by it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ok, refuse } from '../../src/base/result.js';
import { type Codec, checkFlips, checkPrefixes, checkRead } from './codec-harness.js';

const sound: Codec<number> = {
  name: 'a byte and its complement',
  values: fc.nat(255),
  fidelity: 'bytes',
  encode: (value) => Uint8Array.of(value, ~value & 0xff, 0),
  decode: (bytes) =>
    bytes.length === 3 && bytes[1] === (~(bytes[0] ?? 0) & 0xff) && bytes[2] === 0
      ? ok(bytes[0] ?? 0)
      : refuse('bad'),
  repair: (bytes) => {
    if (bytes.length > 1) bytes[1] = ~(bytes[0] ?? 0) & 0xff;
  },
};
const bytes = sound.encode(0x5a);

describe('codec harness', () => {
  test('lets a sound codec pass', () => {
    checkRead(sound, bytes);
    checkPrefixes(sound, bytes);
    checkFlips(sound, bytes);
  });
  test('catches a decoder that overlooks a byte', () => {
    const deaf: Codec<number> = { ...sound, decode: (b) => (b.length === 3 ? ok(b[0] ?? 0) : refuse('bad')) };
    assert.throws(() => checkFlips(deaf, bytes));
  });
  test('catches a byte that only the checksum guards', () => {
    const masked: Codec<number> = {
      ...sound,
      decode: (b) => (sound.decode(b).ok ? ok((b[0] ?? 0) & 0x7f) : refuse('bad')),
    };
    assert.throws(() => checkFlips(masked, sound.encode(0x7f)));
  });
  test('catches a decoder that accepts a truncated message', () => {
    const lax: Codec<number> = { ...sound, decode: (b) => (b.length >= 2 ? ok(b[0] ?? 0) : refuse('bad')) };
    assert.throws(() => checkPrefixes(lax, bytes));
  });
  test('catches a decoder that throws', () => {
    const brittle: Codec<number> = {
      ...sound,
      decode: (b) => {
        if (b.length < 3) throw new RangeError('short');
        return sound.decode(b);
      },
    };
    assert.throws(() => checkPrefixes(brittle, bytes), RangeError);
  });
  test('catches a value that does not survive', () => {
    const drifting: Codec<number> = {
      ...sound,
      fidelity: 'value',
      encode: (value) => sound.encode((value + 1) & 0xff),
    };
    assert.throws(() => checkRead(drifting, bytes));
  });
});
