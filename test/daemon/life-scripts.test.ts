/** startup_script and shutdown_script: waited for, ended when they take too long, and only said when they fail. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { milliseconds, seconds } from '../../src/base/time.js';
import { longestRun, runLifeScript } from '../../src/daemon/life-scripts.js';
import { until } from '../lab/journal.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-life-scripts-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

function isGone(pid: string): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
}

let count = 0;
async function run(text: string, timeout = 20_000): Promise<string[]> {
  const path = join(folder, `script-${++count}`);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  const lines: string[] = [];
  const command = { argv: [path, 'one'] as [string, ...string[]] };
  await runLifeScript('startup_script', command, milliseconds(timeout), (level, line) =>
    lines.push(`${level}: ${line}`),
  );
  return lines;
}

test('it is waited for, with its arguments', async () => {
  const made = join(folder, 'made');
  const lines = await run(`sleep 0.2; echo "$1" >${made}`);
  assert.equal(readFileSync(made, 'latin1'), 'one\n');
  assert.match(lines.at(-1) ?? '', /^info: startup_script has ended$/);
});

test('its failure is said and decides nothing', async () => {
  assert.match((await run('exit 3')).at(-1) ?? '', /^warning: startup_script ended with exit code 3$/);
});

test('at its timeout it gets SIGTERM, and SIGKILL when it stays, its children too', async () => {
  const polite = await run('sleep 60', 50);
  assert.match(polite.at(-1) ?? '', /ended with SIGTERM, 0?\.?\d*.*were too short for it$/);
  const stubborn = await run(`trap '' TERM; sleep 60 & echo $! >${folder}/child; wait; sleep 60`, 50);
  assert.match(stubborn.at(-1) ?? '', /ended with SIGKILL/);
  const child = readFileSync(join(folder, 'child'), 'latin1').trim();
  await until('the child of the script is gone', () => isGone(child));
});

test('one that is not there is said, with the remedy', async () => {
  const lines: string[] = [];
  await runLifeScript('shutdown_script', { argv: [join(folder, 'none')] }, seconds(1), (_level, line) =>
    lines.push(line),
  );
  assert.match(lines[0] ?? '', /^shutdown_script cannot run: .*none does not exist; put the script there/);
  assert.equal(longestRun(seconds(10)), 24_000);
});
