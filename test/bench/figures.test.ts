// The arithmetic of the benchmark: medians, ratios, and how the overhead of a takeover is read from a capture.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overheadIn } from '../../bench/cases/takeover.js';
import { figureOf, ratioOf, renderTable } from '../../bench/report.js';

test('median and worst of odd, even and no samples', () => {
  assert.deepEqual(figureOf([3, 1, 2]), { median: 2, worst: 3, samples: [3, 1, 2] });
  assert.equal(figureOf([4, 1, 2, 3])?.median, 2.5);
  assert.equal(figureOf([]), undefined);
});

test('a ratio is ours over theirs, and absent where it would mean nothing', () => {
  assert.equal(ratioOf(3, 6), 0.5);
  assert.equal(ratioOf(3, 0), undefined);
  assert.equal(ratioOf(undefined, 6), undefined);
  assert.equal(ratioOf(3, undefined), undefined);
});

test('the table has a dash for a rival that was not there', () => {
  const table = renderTable([{ id: 'x', title: 'x', unit: 'ms', samples: { holdfast: [1.5] } }]);
  assert.match(table, /^x +1\.50 ms +1\.50 ms +- +- +- +-$/m);
});

const advert = (at: number, priority: number) => ({
  at,
  text: `IP 10.77.0.1 > 224.0.0.18: VRRPv2, Advertisement, vrid 1, prio ${priority}, authtype none`,
});
const answer = (at: number) => ({
  at,
  text: 'IP 10.77.1.1 > 10.77.0.3: ICMP echo reply, id 1, seq 1, length 64',
});

test('the overhead counts from the last advert, and answers of the old master do not end the outage', () => {
  // Bound for priority 100: 3 + 156/256 s.
  const frames = [
    advert(99, 200),
    advert(100, 200),
    answer(100.001),
    advert(103.61, 100),
    answer(103.614375),
  ];
  assert.ok(Math.abs(overheadIn(frames) - 5) < 0.001);
});

test('a capture without an answer is an error, not a figure', () => {
  assert.throws(() => overheadIn([advert(100, 200), answer(100.001)]), /never answered/);
  assert.throws(() => overheadIn([answer(100)]), /no advert/);
});
