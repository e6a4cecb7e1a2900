/** Top-level scalars and global_defs to settings, defaults filled in. (directives-global sections 1 and 3) */
import type { IpAddress } from '../../base/ip-address.js';
import { type Duration, microseconds, seconds } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type { FifoSettings, GlobalSettings } from '../model-globals.js';
import type { Bound } from '../schema/row.js';
import { argumentSpan, keywordSpan } from '../tree.js';
import { type GlobalValues, plain, type RootValues } from './context.js';

const TOP = [
  'netNamespace',
  'netNamespaceIpvs',
  'namespaceWithIpsets',
  'instanceName',
  'usePidDir',
  'linkbeatUsePolling',
  'childWaitTime',
] as const;

/** Keys that go into the settings as they are. */
const COPIED = [
  'routerId',
  'notificationEmailFrom',
  'smtpServer',
  'smtpHeloName',
  'smtpConnectTimeout',
  'smtpTls',
  'smtpAuth',
  'noEmailFaults',
  'noCheckerEmails',
  'checkerLogAllFailures',
  'rsInitNotifies',
  'processNames',
  'processName',
  'vrrpProcessName',
  'checkerProcessName',
  'bfdProcessName',
  'vrrpPriority',
  'checkerPriority',
  'bfdPriority',
  'vrrpNoSwap',
  'checkerNoSwap',
  'bfdNoSwap',
  'vrrpRealtimePriority',
  'checkerRealtimePriority',
  'bfdRealtimePriority',
  'vrrpCpuAffinity',
  'checkerCpuAffinity',
  'bfdCpuAffinity',
  'vrrpRealtimeLimit',
  'checkerRealtimeLimit',
  'bfdRealtimeLimit',
  'maxAutoPriority',
  'minAutoPriorityDelay',
  'umask',
  'enableScriptSecurity',
  'useSymlinkPaths',
  'setSupplementaryGroups',
  'startupScript',
  'startupScriptTimeout',
  'shutdownScript',
  'shutdownScriptTimeout',
  'notifyFifo',
  'notifyFifoScript',
  'vrrpNotifyFifoScript',
  'lvsNotifyFifoScript',
  'fifoWriteVrrpStatesOnReload',
  'fifoWriteStatesToReaders',
  'fifoWriteReasons',
  'mcastGroup4',
  'mcastGroup6',
  'defaultInterface',
  'garpInterval',
  'gnaInterval',
  'startupDelay',
  'delayAfterBoot',
  'logUnknownVrids',
  'vmacPrefix',
  'dynamicInterfaces',
  'disableLocalIgmp',
  'receiveBuffersMultiplier',
  'nftables',
  'nftablesPriority',
  'nftablesCounters',
  'nftablesIfindex',
  'nftablesIpvs',
  'nftablesIpvsPriority',
  'nftablesIpvsStartFwmark',
  'ipsets',
  'balancer',
  'lvsSyncDaemon',
  'lvsTimeouts',
  'lvsFlush',
  'lvsFlushOnStop',
  'vrrpNetlinkCommandBuffer',
  'vrrpNetlinkCommandBufferForce',
  'vrrpNetlinkMonitorBuffer',
  'vrrpNetlinkMonitorBufferForce',
  'lvsNetlinkCommandBuffer',
  'lvsNetlinkCommandBufferForce',
  'lvsNetlinkMonitorBuffer',
  'lvsNetlinkMonitorBufferForce',
  'processMonitorBuffer',
  'processMonitorBufferForce',
  'snmpSocket',
  'snmpVrrp',
  'snmpChecker',
  'snmpRfc2',
  'snmpRfc3',
  'snmpTraps',
  'dbus',
  'dbusServiceName',
  'dbusNoInterfaceName',
  'reloadCheckConfig',
  'reloadTimeFile',
  'reloadRepeat',
  'reloadFile',
  'tmpConfigDirectory',
  'configSaveDir',
  'dataUseInstance',
  'stateDumpFile',
  'statsDumpFile',
  'jsonDumpFile',
  'jsonVersion',
  'iprouteUsrDir',
  'iprouteEtcDir',
] as const satisfies readonly (keyof GlobalValues)[];

