/**
 * The keywords of `global_defs` about firewall, IPVS, netlink, SNMP, D-Bus, reloads and dumps.
 * (directives-global sections 3.5 to 3.9)
 */
import { DATA_PLANES } from '../model-globals.js';
import { boolean, integer, mapped, oneOf, optional, present, seconds, text } from './arguments.js';
import {
  absolutePath,
  INT_MAX,
  INT32,
  lvsTimeouts,
  names,
  syncDaemon,
  UINT_MAX,
} from './global-arguments.js';
import { EXTENSION } from './notifications.js';
import { line, type RowFacts } from './row.js';

const CHECKED = { effect: 'checked' } as const;

export const firewallRows = {
  nftables: line('nftables', optional(text('TABLE', 255), 'keepalived'), {
    doc: 'Rules of the firewall are made with nftables, in this table.',
    since: '2.0.11',
    default: 'only where a firewall is needed',
    repeat: 'first',
  }),
  nftablesPriority: line('nftables_priority', integer(INT32), {
    doc: 'Priority of the chains of nftables.',
    since: '2.0.11',
    default: '-1',
  }),
  nftablesCounters: line('nftables_counters', present, {
    doc: 'The rules of nftables count packets.',
    since: '2.0.11',
    default: 'off',
  }),
  nftablesIfindex: line('nftables_ifindex', present, {
    doc: 'Sets of link-local addresses name interfaces by number instead of by name.',
    since: '2.0.11',
    default: 'off',
  }),
  nftablesIpvs: line('nftables_ipvs', optional(text('TABLE', 255), 'keepalived_ipvs'), {
    effect: 'none',
    doc: 'Keepalived marks the traffic of a group in this table, so that IPVS needs one service for all of it; Holdfast gives each address a service of its own.',
    since: '2.2.2',
    default: 'off',
    repeat: 'first',
  }),
  nftablesIpvsPriority: line('nftables_ipvs_priority', integer(INT32), {
    effect: 'none',
    doc: 'Priority of the chains of nftables_ipvs.',
    since: '2.2.2',
    default: '-1',
  }),
  nftablesIpvsStartFwmark: line('nftables_ipvs_start_fwmark', integer({ min: 1, max: UINT_MAX }), {
    effect: 'none',
    doc: 'First of the marks of nftables_ipvs.',
    since: '2.2.2',
    default: '1000',
  }),
  iptables: line('vrrp_iptables', names('[INPUT_CHAIN [OUTPUT_CHAIN]]', 2, 29), {
    doc: 'Rules of the firewall are made with iptables, in these chains.',
    since: '1.2.20',
    default: 'off',
    repeat: 'first',
  }),
  ipsets: line('vrrp_ipsets', names('[IPV4 [IPV6 [IPV6_LINK [IGMP [MLD [ND]]]]]]', 6, 31), {
    doc: 'Names of the sets that iptables uses; bare means no sets.',
    since: '1.2.20',
    default: 'sets named keepalived and the like',
  }),
};

export const balancerGlobalRows = {
  balancer: line('balancer', oneOf(DATA_PLANES), {
    missing: 'error',
    doc: 'What carries the connections: IPVS, nftables by NAT, or IPVS where the kernel has it and else nftables.',
    since: EXTENSION,
    default: 'ipvs',
  }),
  lvsSyncDaemon: line('lvs_sync_daemon', syncDaemon, {
    doc: 'Connections of IPVS are copied to the other router over this interface, led by the state of an instance.',
    since: '1.2.20',
    repeat: 'first',
  }),
  lvsTimeouts: line('lvs_timeouts', lvsTimeouts, {
    missing: 'error',
    doc: 'How long IPVS remembers idle connections.',
    since: '1.2.24',
    default: 'as the kernel has them',
  }),
  lvsFlush: line('lvs_flush', present, {
    doc: 'All services of IPVS are removed at the start.',
    since: '1.2.23',
    default: 'off',
  }),
  lvsFlushOnStop: line(
    'lvs_flush_on_stop',
    mapped(
      optional(oneOf(['VS']), 'all' as const),
      (word) => (word === 'VS' ? ('services' as const) : ('all' as const)),
      (value) => (value === 'services' ? ('VS' as const) : ('all' as const)),
    ),
    {
      doc: 'At the end all of IPVS is removed; with VS only our own services.',
      since: '2.2.0',
      default: 'off',
      aliases: [{ keyword: 'lvs_flush_onstop', since: '2.0.15' }],
    },
  ),
};

