/**
 * A story played by an ordinary user, through a user namespace. Run by one, all stories are played that way
 * (lab.test.ts, interop.test.ts); run by root, this file becomes user 65534 for one of them, in a copy that this user may read.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projectRoot } from '../wire/fixtures.js';
import { lookAround, skipBecause } from './needs.js';

const ORDINARY = '65534';
const NEEDED = [
  'package.json',
  'examples',
  'test/fixtures/seeds',
  'node_modules/koffi',
  'node_modules/@koromix',
];
const compiled = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const machine = await lookAround();
const isRoot = process.getuid?.() === 0;
const skipping = isRoot
  ? skipBecause(machine.withoutKeepalived)
  : { skip: 'we are an ordinary user: every story is played that way' };

test('a story of the lab as an ordinary user', skipping, async () => {
  assert.equal(machine.withoutKeepalived, undefined);
  const copy = mkdtempSync(join(tmpdir(), 'holdfast-ordinary-'));
  try {
    chmodSync(copy, 0o755);
    for (const part of [...NEEDED, relative(projectRoot, compiled)]) {
      if (existsSync(join(projectRoot, part)))
        cpSync(join(projectRoot, part), join(copy, part), { recursive: true });
    }
    const alone = join(copy, relative(projectRoot, compiled), 'test/lab/alone.js');
    const { stdout } = await promisify(execFile)(
      'setpriv',
      [
        ...['--reuid', ORDINARY, '--regid', ORDINARY, '--clear-groups', '--'],
        ...[process.execPath, alone, 'the advert carries 249', 'holdfast', 'keepalived'],
      ],
      { cwd: copy, env: { PATH: process.env['PATH'], HOME: copy, CI: process.env['CI'] ?? '' } },
    );
    assert.match(stdout, /as told/);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
