/** Every keyword of global_defs and every top-level scalar. (directives-global) */
import { field, type KeywordCase, NUMBERS, s, type Taken } from './lvs-cases.js';

export const URLS: Taken = [
  ['http://h/', [{ url: 'http://h/' }]],
  ['https://h/x secret s', [{ url: 'https://h/x', secret: 's' }]],
];
const inGlobals = (line: string): string => `global_defs {\n${line}\n}`;
const named = (block: string, text: (line: string) => string) =>
  function row(
    keyword: string,
    key: string,
    usual: unknown,
    taken: Taken,
    refused: readonly string[] = [],
  ): KeywordCase {
    return { block, keyword, text, value: ({ globals }) => field(key)(globals), usual, taken, refused };
  };
export const g = named('global_defs', inGlobals);
const top = named('', (line) => line);
/** A line that stands alone. */
export const flag = (keyword: string, key: string): KeywordCase => g(keyword, key, false, [['', true]]);
export const bool = (keyword: string, key: string): KeywordCase =>
  g(
    keyword,
    key,
    false,
    [
      ['', true],
      ['on', true],
      ['no', false],
    ],
    ['ON', '1'],
  );
export const word = (keyword: string, key: string, usual: unknown = undefined): KeywordCase =>
  g(keyword, key, usual, [['some-word', 'some-word']], ['']);
export const number = (
  keyword: string,
  key: string,
  usual: unknown,
  low: number,
  high: number,
  scale = 1,
): KeywordCase =>
  g(
    keyword,
    key,
    usual,
    [
      [String(low), low * scale],
      [String(high), high * scale],
    ],
    ['x', '1.5', String(low - 1), String(high + 1)],
  );
export const INT = 2147483647;
const script = (keyword: string, key: string): KeywordCase =>
  g(
    keyword,
    key,
    undefined,
    [
      ['"/bin/true a"', { argv: ['/bin/true', 'a'] }],
      ['/bin/true nobody nogroup', { argv: ['/bin/true'], user: 'nobody', group: 'nogroup' }],
    ],
    ['', '""'],
  );
const fifo = (keyword: string, key: string): KeywordCase =>
  g(
    keyword,
    key,
    undefined,
    [
      ['/run/f', { path: '/run/f' }],
      ['/run/f nobody nogroup', { path: '/run/f', user: 'nobody', group: 'nogroup' }],
    ],
    [''],
  );
const delay = (keyword: string, key: string): KeywordCase =>
  g(
    keyword,
    key,
    0,
    [
      ['0.001', s(0.001)],
      ['90', s(90)],
    ],
    ['0', 'x', '-1'],
  );
const roles = (
  make: (role: string, key: string) => readonly KeywordCase[] | KeywordCase,
): readonly KeywordCase[] =>
  [
    ['vrrp', 'vrrp'],
    ['checker', 'checker'],
    ['bfd', 'bfd'],
  ].flatMap(([role = '', key = '']) => make(role, key));
/** What an instance or group takes over from global_defs. */
const passed = (
  keyword: string,
  value: KeywordCase['value'],
  usual: unknown,
  taken: Taken,
  refused: readonly string[] = [],
): KeywordCase => ({
  block: 'global_defs',
  keyword,
  text: (line) =>
    `${inGlobals(line)}\nvrrp_instance a {\ninterface eth0\nvirtual_router_id 7\npriority 255\nvirtual_ipaddress {\n192.0.2.9/24\n}\n}`,
  value,
  usual,
  taken,
  refused,
});
const instance =
  (key: string): KeywordCase['value'] =>
  ({ instances: [first] }) =>
    field(key)(first);
const garp =
  (key: string): KeywordCase['value'] =>
  (all) =>
    field(key)(instance('garp')(all));
const onOff = (usual: unknown): [unknown, Taken, string[]] => [
  usual,
  [
    ['', true],
    ['off', usual],
  ],
  ['ON'],
];

