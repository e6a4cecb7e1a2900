/** What the kernel said when forwarding of IPv6 was switched, for one interface and for all. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeForwarding, RTM_NEWNETCONF } from '../../../src/wire/netlink/netconf.js';
import { testDecoder } from '../codec-harness.js';
import { recorded } from './recordings.js';

const messages = recorded('events-forwarding');

describe('recorded settings', () => {
  test('each interface with what it does now; `all` and `default` are none', () => {
    assert.ok(messages.every(({ type }) => type === RTM_NEWNETCONF));
    const facts = messages.flatMap(({ payload }) => {
      const read = decodeForwarding(payload);
      return read.ok ? [read.value] : [];
    });
    const [first] = facts;
    assert.ok(first);
    const a0 = facts.filter(({ interfaceIndex }) => interfaceIndex === first.interfaceIndex);
    assert.deepEqual(
      a0.map(({ forwards }) => forwards),
      [true, false, true],
    );
    assert.equal(messages.length - facts.length, 2);
  });
  test('other families are not ours', () => {
    assert.deepEqual(decodeForwarding(Uint8Array.of(2, 0, 0, 0)), { ok: false, error: 'other' });
    assert.deepEqual(decodeForwarding(Uint8Array.of(10, 0)), { ok: false, error: 'short' });
    assert.deepEqual(decodeForwarding(Uint8Array.of(10, 0, 0, 0, 9, 0, 1, 0)), {
      ok: false,
      error: 'attributes',
    });
  });
});

testDecoder(
  'forwarding',
  messages.map(({ payload }) => payload),
  decodeForwarding,
);
