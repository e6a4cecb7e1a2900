/**
 * What the transition table and the receive checks promise, case by case, each with its clause. A case that has
 * `off` is also played with that guard switched off, and must then fail: so no case passes by accident.
 */
import assert from 'node:assert/strict';
import type { EngineOptions } from '../../../src/core/engine.js';
import { RECEIVE_CHECKS } from '../../../src/core/vrrp/receive-checks.js';
import { type Action, type Guard, TRANSITIONS } from '../../../src/core/vrrp/transitions.js';
import { address } from '../../support/machine.js';
import type { Rig } from '../rig.js';
import { pair, single } from '../texts.js';

export interface Case {
  readonly clause: string;
  readonly says: string;
  readonly text: string;
  readonly play: (rig: Rig) => void;
  readonly holds: (rig: Rig) => void;
  /** Switches off what the case is about. */
  readonly off?: EngineOptions;
}

export const withoutCheck = (id: string): EngineOptions => {
  assert.ok(RECEIVE_CHECKS.some((check) => check.id === id));
  return { receiveChecks: RECEIVE_CHECKS.filter((check) => check.id !== id) };
};
export const without = (row: string, part: { guard?: Guard; action?: Action }): EngineOptions => {
  const found = TRANSITIONS.find(({ id }) => id === row);
  assert.ok(found && (part.guard === undefined || found.when?.includes(part.guard)), row);
  assert.ok(part.action === undefined || found.actions.includes(part.action), row);
  const mutate = (one: (typeof TRANSITIONS)[number]): (typeof TRANSITIONS)[number] => ({
    ...one,
    when: (one.when ?? []).filter((guard) => guard !== part.guard),
    actions: one.actions.filter((action) => action !== part.action),
  });
  return { transitions: TRANSITIONS.map((one) => (one.id === row ? mutate(one) : one)) };
};
export const withoutRow = (row: string): EngineOptions => ({
  transitions: TRANSITIONS.filter(({ id }) => id !== row),
});

export const master = (rig: Rig): void => {
  rig.start().wait(4);
  assert.equal(rig.state(), 'MASTER');
  rig.take();
};
export const is = (state: string, name?: string) => (rig: Rig) => assert.equal(rig.state(name), state);
export const sent = (rig: Rig, what: string): boolean => rig.lines.some((line) => line.includes(` ${what}`));

