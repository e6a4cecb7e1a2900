/**
 * The options -V and -a, as Keepalived 2.2.7 was seen to act: with -V a stop sends no goodbye, VIPs and virtual routes
 * stay, static ones go, and STOP is told all the same; with -a addresses of others are logged, those that are there at
 * the start included, and VIPs are not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, link } from '../../support/machine.js';
import { Rig, type RigOptions } from '../rig.js';

const TEXT = `static_ipaddress {
 10.55.0.1/24 dev eth0
}
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 no_accept
 notify /bin/tell
 virtual_ipaddress {
  10.0.0.100/24
 }
 virtual_routes {
  10.77.0.0/16 dev eth0
 }
}
vrrp_instance VI_2 {
 interface eth1
 virtual_router_id 52
 virtual_ipaddress {
  10.0.1.100/24
 }
}
`;

function running(): Rig {
  const rig = new Rig(TEXT).start().wait(4);
  assert.equal(rig.state('VI_1'), 'MASTER');
  rig.advert({ vrid: 52, device: 'eth1', from: '10.0.1.2', priority: 200 });
  assert.equal(rig.state('VI_2'), 'BACKUP');
  rig.take();
  return rig;
}

const there = (rig: Rig): string[] => rig.addresses.map((one) => one.address);

test('-V: no goodbye, what it has stays with its firewall, static addresses go, STOP is told', () => {
  const rig = running();
  rig.handle({ kind: 'stop', reason: 'test', inPlace: true });
  const kinds = rig.effects.map(({ kind }) => kind);
  assert.ok(!kinds.includes('send-advert'));
  assert.ok(!kinds.includes('apply-firewall'));
  assert.deepEqual(
    rig.effects.flatMap((one) => (one.kind === 'apply-routes' ? one.operations : [])),
    [],
  );
  assert.ok(there(rig).includes('10.0.0.100'));
  assert.ok(!there(rig).includes('10.55.0.1'));
  assert.equal(kinds.at(-1), 'stopped');
  const lines = rig.take();
  assert.ok(lines.some((line) => line.includes('run /bin/tell INSTANCE VI_1 STOP 100')));
  assert.ok(!lines.some((line) => line.includes('sent 0 priority')));
});

test('without -V all of that is otherwise', () => {
  const rig = running();
  rig.handle({ kind: 'stop', reason: 'test' });
  const kinds = rig.effects.map(({ kind }) => kind);
  for (const kind of ['send-advert', 'apply-firewall', 'apply-routes'] as const)
    assert.ok(kinds.includes(kind), kind);
  assert.ok(!there(rig).includes('10.0.0.100'));
  assert.equal(kinds.at(-1), 'stopped');
});

test('-V: what stayed is removed by the next life', () => {
  const rig = running();
  rig.handle({ kind: 'stop', reason: 'test', inPlace: true });
  const next = new Rig(TEXT, { addresses: [...rig.addresses] }).start();
  assert.deepEqual(
    there(next).filter((one) => one.startsWith('10.0.0.')),
    ['10.0.0.1'],
  );
  assert.ok(next.effects.some((one) => one.kind === 'apply-firewall' && one.fresh));
});

test('-V: a virtual MAC, its settings and its firewall stay with the addresses on it', () => {
  const stopped = (inPlace: boolean): string[] => {
    const rig = new Rig(TEXT.replace('no_accept', 'use_vmac')).start().wait(4);
    assert.equal(rig.state('VI_1'), 'MASTER');
    rig.take();
    rig.handle({ kind: 'stop', reason: 'test', inPlace });
    return rig.effects.map(({ kind }) => kind).filter((kind) => /links|sysctls|firewall/.test(kind));
  };
  assert.deepEqual(stopped(true), []);
  assert.notDeepEqual(stopped(false), []);
});

test('-a: addresses of others that are there, come and go, and none of ours', () => {
  const told = (options: RigOptions): string[] => {
    const rig = new Rig(TEXT, options).start().wait(4);
    rig.addAddress(address(2, '10.0.0.77', 24)).addAddress(address(2, '10.0.0.77', 24));
    rig.deleteAddress('10.0.0.77');
    rig.handle({
      kind: 'resync',
      links: [link(2, 'eth0'), link(3, 'eth1')],
      addresses: [
        ...rig.addresses.filter((one) => !['10.0.1.1', '10.0.0.77'].includes(one.address)),
        address(3, 'fe80::1', 64),
      ],
    });
    return rig.effects.flatMap((one) =>
      one.kind === 'log' && one.text.startsWith('Netlink reflector') ? [one.text] : [],
    );
  };
  assert.deepEqual(told({}), []);
  assert.deepEqual(told({ logAddresses: true }), [
    'Netlink reflector reports IP 10.0.0.1 added to eth0',
    'Netlink reflector reports IP 10.0.1.1 added to eth1',
    'Netlink reflector reports IP 10.0.0.77 added to eth0',
    'Netlink reflector reports IP 10.0.0.77 removed from eth0',
    'Netlink reflector reports IP 10.0.1.1 removed from eth1',
    'Netlink reflector reports IP fe80::1 added to eth1',
  ]);
});
