/** Garbage of a large configuration is collected when we say so, and V8 is left with the options that it had. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { collectGarbage } from '../../src/daemon/collect-garbage.js';

const turned = (): Promise<void> => new Promise((done) => setImmediate(done));

test('what nobody holds is gone, and whoever holds something keeps it', async () => {
  const kept = { large: new Array(1000).fill('kept') };
  const held = new WeakRef(kept);
  const dropped = (() => new WeakRef({ large: new Array(1000).fill('dropped') }))();
  // A WeakRef holds its object until the turn is over.
  await turned();
  collectGarbage();
  assert.equal(dropped.deref(), undefined);
  assert.equal(held.deref(), kept);
});

test('the options of V8 are as before: under others its kept code would be of no use', () => {
  collectGarbage();
  assert.equal(runInNewContext('typeof gc'), 'undefined');
});
