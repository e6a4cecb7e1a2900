/**
 * What instances ask of the receive buffer of their socket, as Keepalived 2.2.7 counts it: with vrrp_rx_bufs_multiplier
 * 4 and two instances of one address each, its keepalived.data says `Rx buf size` 12000 for MTU, 320 for ADVERT,
 * 200000 for 100000, and 50000 where only one has a kernel_rx_buf_size of 50000.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECEIVE_BUFFER_PER_ROUTER } from '../../../src/base/limits.js';
import { configurationOf } from '../../support/configuration.js';
import { link } from '../../support/machine.js';
import { Rig } from '../rig.js';

const text = (globals: string, one = '', other = ''): string => `global_defs {
 ${globals}
}
vrrp_instance a {
 interface eth0
 virtual_router_id 1
 virtual_ipaddress {
  10.9.9.9/24
 }
 ${one}
}
vrrp_instance b {
 interface eth0
 virtual_router_id 2
 virtual_ipaddress {
  10.9.9.10/24
 }
 ${other}
}
`;

/** Of the channels that were asked for since the last look. */
const asked = (rig: Rig): (number | undefined)[] =>
  rig.effects
    .splice(0)
    .flatMap((effect) => (effect.kind === 'open-channel' ? [effect.channel.receiveBuffer] : []));

const MULTIPLIER = 'vrrp_rx_bufs_multiplier 4';

test('the numbers of Keepalived', () => {
  const of = (...args: Parameters<typeof text>) => asked(new Rig(text(...args)).start());
  assert.deepEqual(of(MULTIPLIER), [undefined]);
  assert.deepEqual(of(`vrrp_rx_bufs_policy MTU\n ${MULTIPLIER}`), [12_000]);
  assert.deepEqual(of(`vrrp_rx_bufs_policy ADVERT\n ${MULTIPLIER}`), [320]);
  assert.deepEqual(of('vrrp_rx_bufs_policy 100000'), [200_000]);
  assert.deepEqual(of('vrrp_rx_bufs_policy 100000', 'kernel_rx_buf_size 5000'), [105_000]);
  assert.deepEqual(of('vrrp_rx_bufs_policy 100000', 'kernel_rx_buf_size 0'), [200_000]);
  // Not 50000: one that says nothing does not lose its room (differences page).
  assert.deepEqual(of('', 'kernel_rx_buf_size 50000'), [50_000 + RECEIVE_BUFFER_PER_ROUTER]);
});

test('an advert is as long as it is', () => {
  const of = (more: string): (number | undefined)[] =>
    asked(
      new Rig(text('vrrp_rx_bufs_policy ADVERT\n vrrp_rx_bufs_multiplier 1', more, 'state BACKUP'), {
        links: [link(2, 'eth0', { mtu: 100 })],
      }).start(),
    );
  const rest = 40;
  assert.deepEqual(of('version 3'), [32 + rest]);
  assert.deepEqual(of('virtual_ipaddress {\n  10.9.9.11\n  10.9.9.12\n }'), [48 + rest]);
  // No longer than the interface lets it be: 12 addresses of 20.
  const many = Array.from({ length: 19 }, (_, i) => `10.9.8.${i + 1}`).join('\n  ');
  assert.deepEqual(of(`virtual_ipaddress {\n  ${many}\n }`), [36 + 12 * 4 + rest]);
});

test('a reload and another MTU ask again, and nothing else does', () => {
  const rig = new Rig(text('vrrp_rx_bufs_policy MTU')).start();
  assert.deepEqual(asked(rig), [9000]);
  rig.handle({ kind: 'link', change: 'present', link: link(2, 'eth0', { mtu: 9000 }) });
  assert.deepEqual(asked(rig), [54_000]);
  rig.wait(5);
  assert.deepEqual(asked(rig), []);
  const reload = (globals: string): (number | undefined)[] =>
    asked(rig.handle({ kind: 'reload', configuration: configurationOf(text(globals)) }));
  assert.deepEqual(reload('vrrp_rx_bufs_policy 70000'), [140_000]);
  assert.deepEqual(reload('vrrp_rx_bufs_policy 70000'), []);
  assert.deepEqual(reload(''), [undefined]);
});

test('sizes of netlink buffers are asked for once, and taken back by a reload', () => {
  const sizes = (rig: Rig): unknown[] =>
    rig.effects.splice(0).flatMap((effect) => (effect.kind === 'size-buffers' ? [effect.sizes] : []));
  assert.deepEqual(sizes(new Rig(text('')).start()), []);
  const rig = new Rig(text('vrrp_netlink_monitor_rcv_bufs 70000')).start();
  assert.deepEqual(sizes(rig), [{ events: { bytes: 70_000, force: false } }]);
  const reload = (globals: string): unknown[] =>
    sizes(rig.handle({ kind: 'reload', configuration: configurationOf(text(globals)) }));
  assert.deepEqual(reload('vrrp_netlink_monitor_rcv_bufs 70000'), []);
  assert.deepEqual(reload(''), [{}]);
});
