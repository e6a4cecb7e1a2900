/**
 * keepalived.data: configuration and state as text, in the sections and with the ` Name = value` lines that
 * people and scripts know from Keepalived (runtime reference section 4). Passwords are masked.
 */
import { MASK } from '../../base/secret.js';
import { type Duration, toSeconds } from '../../base/time.js';
import type {
  Configuration,
  GlobalSettings,
  InstanceSettings,
  NotifySettings,
  ScriptSettings,
  SyncGroupSettings,
  TrackFileSettings,
  TrackProcessSettings,
  TrackSettings,
} from '../../config/model.js';
import type { EngineStatus, InstanceStatus, SyncGroupStatus } from '../../core/status.js';
import { addressLine, quotedCommand } from './words.js';

/** Everything; ends with a newline. */
export function textDump(configuration: Configuration, status: EngineStatus): string {
  const instances = new Map(status.instances.map((one) => [one.name, one]));
  const groups = new Map(status.syncGroups.map((one) => [one.name, one]));
  const sections: [heading: string, lines: string[]][] = [
    ['Global definitions', globals(configuration.globals)],
    ['VRRP Topology', configuration.instances.flatMap((one) => instance(one, instances.get(one.name)))],
    ['VRRP Sync groups', configuration.syncGroups.flatMap((one) => syncGroup(one, groups.get(one.name)))],
    ['VRRP Scripts', configuration.scripts.flatMap(script)],
    ['Track files', configuration.trackFiles.flatMap(trackFile)],
    ['Track processes', configuration.trackProcesses.flatMap(trackProcess)],
  ];
  const lines = sections.flatMap(([heading, body]) =>
    body.length === 0 ? [] : [`------< ${heading} >------`, ...body],
  );
  return `${lines.join('\n')}\n`;
}

const onOff = (value: boolean): string => (value ? 'enabled' : 'disabled');
const seconds = (value: Duration): string => `${toSeconds(value)}`;
/** As Keepalived writes instants: seconds with a fraction, and in words. */
function moment(microseconds: number): string {
  const words = new Date(microseconds / 1000).toString().slice(0, 24);
  return `${(microseconds / 1e6).toFixed(6)} (${words})`;
}

function globals(settings: GlobalSettings): string[] {
  const { smtpServer } = settings;
  return [
    ` Network namespace = ${settings.netNamespace ?? '(default)'}`,
    ...(settings.instanceName === undefined ? [] : [` Instance name = ${settings.instanceName}`]),
    ...(settings.routerId === undefined ? [] : [` Router ID = ${settings.routerId}`]),
    ...(smtpServer ? [` Smtp server = ${smtpServer.host}`, ` Smtp server port = ${smtpServer.port}`] : []),
    ...(smtpServer ? [` Smtp server connection timeout = ${seconds(settings.smtpConnectTimeout)}`] : []),
    ...(settings.notificationEmailFrom === undefined
      ? []
      : [` Email notification from = ${settings.notificationEmailFrom}`]),
    ...settings.notificationEmail.map((one) => ` Email notification = ${one}`),
    ` Default interface = ${settings.defaultInterface}`,
    ` VRRP IPv4 mcast group = ${settings.mcastGroup4}`,
    ` VRRP IPv6 mcast group = ${settings.mcastGroup6}`,
    ` Script security ${onOff(settings.enableScriptSecurity)}`,
    ...(settings.scriptUser === undefined
      ? []
      : [` Default script user = ${settings.scriptUser}:${settings.scriptGroup ?? settings.scriptUser}`]),
  ];
}

function instance(settings: InstanceSettings, status: InstanceStatus | undefined): string[] {
  const { garp, authentication } = settings;
  const unicast = settings.unicastPeers.length > 0;
  return [
    ` VRRP Instance = ${settings.name}`,
    `   VRRP Version = ${settings.version}`,
    ...live(status),
    `   Wantstate = ${settings.initialState}`,
    `   Interface = ${settings.interface ?? '(none)'}`,
    ...sourceLines(settings, status),
    ...(unicast ? [] : [`   Multicast address ${settings.multicastGroup}`]),
    `   Gratuitous ARP delay = ${seconds(garp.masterDelay)}`,
    `   Gratuitous ARP repeat = ${garp.masterRepeat}`,
    `   Gratuitous ARP refresh = ${seconds(garp.masterRefresh)}`,
    `   Gratuitous ARP refresh repeat = ${garp.masterRefreshRepeat}`,
    `   Gratuitous ARP lower priority delay = ${seconds(garp.lowerPriorityDelay)}`,
    `   Gratuitous ARP lower priority repeat = ${garp.lowerPriorityRepeat}`,
    `   Down timer adverts = ${settings.downTimerAdverts}`,
    `   Send advert after receive lower priority advert = ${!settings.lowerPriorityNoAdvert}`,
    `   Send advert after receive higher priority advert = ${settings.higherPrioritySendAdvert}`,
    `   Virtual Router ID = ${settings.virtualRouterId}`,
    `   Priority = ${settings.priority}`,
    `   Effective priority = ${status?.effectivePriority ?? settings.priority}`,
    `   Advert interval = ${seconds(settings.advertInterval)} sec`,
    `   Preempt = ${onOff(settings.preempt)}`,
    ...(settings.preemptDelay > 0 ? [`   Preempt delay = ${seconds(settings.preemptDelay)}`] : []),
    `   Authentication type = ${authentication.type === 'pass' ? 'SIMPLE_PASSWORD' : 'none'}`,
    ...(authentication.type === 'pass' ? [`   Password = ${MASK}`] : []),
    ...counted('Tracked interfaces', settings.trackInterfaces, tracked),
    ...counted('Tracked scripts', settings.trackScripts, tracked),
    ...counted('Tracked files', settings.trackFiles, tracked),
    ...counted('Tracked processes', settings.trackProcesses, tracked),
    ...trackerStates(status),
    ...counted('Virtual IP', settings.virtualAddresses, (one) => addressLine(one, settings, status)),
    ...counted('Virtual IP Excluded', settings.excludedAddresses, (one) =>
      addressLine(one, settings, status),
    ),
    ...counted('Unicast Peer', settings.unicastPeers, (one) => one.address),
    ...notifyLines('   ', settings.notify),
    `   Using smtp notification = ${settings.smtpAlert ? 'yes' : 'no'}`,
  ];
}

