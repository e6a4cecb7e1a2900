/** What stands on virtual MACs and ipvlans, who shares one, and what they need beside. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Sysctls } from '../../../src/sim/sysctls.js';
import { configurationOf } from '../../support/configuration.js';
import { address, link } from '../../support/machine.js';
import { Rig, type RigOptions } from '../rig.js';
import { asked, faultsOf, LINK_LOCAL, MAC, one, start, V6 } from './virtual-mac-rig.js';

describe('where things stand', () => {
  test('vmac_xmit_base: adverts by the interface underneath, addresses on the virtual one', () => {
    const rig = start(one('use_vmac\n vmac_xmit_base')).wait(4);
    assert.ok(rig.lines.some((line) => line.includes('open 2/ipv4')));
    assert.ok(rig.lines.some((line) => line.includes('add 10.0.0.100/32 dev vrrp.51')));
  });
  test('unicast sends by the interface underneath, said or not', () => {
    const rig = start(one('use_vmac\n unicast_peer {\n  10.0.0.2\n }'));
    assert.ok(rig.lines.some((line) => line.includes('open 2/ipv4')));
    assert.ok(rig.links.has('vrrp.51'));
  });
  test('IPv6: from the link-local address underneath, or the one its MAC would give', () => {
    const addresses = [address(2, '10.0.0.1', 24)];
    const rig = start(V6, { addresses: [...addresses, LINK_LOCAL] }).wait(4);
    assert.ok(rig.adverts().every((line) => line.includes('fe80::1 > ff02::12')));
    assert.match(JSON.stringify(rig.effects), /"foreignSource":true/);
    const without = start(V6, { addresses }).wait(4);
    assert.ok(without.adverts().length > 0);
    assert.ok(without.adverts().every((line) => line.includes('fe80::ff:fe00:2 > ff02::12')));
  });
  const elsewhere = `virtual_ipaddress_excluded {
  10.0.0.101
  10.0.1.101 dev eth1
  2001:db8::101
 }`;
  const places = (rig: Rig): string[] =>
    rig.addresses.flatMap(({ protocol, address: text, interfaceIndex }) =>
      protocol === 0x48
        ? `${text} ${[...rig.links.values()].find(({ index }) => index === interfaceIndex)?.name}`
        : [],
    );
  test('addresses of other interfaces and of the other family stay there', () => {
    assert.deepEqual(places(start(one(`use_vmac\n ${elsewhere}`)).wait(4)), [
      '10.0.0.100 vrrp.51',
      '10.0.0.101 vrrp.51',
      '10.0.1.101 eth1',
      '2001:db8::101 eth0',
    ]);
  });
  test('use_vmac_addr gives them virtual MACs, too', () => {
    const rig = start(
      one(`use_vmac_addr\n use_vmac\n ${elsewhere}`, { globals: 'vmac_addr_prefix va' }),
    ).wait(4);
    assert.deepEqual(asked(rig), [
      `create macvlan vrrp.51 on 2 ${MAC}; create macvlan va.51 on 3 ${MAC}; create macvlan va6.51 on 2 00:00:5e:00:02:33`,
    ]);
    assert.deepEqual(places(rig), [
      '10.0.0.100 vrrp.51',
      '10.0.0.101 vrrp.51',
      '10.0.1.101 va.51',
      '2001:db8::101 va6.51',
    ]);
  });
  test('use_vmac on an address alone', () => {
    const rig = start(one('', { vip: '10.0.0.100 use_vmac\n  10.0.0.102' })).wait(4);
    assert.deepEqual(places(rig), ['10.0.0.100 vrrp.51', '10.0.0.102 eth0']);
    assert.ok(rig.lines.some((line) => line.includes('open 2/ipv4')));
  });
  test('an address whose virtual MAC is missing holds the instance, unless it is no_track', () => {
    for (const [option, state] of [
      ['', 'FAULT'],
      [' no_track', 'BACKUP'],
    ] as const) {
      const rig = new Rig(one('', { vip: `10.0.1.100 dev eth1 use_vmac${option}` }));
      rig.linkRefusals.set('vrrp.51', 'EBUSY');
      rig.start();
      assert.equal(rig.state(), state);
    }
  });
  test('garp_extra_if: of virtual MACs that carry no adverts', () => {
    const rig = start(one(`use_vmac_addr\n use_vmac\n garp_extra_if 10\n ${elsewhere}`)).wait(10);
    rig.take();
    rig.wait(10);
    assert.deepEqual(
      rig.lines.flatMap((line) => /announce .*/.exec(line)?.[0] ?? []).filter((line) => !line.includes(' x')),
      ['announce 10.0.1.101 dev vrrp1.51', 'announce 2001:db8::101 dev vrrp6.51'],
    );
  });
  test('two instances of one number, one for each family, share nothing', () => {
    const rig = start(one() + V6, { addresses: [address(2, '10.0.0.1', 24), LINK_LOCAL] }).wait(4);
    assert.deepEqual(rig.state('VI_1') + rig.state('VI_6'), 'MASTERMASTER');
    rig.removeLink('vrrp.51');
    assert.equal(rig.state('VI_6'), 'MASTER');
  });
});

