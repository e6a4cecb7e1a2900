/** Tracked files: every way in which a file comes, changes and goes, and no half-written value in between. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { MAX_FILE_THREAD_RESTARTS, MAX_TRACK_FILE_BYTES } from '../../src/base/limits.js';
import type { Input } from '../../src/core/inputs.js';
import { FileWatch } from '../../src/host/file-watch.js';
import { Files } from '../../src/host/files.js';
import { IN_CLOEXEC, IN_NONBLOCK } from '../../src/host/linux/constants.js';
import { closeFd } from '../../src/host/linux/fd.js';
import { inotifyInit } from '../../src/host/linux/libc.js';
import { Poller } from '../../src/host/linux/poller.js';
import { type Of, until } from './rig.js';

const root = mkdtempSync(join(tmpdir(), 'holdfast-files-'));
const inputs: Of<'file-content'>[] = [];
const lines: string[] = [];
const poller = new Poller();
poller.onWake(() => poller.poll());
const files = new Files(
  poller,
  (input: Input) => {
    if (input.kind === 'file-content') inputs.push(input);
  },
  (text) => lines.push(text),
);
after(() => {
  files.close();
  poller.close();
  rmSync(root, { recursive: true, force: true });
});

let count = 0;
const folder = (): string => {
  count += 1;
  const path = join(root, `folder-${count}`);
  mkdirSync(path);
  return path;
};
const of = (tracker: string) => inputs.filter((input) => input.tracker === tracker);
const last = (tracker: string) => of(tracker).at(-1);
const content = (tracker: string, wanted: string): Promise<void> =>
  until(`${tracker} = ${wanted}`, () => last(tracker)?.content === wanted);
const missing = (tracker: string): Promise<void> =>
  until(`${tracker} missing`, () => last(tracker)?.error?.code === 'ENOENT');

test('a file is read at once and after each writing', async () => {
  const path = join(folder(), 'a');
  writeFileSync(path, '5\n');
  files.watch('write', path);
  await content('write', '5\n');
  writeFileSync(path, '6\n');
  await content('write', '6\n');
  appendFileSync(path, '7\n');
  await content('write', '6\n7\n');
});

test('deleted, created again, replaced by renaming, moved away', async () => {
  const home = folder();
  const path = join(home, 'a');
  files.watch('life', path);
  await missing('life');
  writeFileSync(path, '1');
  await content('life', '1');
  unlinkSync(path);
  await missing('life');
  writeFileSync(join(home, 'new'), '2');
  renameSync(join(home, 'new'), path);
  await content('life', '2');
  renameSync(path, join(home, 'old'));
  await missing('life');
});

test('a folder that appears later, several levels deep, also under a symbolic link', async () => {
  const home = folder();
  const path = join(home, 'run', 'x', 'y', 'file');
  files.watch('later', path);
  await missing('later');
  mkdirSync(join(home, 'real'));
  symlinkSync('real', join(home, 'run'));
  mkdirSync(join(home, 'run', 'x', 'y'), { recursive: true });
  writeFileSync(path, '3');
  await content('later', '3');
  // And again slowly, each level awaited: the watch goes down step by step.
  rmSync(join(home, 'real', 'x'), { recursive: true });
  await missing('later');
  mkdirSync(join(home, 'real', 'x'));
  await new Promise((next) => setTimeout(next, 20));
  mkdirSync(join(home, 'real', 'x', 'y'));
  await new Promise((next) => setTimeout(next, 20));
  writeFileSync(path, '4');
  await content('later', '4');
});

test('a folder that is moved away, also above, and one that takes its place', async () => {
  const home = folder();
  mkdirSync(join(home, 'a', 'b'), { recursive: true });
  const path = join(home, 'a', 'b', 'file');
  writeFileSync(path, '1');
  files.watch('moved', path);
  await content('moved', '1');
  renameSync(join(home, 'a'), join(home, 'away'));
  await missing('moved');
  mkdirSync(join(home, 'next', 'b'), { recursive: true });
  writeFileSync(join(home, 'next', 'b', 'file'), '2');
  renameSync(join(home, 'next'), join(home, 'a'));
  await content('moved', '2');
  // What happens where it was moved to is not ours any more.
  writeFileSync(join(home, 'away', 'b', 'file'), '9');
  writeFileSync(path, '3');
  await content('moved', '3');
  assert.equal(
    of('moved').some((input) => input.content === '9'),
    false,
  );
});

test('a file caught between truncation and writing does not dip', async () => {
  const path = join(folder(), 'a');
  writeFileSync(path, '100');
  files.watch('dip', path);
  await content('dip', '100');
  for (let value = 200; ; value++) {
    const before = of('dip').length;
    const began = performance.now();
    // One writer's close makes us read while the next one has emptied the file.
    const first = openSync(path, 'r+');
    truncateSync(path);
    const second = openSync(path, 'w');
    closeSync(first);
    await new Promise((next) => setTimeout(next, 5));
    writeSync(second, `${value}`);
    closeSync(second);
    const took = performance.now() - began;
    await content('dip', `${value}`);
    // A writer gets 20 ms. Where we took longer ourselves, we try again.
    if (took > 15) continue;
    const seen = of('dip').slice(before);
    assert.equal(
      seen.some((input) => input.content === ''),
      false,
    );
    break;
  }
  truncateSync(path);
  closeSync(openSync(path, 'a'));
  await content('dip', '');
});

test('writing is not reading: nothing is read before the writer closes', async () => {
  const path = join(folder(), 'a');
  files.watch('closing', path);
  await missing('closing');
  const fd = openSync(path, 'w');
  writeSync(fd, '12');
  await new Promise((next) => setTimeout(next, 30));
  assert.equal(of('closing').length, 1);
  writeSync(fd, '34');
  closeSync(fd);
  await content('closing', '1234');
});

test('only the beginning is read; bytes come as latin1', async () => {
  const path = join(folder(), 'a');
  writeFileSync(path, Buffer.concat([Buffer.from([0xff, 0x00, 0x31]), Buffer.alloc(1024 * 1024, '7')]));
  files.watch('long', path);
  await until('content', () => last('long') !== undefined);
  const text = last('long')?.content ?? '';
  assert.equal(text.length, MAX_TRACK_FILE_BYTES);
  assert.equal(text.slice(0, 4), '\u00ff\u0000\u0031\u0037');
});

test('what is no file says so', async () => {
  const home = folder();
  files.watch('folder', home);
  await until('an answer', () => last('folder') !== undefined);
  assert.deepEqual(last('folder')?.error, {
    code: 'EISDIR',
    message: `reading ${home}: it is a directory; name a file in it`,
  });
  execFileSync('mkfifo', [join(home, 'fifo')]);
  files.watch('fifo', join(home, 'fifo'));
  await content('fifo', '');
});

test('many writers, many trackers of one file: the last value wins everywhere', async () => {
  const path = join(folder(), 'a');
  for (const name of ['m1', 'm2', 'm3']) files.watch(name, path);
  for (let i = 0; i <= 200; i++) writeFileSync(path, String(i));
  for (const name of ['m1', 'm2', 'm3']) await content(name, '200');
});

test('what overflowed the queue of the kernel is read anew', () => {
  const home = folder();
  const path = join(home, 'a');
  writeFileSync(path, '1');
  const inotify = inotifyInit(IN_NONBLOCK | IN_CLOEXEC);
  const heard: unknown[] = [];
  const watch = new FileWatch(
    inotify,
    ({ content: found }) => heard.push(found),
    () => {},
  );
  watch.watch('full', path);
  const most = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'latin1'));
  // Of two names in turn, for the kernel joins what is the same as the last.
  for (let n = 0; n <= most; n += 1) writeFileSync(join(home, n % 2 === 0 ? 'b' : 'c'), '');
  writeFileSync(path, '2');
  for (let more = true; more; ) more = watch.readable();
  assert.deepEqual(heard, ['1', '2']);
  watch.unwatch('full');
  closeFd(inotify);
});

test('a thread that ends is replaced, and the files are followed on; again and again it rests, and goes on', async () => {
  const path = join(folder(), 'a');
  writeFileSync(path, '1');
  const threads: Worker[] = [];
  process.on('worker', (thread: Worker) => threads.push(thread));
  const [heard, said]: [string[], string[]] = [[], []];
  const own = new Files(
    poller,
    (input: Input) => input.kind === 'file-content' && heard.push(input.content ?? 'none'),
    (text) => said.push(text),
    300,
  );
  own.watch('mortal', path);
  await until('the first content', () => heard.at(-1) === '1');
  const fail = async (): Promise<void> => {
    // A new one is told of a moment after its making.
    await new Promise((next) => setImmediate(next));
    const thread = threads.at(-1);
    thread?.emit('error', new Error('a test'));
    await thread?.terminate();
  };
  await fail();
  assert.match(said[0] ?? '', /^the thread that follows files has ended \(a test\) and is started again$/);
  writeFileSync(path, '2');
  await until('the content after that', () => heard.at(-1) === '2');
  // What one does counts: only without anything done between it rests.
  const givenUp = (): boolean => said.at(-1)?.includes('not followed just now') === true;
  for (let time = 0; time <= MAX_FILE_THREAD_RESTARTS && !givenUp(); time += 1) await fail();
  assert.match(
    said.at(-1) ?? '',
    /not followed just now, their last values stay: .* \(a test\); it is tried again in 0.3 s$/,
  );
  writeFileSync(path, '3');
  await until('the content after a rest', () => heard.at(-1) === '3');
  assert.ok(threads.length > MAX_FILE_THREAD_RESTARTS);
  own.close();
});

test('after unwatching nothing comes, and others in the same folder still hear', async () => {
  const home = folder();
  files.watch('left', join(home, 'a'));
  files.watch('stays', join(home, 'b'));
  await missing('left');
  files.unwatch('left');
  const before = of('left').length;
  writeFileSync(join(home, 'a'), '1');
  writeFileSync(join(home, 'b'), '2');
  await content('stays', '2');
  assert.equal(of('left').length, before);
});

test('init_file makes what is missing, leaves what is there, and replaces it only when told to', async () => {
  const home = folder();
  const path = (name: string): string => join(home, name);
  files.watch('made', path('made'), { value: 5, overwrite: false });
  await content('made', '5\n');
  writeFileSync(path('kept'), '7');
  files.watch('kept', path('kept'), { value: 5, overwrite: false });
  await content('kept', '7');
  writeFileSync(path('replaced'), '7');
  files.watch('replaced', path('replaced'), { value: -5, overwrite: true });
  await content('replaced', '-5\n');
});

test('init_file does not write through a link, says what it could not make, and watches all the same', async () => {
  const home = folder();
  const target = join(home, 'target');
  writeFileSync(target, 'precious');
  symlinkSync(target, join(home, 'link'));
  files.watch('link', join(home, 'link'), { value: 1, overwrite: true });
  await content('link', 'precious');
  const far = join(home, 'none', 'file');
  files.watch('far', far, { value: 1, overwrite: false });
  await missing('far');
  assert.ok(lines.some((text) => text.includes(`init_file: `) && text.includes(`make ${far} by hand`)));
});
