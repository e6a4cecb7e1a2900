/** Around a takeover the main thread is not interrupted, and afterwards it is scheduled as before: as the kernel tells it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Realtime } from '../../src/daemon/realtime.js';
import { runAsUsual, runInRealTime } from '../../src/host/linux/scheduling.js';

/** 0 as usual, 2 round robin (sched(7)), and the priority. */
function policy(): string {
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${fields[38]}/${fields[37]}`;
}
const may = runInRealTime(1) >= 0;
runAsUsual();

const NOTHING = { priority: undefined, limit: undefined, highest: undefined, lateness: undefined };
const realtime = (prompt: boolean): Realtime =>
  new Realtime({ limitKeyword: 'vrrp_rlimit_rttime', prompt, log: () => {} });

test('it hurries in real time where that is admitted, and is as it was afterwards', () => {
  const ours = realtime(true);
  ours.apply(NOTHING);
  ours.steady();
  assert.equal(policy(), '0/0');
  ours.hurry();
  assert.equal(policy(), may ? '2/1' : '0/0');
  ours.relax();
  assert.equal(policy(), '0/0');
});

test('max_auto_priority -1 forbids it, and who is not asked to be prompt does not do it', () => {
  const forbidden = realtime(true);
  forbidden.apply({ ...NOTHING, highest: -1 });
  const patient = realtime(false);
  patient.apply(NOTHING);
  for (const one of [forbidden, patient]) {
    one.hurry();
    assert.equal(policy(), '0/0');
    one.relax();
  }
});

test('whoever runs in real time already stays as it is', () => {
  if (!may) return;
  const ours = realtime(true);
  ours.apply({ ...NOTHING, priority: 7 });
  for (const step of ['steady', 'hurry', 'relax'] as const) {
    ours[step]();
    assert.equal(policy(), '2/7', step);
  }
  ours.restore();
  assert.equal(policy(), '0/0');
});
