/** Log outlets: what reaches syslog and files, and that a full pipe, a stopped terminal or no reader block nothing. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { fstatSync, mkdtempSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAX_LOG_QUEUE } from '../../src/base/limits.js';
import {
  AF_UNIX,
  MSG_DONTWAIT,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDONLY,
  SOCK_DGRAM,
} from '../../src/host/linux/constants.js';
import { required } from '../../src/host/linux/errno.js';
import { closeFd, openPipe, openSocket, scratch } from '../../src/host/linux/fd.js';
import { allocateArena, bindSocket, open, read, recv } from '../../src/host/linux/libc.js';
import { notifySocket } from '../../src/host/linux/unix-datagram.js';
import { isJournalStream, openConsole, openLogFile, openSyslog, syslogLine } from '../../src/host/logs.js';
import { until } from './rig.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-logs-'));
after(() => rmSync(folder, { recursive: true }));
const area = allocateArena(64 * 1024);

/** A datagram socket as syslogd has it. */
function listen(path: string): { next(): string | undefined; close(): void } {
  const fd = required(openSocket(AF_UNIX, SOCK_DGRAM, 0), 'socket');
  const name = Buffer.from(path);
  scratch.bytes.fill(0, 0, 110);
  scratch.view.setUint16(0, AF_UNIX, true);
  scratch.bytes.set(name, 2);
  required(bindSocket(fd, scratch.address, 2 + name.length + 1), 'bind');
  return {
    next: () => {
      const size = recv(fd, area.address, 64 * 1024, MSG_DONTWAIT);
      return size < 0 ? undefined : Buffer.from(area.bytes.subarray(0, size)).toString('utf8');
    },
    close: () => {
      closeFd(fd);
      unlinkSync(path);
    },
  };
}

test('a syslog line is what the C library writes', () => {
  const line = syslogLine({
    facility: 'local3',
    level: 'warning',
    ident: 'Keepalived_vrrp',
    pid: 42,
    date: new Date(2026, 2, 7, 4, 5, 6),
    text: '(VI_1) Entering\nMASTER STATE',
  });
  assert.equal(line, '<156>Mar  7 04:05:06 Keepalived_vrrp[42]: (VI_1) Entering MASTER STATE');
  const daemon = {
    facility: 'daemon',
    level: 'info',
    ident: 'a',
    pid: 1,
    date: new Date(),
    text: '',
  } as const;
  assert.match(syslogLine(daemon), /^<30>/);
  assert.match(syslogLine({ ...daemon, facility: 'user', level: 'error' }), /^<11>/);
});

test('lines reach a syslog socket, wait while it is away, and come in order when it is back', async () => {
  const path = join(folder, 'log');
  const outlet = openSyslog(path);
  outlet.write('one');
  const first = listen(path);
  let got: string | undefined;
  await until('one', () => {
    got = first.next();
    return got !== undefined;
  });
  assert.equal(got, 'one');
  first.close();
  outlet.write('two');
  outlet.write('three');
  const second = listen(path);
  const lines: string[] = [];
  await until('the rest', () => {
    const line = second.next();
    if (line !== undefined) lines.push(line);
    return lines.length === 2;
  });
  assert.deepEqual(lines, ['two', 'three']);
  assert.equal(outlet.dropped, 0);
  await outlet.close();
  second.close();
});

test('a syslog that takes nothing costs lines, not time; what was dropped is counted and said', async () => {
  const path = join(folder, 'slow');
  const reader = listen(path);
  const outlet = openSyslog(path);
  const lines: string[] = [];
  // Nobody reads: the kernel's queue of datagrams fills, then ours, then lines are dropped.
  const total = MAX_LOG_QUEUE + 2000;
  for (let i = 0; i < total; i++) outlet.write(`line ${i}`);
  assert.ok(outlet.dropped > 0);
  const dropped = outlet.dropped;
  await until('all that was kept', () => {
    for (let line = reader.next(); line !== undefined; line = reader.next()) lines.push(line);
    return lines.some((line) => line.includes('were dropped'));
  });
  assert.equal(lines.length - 1, total - dropped);
  assert.match(lines.at(-1) ?? '', new RegExp(`^${dropped} log lines were dropped here`));
  await outlet.close();
  reader.close();
});

