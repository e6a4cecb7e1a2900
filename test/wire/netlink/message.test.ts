/** Netlink framing and the kernel's answers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../../src/base/bytes.js';
import { ok, refuse } from '../../../src/base/result.js';
import { readAttributes, textOf, u8Of, u32Of, writeAttribute } from '../../../src/wire/netlink/attributes.js';
import {
  decodeAnswer,
  doneErrno,
  NETLINK_HEADER_LENGTH,
  type NetlinkMessage,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  readNetlinkMessages,
  writeNetlinkMessage,
} from '../../../src/wire/netlink/message.js';
import { octets, record, u16, u32 } from '../arbitraries.js';
import { testCodec, testDecoder } from '../codec-harness.js';
import { itemBoundary, recorded } from './recordings.js';

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

testCodec<NetlinkMessage[]>({
  name: 'netlink messages',
  values: fc.array(
    record<NetlinkMessage>({
      type: u16,
      flags: u16,
      sequence: u32,
      port: u32,
      payload: fc.nat(13).chain(octets),
    }),
    { maxLength: 3 },
  ),
  fidelity: 'value',
  encode: (messages) => {
    const writer = new ByteWriter(4);
    for (const message of messages) writeNetlinkMessage(writer, message);
    return writer.finish();
  },
  decode: (bytes) => {
    const { messages, refused } = readNetlinkMessages(bytes);
    return refused ? refuse(refused) : ok(messages.map((m) => ({ ...m, payload: m.payload.slice() })));
  },
  wholePrefix: (bytes, end) => itemBoundary(bytes, end, 0, (at) => view(bytes).getUint32(at, true)),
});

type Pairs = readonly (readonly [number, Uint8Array])[];
testCodec<Pairs>({
  name: 'netlink attributes',
  values: fc.uniqueArray(fc.tuple(fc.nat(0x3fff), fc.nat(9).chain(octets)), {
    maxLength: 4,
    selector: ([type]) => type,
  }),
  fidelity: 'value',
  encode: (pairs) => {
    const writer = new ByteWriter(4);
    for (const [type, value] of pairs) writeAttribute(writer, type, value);
    return writer.finish();
  },
  decode: (bytes) => {
    const attributes = readAttributes(bytes);
    return attributes
      ? ok([...attributes].map(([type, value]) => [type, value.slice()] as [number, Uint8Array]))
      : refuse('attributes');
  },
  wholePrefix: (bytes, end) => itemBoundary(bytes, end, 0, (at) => view(bytes).getUint16(at, true)),
});

describe('netlink framing', () => {
  test('what stands before a broken message is kept', () => {
    const writer = new ByteWriter();
    const good = { type: 16, flags: 2, sequence: 1, port: 0, payload: Uint8Array.of(1, 2, 3) };
    writeNetlinkMessage(writer, good);
    const whole = writer.finish();
    for (const [rest, reason] of [
      [Uint8Array.of(1, 2, 3), 'short'],
      [Uint8Array.of(15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 'length'],
      [Uint8Array.of(17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 'short'],
      [new Uint8Array(NETLINK_HEADER_LENGTH).fill(0xff), 'short'],
    ] as const) {
      const { messages, refused } = readNetlinkMessages(Uint8Array.of(...whole, ...rest));
      assert.equal(refused, reason);
      assert.deepEqual(
        messages.map((m) => ({ ...m, payload: m.payload.slice() })),
        [good],
      );
    }
  });
  test('a recorded dump is many messages of one sequence and ends with done', () => {
    const messages = recorded('links');
    const last = messages.at(-1);
    assert.ok(last);
    assert.equal(last.type, NLMSG_DONE);
    assert.equal(doneErrno(last), 0);
    for (const message of messages) assert.equal(message.sequence, 1);
    assert.equal(
      messages.some((m) => m.flags & NLM_F_DUMP_INTR),
      false,
    );
  });
  test('the error that ends a dump is a positive errno', () => {
    const done = { type: NLMSG_DONE, flags: 2, sequence: 1, port: 0 };
    assert.equal(doneErrno({ ...done, payload: Uint8Array.of(0xf0, 0xff, 0xff, 0xff) }), 16);
    assert.equal(doneErrno({ ...done, payload: new Uint8Array(0) }), 0);
  });
});

describe('the kernel answers', () => {
  const answer = (name: string) => {
    const [message] = recorded(name);
    assert.ok(message);
    assert.equal(message.type, NLMSG_ERROR);
    assert.equal(message.sequence, 9);
    const read = decodeAnswer(message);
    assert.ok(read.ok);
    return read.value;
  };
  test('acknowledged', () => {
    assert.deepEqual(answer('answer-acknowledged'), { errno: 0, requestType: 20 });
  });
  test('exists already, with its sentence', () => {
    assert.deepEqual(answer('answer-exists'), {
      errno: 17,
      requestType: 20,
      text: 'ipv4: Address already assigned',
    });
  });
  test('refused, with its sentence', () => {
    const { errno, text } = answer('answer-refused');
    assert.equal(errno, 22);
    assert.match(text ?? '', /prefix/i);
  });
  test('no such device', () => {
    assert.equal(answer('answer-missing').errno, 19);
  });
  for (const name of ['answer-acknowledged', 'answer-exists', 'answer-refused']) {
    testDecoder(
      name,
      recorded(name).map((m) => m.payload),
      (payload) => decodeAnswer({ type: NLMSG_ERROR, flags: 0x200, sequence: 9, port: 0, payload }),
    );
  }
  test('an answer that is cut off is refused', () => {
    const [message] = recorded('answer-exists');
    assert.ok(message);
    for (const length of [0, 3, 19]) {
      const read = decodeAnswer({ ...message, payload: message.payload.slice(0, length) });
      assert.equal(read.ok, false);
    }
  });
});

describe('attribute values', () => {
  test('numbers that are too short are absent', () => {
    assert.equal(u32Of(undefined), undefined);
    assert.equal(u32Of(Uint8Array.of(1, 2, 3)), undefined);
    assert.equal(u32Of(Uint8Array.of(1, 2, 3, 4)), 0x04030201);
    assert.equal(u8Of(new Uint8Array(0)), undefined);
  });
  test('text ends at its NUL or at its end', () => {
    assert.equal(textOf(Uint8Array.of(0x65, 0x74, 0x68, 0, 0x30)), 'eth');
    assert.equal(textOf(Uint8Array.of(0x65, 0xe9)), 'e\u00e9');
  });
});
