/** When a master announces: the schedule of a new one, reloads, foreign interfaces, and what a rival leaves behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MacAddress } from '../../../src/base/mac-address.js';
import type { EngineOptions } from '../../../src/core/engine.js';
import { type Action, TRANSITIONS } from '../../../src/core/vrrp/transitions.js';
import { configurationOf } from '../../support/configuration.js';
import { address, link } from '../../support/machine.js';
import { Rig, type RigOptions } from '../rig.js';
import { pair, single } from '../texts.js';

/** `SECONDS ADDRESS xTIMES` of every burst since the last take. */
const bursts = (rig: Rig): string[] =>
  rig.lines.flatMap((line) => {
    const found = /^(\S+) announce (.*)$/.exec(line);
    return found ? [`${found[1]} ${found[2]}`] : [];
  });

function master(text: string, options?: RigOptions): Rig {
  const rig = new Rig(text, options).start().wait(3.65);
  assert.equal(rig.state(), 'MASTER');
  rig.take();
  return rig;
}

const without = (row: string, action: Action): EngineOptions => ({
  transitions: TRANSITIONS.map((one) =>
    one.id === row ? { ...one, actions: one.actions.filter((other) => other !== action) } : one,
  ),
});

test('burst, second burst after the delay, refreshes from then on', () => {
  const rig = new Rig(
    single(
      'garp_master_delay 2\n garp_master_repeat 3\n garp_master_refresh 4\n garp_master_refresh_repeat 2',
    ),
  );
  rig.start().wait(15);
  assert.deepEqual(bursts(rig), [
    '3.609 10.0.0.100 dev eth0 x3',
    '5.609 10.0.0.100 dev eth0 x3',
    '9.609 10.0.0.100 dev eth0 x2',
    '13.609 10.0.0.100 dev eth0 x2',
  ]);
});

test('nothing is announced by who is no longer master', () => {
  const rig = master(single('garp_master_delay 2\n garp_master_refresh 1'));
  rig.advert({ priority: 200 }).wait(3);
  assert.deepEqual(bursts(rig), []);
});

test('every address on the interface where it stands, with the hardware address of that one', () => {
  const rig = new Rig(
    single('virtual_ipaddress_excluded {\n 10.0.1.100 dev eth1\n }\n garp_master_repeat 1'),
  );
  rig.start().wait(3.7);
  assert.deepEqual(bursts(rig), ['3.609 10.0.0.100 dev eth0', '3.609 10.0.1.100 dev eth1']);
  const senders = rig.effects.flatMap((effect) =>
    effect.kind === 'send-frame' ? [Buffer.from(effect.bytes.subarray(8, 14)).toString('hex')] : [],
  );
  assert.deepEqual(senders, ['020000000002', '020000000003']);
});

test('an interface without ARP is left in peace', () => {
  const rig = new Rig(single(), { links: [link(2, 'eth0', { noArp: true })] });
  rig.start().wait(3.7);
  assert.equal(rig.state(), 'MASTER');
  assert.deepEqual(bursts(rig), []);
});

test('garp_extra_if: one address for each other interface; without `all` only virtual ones', () => {
  const text = (all: string): string =>
    single(`garp_extra_if ${all} 2
 virtual_ipaddress_excluded {
 10.0.1.100 dev eth1
 10.0.1.101 dev eth1
 10.0.2.100 dev eth1 use_vmac
 10.0.3.100 dev mv0
 }`);
  const options = {
    links: [link(2, 'eth0'), link(3, 'eth1'), link(4, 'mv0', { kind: 'macvlan', parent: 3 })],
  };
  const all = master(text('all'), options).wait(2);
  assert.deepEqual(bursts(all), [
    '5.609 10.0.1.100 dev eth1',
    '5.609 10.0.2.100 dev vrrp.51',
    '5.609 10.0.3.100 dev mv0',
  ]);
  const own = master(text(''), options).wait(4);
  assert.deepEqual(bursts(own), ['5.609 10.0.2.100 dev vrrp.51', '7.609 10.0.2.100 dev vrrp.51']);
});

test('a reload that adds an address, or that finds refresh on, lets a master announce', () => {
  const two = single().replace('10.0.0.100', '10.0.0.100\n 10.0.0.101');
  const rig = master(single('garp_master_repeat 2'));
  const reload = (text: string): string[] => {
    rig.take();
    rig.handle({ kind: 'reload', configuration: configurationOf(text) });
    return bursts(rig).map((line) => line.slice('0.000 '.length));
  };
  assert.deepEqual(reload(single('garp_master_repeat 2')), []);
  assert.deepEqual(reload(two), ['10.0.0.100 dev eth0 x5', '10.0.0.101 dev eth0 x5']);
  const refresh = single('garp_master_refresh 60\n garp_master_repeat 2');
  assert.deepEqual(reload(refresh), ['10.0.0.100 dev eth0 x2']);
  assert.deepEqual(reload(refresh), ['10.0.0.100 dev eth0 x2']);
  rig.take();
  assert.deepEqual(bursts(rig.wait(60)).length, 1);
  assert.deepEqual(reload(single()), []);
  assert.deepEqual(bursts(rig.wait(60)), []);
});

test('a unicast instance that leaves FAULT tells where it is', () => {
  const text = single('unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2\n }');
  const rig = new Rig(text).start().setLink('eth0', { running: false });
  rig.take();
  rig.wait(1).setLink('eth0', { running: true });
  assert.deepEqual(bursts(rig), ['1.000 10.0.0.1 dev eth0']);
});

