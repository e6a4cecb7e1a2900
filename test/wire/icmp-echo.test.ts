/** ICMP echo: the harness, the refusals, and a ping of iputils recorded by tcpdump on a loopback. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { internetChecksum } from '../../src/base/checksum.js';
import { decodeIcmpEcho, encodeIcmpEcho, type IcmpEcho } from '../../src/wire/icmp-echo.js';
import { record } from './arbitraries.js';
import { testCodec } from './codec-harness.js';

testCodec<IcmpEcho>({
  name: 'ICMP echo',
  values: record({
    type: fc.constantFrom('request' as const, 'reply' as const),
    identifier: fc.nat(0xffff),
    sequence: fc.nat(0xffff),
    data: fc.uint8Array({ maxLength: 40 }),
  }),
  fidelity: 'bytes',
  encode: encodeIcmpEcho,
  decode: decodeIcmpEcho,
  // The data has no length of its own: a beginning that sums up is a whole message.
  wholePrefix: (bytes, length) => length >= 8 && internetChecksum(bytes.subarray(0, length)) === 0,
});

describe('ICMP echo', () => {
  const reply = Buffer.from('0000d8087aaf00019b1f016b000000000abc060000000000', 'hex');
  test('reads and writes what iputils and the kernel do', () => {
    const read = decodeIcmpEcho(reply);
    assert.ok(read.ok);
    assert.deepEqual([read.value.type, read.value.identifier, read.value.sequence], ['reply', 31407, 1]);
    assert.deepEqual(Buffer.from(encodeIcmpEcho(read.value)), reply);
    const request = Buffer.from('0800d0087aaf00019b1f016b000000000abc060000000000', 'hex');
    assert.deepEqual(Buffer.from(encodeIcmpEcho({ ...read.value, type: 'request' })), request);
  });
  test('each fault has its reason', () => {
    const reason = (bytes: Uint8Array): unknown => {
      const read = decodeIcmpEcho(bytes);
      return read.ok ? 'accepted' : read.error;
    };
    const changed = (at: number, value: number): Uint8Array => Uint8Array.from(reply).fill(value, at, at + 1);
    assert.equal(reason(reply.subarray(0, 7)), 'short');
    assert.equal(reason(changed(0, 3)), 'type');
    assert.equal(reason(changed(1, 1)), 'type');
    assert.equal(reason(changed(20, 0xff)), 'checksum');
  });
});
