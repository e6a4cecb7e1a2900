/**
 * A broken engine is noticed: each row of the transition table removed or changed, each receive check left out
 * (DESIGN section 7). What nothing on the outside can notice is listed here, with the reason.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutations } from '../../src/sim/mutations.js';
import { runMutantsSharded } from '../../src/sim/run.js';

/** Worlds within which a mutation must be noticed. */
const BOUND = 400;
const WORKERS = 2;

/** Changes that make no difference to the network, the kernel, scripts or the state reported. */
const HARMLESS: Readonly<Record<string, string>> = {};

test('every mutation of the tables is noticed by some invariant', async () => {
  const ids = mutations().map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of Object.keys(HARMLESS)) assert.ok(ids.includes(id), `${id} is no mutation any more`);
  const reports = await runMutantsSharded({ from: 1, worlds: BOUND }, WORKERS);
  assert.equal(reports.length, ids.length);
  const unnoticed = reports.filter(({ failure }) => failure === undefined).map(({ id }) => id);
  assert.deepEqual(
    unnoticed.filter((id) => !(id in HARMLESS)),
    [],
  );
  // A reason that no longer holds is a test that could be one.
  assert.deepEqual(
    Object.keys(HARMLESS).filter((id) => !unnoticed.includes(id)),
    [],
  );
});
