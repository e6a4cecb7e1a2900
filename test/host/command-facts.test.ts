/** Who could change what root runs: each part of the path, and of the paths behind links. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { commandFacts, whoCouldChange } from '../../src/host/command-facts.js';

const base = mkdtempSync(join(tmpdir(), 'holdfast-command-'));
after(() => rmSync(base, { recursive: true, force: true }));

describe('commands', {
  skip: process.getuid?.() === 0 ? false : 'files that belong to root need root',
}, () => {
  const folder = join(base, 'safe');
  mkdirSync(folder);
  const program = join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });

  test('safe, also below the sticky /tmp', () => assert.equal(whoCouldChange(program), undefined));

  test('a file that everybody may write', () => {
    chmodSync(program, 0o777);
    assert.match(whoCouldChange(program) ?? '', /program may be written by everybody/);
    chmodSync(program, 0o755);
  });

  test('a folder of another user', () => {
    chownSync(folder, 65534, 65534);
    assert.match(whoCouldChange(program) ?? '', /safe belongs to user 65534/);
    chownSync(folder, 0, 0);
  });

  test('a group that is not root', () => {
    chownSync(program, 0, 65534);
    chmodSync(program, 0o775);
    assert.match(whoCouldChange(program) ?? '', /may be written by group 65534/);
    chownSync(program, 0, 0);
    assert.equal(whoCouldChange(program), undefined);
  });

  test('behind a link', () => {
    const link = join(base, 'link');
    symlinkSync('safe/program', link);
    assert.equal(whoCouldChange(link), undefined);
    chmodSync(folder, 0o777);
    assert.match(whoCouldChange(link) ?? '', /safe may be written by everybody/);
    chmodSync(folder, 0o755);
  });

  test('links in a circle end', () => {
    symlinkSync('b', join(base, 'a'));
    symlinkSync('a', join(base, 'b'));
    assert.equal(whoCouldChange(join(base, 'a')), undefined);
  });

  test('what a command meets', () => {
    assert.deepEqual(commandFacts({ argv: [program] }), {});
    assert.match(commandFacts({ argv: [join(base, 'none')] }).program ?? '', /does not exist/);
    assert.match(
      commandFacts({ argv: [program], user: 'nobody-of-that-name' }).identity ?? '',
      /not in \/etc\/passwd/,
    );
  });
});
