/** The section `Global definitions` of keepalived.data: every global value, in Keepalived's words and order. */
import { type Duration, toSeconds } from '../../base/time.js';
import type { Command, GlobalSettings } from '../../config/model.js';
import { commandLine, onOff, seconds, trueFalse, yesNo } from './words.js';

export function globalLines(globals: GlobalSettings): string[] {
  return [
    ...identity(globals),
    ...mail(globals),
    ...lifeAndReload(globals),
    ...fifos(globals),
    ...vrrp(globals),
    ...firewall(globals),
    ...processes(globals),
    ...management(globals),
    ...buffers(globals),
    ...rest(globals),
  ];
}

const given = (name: string, value: unknown): string[] =>
  value === undefined ? [] : [` ${name} = ${value}`];

function identity(globals: GlobalSettings): string[] {
  const { netNamespace, netNamespaceIpvs } = globals;
  const ipvs = netNamespaceIpvs === undefined ? '(main namespace)' : netNamespaceIpvs || '(default)';
  return [
    ...given('Config save dir', globals.configSaveDir),
    ` Network namespace = ${netNamespace ?? '(default)'}`,
    ` Network namespace ipvs = ${ipvs}`,
    ...given('Instance name', globals.instanceName),
    ...given('Parent process name', globals.processName),
    ...given('VRRP process name', globals.vrrpProcessName),
    ...given('LVS process name', globals.checkerProcessName),
    ...given('BFD process name', globals.bfdProcessName),
    ` ${globals.useSymlinkPaths ? 'Keep' : 'Replace'} symlinks in script paths`,
    ` ${globals.setSupplementaryGroups ? 'Set' : "Don't set"} supplementary groups for all scripts`,
    ...given('Router ID', globals.routerId),
  ];
}

function mail(globals: GlobalSettings): string[] {
  const { smtpServer } = globals;
  return [
    ...(smtpServer
      ? [
          ` Smtp server = ${smtpServer.host}`,
          ` Smtp server port = ${smtpServer.port}`,
          ...given('Smtp HELO name', globals.smtpHeloName),
          ` Smtp server connection timeout = ${seconds(globals.smtpConnectTimeout)}`,
        ]
      : []),
    ...given('Email notification from', globals.notificationEmailFrom),
    ...(globals.notificationEmail.length > 0
      ? [' Email notification to:', ...globals.notificationEmail.map((one) => `   ${one}`)]
      : []),
    ` Checkers log all failures = ${trueFalse(globals.checkerLogAllFailures)}`,
  ];
}

function lifeAndReload(globals: GlobalSettings): string[] {
  const script = (what: string, command: Command | undefined, timeout: Duration | undefined): string[] =>
    command ? [` ${what} script = ${commandLine(command)}, timeout ${seconds(timeout)}`] : [];
  return [
    globals.reloadCheckConfig === undefined
      ? ' No test config before reload'
      : ` Test config before reload, log to ${globals.reloadCheckConfig}`,
    ...(globals.reloadTimeFile === undefined
      ? []
      : [` Reload time file = ${globals.reloadTimeFile}${globals.reloadRepeat ? ' (repeat)' : ''}`]),
    ...given('Reload_file', globals.reloadFile),
    ...given('config save directory', globals.tmpConfigDirectory),
    ...(globals.dataUseInstance ? [' Use instance name in data dumps'] : []),
    ...script('Startup', globals.startupScript, globals.startupScriptTimeout),
    ...script('Shutdown', globals.shutdownScript, globals.shutdownScriptTimeout),
    ` Dynamic interfaces = ${trueFalse(globals.dynamicInterfaces !== false)}`,
    ...(globals.dynamicInterfaces === 'changes' ? [' Allow interface changes = true'] : []),
    ...(globals.noEmailFaults ? [' Send emails for fault transitions = off'] : []),
    ...given('LVS TCP timeout', timeout(globals.lvsTimeouts?.tcp)),
    ...given('LVS TCP FIN timeout', timeout(globals.lvsTimeouts?.tcpFin)),
    ...given('LVS UDP timeout', timeout(globals.lvsTimeouts?.udp)),
    ` Default interface = ${globals.defaultInterface}`,
    ` Disable local IGMP = ${yesNo(globals.disableLocalIgmp)}`,
    ` LVS flush = ${trueFalse(globals.lvsFlush)}`,
    ` LVS flush on stop = ${FLUSH_WORDS[`${globals.lvsFlushOnStop ?? false}`] ?? 'disabled'}`,
  ];
}

