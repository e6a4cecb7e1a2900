/** Rules inside and around vrrp_instance and vrrp_sync_group: what a combination becomes, and what is said. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Configuration } from '../../src/config/model.js';
import { codes, load } from './support.js';

const instance = (extra: string, name = 'A', vrid = 1): string =>
  `vrrp_instance ${name} {\n interface eth0\n virtual_router_id ${vrid}\n virtual_ipaddress {\n 10.0.0.1\n }\n ${extra}\n}\n`;

interface Row {
  readonly rule: string;
  readonly text: string;
  readonly codes: readonly string[];
  /** A part of the model, and what it must be. */
  readonly model: readonly [(configuration: Configuration) => unknown, unknown];
}

const first = (pick: (one: Configuration['instances'][number]) => unknown) => (all: Configuration) => {
  const [one] = all.instances;
  return one && pick(one);
};
const v6 = (extra: string): string => instance(extra).replace('10.0.0.1', '2001:db8::1');
const tracked = `vrrp_script s {\n script /x\n weight 4\n}\nvrrp_script t {\n script /x\n}\nvrrp_track_process p {\n process x\n weight 3\n}\ntrack_file f {\n file /f\n}\ntrack_file g {\n file /g\n weight 2\n}\n`;
const lists =
  'track_script {\n s\n t\n }\n track_file {\n f\n g\n }\n track_interface {\n eth1 weight 5\n eth2\n }\n track_process {\n p\n }';
const group = (extra = ''): string => `vrrp_sync_group G {\n group {\n A\n B\n }\n ${extra}\n}\n`;
const tracks = first(({ trackScripts, trackFiles, trackInterfaces, trackProcesses }) =>
  [trackScripts, trackFiles, trackInterfaces, trackProcesses].map((list) =>
    list.map(({ name, weight }) => `${name} ${weight}`),
  ),
);

