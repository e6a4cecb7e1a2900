/**
 * A broken engine is noticed: each row of the transition table removed or changed, each receive check left out
 * (DESIGN section 7). What nothing on the outside can notice is listed here, with the reason. Which world noticed
 * what is kept in test/sim/noticing-seeds.txt and lived first; UPDATE=1 writes that anew. A seed that does not
 * notice any more costs time, nothing else: the search begins again.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mutations } from '../../src/sim/mutations.js';
import { runMutantsSharded } from '../../src/sim/run.js';
import { projectRoot } from '../wire/fixtures.js';

/** Worlds within which a mutation must be noticed. */
const BOUND = 3_000;
/** Worlds that a harmless one is given to prove that it is not so harmless. */
const BRIEFLY = 20;
const WORKERS = 2;

const NO_ROW =
  'a deadline that fires where no row waits for it does nothing, and whoever needs it arms it anew';
const WISH_GONE = 'becoming MASTER has withdrawn the wish already';
const LOG_ONLY = 'it is a line in the log';

const CROSSING = 'where two adverts cross both are refused, and an interval later the same is decided';

/** Changes that make no difference to the network, the kernel, scripts or the state reported. */
const HARMLESS: Readonly<Record<string, string>> = {
  'init.fault without stop-timers': 'an instance in INIT has no timers',
  'init.stop removed': 'an instance in INIT that stays in INIT',
  'init.stop without stop-timers': 'an instance in INIT has no timers',
  'init.owner without adopt-own-interval': 'an instance in INIT has learnt no other interval',
  'backup.wait without arm-master-down':
    'who waits for its sync group is taken along by the member that completes it',
  'backup.stop without stop-timers': NO_ROW,
  'master.fault without stop-timers': NO_ROW,
  'master.stop without stop-timers': NO_ROW,
  'fault.stop without stop-timers': NO_ROW,
  'master.yield without withdraw-wish': WISH_GONE,
  'master.address-lost without withdraw-wish': WISH_GONE,
  'master.group-lost without withdraw-wish': WISH_GONE,
  'master.group-backup without withdraw-wish': WISH_GONE,
  'master.fault without withdraw-wish': WISH_GONE,
  'master.insist without note-rival': LOG_ONLY,
  'master.twin without note-twin': LOG_ONLY,
  'backup.fault without withdraw-wish':
    'a wish that outlives a FAULT is granted too early by no more than the members differ in skew',
  'fault.owner without adopt-own-interval':
    "an owner's skew is a 256th of the interval, whichever interval that is",
  'init.delayed-owner unless eager':
    'an owner that does not want to be MASTER stands in a sync group that waits for another member anyway',
  'master.owner-yields without learn-master':
    'the other owner, which goes on advertising, is learnt with its next advert',
  'master.outlived without withdraw-wish': WISH_GONE,
  'master.owner-yields without withdraw-wish': WISH_GONE,
  'master.rival-owner without note-rival': LOG_ONLY,
  'fault.owner unless eager':
    'an owner that does not want to be MASTER stands in a sync group that waits for another member anyway',
  'backup.group-master without reclaim-ownership':
    'an owner that had given way and is then taken along by its group is too rare: its row of test/core/vrrp proves it',
  'backup.takeover without count-past-master': CROSSING,
  'backup.group-master without count-past-master': CROSSING,
  'check ah-crossed removed': 'the next check refuses it, too, and says another thing',
  'check auth-type-known removed': 'what no RFC knows is not our type either',
};

const KEPT = join(projectRoot, 'test/sim/noticing-seeds.txt');

/** By mutation; one `SEED ID` in each line. */
function keptSeeds(): Record<string, number> {
  const seeds: Record<string, number> = {};
  for (const line of readFileSync(KEPT, 'utf8').split('\n')) {
    const [seed = '', ...id] = line.split(' ');
    if (seed !== '') seeds[id.join(' ')] = Number(seed);
  }
  return seeds;
}

test('every mutation of the tables is noticed by some invariant', async () => {
  const ids = mutations().map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of Object.keys(HARMLESS)) assert.ok(ids.includes(id), `${id} is no mutation any more`);
  const reports = await runMutantsSharded({ from: 1, worlds: BOUND }, WORKERS, {
    brief: Object.keys(HARMLESS),
    briefly: BRIEFLY,
    noticed: keptSeeds(),
  });
  if (process.env['UPDATE'] === '1') {
    const lines = reports.flatMap(({ id, failure }) => (failure ? [`${failure.seed} ${id}\n`] : []));
    writeFileSync(
      KEPT,
      lines.sort((a, b) => (a.replace(/^\d+ /, '') < b.replace(/^\d+ /, '') ? -1 : 1)).join(''),
    );
  }
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
