/** Work that waits for somebody's start: done once, when that is over or when it can wait no longer. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Postponed } from '../../src/daemon/postponed.js';

test('it is done after its time, or soon after it was hastened, and then no more', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const work = mock.fn();
  const postponed = new Postponed(work);
  const doneAfter = (milliseconds: number): number => {
    t.mock.timers.tick(milliseconds);
    return work.mock.callCount();
  };
  postponed.hasten(10);
  assert.equal(doneAfter(20), 0, 'nobody has put it off');
  postponed.putOff(100);
  assert.equal(doneAfter(99), 0);
  assert.equal(doneAfter(1), 1);
  postponed.hasten(10);
  assert.equal(doneAfter(20), 1);
  postponed.putOff(100);
  postponed.hasten(10);
  assert.equal(doneAfter(9), 1);
  assert.equal(doneAfter(1), 2);
  assert.equal(doneAfter(200), 2);
  postponed.putOff(100);
  postponed.cancel();
  postponed.hasten(10);
  assert.equal(doneAfter(200), 2);
});
