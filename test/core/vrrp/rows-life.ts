/**
 * What the transition table promises about owners that meet, late masters, startup delays and reloads, case by case
 * like rows.ts.
 */
import assert from 'node:assert/strict';
import { microseconds } from '../../../src/base/time.js';
import { link } from '../../support/machine.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';
import { type Case, is, master, sent, without, withoutCheck, withoutRow } from './rows.js';

const owner = (lines = ''): string => single(lines).replace('priority 100', 'priority 255');
/** An owner of a lower address that does not give way, for so many seconds, an advert each. */
const rival = (rig: Rig, seconds: number, from = '10.0.0.0'): Rig => {
  for (let n = 0; n < seconds; n++) rig.advert({ priority: 255, from }).wait(1);
  return rig;
};
const priority = (rig: Rig): number | undefined => rig.engine.status().instances[0]?.effectivePriority;

export const LIFE_CASES: readonly Case[] = [
  {
    clause: 'runtime 6.3: both 255, the other address is higher',
    says: 'an owner yields to the owner of a higher address, and the log names the mistake',
    text: owner(),
    play: (rig) => rig.start().advert({ priority: 255, from: '10.0.0.9' }),
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.ok(rig.lines.some((line) => line.includes('only one router can own')));
    },
    off: withoutRow('master.yield'),
  },
  {
    clause: 'runtime 6.3: both 255, the other address is lower',
    says: 'an owner bears the owner of a lower address for two adverts of its own',
    text: owner(),
    play: (rig) => {
      rig.start().wait(0.5);
      rival(rig, 2);
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.ok(sent(rig, 'error: (VI_1) configuration error: 10.0.0.0 has priority 255 as well'));
    },
    off: without('master.owner-yields', { guard: 'rival-stays' }),
  },
  {
    clause: 'runtime 6.3: both 255, the rival stays',
    says: 'after that it takes priority 254 and gives way',
    text: owner(),
    play: (rig) => {
      rig.start().wait(0.5);
      rival(rig, 4);
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.equal(priority(rig), 254);
      assert.deepEqual(rig.held(), []);
    },
    off: without('master.rival-owner', { action: 'warn-owner' }),
  },
  {
    clause: 'runtime 6.3: both 255, the rival gives way in time',
    says: 'a rival that is silent for 1.2 intervals after the warnings is forgotten',
    text: owner(),
    play: (rig) => {
      rig.start().wait(0.5);
      rival(rig, 2).wait(2);
      rig.advert({ priority: 255, from: '10.0.0.0' });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.ok(sent(rig, 'notice: (VI_1) the other owner 10.0.0.0 has stopped advertising: stays MASTER'));
    },
  },
  {
    clause: 'runtime 6.3: 254 until the rogue stops',
    says: 'once the rival is silent the owner takes over with 255',
    text: owner(),
    play: (rig) => {
      rig.start().wait(0.5);
      rival(rig, 6);
      rig.take();
      rig.wait(4);
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.ok(rig.adverts().every((line) => line.includes('advert VI_1 255 ')));
    },
    off: without('backup.takeover', { action: 'reclaim-ownership' }),
  },
  {
    clause: 'runtime 6.3: 254 until the rogue stops',
    says: 'a goodbye of the rival counts',
    text: owner(),
    play: (rig) => {
      rig.start().wait(0.5);
      rival(rig, 4);
      rig.advert({ priority: 0, from: '10.0.0.0' });
    },
    holds: (rig) => assert.equal(priority(rig), 255),
    off: withoutRow('backup.rival-gone'),
  },
  {
    clause: 'runtime 6.3: 254 until the rogue stops',
    says: 'another owner that is MASTER by now is not the rival',
    text: owner(),
    play: (rig) => {
      rig.start().wait(0.5);
      rival(rig, 4);
      assert.equal(priority(rig), 254);
      rig.advert({ priority: 255, from: '10.0.0.9' });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.equal(priority(rig), 255);
    },
    off: withoutRow('backup.rival-gone'),
  },
  {
    clause: 'runtime 6.3: 254 until the rogue stops',
    says: 'a worse master means that the rival is gone',
    text: owner(),
    play: (rig) => {
      rig.start().wait(0.5);
      rival(rig, 4);
      rig.advert({ priority: 100, from: '10.0.0.5' });
    },
    holds: (rig) => assert.equal(priority(rig), 255),
    off: withoutRow('backup.rival-gone'),
  },
  {
    clause: 'runtime 6.3: both 255, in a sync group',
    says: 'the member without a rival comes back as owner, too',
    text: pair().replace('priority 100', 'priority 255').replace('priority 90', 'priority 255'),
    play: (rig) => {
      rig.start().wait(0.5);
      rival(rig, 6);
      // The other member is the last to want to be MASTER.
      for (let n = 0; n < 2; n++)
        rig.advert({ priority: 255, vrid: 52, device: 'eth1', from: '10.0.1.9' }).wait(1);
      rig.wait(5);
    },
    holds: (rig) => {
      for (const one of rig.engine.status().instances) assert.equal(one.effectivePriority, 255);
      assert.equal(rig.state('VI_2'), 'MASTER');
    },
    off: without('backup.group-master', { action: 'reclaim-ownership' }),
  },
  {
    clause: 'runtime 9: owner_ignore_adverts',
    says: 'an owner that ignores adverts does not yield, does not answer, and does not count',
    text: owner('owner_ignore_adverts'),
    play: (rig) => {
      rig.start().wait(0.5).take();
      rig.advert({ priority: 255, from: '10.0.0.9' }).advert({ priority: 90 });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.equal(sent(rig, 'advert VI_1'), false);
      assert.equal(sent(rig, 'announce'), false);
      assert.equal(rig.engine.status().instances[0]?.counters.advertReceived, 0);
    },
    off: withoutCheck('owner-ignores'),
  },
  {
    clause: 'directives-vrrp 1.1: timer_expired_backup',
    says: 'a master that was late for longer than such a router waits gives way, without a goodbye',
    text: single('nopreempt\n timer_expired_backup 200'),
    play: (rig) => {
      master(rig);
      rig.stall(3.3).handle({ kind: 'timeout' });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.equal(sent(rig, 'advert VI_1'), false);
      assert.deepEqual(rig.held(), []);
    },
    off: withoutRow('master.outlived'),
  },
  {
    clause: 'directives-vrrp 1.1: timer_expired_backup',
    says: 'the advert of the router that took over meanwhile is obeyed, not answered',
    text: single('nopreempt\n timer_expired_backup 200'),
    play: (rig) => {
      master(rig);
      rig.stall(4).advert({ priority: 90 });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.equal(sent(rig, 'advert VI_1'), false);
      assert.equal(rig.engine.status().instances[0]?.master?.priority, 90);
    },
    off: withoutRow('master.outlived'),
  },
  {
    clause: 'directives-vrrp 1.1: timer_expired_backup',
    says: 'a master that was late, but not late enough, stays',
    text: single('nopreempt\n timer_expired_backup 200'),
    play: (rig) => {
      master(rig);
      rig.stall(2.5).handle({ kind: 'timeout' });
    },
    holds: is('MASTER'),
  },
  {
    clause: 'runtime 5: startup delay, timers start then',
    says: 'a startup delay comes on top of the master-down interval',
    text: single('', 'global_defs {\n vrrp_startup_delay 10\n }'),
    play: (rig) => {
      rig.start().wait(13.5);
      assert.equal(rig.state(), 'BACKUP');
      rig.wait(0.11);
    },
    holds: is('MASTER'),
  },
  {
    clause: 'runtime 5: startup delay, received adverts are thrown away',
    says: 'what is heard during the delay does not count',
    text: single('', 'global_defs {\n vrrp_startup_delay 10\n }'),
    play: (rig) => rig.start().wait(9).advert({ priority: 200 }).wait(4.61),
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.equal(rig.engine.status().instances[0]?.counters.advertReceived, 0);
    },
  },
  {
    clause: 'runtime 5: startup delay; DESIGN rule 4',
    says: 'who was stalled over the end of the delay hears what waited in the socket',
    text: single('', 'global_defs {\n vrrp_startup_delay 10\n }'),
    play: (rig) => rig.start().wait(5).stall(20).advert({ priority: 200 }).handle({ kind: 'timeout' }),
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.equal(rig.engine.status().instances[0]?.counters.advertReceived, 1);
    },
  },
  {
    clause: 'runtime 5: startup delay; DESIGN rule 4',
    says: 'a fault that ends in that moment begins to listen then, not when the delay ended',
    text: single('', 'global_defs {\n vrrp_startup_delay 10\n }'),
    play: (rig) =>
      rig
        .start()
        .wait(5)
        .setLink('eth0', { up: false })
        .stall(20)
        .setLink('eth0', { up: true })
        .handle({ kind: 'timeout' }),
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      rig.wait(3.61);
      assert.equal(rig.state(), 'MASTER');
    },
  },
  {
    clause: 'runtime 5: startup delay; runtime 6, start timers',
    says: 'an owner is MASTER when the delay ends, and not before',
    text: owner().replace('script_user root', 'script_user root\n vrrp_startup_delay 10'),
    play: (rig) => {
      rig.start().wait(9.99);
      assert.equal(rig.state(), 'BACKUP');
      rig.wait(0.01);
    },
    holds: is('MASTER'),
    off: without('init.owner', { guard: 'no-delay' }),
  },
  {
    clause: 'directives-global: vrrp_delay_after_boot',
    says: 'what is left of the delay after the boot is waited, and nothing once it is over',
    text: single('', 'global_defs {\n vrrp_delay_after_boot 60\n }'),
    play: (rig) => {
      rig.uptime = microseconds(50e6);
      rig.start().wait(13.6);
      assert.equal(rig.state(), 'BACKUP');
      rig.wait(0.01);
    },
    holds: (rig) => {
      is('MASTER')(rig);
      const later = new Rig(rig.configuration);
      later.uptime = microseconds(61e6);
      assert.equal(later.start().wait(3.61).state(), 'MASTER');
    },
  },
  {
    clause: 'runtime 7: debounce applies once an interface has been seen up',
    says: 'an interface that comes up for the first time counts at once, later only after its delay',
    text: single('', 'interface_up_down_delays {\n eth0 1 2\n }'),
    play: (rig) => {
      rig.links.set('eth0', link(2, 'eth0', { running: false }));
      rig.start();
      assert.equal(rig.state(), 'FAULT');
      rig.wait(1).setLink('eth0', { running: true });
      assert.equal(rig.state(), 'BACKUP');
      rig.setLink('eth0', { running: false }).wait(1.01);
      assert.equal(rig.state(), 'FAULT');
      rig.setLink('eth0', { running: true }).wait(1.99);
      assert.equal(rig.state(), 'FAULT');
      rig.wait(0.01);
    },
    holds: is('BACKUP'),
  },
  {
    clause: 'runtime 6: leaving FAULT resets the interval',
    says: 'an interval that was learned is forgotten in FAULT',
    text: single('version 3'),
    play: (rig) => {
      rig.start().advert({ priority: 150, interval: 3 });
      rig.setLink('eth0', { running: false }).setLink('eth0', { running: true }).wait(3.61);
    },
    holds: is('MASTER'),
  },
];
