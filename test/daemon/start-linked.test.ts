/** How one process of ours starts another: real-time signals are ignored in it from its first moment. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { REAL_TIME_REQUESTS, SIGNAL_NUMBERS } from '../../src/daemon/signals.js';

const NUMBERS = REAL_TIME_REQUESTS.map((request) => SIGNAL_NUMBERS[request]);
const MODULE = fileURLToPath(new URL('../../src/daemon/start-linked.js', import.meta.url));

/** The first process starts itself again; that one tells which signals it ignores, and by whom it was started. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { startLinked } from ${JSON.stringify(MODULE)};
if (process.env.HOLDFAST_ROLE === 'worker') {
  const mask = /^SigIgn:\\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))[1];
  process.stdout.write(mask);
} else {
  const child = startLinked('worker', [], 'inherit');
  process.stderr.write(child.spawnfile);
}
`;

for (const [what, trap, starter] of [
  ['who ignores them starts it by itself', NUMBERS, process.execPath],
  ['where one of them is not ignored a shell goes first', NUMBERS.slice(1), '/bin/sh'],
] as const)
  test(what, () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
    try {
      const path = join(folder, 'program.mjs');
      writeFileSync(path, PROGRAM);
      const shell = `trap '' ${trap.join(' ')}; exec "$@" 2>${join(folder, 'starter')}; `;
      const mask = execFileSync('/bin/sh', ['-c', shell, 'sh', process.execPath, path], { encoding: 'utf8' });
      for (const number of NUMBERS)
        assert.equal((BigInt(`0x${mask}`) >> BigInt(number - 1)) & 1n, 1n, `${number} in ${mask}`);
      assert.equal(execFileSync('cat', [join(folder, 'starter')], { encoding: 'utf8' }), starter);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

/** Descriptors are used up before it starts another; what it then meets is said. */
const EXHAUSTED = `
import { openSync } from 'node:fs';
import { linkOf, startLinked } from ${JSON.stringify(MODULE)};
// What is loaded at the first use needs descriptors of its own.
startLinked('worker', [], 'ignore').on('error', () => {}).kill('SIGKILL');
try {
  for (;;) openSync('/dev/null');
} catch {}
const child = startLinked('worker', [], 'inherit');
child.on('error', ({ code }) => console.log(code, linkOf(child)));
`;

test('without free descriptors it is an error of the child, and nothing is thrown', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  try {
    const path = join(folder, 'program.mjs');
    writeFileSync(path, EXHAUSTED);
    const said = execFileSync('/bin/sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, path], {
      encoding: 'utf8',
    });
    assert.equal(said, 'EMFILE undefined\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
