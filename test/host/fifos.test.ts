/** Notify FIFOs as real ones: who reads late, slowly or not at all, what may not be used, and how they end. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MAX_FIFO_LINES } from '../../src/base/limits.js';
import type { HostEffect } from '../../src/ports/ports.js';
import { Rig, rootMissing, until } from './rig.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-fifos-'));
chmodSync(folder, 0o755);
const readers: ChildProcess[] = [];
after(() => {
  for (const reader of readers) reader.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

let count = 0;
const fresh = (): string => join(folder, `fifo-${++count}`);
const open = (path: string, more: object = {}): HostEffect => ({
  kind: 'open-fifo',
  fifo: 'all',
  settings: { path, ...more },
});
const write = (line: string): HostEffect => ({ kind: 'write-fifo', fifo: 'all', line: `${line}\n` });
const isFifo = (path: string): boolean => existsSync(path) && statSync(path).isFIFO();

/** Everything that `cat` has read from it so far. */
function reader(path: string): { readonly text: () => string } {
  const child = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'ignore'] });
  readers.push(child);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  return { text: () => text };
}

test('it is made, and a reader that comes late reads what was written before', async () => {
  const rig = Rig.create();
  const path = fresh();
  rig.run(open(path), write('INSTANCE "a" MASTER 1'));
  await until('the FIFO is there', () => isFifo(path));
  rig.run(write('INSTANCE "b" MASTER 2'));
  const cat = reader(path);
  await until('both lines are read', () => cat.text() === 'INSTANCE "a" MASTER 1\nINSTANCE "b" MASTER 2\n');
  reader(path);
  await until('a reader that comes when it is open is noticed', () => rig.of('fifo-reader').length > 0);
  assert.deepEqual(rig.of('fifo-reader')[0], { kind: 'fifo-reader', fifo: 'all' });
  await rig.host.close();
  assert.ok(!existsSync(path), 'what we made we remove');
});

test('who reads slowly loses the oldest lines, which is said; the newest arrive', async () => {
  const rig = Rig.create();
  const path = fresh();
  rig.run(open(path));
  await until('the FIFO is there', () => isFifo(path));
  const line = 'x'.repeat(199);
  // The kernel keeps 64 KiB: 320 lines of 200 bytes, and perhaps a few less.
  const lines = Array.from({ length: MAX_FIFO_LINES + 500 }, (_, i) => write(`${i} ${line}`));
  rig.run(...lines);
  assert.equal(
    rig.lines.filter((text) => text.includes('the oldest are lost')).length,
    1,
    rig.lines.join('\n'),
  );
  const cat = reader(path);
  await until('the newest line arrives', () => cat.text().includes(`\n${lines.length - 1} `));
  await until('what was lost is said', () =>
    rig.lines.some((text) => /read again: \d+ lines were lost/.test(text)),
  );
  const got = cat
    .text()
    .trimEnd()
    .split('\n')
    .map((text) => Number.parseInt(text, 10))
    .filter((n) => !Number.isNaN(n));
  assert.deepEqual(
    got,
    [...got].sort((a, b) => a - b),
    'in order',
  );
  const lost = Number(/: (\d+) lines/.exec(rig.lines.join('\n'))?.[1]);
  assert.ok(got.length + lost >= lines.length, `${got.length} read, ${lost} lost of ${lines.length}`);
  await rig.host.close();
});

test('a reader that we start gets the path, is started again, and reads the last lines before it goes', async () => {
  const rig = Rig.create();
  const path = fresh();
  const log = join(folder, 'reader-log');
  const script = join(folder, 'reader');
  writeFileSync(
    script,
    `#!/bin/sh\necho "started $1 $2" >>${log}\nif [ ! -e ${log}.once ]; then touch ${log}.once; exit 3; fi\n` +
      `trap 'echo TERM >>${log}; exit 0' TERM\nwhile read -r line; do echo "$line" >>${log}; sleep 0.2; done <"$2"\n`,
  );
  chmodSync(script, 0o755);
  const text = (): string => (existsSync(log) ? readFileSync(log, 'latin1') : '');
  rig.run({ kind: 'open-fifo', fifo: 'all', settings: { path }, script: { argv: [script, 'one'] } });
  await until('it runs for the second time', () => text().split('started').length === 3);
  assert.match(text(), new RegExp(`^started one ${path}$`, 'm'));
  assert.match(rig.lines.join('\n'), /ended with exit code 3; it is started again in 1 s/);
  // It is busy with the one when it is asked to go.
  rig.run(write('INSTANCE "a" FAULT 1'), write('INSTANCE "a" STOP 1'));
  await until('it reads', () => text().includes('FAULT'));
  await rig.host.close();
  assert.match(
    text(),
    /INSTANCE "a" FAULT 1\nINSTANCE "a" STOP 1\nTERM\n$/,
    'the STOP line is read before the reader is told to go',
  );
});

test('it belongs to whom the configuration says', { skip: rootMissing }, async () => {
  const rig = Rig.create();
  const path = fresh();
  rig.run(open(path, { user: 'nobody', group: 'nogroup' }));
  await until('it is given away', () => isFifo(path) && statSync(path).uid === 65534);
  await rig.host.close();
});

test('its mode is 0644 before the umask', async () => {
  const before = process.umask();
  for (const [umask, mode] of [
    [0o022, 0o644],
    [0o177, 0o600],
  ] as const) {
    const path = fresh();
    process.umask(umask);
    const rig = Rig.create();
    rig.run(open(path));
    await until('the FIFO is there', () => isFifo(path));
    process.umask(before);
    assert.equal(statSync(path).mode & 0o777, mode);
    await rig.host.close();
  }
});

test('one that is there already is used and left there', async () => {
  const path = fresh();
  execFileSync('mkfifo', [path]);
  const rig = Rig.create();
  rig.run(open(path), write('INSTANCE "a" MASTER 1'));
  const cat = reader(path);
  await until('the line is read', () => cat.text() !== '');
  await rig.host.close();
  assert.ok(isFifo(path));
});

test('one that belongs to a stranger is refused', { skip: rootMissing }, async () => {
  const path = fresh();
  execFileSync('mkfifo', [path]);
  chownSync(path, 1234, 1234);
  const rig = Rig.create();
  rig.run(open(path), write('INSTANCE "a" MASTER 1'));
  await until('it is said', () =>
    rig.lines.some((line) =>
      /belongs to user 1234, neither to us .*: remove it, or name that user/.test(line),
    ),
  );
  await rig.host.close();
  assert.ok(isFifo(path));
  assert.equal(statSync(path).uid, 1234);
});

for (const [what, make, says] of [
  ['a file', (path: string) => writeFileSync(path, 'text'), /is no named pipe; remove what is there: rm /],
  ['a link', (path: string) => symlinkSync('/dev/null', path), /is a symbolic link/],
  ['a folder', (path: string) => mkdirSync(path), /is no named pipe/],
  [
    'a name in a folder that is missing',
    (path: string) => path,
    /cannot be made: no such file or directory; make its folder/,
  ],
] as const) {
  test(`${what} is refused, and nothing is written there`, async () => {
    const path = what.startsWith('a name') ? join(folder, 'none', 'fifo') : fresh();
    make(path);
    const rig = Rig.create();
    rig.run(open(path), write('INSTANCE "a" MASTER 1'));
    await until('it is said', () => rig.lines.some((line) => says.test(line)));
    rig.run(write('INSTANCE "a" BACKUP 1'));
    if (what === 'a file') assert.equal(readFileSync(path, 'latin1'), 'text');
    await rig.host.close();
    assert.equal(existsSync(path), !what.startsWith('a name'));
  });
}
