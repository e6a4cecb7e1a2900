/** The floor of the host: errors, clocks, timer, poller, locks, real-time signals, namespaces, socket filters. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { after as later, milliseconds } from '../../src/base/time.js';
import { hostWordFilter, virtualRouterFilter } from '../../src/host/linux/bpf.js';
import { monotonicNow, readMoment } from '../../src/host/linux/clock.js';
import { entropy } from '../../src/host/linux/entropy.js';
import { errnoSymbol, errnoText, failureOf, required, SystemError } from '../../src/host/linux/errno.js';
import { closeFd, openPipe } from '../../src/host/linux/fd.js';
import { allocateArena, close, layouts, open, read, write } from '../../src/host/linux/libc.js';
import { lockFile } from '../../src/host/linux/lock.js';
import { enterNetworkNamespace } from '../../src/host/linux/namespace.js';
import { Poller } from '../../src/host/linux/poller.js';
import {
  onRealTimeSignal,
  SIGNAL_DEADLINES,
  SIGNAL_JSON,
  SIGNAL_STATS_CLEAR,
} from '../../src/host/linux/signals.js';
import { Timer } from '../../src/host/linux/timer.js';
import { until } from './rig.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-linux-'));
after(() => rmSync(folder, { recursive: true }));
const area = allocateArena(64);

test('a failing call returns its errno, whatever is called in between', () => {
  const closed = close(-1);
  open('/nowhere/at/all', 0, 0);
  assert.equal(closed, -9);
  assert.equal(open('/nowhere/at/all', 0, 0), -2);
});

test('errors have their symbol and a sentence', () => {
  assert.equal(errnoSymbol(-11), 'EAGAIN');
  assert.equal(errnoSymbol(95), 'EOPNOTSUPP');
  assert.equal(errnoSymbol(105), 'ENOBUFS');
  assert.equal(errnoSymbol(4711), 'E4711');
  assert.match(errnoText(1), /run as root/);
  assert.deepEqual(failureOf(-19, 'binding'), {
    code: 'ENODEV',
    message: 'binding: there is no such device',
  });
  assert.throws(() => required(-19, 'x'), SystemError);
  assert.equal(required(3, 'x'), 3);
});

test('who is watched after four thousand million others is told apart and woken as well', () => {
  const poller = new Poller(2 ** 32 - 1);
  const taken: string[] = [];
  const watches = ['first', 'second', 'third'].map((name) => {
    const { readEnd: end, writeEnd: other } = openPipe();
    write(other, area.address, 1);
    return { end, other, watch: poller.add(end, () => taken.push(name)) };
  });
  poller.poll();
  assert.deepEqual(taken.sort(), ['first', 'second', 'third']);
  for (const { end, other, watch } of watches) {
    watch.remove();
    closeFd(end);
    closeFd(other);
  }
  poller.close();
});

test('what patient descriptors have waits for the next poll while the poller rests, and wakes otherwise', async () => {
  const poller = new Poller();
  const { readEnd, writeEnd } = openPipe();
  let [woken, taken] = [0, 0];
  poller.onWake(() => {
    woken++;
    poller.poll();
  });
  const watch = poller.addPatient(readEnd, () => {
    taken += read(readEnd, area.address, 1);
  });
  // By then everything that is ready has woken whoever it wakes.
  const rounds = async (): Promise<void> => {
    for (let n = 0; n < 20; n++) await new Promise((next) => setImmediate(next));
  };
  poller.rest(true);
  write(writeEnd, area.address, 1);
  await rounds();
  assert.deepEqual([woken, taken], [0, 0]);
  poller.poll();
  assert.deepEqual([woken, taken], [0, 1]);
  write(writeEnd, area.address, 1);
  poller.rest(false);
  await until('it wakes', () => taken === 2);
  assert.ok(woken > 0);
  watch.remove();
  write(writeEnd, area.address, 1);
  await rounds();
  poller.poll();
  assert.equal(taken, 2);
  poller.close();
  for (const fd of [readEnd, writeEnd]) closeFd(fd);
});

test('structures have the kernel sizes', () => {
  assert.equal(layouts.epollEvent.size, process.arch === 'x64' ? 12 : 16);
  assert.equal(layouts.epollEvent.at.data, process.arch === 'x64' ? 4 : 8);
  assert.equal(layouts.msghdr.size, 56);
  assert.equal(layouts.flock.size, 32);
  assert.equal(layouts.sockFprog.size, 16);
});

test('both clocks, in microseconds', () => {
  const before = process.hrtime.bigint() / 1000n;
  const earliest = Date.now();
  const { now, wall } = readMoment();
  const latest = Date.now();
  const behind = process.hrtime.bigint() / 1000n;
  assert.ok(BigInt(now) >= before && BigInt(now) <= behind);
  // Date.now() is in whole milliseconds.
  assert.ok(wall / 1000 > earliest - 2 && wall / 1000 < latest + 2, `${earliest} <= ${wall} us <= ${latest}`);
});

test('the timer wakes not before its instant, and only the last one counts', async () => {
  const poller = new Poller();
  const timer = new Timer(poller);
  let woken: number | undefined;
  poller.onWake(() => {
    poller.poll();
    woken = monotonicNow();
  });
  const early = later(monotonicNow(), milliseconds(5));
  const deadline = later(monotonicNow(), milliseconds(30));
  timer.arm(early);
  timer.arm(deadline);
  await until('the timer', () => woken !== undefined);
  assert.ok((woken ?? 0) >= deadline);
  // Once: it does not wake again until it is armed anew, for an instant in the past too.
  woken = undefined;
  timer.arm(deadline);
  await until('the timer again', () => woken !== undefined);
  woken = undefined;
  timer.arm(later(monotonicNow(), milliseconds(10)));
  timer.arm(undefined);
  await new Promise((next) => setTimeout(next, 30));
  assert.equal(woken, undefined);
  timer.close();
  poller.close();
});

test('the poller dispatches by hand, pauses, and forgets what is removed while it dispatches', async () => {
  const poller = new Poller();
  let wakes = 0;
  poller.onWake(() => {
    wakes += 1;
    // Left unread on purpose: readiness is a level, not an edge.
    if (wakes === 3) poller.onWake(() => {});
  });
  const pipes = [openPipe(), openPipe()] as const;
  const ready: number[] = [];
  const watches = pipes.map(({ readEnd }, i) => poller.add(readEnd, () => ready.push(i)));
  for (const { writeEnd } of pipes) write(writeEnd, area.address, 1);
  await until('three wakes', () => wakes >= 3);
  poller.poll();
  assert.deepEqual(ready, [0, 1]);
  watches[0]?.pause(true);
  poller.poll();
  assert.deepEqual(ready, [0, 1, 1]);
  watches[0]?.pause(false);
  watches[1]?.remove();
  poller.poll();
  assert.deepEqual(ready, [0, 1, 1, 0]);
  // A handler that removes another one which is ready in the same batch.
  const third = poller.add(pipes[1].readEnd, () => ready.push(9));
  watches[0]?.remove();
  poller.add(pipes[0].readEnd, () => third.remove());
  ready.length = 0;
  poller.poll();
  const first = ready.length;
  poller.poll();
  assert.equal(ready.length, first);
  for (const { readEnd, writeEnd } of pipes) {
    assert.equal(read(readEnd, area.address, 1), 1);
    closeFd(readEnd);
    closeFd(writeEnd);
  }
  poller.close();
});

test('more descriptors than one batch are all dispatched in one poll', () => {
  const poller = new Poller();
  const ready = new Set<number>();
  const pipes = Array.from({ length: 200 }, () => openPipe());
  for (const [i, { readEnd, writeEnd }] of pipes.entries()) {
    write(writeEnd, area.address, 1);
    poller.add(readEnd, () => {
      ready.add(i);
      read(readEnd, area.address, 1);
    });
  }
  poller.poll();
  assert.equal(ready.size, 200);
  poller.close();
  for (const { readEnd, writeEnd } of pipes) {
    closeFd(readEnd);
    closeFd(writeEnd);
  }
});

test('a file is locked once, until its descriptor is closed', () => {
  const path = join(folder, 'pid');
  const first = openSync(path, 'w');
  const second = openSync(path, 'w');
  assert.equal(lockFile(first).ok, true);
  const refused = lockFile(second);
  assert.ok(!refused.ok);
  assert.ok(['EAGAIN', 'EACCES'].includes(refused.error.code));
  closeFd(first);
  assert.equal(lockFile(second).ok, true);
  closeFd(second);
});

test('real-time signals are heard, each by its own', async () => {
  assert.deepEqual([SIGNAL_JSON, SIGNAL_STATS_CLEAR, SIGNAL_DEADLINES], [36, 63, 64]);
  const heard: number[] = [];
  for (const signal of [SIGNAL_JSON, SIGNAL_STATS_CLEAR, SIGNAL_DEADLINES])
    assert.equal(onRealTimeSignal(signal, () => heard.push(signal)).ok, true);
  for (const signal of [SIGNAL_JSON, SIGNAL_STATS_CLEAR, SIGNAL_DEADLINES]) process.kill(process.pid, signal);
  await until('three signals', () => heard.length === 3);
  assert.deepEqual(heard.toSorted(), [36, 63, 64]);
  assert.equal(onRealTimeSignal(4711, () => {}).ok, false);
});

test('descriptors that cannot be listed are a reason with its remedy, no program error', () => {
  const module = fileURLToPath(new URL('../../src/host/linux/fd.js', import.meta.url));
  const program = `
    import { openSync } from 'node:fs';
    import { closeInheritedOnExec } from ${JSON.stringify(module)};
    try { for (;;) openSync('/dev/null'); } catch {}
    try { closeInheritedOnExec(); } catch (error) { console.log(error.name, error.failure.message); }`;
  const argv = [
    '-c',
    'ulimit -n 64; exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    program,
  ];
  const said = execFileSync('/bin/sh', argv, { encoding: 'utf8' });
  assert.match(
    said,
    /^SystemError reading \/proc\/self\/fd, .*: too many open descriptors; raise LimitNOFILE/,
  );
});

test('a namespace that is not there is a reason', () => {
  const entered = enterNetworkNamespace('no-such-namespace');
  assert.ok(!entered.ok);
  assert.equal(
    entered.error.message,
    'opening the network namespace /run/netns/no-such-namespace: no such file or directory',
  );
});

test('a filter of all VRIDs stays far below the limit, whatever their order', () => {
  const odd = Array.from({ length: 128 }, (_, i) => 255 - 2 * i);
  assert.equal(virtualRouterFilter('ipv4', odd).length, 2 + 2 * 128 + 1);
  assert.equal(
    virtualRouterFilter(
      'ipv6',
      Array.from({ length: 255 }, (_, i) => i + 1),
    ).length,
    1 + 3 + 1,
  );
  assert.deepEqual(virtualRouterFilter('ipv4', []).at(-1), [6, 0, 0, 0]);
  assert.deepEqual(hostWordFilter(36, [0x80000000])[1], [0x15, 0, 1, 0x80]);
});

test('what begins a series of random numbers is 48 bits, and another each time', () => {
  const numbers = Array.from({ length: 20 }, entropy);
  for (const number of numbers) assert.ok(Number.isSafeInteger(number) && number >= 0 && number < 2 ** 48);
  assert.equal(new Set(numbers).size, numbers.length);
});
