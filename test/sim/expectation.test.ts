/** The bounds on taking over, against the timelines of the runtime reference (section 16). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../src/base/prng.js';
import { seconds, ZERO } from '../../src/base/time.js';
import type { InstanceSettings } from '../../src/config/model.js';
import { type Armed, EARLY_SLACK, Expectation, LATE_SLACK } from '../../src/sim/expectation.js';
import { generateCluster } from '../../src/sim/generator.js';

const [first] = generateCluster(new Prng(1)).configurations[0]?.instances ?? [];
assert.ok(first);
const base: InstanceSettings = {
  ...first,
  version: 2,
  advertInterval: seconds(1),
  downTimerAdverts: 3,
  preempt: true,
  preemptDelay: ZERO,
};
const s = 1_000_000;

function expectation(changes: Partial<InstanceSettings> = {}, kind: Armed = 'master-down', priority = 100) {
  return new Expectation({ ...base, ...changes }, 0, kind, priority);
}
/** The one instant that the bounds enclose, seconds. */
function instantOf(e: Expectation): number {
  assert.equal(e.notAfter - LATE_SLACK, e.notBefore + EARLY_SLACK);
  return (e.notBefore + EARLY_SLACK) / s;
}

test('timelines 1 and 5: master-down is 3.609 s and skew 0.609 s at priority 100', () => {
  assert.equal(instantOf(expectation()), 3.609375);
  const after = expectation();
  after.heard(2 * s, 0, 100, s);
  assert.equal(instantOf(after), 2.609375);
});

test('timelines 6 and 7: a lower advert moves nothing, unless nopreempt', () => {
  const preempting = expectation();
  preempting.heard(1 * s, 150, 100, s);
  preempting.heard(2 * s, 50, 100, s);
  assert.equal(instantOf(preempting), 4.609375);
  const stubborn = expectation({ preempt: false });
  stubborn.heard(2 * s, 50, 100, s);
  assert.equal(instantOf(stubborn), 5.609375);
});

test('timeline 8: preempt_delay accepts lower adverts for its time, then no more', () => {
  const patient = expectation({ preemptDelay: seconds(3) });
  for (const at of [0.5, 1.5, 2.5, 3.4, 4.5, 5.5]) patient.heard(at * s, 50, 100, s);
  assert.equal(instantOf(patient), 3.4 + 3.609375);
});

test('timeline 9: version 3 skews by the interval of the master', () => {
  const third = expectation({ version: 3 });
  third.heard(0, 150, 100, 3 * s);
  assert.equal(instantOf(third), 9 + (3 * 156) / 256);
});

test('an eager start is one interval and the shortest skew', () => {
  assert.equal(instantOf(expectation({}, 'start')), 1 + 1 / 256);
});

test('a goodbye does not end the wish of one that waits for its sync group', () => {
  const waiting = expectation();
  waiting.heard(5 * s, 0, 100, s);
  assert.equal((waiting.notBefore + EARLY_SLACK) / s, 3.609375);
  assert.equal((waiting.notAfter - LATE_SLACK) / s, 5.609375);
  waiting.heard(6 * s, 150, 100, s);
  assert.equal(instantOf(waiting), 9.609375);
});

test('the reason that a takeover must give', () => {
  const e = expectation();
  assert.equal(e.because, 'master-down');
  e.heard(s, 50, 100, s);
  assert.equal(e.because, 'preempting');
  e.heard(s, 150, 100, s);
  assert.equal(e.because, 'master-down');
  e.heard(s, 0, 100, s);
  assert.equal(e.because, 'goodbye-received');
  assert.equal(expectation({}, 'start').because, 'startup');
});

test('a priority that changed meanwhile widens the bounds by the difference of the skews', () => {
  const moved = expectation();
  moved.priorityChanged(200);
  assert.equal((moved.notBefore + EARLY_SLACK) / s, 3 + 56 / 256);
  assert.equal((moved.notAfter - LATE_SLACK) / s, 3.609375);
});
