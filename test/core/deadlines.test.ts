import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, seconds } from '../../src/base/time.js';
import { DEADLINE_SLACK, type Deadline, Deadlines, nextPeriod } from '../../src/core/deadlines.js';

function recorder(fired: string[], what: string, more: Partial<Deadline> = {}): Deadline {
  return { what, periodic: false, fire: (due) => fired.push(`${what}@${due}`), ...more };
}

test('fires what is due, in order, and nothing early', () => {
  const fired: string[] = [];
  const queue = new Deadlines();
  queue.arm(recorder(fired, 'b'), instant(20));
  queue.arm(recorder(fired, 'a'), instant(10));
  queue.arm(recorder(fired, 'c'), instant(31));
  queue.fire(instant(30));
  assert.deepEqual(fired, ['a@10', 'b@20']);
  assert.equal(queue.earliest, 31);
});

test('only periodic deadlines come early, and only by the slack', () => {
  const fired: string[] = [];
  const queue = new Deadlines();
  queue.arm(recorder(fired, 'near', { periodic: true }), instant(100 + DEADLINE_SLACK));
  queue.arm(recorder(fired, 'far', { periodic: true }), instant(101 + DEADLINE_SLACK));
  queue.fire(instant(100));
  assert.deepEqual(fired, [`near@${100 + DEADLINE_SLACK}`]);
  const once: string[] = [];
  const strict = new Deadlines();
  strict.arm(recorder(once, 'once'), instant(101));
  strict.fire(instant(100));
  assert.deepEqual(once, []);
});

test('who waits for a held channel stays due with its own instant', () => {
  const fired: string[] = [];
  const queue = new Deadlines();
  queue.arm(recorder(fired, 'held', { waitsFor: () => 'x' }), instant(10));
  queue.arm(recorder(fired, 'free', { waitsFor: () => 'y' }), instant(20));
  queue.fire(instant(30), ['x']);
  assert.deepEqual(fired, ['free@20']);
  assert.equal(queue.earliest, 10);
  queue.fire(instant(30));
  assert.deepEqual(fired, ['free@20', 'held@10']);
});

test('who waits for packets and came due after they were read stays due; everything else fires', () => {
  const fired: string[] = [];
  const queue = new Deadlines();
  queue.arm(recorder(fired, 'heard', { waitsFor: () => 'x' }), instant(10));
  queue.arm(recorder(fired, 'unheard', { waitsFor: () => 'x' }), instant(11));
  queue.arm(recorder(fired, 'of no socket', { waitsFor: () => undefined }), instant(12));
  queue.arm(recorder(fired, 'free'), instant(20));
  queue.fire(instant(30), [], instant(10));
  assert.deepEqual(fired, ['heard@10', 'of no socket@12', 'free@20']);
  assert.equal(queue.earliest, 11);
  queue.fire(instant(31), [], instant(30));
  assert.equal(fired.at(-1), 'unheard@11');
});

test('a period counts from the previous instant, and skips what was missed', () => {
  assert.deepEqual(nextPeriod(instant(100), seconds(1), instant(100)), { at: 1_000_100, missed: 0 });
  assert.deepEqual(nextPeriod(instant(0), seconds(1), instant(999_999)), { at: 1_000_000, missed: 0 });
  assert.deepEqual(nextPeriod(instant(0), seconds(1), instant(1_000_000)), { at: 2_000_000, missed: 1 });
  assert.deepEqual(nextPeriod(instant(0), seconds(1), instant(3_500_000)), { at: 4_000_000, missed: 3 });
});

test('whether the earliest one is a master-down deadline, whatever comes later', () => {
  const queue = new Deadlines();
  assert.equal(queue.earliestIsMasterDown, false);
  const advert = recorder([], 'advert', { periodic: true });
  queue.arm(recorder([], 'down', { waitsFor: () => undefined }), instant(20));
  assert.equal(queue.earliestIsMasterDown, true);
  queue.arm(advert, instant(10));
  assert.equal(queue.earliestIsMasterDown, false);
  queue.disarm(advert);
  assert.equal(queue.earliestIsMasterDown, true);
});

test('while it fires it is not armed, and stays gone unless its owner arms it again', () => {
  const seen: (number | undefined)[] = [];
  const queue = new Deadlines();
  const once: Deadline = { what: 'once', periodic: false, fire: () => seen.push(queue.at(once)) };
  const again: Deadline = {
    what: 'again',
    periodic: true,
    fire: (due) => {
      seen.push(queue.at(again));
      queue.arm(again, instant(due + 10));
      seen.push(queue.at(again));
    },
  };
  const given: Deadline = {
    what: 'given up',
    periodic: false,
    fire: () => {
      queue.arm(given, instant(99));
      queue.disarm(given);
    },
  };
  queue.arm(once, instant(1));
  queue.arm(again, instant(2));
  queue.arm(given, instant(3));
  queue.fire(instant(3));
  // Its slack lets it fire early, until it is beyond that.
  assert.deepEqual(seen.slice(0, 3), [undefined, undefined, 12]);
  assert.equal(queue.at(once), undefined);
  assert.equal(queue.at(given), undefined);
  assert.equal(queue.earliest, queue.at(again));
});

test('who disarms another one that is due keeps it from firing', () => {
  const fired: string[] = [];
  const queue = new Deadlines();
  const second = recorder(fired, 'second');
  queue.arm({ what: 'first', periodic: false, fire: () => queue.disarm(second) }, instant(1));
  queue.arm(second, instant(2));
  queue.fire(instant(5));
  assert.deepEqual(fired, []);
  assert.equal(queue.earliest, undefined);
});
