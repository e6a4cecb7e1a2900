/** Who could change what root runs: each part of the path, and of the paths behind links. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { commandFacts, whoCouldChange } from '../../src/host/command-facts.js';

const base = mkdtempSync(join(tmpdir(), 'holdfast-command-'));
after(() => rmSync(base, { recursive: true, force: true }));

test('a user whom nobody can look up just now is no finding: a reload leaves no check out for that', () => {
  const root = join(base, 'root');
  const facts = () => commandFacts({ argv: ['/bin/true'], user: 'web' }, root);
  mkdirSync(join(root, 'etc/passwd'), { recursive: true });
  assert.equal(facts().identity, undefined);
  rmSync(join(root, 'etc/passwd'), { recursive: true });
  assert.match(facts().identity ?? '', /the user "web" is not in/);
});

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
    assert.match(
      whoCouldChange(program) ?? '',
      /program \(owner 0, group 0, mode 0777\) may be written by everybody.*; mend it: chmod go-w \S+program$/,
    );
    chmodSync(program, 0o755);
  });

  test('a folder of another user', () => {
    chownSync(folder, 65534, 65534);
    assert.match(
      whoCouldChange(program) ?? '',
      /safe \(owner 65534, group 65534, mode 0755\) belongs to user 65534.*; mend it: chown root \S+safe$/,
    );
    chownSync(folder, 0, 0);
  });

  test('a group that is not root', () => {
    chownSync(program, 0, 65534);
    chmodSync(program, 0o775);
    assert.match(whoCouldChange(program) ?? '', /may be written by group 65534.*; mend it: chmod g-w /);
    chownSync(program, 65534, 0);
    assert.match(whoCouldChange(program) ?? '', /belongs to user 65534,.*; mend it: chown root \S+program$/);
    chmodSync(program, 0o777);
    assert.match(
      whoCouldChange(program) ?? '',
      /belongs to user 65534 and may be written by everybody,.*; mend it: chown root \S+program && chmod go-w \S+program$/,
    );
    chmodSync(program, 0o755);
    chownSync(program, 0, 0);
    assert.equal(whoCouldChange(program), undefined);
  });

  test('behind a link', () => {
    const link = join(base, 'link');
    symlinkSync('safe/program', link);
    assert.equal(whoCouldChange(link), undefined);
    chmodSync(folder, 0o777);
    assert.match(whoCouldChange(link) ?? '', /safe \(.*\) may be written by everybody/);
    chmodSync(folder, 0o755);
  });

  test('links in a circle end', () => {
    symlinkSync('b', join(base, 'a'));
    symlinkSync('a', join(base, 'b'));
    assert.equal(whoCouldChange(join(base, 'a')), undefined);
  });

  test('what a command meets', () => {
    assert.deepEqual(commandFacts({ argv: [program], user: 'root' }), {});
    assert.match(commandFacts({ argv: [join(base, 'none')] }).program ?? '', /does not exist/);
    assert.match(
      commandFacts({ argv: [program], user: 'nobody-of-that-name' }).identity ?? '',
      /not in \/etc\/passwd/,
    );
  });

  test('nobody named, and no user for scripts: it would run as the daemon', () => {
    assert.deepEqual(commandFacts({ argv: [program] }), { asOurselves: true });
  });

  test('a program that its user may not start, or whose folder is closed to them', () => {
    chmodSync(folder, 0o755);
    chmodSync(base, 0o755);
    chmodSync(program, 0o700);
    const facts = (): string => commandFacts({ argv: [program], user: 'nobody' }).program ?? '';
    assert.match(
      facts(),
      /program \(owner 0, group 0, mode 0700\) may not be executed by nobody; mend it: chmod a\+rx/,
    );
    chmodSync(program, 0o755);
    assert.equal(facts(), '');
    chmodSync(folder, 0o700);
    assert.match(facts(), /safe \(.*\) may not be entered by nobody; mend it: chmod a\+x/);
    chmodSync(folder, 0o755);
  });

  test('a program with the rights of root is looked at whoever starts it', () => {
    chmodSync(program, 0o4757);
    assert.match(
      commandFacts({ argv: [program], user: 'nobody' }).unsafe ?? '',
      /may be written by everybody/,
    );
    chmodSync(program, 0o757);
    assert.equal(commandFacts({ argv: [program], user: 'nobody' }).unsafe, undefined);
    chmodSync(program, 0o755);
  });
});
