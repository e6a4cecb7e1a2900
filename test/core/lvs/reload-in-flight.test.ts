/** A check that is in flight while the configuration is read again goes on, and unchanged checks keep their rhythm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LvsEffect } from '../../../src/core/lvs/effects.js';
import { LvsRig, REFUSED } from './rig.js';

const text = (weight: number, timeout = 2): string => `virtual_server 192.0.2.1 80 {
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
  delay_loop 3
  warmup 0
  real_server 10.1.0.1 80 {
    weight 1
    TCP_CHECK {
      retry 0
      connect_timeout ${timeout}
    }
  }
  real_server 10.1.0.2 80 {
    weight ${weight}
    TCP_CHECK {
      retry 0
      connect_timeout 2
    }
  }
}`;
const SERVER = '10.1.0.1:80';
const OF_CHECKERS: ReadonlySet<LvsEffect['kind']> = new Set([
  'define-checker',
  'forget-checker',
  'abandon-check',
  'start-check',
]);
const ofCheckers = (rig: LvsRig): string[] =>
  rig.effects.flatMap(({ kind }) => (OF_CHECKERS.has(kind) ? [kind] : []));

/** Its first check, at second 1, is in flight. */
function inFlight(): LvsRig {
  const rig = new LvsRig(text(1));
  rig.behaviours.set(SERVER, 'never');
  rig.start();
  rig.wait(1.5);
  rig.take();
  return rig;
}

test('a reload that changes another server neither ends it nor begins another; its verdict counts', () => {
  const rig = inFlight();
  rig.reload(text(5));
  assert.deepEqual(ofCheckers(rig), []);
  rig.wait(10);
  assert.ok(!rig.lines.some((line) => line.includes(`server ${SERVER}`)), 'nothing is known yet');
  rig.take();
  rig.answer(SERVER, REFUSED);
  assert.ok(rig.lines.some((line) => line.includes(`-server ${SERVER}`)));
});

test('one whose own settings changed goes on as well: it is defined anew for the next one', () => {
  const rig = inFlight();
  rig.reload(text(1, 1));
  assert.deepEqual(ofCheckers(rig), ['define-checker']);
  rig.take();
  rig.answer(SERVER, REFUSED);
  assert.ok(rig.lines.some((line) => line.includes(`-server ${SERVER}`)));
});

test('whose verdict comes after its server was taken away is nobody any more', () => {
  const rig = inFlight();
  rig.reload(text(1).replace('real_server 10.1.0.1 80', 'real_server 10.1.0.3 80'));
  rig.wait(1);
  rig.take();
  rig.answer(SERVER, REFUSED);
  assert.deepEqual(rig.take(), []);
});

test('unchanged checks come when they would have come without the reload', () => {
  const times = (reload: boolean): string[] => {
    const rig = new LvsRig(text(1));
    rig.start();
    rig.wait(5.2);
    rig.take();
    rig.showChecks = true;
    if (reload) rig.reload(text(5));
    rig.wait(10);
    return rig.take().filter((line) => line.includes('check 10.1.0.'));
  };
  assert.ok(times(false).length >= 6);
  assert.deepEqual(times(true), times(false));
});