function live(status: InstanceStatus | undefined): string[] {
  if (!status) return ['   State = INIT'];
  return [
    `   State = ${status.state}`,
    `   Reason = ${status.reason.text}`,
    ...status.faults.map((fault) => `   Fault = ${fault.text}`),
    ...(status.master
      ? [
          `   Master router = ${status.master.self ? (status.sourceAddress ?? 'self') : status.master.address}`,
          `   Master priority = ${status.master.priority}`,
        ]
      : []),
    `   Last transition = ${moment(status.since)}`,
  ];
}

function sourceLines(settings: InstanceSettings, status: InstanceStatus | undefined): string[] {
  const source = status?.sourceAddress ?? settings.sourceAddress;
  return source === undefined ? [] : [`   Using src_ip = ${source}`];
}

function trackerStates(status: InstanceStatus | undefined): string[] {
  if (!status || status.trackers.length === 0) return [];
  return [
    `   Trackers (${status.trackers.length}):`,
    ...status.trackers.map(
      (one) =>
        `     ${one.kind} ${one.name} ${one.state}, contributes ${one.contribution}` +
        `${one.faulting ? ', holds the instance in FAULT' : ''}`,
    ),
  ];
}

function counted<T>(heading: string, items: readonly T[], line: (item: T) => string): string[] {
  return items.length === 0
    ? []
    : [`   ${heading} (${items.length}):`, ...items.map((item) => `     ${line(item)}`)];
}

const tracked = ({ name, weight, reverse }: TrackSettings): string =>
  `${name} weight ${weight}${reverse ? ' reverse' : ''}`;

function notifyLines(indent: string, notify: NotifySettings): string[] {
  const lines: string[] = [];
  const add = (what: string, command: NotifySettings['any']): void => {
    if (command) lines.push(`${indent}${what} = ${quotedCommand(command)}`);
  };
  add('Backup state transition script', notify.backup);
  add('Master state transition script', notify.master);
  add('Fault state transition script', notify.fault);
  add('Stop state transition script', notify.stop);
  add('Generic state transition script', notify.any);
  return lines;
}

function syncGroup(settings: SyncGroupSettings, status: SyncGroupStatus | undefined): string[] {
  return [
    ` VRRP Sync Group = ${settings.name}, ${status?.state ?? 'INIT'}`,
    ...counted('VRRP member instances', settings.members, (one) => one),
    ...counted('Tracked interfaces', settings.trackInterfaces, tracked),
    ...counted('Tracked scripts', settings.trackScripts, tracked),
    ...counted('Tracked files', settings.trackFiles, tracked),
    ...counted('Tracked processes', settings.trackProcesses, tracked),
    ...notifyLines('   ', settings.notify),
    `   Using smtp notification = ${settings.smtpAlert ? 'yes' : 'no'}`,
  ];
}

function script(settings: ScriptSettings): string[] {
  return [
    ` VRRP Script = ${settings.name}`,
    `   Command = ${quotedCommand(settings.command)}`,
    `   Interval = ${seconds(settings.interval)} sec`,
    `   Timeout = ${seconds(settings.timeout)} sec`,
    `   Weight = ${settings.weight}${settings.reverse ? ' reverse' : ''}`,
    `   Rise = ${settings.rise}`,
    `   Fall = ${settings.fall}`,
    ...(settings.command.user === undefined
      ? []
      : [`   Script user = ${settings.command.user}:${settings.command.group ?? settings.command.user}`]),
  ];
}

function trackFile(settings: TrackFileSettings): string[] {
  return [
    ` Track file = ${settings.name}`,
    `   File = ${settings.file}`,
    `   Weight = ${settings.weight}${settings.reverse ? ' reverse' : ''}`,
  ];
}

function trackProcess(settings: TrackProcessSettings): string[] {
  return [
    ` Track process = ${settings.name}`,
    `   Process = ${settings.process}`,
    ...(settings.parameters.length > 0 ? [`   Parameters = ${settings.parameters.join(' ')}`] : []),
    `   Min processes = ${settings.quorum}`,
    ...(settings.quorumMax === undefined ? [] : [`   Max processes = ${settings.quorumMax}`]),
    `   Weight = ${settings.weight}${settings.reverse ? ' reverse' : ''}`,
    `   Terminate delay = ${seconds(settings.terminateDelay)} sec`,
    `   Fork delay = ${seconds(settings.forkDelay)} sec`,
  ];
}