const bytes = integer({ min: 1, max: INT_MAX, unit: 'bytes', syntax: 'BYTES' });
const buffer = (what: string, since: string, usual = 'as the kernel has it'): RowFacts => ({
  doc: `Receive buffer for ${what}.`,
  since,
  default: usual,
});
const force = (what: string, since: string): RowFacts => ({
  doc: `The receive buffer for ${what} may be larger than the limit of the system.`,
  since,
  default: 'off',
});

export const netlinkRows = {
  vrrpNetlinkCommandBuffer: line(
    'vrrp_netlink_cmd_rcv_bufs',
    bytes,
    buffer('answers to what VRRP asks of the kernel', '2.0.0'),
  ),
  vrrpNetlinkCommandBufferForce: line(
    'vrrp_netlink_cmd_rcv_bufs_force',
    boolean,
    force('answers to what VRRP asks of the kernel', '2.0.0'),
  ),
  vrrpNetlinkMonitorBuffer: line(
    'vrrp_netlink_monitor_rcv_bufs',
    bytes,
    buffer('what the kernel tells VRRP by itself', '2.0.0', '1048576'),
  ),
  vrrpNetlinkMonitorBufferForce: line(
    'vrrp_netlink_monitor_rcv_bufs_force',
    boolean,
    force('what the kernel tells VRRP by itself', '2.0.0'),
  ),
  lvsNetlinkCommandBuffer: line('lvs_netlink_cmd_rcv_bufs', bytes, {
    effect: 'none',
    doc: 'Receive buffer for answers to what the checkers ask of the kernel: Holdfast asks for so few at a time that any is large enough.',
    since: '2.0.0',
    default: 'as the kernel has it',
  }),
  lvsNetlinkCommandBufferForce: line('lvs_netlink_cmd_rcv_bufs_force', boolean, {
    effect: 'none',
    ...force('answers to what the checkers ask of the kernel', '2.0.0'),
  }),
  lvsNetlinkMonitorBuffer: line('lvs_netlink_monitor_rcv_bufs', bytes, {
    ...buffer('what the kernel tells the checkers by itself', '2.0.0', '1048576'),
  }),
  lvsNetlinkMonitorBufferForce: line('lvs_netlink_monitor_rcv_bufs_force', boolean, {
    ...force('what the kernel tells the checkers by itself', '2.0.0'),
  }),
  processMonitorBuffer: line(
    'process_monitor_rcv_bufs',
    bytes,
    buffer('what the kernel tells about processes', '2.0.11', '1048576'),
  ),
  processMonitorBufferForce: line(
    'process_monitor_rcv_bufs_force',
    boolean,
    force('what the kernel tells about processes', '2.0.11'),
  ),
};

const statistics = seconds({ min: 0.001, max: 30 });

export const managementRows = {
  snmpSocket: line('snmp_socket', text('SOCKET'), {
    ...CHECKED,
    doc: 'Where the SNMP master agent listens, such as udp:localhost:705 or unix:/var/agentx/master.',
    since: '1.2.20',
    default: 'unix:/var/agentx/master',
    repeat: 'first',
  }),
  snmpVrrp: line('enable_snmp_vrrp', present, {
    ...CHECKED,
    doc: "SNMP shows instances in Keepalived's own tables.",
    since: '2.0.0',
    default: 'off',
    aliases: [{ keyword: 'enable_snmp_keepalived', deprecated: true, since: '1.2.20' }],
  }),
  snmpChecker: line('enable_snmp_checker', present, {
    ...CHECKED,
    doc: "SNMP shows virtual servers in Keepalived's own tables.",
    since: '1.2.20',
    default: 'off',
  }),
  snmpRfc: line('enable_snmp_rfc', present, {
    ...CHECKED,
    doc: 'SNMP shows instances in the tables of both standards.',
    since: '1.2.20',
    default: 'off',
  }),
  snmpRfc2: line('enable_snmp_rfcv2', present, {
    ...CHECKED,
    doc: 'SNMP shows instances in the table of RFC 2787, for version 2.',
    since: '1.2.20',
    inherits: 'enable_snmp_rfc',
  }),
  snmpRfc3: line('enable_snmp_rfcv3', present, {
    ...CHECKED,
    doc: 'SNMP shows instances in the table of RFC 6527, for version 3.',
    since: '1.2.20',
    inherits: 'enable_snmp_rfc',
  }),
  snmpTraps: line('enable_traps', present, {
    ...CHECKED,
    doc: 'Changes are told by SNMP traps.',
    since: '1.2.5',
    default: 'off',
  }),
  snmpVsStatsInterval: line('snmp_vs_stats_update_interval', statistics, {
    ...CHECKED,
    doc: 'How old the counters of a virtual server may be when SNMP asks for them.',
    since: '2.3.0',
    default: '5',
  }),
  snmpRsStatsInterval: line('snmp_rs_stats_update_interval', statistics, {
    ...CHECKED,
    doc: 'How old the counters of a real server may be when SNMP asks for them.',
    since: '2.3.0',
    inherits: 'snmp_vs_stats_update_interval',
  }),
  dbus: line('enable_dbus', present, {
    ...CHECKED,
    doc: 'Instances can be watched and asked over D-Bus.',
    since: '1.3.0',
    default: 'off',
  }),
  dbusServiceName: line('dbus_service_name', text('NAME', 255), {
    ...CHECKED,
    doc: 'Name of the service on D-Bus.',
    since: '1.3.7',
    default: 'org.keepalived.Vrrp1',
  }),
  dbusNoInterfaceName: line('dbus_no_interface_name', text('NAME', 255), {
    ...CHECKED,
    doc: 'What stands for the interface in the D-Bus path of an instance that has none.',
    since: '2.3.0',
    default: 'none',
  }),
};

