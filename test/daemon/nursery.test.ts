/** Room for new objects is made when it is asked for, and only where there is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics } from 'node:v8';
import { Nursery } from '../../src/daemon/nursery.js';

const room = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_available_size ?? 0;

/** Garbage, until half of the nursery is left. */
function fill(): void {
  const most = room();
  let dropped: unknown[] = [];
  for (let n = 0; n < 100_000 && room() > most / 2 && room() <= most; n++) dropped = new Array(100).fill(n);
  assert.equal(dropped.length, 100);
}

test('a full nursery is collected, and one with room is left alone', () => {
  const nursery = new Nursery();
  nursery.makeRoom(Number.MAX_SAFE_INTEGER);
  const empty = room();
  fill();
  assert.equal(nursery.makeRoom(empty / 4), false);
  assert.equal(nursery.makeRoom(empty * 0.9), true);
  assert.ok(room() > empty * 0.9);
});
