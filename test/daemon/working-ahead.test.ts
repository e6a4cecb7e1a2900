/** A thread that reads ahead gives way to others, until somebody waits for it. */
import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { ahead, nobodyWaits, sharedMemory, somebodyWaits } from '../../src/daemon/working-ahead.js';
import { mayBeNice } from '../../src/host/linux/proc.js';

const cannot = mayBeNice(getPriority()) ? false : 'this user may not lower a nice value';
const before = getPriority();

test('nicely, twice, and then as before', { skip: cannot }, () => {
  const seen: number[] = [];
  assert.equal(
    ahead(sharedMemory(), () => seen.push(getPriority())),
    2,
  );
  assert.deepEqual(seen, [Math.max(before, 10), Math.max(before, 10)]);
  assert.equal(getPriority(), before);
});

test('for whom somebody begins to wait goes on as usual, and is through after once', { skip: cannot }, () => {
  const memory = sharedMemory();
  const seen: number[] = [];
  ahead(memory, () => {
    somebodyWaits(memory);
    seen.push(getPriority());
  });
  assert.deepEqual(seen, [before]);
});

test('who waits already when it begins has it at once; the next time it is nice again', {
  skip: cannot,
}, () => {
  const memory = sharedMemory();
  const seen: number[] = [];
  somebodyWaits(memory);
  ahead(memory, () => seen.push(getPriority()));
  assert.deepEqual(seen, [before]);
  nobodyWaits(memory);
  ahead(memory, () => seen.push(getPriority()));
  assert.deepEqual(seen, [before, Math.max(before, 10), Math.max(before, 10)]);
});