const FLUSH_WORDS: Readonly<Record<string, string>> = { all: 'full', services: 'VS', false: 'disabled' };
const timeout = (value: Duration | undefined): number | undefined =>
  value === undefined ? undefined : toSeconds(value);

function fifos(globals: GlobalSettings): string[] {
  const fifo = (
    type: string,
    settings: GlobalSettings['notifyFifo'],
    script: Command | undefined,
  ): string[] => [
    ...(settings
      ? [
          ` ${type} notify fifo = ${settings.path}${settings.user === undefined ? '' : `, uid:gid ${settings.user}:${settings.group ?? settings.user}`}`,
        ]
      : []),
    ...(script ? [` ${type} notify fifo script = ${commandLine(script)}`] : []),
  ];
  return [
    ...fifo('Global', globals.notifyFifo, globals.notifyFifoScript),
    ...fifo('VRRP', globals.vrrpNotifyFifo, globals.vrrpNotifyFifoScript),
    ...fifo('LVS', globals.lvsNotifyFifo, globals.lvsNotifyFifoScript),
    ` FIFO write vrrp states on reload = ${trueFalse(globals.fifoWriteVrrpStatesOnReload)}`,
  ];
}

const fractional = (value: Duration | undefined): string => toSeconds(value ?? (0 as Duration)).toFixed(6);

function vrrp(globals: GlobalSettings): string[] {
  return [
    ` VRRP IPv4 mcast group = ${globals.mcastGroup4}`,
    ` VRRP IPv6 mcast group = ${globals.mcastGroup6}`,
    ` Gratuitous ARP interval = ${fractional(globals.garpInterval)}`,
    ` Gratuitous NA interval = ${fractional(globals.gnaInterval)}`,
  ];
}

function firewall(globals: GlobalSettings): string[] {
  const { iptables, ipsets } = globals;
  return [
    ...given('Iptables input chain', iptables?.input),
    ...given('Iptables output chain', iptables?.output),
    ...(iptables ? [` Using ipsets = ${trueFalse(ipsets?.length !== 0)}`] : []),
    ...given('nftables table name', globals.nftables),
    ...(globals.nftables === undefined
      ? []
      : [
          ` nftables base chain priority = ${globals.nftablesPriority ?? -1}`,
          ` nftables ${globals.nftablesIfindex ? '' : "don't "}force use ifindex for link local IPv6`,
        ]),
    ...given('ipvs nftables table name', globals.nftablesIpvs),
    ...(globals.nftablesIpvs === undefined
      ? []
      : [
          ` ipvs nftables base chain priority = ${globals.nftablesIpvsPriority}`,
          ` ipvs nftables start fwmark = ${globals.nftablesIpvsStartFwmark}`,
        ]),
    ...(globals.nftables === undefined && globals.nftablesIpvs === undefined
      ? []
      : [` nftables with${globals.nftablesCounters ? '' : 'out'} counters`]),
  ];
}

function processes(globals: GlobalSettings): string[] {
  const process = (
    name: string,
    nice: number | undefined,
    noSwap: boolean | undefined,
    realtime: number | undefined,
    affinity: readonly number[] | undefined,
    limit: Duration | undefined,
  ): string[] => [
    ` ${name} process priority = ${nice ?? 0}`,
    ` ${name} don't swap = ${trueFalse(noSwap)}`,
    ` ${name} realtime priority = ${realtime ?? 0}`,
    ...given(`${name} CPU Affinity`, affinity?.join(' ')),
    ` ${name} realtime limit = ${limit ?? 0}`,
  ];
  const { maxAutoPriority = 0 } = globals;
  return [
    ` Max auto priority = ${maxAutoPriority < 0 ? 'Disabled' : maxAutoPriority}`,
    ` Min auto priority delay = ${globals.minAutoPriorityDelay ?? 0} usecs`,
    ...process(
      'VRRP',
      globals.vrrpPriority,
      globals.vrrpNoSwap,
      globals.vrrpRealtimePriority,
      globals.vrrpCpuAffinity,
      globals.vrrpRealtimeLimit,
    ),
    ...process(
      'Checker',
      globals.checkerPriority,
      globals.checkerNoSwap,
      globals.checkerRealtimePriority,
      globals.checkerCpuAffinity,
      globals.checkerRealtimeLimit,
    ),
    ...process(
      'BFD',
      globals.bfdPriority,
      globals.bfdNoSwap,
      globals.bfdRealtimePriority,
      globals.bfdCpuAffinity,
      globals.bfdRealtimeLimit,
    ),
  ];
}