describe('interface_up_down_delays of the interface underneath hold for it, too', () => {
  const delayed = (seconds: number): Rig =>
    start(`interface_up_down_delays {\n eth0 ${seconds} ${seconds}\n}\n${one()}`).wait(4);
  const down = (rig: Rig): Rig => rig.setLink('eth0', DOWN).setLink('vrrp.51', DOWN);
  const DOWN = { running: false };
  const UP = { running: true };
  test('back in time: nothing happens', () => {
    const rig = delayed(1);
    assert.equal(rig.state(), 'MASTER');
    down(rig).wait(0.5);
    rig.setLink('eth0', UP).setLink('vrrp.51', UP).wait(4);
    assert.equal(rig.state(), 'MASTER');
    assert.ok(!rig.lines.some((line) => line.includes('FAULT')));
  });
  test('away for longer: FAULT after the delay', () => {
    const rig = down(delayed(1)).wait(0.9);
    assert.equal(rig.state(), 'MASTER');
    rig.wait(0.2);
    assert.equal(rig.state(), 'FAULT');
  });
  test('cut to what the adverts allow', () => {
    const rig = down(delayed(10)).wait(1.9);
    assert.equal(rig.state(), 'MASTER');
    rig.wait(0.2);
    assert.equal(rig.state(), 'FAULT');
  });
});

describe('one virtual MAC for two instances', () => {
  const shared = (group: string): string =>
    `${group}${['VI_1 eth0 10.0.0.100', 'VI_2 eth1 10.0.0.101']
      .map((words) => {
        const [name = '', device = '', vip = ''] = words.split(' ');
        return one('', { name, vip: `${vip} dev eth2 use_vmac` }).replace(
          'interface eth0',
          `interface ${device}`,
        );
      })
      .join('')}`;
  const LINKS: RigOptions = { links: [link(2, 'eth0'), link(3, 'eth1'), link(4, 'eth2')] };
  const addresses = [address(2, '10.0.0.1', 24), address(3, '10.0.1.1', 24)];
  test('the second is in FAULT', () => {
    const rig = start(shared(''), { ...LINKS, addresses }).wait(5);
    assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['MASTER', 'FAULT']);
    assert.match(
      faultsOf(rig, 'VI_2').join(),
      /its virtual MAC on eth2 is that of VI_1, too: put both into one/,
    );
    rig.handle({ kind: 'reload', configuration: configurationOf(one('', { name: 'VI_2' })) });
    rig.wait(5);
    assert.equal(rig.state('VI_2'), 'MASTER');
  });
  test('members of one sync group share it', () => {
    const rig = start(shared('vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n}\n'), {
      ...LINKS,
      addresses,
    }).wait(5);
    assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['MASTER', 'MASTER']);
  });
  test('another family, or another number, is another virtual MAC', () => {
    const rig = start(one() + V6, { addresses: [address(2, '10.0.0.1', 24), LINK_LOCAL] }).wait(5);
    assert.deepEqual([rig.state('VI_1'), rig.state('VI_6')], ['MASTER', 'MASTER']);
  });
});

