/** What does not fit in an instance, and what comes of it: a code for the bad text, none for the good one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Configuration } from '../../src/config/model.js';
import { link } from '../support/machine.js';
import { load } from './support.js';

const VIPS = 'virtual_ipaddress {\n192.0.2.9/24\n}';
const instance = (lines: string, vips = VIPS, device = 'interface eth0'): string =>
  `vrrp_instance a {\n${device}\nvirtual_router_id 7\n${lines}\n${vips}\n}\n`;
const other = instance('').replace('vrrp_instance a', 'vrrp_instance b').replace('id 7', 'id 8');
const STRICT = 'global_defs {\nvrrp_strict\n}\n';
const PEERS = 'unicast_peer {\n192.0.2.3\n}';
const IPV6 = 'virtual_ipaddress {\nfe80::9/64\n}';
const first = (all: Configuration) => all.instances[0];

interface Rule {
  readonly code: string;
  readonly what: string;
  readonly bad: string;
  /** The same without the mistake. */
  readonly good: string;
  /** What the bad text becomes. */
  readonly value?: readonly [(all: Configuration) => unknown, unknown];
}

const rules: readonly Rule[] = [
  {
    code: 'HF0310',
    what: 'no address, version 2',
    bad: instance('', ''),
    good: instance('no_virtual_ipaddress', ''),
  },
  {
    code: 'HF0313',
    what: 'no address, version 3',
    bad: instance('version 3', ''),
    good: instance('version 3\nno_virtual_ipaddress', ''),
    value: [(all) => all.instances.length, 0],
  },
  { code: 'HF0313', what: 'no address, strict', bad: STRICT + instance('', ''), good: STRICT + instance('') },
  {
    code: 'HF0311',
    what: 'strict: no_virtual_ipaddress',
    bad: STRICT + instance('no_virtual_ipaddress'),
    good: STRICT + instance(''),
  },
  {
    code: 'HF0311',
    what: 'strict: a wish to be master',
    bad: STRICT + instance('state MASTER\npriority 100'),
    good: STRICT + instance('state MASTER\npriority 255'),
    value: [(all) => first(all)?.initialState, 'BACKUP'],
  },
  {
    code: 'HF0311',
    what: 'strict: authentication',
    bad: STRICT + instance('authentication {\nauth_type PASS\nauth_pass x\n}'),
    good: STRICT + instance(''),
    value: [(all) => first(all)?.authentication, { type: 'none' }],
  },
  {
    code: 'HF0311',
    what: 'strict: preempt_delay',
    bad: STRICT + instance('preempt_delay 3'),
    good: STRICT + instance('preempt_delay 0'),
    value: [(all) => first(all)?.preemptDelay, 0],
  },
  {
    code: 'HF0311',
    what: 'strict: the first IPv6 address is not link-local',
    bad: STRICT + instance('', 'virtual_ipaddress {\n2001:db8::9/64\nfe80::9/64\n}'),
    good: STRICT + instance('', 'virtual_ipaddress {\nfe80::9/64\n2001:db8::9/64\n}'),
  },
  {
    code: 'HF0311',
    what: 'strict: down_timer_adverts',
    bad: STRICT + instance('down_timer_adverts 5'),
    good: STRICT + instance('down_timer_adverts 3'),
    value: [(all) => first(all)?.downTimerAdverts, 3],
  },
  {
    code: 'HF0311',
    what: 'strict: lower_prio_no_advert',
    bad: STRICT + instance('lower_prio_no_advert off'),
    good: STRICT + instance('lower_prio_no_advert'),
    value: [(all) => first(all)?.lowerPriorityNoAdvert, true],
  },
  {
    code: 'HF0311',
    what: 'strict: higher_prio_send_advert',
    bad: STRICT + instance('higher_prio_send_advert'),
    good: STRICT + instance('higher_prio_send_advert off'),
    value: [(all) => first(all)?.higherPrioritySendAdvert, false],
  },
  {
    code: 'HF0311',
    what: 'strict: repeated announcements',
    bad: STRICT + instance('garp_lower_prio_repeat 3'),
    good: STRICT + instance('garp_lower_prio_repeat 0'),
    value: [(all) => first(all)?.garp.lowerPriorityRepeat, 0],
  },
  {
    code: 'HF0311',
    what: 'strict: accept with version 2',
    bad: STRICT + instance('accept'),
    good: STRICT + instance('accept\nversion 3'),
    value: [(all) => first(all)?.noAccept, true],
  },
  {
    code: 'HF0311',
    what: 'strict: the first IPv6 address',
    bad: STRICT + instance('', 'virtual_ipaddress {\n2001:db8::9/64\n}'),
    good: STRICT + instance('', IPV6),
  },
  {
    code: 'HF0311',
    what: 'strict: vmac_xmit_base',
    bad: STRICT + instance('use_vmac\nvmac_xmit_base'),
    good: STRICT + instance('use_vmac'),
    value: [(all) => first(all)?.virtualMac?.transmitBase, false],
  },
  {
    code: 'HF0311',
    what: 'strict: a MAC of its own',
    bad: STRICT + instance('use_vmac 02:00:00:00:00:01'),
    good: STRICT + instance('use_vmac vrrp.7'),
    value: [(all) => first(all)?.virtualMac?.mac, undefined],
  },
  {
    code: 'HF0312',
    what: 'strict: unicast',
    bad: STRICT + instance(PEERS),
    good: instance(PEERS),
    value: [(all) => all.instances.length, 0],
  },
  ...['unicast_src_ip 192.0.2.4', 'check_unicast_src', 'old_unicast_checksum', 'unicast_peer {\n}'].map(
    (line) => ({
      code: 'HF0314',
      what: `no peers: ${line}`,
      bad: instance(line),
      good: instance(`${line}\n${PEERS}`),
    }),
  ),
  {
    code: 'HF0314',
    what: 'no peers, FAULT asked for',
    bad: instance('unicast_src_ip 192.0.2.4'),
    good: instance('unicast_src_ip 192.0.2.4\nunicast_fault_no_peer'),
  },
  {
    code: 'HF0315',
    what: 'no interface and no source',
    bad: instance(PEERS, '', ''),
    good: instance(`${PEERS}\nunicast_src_ip 192.0.2.4\nno_virtual_ipaddress`, '', ''),
  },
  {
    code: 'HF0315',
    what: 'no interface and a link-local source',
    bad: instance('unicast_peer {\nfe80::3\n}\nunicast_src_ip fe80::4', '', ''),
    good: instance('unicast_peer {\nfe80::3\n}\nunicast_src_ip fe80::4', IPV6),
  },
  {
    code: 'HF0211',
    what: 'no interface for an address',
    bad: instance(`${PEERS}\nunicast_src_ip 192.0.2.4`, VIPS, ''),
    good: instance(`${PEERS}\nunicast_src_ip 192.0.2.4`, VIPS.replace('/24', '/24 dev eth0'), ''),
  },
  { code: 'HF0321', what: 'the loopback', bad: instance('', VIPS, 'interface lo'), good: instance('') },
  { code: 'HF0306', what: 'vrf with interface', bad: instance('vrf red'), good: instance('') },
  {
    code: 'HF0306',
    what: 'unicast_ttl without peers',
    bad: instance('unicast_ttl 5'),
    good: instance(`unicast_ttl 5\n${PEERS}`),
    value: [(all) => first(all)?.unicastTtl, 255],
  },
  {
    code: 'HF0306',
    what: 'a group with peers',
    bad: instance(`mcast_dst_ip 224.0.0.99\n${PEERS}`),
    good: instance('mcast_dst_ip 224.0.0.99'),
  },
  {
    code: 'HF0306',
    what: 'timer_expired_backup with preemption',
    bad: instance('timer_expired_backup'),
    good: instance('timer_expired_backup\nnopreempt'),
  },
  {
    code: 'HF0306',
    what: 'owner_ignore_adverts of no owner',
    bad: instance('owner_ignore_adverts'),
    good: instance('owner_ignore_adverts\npriority 255'),
  },
  {
    code: 'HF0306',
    what: 'preempt_delay with nopreempt',
    bad: instance('preempt_delay 3\nnopreempt'),
    good: instance('preempt_delay 3'),
  },
  {
    code: 'HF0306',
    what: 'AH and a wish to be master',
    bad: instance('state MASTER\npriority 9\nauthentication {\nauth_type AH\nauth_pass x\n}'),
    good: instance('state BACKUP\nauthentication {\nauth_type AH\nauth_pass x\n}'),
    value: [(all) => first(all)?.initialState, 'BACKUP'],
  },
  {
    code: 'HF0306',
    what: 'native_ipv6 behind IPv4',
    bad: instance('', `${VIPS}\nnative_ipv6`),
    good: instance('', `${IPV6}\nnative_ipv6`),
  },
  {
    code: 'HF0306',
    what: 'both kinds of authentication',
    bad: instance(
      'authentication {\nauth_type PASS\nauth_pass x\n}\nauth_hmac {\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 1\n}',
    ),
    good: instance('auth_hmac {\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 1\n}'),
  },
  {
    code: 'HF0306',
    what: 'another protocol of a tracked route',
    bad: instance('virtual_routes {\n10.0.0.0/8 dev eth0 protocol static\n}'),
    good: instance('virtual_routes {\n10.0.0.0/8 dev eth0 protocol static no_track\n}'),
  },
  {
    code: 'HF0305',
    what: 'the first address in the text decides',
    bad: instance('mcast_src_ip 2001:db8::1'),
    good: instance('mcast_src_ip 192.0.2.4'),
    value: [(all) => first(all)?.family, 'ipv6'],
  },
  {
    code: 'HF0316',
    what: 'vmac_xmit_base alone',
    bad: instance('vmac_xmit_base'),
    good: instance('vmac_xmit_base\nuse_vmac'),
  },
  {
    code: 'HF0316',
    what: 'unicast with a virtual MAC',
    bad: instance(`use_vmac\n${PEERS}`),
    good: instance(`use_vmac\nvmac_xmit_base\n${PEERS}`),
    value: [(all) => first(all)?.virtualMac?.transmitBase, true],
  },
  {
    code: 'HF0316',
    what: 'ipvlan without an address',
    bad: instance('use_ipvlan'),
    good: instance('use_ipvlan 192.0.2.4/24'),
  },
  {
    code: 'HF0208',
    what: 'both virtual interfaces',
    bad: instance('use_vmac\nuse_ipvlan 192.0.2.4'),
    good: instance('use_ipvlan 192.0.2.4'),
    value: [(all) => first(all)?.virtualMac, undefined],
  },
  {
    code: 'HF0318',
    what: 'a group of one',
    bad: `${instance('')}vrrp_sync_group g {\ngroup {\na\n}\n}`,
    good: `${instance('')}${other}vrrp_sync_group g {\ngroup {\na\nb\n}\n}`,
  },
  {
    code: 'HF0319',
    what: 'its own interface',
    bad: instance('track_interface {\neth0\n}'),
    good: instance('track_interface {\neth1\n}'),
  },
  {
    code: 'HF0308',
    what: 'a weighted session of an owner',
    bad: `bfd_instance b {\nneighbor_ip 192.0.2.3\n}\n${instance('priority 255\ntrack_bfd {\nb weight 4\n}')}`,
    good: `bfd_instance b {\nneighbor_ip 192.0.2.3\n}\n${instance('track_bfd {\nb weight 4\n}')}`,
    value: [(all) => first(all)?.trackBfd, []],
  },
  {
    code: 'HF0311',
    what: 'strict: a second round of announcements',
    bad: STRICT + instance('garp_lower_prio_delay 3'),
    good: STRICT + instance('garp_lower_prio_delay 0'),
  },
  {
    code: 'HF0322',
    what: 'a password without a type',
    bad: instance('authentication {\nauth_pass x\n}'),
    good: instance('authentication {\nauth_pass x\nauth_type PASS\n}'),
  },
  {
    code: 'HF0323',
    what: 'IPv6 of version 2',
    bad: instance('version 2', IPV6),
    good: instance('version 3', IPV6),
  },
  {
    code: 'HF0324',
    what: 'version 2 behind an IPv6 address',
    bad: instance(`${IPV6}\nversion 2`, ''),
    good: instance(`${IPV6}\nversion 3`, ''),
  },
  {
    code: 'HF0330',
    what: 'a garp_group without interval',
    bad: 'garp_group {\ninterface eth0\n}',
    good: 'garp_group {\ninterface eth0\ngarp_interval 1\n}',
  },
  {
    code: 'HF0330',
    what: 'an interface of two garp_groups',
    bad: 'garp_group {\ninterface eth0\ngarp_interval 1\n}\n'.repeat(2),
    good: 'garp_group {\ninterface eth0\ngarp_interval 1\n}\ngarp_group {\ninterface eth1\ngna_interval 1\n}\n',
  },
  {
    code: 'HF0331',
    what: 'one FIFO twice',
    bad: 'global_defs {\nnotify_fifo /f\nvrrp_notify_fifo /f\n}',
    good: 'global_defs {\nnotify_fifo /f\nvrrp_notify_fifo /g\n}',
    value: [(all) => all.globals.vrrpNotifyFifo, undefined],
  },
  {
    code: 'HF0331',
    what: 'one FIFO of both processes with a reader each',
    bad: 'global_defs {\nvrrp_notify_fifo /f\nvrrp_notify_fifo_script /v\nlvs_notify_fifo /f\nlvs_notify_fifo_script /l\n}',
    good: 'global_defs {\nvrrp_notify_fifo /f\nvrrp_notify_fifo_script /v\nlvs_notify_fifo /g\nlvs_notify_fifo_script /l\n}',
    value: [(all) => all.globals.lvsNotifyFifoScript, undefined],
  },
  {
    code: 'HF0332',
    what: 'a rule without preference',
    bad: instance('virtual_rules {\nfrom 10.0.0.0/8 table 5\n}'),
    good: instance('virtual_rules {\nfrom 10.0.0.0/8 table 5 preference 5\n}'),
  },
  {
    code: 'HF0302',
    what: 'an unknown track_group',
    bad: `${instance('')}static_ipaddress {\n192.0.2.8 track_group g\n}`,
    good: `${instance('')}track_group g {\ngroup {\na\n}\n}\nstatic_ipaddress {\n192.0.2.8 track_group g\n}`,
  },
  {
    code: 'HF0333',
    what: 'a track_group of a route without interface',
    bad: `${instance('')}track_group g {\ngroup {\na\n}\n}\nstatic_routes {\n10.0.0.0/8 via 192.0.2.1 track_group g\n}`,
    good: `${instance('')}track_group g {\ngroup {\na\n}\n}\nstatic_routes {\n10.0.0.0/8 dev eth0 track_group g\n}`,
  },
  {
    code: 'HF0334',
    what: 'a wide group',
    bad: 'global_defs {\nvrrp_mcast_group6 ff05::12\n}',
    good: 'global_defs {\nvrrp_mcast_group6 ff02::13\n}',
  },
  {
    code: 'HF0214',
    what: 'nobody to write to',
    bad: 'global_defs {\nnotification_email {\n}\n}',
    good: 'global_defs {\nnotification_email {\na@b\n}\n}',
  },
  {
    code: 'HF0207',
    what: 'a second weight',
    bad: `track_file f {\nfile /f\nweight 2\nweight 3\n}\n${instance('track_file {\nf\n}')}`,
    good: `track_file f {\nfile /f\nweight 2\n}\n${instance('track_file {\nf\n}')}`,
    value: [(all) => all.trackFiles[0]?.weight, 2],
  },
  {
    code: 'HF0320',
    what: 'a large first number',
    bad: `track_file f {\nfile /f\ninit_file 900\n}\n${instance('track_file {\nf\n}')}`,
    good: `track_file f {\nfile /f\ninit_file 200\n}\n${instance('track_file {\nf\n}')}`,
  },
];

