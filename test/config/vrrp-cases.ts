/** Every keyword of vrrp_instance. (directives-vrrp section 1) */
import { URLS } from './globals-cases.js';
import { around, flag, hex, hmac, i, KEY, of, onOff, script, track, USUAL_KEYS } from './instance-cases.js';
import { type KeywordCase, s } from './lvs-cases.js';

export const INSTANCE_CASES: readonly KeywordCase[] = [
  i(
    'state',
    'initialState',
    'BACKUP',
    [
      ['MASTER', 'MASTER'],
      ['BACKUP', 'BACKUP'],
    ],
    ['x'],
  ),
  {
    ...i('interface', 'interface', 'eth0', [['eth7', 'eth7']], ['averyveryverylongname']),
  },
  i('vrf', 'vrf', undefined, [['red', 'red']], [], {
    needed: 'unicast_peer {\n192.0.2.3\n}\nunicast_src_ip 192.0.2.4',
    after: 'virtual_ipaddress {\n192.0.2.9/24 dev eth0\n}\n',
    device: '',
  }),
  i(
    'virtual_router_id',
    'virtualRouterId',
    7,
    [
      ['1', 1],
      ['255', 255],
    ],
    ['0', '256', 'x'],
  ),
  i(
    'priority',
    'priority',
    100,
    [
      ['1', 1],
      ['255', 255],
    ],
    ['0', '256', 'x'],
  ),
  i(
    'advert_int',
    'advertInterval',
    s(1),
    [
      ['3', s(3)],
      ['0.4', s(1)],
    ],
    ['0', '256', 'x'],
  ),
  i('version', 'version', 2, [['3', 3]], ['1', '4', 'x']),
  i('native_ipv6', 'family', 'ipv4', [['', 'ipv6']], [], { after: 'no_virtual_ipaddress\n' }),
  i(
    'down_timer_adverts',
    'downTimerAdverts',
    3,
    [
      ['1', 1],
      ['100', 100],
    ],
    ['0', '101', 'x'],
  ),
  ...['timer_expired_backup', 'thread_timer_expired'].map((keyword) =>
    i(
      keyword,
      'timerExpiredBackup',
      undefined,
      [
        ['', 254],
        ['50', 50],
      ],
      ['0', '255', 'x'],
      { needed: 'nopreempt' },
    ),
  ),
  i(
    'debug',
    'debug',
    undefined,
    [
      ['0', 0],
      ['4', 4],
    ],
    ['5', 'x'],
  ),
  onOff('strict_mode', 'strict', undefined),
  onOff('skip_check_adv_addr', 'skipCheckAdvertAddresses', false),
  i('kernel_rx_buf_size', 'receiveBuffer', undefined, [['9000', 9000]], ['-1', 'x']),
  i(
    'virtual_ipaddress',
    'virtualAddresses',
    [{ address: '192.0.2.9', prefixLength: 24 }],
    [
      [
        '{\n192.0.2.8 dev eth1 use_vmac home -nodad preferred_lft 9\n}',
        [
          {
            address: '192.0.2.8',
            prefixLength: 32,
            device: 'eth1',
            useVmac: true,
            home: true,
            noDad: true,
            preferredLifetime: s(9),
          },
          { address: '192.0.2.9', prefixLength: 24 },
        ],
      ],
    ],
    ['{\nx\n}'],
  ),
  i(
    'virtual_ipaddress_excluded',
    'excludedAddresses',
    [],
    [['{\n2001:db8::8\n}', [{ address: '2001:db8::8', prefixLength: 128 }]]],
    ['{\nx\n}'],
  ),
  flag('no_virtual_ipaddress', 'noVirtualAddress'),
  flag('promote_secondaries', 'promoteSecondaries'),
  i(
    'virtual_routes',
    'virtualRoutes',
    undefined,
    [
      [
        '{\n10.0.0.0/8 via 192.0.2.1\n}',
        [
          {
            family: 'ipv4',
            type: 'unicast',
            destination: { address: '10.0.0.0', length: 8 },
            via: '192.0.2.1',
            placement: 'prepend',
            noTrack: false,
            nexthops: [],
          },
        ],
      ],
    ],
    ['{\nx\n}', '{\n10.0.0.0/8 via 2001:db8::1\n}'],
  ),
  i(
    'virtual_rules',
    'virtualRules',
    undefined,
    [
      [
        '{\nfrom 10.0.0.0/8 table 7 preference 9\n}',
        [
          {
            family: 'ipv4',
            not: false,
            noTrack: false,
            from: { address: '10.0.0.0', length: 8 },
            preference: 9,
            action: { kind: 'table', table: 7 },
          },
        ],
      ],
    ],
    ['{\nfrom 10.0.0.0/8\n}', '{\ntable 0\n}'],
  ),
  i('accept', 'noAccept', true, [['', undefined]], [], { needed: 'no_accept' }),
  flag('no_accept', 'noAccept'),
  i('mcast_src_ip', 'sourceAddress', undefined, [['192.0.2.4', '192.0.2.4']], ['x', '']),
  i('unicast_src_ip', 'sourceAddress', undefined, [['192.0.2.4', '192.0.2.4']], ['x', '']),
  flag('track_src_ip', 'trackSourceAddress', false, { needed: 'mcast_src_ip 192.0.2.4' }),
  i('mcast_dst_ip', 'multicastGroup', '224.0.0.18', [['224.0.0.99', '224.0.0.99']], ['192.0.2.1', 'x', '']),
  i(
    'unicast_peer',
    'unicastPeers',
    [],
    [
      ['{\n192.0.2.3\n}', [{ address: '192.0.2.3', minTtl: 0, maxTtl: 255 }]],
      ['{\n192.0.2.3 min_ttl 254\n}', [{ address: '192.0.2.3', minTtl: 254, maxTtl: 255 }]],
    ],
    ['{\nx\n}'],
  ),
  flag('unicast_fault_no_peer', 'unicastFaultNoPeer'),
  i(
    'unicast_ttl',
    'unicastTtl',
    255,
    [
      ['0', 0],
      ['64', 64],
    ],
    ['256', 'x'],
    { needed: 'unicast_peer {\n192.0.2.3\n}' },
  ),
  flag('check_unicast_src', 'checkUnicastSource', false),
  i(
    'old_unicast_checksum',
    'oldUnicastChecksum',
    undefined,
    [
      ['', 'on'],
      ['never', 'never'],
    ],
    ['x'],
  ),
  onOff('v3_checksum_as_v2', 'v3ChecksumAsV2', undefined),
  i(
    'use_vmac',
    'virtualMac',
    undefined,
    [
      ['', { transmitBase: false }],
      [
        'name vrrp.7 02:00:00:00:01 netlink_notify_msg group 4',
        { name: 'vrrp.7', mac: '02:00:00:00:01:07', netlinkNotify: true, group: 4, transmitBase: false },
      ],
    ],
    ['01:00:00:00:00:01', '00:00:5e:00:01:07', 'averyveryverylongname'],
  ),
  flag('use_vmac_addr', 'useVmacAddress'),
  flag('vmac_xmit_base', 'virtualMac.transmitBase', false, { needed: 'use_vmac' }),
  i(
    'use_ipvlan',
    'ipvlan',
    undefined,
    [
      [
        'ipvl.7 192.0.2.4/24 private group 4',
        { name: 'ipvl.7', address: { address: '192.0.2.4', length: 24 }, mode: 'private', group: 4 },
      ],
    ],
    ['averyveryverylongname', '192.0.2.4/33', 'bridge vepa'],
  ),
  flag('dont_track_primary', 'dontTrackPrimary', false),
  flag('linkbeat_use_polling', 'linkbeatUsePolling'),
  i('nopreempt', 'preempt', true, [['', false]]),
  i('preempt', 'preempt', false, [['', true]], [], { needed: 'nopreempt' }),
  i(
    'preempt_delay',
    'preemptDelay',
    0,
    [
      ['0.5', s(0.5)],
      ['1000', s(1000)],
    ],
    ['1001', 'x', '-1'],
  ),
  i(
    'garp_master_delay',
    'garp.masterDelay',
    s(5),
    [
      ['0', 0],
      ['7', s(7)],
    ],
    ['x', '-1'],
  ),
  i(
    'garp_master_repeat',
    'garp.masterRepeat',
    5,
    [
      ['0', 1],
      ['7', 7],
    ],
    ['x', '-1'],
  ),
  i('garp_master_refresh', 'garp.masterRefresh', 0, [['7', s(7)]], ['x', '-1']),
  i(
    'garp_master_refresh_repeat',
    'garp.masterRefreshRepeat',
    1,
    [
      ['0', 1],
      ['7', 7],
    ],
    ['x', '-1'],
  ),
  i(
    'garp_lower_prio_delay',
    'garp.lowerPriorityDelay',
    s(5),
    [
      ['0', 0],
      ['7', s(7)],
    ],
    ['x', '-1'],
  ),
  i(
    'garp_lower_prio_repeat',
    'garp.lowerPriorityRepeat',
    5,
    [
      ['0', 0],
      ['7', 7],
    ],
    ['x', '-1'],
  ),
  ...['garp_extra_if', 'vmac_garp_intvl'].map((keyword) =>
    i(
      keyword,
      'garpExtraInterface',
      undefined,
      [
        ['0', undefined],
        ['60', { all: false, interval: s(60) }],
        ['all 5', { all: true, interval: s(5) }],
      ],
      ['x', '86401'],
    ),
  ),
  onOff('lower_prio_no_advert', 'lowerPriorityNoAdvert', false),
  onOff('higher_prio_send_advert', 'higherPrioritySendAdvert', false),
  onOff('owner_ignore_adverts', 'ownerIgnoreAdverts', undefined, { needed: 'priority 255' }),
  track('track_interface', 'trackInterfaces', 'eth7', 0),
  track('track_script', 'trackScripts', 'c', 0),
  track('track_file', 'trackFiles', 'f', 1),
  track('track_process', 'trackProcesses', 'p', 0),
  track('track_bfd', 'trackBfd', 'b', 0),
  script('notify_master', 'notify.master'),
  script('notify_backup', 'notify.backup'),
  script('notify_fault', 'notify.fault'),
  script('notify_stop', 'notify.stop'),
  script('notify', 'notify.any'),
  script('notify_master_rx_lower_pri', 'notify.masterRxLowerPriority'),
  {
    ...script('notify_deleted', 'notify.deleted'),
    taken: [
      ['', 'fifo'],
      ['/bin/true', { argv: ['/bin/true'] }],
    ],
  },
  onOff('notify_priority_changes', 'notifyPriorityChanges', undefined),
  onOff('smtp_alert', 'smtpAlert', false),
  i('notify_url', 'notifyUrls', undefined, URLS, ['example.net']),
  i('lvs_sync_daemon_interface', 'syncDaemon', undefined, [['eth0', undefined]], ['averyveryverylongname']),
  i(
    'authentication',
    'authentication',
    { type: 'none' },
    [['{\nauth_type PASS\nauth_pass x\n}', { type: 'pass', password: 'x' }]],
    ['{\nauth_type x\n}', '{\nauth_type PASS\n}'],
  ),
  i(
    'auth_hmac',
    'hmac',
    undefined,
    [
      [
        `{\nkey 3 ${KEY}\nactive_key 3\n}`,
        { keys: [{ id: 3, hex }], activeKey: 3, antiReplay: 'time', timeWindow: s(5), mode: 'enforce' },
      ],
    ],
    ['{\nactive_key 3\n}', `{\nkey 3 ${KEY}\n}`],
  ),
  {
    block: 'vrrp_instance.authentication',
    keyword: 'auth_type',
    text: (line) => around('')(`authentication {\n${line}\nauth_pass x\n}`),
    value: of('authentication', 'type'),
    usual: 'none',
    taken: [
      ['PASS', 'pass'],
      ['AH', 'ah'],
    ],
    refused: ['x'],
  },
  {
    block: 'vrrp_instance.authentication',
    keyword: 'auth_pass',
    text: (line) => around('')(`authentication {\n${line}\nauth_type PASS\n}`),
    value: of('authentication', 'password'),
    usual: undefined,
    taken: [
      ['secret', 'secret'],
      ['1234567890', '12345678'],
    ],
    refused: [''],
  },
  hmac(
    'key',
    'keys',
    USUAL_KEYS,
    [[`3 hex:${KEY.repeat(2)}`, [...USUAL_KEYS, { id: 3, hex: KEY.repeat(2) }]]],
    ['3 short', `0 ${KEY}`, `3 hex:${KEY}`, '3 hex:xx', `1 ${KEY}`, '3 file:', '3 file:/none', '3'],
  ),
  hmac('active_key', 'activeKey', 1, [['2', 2]], ['256', 'x']),
  hmac('anti_replay', 'antiReplay', 'time', [['monotonic', 'monotonic']], ['x', '']),
  hmac(
    'time_window',
    'timeWindow',
    s(5),
    [
      ['1', s(1)],
      ['300', s(300)],
    ],
    ['0', '301', ''],
  ),
  hmac(
    'mode',
    'mode',
    'enforce',
    [
      ['permissive', 'permissive'],
      ['receive-only', 'receive-only'],
    ],
    ['x', ''],
  ),
];
