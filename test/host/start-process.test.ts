/** Whatever the kernel refuses a program for, it is an event: nothing is thrown on the loop. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startProcess } from '../../src/host/start-process.js';

for (const [what, program, argv, code] of [
  ['what Node emits', '/nowhere/program', [], 'ENOENT'],
  // Longer than one argument may be (MAX_ARG_STRLEN, 128 KiB); what there is no memory for goes the same way.
  ['what Node throws', '/bin/true', ['x'.repeat(1 << 18)], 'E2BIG'],
] as const)
  test(`${what} is an event of the process`, async () => {
    const [error] = await once(startProcess(program, argv, { stdio: 'ignore' }), 'error');
    assert.equal(error.code, code);
  });

test('what starts is an ordinary child', async () => {
  assert.deepEqual(await once(startProcess('/bin/true', [], { stdio: 'ignore' }), 'exit'), [0, null]);
});
