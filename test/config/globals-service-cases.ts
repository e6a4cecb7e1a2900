/** Keywords of global_defs about firewall, IPVS, netlink, SNMP, D-Bus, reloads and dumps. (directives-global 3.5 to 3.9) */
import { bool, flag, g, INT, number, word } from './globals-cases.js';
import { type KeywordCase, s } from './lvs-cases.js';

const buffer = (keyword: string, key: string): readonly KeywordCase[] => [
  number(keyword, key, undefined, 1, INT),
  bool(`${keyword}_force`, `${key}Force`),
];

export const GLOBAL_SERVICE_CASES: readonly KeywordCase[] = [
  g('nftables', 'nftables', undefined, [
    ['', 'keepalived'],
    ['mine', 'mine'],
  ]),
  number('nftables_priority', 'nftablesPriority', -1, -INT - 1, INT),
  flag('nftables_counters', 'nftablesCounters'),
  flag('nftables_ifindex', 'nftablesIfindex'),
  g('nftables_ipvs', 'nftablesIpvs', undefined, [
    ['', 'keepalived_ipvs'],
    ['mine', 'mine'],
  ]),
  number('nftables_ipvs_priority', 'nftablesIpvsPriority', -1, -INT - 1, INT),
  number('nftables_ipvs_start_fwmark', 'nftablesIpvsStartFwmark', 1000, 1, 4294967295),
  g(
    'vrrp_iptables',
    'iptables',
    undefined,
    [
      ['', { input: 'INPUT', output: 'OUTPUT' }],
      ['in', { input: 'in' }],
      ['in out', { input: 'in', output: 'out' }],
    ],
    ['in in'],
  ),
  g(
    'vrrp_ipsets',
    'ipsets',
    undefined,
    [
      ['', []],
      ['a b c', ['a', 'b', 'c']],
    ],
    ['a a'],
  ),
  {
    ...g(
      'lvs_sync_daemon',
      'lvsSyncDaemon',
      undefined,
      [
        ['eth0 VI_1 7', { interface: 'eth0', instance: 'VI_1', id: 7 }],
        [
          'eth0 inst VI_1 id 0 maxlen 1400 port 9000 ttl 2 group 224.0.0.90',
          {
            interface: 'eth0',
            instance: 'VI_1',
            id: 0,
            maxLength: 1400,
            port: 9000,
            ttl: 2,
            group: '224.0.0.90',
          },
        ],
      ],
      [
        '',
        'eth0 id 256',
        'eth0 port 0',
        'eth0 ttl 0',
        'eth0 maxlen 70000',
        'eth0 group 192.0.2.1',
        'eth0 inst',
      ],
    ),
    // Which it follows has to be there.
    text: (line) =>
      `global_defs {\n${line}\n}\nvrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n}`,
  },
  g(
    'lvs_timeouts',
    'lvsTimeouts',
    undefined,
    [
      ['tcp 900', { tcp: s(900) }],
      ['udp 3 tcpfin 2 tcp 1', { tcp: s(1), tcpFin: s(2), udp: s(3) }],
    ],
    ['', 'tcp', 'tcp 2678401'],
  ),
  g(
    'balancer',
    'balancer',
    undefined,
    [
      ['nftables', 'nftables'],
      ['auto', 'auto'],
    ],
    ['', 'iptables'],
  ),
  flag('lvs_flush', 'lvsFlush'),
  ...['lvs_flush_on_stop', 'lvs_flush_onstop'].map((keyword) =>
    g(
      keyword,
      'lvsFlushOnStop',
      false,
      [
        ['', 'all'],
        ['VS', 'services'],
      ],
      ['x'],
    ),
  ),
  ...buffer('vrrp_netlink_cmd_rcv_bufs', 'vrrpNetlinkCommandBuffer'),
  ...buffer('vrrp_netlink_monitor_rcv_bufs', 'vrrpNetlinkMonitorBuffer'),
  ...buffer('lvs_netlink_cmd_rcv_bufs', 'lvsNetlinkCommandBuffer'),
  ...buffer('lvs_netlink_monitor_rcv_bufs', 'lvsNetlinkMonitorBuffer'),
  ...buffer('process_monitor_rcv_bufs', 'processMonitorBuffer'),
  word('snmp_socket', 'snmpSocket'),
  flag('enable_snmp_vrrp', 'snmpVrrp'),
  flag('enable_snmp_keepalived', 'snmpVrrp'),
  flag('enable_snmp_checker', 'snmpChecker'),
  {
    ...flag('enable_snmp_rfc', ''),
    value: ({ globals }) => globals.snmpRfc2 === true && globals.snmpRfc3 === true,
  },
  flag('enable_snmp_rfcv2', 'snmpRfc2'),
  flag('enable_snmp_rfcv3', 'snmpRfc3'),
  flag('enable_traps', 'snmpTraps'),
  g(
    'snmp_vs_stats_update_interval',
    'snmpRsStatsInterval',
    s(5),
    [
      ['0.001', s(0.001)],
      ['30', s(30)],
    ],
    ['31', 'x', '0'],
  ),
  g(
    'snmp_rs_stats_update_interval',
    'snmpRsStatsInterval',
    s(5),
    [
      ['0.001', s(0.001)],
      ['30', s(30)],
    ],
    ['31', 'x', '0'],
  ),
  flag('enable_dbus', 'dbus'),
  word('dbus_service_name', 'dbusServiceName', 'org.keepalived.Vrrp1'),
  word('dbus_no_interface_name', 'dbusNoInterfaceName', 'none'),
  g('reload_check_config', 'reloadCheckConfig', undefined, [
    ['', '/dev/null'],
    ['/tmp/log', '/tmp/log'],
  ]),
  g('reload_time_file', 'reloadTimeFile', undefined, [['/etc/when', '/etc/when']], ['when', '']),
  flag('reload_repeat', 'reloadRepeat'),
  g(
    'reload_file',
    'reloadFile',
    undefined,
    [
      ['', ''],
      ['/run/reload', '/run/reload'],
    ],
    ['reload'],
  ),
  word('tmp_config_directory', 'tmpConfigDirectory'),
  word('config_save_dir', 'configSaveDir'),
  bool('data_use_instance', 'dataUseInstance'),
  word('state_dump_file', 'stateDumpFile'),
  word('stats_dump_file', 'statsDumpFile'),
  word('json_dump_file', 'jsonDumpFile'),
  number('json_version', 'jsonVersion', 1, 1, 2),
  word('iproute_usr_dir', 'iprouteUsrDir', '/usr/share/iproute2'),
  word('iproute_etc_dir', 'iprouteEtcDir', '/etc/iproute2'),
];
