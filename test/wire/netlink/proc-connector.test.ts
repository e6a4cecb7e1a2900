/** The process connector as this kernel spoke it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeProcessEvent,
  encodeProcessSubscription,
  type ProcessEvent,
} from '../../../src/wire/netlink/proc-connector.js';
import { testDecoder } from '../codec-harness.js';
import { recorded } from './recordings.js';

const events = (): ProcessEvent[] =>
  recorded('process-events').map((message) => {
    const read = decodeProcessEvent(message.payload);
    assert.ok(read.ok);
    return read.value;
  });

describe('recorded process events', () => {
  test('one child, from fork to exit', () => {
    const [subscribed, fork, ...rest] = events();
    assert.deepEqual(subscribed, { kind: 'subscribed', errno: 0 });
    assert.ok(fork?.kind === 'fork');
    const child = fork.process;
    assert.equal(fork.thread, child);
    assert.notEqual(fork.parentProcess, child);
    const tally = rest.map((event) => event.kind);
    assert.ok(tally.includes('exec'));
    assert.deepEqual(
      rest.find((event) => event.kind === 'comm' && event.name === 'httpd'),
      { kind: 'comm', process: child, thread: child, name: 'httpd' },
    );
    assert.deepEqual(
      rest.find((event) => event.kind === 'uid'),
      { kind: 'uid', process: child, thread: child, realUid: 65534, effectiveUid: 65534 },
    );
    assert.deepEqual(rest.at(-1), { kind: 'exit', process: child, thread: child, status: 3 << 8 });
  });
  test('what is none of ours is refused, what is cut off too', () => {
    const [message] = recorded('process-events');
    assert.ok(message);
    const other = message.payload.slice();
    other[0] = 3;
    assert.deepEqual(decodeProcessEvent(other), { ok: false, error: 'connector' });
    assert.deepEqual(decodeProcessEvent(message.payload.slice(0, 19)), { ok: false, error: 'short' });
    assert.deepEqual(decodeProcessEvent(message.payload.slice(0, 38)), { ok: false, error: 'short' });
  });
  test('a kind of event that is not known here is named by its number', () => {
    const [message] = recorded('process-events');
    assert.ok(message);
    const sid = message.payload.slice();
    sid[20] = 0x80;
    assert.deepEqual(decodeProcessEvent(sid), { ok: true, value: { kind: 'other', what: 0x80 } });
  });
  testDecoder(
    'process events',
    recorded('process-events').map((message) => message.payload),
    decodeProcessEvent,
  );
});

describe('the subscription', () => {
  // The bytes that record.py sent and the kernel acknowledged.
  const accepted = '28000000030000000700000039300000' + '010000000100000007000000000000000400000001000000';
  test('is what the kernel acknowledged', () => {
    assert.equal(Buffer.from(encodeProcessSubscription(true, 12345, 7)).toString('hex'), accepted);
  });
  test('can be taken back', () => {
    const bytes = encodeProcessSubscription(false, 12345, 7);
    assert.equal(bytes.at(-4), 2);
    assert.equal(bytes.length, 40);
  });
});