export const reloadRows = {
  reloadCheckConfig: line('reload_check_config', optional(text('LOG_FILE'), '/dev/null'), {
    doc: 'Before a reload the configuration is checked, and findings are written to this file. Holdfast always checks.',
    since: '2.2.0',
    default: 'off',
  }),
  reloadTimeFile: line('reload_time_file', absolutePath, {
    doc: 'The first line of this file says when the daemon reloads: a time, or a date and a time.',
    since: '2.1.0',
  }),
  reloadRepeat: line('reload_repeat', present, {
    doc: 'The file of reload_time_file is kept, so that a time of day means every day.',
    since: '2.1.0',
    default: 'off',
  }),
  reloadFile: line('reload_file', optional(absolutePath, ''), {
    doc: 'A file that exists while the configuration is read.',
    since: '2.2.0',
    default: 'off',
  }),
  tmpConfigDirectory: line('tmp_config_directory', text('DIRECTORY'), {
    effect: 'none',
    doc: "Where Keepalived's processes pass the configuration to each other; Holdfast needs no such place.",
    since: '2.2.0',
    default: 'memory',
    repeat: 'first',
  }),
  configSaveDir: line('config_save_dir', text('DIRECTORY'), {
    doc: 'Configuration and state are saved there around reloads, to look into problems: of the last hundred.',
    since: '2.2.3',
    default: 'off',
  }),
  dataUseInstance: line('data_use_instance', boolean, {
    doc: 'Names of dump files hold the namespace and the name of the daemon.',
    since: '2.2.3',
    default: 'off',
  }),
  stateDumpFile: line('state_dump_file', text('PATH'), {
    doc: 'Where the state goes when the daemon is asked for it.',
    since: '2.3.3',
    default: 'keepalived.data in the directory for temporary files',
  }),
  statsDumpFile: line('stats_dump_file', text('PATH'), {
    doc: 'Where counters go when the daemon is asked for them.',
    since: '2.3.3',
    default: 'keepalived.stats in the directory for temporary files',
  }),
  jsonDumpFile: line('json_dump_file', text('PATH'), {
    doc: 'Where the state goes as JSON when the daemon is asked for it.',
    since: '2.3.3',
    default: 'keepalived.json in the directory for temporary files',
  }),
  jsonVersion: line(
    'json_version',
    mapped(
      integer({ min: 1, max: 2 }),
      (value) => (value === 1 ? 1 : 2),
      (value: 1 | 2) => value,
    ),
    { doc: 'Layout of the JSON.', since: '2.2.8', default: '1' },
  ),
  iprouteUsrDir: line('iproute_usr_dir', text('PATH'), {
    doc: 'Where the names of routing tables and the like that the system brings are read.',
    since: '2.3.2',
    default: '/usr/share/iproute2, or else /usr/lib/iproute2',
  }),
  iprouteEtcDir: line('iproute_etc_dir', text('PATH'), {
    doc: 'Where the names of routing tables and the like that were set on this machine are read.',
    since: '2.3.2',
    default: '/etc/iproute2',
  }),
};
