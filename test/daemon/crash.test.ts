/** A broken invariant ends the process with 70, wherever it happens: a swallowed one would leave a mute router. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const libc = new URL('../../src/host/linux/libc.js', import.meta.url).href;

/** Runs a module in a process of its own that ends with 70 on what nobody caught, and with 1 on silence. */
function exitCodeOf(body: string): number | null {
  const source = `
    import { watchOnLoop, watchSignal } from ${JSON.stringify(libc)};
    process.on('uncaughtException', (error) => process.exit(error.message === 'broken' ? 70 : 2));
    const fail = () => { throw new Error('broken'); };
    setTimeout(() => process.exit(1), 20_000);
    ${body}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], { input: 'x', timeout: 30_000 })
    .status;
}

test('a descriptor that wakes the loop', () => {
  // Standard input, on which a byte waits.
  assert.equal(exitCodeOf('watchOnLoop(0, fail);'), 70);
});

test('a real-time signal', () => {
  assert.equal(exitCodeOf(`watchSignal(36, fail); process.kill(process.pid, 36);`), 70);
});
