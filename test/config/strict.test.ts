/**
 * Strict mode, item by item as runtime reference section 10 lists it: what an instance becomes, whatever its lines
 * say. What is told about each line is shown beside the other rules (vrrp-rules.test.ts).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceSettings } from '../../src/config/model.js';
import { loadText } from '../support/configuration.js';

const V4 = 'virtual_ipaddress {\n 10.0.0.9/24\n}';
const V6 = 'virtual_ipaddress {\n fe80::9/64\n}';
const GLOBAL = 'global_defs {\n vrrp_strict\n}\n';
const KEY = 'key 1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

function strict(lines: string, addresses = V4, head = GLOBAL): InstanceSettings | undefined {
  const text = `${head}vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n ${lines}\n ${addresses}\n}\n`;
  return loadText(text).configuration?.instances[0];
}

const items: readonly (readonly [item: string, made: () => unknown, expected: unknown])[] = [
  ['IPv6 means version 3', () => strict('version 2', V6)?.version, 3],
  ['below 255 it is BACKUP', () => strict('state MASTER\n priority 100')?.initialState, 'BACKUP'],
  ['with 255 it is MASTER', () => strict('state BACKUP\n priority 255')?.initialState, 'MASTER'],
  [
    'no authentication',
    () => strict('authentication {\n auth_type PASS\n auth_pass secret\n }')?.authentication,
    { type: 'none' },
  ],
  [
    'no AH either',
    () => strict('authentication {\n auth_type AH\n auth_pass secret\n }')?.authentication,
    { type: 'none' },
  ],
  [
    'auth_hmac is enforced',
    () => strict(`auth_hmac {\n ${KEY}\n active_key 1\n mode permissive\n }`)?.hmac?.mode,
    'enforce',
  ],
  ['no unicast peers', () => strict('unicast_peer {\n 10.0.0.2\n }'), undefined],
  ['no virtual MAC of its own', () => strict('use_vmac 02:00:00:00:00:01')?.virtualMac?.mac, undefined],
  ['preempt_delay 0', () => strict('preempt_delay 5')?.preemptDelay, 0],
  ['down_timer_adverts 3', () => strict('down_timer_adverts 7')?.downTimerAdverts, 3],
  ['who is no owner does not accept', () => strict('version 3')?.noAccept, true],
  ['unless version 3 is told to', () => strict('version 3\n accept')?.noAccept, undefined],
  ['version 2 never', () => strict('version 2\n accept')?.noAccept, true],
  ['the owner accepts', () => strict('priority 255')?.noAccept, undefined],
  [
    'no announcements after lower adverts',
    () => {
      const garp = strict('garp_lower_prio_repeat 4\n garp_lower_prio_delay 3')?.garp;
      return [garp?.lowerPriorityRepeat, garp?.lowerPriorityDelay];
    },
    [0, 0],
  ],
  ['lower_prio_no_advert', () => strict('lower_prio_no_advert off')?.lowerPriorityNoAdvert, true],
  ['no higher_prio_send_advert', () => strict('higher_prio_send_advert')?.higherPrioritySendAdvert, false],
  [
    'the owner ignores adverts',
    () => strict('priority 255\n owner_ignore_adverts off')?.ownerIgnoreAdverts,
    true,
  ],
  ['no vmac_xmit_base', () => strict('use_vmac\n vmac_xmit_base')?.virtualMac?.transmitBase, false],
  ['an address at least', () => strict('no_virtual_ipaddress', ''), undefined],
  [
    'strict_mode off of an instance counts',
    () => strict('strict_mode off\n preempt_delay 5')?.preemptDelay,
    5e6,
  ],
  ['strict_mode of one instance', () => strict('strict_mode\n preempt_delay 5', V4, '')?.preemptDelay, 0],
];
for (const [item, made, expected] of items)
  test(`strict mode: ${item}`, () => assert.deepEqual(made(), expected));
