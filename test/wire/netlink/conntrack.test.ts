/** Connections as the kernel dumps them: who answers whom, and which of them stand; and what cannot be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../../../src/base/bytes.js';
import { readAttributes } from '../../../src/wire/netlink/attributes.js';
import {
  decodeConntrack,
  writeConntrackDelete,
  writeConntrackDump,
} from '../../../src/wire/netlink/conntrack.js';
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

test('those of one protocol are asked for, and one is forgotten by what tells it from all others', () => {
  const writer = new ByteWriter(64);
  writeConntrackDump(writer, 1, 'ipv4', 17);
  assert.equal(
    Buffer.from(writer.finish()).toString('hex'),
    [
      ...['38000000', '0101', '0103', '01000000', '00000000', '02000000'],
      ...['10000180', '0c000280', '05000100', '11000000'],
      ...['14001980', '08000100', '08000000', '08000200', '00000000'],
    ].join(''),
  );
  const [first] = messages;
  assert.ok(first);
  const request = new ByteWriter(128);
  writeConntrackDelete(request, 2, first);
  const bytes = Buffer.from(request.finish());
  assert.equal(bytes.readUInt16LE(4), (1 << 8) | 2);
  const [sent, told] = [bytes.subarray(20), first.payload.subarray(4)].map((part) =>
    readAttributes(Uint8Array.from(part)),
  );
  assert.deepEqual([...(sent?.keys() ?? [])], [1, 12]);
  for (const [type, value] of sent ?? []) assert.deepEqual(value, told?.get(type));
});