const REALTIME_LIMIT = microseconds(10000);

const DEFAULTS = {
  namespaceWithIpsets: false,
  usePidDir: false,
  linkbeatUsePolling: false,
  childWaitTime: seconds(5),
  smtpConnectTimeout: seconds(30),
  noEmailFaults: false,
  noCheckerEmails: false,
  checkerLogAllFailures: false,
  rsInitNotifies: false,
  processNames: false,
  vrrpPriority: 0,
  checkerPriority: 0,
  bfdPriority: 0,
  vrrpNoSwap: false,
  checkerNoSwap: false,
  bfdNoSwap: false,
  vrrpRealtimeLimit: REALTIME_LIMIT,
  checkerRealtimeLimit: REALTIME_LIMIT,
  bfdRealtimeLimit: REALTIME_LIMIT,
  maxAutoPriority: 0,
  minAutoPriorityDelay: seconds(1),
  umask: 0o177,
  enableScriptSecurity: false,
  setSupplementaryGroups: false,
  startupScriptTimeout: seconds(10),
  shutdownScriptTimeout: seconds(10),
  fifoWriteVrrpStatesOnReload: false,
  fifoWriteStatesToReaders: false,
  fifoWriteReasons: false,
  mcastGroup4: '224.0.0.18' as IpAddress,
  mcastGroup6: 'ff02::12' as IpAddress,
  defaultInterface: 'eth0',
  garpInterval: 0 as Duration,
  gnaInterval: 0 as Duration,
  startupDelay: 0 as Duration,
  delayAfterBoot: 0 as Duration,
  logUnknownVrids: false,
  vmacPrefix: 'vrrp',
  dynamicInterfaces: false,
  disableLocalIgmp: false,
  receiveBuffersMultiplier: 3,
  nftablesPriority: -1,
  nftablesCounters: false,
  nftablesIfindex: false,
  nftablesIpvsPriority: -1,
  nftablesIpvsStartFwmark: 1000,
  lvsFlush: false,
  lvsFlushOnStop: false,
  vrrpNetlinkCommandBufferForce: false,
  vrrpNetlinkMonitorBufferForce: false,
  lvsNetlinkCommandBufferForce: false,
  lvsNetlinkMonitorBufferForce: false,
  processMonitorBufferForce: false,
  snmpVrrp: false,
  snmpChecker: false,
  snmpRfc2: false,
  snmpRfc3: false,
  snmpTraps: false,
  dbus: false,
  dbusServiceName: 'org.keepalived.Vrrp1',
  dbusNoInterfaceName: 'none',
  reloadRepeat: false,
  dataUseInstance: false,
  jsonVersion: 1,
  iprouteUsrDir: '/usr/share/iproute2',
  iprouteEtcDir: '/etc/iproute2',
} as const;

