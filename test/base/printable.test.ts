/** Text that others wrote, as one line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorLine } from '../../src/base/printable.js';

test('an error is one line, with where it was thrown and where that was called from', () => {
  const thrown = (): Error => new RangeError('too far');
  const line = errorLine(thrown());
  assert.match(
    line,
    /^RangeError: too far < thrown \(.*printable\.test\.[jt]s:\d+:\d+\) < .*printable\.test\.[jt]s:\d+/,
  );
  assert.doesNotMatch(line, /\n/);
  assert.equal(errorLine('no error'), 'no error');
});
