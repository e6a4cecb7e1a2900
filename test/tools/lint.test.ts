// Format, lint and types as tests, so that `npm test` passes all that a change must pass. The rules themselves
// stand in biome.json and tsconfig.json; this file only asks the two tools.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot as root } from './project-root.js';

function outcome(program: string, args: readonly string[]): { status: number | null; said: string } {
  const run = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status: run.status, said: `${run.stdout}${run.stderr}` };
}

test('every file is formatted and free of lint warnings', () => {
  const { status, said } = outcome('@biomejs/biome/bin/biome', [
    'check',
    '--error-on-warnings',
    '--colors=off',
    '.',
  ]);
  assert.equal(status, 0, said);
});

test('the types hold', () => {
  const { status, said } = outcome('typescript/bin/tsc', [
    ...['-p', root, '--noEmit', '--incremental', 'false'],
    ...['--tsBuildInfoFile', 'null', '--pretty', 'false'],
  ]);
  assert.equal(status, 0, said);
});