export const CASES: readonly Case[] = [
  {
    clause: 'RFC 9568 6.4.1 (100)',
    says: 'an owner is MASTER at once',
    text: single('').replace('priority 100', 'priority 255'),
    play: (rig) => rig.start(),
    holds: is('MASTER'),
    off: withoutRow('init.owner'),
  },
  {
    clause: 'RFC 9568 6.4.1 (100)',
    says: 'who is no owner is not MASTER at once, though configured as MASTER',
    text: single('state MASTER'),
    play: (rig) => rig.start(),
    holds: is('BACKUP'),
    off: without('init.owner', { guard: 'owner' }),
  },
  {
    clause: 'runtime 6, start timers',
    says: 'configured as BACKUP it listens for the whole master-down interval',
    text: single(),
    play: (rig) => rig.start().wait(1.1),
    holds: is('BACKUP'),
    off: without('init.eager', { guard: 'eager' }),
  },
  {
    clause: 'RFC 9568 6.4.2 (420)',
    says: 'after a goodbye only the skew is waited',
    text: single(),
    play: (rig) => rig.start().advert({ priority: 200 }).advert({ priority: 0 }).wait(0.61),
    holds: is('MASTER'),
    off: withoutRow('backup.goodbye'),
  },
  {
    clause: 'RFC 9568 6.4.2 (430)',
    says: 'a lower advert is not obeyed by who preempts',
    text: single(),
    play: (rig) => rig.start().wait(3).advert({ priority: 50 }).wait(1),
    holds: is('MASTER'),
    off: without('backup.accept', { guard: 'acceptable' }),
  },
  {
    clause: 'RFC 9568 6.4.2 (435)',
    says: 'an advert of the same priority is obeyed in BACKUP, whatever its address',
    text: single(),
    play: (rig) => rig.start().wait(3).advert({ priority: 100, from: '10.0.0.0' }).wait(1),
    holds: is('BACKUP'),
    off: withoutRow('backup.accept'),
  },
  {
    clause: 'RFC 9568 6.4.3 (725)',
    says: 'a MASTER yields to a better one, without a goodbye',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 101 });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.equal(sent(rig, 'advert VI_1 0 '), false);
      assert.deepEqual(rig.held(), []);
    },
    off: without('master.yield', { action: 'release-addresses' }),
  },
  {
    clause: 'RFC 9568 6.4.3 (725)',
    says: 'a MASTER stays when the other is worse',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 99, from: '10.0.0.9' });
    },
    holds: is('MASTER'),
    off: without('master.yield', { guard: 'better' }),
  },
  {
    clause: 'RFC 9568 6.4.3 (730)',
    says: 'equal priority: the lower address loses',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 100, from: '10.0.0.0' });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.ok(sent(rig, 'advert VI_1 100'));
      assert.ok(sent(rig, 'announce 10.0.0.100'));
    },
    off: without('master.insist', { action: 'answer-lower' }),
  },
  {
    clause: 'runtime 6.3: lower_prio_no_advert',
    says: 'a rival is not answered when it shall not be',
    text: single('lower_prio_no_advert'),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 50 });
    },
    holds: (rig) => assert.equal(sent(rig, 'advert VI_1'), false),
  },
  {
    clause: 'runtime 6.3: higher_prio_send_advert',
    says: 'a MASTER that yields sends an advert first when it shall',
    text: single('higher_prio_send_advert'),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 150 });
    },
    holds: (rig) => assert.ok(sent(rig, 'advert VI_1 100')),
    off: without('master.yield', { action: 'advert-first' }),
  },
  {
    clause: 'runtime 6.3: equal priority from the same address is only a warning',
    says: 'our own advert, come back, moves nothing',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 100, from: '10.0.0.1' });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.equal(sent(rig, 'advert VI_1'), false);
    },
    off: withoutRow('master.twin'),
  },
  {
    clause: 'RFC 9568 6.4.3 (685)',
    says: 'a MASTER advertises at its interval',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.wait(3);
    },
    holds: (rig) => assert.equal(rig.advertTimes().length, 3),
    off: withoutRow('master.advert'),
  },
  {
    clause: 'RFC 9568 6.4.3 (700)',
    says: 'a MASTER answers a goodbye with an advert and stays',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 0 });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.ok(sent(rig, 'advert VI_1 100'));
      assert.equal(sent(rig, 'warning'), false);
    },
    off: withoutRow('master.goodbye'),
  },
  {
    clause: 'runtime 6.4: to FAULT with a goodbye',
    says: 'a MASTER whose link goes down says goodbye and gives its addresses up',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.setLink('eth0', { running: false });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'FAULT');
      assert.ok(sent(rig, 'advert VI_1 0 '));
      assert.deepEqual(rig.held(), []);
    },
    off: without('master.fault', { action: 'send-goodbye' }),
  },
  {
    clause: 'runtime 7: an owner that leaves FAULT',
    says: 'waits one interval and the skew',
    text: single().replace('priority 100', 'priority 255'),
    play: (rig) => rig.start().setLink('eth0', { up: false }).setLink('eth0', { up: true }).wait(1.01),
    holds: is('MASTER'),
    off: withoutRow('fault.owner'),
  },
  {
    clause: 'runtime 7: leaving FAULT',
    says: 'waits the full master-down interval, though configured as MASTER',
    text: single('state MASTER'),
    play: (rig) => rig.start().setLink('eth0', { up: false }).setLink('eth0', { up: true }).wait(1.1),
    holds: is('BACKUP'),
    off: without('fault.owner', { guard: 'owner' }),
  },
  {
    clause: 'runtime 8: a deleted VIP',
    says: 'a MASTER that lost an address says goodbye',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.deleteAddress('10.0.0.100');
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.ok(sent(rig, 'advert VI_1 0 '));
    },
    off: withoutRow('master.address-lost'),
  },
  {
    clause: 'runtime 8: a deleted address that is not tracked',
    says: 'no_track: nobody notices',
    text: single().replace('10.0.0.100', '10.0.0.100 no_track'),
    play: (rig) => {
      master(rig);
      rig.deleteAddress('10.0.0.100');
    },
    holds: is('MASTER'),
  },
  {
    clause: 'runtime 7, sync groups',
    says: 'no member becomes MASTER before all want to',
    text: pair(),
    play: (rig) => rig.start().wait(3.62),
    holds: is('BACKUP', 'VI_1'),
    off: without('backup.takeover', { guard: 'group-agrees' }),
  },
  {
    clause: 'runtime 7, sync groups: MASTER at once only where all are owners',
    says: 'an owner waits for the member of its group that is none',
    text: pair().replace('priority 90', 'priority 255'),
    play: (rig) => {
      rig.start().wait(3);
      assert.equal(sent(rig, 'notice: (VI_2) Entering MASTER'), false);
      rig.wait(1);
    },
    holds: is('MASTER', 'VI_2'),
    off: without('init.owner', { guard: 'eager' }),
  },
  {
    clause: 'runtime 7, sync groups',
    says: 'the member that yields pulls the others, without a goodbye of theirs',
    text: pair(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 150 });
    },
    holds: (rig) => {
      assert.equal(rig.state('VI_2'), 'BACKUP');
      assert.equal(sent(rig, 'advert VI_2 0 '), false);
    },
    off: withoutRow('master.group-backup'),
  },
  {
    clause: 'runtime 7, sync groups',
    says: 'a better router on one interface alone keeps the whole group waiting',
    text: pair(),
    play: (rig) => {
      rig.start().wait(3);
      for (let n = 0; n < 8; n++) rig.advert({ priority: 150 }).wait(1);
    },
    holds: (rig) => assert.equal(sent(rig, 'notice: (VI_2) Entering MASTER'), false),
    off: withoutRow('backup.accept'),
  },
  {
    clause: 'runtime 7, sync groups',
    says: 'a wish ends when a better router is heard',
    text: pair(),
    play: (rig) => {
      // VI_1 wishes at 3.609, then obeys; VI_2 fires at 3.648 and must go on waiting.
      rig.start().wait(3.62).advert({ priority: 150 }).wait(0.05);
    },
    holds: is('BACKUP', 'VI_2'),
    off: without('backup.accept', { action: 'withdraw-wish' }),
  },
  {
    clause: 'runtime 8: group members follow; timeline 12',
    says: 'the whole group comes back after the skew',
    text: pair(),
    play: (rig) => {
      master(rig);
      rig.deleteAddress('10.0.0.100').wait(0.7);
    },
    holds: is('MASTER', 'VI_2'),
    off: without('master.group-lost', { action: 'arm-skew' }),
  },
  {
    clause: 'runtime 6.1: preempt_delay',
    says: 'a lower master is obeyed until the delay has passed',
    text: single('preempt_delay 3'),
    play: (rig) => {
      rig.start();
      for (let n = 0; n < 5; n++) rig.advert({ priority: 50 }).wait(1);
    },
    holds: is('BACKUP'),
    off: withoutRow('backup.accept'),
  },
  {
    clause: 'runtime 6.1: preempt_delay',
    says: 'and no longer, though its adverts go on',
    text: single('preempt_delay 3'),
    play: (rig) => {
      rig.start();
      for (let n = 0; n < 6; n++) rig.advert({ priority: 50 }).wait(1);
    },
    holds: is('MASTER'),
    off: without('backup.accept', { action: 'time-preemption' }),
  },
  {
    clause: 'RFC 9568 6.1: Active_Adver_Interval',
    says: 'version 3 waits for its master at the pace of the master',
    text: single('version 3'),
    play: (rig) => rig.start().advert({ priority: 150, interval: 3 }).wait(10),
    holds: is('BACKUP'),
    off: without('backup.accept', { action: 'learn-master' }),
  },
  {
    clause: 'runtime 6: the own interval again when becoming MASTER',
    says: 'a learnt interval is forgotten',
    text: single('version 3'),
    play: (rig) => {
      rig.start().advert({ priority: 150, interval: 0.1 }).wait(1);
      // MASTER by now; its VIP is deleted, and the skew is the one of our own interval.
      rig.deleteAddress('10.0.0.100').wait(0.3);
    },
    holds: is('BACKUP'),
    off: without('backup.takeover', { action: 'adopt-own-interval' }),
  },
  {
    clause: 'runtime 5, stop; RFC 9568 6.4.3 (665)',
    says: 'a MASTER that stops says goodbye and leaves nothing behind',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.handle({ kind: 'stop', reason: 'test' });
    },
    holds: (rig) => {
      assert.ok(sent(rig, 'advert VI_1 0 '));
      assert.deepEqual(rig.held(), []);
      assert.ok(sent(rig, 'stopped'));
    },
    off: without('master.stop', { action: 'send-goodbye' }),
  },
  {
    clause: 'runtime 7: fault causes; init',
    says: 'what is held at the start is in FAULT, and BACKUP once nothing holds it',
    text: single(),
    play: (rig) => {
      rig.deleteAddress('10.0.0.1');
      rig.start();
      assert.equal(rig.state(), 'FAULT');
      rig.addAddress(address(2, '10.0.0.1', 24));
    },
    holds: is('BACKUP'),
    off: withoutRow('init.fault'),
  },
  {
    clause: 'runtime 5, stop',
    says: 'who is in FAULT or waits for a tracker stops too',
    text: single('track_script {\n chk\n }', 'vrrp_script chk {\n script /bin/chk\n }\n'),
    play: (rig) => rig.start().handle({ kind: 'stop', reason: 'test' }),
    holds: (rig) => {
      assert.ok(sent(rig, 'run /bin/tell INSTANCE VI_1 STOP 100'));
      assert.ok(sent(rig, 'cancel chk'));
    },
  },
  {
    clause: 'runtime 5, stop',
    says: 'who is in BACKUP stops without a goodbye',
    text: single(),
    play: (rig) => rig.start().handle({ kind: 'stop', reason: 'test' }).wait(5),
    holds: (rig) => {
      assert.equal(sent(rig, 'advert'), false);
      assert.ok(sent(rig, 'stopped'));
    },
  },
  {
    clause: 'runtime 5, stop',
    says: 'who is in FAULT stops',
    text: single(),
    play: (rig) => rig.start().setLink('eth0', { up: false }).handle({ kind: 'stop', reason: 'test' }),
    holds: (rig) => assert.ok(sent(rig, 'stopped')),
  },
];
