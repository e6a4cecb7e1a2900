/** A step of work that nobody waits for does not begin shortly before a deadline. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../src/base/time.js';
import { untilRoom } from '../../src/daemon/between-deadlines.js';

const NOW = 1_000_000;

/** For how many milliseconds it waits with the next deadline so far away; undefined: there is none. */
async function waited(left: number | undefined): Promise<readonly number[]> {
  const waits: number[] = [];
  await untilRoom({
    now: instant(NOW),
    nextDeadline: left === undefined ? undefined : instant(NOW + left * 1000),
    wait: async (milliseconds) => {
      waits.push(milliseconds);
    },
  });
  return waits;
}

test('it begins at once where nothing is due soon', async () => {
  assert.deepEqual(await waited(undefined), []);
  assert.deepEqual(await waited(40), []);
  assert.deepEqual(await waited(5000), []);
});

test('else behind what is due, once', async () => {
  assert.deepEqual(await waited(39), [40]);
  assert.deepEqual(await waited(0.5), [1.5]);
  assert.deepEqual(await waited(0), [1]);
  assert.deepEqual(await waited(-7), [1]);
});
