/** What the data plane refuses, beside everything else: nothing waits for it, and nothing is said of it that is not so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LvsRig } from './rig.js';

const service = (n: number, more = ''): string => `virtual_server 192.0.2.${n} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 2
  warmup 0
  ${more}
  real_server 10.${n}.0.1 80 {
    weight 5
  }
  real_server 10.${n}.0.2 80 {
  }
}
`;
const [REFUSED, OTHER] = ['tcp 192.0.2.1:80', 'tcp 192.0.2.2:80'];

const problemsOf = (rig: LvsRig): readonly string[] => {
  rig.handle({ kind: 'ask', request: 1, question: { ask: 'status' } });
  const answer = rig.answers.pop();
  return answer?.ask === 'status' ? answer.status.problems : ['nobody answers'];
};
const said = (rig: LvsRig, words: string): string[] => rig.lines.filter((line) => line.includes(words));

test('what was refused is no problem any more once a reload does not want it', () => {
  for (const [key, words] of [
    [REFUSED, REFUSED],
    ['10.1.0.1:80', `10.1.0.1:80 of ${REFUSED}`],
  ] as const) {
    const rig = new LvsRig(service(1) + service(2));
    rig.table.refusals.set(key, 'ENOENT');
    rig.start();
    rig.wait(100);
    assert.equal(problemsOf(rig).length, 1);
    rig.reload(service(2));
    rig.wait(61);
    assert.deepEqual(problemsOf(rig), []);
    assert.equal(said(rig, `nothing has to be done about ${words} any more`).length, 1);
    // Nothing is left that looks could wait for.
    rig.wait(30);
    rig.take();
    rig.table.services.clear();
    rig.wait(5.1);
    assert.deepEqual(rig.table.show(), [`${OTHER} rr  10.2.0.1:80=5  10.2.0.2:80=1`]);
  }
});

test('what is refused for ever is not said to be missing and put right, minute after minute', () => {
  const rig = new LvsRig(service(1) + service(2));
  rig.table.refusals.set(REFUSED, 'ENOENT');
  rig.start();
  rig.wait(600);
  assert.deepEqual(said(rig, 'put right'), []);
  assert.equal(said(rig, 'it is tried again').length, 1);
});

test('beside what is refused for ever an emptied table is found as soon as without it', () => {
  const rig = new LvsRig(service(1) + service(2));
  rig.table.refusals.set(REFUSED, 'ENOENT');
  rig.start();
  rig.wait(300);
  rig.table.services.clear();
  rig.wait(10.1);
  assert.deepEqual(rig.table.show(), [`${OTHER} rr  10.2.0.1:80=5  10.2.0.2:80=1`]);
});

test('beside what is refused for ever something new that is refused is tried again after a second', () => {
  const rig = new LvsRig(service(1) + service(2));
  rig.table.refusals.set(REFUSED, 'ENOENT');
  rig.start();
  rig.wait(300);
  // Somebody took a server away: its new weight is refused.
  rig.table.services.get(OTHER)?.destinations.delete('10.2.0.1:80');
  rig.reload(service(1) + service(2).replace('weight 5', 'weight 7'));
  rig.wait(1.1);
  assert.deepEqual(rig.table.show(), [`${OTHER} rr  10.2.0.2:80=1  10.2.0.1:80=7`]);
});

test('servers of a service that is refused are no refusals of their own, however often they change', () => {
  const rig = new LvsRig(service(1) + service(2));
  rig.table.refusals.set(REFUSED, 'ENOENT');
  rig.start();
  rig.wait(300);
  for (let weight = 6; weight < 20; weight++) {
    rig.reload(service(1).replace('weight 5', `weight ${weight}`) + service(2));
    rig.wait(10);
  }
  assert.equal(problemsOf(rig).length, 1);
  rig.table.refusals.clear();
  rig.wait(61);
  assert.equal(rig.table.services.get(REFUSED)?.destinations.get('10.1.0.1:80')?.weight, 19);
  assert.deepEqual(problemsOf(rig), []);
});

const TIMEOUTS = 'global_defs {\n lvs_timeouts tcp 100 udp 50\n}\n';

test('timeouts that somebody sets otherwise are put back within a minute', () => {
  const rig = new LvsRig(TIMEOUTS + service(1));
  rig.start();
  rig.table.timeouts = { tcp: 900, tcpFin: 7, udp: 50 };
  rig.wait(61);
  assert.deepEqual(rig.table.timeouts, { tcp: 100, tcpFin: 7, udp: 50 });
});

test('the timeouts of before are put back also by the successor of a life that was killed', () => {
  const before = { tcp: 900, tcpFin: 120, udp: 300 };
  for (const later of [TIMEOUTS, '']) {
    const rig = new LvsRig(TIMEOUTS + service(1));
    rig.start();
    rig.wait(5);
    rig.respawn(later + service(1));
    assert.deepEqual(rig.table.timeouts, later === '' ? before : { tcp: 100, tcpFin: 120, udp: 50 });
    rig.handle({ kind: 'stop', reason: 'SIGTERM', keep: false });
    rig.wait(6);
    assert.deepEqual(rig.table.timeouts, before);
    assert.equal(rig.table.timeoutsBefore, undefined);
  }
});

test('who is stopped before the table was read sets no timeouts that nobody would put back', () => {
  const rig = new LvsRig(TIMEOUTS + service(1));
  rig.readTakes = 1_000_000;
  rig.start();
  rig.handle({ kind: 'stop', reason: 'SIGTERM', keep: false });
  rig.wait(6);
  assert.equal(rig.stopped, true);
  assert.equal(rig.table.timeouts.tcp, 900);
});
