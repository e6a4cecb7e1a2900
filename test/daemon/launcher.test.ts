/** bin/holdfast: found through symbolic links, named as it was called, clear when something is missing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../wire/fixtures.js';

/** The root of this build, wherever it lies. */
const build = fileURLToPath(new URL('../../', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'holdfast-launcher-'));
after(() => rmSync(root, { recursive: true, force: true }));

const installed = join(root, 'lib/holdfast');
const links = join(root, 'sbin');
mkdirSync(join(installed, 'bin'), { recursive: true });
mkdirSync(links);
const launcher = join(installed, 'bin/holdfast');
cpSync(join(projectRoot, 'bin/holdfast'), launcher);
chmodSync(launcher, 0o755);
symlinkSync(build, join(installed, 'dist'));
symlinkSync('../lib/holdfast/bin/holdfast', join(links, 'holdfast'));
symlinkSync('holdfast', join(links, 'keepalived'));
symlinkSync(launcher, join(links, 'genhash'));

function call(program: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', cwd: '/' });
  return { status, stdout, stderr };
}

test('by its own path, by a relative link, and by a link to a link', () => {
  assert.match(call(launcher, ['-v']).stderr, /^Holdfast v/);
  assert.match(call(join(links, 'holdfast'), ['-v']).stderr, /^Holdfast v/);
  assert.match(call(join(links, 'keepalived'), ['-v']).stderr, /^Keepalived v\d+\.\d+\.\d+\n/);
});

test('--signum prints to standard output', () => {
  assert.deepEqual(call(launcher, ['--signum=JSON']), { status: 0, stdout: '36\n', stderr: '' });
});

test('arguments arrive as they are', () => {
  const { status, stderr } = call(launcher, ['-t', '-f', '/no such/$(file) "x"']);
  assert.equal(status, 4);
  assert.ok(stderr.includes('/no such/$(file)'), stderr);
});

test('genhash is there under its name, as an option and as a command', () => {
  for (const [program, args] of [
    [join(links, 'genhash'), ['-s', 'localhost', '-u', '/']],
    [launcher, ['--genhash', '-s', 'localhost', '-u', '/']],
    [launcher, ['genhash', '-s', 'localhost', '-u', '/']],
  ] as const) {
    const { status, stderr } = call(program, args);
    assert.equal(status, 1);
    assert.match(stderr, /^server should be an IP, not localhost\nUsage: genhash /);
  }
});

test('every command that help lists can be called', () => {
  const { stdout } = call(launcher, ['help']);
  const names = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name);
  assert.ok(names.length >= 8, stdout);
  for (const name of names.filter((one) => one !== 'help')) {
    const { status, stdout: usage } = call(launcher, [name, '--help']);
    assert.equal(status, 0, name);
    assert.match(usage, new RegExp(`^Usage: holdfast ${name}`));
  }
});

test('where the folder one stands in is gone it works as elsewhere', () => {
  const gone = join(root, 'gone');
  mkdirSync(gone);
  const command = `rmdir "$PWD"; exec "$0" "$@"`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command, launcher, '--signum=JSON'], {
    encoding: 'utf8',
    cwd: gone,
  });
  assert.equal(stdout, '36\n', stderr);
  assert.equal(status, 0);
  mkdirSync(gone);
  const test = spawnSync('sh', ['-c', command, launcher, '-t', '-f', 'x'], { encoding: 'utf8', cwd: gone });
  assert.match(test.stderr, /"\/x" does not exist/);
  assert.equal(test.status, 4);
});

test('output that cannot be written is told in a sentence', () => {
  const { status, stderr } = spawnSync('sh', ['-c', '"$0" completion bash >/dev/full', launcher], {
    encoding: 'utf8',
    cwd: '/',
  });
  assert.match(stderr, /^holdfast: the output cannot be written: ENOSPC.*\n$/);
  assert.equal(status, 1);
});

test('a stray word is taken for a mistyped command', () => {
  const { status, stderr } = call(launcher, ['statsu']);
  assert.equal(status, 1);
  assert.match(stderr, /"statsu" is neither an option nor a command/);
});

test('a bad option is refused with 1 and the way to help', () => {
  const { status, stderr } = call(launcher, ['--no-such']);
  assert.equal(status, 1);
  assert.match(stderr, /no option "--no-such"\nTry "holdfast --help"/);
});

test('without a build it says how to make one', () => {
  const bare = join(root, 'bare');
  mkdirSync(join(bare, 'bin'), { recursive: true });
  cpSync(launcher, join(bare, 'bin/holdfast'));
  const { status, stderr } = call(join(bare, 'bin/holdfast'), []);
  assert.equal(status, 1);
  assert.match(stderr, /npm run build/);
});