test('a full pipe blocks nothing; its reader gets whole lines in order, and how many are missing', async () => {
  const { readEnd, writeEnd } = openPipe();
  const outlet = openConsole(writeEnd);
  const total = 3 * MAX_LOG_QUEUE;
  for (let i = 0; i < total; i++) outlet.write(`line ${i} ${'x'.repeat(40)}`);
  assert.ok(outlet.dropped > 0);
  const reader = required(open(`/proc/self/fd/${readEnd}`, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0), 'open');
  let text = '';
  await until('the end', () => {
    const size = read(reader, area.address, 64 * 1024);
    text += Buffer.from(area.bytes.subarray(0, Math.max(size, 0))).toString('utf8');
    return text.includes('were dropped here');
  });
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.length - 1, total - outlet.dropped);
  for (const [i, line] of lines.slice(0, -1).entries()) assert.equal(line, `line ${i} ${'x'.repeat(40)}`);
  await outlet.close();
  for (const fd of [reader, readEnd, writeEnd]) closeFd(fd);
});

test("a stream is the journal's where systemd says so of this very file", () => {
  const { dev, ino } = fstatSync(2, { bigint: true });
  assert.ok(isJournalStream(2, { JOURNAL_STREAM: `${dev}:${ino}` }));
  // It may have been redirected since, or closed.
  for (const [fd, stream] of [
    [2, `${dev}:${ino + 1n}`],
    [2, ''],
    [9999, `${dev}:${ino}`],
  ] as const)
    assert.ok(!isJournalStream(fd, { JOURNAL_STREAM: stream }));
  assert.ok(!isJournalStream(2, {}));
});

test('a reader that is gone is no error', async () => {
  const { readEnd, writeEnd } = openPipe();
  const outlet = openConsole(writeEnd);
  closeFd(readEnd);
  outlet.write('into the void');
  await outlet.close();
  closeFd(writeEnd);
});

const noScript = spawnSync('script', ['--version']).status === 0 ? false : 'script(1) is not installed';
test('a stopped terminal does not stop the loop', { skip: noScript }, async () => {
  // script(1) gives the child a terminal; its output stays unread, as after ^S, because we do not read it.
  const ticks = join(folder, 'ticks');
  const child = spawn(
    'script',
    [
      '-qec',
      `${process.execPath} ${fileURLToPath(new URL('./chatterbox.js', import.meta.url))} ${ticks}`,
      '/dev/null',
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  child.stdout?.pause();
  await until('it ran on and ended', () => {
    try {
      return readFileSync(ticks, 'utf8').includes('done');
    } catch {
      return false;
    }
  });
  const [, dropped] = /done dropped (\d+)/.exec(readFileSync(ticks, 'utf8')) ?? [];
  assert.ok(Number(dropped) > 0);
  child.kill('SIGKILL');
});

test('a log file is appended to, at once many lines', async () => {
  const path = join(folder, 'file');
  const opened = openLogFile(path);
  assert.ok(opened.ok);
  for (let i = 0; i < 1000; i++) opened.value.write(`line ${i}`);
  await opened.value.close();
  const again = openLogFile(path);
  assert.ok(again.ok);
  again.value.write('more');
  await again.value.close();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 1001);
  assert.equal(lines.at(-1), 'more');
  assert.equal(lines[999], 'line 999');
  assert.equal(again.value.dropped + opened.value.dropped, 0);
});

test('a log file that cannot be opened is a reason', () => {
  const opened = openLogFile(join(folder, 'no', 'file'));
  assert.ok(!opened.ok);
  assert.equal(opened.error.code, 'ENOENT');
  assert.match(opened.error.message, /^opening the log file .*no\/file: no such file or directory$/);
});

test('a notification is one datagram, or an errno', () => {
  const path = join(folder, 'notify');
  assert.equal(notifySocket(path, 'READY=1\n'), -2);
  const reader = listen(path);
  assert.equal(notifySocket(path, 'READY=1\n'), 8);
  assert.equal(reader.next(), 'READY=1\n');
  reader.close();
  assert.equal(notifySocket('x'.repeat(200), ''), -22);
});
