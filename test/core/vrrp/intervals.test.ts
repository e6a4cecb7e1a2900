import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../../src/base/time.js';
import { effectivePriority } from '../../../src/core/vrrp/effective-priority.js';
import { eagerStart, masterDown, skew } from '../../../src/core/vrrp/intervals.js';

test('skew and master-down as runtime reference section 6 gives them', () => {
  assert.equal(skew(2, 100, seconds(1)), 609_375);
  assert.equal(masterDown(2, 100, seconds(1), 3), 3_609_375);
  assert.equal(skew(2, 100, seconds(5)), 609_375, 'version 2 skews by seconds, whatever the interval');
  assert.equal(skew(3, 100, seconds(3)), 1_828_125);
  assert.equal(masterDown(3, 100, milliseconds(200), 3), 721_875);
  assert.equal(masterDown(2, 255, seconds(1), 5), 5_003_906);
  assert.equal(eagerStart(2, seconds(1)), 1_003_906);
  assert.equal(eagerStart(3, milliseconds(10)), 10_039);
});

test('effective priority stays within 1..254, and an owner at 255', () => {
  assert.equal(effectivePriority(100, [20, -5]), 115);
  assert.equal(effectivePriority(100, [253]), 254);
  assert.equal(effectivePriority(100, [-253]), 1);
  assert.equal(effectivePriority(250, [20, -20]), 250, 'the sum counts, not the way to it');
  assert.equal(effectivePriority(255, [-200]), 255);
});
