/** Work that waits for somebody's start: done once, when that is over or when it can wait no longer. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Postponed } from '../../src/daemon/postponed.js';

test('it is done when it is due, or after its time, and then no more', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const work = mock.fn();
  const postponed = new Postponed(work);
  postponed.due();
  assert.equal(work.mock.callCount(), 0, 'nobody has put it off');
  postponed.putOff(100);
  postponed.due();
  assert.equal(work.mock.callCount(), 1);
  t.mock.timers.tick(200);
  assert.equal(work.mock.callCount(), 1);
  postponed.putOff(100);
  t.mock.timers.tick(99);
  assert.equal(work.mock.callCount(), 1);
  t.mock.timers.tick(1);
  assert.equal(work.mock.callCount(), 2);
  postponed.due();
  assert.equal(work.mock.callCount(), 2);
  postponed.putOff(100);
  postponed.cancel();
  t.mock.timers.tick(200);
  postponed.due();
  assert.equal(work.mock.callCount(), 2);
});
