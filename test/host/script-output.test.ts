/** How fast the output of a script is read. */
import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { test } from 'node:test';
import { FAST_SCRIPT_OUTPUT } from '../../src/base/limits.js';
import type { Poller } from '../../src/host/linux/poller.js';
import { ScriptOutput } from '../../src/host/script-output.js';

test('who writes much is read slowly', () => {
  const pauses: boolean[] = [];
  let readable = (): void => {};
  const poller = {
    add: (_fd: number, ready: () => void) => {
      readable = ready;
      return { pause: (paused: boolean) => pauses.push(paused), remove: () => {} };
    },
  };
  const output = new ScriptOutput(poller as unknown as Poller, undefined);
  const chunk = Buffer.alloc(32 * 1024);
  const send = (): void => {
    writeSync(output.writeEnd, chunk);
    readable();
  };
  for (let sent = chunk.length; sent < FAST_SCRIPT_OUTPUT; sent += chunk.length) send();
  assert.deepEqual(pauses, []);
  send();
  assert.deepEqual(pauses, [true]);
  output.close();
});