// After a split

const SILENT = 'garp_lower_prio_repeat 0';

const healed = (off?: EngineOptions): Rig => {
  const rig = master(single(SILENT), off);
  rig.advert({ priority: 50 }).wait(1).advert({ priority: 50 });
  assert.deepEqual(bursts(rig), []);
  return rig.wait(1.6);
};

test('after the last advert of a rival the survivor announces, even if told not to answer', () => {
  assert.deepEqual(bursts(healed()), ['6.150 10.0.0.100 dev eth0']);
  assert.deepEqual(bursts(healed(without('master.insist', 'announce-again'))), []);
});

test('after the goodbye of a rival too, and once more a little later', () => {
  const play = (off?: EngineOptions): Rig => master(single(SILENT), off).advert({ priority: 0 }).wait(1.6);
  assert.deepEqual(bursts(play()), ['3.650 10.0.0.100 dev eth0', '5.150 10.0.0.100 dev eth0']);
  assert.deepEqual(bursts(play(without('master.goodbye', 'announce-after'))), []);
});

test('in strict mode the survivor announces, too', () => {
  const rig = master(single('strict_mode on'));
  rig.advert({ priority: 50 }).wait(1.6);
  assert.deepEqual(bursts(rig), ['5.150 10.0.0.100 dev eth0']);
});

test('the whole sync group announces after a rival of one member', () => {
  const text = `
vrrp_sync_group G {
  group {
    VI_1
    VI_2
  }
}
${single(SILENT)}
${single(SILENT)
  .replace(/global_defs.*/, '')
  .replace('VI_1', 'VI_2')
  .replace('51', '52')
  .replace('eth0', 'eth1')
  .replace('10.0.0.100', '10.0.1.100')}`;
  const rig = master(text);
  rig.advert({ priority: 50 }).wait(2);
  assert.deepEqual(bursts(rig), ['5.150 10.0.0.100 dev eth0', '5.150 10.0.1.100 dev eth1']);
});

test('against a worse master of one member all members announce, and again after the delay', () => {
  const rig = new Rig(pair('garp_lower_prio_repeat 2\n garp_lower_prio_delay 1')).start().wait(4);
  rig.take();
  rig.advert({ priority: 50 }).wait(1);
  assert.deepEqual(bursts(rig), [
    '4.000 10.0.0.100 dev eth0 x2',
    '4.000 10.0.1.100 dev eth1 x2',
    '5.000 10.0.0.100 dev eth0 x2',
    '5.000 10.0.1.100 dev eth1 x2',
  ]);
});

test('a rival may be as noisy as it likes: so many addresses, so few frames', () => {
  const vips = Array.from({ length: 200 }, (_, i) => `10.0.2.${i}`).join('\n    ');
  const rig = master(single().replace('10.0.0.100', vips));
  for (let n = 0; n < 500; n++) rig.advert({ priority: 50 }).advert({ priority: 0 }).wait(0.02);
  const frames = rig.effects.filter(({ kind }) => kind === 'send-frame').length;
  assert.ok(frames >= 10_000 && frames <= 11_000, `${frames} frames in ten seconds`);
});

test('who took over in silence says a last word to the better one; who followed a goodbye does not', () => {
  const yields = (before: number, lines = ''): string[] => {
    const rig = new Rig(single(lines)).start();
    rig.advert({ priority: 200 });
    if (before === 0) rig.advert({ priority: 0 });
    rig.wait(4).take();
    rig.advert({ priority: 200 });
    assert.equal(rig.state(), 'BACKUP');
    return rig.adverts();
  };
  assert.equal(yields(200).length, 1);
  assert.equal(yields(0).length, 0);
  assert.equal(yields(200, 'strict_mode on').length, 0);
});

test('the addresses of two families, each in its own way', () => {
  const rig = new Rig(single('virtual_ipaddress_excluded {\n 2001:db8::100/64\n }\n garp_master_repeat 1'), {
    addresses: [address(2, '10.0.0.1', 24)],
  });
  rig.start().wait(3.7);
  assert.deepEqual(bursts(rig), ['3.609 10.0.0.100 dev eth0', '3.609 2001:db8::100 dev eth0']);
});

test('a hardware address that changes is announced for the addresses on that interface, by a master alone', () => {
  const text = single('virtual_ipaddress_excluded {\n 10.0.1.100 dev eth1\n }\n garp_master_repeat 1');
  const mac = '02:00:00:00:00:77' as MacAddress;
  const rig = master(text);
  rig.setLink('eth1', { mac }).wait(1);
  assert.deepEqual(
    bursts(rig).map((line) => line.replace(/^\S+ /, '')),
    ['10.0.1.100 dev eth1'],
  );
  const sender = rig.effects.findLast((effect) => effect.kind === 'send-frame');
  assert.equal(Buffer.from(sender?.bytes.subarray(8, 14) ?? []).toString('hex'), mac.replaceAll(':', ''));
  assert.match(rig.lines.join('\n'), /eth1 has another MAC address, 02:00:00:00:00:77: announces/);
  rig.take();
  // The same once more, or another fact: nothing to tell.
  rig.setLink('eth1', { mtu: 9000 }).wait(1);
  rig.advert({ priority: 200 }).wait(0.5);
  rig.setLink('eth1', { mac: '02:00:00:00:00:03' as MacAddress }).wait(0.5);
  assert.deepEqual(bursts(rig), []);
});
