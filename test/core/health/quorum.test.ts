/** The quorum's clause by itself; every state of it is enumerated in test/core/lvs/model.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasQuorum } from '../../../src/core/health/quorum.js';

test('it is lost below quorum - hysteresis and won at quorum + hysteresis', () => {
  const settings = { quorum: 3, hysteresis: 1 };
  for (const [wasUp, weight, is] of [
    ...[[true, 2, true] as const, [true, 1, false] as const],
    ...[[false, 3, false] as const, [false, 4, true] as const],
  ])
    assert.equal(hasQuorum(settings, wasUp, weight), is, `${wasUp} ${weight}`);
});

test('nobody is no quorum, whatever the hysteresis', () => {
  assert.equal(hasQuorum({ quorum: 1, hysteresis: 1 }, true, 0), false);
});
