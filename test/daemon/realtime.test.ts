/** Around a takeover the main thread is not interrupted, and afterwards it is scheduled as before: as the kernel tells it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import type { Duration } from '../../src/base/time.js';
import { Realtime } from '../../src/daemon/realtime.js';
import { runAsUsual, runInRealTime } from '../../src/host/linux/scheduling.js';
import { until } from '../lab/journal.js';

/** 0 as usual, 2 round robin (sched(7)), and the priority. */
function policy(): string {
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${fields[38]}/${fields[37]}`;
}
const may = runInRealTime(1) >= 0;
runAsUsual();

const NOTHING = { priority: undefined, limit: undefined, highest: undefined, lateness: undefined };
const said: string[] = [];
const realtime = (prompt: boolean): Realtime =>
  new Realtime({
    limitKeyword: 'vrrp_rlimit_rttime',
    prompt,
    log: (level, text) => said.push(`${level} ${text}`),
  });

test('it hurries in real time where that is admitted, and is as it was afterwards', () => {
  const ours = realtime(true);
  ours.apply(NOTHING);
  for (const step of ['prepare', 'hurry'] as const) {
    ours[step]();
    assert.equal(policy(), may ? '2/1' : '0/0', step);
  }
  ours.relax();
  assert.equal(policy(), '0/0');
});

test('max_auto_priority -1 forbids it, and who is not asked to be prompt does not do it', () => {
  const forbidden = realtime(true);
  forbidden.apply({ ...NOTHING, highest: -1 });
  const patient = realtime(false);
  patient.apply(NOTHING);
  for (const one of [forbidden, patient]) {
    one.prepare();
    assert.equal(policy(), '0/0');
    one.hurry();
    assert.equal(policy(), '0/0');
    one.relax();
  }
});

test('whoever runs in real time already stays as it is', () => {
  if (!may) return;
  const ours = realtime(true);
  ours.apply({ ...NOTHING, priority: 7 });
  for (const step of ['prepare', 'hurry', 'relax'] as const) {
    ours[step]();
    assert.equal(policy(), '2/7', step);
  }
  ours.restore();
  assert.equal(policy(), '0/0');
});

test('what is urgent runs in real time without being asked, says so once, and until it is not urgent any more', () => {
  said.length = 0;
  const ours = realtime(true);
  ours.apply({ ...NOTHING, limit: 10_000 as Duration });
  assert.deepEqual([policy(), said], ['0/0', []]);
  ours.urge('a neighbor is impatient');
  assert.equal(policy(), may ? '2/1' : '0/0');
  assert.equal(said.length, 1);
  assert.match(
    said[0] ?? '',
    may
      ? /^info a neighbor is impatient: this process runs in real time, unless max_auto_priority is -1$/
      : /^notice a neighbor is impatient, but this process may not run in real time \(/,
  );
  for (const step of ['prepare', 'hurry', 'relax'] as const) {
    if (may) ours[step]();
    assert.equal(policy(), may ? '2/1' : '0/0', step);
  }
  ours.calm();
  assert.equal(policy(), '0/0');
  ours.urge('a neighbor is impatient');
  assert.equal(said.length, 1);
  ours.urge(undefined);
  assert.equal(policy(), '0/0');
  const over = 'info nobody takes this process for dead soon any more: it is scheduled as usual';
  assert.deepEqual(said.slice(1), [over]);
  ours.urge(undefined);
  assert.equal(said.length, 2, 'once');
  ours.urge('a neighbor is impatient');
  assert.deepEqual(said[2], said[0], 'it is news again');
  ours.apply({ ...NOTHING, highest: -1 });
  assert.equal(policy(), '0/0');
  ours.urge(undefined);
  assert.equal(said.length, 3, 'the configuration has ended it already');
  ours.restore();
});

test('what the configuration asks for counts, not what is urgent', { skip: !may }, () => {
  const ours = realtime(true);
  ours.urge('a neighbor is impatient');
  ours.apply({ ...NOTHING, priority: 7 });
  assert.equal(policy(), '2/7');
  assert.equal(ours.exhausted(), false);
  assert.equal(policy(), '2/7');
  ours.restore();
  assert.equal(policy(), '0/0');
});

test('whoever kept others waiting in real time that nobody asked for rests for a minute', {
  skip: !may,
}, () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    said.length = 0;
    const ours = realtime(true);
    ours.apply({ ...NOTHING, limit: 10_000 as Duration });
    assert.equal(ours.exhausted(), false, 'nothing is urgent');
    ours.urge('a neighbor is impatient');
    assert.equal(ours.exhausted(), true);
    assert.equal(policy(), '0/0');
    assert.match(said.at(-1) ?? '', /^warning this process computed for 200ms without a pause/);
    // Neither a reload nor a rehearsal ends the rest.
    ours.calm();
    ours.urge('a neighbor is impatient');
    assert.equal(policy(), '0/0');
    mock.timers.tick(59_999);
    assert.equal(policy(), '0/0');
    mock.timers.tick(1);
    assert.equal(policy(), '2/1');
    ours.restore();
  } finally {
    mock.timers.reset();
  }
});

test('whose turn in real time was too long rests, also where what followed from that turn is not urgent', {
  skip: !may,
}, async () => {
  const ours = realtime(true);
  const heard: boolean[] = [];
  const hear = (): void => void heard.push(ours.exhausted());
  process.on('SIGXCPU', hear);
  try {
    ours.apply({ ...NOTHING, limit: 10_000 as Duration });
    ours.urge('a neighbor is impatient');
    await new Promise((slept) => setTimeout(slept, 5));
    // A reload, and the rehearsal that it begins. The kernel counts what this process computed, not how long it took.
    const { user, system } = process.cpuUsage();
    for (let used = 0; used < 400_000; ) {
      const now = process.cpuUsage();
      used = now.user - user + now.system - system;
    }
    ours.calm();
    await until('the kernel has said so', () => heard.length > 0);
    assert.equal(heard[0], true);
    ours.urge('a neighbor is impatient');
    assert.equal(policy(), '0/0');
  } finally {
    ours.restore();
    process.off('SIGXCPU', hear);
  }
});

test('who may not run in real time is refused it and runs in short slices', { skip: !may }, () => {
  const module = new URL('../../src/daemon/realtime.js', import.meta.url);
  const script = `
    const { Realtime } = await import(${JSON.stringify(module.href)});
    const ours = new Realtime({ limitKeyword: 'x', prompt: true, log: (level, text) => console.log(level, text) });
    ours.apply({ priority: 5 });
    ours.apply({});
    ours.urge('a neighbor is impatient');
    console.log((await import('node:fs')).readFileSync('/proc/self/sched', 'latin1'));`;
  const unprivileged = ['--bounding-set', '-sys_nice', '--inh-caps', '-sys_nice', process.execPath];
  const ran = spawnSync('setpriv', [...unprivileged, '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  assert.match(ran.stdout, /^warning real-time priority 5: .*needs CAP_SYS_NICE/m, ran.stderr);
  assert.match(ran.stdout, /^notice a neighbor is impatient, but this process may not run in real time \(/m);
  // Since Linux 6.12; before, nobody has slices of his own.
  const slice = /^se\.slice\s*:\s*(\d+)/m.exec(ran.stdout);
  if (slice) assert.equal(slice[1], '100000');
});

test('who is refused a higher priority keeps the one it has', { skip: !may }, () => {
  said.length = 0;
  const ours = realtime(true);
  ours.apply({ ...NOTHING, priority: 5 });
  // Beyond what there is: refused to everybody.
  ours.apply({ ...NOTHING, priority: 100 });
  assert.match(said.at(-1) ?? '', /^warning real-time priority 100: /);
  assert.equal(policy(), '2/5');
  ours.restore();
});