const rows: readonly Row[] = [
  { rule: 'the priority is 100', text: instance(''), codes: [], model: [first((i) => i.priority), 100] },
  {
    rule: 'or 255 with state MASTER',
    text: instance('state MASTER'),
    codes: [],
    model: [first((i) => [i.priority, i.initialState]), [255, 'MASTER']],
  },
  {
    rule: 'priority 255 starts as MASTER',
    text: instance('priority 255'),
    codes: [],
    model: [first((i) => i.initialState), 'MASTER'],
  },
  {
    rule: 'an unknown state',
    text: instance('state SLAVE'),
    codes: ['HF0202'],
    model: [first((i) => i.initialState), 'BACKUP'],
  },
  { rule: 'nopreempt', text: instance('nopreempt'), codes: [], model: [first((i) => i.preempt), false] },
  {
    rule: 'preempt behind it wins',
    text: instance('nopreempt\npreempt'),
    codes: [],
    model: [first((i) => i.preempt), true],
  },
  {
    rule: 'nopreempt behind it wins',
    text: instance('preempt\nnopreempt'),
    codes: [],
    model: [first((i) => i.preempt), false],
  },
  {
    rule: 'nopreempt with state MASTER',
    text: instance('priority 3\nstate MASTER\nnopreempt'),
    codes: ['HF0306'],
    model: [first((i) => i.preempt), true],
  },
  {
    rule: 'nopreempt with priority 255',
    text: instance('priority 255\nnopreempt'),
    codes: ['HF0306'],
    model: [first((i) => i.preempt), true],
  },
  {
    rule: 'preempt_delay',
    text: instance('preempt_delay 5'),
    codes: [],
    model: [first((i) => i.preemptDelay), 5e6],
  },
  {
    rule: 'preempt_delay with state MASTER',
    text: instance('priority 3\nstate MASTER\npreempt_delay 5'),
    codes: ['HF0306'],
    model: [first((i) => i.preemptDelay), 0],
  },
  {
    rule: 'version 2 rounds advert_int to seconds',
    text: instance('advert_int 1.6'),
    codes: ['HF0204'],
    model: [first((i) => i.advertInterval), 2e6],
  },
  {
    rule: 'and never to none',
    text: instance('advert_int 0.2'),
    codes: ['HF0204'],
    model: [first((i) => i.advertInterval), 1e6],
  },
  {
    rule: 'version 3 to hundredths',
    text: instance('version 3\ngarp_master_delay 1\nadvert_int 0.255'),
    codes: ['HF0204'],
    model: [first((i) => i.advertInterval), 0.26e6],
  },
  {
    rule: 'up to 40.95',
    text: instance('version 3\nadvert_int 100'),
    codes: ['HF0204'],
    model: [first((i) => i.advertInterval), 40.95e6],
  },
  {
    rule: 'the version of global_defs',
    text: `global_defs {\n vrrp_version 3\n}\n${instance('')}`,
    codes: [],
    model: [first((i) => i.version), 3],
  },
  {
    rule: 'IPv6 is version 3',
    text: v6(''),
    codes: [],
    model: [first((i) => [i.version, i.family, i.multicastGroup]), [3, 'ipv6', 'ff02::12']],
  },
  {
    rule: 'IPv6 refuses version 2',
    text: v6('version 2'),
    codes: ['HF0324'],
    model: [first((i) => i.version), 3],
  },
  {
    rule: 'one family per instance',
    text: instance('virtual_ipaddress {\n 2001:db8::1\n 10.0.0.2\n }'),
    codes: ['HF0305'],
    model: [first((i) => i.virtualAddresses.length), 2],
  },
  {
    rule: 'excluded addresses may be of the other',
    text: instance('virtual_ipaddress_excluded {\n 2001:db8::1\n }'),
    codes: [],
    model: [first((i) => i.excludedAddresses.length), 1],
  },
  {
    rule: 'peers of the other are dropped',
    text: instance('unicast_peer {\n 2001:db8::1\n 10.0.0.7\n }'),
    codes: ['HF0305'],
    model: [first((i) => i.unicastPeers.length), 1],
  },
  {
    rule: 'an address twice',
    text: instance('virtual_ipaddress {\n 10.0.0.1/24\n }'),
    codes: ['HF0213'],
    model: [first((i) => i.virtualAddresses.length), 1],
  },
  {
    rule: 'TTL limits of a peer switch the check on',
    text: instance('unicast_peer {\n 10.0.0.7 min_ttl 255\n }'),
    codes: [],
    model: [first((i) => i.checkUnicastSource), true],
  },
  {
    rule: 'version 3 has no authentication',
    text: instance('version 3\nauthentication {\n auth_type PASS\n auth_pass x\n }'),
    codes: ['HF0306'],
    model: [first((i) => i.authentication), { type: 'none' }],
  },
  {
    rule: 'no password, no authentication',
    text: instance('authentication {\n auth_type PASS\n }'),
    codes: ['HF0306'],
    model: [first((i) => i.authentication), { type: 'none' }],
  },
  {
    rule: 'the own interface is tracked anyway',
    text: instance('track_interface {\n eth0\n eth1\n }'),
    codes: ['HF0319'],
    model: [first((i) => i.trackInterfaces.length), 1],
  },
  {
    rule: 'mcast_src_ip may be missing',
    text: instance('mcast_src_ip 10.0.0.7'),
    codes: [],
    model: [first((i) => [i.sourceAddress, i.trackSourceAddress]), ['10.0.0.7', false]],
  },
  {
    rule: 'unless track_src_ip',
    text: instance('mcast_src_ip 10.0.0.7\ntrack_src_ip'),
    codes: [],
    model: [first((i) => i.trackSourceAddress), true],
  },
  {
    rule: 'no virtual_router_id',
    text: 'vrrp_instance A {\n interface eth0\n}\n',
    codes: ['HF0301'],
    model: [(all) => all.instances.length, 0],
  },
  {
    rule: 'no interface',
    text: 'vrrp_instance A {\n virtual_router_id 1\n}\n',
    codes: ['HF0301'],
    model: [(all) => all.instances.length, 0],
  },
  {
    rule: 'not needed with peers',
    text: 'vrrp_instance A {\n virtual_router_id 1\n unicast_src_ip 10.0.0.6\n unicast_peer {\n 10.0.0.7\n }\n virtual_ipaddress {\n 10.0.0.8 dev eth0\n }\n}\n',
    codes: [],
    model: [(all) => all.instances.length, 1],
  },
  {
    rule: 'an id twice on one interface',
    text: instance('') + instance('', 'B'),
    codes: ['HF0304'],
    model: [(all) => all.instances.length, 2],
  },
  {
    rule: 'but not on two',
    text: instance('') + instance('', 'B').replace('eth0', 'eth1'),
    codes: [],
    model: [(all) => all.instances.length, 2],
  },
  {
    rule: 'nor in two families',
    text: instance('') + v6('').replace(' A ', ' B '),
    codes: [],
    model: [(all) => all.instances.length, 2],
  },
  {
    rule: 'nor with other peers',
    text: instance('unicast_peer {\n 10.0.0.8\n }') + instance('unicast_peer {\n 10.0.0.9\n }', 'B'),
    codes: [],
    model: [(all) => all.instances.length, 2],
  },
  {
    rule: 'an unknown script',
    text: instance('track_script {\n none\n }'),
    codes: ['HF0302'],
    model: [first((i) => i.trackScripts), []],
  },
  {
    rule: 'a script by a name that is misspelt: that nobody uses the one that was meant is the same mistake',
    text: `vrrp_script check_web {\n script /x\n}\n${instance('track_script {\n check_wbe\n }')}`,
    codes: ['HF0302'],
    model: [(all) => [all.scripts, all.instances[0]?.trackScripts], [[], []]],
  },
  {
    rule: 'a script defined later',
    text: `${instance('track_script {\n s\n }')}vrrp_script s {\n script /x\n}\n`,
    codes: ['HF0303'],
    model: [first((i) => i.trackScripts), []],
  },
  {
    rule: 'a script without a command',
    text: `vrrp_script s {\n interval 3\n}\n${instance('track_script {\n s\n }')}`,
    codes: ['HF0301'],
    model: [first((i) => i.trackScripts), []],
  },
  {
    rule: 'weights of the trackers',
    text: tracked + instance(lists),
    codes: [],
    model: [tracks, [['s 4', 't 0'], ['f 1', 'g 2'], ['eth1 5', 'eth2 0'], ['p 3']]],
  },
  {
    rule: 'a weight beyond the range is moved into it',
    text: `${tracked}${instance('track_script {\n s weight -254\n t\n }')}`,
    codes: ['HF0307', 'HF0307', 'HF0307', 'HF0501', 'HF0204'],
    model: [first((i) => i.trackScripts[0]?.weight), -253],
  },
  {
    rule: 'no weights in a sync group',
    text: tracked + instance(lists) + instance('', 'B', 2) + group(),
    codes: ['HF0308', 'HF0308', 'HF0308', 'HF0308'],
    model: [tracks, [['t 0'], ['f 0'], ['eth1 0', 'eth2 0'], ['p 3']]],
  },
  {
    rule: 'unless it asks for them',
    text: tracked + instance(lists) + instance('', 'B', 2) + group('sync_group_tracking_weight'),
    codes: [],
    model: [tracks, [['s 4', 't 0'], ['f 1', 'g 2'], ['eth1 5', 'eth2 0'], ['p 3']]],
  },
  {
    rule: 'no weights for an owner',
    text: tracked + instance(`priority 255\n${lists}`),
    codes: ['HF0308', 'HF0308', 'HF0308', 'HF0308'],
    model: [tracks, [['t 0'], [], ['eth2 0'], ['p 3']]],
  },
  {
    rule: 'nor in the group of one',
    text: instance('priority 255') + instance('', 'B', 2) + group('track_interface {\n eth9 weight 3\n }'),
    codes: ['HF0308'],
    model: [(all) => all.syncGroups[0]?.trackInterfaces, [{ name: 'eth9', weight: 0, reverse: false }]],
  },
  {
    rule: 'a group without members',
    text: `${instance('')}vrrp_sync_group G {\n group {\n }\n}\n`,
    codes: ['HF0301'],
    model: [(all) => all.syncGroups, []],
  },
  {
    rule: 'an unknown member',
    text: instance('') + group(),
    codes: ['HF0302'],
    model: [(all) => all.syncGroups[0]?.members, ['A']],
  },
  {
    rule: 'a member of two groups',
    text: `${instance('')}${instance('', 'B', 2)}${group()}${group().replace('G', 'H')}`,
    codes: ['HF0213', 'HF0213'],
    model: [(all) => all.syncGroups.length, 1],
  },
  {
    rule: 'a script that nobody uses',
    text: `vrrp_script s {\n script /x\n}\n${instance('')}`,
    codes: ['HF0307'],
    model: [(all) => all.scripts, []],
  },
  {
    rule: 'a script that only an instance without a number uses: the number is the mistake',
    text: `vrrp_script s {\n script /x\n}\nvrrp_instance A {\n interface eth0\n virtual_ipaddress {\n 192.0.2.1\n }\n track_script {\n s\n }\n}\n`,
    codes: ['HF0301'],
    model: [(all) => all.scripts, []],
  },
  {
    rule: 'quorum_max 0 wants none',
    text: `vrrp_track_process p {\n process x\n quorum_max 0\n}\n${instance('track_process {\n p\n }')}`,
    codes: [],
    model: [(all) => [all.trackProcesses[0]?.quorum, all.trackProcesses[0]?.quorumMax], [0, 0]],
  },
  {
    rule: 'delay sets both',
    text: `vrrp_track_process p {\n process x y\n delay 2\n}\n${instance('track_process {\n p\n }')}`,
    codes: [],
    model: [
      (all) => [
        all.trackProcesses[0]?.forkDelay,
        all.trackProcesses[0]?.terminateDelay,
        all.trackProcesses[0]?.match,
      ],
      [2e6, 2e6, 'exact'],
    ],
  },
  {
    rule: 'a script runs as the user of its block',
    text: `vrrp_script s {\n script /x\n user a b\n}\n${instance('track_script {\n s\n }')}`,
    codes: [],
    model: [(all) => all.scripts[0]?.command, { argv: ['/x'], user: 'a', group: 'b' }],
  },
  {
    rule: 'globals opened twice',
    text: `global_defs {\n vrrp_version 2\n notification_email {\n a\n }\n}\nglobal_defs {\n vrrp_version 3\n notification_email {\n b\n }\n}\n${instance('')}`,
    codes: ['HF0208'],
    model: [(all) => [all.instances[0]?.version, all.globals.notificationEmail], [3, ['a', 'b']]],
  },
  {
    rule: 'announcements inherit from global_defs',
    text: `global_defs {\n vrrp_garp_master_delay 7\n vrrp_garp_lower_prio_repeat 3\n}\n${instance('garp_master_delay 9')}`,
    codes: [],
    model: [
      first((i) => [i.garp.masterDelay, i.garp.lowerPriorityDelay, i.garp.lowerPriorityRepeat]),
      [9e6, 7e6, 3],
    ],
  },
];

describe('rules of instances and groups', () => {
  for (const { rule, text, codes: expected, model } of rows) {
    test(rule, () => {
      const loaded = load(text);
      assert.deepEqual(codes(loaded), expected, loaded.diagnostics.map(({ message }) => message).join('\n'));
      assert.ok(loaded.configuration);
      const [pick, value] = model;
      assert.deepEqual(pick(loaded.configuration), value);
    });
  }
  test('a type of authentication without a password: the remedy is to add one', () => {
    const [finding] = load(instance('authentication {\n auth_type PASS\n }')).diagnostics;
    assert.match(finding?.remedy ?? '', /^Add auth_pass/);
  });
  test('an id used twice shows both places', () => {
    const [clash] = load(instance('') + instance('', 'B')).diagnostics;
    assert.equal(clash?.place?.line, 11);
    assert.deepEqual(
      clash?.related.map(({ place }) => place?.line),
      [3],
    );
  });
});
