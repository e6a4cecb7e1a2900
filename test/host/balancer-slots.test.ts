/** Shares as slots: exact where they can be, as near as a thousand slots are where not, and spread. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_BALANCER_SLOTS } from '../../src/base/limits.js';
import { slotsOf } from '../../src/host/balancer/nftables/slots.js';

const sharesOf = (weights: readonly number[]) => weights.map((weight, id) => ({ id, weight }));

test('small ratios are exact, as small as can be, and evenly spread', () => {
  assert.deepEqual(slotsOf(sharesOf([1, 1, 1])), [0, 1, 2]);
  assert.deepEqual(slotsOf(sharesOf([300, 100])), [0, 0, 1, 0]);
  assert.deepEqual(slotsOf(sharesOf([5])), [0]);
  assert.deepEqual(slotsOf([]), []);
});

test('every server has a slot, and its share is that of its weight to a thousandth and its rounding', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 40 }), (weights) => {
      const slots = slotsOf(sharesOf(weights));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      assert.ok(slots.length <= MAX_BALANCER_SLOTS + weights.length);
      for (const [id, weight] of weights.entries()) {
        const count = slots.filter((slot) => slot === id).length;
        assert.ok(count >= 1);
        const wanted = (weight / total) * slots.length;
        assert.ok(Math.abs(count - wanted) <= Math.max(1, wanted * 0.05), `${count} for ${wanted}`);
      }
    }),
    { numRuns: 60 },
  );
});

/** As the rule says it: everybody is owed more with each slot, the one who is owed most gets it and owes the whole again. */
function byTheRule(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const owed = weights.map(() => 0);
  return Array.from({ length: total }, () => {
    for (const [i, weight] of weights.entries()) owed[i] = (owed[i] ?? 0) + weight;
    const best = owed.indexOf(Math.max(...owed));
    owed[best] = (owed[best] ?? 0) - total;
    return best;
  });
}

test('who comes when is as the rule says, however many are alike', () => {
  // One of them has weight 1, so that the weights cannot be made smaller.
  const anyWeights = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 40 }).map((some) => [1, ...some]);
  fc.assert(
    fc.property(anyWeights, (weights) => assert.deepEqual(slotsOf(sharesOf(weights)), byTheRule(weights))),
  );
});
