/** ARP: the harness, and which refusal each fault gets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ArpPacket, decodeArp, encodeArp, encodeGratuitousArp } from '../../src/wire/arp.js';
import { ip, mac } from '../base/values.js';
import { address, mac as anyMac, record } from './arbitraries.js';
import { testCodec } from './codec-harness.js';

testCodec<ArpPacket>({
  name: 'ARP',
  values: record({
    operation: fc.constantFrom('request' as const, 'reply' as const),
    senderMac: anyMac,
    senderAddress: address('ipv4'),
    targetMac: anyMac,
    targetAddress: address('ipv4'),
  }),
  fidelity: 'bytes',
  encode: encodeArp,
  // Padding is allowed behind a packet, and none is written.
  decode: (bytes) => decodeArp(bytes.slice(0, 28)),
});

describe('ARP', () => {
  const good = encodeGratuitousArp(mac('02:00:00:00:00:01'), ip('192.0.2.100'));
  const reason = (at: number, value: number): unknown => {
    const bytes = good.slice();
    bytes[at] = value;
    const read = decodeArp(bytes);
    return read.ok ? 'accepted' : read.error;
  };
  test('each fault has its reason', () => {
    assert.deepEqual(decodeArp(good.slice(0, 27)), { ok: false, error: 'short' });
    assert.equal(reason(1, 6), 'format');
    assert.equal(reason(2, 0x86), 'format');
    assert.equal(reason(4, 8), 'format');
    assert.equal(reason(5, 16), 'format');
    assert.equal(reason(7, 3), 'operation');
    assert.equal(reason(6, 1), 'operation');
  });
  test('Ethernet padding is ignored', () => {
    const padded = new Uint8Array(46);
    padded.set(good);
    assert.deepEqual(decodeArp(padded), decodeArp(good));
  });
});
