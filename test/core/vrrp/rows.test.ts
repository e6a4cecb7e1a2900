/** Plays every case of the files of rows, and once more with its guard off; every row of the table must have been used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRANSITIONS } from '../../../src/core/vrrp/transitions.js';
import { Rig } from '../rig.js';
import { AUTHENTICATION_CASES } from './authentication-rows.js';
import { CASES } from './rows.js';
import { LIFE_CASES } from './rows-life.js';
import { RECEIVE_CASES } from './rows-receive.js';

const hits = new Map<string, number>();

for (const { clause, says, text, play, holds, off } of [
  ...RECEIVE_CASES,
  ...CASES,
  ...LIFE_CASES,
  ...AUTHENTICATION_CASES,
]) {
  test(`${says} [${clause}]`, () => {
    const rig = new Rig(text, { onRow: (row) => hits.set(row, (hits.get(row) ?? 0) + 1) });
    play(rig);
    holds(rig);
  });
  if (!off) continue;
  test(`... and not with its guard off: ${says}`, () => {
    assert.throws(() => {
      const rig = new Rig(text, off);
      play(rig);
      holds(rig);
    }, assert.AssertionError);
  });
}

test('every row of the transition table was applied by some case', () => {
  const unused = TRANSITIONS.filter(({ id }) => !hits.has(id)).map(({ id }) => id);
  assert.deepEqual(unused, []);
});

test('row ids are unique, and every row names its clause', () => {
  assert.equal(new Set(TRANSITIONS.map(({ id }) => id)).size, TRANSITIONS.length);
  for (const { clause, id } of TRANSITIONS) assert.match(clause, /RFC|runtime/, id);
});
