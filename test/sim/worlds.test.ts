/**
 * Many worlds without a broken invariant (DESIGN section 7): 10,000 in CI, 1,000 otherwise, HOLDFAST_WORLDS
 * overrides. Over 10,000 every row of the transition table must have been applied at least a hundred times.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRANSITIONS } from '../../src/core/vrrp/transitions.js';
import { SOUND } from '../../src/sim/mutations.js';
import { engineFactory, replayCommand, runSharded, runWorld } from '../../src/sim/run.js';
import { KEPT_SEEDS } from './kept-seeds.js';

/** Applications of each row that 10,000 worlds must reach; fewer worlds owe their share. */
const LEAST_PER_ROW = 100;
const FULL = 10_000;
const WORKERS = 2;

const asked = Number(process.env['HOLDFAST_WORLDS'] ?? (process.env['CI'] === 'true' ? FULL : 1_000));
assert.ok(Number.isSafeInteger(asked) && asked > 0, 'HOLDFAST_WORLDS is a count of worlds');

test(`${asked} worlds hold, and they use every row of the transition table`, async () => {
  const report = await runSharded({ from: 1, worlds: asked, failures: 5 }, WORKERS);
  const broken = report.failures.map((f) => `${f.message}\n  replay: ${replayCommand(f.seed)}`);
  assert.deepEqual(broken, []);
  assert.equal(report.worlds, asked);
  const least = Math.max(1, Math.floor((LEAST_PER_ROW * asked) / FULL));
  const rare = TRANSITIONS.map(({ id }) => ({ id, applied: report.rows.get(id) ?? 0 })).filter(
    ({ applied }) => applied < least,
  );
  assert.deepEqual(rare, [], `rows applied fewer than ${least} times`);
});

test('seeds that failed once hold', () => {
  for (const { seed, why } of KEPT_SEEDS) {
    const failure = runWorld(seed, engineFactory(SOUND));
    assert.equal(failure, undefined, `${why}: ${replayCommand(seed)}`);
  }
});
