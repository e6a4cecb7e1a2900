/** Reads the recordings of test/fixtures/netlink as their reader would, and knows where lists end. */
import assert from 'node:assert/strict';
import { align4, type NetlinkMessage, readNetlinkMessages } from '../../../src/wire/netlink/message.js';
import { fixtureBytes } from '../fixtures.js';

/** All messages of netlink/`name`.bin; the test fails where the recording is not whole. */
export function recorded(name: string): NetlinkMessage[] {
  const { messages, refused } = readNetlinkMessages(fixtureBytes(`netlink/${name}.bin`));
  assert.equal(refused, undefined);
  assert.ok(messages.length > 0);
  return messages;
}

/** True where a list of length-prefixed, padded items ends, or only the padding of its last item is missing. */
export function itemBoundary(
  bytes: Uint8Array,
  end: number,
  start: number,
  lengthAt: (at: number) => number,
): boolean {
  for (let at = start; at <= end; ) {
    if (at === end) return true;
    const length = lengthAt(at);
    if (end >= at + length && end <= at + align4(length)) return true;
    if (at + length > bytes.length || length === 0) return false;
    at += align4(length);
  }
  return false;
}
