/** Connections as the kernel dumps them: who answers whom, and which of them stand; and what cannot be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../../../src/base/bytes.js';
import { decodeConntrack, writeConntrackDump } from '../../../src/wire/netlink/conntrack.js';
import { NLMSG_DONE } from '../../../src/wire/netlink/message.js';
import { testDecoder } from '../codec-harness.js';
import { recorded } from './recordings.js';

const messages = recorded('conntrack').filter(({ type }) => type !== NLMSG_DONE);

test('the kernel tells who was asked, who answers, and whether they still speak', () => {
  const texts = messages.map((message) => {
    const read = decodeConntrack(message);
    assert.ok(read.ok, JSON.stringify(read));
    const { protocol, destination, destinationPort, answerer, answererPort, established } = read.value;
    return `${protocol} ${destination} ${destinationPort} by ${answerer} ${answererPort} ${established}`;
  });
  assert.deepEqual(texts.sort(), [
    '1 127.0.0.1 0 by 127.0.0.1 0 false',
    '17 127.0.0.1 53 by 127.0.0.1 53 false',
    '6 127.0.0.1 80 by 127.0.0.2 8080 false',
    '6 127.0.0.1 80 by 127.0.0.2 8080 true',
    '6 ::1 80 by ::1 8080 true',
  ]);
});

test('another message, or one without addresses, is refused', () => {
  const [first] = messages;
  assert.ok(first);
  assert.deepEqual(decodeConntrack({ ...first, type: 0 }), { ok: false, error: 'other-message' });
  assert.deepEqual(decodeConntrack({ ...first, payload: first.payload.subarray(0, 4) }), {
    ok: false,
    error: 'incomplete',
  });
  assert.deepEqual(decodeConntrack({ ...first, payload: first.payload.subarray(0, 10) }), {
    ok: false,
    error: 'attributes',
  });
});

test('a family is asked for as the recorder asks', () => {
  const writer = new ByteWriter(32);
  writeConntrackDump(writer, 1, 'ipv4');
  assert.equal(Buffer.from(writer.finish()).toString('hex'), '140000000101010301000000000000000200' + '0000');
});

testDecoder(
  'conntrack',
  messages.map(({ payload }) => payload),
  (payload) => decodeConntrack({ ...(messages[0] as (typeof messages)[number]), payload }),
);
