/** Virtual MACs of instances: names, reuse, loss, refusal, reloads. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MacAddress } from '../../../src/base/mac-address.js';
import { configurationOf } from '../../support/configuration.js';
import { address, link } from '../../support/machine.js';
import { Rig } from '../rig.js';
import { asked, faultsOf, LINK_LOCAL, leftover, MAC, one, start, V6, withLinks } from './virtual-mac-rig.js';

describe('making', () => {
  test('made at the start, without a FAULT on the way; adverts and addresses go by it, the source stays', () => {
    const rig = start(one());
    assert.deepEqual(asked(rig), [`create macvlan vrrp.51 on 2 ${MAC}`]);
    assert.deepEqual(
      rig.lines
        .filter((line) => line.includes('Entering'))
        .map((line) => line.split(' Entering ')[1]?.slice(0, 6)),
      ['BACKUP'],
    );
    assert.ok(rig.lines.some((line) => line.includes('open 100/ipv4')));
    rig.wait(4);
    assert.ok(rig.lines.some((line) => line.endsWith('add 10.0.0.100/32 dev vrrp.51')));
    assert.ok(rig.lines.some((line) => line.includes('announce 10.0.0.100 dev vrrp.51')));
    assert.ok(rig.adverts().every((line) => line.includes('10.0.0.1 > 224.0.0.18')));
  });

  test('names: PREFIX.VRID, for IPv6 PREFIX6.VRID, then PREFIX1.VRID, and never one that is taken', () => {
    const rig = start(one() + V6, { addresses: [address(2, '10.0.0.1', 24), LINK_LOCAL] });
    assert.deepEqual(asked(rig), [
      `create macvlan vrrp.51 on 2 ${MAC}; create macvlan vrrp6.51 on 2 00:00:5e:00:02:33`,
    ]);
    assert.match(asked(start(one(), withLinks(link(9, 'vrrp.51'))))[0] ?? '', /^create macvlan vrrp1\.51 /);
    const six = withLinks(link(8, 'vrrp.51'), link(9, 'vrrp6.51'));
    assert.match(asked(start(V6, six))[0] ?? '', /^create macvlan vrrp1\.51 /);
  });

  test('a long prefix is cut so that the number fits', () => {
    const text = one('use_vmac', { vrid: 251, globals: 'vmac_prefix averyveryverylongone' });
    assert.match(asked(start(text))[0] ?? '', /^create macvlan averyveryve\.251 /);
  });

  test('its name, its MAC, its group; with netlink_notify_msg the interface underneath is told of', () => {
    const text = one('use_vmac name v51 02:01:02:03:04 group 7 netlink_notify_msg');
    assert.deepEqual(asked(start(text)), [
      'create macvlan v51 on 2 02:01:02:03:04:33 group 7; touch link eth0',
    ]);
    assert.deepEqual(asked(start(one(), { links: [link(2, 'eth0', { group: 3 })] })), [
      `create macvlan vrrp.51 on 2 ${MAC} group 3`,
    ]);
  });

  test('an interface whose VRF it shares', () => {
    const vrf = [link(2, 'eth0', { master: 5 }), link(5, 'blue', { kind: 'vrf' })];
    const rig = start(one(), { links: vrf });
    const [effect] = rig.effects.filter(({ kind }) => kind === 'apply-links');
    assert.match(JSON.stringify(effect), /"master":5/);
    const bridged = [link(2, 'eth0', { master: 5 }), link(5, 'br0', { kind: 'bridge' })];
    assert.doesNotMatch(JSON.stringify(start(one(), { links: bridged }).effects), /"master"/);
  });
});

describe('what is there already', () => {
  test('a matching one is used under its own name, and goes with us', () => {
    const rig = start(one('use_vmac v51'), withLinks(leftover(9, 'old0', { alias: undefined as never })));
    assert.deepEqual(asked(rig), [`adopt macvlan old0 on 2 ${MAC}`]);
    assert.ok(rig.lines.some((line) => /old0 on eth0 is what v51 should be/.test(line)));
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.equal(asked(rig).at(-1), 'delete link old0');
  });
  test('one of that name with another MAC gives way; an interface of another kind does not', () => {
    const wrong = leftover(9, 'v51', { mac: '02:00:00:00:00:09' as MacAddress });
    assert.deepEqual(asked(start(one('use_vmac v51'), withLinks(wrong))), [
      `delete link v51; create macvlan v51 on 2 ${MAC}`,
    ]);
    const rig = start(one('use_vmac v51'), withLinks(link(9, 'v51')));
    assert.deepEqual(asked(rig), [`create macvlan vrrp.51 on 2 ${MAC}`]);
    assert.ok(
      rig.lines.some((line) => line.includes('v51 cannot be made on eth0: there is another interface')),
    );
  });
  test('what an earlier life made and nobody wants now is removed; what others made is left alone', () => {
    const other = leftover(10, 'theirs', { alias: 'holdfast other' });
    const rig = start(one(''), withLinks(leftover(9, 'vrrp.9'), other, leftover(11, 'hers', { alias: 'x' })));
    assert.deepEqual(asked(rig), ['delete link vrrp.9']);
    assert.ok(
      rig.lines.some((line) => line.includes('found interface vrrp.9 left over from an earlier life')),
    );
  });
  test('a macvlan on another interface, or in another mode, is no match', () => {
    for (const change of [{ parent: 3 }, { macvlanMode: 'bridge' }, { parentElsewhere: true as const }]) {
      const rig = start(one(), withLinks(leftover(9, 'old0', { ...change, alias: 'x' })));
      assert.deepEqual(asked(rig), [`create macvlan vrrp.51 on 2 ${MAC}`], JSON.stringify(change));
    }
  });
});

describe('loss', () => {
  const master = (): Rig => start(one()).wait(5);
  test('deleted underneath: FAULT, made again, BACKUP, and MASTER after the wait', () => {
    const rig = master();
    rig.take();
    rig.removeLink('vrrp.51');
    assert.equal(rig.state(), 'BACKUP');
    assert.ok(rig.lines.some((line) => line.includes('Entering FAULT STATE')));
    assert.deepEqual(asked(rig), [`create macvlan vrrp.51 on 2 ${MAC}`]);
    rig.wait(4);
    assert.equal(rig.state(), 'MASTER');
    assert.deepEqual(rig.held(), ['10.0.0.100']);
  });
  test('deleted again and again: made again once a second, no more often', () => {
    const rig = master();
    rig.removeLink('vrrp.51');
    rig.take();
    for (let n = 0; n < 5; n++) {
      rig.wait(0.1);
      if (rig.links.has('vrrp.51')) rig.removeLink('vrrp.51');
    }
    assert.deepEqual(asked(rig), []);
    assert.deepEqual(faultsOf(rig), ['virtual MAC interface vrrp.51 was deleted']);
    rig.wait(1);
    assert.deepEqual(asked(rig), [`create macvlan vrrp.51 on 2 ${MAC}`]);
  });
  test('goes with the interface underneath, and comes with it', () => {
    const rig = master();
    rig.removeLink('eth0');
    assert.equal(rig.state(), 'FAULT');
    assert.deepEqual(faultsOf(rig), ['interface eth0 does not exist']);
    assert.ok(!rig.lines.some((line) => line.includes('could not be made')), 'no refusal is told of it');
    rig.take();
    rig.wait(2);
    rig.addLink(link(7, 'eth0')).addAddress(address(7, '10.0.0.1', 24));
    assert.deepEqual(asked(rig), [`create macvlan vrrp.51 on 7 ${MAC}`]);
    assert.equal(rig.state(), 'BACKUP');
  });
  test('gone with the interface underneath: at the stop there is nothing to delete', () => {
    const rig = master();
    rig.removeLink('eth0');
    rig.take();
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.deepEqual(asked(rig), []);
  });
  test('deleted by somebody in the moment in which we delete it: no refusal is told', () => {
    for (const [code, told] of [
      ['ENODEV', 0],
      ['EBUSY', 1],
    ] as const) {
      const rig = master();
      rig.linkRefusals.set('vrrp.51', code);
      rig.take();
      rig.handle({ kind: 'stop', reason: 'SIGTERM' }).wait(1);
      assert.equal(rig.lines.filter((line) => /error:.*vrrp\.51/.test(line)).length, told, code);
    }
  });
  test('the interface underneath goes down: that is the reason, once', () => {
    const rig = master();
    rig.setLink('vrrp.51', { running: false });
    rig.setLink('eth0', { running: false });
    assert.deepEqual(faultsOf(rig), ['interface eth0 is without carrier']);
    rig.setLink('eth0', { running: true });
    assert.deepEqual(faultsOf(rig), ['virtual MAC interface vrrp.51 is down']);
    rig.setLink('vrrp.51', { running: true });
    assert.equal(rig.state(), 'BACKUP');
  });
  test('dont_track_primary: neither matters', () => {
    const rig = start(one('use_vmac\n dont_track_primary')).wait(5);
    rig.setLink('vrrp.51', { running: false });
    rig.setLink('eth0', { running: false });
    assert.equal(rig.state(), 'MASTER');
  });
  test('somebody gives it another MAC: it is made anew', () => {
    const rig = master();
    rig.take();
    rig.setLink('vrrp.51', { mac: '02:00:00:00:00:09' as MacAddress });
    assert.deepEqual(asked(rig), [`delete link vrrp.51; create macvlan vrrp.51 on 2 ${MAC}`]);
  });
  test('somebody renames it: it is known by its new name', () => {
    const rig = master();
    const known = rig.links.get('vrrp.51');
    assert.ok(known);
    rig.links.delete('vrrp.51');
    rig.take();
    rig.addLink({ ...known, name: 'other' });
    assert.deepEqual(asked(rig), []);
    assert.equal(rig.state(), 'MASTER');
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.deepEqual(asked(rig), ['delete link other']);
  });
});

describe('refusal', () => {
  test('FAULT with the reason, said once, and tried again', () => {
    const rig = new Rig(one());
    rig.linkRefusals.set('vrrp.51', 'EOPNOTSUPP');
    rig.start().wait(10);
    assert.equal(rig.state(), 'FAULT');
    assert.match(
      faultsOf(rig)[0] ?? '',
      /^virtual MAC interface vrrp\.51 could not be made: making vrrp\.51: no$/,
    );
    const said = rig.lines.filter((line) => line.includes('could not be made on eth0'));
    assert.equal(said.length, 1);
    assert.match(
      said[0] ?? '',
      /error: vrrp\.51 could not be made on eth0: .* \(EOPNOTSUPP\); trying again every 1s/,
    );
    assert.ok(asked(rig).length >= 10);
    rig.linkRefusals.clear();
    rig.wait(1);
    assert.equal(rig.state(), 'BACKUP');
  });
  test('an answer whose link nobody ever tells of', () => {
    const rig = new Rig(one());
    rig.kernelAnswers = false;
    rig.start();
    const [effect] = rig.effects.filter((entry) => entry.kind === 'apply-links');
    assert.ok(effect);
    const results = effect.operations.map((operation) => ({ operation }));
    rig.handle({ kind: 'links-applied', request: effect.request, results });
    assert.equal(rig.engine.status().instances[0]?.state, 'FAULT', 'waiting is shown as FAULT');
    rig.kernelAnswers = true;
    rig.wait(1.1);
    assert.equal(rig.state(), 'BACKUP');
  });
  test('answers to nothing that was asked change nothing', () => {
    const rig = start(one());
    rig.handle({ kind: 'links-applied', request: 77, results: [] });
    assert.equal(rig.state(), 'BACKUP');
  });
});

describe('status', () => {
  test('names the virtual MAC, or the ipvlan', () => {
    const named = (lines: string): string | undefined =>
      start(one(lines)).engine.status().instances[0]?.virtualInterface;
    assert.equal(named('use_vmac'), 'vrrp.51');
    assert.equal(named('use_ipvlan ipv.51 10.0.0.5/24'), 'ipv.51');
    assert.equal(named(''), undefined);
  });
});

describe('reload', () => {
  const reload = (rig: Rig, text: string): void => {
    rig.take();
    rig.handle({ kind: 'reload', configuration: configurationOf(text) });
  };
  test('nothing changed: nothing is asked', () => {
    const rig = start(one()).wait(5);
    reload(rig, one('use_vmac\n advert_int 2'));
    assert.deepEqual(asked(rig), []);
    assert.equal(rig.state(), 'MASTER');
  });
  test('another name: made anew under it', () => {
    const rig = start(one()).wait(5);
    reload(rig, one('use_vmac v51'));
    assert.deepEqual(asked(rig), [`delete link vrrp.51; create macvlan v51 on 2 ${MAC}`]);
    rig.wait(4);
    assert.equal(rig.state(), 'MASTER');
    assert.ok(rig.lines.some((line) => line.includes('add 10.0.0.100/32 dev v51')));
  });
  test('another group is set in its place', () => {
    const rig = start(one()).wait(5);
    reload(rig, one('use_vmac group 9'));
    assert.deepEqual(asked(rig), [`adopt macvlan vrrp.51 on 2 ${MAC} group 9`]);
    assert.equal(rig.state(), 'MASTER');
  });
  test('use_vmac comes and goes: another virtual router for its neighbours', () => {
    const rig = start(one('')).wait(5);
    reload(rig, one());
    assert.deepEqual(asked(rig), [`create macvlan vrrp.51 on 2 ${MAC}`]);
    rig.wait(4);
    reload(rig, one(''));
    assert.deepEqual(asked(rig), ['delete link vrrp.51']);
    rig.wait(4);
    assert.equal(rig.state(), 'MASTER');
  });
  test('an instance with another name keeps its interface', () => {
    const rig = start(one()).wait(5);
    reload(rig, one('use_vmac', { name: 'VI_2' }));
    assert.deepEqual(asked(rig), []);
    assert.equal(rig.state('VI_2'), 'MASTER');
  });
  test('instances that exchange their names keep their interfaces', () => {
    const two = (first: string, second: string): string =>
      one('use_vmac', { name: first }) + one('use_vmac', { name: second, vrid: 52, vip: '10.0.0.102' });
    const rig = start(two('VI_1', 'VI_2')).wait(5);
    reload(rig, two('VI_2', 'VI_1'));
    assert.deepEqual(asked(rig), []);
    assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['MASTER', 'MASTER']);
    reload(rig, one('use_vmac', { name: 'VI_2' }));
    assert.deepEqual(asked(rig), ['delete link vrrp.52']);
  });
  test('another instance gets the name of the interface of one that is gone', () => {
    const rig = start(one('use_vmac web')).wait(5);
    reload(rig, one('use_vmac web', { name: 'VI_2', vrid: 52 }));
    assert.match(asked(rig).at(-1) ?? '', /create macvlan web on 2 00:00:5e:00:01:34$/);
    assert.ok([...rig.links.values()].some(({ name, mac }) => name === 'web' && mac === '00:00:5e:00:01:34'));
    assert.deepEqual(
      rig.lines.filter((line) => line.includes('error')),
      [],
    );
  });
  test('an instance that goes takes its interface along', () => {
    const rig = start(one() + one('use_vmac', { name: 'VI_2', vrid: 52, vip: '10.0.0.102' }));
    reload(rig, one());
    assert.deepEqual(asked(rig), ['delete link vrrp.52']);
  });
});