export const GLOBAL_CASES: readonly KeywordCase[] = [
  top('net_namespace', 'netNamespace', undefined, [['blue', 'blue']], ['']),
  top('net_namespace_ipvs', 'netNamespaceIpvs', undefined, [
    ['blue', 'blue'],
    ['', ''],
  ]),
  top('namespace_with_ipsets', 'namespaceWithIpsets', false, [['', true]]),
  top('instance', 'instanceName', undefined, [['one', 'one']], ['']),
  top('use_pid_dir', 'usePidDir', false, [['', true]]),
  top('linkbeat_use_polling', 'linkbeatUsePolling', false, [['', true]]),
  top(
    'child_wait_time',
    'childWaitTime',
    s(5),
    [
      ['0', 0],
      ['7', s(7)],
    ],
    NUMBERS,
  ),

  word('router_id', 'routerId'),
  {
    ...g(
      'notification_email',
      'notificationEmail',
      [],
      [['{\na@b\n"C <c@d>"\n}', ['a@b', 'C <c@d>']]],
      ['{\n}'],
    ),
  },
  word('notification_email_from', 'notificationEmailFrom'),
  g(
    'smtp_server',
    'smtpServer',
    undefined,
    [
      ['127.0.0.1', { host: '127.0.0.1', port: 25 }],
      ['mail 587', { host: 'mail', port: 587 }],
    ],
    ['', 'mail 70000'],
  ),
  word('smtp_helo_name', 'smtpHeloName'),
  g('smtp_tls', 'smtpTls', undefined, [['required', 'required']], ['yes']),
  g(
    'smtp_auth',
    'smtpAuth',
    undefined,
    [
      ['me secret word', { user: 'me', secret: 'word' }],
      ['me secret_file /etc/key', { user: 'me', secretFile: '/etc/key' }],
    ],
    ['me word', 'me'],
  ),
  g('notify_url', 'notifyUrls', undefined, URLS, ['example.net']),
  bool('fifo_write_states_to_readers', 'fifoWriteStatesToReaders'),
  bool('fifo_write_reasons', 'fifoWriteReasons'),
  g(
    'smtp_connect_timeout',
    'smtpConnectTimeout',
    s(30),
    [
      ['7', s(7)],
      ['0', s(1)],
    ],
    ['x', '-1'],
  ),
  flag('no_email_faults', 'noEmailFaults'),
  bool('no_checker_emails', 'noCheckerEmails'),
  bool('checker_log_all_failures', 'checkerLogAllFailures'),
  bool('rs_init_notifies', 'rsInitNotifies'),
  passed('smtp_alert', instance('smtpAlert'), ...onOff(false)),
  passed('smtp_alert_vrrp', instance('smtpAlert'), ...onOff(false)),
  {
    block: 'global_defs',
    keyword: 'smtp_alert_checker',
    text: (line) =>
      `${inGlobals(line)}\nvirtual_server 192.0.2.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nreal_server 10.0.0.1 80 {\nTCP_CHECK { }\n}\n}`,
    value: ({ virtualServers: [first] }) => first?.smtpAlert,
    usual: false,
    taken: [['', true]],
    refused: ['ON'],
  },

  flag('process_names', 'processNames'),
  ...[
    ['process_name', 'processName'],
    ['vrrp_process_name', 'vrrpProcessName'],
    ['checker_process_name', 'checkerProcessName'],
    ['lvs_process_name', 'checkerProcessName'],
    ['bfd_process_name', 'bfdProcessName'],
  ].map(([keyword = '', key = '']) =>
    g(
      keyword,
      key,
      undefined,
      [
        ['short', 'short'],
        ['averyverylongname', 'averyverylongna'],
      ],
      [''],
    ),
  ),
  ...roles((role, key) => number(`${role}_priority`, `${key}Priority`, 0, -20, 19)),
  ...roles((role, key) => flag(`${role}_no_swap`, `${key}NoSwap`)),
  ...roles((role, key) => number(`${role}_rt_priority`, `${key}RealtimePriority`, undefined, 1, 99)),
  ...roles((role, key) =>
    g(`${role}_cpu_affinity`, `${key}CpuAffinity`, undefined, [['0 2', [0, 2]]], ['', 'x', '0 5000']),
  ),
  ...roles((role, key) =>
    ['rttime', 'rtime'].map((ending) =>
      g(
        `${role}_rlimit_${ending}`,
        `${key}RealtimeLimit`,
        10000,
        [
          ['1', 2],
          ['500', 500],
        ],
        ['0', 'x'],
      ),
    ),
  ),
  g(
    'max_auto_priority',
    'maxAutoPriority',
    0,
    [
      ['', 99],
      ['-1', -1],
      ['50', 50],
    ],
    ['100', 'x'],
  ),
  number('min_auto_priority_delay', 'minAutoPriorityDelay', s(1), 1, 10000000),
  g(
    'umask',
    'umask',
    0o177,
    [
      ['077', 0o77],
      ['0x1f', 0x1f],
      ['IRWXG|IWOTH', 0o72],
    ],
    ['01000', 'IRUSR|FOO', 'x'],
  ),

  g(
    'script_user',
    'scriptUser',
    undefined,
    [
      ['nobody', 'nobody'],
      ['nobody nogroup', 'nobody'],
    ],
    [''],
  ),
  flag('enable_script_security', 'enableScriptSecurity'),
  g(
    'use_symlink_paths',
    'useSymlinkPaths',
    undefined,
    [
      ['', true],
      ['on', true],
      ['no', false],
    ],
    ['ON', '1'],
  ),
  bool('set_supplementary_groups', 'setSupplementaryGroups'),
  script('startup_script', 'startupScript'),
  script('shutdown_script', 'shutdownScript'),
  number('startup_script_timeout', 'startupScriptTimeout', s(10), 1, 1000, 1e6),
  number('shutdown_script_timeout', 'shutdownScriptTimeout', s(10), 1, 1000, 1e6),
  fifo('notify_fifo', 'notifyFifo'),
  fifo('vrrp_notify_fifo', 'vrrpNotifyFifo'),
  fifo('lvs_notify_fifo', 'lvsNotifyFifo'),
  script('notify_fifo_script', 'notifyFifoScript'),
  script('vrrp_notify_fifo_script', 'vrrpNotifyFifoScript'),
  script('lvs_notify_fifo_script', 'lvsNotifyFifoScript'),
  passed('vrrp_notify_priority_changes', instance('notifyPriorityChanges'), undefined, [['', true]], ['ON']),
  flag('fifo_write_vrrp_states_on_reload', 'fifoWriteVrrpStatesOnReload'),

  g('vrrp_mcast_group4', 'mcastGroup4', '224.0.0.18', [['224.0.0.99', '224.0.0.99']], ['192.0.2.1', 'x']),
  g(
    'vrrp_mcast_group6',
    'mcastGroup6',
    'ff02::12',
    [
      ['ff02::99', 'ff02::99'],
      ['ff05::99', 'ff05::99'],
    ],
    ['2001:db8::1', 'x'],
  ),
  g('default_interface', 'defaultInterface', 'eth0', [['eth7', 'eth7']], ['averyveryverylongname']),
  passed('vrrp_version', instance('version'), 2, [['3', 3]], ['4', 'x']),
  passed(
    'vrrp_garp_master_delay',
    garp('masterDelay'),
    s(5),
    [
      ['0', 0],
      ['2', s(2)],
    ],
    ['x', '-1'],
  ),
  passed(
    'vrrp_garp_master_repeat',
    garp('masterRepeat'),
    5,
    [
      ['0', 1],
      ['2', 2],
    ],
    ['x', '-1'],
  ),
  passed('vrrp_garp_master_refresh', garp('masterRefresh'), 0, [['60', s(60)]], ['x', '-1']),
  passed(
    'vrrp_garp_master_refresh_repeat',
    garp('masterRefreshRepeat'),
    1,
    [
      ['0', 1],
      ['2', 2],
    ],
    ['x'],
  ),
  passed('vrrp_garp_lower_prio_delay', garp('lowerPriorityDelay'), s(5), [['2', s(2)]], ['x']),
  passed('vrrp_garp_lower_prio_repeat', garp('lowerPriorityRepeat'), 5, [['0', 0]], ['x']),
  delay('vrrp_startup_delay', 'startupDelay'),
  delay('vrrp_delay_after_boot', 'delayAfterBoot'),
  g('vrrp_garp_interval', 'garpInterval', 0, [['0.01', s(0.01)]], ['0', 'x']),
  g('vrrp_gna_interval', 'gnaInterval', 0, [['0.01', s(0.01)]], ['0', 'x']),
  passed(
    'vrrp_min_garp',
    instance('garp'),
    {
      masterDelay: s(5),
      masterRepeat: 5,
      masterRefresh: 0,
      masterRefreshRepeat: 1,
      lowerPriorityDelay: s(5),
      lowerPriorityRepeat: 5,
    },
    [
      [
        '',
        {
          masterDelay: 0,
          masterRepeat: 1,
          masterRefresh: 0,
          masterRefreshRepeat: 0,
          lowerPriorityDelay: 0,
          lowerPriorityRepeat: 1,
        },
      ],
    ],
    ['ON'],
  ),
  ...['vrrp_garp_extra_if', 'vrrp_vmac_garp_intvl'].map((keyword) =>
    passed(
      keyword,
      instance('garpExtraInterface'),
      undefined,
      [
        ['60', { all: false, interval: s(60) }],
        ['all 5', { all: true, interval: s(5) }],
      ],
      ['0', 'x', 'all 86401'],
    ),
  ),
  passed(
    'vrrp_down_timer_adverts',
    instance('downTimerAdverts'),
    3,
    [
      ['1', 1],
      ['100', 100],
    ],
    ['0', '101'],
  ),
  passed('vrrp_lower_prio_no_advert', instance('lowerPriorityNoAdvert'), ...onOff(false)),
  passed('vrrp_higher_prio_send_advert', instance('higherPrioritySendAdvert'), ...onOff(false)),
  passed('vrrp_owner_ignore_adverts', instance('ownerIgnoreAdverts'), ...onOff(undefined)),
  passed('vrrp_check_unicast_src', instance('checkUnicastSource'), false, [['', true]]),
  passed('vrrp_skip_check_adv_addr', instance('skipCheckAdvertAddresses'), ...onOff(false)),
  passed('v3_checksum_as_v2', instance('v3ChecksumAsV2'), ...onOff(undefined)),
  passed('vrrp_strict', instance('strict'), ...onOff(undefined)),
  flag('log_unknown_vrids', 'logUnknownVrids'),
  word('vmac_prefix', 'vmacPrefix', 'vrrp'),
  word('vmac_addr_prefix', 'vmacAddressPrefix', 'vrrp'),
  g(
    'dynamic_interfaces',
    'dynamicInterfaces',
    false,
    [
      ['', 'presence'],
      ['allow_if_changes', 'changes'],
    ],
    ['x'],
  ),
  flag('disable_local_igmp', 'disableLocalIgmp'),
  g(
    'vrrp_rx_bufs_policy',
    'receiveBuffers',
    undefined,
    [
      ['MTU', 'MTU'],
      ['ADVERT', 'ADVERT'],
      ['9000', 9000],
    ],
    ['x', ''],
  ),
  number('vrrp_rx_bufs_multiplier', 'receiveBuffersMultiplier', 3, 1, INT),
];
