/** Whether Node's inspector may be open is seen by its socket. */
import assert from 'node:assert/strict';
import { close, open } from 'node:inspector';
import { test } from 'node:test';
import { inspectorMayBeOpen } from '../../src/daemon/inspector-sign.js';

test('an inspector that is open is seen, and so is that none is', () => {
  assert.equal(inspectorMayBeOpen(), false);
  open(0, '127.0.0.1');
  try {
    assert.equal(inspectorMayBeOpen(), true);
  } finally {
    close();
  }
});
