/**
 * The table of states against RFC 5880's own words: section 6.8.6 written down again as the RFC has it, and every
 * pair of states of two ends played against each other.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BFD_TRANSITIONS, type BfdEvent, selectBfdRow } from '../../../src/core/bfd/transitions.js';
import { BFD_STATES, type BfdState } from '../../../src/wire/bfd-control.js';

const step = (state: BfdState, event: BfdEvent): BfdState =>
  selectBfdRow(BFD_TRANSITIONS, state, event)?.next ?? state;

/** The procedure of 6.8.6 from "If received state is AdminDown" on; AdminDown at our end discards before. */
function procedure(session: BfdState, received: BfdState): BfdState {
  if (session === 'AdminDown') return session;
  if (received === 'AdminDown') return session !== 'Down' ? 'Down' : session;
  if (session === 'Down') {
    if (received === 'Down') return 'Init';
    return received === 'Init' ? 'Up' : session;
  }
  if (session === 'Init') return received === 'Init' || received === 'Up' ? 'Up' : session;
  return received === 'Down' ? 'Down' : session;
}

describe('every pair of states', () => {
  for (const session of BFD_STATES)
    for (const received of BFD_STATES)
      test(`${session} hears ${received}`, () => {
        assert.equal(step(session, `hears ${received}`), procedure(session, received));
      });

  test('two ends that hear each other come up from wherever they are, unless one is disabled', () => {
    for (const a of BFD_STATES)
      for (const b of BFD_STATES) {
        // Taking turns, and both at once from what they said before.
        for (const order of ['turns', 'together'] as const) {
          let [x, y] = [a, b];
          for (let n = 0; n < 6; n++) {
            const said = x;
            x = step(x, `hears ${y}`);
            y = step(y, `hears ${order === 'turns' ? x : said}`);
          }
          const disabled = a === 'AdminDown' || b === 'AdminDown';
          assert.deepEqual(
            [x, y],
            disabled ? [a === 'AdminDown' ? a : 'Down', b === 'AdminDown' ? b : 'Down'] : ['Up', 'Up'],
            `${a} and ${b}, ${order}`,
          );
        }
      }
  });
  test('an end that hears nothing goes down, one that hears but is not heard is not up', () => {
    for (const state of ['Init', 'Up'] as const) assert.equal(step(state, 'expired'), 'Down');
    for (const state of ['Down', 'AdminDown'] as const) assert.equal(step(state, 'expired'), state);
    // One way: A's packets are lost, so B says Down for ever; A alternates between Down and Init.
    for (const state of BFD_STATES) {
      let a: BfdState = state;
      for (let n = 0; n < 6; n++) a = step(a, 'hears Down');
      assert.notEqual(a, 'Up');
    }
  });
});

describe('the table', () => {
  test('every row is reached, has a clause, and no two rows fit', () => {
    for (const row of BFD_TRANSITIONS) {
      assert.match(row.clause, /^RFC 5880 6\./);
      for (const state of row.from) {
        const fitting = BFD_TRANSITIONS.filter(
          (other) => other.event === row.event && other.from.includes(state),
        );
        assert.deepEqual(
          fitting.map(({ id }) => id),
          [row.id],
        );
      }
    }
  });
  test('diagnostics say why a state was left; 0 on the way up', () => {
    for (const { next, diagnostic } of BFD_TRANSITIONS)
      if (next === 'Init' || next === 'Up') assert.equal(diagnostic, 0);
    assert.equal(selectBfdRow(BFD_TRANSITIONS, 'Up', 'expired')?.diagnostic, 1);
    assert.equal(selectBfdRow(BFD_TRANSITIONS, 'Up', 'hears Down')?.diagnostic, 3);
    assert.equal(selectBfdRow(BFD_TRANSITIONS, 'Init', 'hears AdminDown')?.diagnostic, 3);
    assert.equal(selectBfdRow(BFD_TRANSITIONS, 'Up', 'disable')?.diagnostic, 7);
  });
});
