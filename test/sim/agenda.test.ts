/** The world's agenda: order by time, ties by planning, cancelled appointments, and time that only goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Agenda } from '../../src/sim/agenda.js';

test('appointments run by time, and in the order of planning where times are equal', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (times) => {
      const agenda = new Agenda();
      const ran: number[] = [];
      for (const [index, at] of times.entries()) agenda.plan(at, () => ran.push(index));
      agenda.runUntil(20);
      const expected = times
        .map((at, index) => ({ at, index }))
        .sort((a, b) => a.at - b.at || a.index - b.index);
      assert.deepEqual(
        ran,
        expected.map(({ index }) => index),
      );
    }),
  );
});

test('what is planned while running comes at its own time, never before now', () => {
  const agenda = new Agenda();
  const seen: number[] = [];
  agenda.plan(10, () => {
    agenda.plan(3, () => seen.push(agenda.now));
    agenda.plan(15, () => seen.push(agenda.now));
  });
  agenda.runUntil(12);
  assert.deepEqual(seen, [10]);
  assert.equal(agenda.now, 12);
  agenda.runUntil(20);
  assert.deepEqual(seen, [10, 15]);
});

test('a cancelled appointment does not run', () => {
  const agenda = new Agenda();
  const entry = agenda.plan(5, () => assert.fail('cancelled'));
  agenda.cancel(entry);
  agenda.runUntil(10);
});
