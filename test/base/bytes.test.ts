/** Readers that never throw, writers that grow, and the checksum. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../../src/base/bytes.js';
import { foldChecksum, internetChecksum, sumOfWords } from '../../src/base/checksum.js';

const reads = {
  u8: (r: ByteReader) => r.u8(),
  u16: (r: ByteReader) => r.u16(),
  u32: (r: ByteReader) => r.u32(),
  u16Host: (r: ByteReader) => r.u16Host(),
  u32Host: (r: ByteReader) => r.u32Host(),
  i32Host: (r: ByteReader) => r.i32Host(),
};
const width = { u8: 1, u16: 2, u32: 4, u16Host: 2, u32Host: 4, i32Host: 4 };
type Word = keyof typeof reads;
const word = fc.constantFrom<Word>('u8', 'u16', 'u32', 'u16Host', 'u32Host', 'i32Host');

describe('ByteReader', () => {
  test('never throws, never leaves its bytes, and stays overrun', () => {
    const step = fc.oneof(word, fc.integer({ min: -5, max: 9 }));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 24 }),
        fc.array(step, { maxLength: 20 }),
        fc.nat(30),
        (bytes, steps, start) => {
          const reader = new ByteReader(bytes, start);
          for (const step of steps) {
            const [before, was] = [reader.offset, reader.overrun];
            if (typeof step === 'number') {
              const part = reader.take(step);
              if (reader.overrun) assert.equal(part.length, 0);
            } else if (reads[step](reader) !== 0) assert.equal(reader.overrun, false);
            if (was) assert.equal(reader.overrun, true);
            assert.ok(reader.offset >= before, 'never backwards');
            if (!reader.overrun && steps.length > 0)
              assert.ok(reader.offset <= Math.max(bytes.length, start));
            assert.ok(reader.remaining >= 0);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
  test('reads a part of a larger buffer', () => {
    const reader = new ByteReader(Uint8Array.of(9, 9, 1, 2, 3, 9).subarray(2, 5));
    assert.equal(reader.u16(), 0x0102);
    assert.equal(reader.remaining, 1);
    assert.equal(reader.u16(), 0);
    assert.equal(reader.overrun, true);
    assert.equal(reader.u8(), 0, 'what is left after an overrun is not handed out');
  });
  test('taking nothing is no overrun, not even at the end; taking less than nothing is', () => {
    const reader = new ByteReader(Uint8Array.of(1));
    assert.equal(reader.u8(), 1);
    assert.equal(reader.take(0).length, 0);
    assert.equal(reader.overrun, false);
    assert.equal(reader.take(-1).length, 0);
    assert.equal(reader.overrun, true);
  });
});

describe('ByteWriter', () => {
  test('what is written reads back, whatever the first capacity', () => {
    const item = word.chain((kind) =>
      fc.tuple(
        fc.constant(kind),
        kind === 'i32Host'
          ? fc.integer({ min: -0x80000000, max: 0x7fffffff })
          : fc.nat(2 ** (8 * width[kind]) - 1),
      ),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), fc.nat(8), (items, capacity) => {
        const writer = new ByteWriter(capacity);
        for (const [kind, value] of items) writer[kind](value);
        const reader = new ByteReader(writer.finish());
        for (const [kind, value] of items) assert.equal(reads[kind](reader), value);
        assert.equal(reader.remaining, 0);
        assert.equal(reader.overrun, false);
      }),
    );
  });
  test('patches, zeros and parts', () => {
    const writer = new ByteWriter(1).zeros(3).bytes(Uint8Array.of(7, 8)).u16(0).u32(0);
    writer.patchU16(0, 0x0102).patchU16Host(5, 0x0304).patchU32Host(7, 0x05060708);
    assert.deepEqual(writer.finish(), Uint8Array.of(1, 2, 0, 7, 8, 4, 3, 8, 7, 6, 5));
    assert.equal(writer.length, 11);
  });
  test('zeros are zeros, also where something was written before growing', () => {
    const writer = new ByteWriter(2).u16(0xffff).zeros(5);
    assert.deepEqual(writer.finish(), Uint8Array.of(0xff, 0xff, 0, 0, 0, 0, 0));
  });
  test('finish is a copy', () => {
    const writer = new ByteWriter(4).u8(1);
    const first = writer.finish();
    writer.patchU16(0, 0);
    assert.equal(first[0], 1);
  });
});

describe('the Internet checksum', () => {
  test('RFC 1071 section 3', () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    assert.equal(sumOfWords(bytes), 0x2ddf0);
    assert.equal(internetChecksum(bytes), ~0xddf2 & 0xffff);
  });
  test('an IPv4 header that everybody knows', () => {
    const header = Buffer.from(
      '4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7'.replaceAll(' ', ''),
      'hex',
    );
    assert.equal(internetChecksum(header), 0xb861);
  });
  test('odd lengths are padded with zero, sums are folded as often as needed', () => {
    assert.equal(internetChecksum(Uint8Array.of(1, 2, 3)), internetChecksum(Uint8Array.of(1, 2, 3, 0)));
    assert.equal(internetChecksum(), 0xffff);
    assert.equal(internetChecksum(new Uint8Array(1 << 18).fill(0xff)), 0);
    assert.equal(foldChecksum(0xffff_ffff), 0);
    assert.equal(foldChecksum(0x1_ffff), ~1 & 0xffff);
  });
  test('a message with its checksum sums to zero; in parts as in one', () => {
    const even = fc.uint8Array({ minLength: 2, maxLength: 40 }).map((b) => b.subarray(0, b.length & ~1));
    fc.assert(
      fc.property(even, even, (a, b) => {
        const checksum = internetChecksum(a, b);
        assert.equal(internetChecksum(a, b, Uint8Array.of(checksum >> 8, checksum & 0xff)), 0);
        assert.equal(checksum, internetChecksum(Uint8Array.of(...a, ...b)));
        assert.equal(foldChecksum(sumOfWords(a) + sumOfWords(b)), checksum);
        const framed = Uint8Array.of(9, ...a, 9);
        assert.equal(sumOfWords(framed, 1, 1 + a.length), sumOfWords(a));
      }),
    );
  });
});
