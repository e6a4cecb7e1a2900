/** Tracked processes, by both sources, against real ones; the table by itself. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, mock, test } from 'node:test';
import { ZERO } from '../../src/base/time.js';
import type { TrackProcessSettings } from '../../src/config/model.js';
import type { Input } from '../../src/core/inputs.js';
import { closeFd } from '../../src/host/linux/fd.js';
import {
  createNetworkNamespace,
  openNetworkNamespace,
  withNetworkNamespace,
} from '../../src/host/linux/namespace.js';
import { Poller } from '../../src/host/linux/poller.js';
import { ProcessConnector } from '../../src/host/process-connector.js';
import { ProcessTable, processMatches } from '../../src/host/process-table.js';
import { Processes, type ProcessSource } from '../../src/host/processes.js';
import { ReceiveRoom } from '../../src/host/receive-room.js';
import { type Of, rootMissing, until } from './rig.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-processes-'));
const name = `hf${process.pid}`;
const program = join(folder, name);
copyFileSync('/bin/sleep', program);
const children: ChildProcess[] = [];
const closing: { close(): void }[] = [];
afterEach(async () => {
  for (const open of closing.splice(0)) open.close();
  const ended = children.splice(0);
  for (const child of ended) child.kill('SIGKILL');
  await until('everything of this test to end', () =>
    ended.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null),
  );
});
after(() => rmSync(folder, { recursive: true }));

const tracker = (more: Partial<TrackProcessSettings> = {}): TrackProcessSettings => ({
  name: 'p',
  process: name,
  parameters: [],
  match: 'name',
  quorum: 1,
  weight: 0,
  reverse: false,
  forkDelay: ZERO,
  terminateDelay: ZERO,
  ...more,
});

function start(...args: string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' });
  children.push(child);
  return child;
}

const facts = (words: string[], comm = words[0] ?? '') => ({ name: comm, words: () => words });

test('names match exactly, up to the fifteen bytes that the kernel keeps', () => {
  assert.equal(processMatches(tracker({ process: 'httpd' }), facts(['x'], 'httpd')), true);
  assert.equal(processMatches(tracker({ process: 'httpd' }), facts(['x'], 'httpd2')), false);
  assert.equal(
    processMatches(tracker({ process: 'a-very-long-process' }), facts([], 'a-very-long-pro')),
    true,
  );
});

test('command lines match exactly, partially, or with the last word as a prefix', () => {
  const matches = (match: 'exact' | 'partial' | 'initial', parameters: string[], words: string[]) =>
    processMatches(tracker({ process: '/a', match, parameters }), facts(words));
  assert.equal(matches('exact', [], ['/a']), true);
  assert.equal(matches('exact', [], ['/a', 'x']), false);
  assert.equal(matches('exact', ['x'], ['/a', 'x']), true);
  assert.equal(matches('exact', ['x'], ['/b', 'x']), false);
  assert.equal(matches('exact', ['x'], ['/a']), false);
  assert.equal(matches('partial', ['x'], ['/a', 'x', 'y']), true);
  assert.equal(matches('partial', ['x'], ['/a', 'xx']), false);
  assert.equal(matches('partial', ['x', 'y'], ['/a', 'x']), false);
  assert.equal(matches('initial', ['x', 'y'], ['/a', 'x', 'yes', 'z']), true);
  assert.equal(matches('initial', ['x', 'y'], ['/a', 'xs', 'y']), false);
});

test('the table counts by name and by command line, and tells only changes', () => {
  const told: Record<string, number>[] = [];
  const table = new ProcessTable();
  const flush = (): void => {
    const counts: Record<string, number> = {};
    table.flush('test', (input) => {
      if (input.kind === 'process-count') counts[input.tracker] = input.count;
    });
    told.push(counts);
  };
  table.add(tracker({ name: 'n', process: 'web' }));
  table.add(tracker({ name: 'c', process: '/web', match: 'partial', parameters: ['-d'] }));
  flush();
  table.examine(10, facts(['/web', '-d'], 'web'));
  table.examine(11, facts(['/web'], 'web'));
  table.examine(12, facts(['/other'], 'other'));
  flush();
  table.forked(10, 20);
  table.forked(12, 21);
  flush();
  table.examine(20, facts(['/cgi'], 'cgi'));
  table.ended(11);
  table.ended(12);
  table.examine(10, facts(['/web', '-d'], 'web'));
  flush();
  table.examine(10, undefined);
  flush();
  // Up and down again within one turn is no change.
  table.examine(10, facts(['/web'], 'web'));
  table.ended(10);
  flush();
  assert.deepEqual(told, [
    { n: 0, c: 0 },
    { n: 2, c: 1 },
    { n: 3, c: 2 },
    { n: 1, c: 1 },
    { n: 0, c: 0 },
    {},
  ]);
});

const probe = new Poller();
const room = new ReceiveRoom('process_monitor_rcv_bufs', () => {}, {});
const connector = ProcessConnector.open(probe, room, {
  event: () => {},
  overrun: () => {},
  settled: () => {},
});
connector?.close();
probe.close();

test('what is looked at in the middle of a sweep tells no count: half of one would look like a failure', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const poller = new Poller();
  try {
    const counts: number[] = [];
    const running = start('1000');
    await until('exec', () => running.pid !== undefined);
    const feed = (input: Input): void => {
      if (input.kind === 'process-count') counts.push(input.count);
    };
    const processes = new Processes(poller, feed, () => {}, ['pidfd']);
    closing.push(processes, poller);
    processes.watch(tracker());
    // The sweep is under way: it takes a turn of the loop for every few processes.
    for (let n = 0; n < 3; n++) {
      mock.timers.tick(50);
      await new Promise((turned) => setImmediate(turned));
    }
    await until('the first count', () => counts.length > 0);
    assert.deepEqual(counts, [1]);
  } finally {
    mock.timers.reset();
  }
});

const sources: [ProcessSource, string | false][] = [
  ['connector', connector ? false : 'the process connector does not answer here'],
  ['pidfd', false],
];
for (const [source, skip] of sources) {
  test(`${source}: starts, ends, zombies and command lines of real processes`, { skip }, async () => {
    const inputs: Of<'process-count'>[] = [];
    const lines: string[] = [];
    const poller = new Poller();
    poller.onWake(() => poller.poll());
    const feed = (input: Input): void => {
      if (input.kind === 'process-count') inputs.push(input);
    };
    const early = start('1000');
    await until('exec', () => early.pid !== undefined);
    const processes = new Processes(poller, feed, (_level, text) => lines.push(text), [source]);
    closing.push(processes, poller);
    const count = (which: string) => inputs.filter((input) => input.tracker === which).at(-1)?.count;
    processes.watch(tracker());
    processes.watch(tracker({ name: 'exact', process: program, match: 'exact', parameters: ['2000'] }));
    await until('the first count', () => count('p') === 1 && count('exact') === 0);
    assert.equal(inputs[0]?.source, source);
    assert.equal(inputs.find(({ tracker: which }) => which === 'p')?.count, 1, 'half a sweep is no count');
    assert.equal(lines.length, 1);
    const second = start('2000');
    await until('two', () => count('p') === 2 && count('exact') === 1);
    // A process that becomes another by exec.
    const shell = spawn('/bin/sh', ['-c', `sleep 0.3; exec ${program} 3000`], { stdio: 'ignore' });
    children.push(shell);
    await until('three', () => count('p') === 3);
    // Its parent becomes a sleep that never waits for it, so its end leaves a zombie.
    const parent = spawn('/bin/sh', ['-c', `${program} 1000 & echo $!; exec sleep 1000`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(parent);
    let text = '';
    parent.stdout?.on('data', (chunk) => {
      text += String(chunk);
    });
    await until('four', () => count('p') === 4 && text.endsWith('\n'));
    process.kill(Number(text), 'SIGKILL');
    await until('a zombie does not count', () => count('p') === 3);
    processes.watch(tracker({ name: 'late' }));
    await until('the count of a late tracker', () => count('late') !== undefined);
    assert.equal(count('late'), 3, 'it is there, but is none');
    processes.unwatch('late');
    second.kill('SIGKILL');
    await until('two again', () => count('p') === 2 && count('exact') === 0);
    if (rootMissing === false) {
      // One whose PID namespace lies below ours, in a network of its own: a container's.
      const below = ['--pid', '--net', '--fork', '--kill-child', program, '1000'];
      const container = spawn('unshare', below, { stdio: 'ignore' });
      children.push(container);
      await until('one in a namespace below', () => count('p') === 3);
      container.kill('SIGKILL');
      await until('without the one below', () => count('p') === 2);
    }
    processes.unwatch('p');
    const told = inputs.filter((input) => input.tracker === 'p').length;
    early.kill('SIGKILL');
    const last = start('2000');
    await until('the other tracker', () => count('exact') === 1);
    last.kill('SIGKILL');
    assert.equal(inputs.filter((input) => input.tracker === 'p').length, told);
  });
}

test('pidfd: an end is told at once, not by the next sweep', async () => {
  // There is none but what we ask for.
  mock.timers.enable({ apis: ['setInterval'] });
  const counts: number[] = [];
  const poller = new Poller();
  poller.onWake(() => poller.poll());
  const feed = (input: Input): void => {
    if (input.kind === 'process-count') counts.push(input.count);
  };
  try {
    const crowd = Array.from({ length: 4 }, () => start('1000'));
    const processes = new Processes(poller, feed, () => {}, ['pidfd']);
    closing.push(processes, poller);
    processes.watch(tracker());
    await until('all are there', () => {
      mock.timers.tick(50);
      return counts.at(-1) === 4;
    });
    for (const [n, one] of crowd.entries()) {
      one.kill('SIGKILL');
      await until('its end', () => counts.at(-1) === 3 - n);
    }
  } finally {
    mock.timers.reset();
  }
});

test('the connector answers who entered a network namespace, in the one from which it came', {
  skip: rootMissing || sources[0]?.[1] || false,
}, () => {
  const elsewhere = createNetworkNamespace();
  const home = openNetworkNamespace('/proc/self/ns/net');
  assert.ok(elsewhere.ok && home.ok);
  const poller = new Poller();
  const nothing = { event: () => {}, overrun: () => {}, settled: () => {} };
  const [here, there] = withNetworkNamespace(elsewhere.value, () =>
    [undefined, home.value].map((from) => ProcessConnector.open(poller, room, nothing, from)),
  );
  for (const one of [here, there]) one?.close();
  poller.close();
  for (const fd of [elsewhere.value, home.value]) closeFd(fd);
  assert.equal(here, undefined);
  assert.ok(there);
});

test('pidfd: a hundred processes that start together are all found', async () => {
  const inputs: Of<'process-count'>[] = [];
  const poller = new Poller();
  poller.onWake(() => poller.poll());
  const processes = new Processes(
    poller,
    (input) => {
      if (input.kind === 'process-count') inputs.push(input);
    },
    () => {},
    ['pidfd'],
  );
  closing.push(processes, poller);
  processes.watch(tracker({ name: 'many', process: program, match: 'exact', parameters: ['4000'] }));
  await until('the first count', () => inputs.length === 1);
  const many = Array.from({ length: 100 }, () => start('4000'));
  await until('a hundred', () => inputs.at(-1)?.count === 100);
  for (const child of many) child.kill('SIGKILL');
  await until('none', () => inputs.at(-1)?.count === 0);
});