export function buildGlobals(top: RootValues, report: Report): GlobalSettings {
  const values: GlobalValues = top.globals?.values ?? {};
  const user = values.scriptUser?.value;
  const both = values.snmpRfc ? { snmpRfc2: true, snmpRfc3: true } : {};
  const [input, output] = values.iptables?.value ?? [];
  const vsInterval = values.snmpVsStatsInterval?.value ?? seconds(5);
  const prefix = values.vmacAddressPrefix?.value ?? values.vmacPrefix?.value ?? DEFAULTS.vmacPrefix;
  const buffers = receiveBuffersOf(values);
  const vrrpFifo = distinct(values, values.vrrpNotifyFifo, report);
  const lvsFifo = distinct(values, values.lvsNotifyFifo, report);
  tellOddities(values, report);
  return {
    ...DEFAULTS,
    ...plain(top, TOP),
    ...both,
    ...plain(
      values,
      oneReader(values, report) ? COPIED.filter((key) => key !== 'lvsNotifyFifoScript') : COPIED,
    ),
    notificationEmail: (values.notificationEmail?.entries ?? []).map((entry) => entry.value),
    ...(values.notifyUrls ? { notifyUrls: values.notifyUrls.map(({ value }) => value) } : {}),
    ...(user ? { scriptUser: user.user } : {}),
    ...(user?.group === undefined ? {} : { scriptGroup: user.group }),
    ...(user?.supplementaryGroups ? { scriptSupplementaryGroups: true } : {}),
    ...(vrrpFifo ? { vrrpNotifyFifo: vrrpFifo } : {}),
    ...(lvsFifo ? { lvsNotifyFifo: lvsFifo } : {}),
    vmacAddressPrefix: prefix,
    snmpVsStatsInterval: vsInterval,
    snmpRsStatsInterval: values.snmpRsStatsInterval?.value ?? vsInterval,
    ...(buffers === undefined ? {} : { receiveBuffers: buffers }),
    ...(values.iptables ? { iptables: chains(input, output) } : {}),
  };
}

/** Bare: both usual chains; with one name only that one. */
const chains = (input: string | undefined, output: string | undefined) =>
  input === undefined
    ? { input: 'INPUT', output: 'OUTPUT' }
    : { input, ...(output === undefined ? {} : { output }) };

/** A size goes before a policy, and MTU before ADVERT; of several sizes the last. */
function receiveBuffersOf(values: GlobalValues): 'MTU' | 'ADVERT' | number | undefined {
  const all = (values.receiveBuffers ?? []).map(({ value }) => value);
  const size = all.filter((value) => typeof value === 'number').at(-1);
  return size ?? all.find((value) => value === 'MTU') ?? all[0];
}

/** One pipe for everything would get each line twice. */
function distinct(
  { notifyFifo }: GlobalValues,
  own: Bound<FifoSettings> | undefined,
  report: Report,
): FifoSettings | undefined {
  if (own === undefined || own.value.path !== notifyFifo?.value.path) return own?.value;
  report(
    'sharedFifo',
    keywordSpan(own.statement),
    `${own.statement.keyword} is the same as notify_fifo and is ignored`,
    { remedy: 'Remove the line, or give it a path of its own.' },
  );
  return undefined;
}

/** Two readers of one pipe would take each other's lines: then only that of VRRP runs (directives-global 3.3). */
function oneReader(
  { vrrpNotifyFifo, vrrpNotifyFifoScript, lvsNotifyFifo, lvsNotifyFifoScript }: GlobalValues,
  report: Report,
): boolean {
  if (!vrrpNotifyFifoScript || !lvsNotifyFifoScript) return false;
  if (vrrpNotifyFifo === undefined || vrrpNotifyFifo.value.path !== lvsNotifyFifo?.value.path) return false;
  report(
    'sharedFifo',
    keywordSpan(lvsNotifyFifoScript.statement),
    'lvs_notify_fifo is the same as vrrp_notify_fifo, so that only vrrp_notify_fifo_script reads it',
    { remedy: 'Remove the line, or give lvs_notify_fifo a path of its own.' },
  );
  return true;
}

/** What Keepalived tells, too, but goes on with. */
function tellOddities({ notificationEmail, mcastGroup6 }: GlobalValues, report: Report): void {
  if (notificationEmail && notificationEmail.entries.length === 0)
    report('emptyBlock', keywordSpan(notificationEmail.statement), 'notification_email names nobody');
  if (mcastGroup6 && !mcastGroup6.value.startsWith('ff02:'))
    report(
      'wideGroup',
      argumentSpan(mcastGroup6.statement),
      `${mcastGroup6.value} is not a link-local group`,
    );
}
