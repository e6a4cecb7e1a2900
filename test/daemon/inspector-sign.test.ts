/** Whether Node's inspector may be open is seen by its socket. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { close, open } from 'node:inspector';
import { test } from 'node:test';
import { inspectorMayBeOpen } from '../../src/daemon/inspector-sign.js';

test('an inspector that is open is seen, and so is that none is', async () => {
  assert.equal(inspectorMayBeOpen(0), false);
  const child = spawn('/bin/cat', { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  try {
    assert.equal(inspectorMayBeOpen(1), false);
    open(0, '127.0.0.1');
    assert.equal(inspectorMayBeOpen(1), true);
  } finally {
    close();
    child.kill();
    await once(child, 'close');
  }
});