describe('ipvlan', () => {
  const ipvlan = one('use_ipvlan ipv.51 10.0.0.5/24 private');
  test('carries adverts from its own address; virtual addresses stay on the interface underneath', () => {
    const rig = start(ipvlan).wait(4);
    assert.deepEqual(asked(rig), ['create ipvlan ipv.51 on 2 private']);
    assert.ok(rig.lines.some((line) => line.includes('add 10.0.0.5/24 dev ipv.51')));
    assert.ok(rig.lines.some((line) => line.includes('add 10.0.0.100/32 dev eth0')));
    assert.ok(rig.adverts().every((line) => line.includes('10.0.0.5 > 224.0.0.18')));
    assert.ok(rig.lines.some((line) => line.includes('open 100/ipv4')));
  });
  test('somebody deletes its address: it is set again', () => {
    const rig = start(ipvlan);
    rig.take();
    rig.deleteAddress('10.0.0.5');
    assert.ok(rig.lines.some((line) => line.includes('add 10.0.0.5/24 dev ipv.51')));
  });
  test('a stop takes it away with its address', () => {
    const rig = start(ipvlan).handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.equal(asked(rig).at(-1), 'delete link ipv.51');
    assert.deepEqual(rig.held(), []);
  });
});

describe('what it needs beside', () => {
  const RP = (name: string): string => `ipv4/conf/${name}/rp_filter`;
  test('the interface underneath answers for its own addresses only, while it is there', () => {
    const rig = start(one());
    const values = (): number[] =>
      ['arp_ignore', 'arp_filter', 'arp_announce'].map((name) =>
        rig.sysctls.setting(`ipv4/conf/eth0/${name}`),
      );
    assert.deepEqual(values(), [1, 1, 2]);
    assert.equal(rig.sysctls.setting('ipv6/conf/vrrp.51/disable_ipv6'), 1);
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.deepEqual(values(), [0, 0, 0]);
  });
  test('IPv6 takes no addresses from routers', () => {
    const rig = start(V6, { addresses: [LINK_LOCAL] });
    assert.equal(rig.sysctls.setting('ipv6/conf/vrrp.51/accept_ra'), 0);
    assert.equal(rig.sysctls.setting('ipv4/conf/eth0/arp_ignore'), 0);
  });
  test('rp_filter of all is folded into the others, and unfolded at the end', () => {
    const sysctls = new Sysctls(() => true);
    sysctls.administer(RP('all'), 1);
    sysctls.administer(RP('eth1'), 2);
    const rig = start(one(), { sysctls });
    const values = (): number[] =>
      ['all', 'default', 'eth0', 'eth1'].map((name) => sysctls.setting(RP(name)));
    assert.deepEqual(values(), [0, 1, 1, 2]);
    assert.equal(sysctls.setting(RP('vrrp.51')), 0);
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.deepEqual(values(), [1, 0, 0, 2]);
  });
  test('a killed daemon: the next one keeps it folded, and its stop unfolds it', () => {
    const sysctls = new Sysctls(() => true);
    sysctls.administer(RP('all'), 1);
    const rig = start(one(), { sysctls });
    const links = [...rig.links.values()];
    const next = new Rig(one(), { sysctls, links }).start();
    assert.deepEqual([sysctls.setting(RP('all')), sysctls.setting(RP('eth0'))], [0, 1]);
    next.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.deepEqual([sysctls.setting(RP('all')), sysctls.setting(RP('eth0'))], [1, 0]);
  });
  const stopped = (rig: Rig): string[] => rig.lines.filter((line) => line.includes('firewall: stop'));
  test('the firewall stops what the kernel sends by itself; disable_local_igmp leaves it for IPv4', () => {
    assert.equal(stopped(start(one())).length, 1);
    assert.equal(stopped(start(one('use_vmac', { globals: 'disable_local_igmp' }))).length, 0);
  });
});
