/** When a dead worker is started again (runtime reference section 1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RespawnPolicy } from '../../src/daemon/respawn.js';

const crash = { kind: 'signal', signal: 'SIGSEGV' } as const;
const delays = (policy: RespawnPolicy, lives: readonly number[]): (number | 'never')[] =>
  lives.map((lived) => {
    const decision = policy.decide(crash, lived);
    return decision.kind === 'respawn' ? decision.delaySeconds : 'never';
  });

test('the delay doubles from 0 to 60 seconds', () => {
  assert.deepEqual(
    delays(new RespawnPolicy(), new Array<number>(10).fill(0.1)),
    [0, 1, 2, 4, 8, 16, 32, 60, 60, 60],
  );
});

test('a worker that lived a minute is started at once, and the throttle begins anew', () => {
  assert.deepEqual(delays(new RespawnPolicy(), [1, 1, 1, 60, 1, 1]), [0, 1, 2, 0, 1, 2]);
  assert.deepEqual(delays(new RespawnPolicy(), [1, 1, 1, 59.9]), [0, 1, 2, 4]);
});

for (const code of [1, 2, 4, 6])
  test(`exit ${code} would only repeat`, () => {
    assert.deepEqual(new RespawnPolicy().decide({ kind: 'exit', code }, 100), { kind: 'give-up', code });
  });

for (const code of [0, 3, 70, 204])
  test(`after exit ${code} it is tried again`, () => {
    assert.deepEqual(new RespawnPolicy().decide({ kind: 'exit', code }, 1), {
      kind: 'respawn',
      delaySeconds: 0,
    });
  });
