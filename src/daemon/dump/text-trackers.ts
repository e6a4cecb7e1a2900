/** Sync groups, scripts, files and processes in keepalived.data, in Keepalived's words and order. */
import { toSeconds } from '../../base/time.js';
import type {
  Command,
  Configuration,
  InstanceSettings,
  NotifySettings,
  ScriptSettings,
  SyncGroupSettings,
  TrackFileSettings,
  TrackProcessSettings,
  TrackSettings,
} from '../../config/model.js';
import type { Inspection, ProcessInspection, ScriptInspection } from '../../core/inspection.js';
import type { SyncGroupStatus } from '../../core/status.js';
import { commandLine, listed, quotedCommand, seconds, trueFalse, yesNo } from './words.js';

const reversed = ({ reverse }: { readonly reverse: boolean }): string => (reverse ? ' reverse' : '');
const plain = (one: TrackSettings): string => `${one.name} weight ${one.weight}${reversed(one)}`;
const withComma = (one: TrackSettings): string => `${one.name}, weight ${one.weight}${reversed(one)}`;

type Tracking = Pick<
  InstanceSettings,
  'trackInterfaces' | 'trackScripts' | 'trackFiles' | 'trackProcesses' | 'trackBfd'
>;

/** What an instance or a group tracks. */
export const trackedLines = (one: Tracking): string[] => [
  ...listed('Tracked interfaces :', one.trackInterfaces.map(plain)),
  ...listed('Tracked scripts :', one.trackScripts.map(plain)),
  ...listed('Tracked files :', one.trackFiles.map(withComma)),
  ...listed('Tracked processes :', one.trackProcesses.map(withComma)),
  ...listed(
    'Tracked BFDs :',
    (one.trackBfd ?? []).map((bfd) => `${bfd.name}: weight ${bfd.weight}${reversed(bfd)}`),
  ),
];

export function notifyLines(notify: NotifySettings): string[] {
  const { deleted } = notify;
  const scripts: [string, Command | undefined][] = [
    ['Backup', notify.backup],
    ['Master', notify.master],
    ['Fault', notify.fault],
    ['Stop', notify.stop],
    ['Deleted', deleted === 'fifo' ? undefined : deleted],
    ['Generic', notify.any],
    ['Master rx lower pri', notify.masterRxLowerPriority],
  ];
  return scripts.flatMap(([what, command]) =>
    command ? [`   ${what} state transition script = ${commandLine(command)}`] : [],
  );
}

export function syncGroupLines(
  settings: SyncGroupSettings,
  status: SyncGroupStatus | undefined,
  inspection: Inspection,
): string[] {
  const members = settings.members.map((name) => inspection.instance(name));
  const count = (fits: (one: (typeof members)[number]) => boolean): number => members.filter(fits).length;
  const faults = count((one) => (one?.status.faults.length ?? 0) > 0);
  const init = count((one) => (one?.pending ?? 0) > 0);
  return [
    ` VRRP Sync Group = ${settings.name}, ${status?.state ?? 'INIT'}`,
    `   Num member fault ${faults}, num member init ${init}`,
    ...listed('VRRP member instances :', settings.members),
    ...(settings.trackingWeight ? ['   sync group tracking weight set'] : []),
    `   Using smtp notification = ${yesNo(settings.smtpAlert)}`,
    ...(settings.notifyPriorityChanges === undefined
      ? []
      : [`   Notify priority changes = ${yesNo(settings.notifyPriorityChanges)}`]),
    ...trackedLines(settings),
    ...notifyLines(settings.notify),
  ];
}

/** Which instances track something, and how. */
function trackers(
  { instances }: Configuration,
  name: string,
  lists: (one: InstanceSettings) => readonly TrackSettings[],
): string[] {
  const lines = instances.flatMap((one) =>
    lists(one)
      .filter((line) => line.name === name)
      .map((line) => withComma({ ...line, name: one.name })),
  );
  return listed('Tracking instances :', lines);
}

export function scriptLines(
  settings: ScriptSettings,
  known: ScriptInspection | undefined,
  configuration: Configuration,
): string[] {
  const { command } = settings;
  return [
    ` VRRP Script = ${settings.name}`,
    `   Command = ${quotedCommand(command)}`,
    `   Interval = ${seconds(settings.interval)} sec`,
    `   Timeout = ${seconds(settings.timeout)} sec`,
    `   Weight = ${settings.weight}${reversed(settings)}`,
    `   Rise = ${settings.rise}`,
    `   Fall = ${settings.fall}`,
    `   Result = ${known?.counter ?? 0}`,
    `   Init state = ${settings.initFail ? 'failed' : 'unknown'}`,
    `   Status = ${known?.up ? 'GOOD' : 'BAD'}`,
    ...(command.user === undefined
      ? []
      : [`   Script uid:gid = ${command.user}:${command.group ?? command.user}`]),
    ...trackers(configuration, settings.name, ({ trackScripts }) => trackScripts),
    `   State = ${known?.running ? 'running' : 'idle'}`,
  ];
}

export function trackFileLines(
  settings: TrackFileSettings,
  value: number | undefined,
  configuration: Configuration,
): string[] {
  return [
    ` Track file = ${settings.name}`,
    `   File = ${settings.file}`,
    `   Status = ${value ?? 0}`,
    `   Weight = ${settings.weight}${reversed(settings)}`,
    ...trackers(configuration, settings.name, ({ trackFiles }) => trackFiles),
  ];
}

export function processLines(
  settings: TrackProcessSettings,
  known: ProcessInspection | undefined,
  configuration: Configuration,
): string[] {
  const { parameters, match, quorumMax } = settings;
  const delay = (value: typeof settings.forkDelay): string => toSeconds(value).toFixed(6);
  const matching = match === 'name' || match === 'exact' ? '' : ` = ${match}`;
  return [
    ` VRRP Track process = ${settings.name}`,
    `   Process = ${settings.process}`,
    ...(parameters.length > 0 ? [`   Parameters = ${parameters.join(' ')}`] : []),
    ...(matching === '' ? [] : [`   Param match${matching}`]),
    `   Min processes = ${settings.quorum}`,
    ...(quorumMax === undefined ? [] : [`   Max processes = ${quorumMax}`]),
    `   Current processes = ${known?.count ?? 0}`,
    `   Have quorum = ${trueFalse(known?.up)}`,
    `   Weight = ${settings.weight}${reversed(settings)}`,
    `   Terminate delay = ${delay(settings.terminateDelay)}s`,
    `   Fork delay = ${delay(settings.forkDelay)}s`,
    `   Fork delay timer ${known?.settling === 'fork' ? '' : 'not '}running`,
    `   Terminate delay timer ${known?.settling === 'terminate' ? '' : 'not '}running`,
    `   Full command = ${trueFalse(match !== 'name')}`,
    ...trackers(configuration, settings.name, ({ trackProcesses }) => trackProcesses),
  ];
}