describe('rules of VRRP', () => {
  for (const { code, what, bad, good, value } of rules) {
    test(`${code}: ${what}`, () => {
      const told = load(bad);
      const codes = told.diagnostics.map((one) => one.code);
      assert.ok(codes.includes(code), codes.join());
      assert.ok(told.configuration);
      if (value) assert.deepEqual(value[0](told.configuration), value[1]);
      assert.ok(!load(good).diagnostics.some((one) => one.code === code), 'the good text is told, too');
    });
  }

  test('notify_priority_changes: the instance, then its group, then global_defs', () => {
    const changes = (own: string, group: string) =>
      load(
        `global_defs {\nvrrp_notify_priority_changes\n}\n${instance(own)}${other}vrrp_sync_group g {\ngroup {\na\nb\n}\n${group}\n}`,
      ).configuration?.instances.map((one) => one.notifyPriorityChanges ?? false);
    assert.deepEqual(changes('', ''), [true, true]);
    assert.deepEqual(changes('', 'notify_priority_changes off'), [false, false]);
    assert.deepEqual(changes('notify_priority_changes', 'notify_priority_changes off'), [true, false]);
  });

  test('interfaces that this machine lacks', () => {
    const text = `${instance('', 'virtual_ipaddress {\n192.0.2.9 dev gone\n}')}interface_up_down_delays {\nlost 2\n}`;
    const links = [link(2, 'eth0')];
    const codes = (input: string) =>
      load(input, { links }).diagnostics.flatMap(({ code }) => (/HF0(335|401)/.test(code) ? code : []));
    assert.deepEqual(codes(text), ['HF0335', 'HF0401']);
    assert.deepEqual(codes(`global_defs {\ndynamic_interfaces\n}\n${text}`), []);
    const usual = (name: string) => `global_defs {\ndefault_interface ${name}\n}\n`;
    assert.deepEqual(codes(`${usual('gone')}${instance('')}`), ['HF0335']);
    assert.deepEqual(codes(`${usual('eth0')}${instance('')}`), []);
    const fixed = `${instance('')}static_ipaddress {\n10.0.0.9/24\n10.0.0.8/24 dev eth0\n}`;
    // Whoever relies on eth0 without a word, once; and the instance.
    const without = load(fixed, { links: [link(2, 'ens1')] }).diagnostics.map(({ code, place }) => [
      code,
      place?.line,
    ]);
    assert.deepEqual(
      without.filter(([code]) => code === 'HF0335').map(([, line]) => line),
      [fixed.split('\n').indexOf('10.0.0.9/24') + 1, fixed.split('\n').indexOf('10.0.0.8/24 dev eth0') + 1],
    );
    assert.deepEqual(codes(fixed), []);
  });
});
