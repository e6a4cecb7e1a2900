/**
 * Which checks a dead server waits for, so that the loop wakes before them; and that a check which begins late, because we
 * were woken late, makes the next one no later.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LvsRig, REFUSED } from './rig.js';

const text = (kind: string, retry: number, more = ''): string => `virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 2
  warmup 1
  ${more}
  real_server 10.1.0.1 80 {
    ${kind} {
      ${kind === 'HTTP_GET' ? 'url {\n        path /\n        status_code 200\n      }' : ''}
      retry ${retry}
      delay_before_retry 1
    }
  }
}`;
const SERVER = '10.1.0.1:80';

/** Goes on to the next check; whether the loop would have woken before it, and when it was due. */
function nextCheck(rig: LvsRig, late = 0): { readonly urgent: boolean; readonly due: number } {
  for (;;) {
    rig.take();
    const { nextDeadline: due = rig.now, nextIsTakeover: urgent } = rig.engine;
    rig.now = due + late;
    rig.handle({ kind: 'timeout' });
    if (rig.effects.some(({ kind }) => kind === 'start-check')) return { urgent, due };
    rig.now = due;
  }
}

/** Whether each of the next checks is one that somebody waits for. */
const urgencies = (rig: LvsRig, count: number): boolean[] =>
  Array.from({ length: count }, () => nextCheck(rig).urgent);

for (const kind of ['TCP_CHECK', 'HTTP_GET'])
  test(`${kind}: the check behind the last retry is waited for, and none of a server that is dead`, () => {
    const rig = new LvsRig(text(kind, 2));
    rig.start();
    // The first failure after a start counts.
    assert.deepEqual(urgencies(rig, 3), [true, false, false]);
    rig.behaviours.set(SERVER, REFUSED);
    assert.deepEqual(urgencies(rig, 5), [false, false, true, false, false]);
  });

test('without retries every check of a living server is waited for', () => {
  const rig = new LvsRig(text('TCP_CHECK', 0));
  rig.start();
  assert.deepEqual(urgencies(rig, 3), [true, true, true]);
  rig.behaviours.set(SERVER, REFUSED);
  assert.deepEqual(urgencies(rig, 3), [true, false, false]);
});

test('a suspended one is not waited for', () => {
  const rig = new LvsRig(text('TCP_CHECK', 0, 'ha_suspend'));
  rig.start();
  for (let n = 0; n < 20; n++) {
    assert.equal(rig.engine.nextIsTakeover, false);
    rig.now = rig.engine.nextDeadline ?? rig.now;
    rig.wait(0);
  }
  rig.address('present', '192.0.2.1');
  assert.deepEqual(urgencies(rig, 1), [true]);
});

test('being woken late is made up for, up to twenty milliseconds', () => {
  for (const [late, delay] of [
    [0, 0],
    [1, 0],
    [3_000, 0],
    [20_000, 0],
    [20_001, 20_001],
    [500_000, 500_000],
  ] as const) {
    const rig = new LvsRig(text('TCP_CHECK', 3));
    rig.start();
    nextCheck(rig);
    const { due } = nextCheck(rig, late);
    rig.behaviours.set(SERVER, REFUSED);
    const next = nextCheck(rig, late).due;
    assert.equal(next - due, 2_000_000 + delay, `${late} us`);
    assert.equal(nextCheck(rig).due - next, 1_000_000 + delay, `a retry, ${late} us`);
  }
});
