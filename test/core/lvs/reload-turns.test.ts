/** Servers that a reload turns or takes away: who is told, and what is known of them afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BalancerEvent } from '../../../src/core/lvs/effects.js';
import { LvsRig, REFUSED } from './rig.js';

const CHECK = 'TCP_CHECK {\n retry 0\n }';
const text = (first: string, second: string, more = ''): string => `global_defs {
  lvs_notify_fifo /run/lvs.fifo
}
virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 2
  warmup 0
  ${more}
  real_server 10.1.0.1 80 {
    ${first}
  }
  real_server 10.1.0.2 80 {
    ${second}
  }
}`;

const told = (rig: LvsRig): string[] =>
  rig.take().flatMap((line) => / fifo lvs ([RV]S .*)$/.exec(line)?.slice(1) ?? []);

test('one goes down and another comes up by the same reload: the quorum, which stays, is not told', () => {
  for (const sorry of ['', 'sorry_server 10.9.9.9 80']) {
    const rig = new LvsRig(text('', CHECK, sorry));
    rig.behaviours.set('10.1.0.2:80', REFUSED);
    rig.start();
    rig.wait(3);
    rig.take();
    rig.reload(text('TCP_CHECK {\n alpha\n connect_port 81\n }', '', sorry));
    assert.deepEqual(told(rig), [
      'RS [10.1.0.1]:tcp:80 [192.0.2.1]:tcp:80 DOWN',
      'RS [10.1.0.2]:tcp:80 [192.0.2.1]:tcp:80 UP',
    ]);
    assert.deepEqual(rig.table.show(), ['tcp 192.0.2.1:80 rr  10.1.0.2:80=1']);
  }
});

test('a dead server that a reload takes away is forgotten, without a word to programs', () => {
  const rig = new LvsRig(text('', CHECK));
  rig.behaviours.set('10.1.0.2:80', REFUSED);
  rig.start();
  rig.wait(3);
  rig.take();
  rig.reload(text('', '').replace(/real_server 10.1.0.2 80 \{\s*\}/, ''));
  const events = rig.effects.flatMap((effect): BalancerEvent[] =>
    effect.kind === 'event' ? [effect.event as BalancerEvent] : [],
  );
  assert.deepEqual(
    events.map(({ server, gone, untold }) => [server, gone, untold]),
    [['[10.1.0.2]:tcp:80', true, true]],
  );
  assert.deepEqual(told(rig), []);
});
