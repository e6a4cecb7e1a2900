/** PID files and their locks (runtime reference section 4), in both directions: we see others, others see us. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { defaultPidFile, PidFile } from '../../src/daemon/pidfile.js';
import { RunDirectory } from '../../src/daemon/run-directory.js';
import { lockFile } from '../../src/host/linux/lock.js';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-pidfile-'));
after(() => rmSync(directory, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(directory, `${count++}.pid`);

function acquired(path: string, pid = process.pid): PidFile {
  const file = PidFile.acquire(path, pid);
  assert.ok(file.ok, file.ok ? '' : file.error.text);
  return file.value;
}
function refused(path: string): { kind: string; text: string } {
  const file = PidFile.acquire(path, process.pid);
  assert.ok(!file.ok, 'the PID file was taken');
  return file.error;
}

/** A process that lives until it is told to end and calls itself `name`. */
async function processNamed(name: string): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', `echo -n ${name} > /proc/self/comm; echo up; read x`]);
  await once(child.stdout, 'data');
  return child;
}

test('the file holds the number, is for everybody to read, and goes with us', () => {
  const path = fresh();
  const before = process.umask(0o177);
  const file = acquired(path);
  process.umask(before);
  assert.equal(readFileSync(path, 'latin1'), `${process.pid}\n`);
  assert.equal(statSync(path).mode & 0o777, 0o644);
  file.remove();
  assert.ok(!existsSync(path));
});

test('a second daemon is told that one is running', () => {
  const path = fresh();
  const file = acquired(path);
  assert.equal(refused(path).kind, 'running');
  assert.match(refused(path).text, /already running/);
  file.remove();
  acquired(path).remove();
});

test('a lock as newer Keepalived holds it is respected, whatever the file says', () => {
  const path = fresh();
  const fd = openSync(path, 'w+');
  assert.ok(lockFile(fd).ok);
  assert.equal(refused(path).kind, 'running');
  closeSync(fd);
  acquired(path).remove();
});

test('our lock is one that newer Keepalived respects: an OFD write lock on the whole file', () => {
  const path = fresh();
  const file = acquired(path);
  const inode = statSync(path).ino;
  const held = readFileSync('/proc/locks', 'latin1')
    .split('\n')
    .filter((line) => line.includes(`:${inode} `));
  assert.equal(held.length, 1);
  assert.match(held[0] ?? '', /OFDLCK ADVISORY +WRITE .* 0 EOF$/);
  file.remove();
});

test('a live keepalived without a lock, as 2.2.7 runs, is respected', async () => {
  const path = fresh();
  const other = await processNamed('keepalived');
  writeFileSync(path, `${other.pid}\n`);
  assert.equal(refused(path).kind, 'running');
  assert.match(refused(path).text, new RegExp(`process ${other.pid}`));
  other.stdin?.end();
  await once(other, 'exit');
  acquired(path).remove();
});

test('the number of a dead daemon that some other program has by now does not stop us', async () => {
  const path = fresh();
  const other = await processNamed('postgres');
  writeFileSync(path, `${other.pid}\n`);
  acquired(path).remove();
  other.stdin?.end();
});

for (const content of ['', 'junk', '-1\n', '0', '99999999999\n', '\0\0\0'])
  test(`what is no number of a process is overwritten: ${JSON.stringify(content)}`, () => {
    const path = fresh();
    writeFileSync(path, content);
    const file = acquired(path);
    assert.equal(readFileSync(path, 'latin1'), `${process.pid}\n`);
    file.remove();
  });

test('a file that somebody else put there meanwhile is left alone', () => {
  const path = fresh();
  const file = acquired(path);
  rmSync(path);
  writeFileSync(path, 'other\n');
  file.remove();
  assert.equal(readFileSync(path, 'latin1'), 'other\n');
});

test('a symbolic link and a missing directory are refused in words', () => {
  const target = fresh();
  const path = fresh();
  symlinkSync(target, path);
  assert.equal(refused(path).kind, 'failed');
  assert.ok(!existsSync(target));
  assert.match(refused(join(directory, 'none', 'x.pid')).text, /cannot be written: ENOENT/);
});

test('default paths are those of Keepalived', () => {
  assert.equal(defaultPidFile('keepalived', undefined, undefined), '/run/keepalived.pid');
  assert.equal(defaultPidFile('vrrp', undefined, undefined), '/run/vrrp.pid');
  assert.equal(defaultPidFile('keepalived', 'ns', undefined), '/run/keepalived/keepalived_ns.pid');
  assert.equal(defaultPidFile('vrrp', 'ns', 'a'), '/run/keepalived/vrrp_ns_a.pid');
});

test('the run directory is private, locked, and cleared of a stale socket only under the lock', () => {
  const path = join(directory, 'run', 'deep');
  const first = RunDirectory.open(path);
  assert.ok(first.ok);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  writeFileSync(first.value.socket, '');
  const second = RunDirectory.open(path);
  assert.ok(!second.ok && second.error.kind === 'running');
  assert.ok(existsSync(first.value.socket), 'the socket of a running daemon was removed');
  closeSync(first.value.lock);
  const third = RunDirectory.open(path);
  assert.ok(third.ok);
  assert.ok(!existsSync(third.value.socket));
  third.value.close();
});

test('run directories that cannot be ours are refused in words', () => {
  const file = fresh();
  writeFileSync(file, '');
  const link = fresh();
  symlinkSync(directory, link);
  for (const path of [file, link, join(directory, 'x'.repeat(120))]) {
    const opened = RunDirectory.open(path);
    assert.ok(!opened.ok && opened.error.kind === 'failed', path);
  }
});
