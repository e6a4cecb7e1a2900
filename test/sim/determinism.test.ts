/** The same seed gives the same bytes: twice in a row, in another thread, and over serialised seams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Machine } from '../../src/core/machine.js';
import { SOUND } from '../../src/sim/mutations.js';
import type { MachineFactory } from '../../src/sim/router.js';
import { engineFactory, runSharded, runWorld } from '../../src/sim/run.js';
import { HashTrace, TextTrace } from '../../src/sim/trace.js';

const SEEDS = [1, 2, 3, 77, 4_000_000_007];

function hashOf(seed: number, factory: MachineFactory = engineFactory(SOUND)): string {
  const trace = new HashTrace();
  runWorld(seed, factory, trace);
  return trace.digest();
}

test('the same seed gives the same text twice, another seed another', () => {
  for (const seed of SEEDS) {
    const [one, two] = [new TextTrace(), new TextTrace()];
    runWorld(seed, engineFactory(SOUND), one);
    runWorld(seed, engineFactory(SOUND), two);
    assert.ok(one.text.length > 10_000);
    assert.equal(one.text, two.text);
  }
  assert.equal(new Set(SEEDS.map((seed) => hashOf(seed))).size, SEEDS.length);
});

test('another thread sees the same world', async () => {
  const run = new URL('../../src/sim/run.js', import.meta.url).href;
  const trace = new URL('../../src/sim/trace.js', import.meta.url).href;
  const tables = new URL('../../src/sim/mutations.js', import.meta.url).href;
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { engineFactory, runWorld } from ${JSON.stringify(run)};
    import { HashTrace } from ${JSON.stringify(trace)};
    import { SOUND } from ${JSON.stringify(tables)};
    parentPort.postMessage(workerData.map((seed) => {
      const trace = new HashTrace();
      runWorld(seed, engineFactory(SOUND), trace);
      return trace.digest();
    }));`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const elsewhere = await new Promise((resolve, reject) => {
    const worker = new Worker(url, { workerData: SEEDS });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  assert.deepEqual(
    elsewhere,
    SEEDS.map((seed) => hashOf(seed)),
  );
});

test('two workers report what one does', async () => {
  const range = { from: 1, worlds: 24, failures: 24 };
  const [one, two] = await Promise.all([runSharded(range, 1), runSharded(range, 2)]);
  assert.equal(one.worlds, 24);
  assert.deepEqual(two.failures, one.failures);
  const sorted = (rows: ReadonlyMap<string, number>) => [...rows].sort();
  assert.deepEqual(sorted(two.rows), sorted(one.rows));
});

test('everything that crosses the seams survives serialisation (DESIGN rule 5)', () => {
  const plain = engineFactory(SOUND);
  const copying: MachineFactory = (configuration): Machine => {
    const inner = plain(structuredClone(configuration));
    return {
      handle: (moment, input, effects) => {
        const own: typeof effects = [];
        inner.handle(structuredClone(moment), structuredClone(input), own);
        effects.push(...structuredClone(own));
      },
      get nextDeadline() {
        return inner.nextDeadline;
      },
    };
  };
  for (const seed of SEEDS) assert.equal(hashOf(seed, copying), hashOf(seed));
});