function management(globals: GlobalSettings): string[] {
  const { scriptUser } = globals;
  return [
    ` SNMP vrrp ${onOff(globals.snmpVrrp)}`,
    ` SNMP checker ${onOff(globals.snmpChecker)}`,
    ` SNMP RFCv2 ${onOff(globals.snmpRfc2)}`,
    ` SNMP RFCv3 ${onOff(globals.snmpRfc3)}`,
    ` SNMP traps ${onOff(globals.snmpTraps)}`,
    ` SNMP socket = ${globals.snmpSocket ?? 'default (unix:/var/agentx/master)'}`,
    ` DBus ${onOff(globals.dbus)}`,
    ` DBus service name = ${globals.dbusServiceName ?? ''}`,
    ` Script security ${onOff(globals.enableScriptSecurity)}`,
    ...(scriptUser === undefined
      ? []
      : [` Default script uid:gid ${scriptUser}:${globals.scriptGroup ?? scriptUser}`]),
  ];
}

function buffers(globals: GlobalSettings): string[] {
  const buffer = (name: string, size: number | undefined, force: boolean | undefined): string[] => [
    ` ${name}_rcv_bufs = ${size ?? 0}`,
    ` ${name}_rcv_bufs_force = ${force ? 1 : 0}`,
  ];
  return [
    ...buffer('vrrp_netlink_cmd', globals.vrrpNetlinkCommandBuffer, globals.vrrpNetlinkCommandBufferForce),
    ...buffer(
      'vrrp_netlink_monitor',
      globals.vrrpNetlinkMonitorBuffer,
      globals.vrrpNetlinkMonitorBufferForce,
    ),
    ...buffer('process_monitor', globals.processMonitorBuffer, globals.processMonitorBufferForce),
    ...buffer('lvs_netlink_cmd', globals.lvsNetlinkCommandBuffer, globals.lvsNetlinkCommandBufferForce),
    ...buffer('lvs_netlink_monitor', globals.lvsNetlinkMonitorBuffer, globals.lvsNetlinkMonitorBufferForce),
  ];
}

function rest(globals: GlobalSettings): string[] {
  const { receiveBuffers } = globals;
  return [
    ` rs_init_notifies = ${globals.rsInitNotifies ? 1 : 0}`,
    ` no_checker_emails = ${globals.noCheckerEmails ? 1 : 0}`,
    ...given(typeof receiveBuffers === 'number' ? 'rx_bufs_size' : 'rx_bufs_policy', receiveBuffers),
    ` rx_bufs_multiples = ${globals.receiveBuffersMultiplier ?? 3}`,
    ` umask = 0${(globals.umask ?? 0o177).toString(8)}`,
    ...((globals.startupDelay ?? 0) > 0 ? [` vrrp_startup_delay = ${seconds(globals.startupDelay)}`] : []),
    ...(globals.logUnknownVrids ? [' log_unknown_vrids'] : []),
    ` VMAC prefix = ${globals.vmacPrefix ?? 'vrrp'}`,
    ...given('VMAC address prefix', globals.vmacAddressPrefix),
    ` json_version ${globals.jsonVersion ?? 1}`,
    ...given('state dump file', globals.stateDumpFile),
    ...given('stats dump file', globals.statsDumpFile),
    ...given('json dump file', globals.jsonDumpFile),
  ];
}
