/** A process of the load balancer that hangs: noticed by rounds without a word, not by a clock. (DESIGN section 4) */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUND_MS, ROUNDS_UNTIL_GIVEN_UP, ROUNDS_UNTIL_SAID, Vigil } from '../../src/daemon/lvs/vigil.js';

function keep() {
  const said: string[] = [];
  let next: (() => void) | undefined;
  const vigil = new Vigil(
    {
      ask: () => said.push('ask'),
      silent: (seconds) => said.push(`silent ${seconds}`),
      speaksAgain: () => said.push('again'),
      givenUp: (seconds) => said.push(`given up ${seconds}`),
    },
    (round) => {
      next = round;
      return () => {
        next = undefined;
      };
    },
  );
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) next?.();
  };
  return { said, vigil, rounds, goesOn: () => next !== undefined };
}
const S = ROUND_MS / 1000;

test('who answers is asked again every round', () => {
  const { said, vigil, rounds } = keep();
  for (let i = 0; i < 3; i++) {
    rounds(1);
    vigil.heard();
  }
  assert.deepEqual(said, ['ask', 'ask', 'ask']);
});

test('whoever is silent is asked once; that is said, and at last given up, once', () => {
  const { said, rounds, goesOn } = keep();
  rounds(1 + ROUNDS_UNTIL_GIVEN_UP + 5);
  assert.deepEqual(said, ['ask', `silent ${ROUNDS_UNTIL_SAID * S}`, `given up ${ROUNDS_UNTIL_GIVEN_UP * S}`]);
  assert.ok(!goesOn());
});

test('a late word counts, and begins everything anew', () => {
  const { said, vigil, rounds } = keep();
  rounds(ROUNDS_UNTIL_GIVEN_UP);
  vigil.heard();
  assert.deepEqual(said.splice(0), ['ask', `silent ${ROUNDS_UNTIL_SAID * S}`, 'again']);
  rounds(ROUNDS_UNTIL_GIVEN_UP);
  assert.deepEqual(said, ['ask', `silent ${ROUNDS_UNTIL_SAID * S}`]);
});

test('one round without a word is not worth a line: this process itself may have been stopped', () => {
  const { said, vigil, rounds } = keep();
  rounds(2);
  vigil.heard();
  assert.deepEqual(said, ['ask']);
});
