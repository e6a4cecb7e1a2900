/** Whatever the kernel refuses a program for, it is an event: nothing is thrown on the loop. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startProcess } from '../../src/host/start-process.js';

async function refusal(program: string, argv: readonly string[]): Promise<unknown> {
  const [error] = await once(startProcess(program, argv, { stdio: 'ignore' }), 'error');
  return error.code;
}

test('what Node emits is an event of the process', async () => {
  assert.equal(await refusal('/nowhere/program', []), 'ENOENT');
});

test('what Node throws is one, too', async () => {
  // Longer than one argument may be (MAX_ARG_STRLEN, 128 KiB); what there is no memory for goes the same way.
  assert.equal(await refusal('/bin/true', ['x'.repeat(1 << 18)]), 'E2BIG');
});

test('what starts is an ordinary child', async () => {
  assert.deepEqual(await once(startProcess('/bin/true', [], { stdio: 'ignore' }), 'exit'), [0, null]);
});
