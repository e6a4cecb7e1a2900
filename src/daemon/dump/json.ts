/**
 * keepalived.json: the file that exporters ask for with SIGRTMIN+2 and parse by these names, types and numbers
 * (runtime reference section 4). Version 1 is a list of instances, version 2 an object with it and the counted
 * processes. What we do not have is written as Keepalived writes its default.
 */
import { MASK } from '../../base/secret.js';
import { toSeconds } from '../../base/time.js';
import type {
  Command,
  InstanceSettings,
  NotifySettings,
  ScriptSettings,
  TrackProcessSettings,
  TrackSettings,
} from '../../config/model.js';
import type { InstanceInspection } from '../../core/inspection.js';
import type { InstanceCounters } from '../../core/status.js';
import { noCounts } from '../../core/vrrp/counters.js';
import { routeLine, ruleLine } from './route-words.js';
import type { DumpSource } from './source.js';
import { addressLine, heldAddresses, quotedCommand, STATE_NUMBERS } from './words.js';

const AUTH_TYPES = { none: 0, pass: 1, ah: 2 } as const;
const flag = (value: boolean | undefined): 0 | 1 => (value ? 1 : 0);

/**
 * One line without an end, in parts; undefined when there is no instance, and then no file is written. Slashes are
 * escaped, as Keepalived has them: scripts that grep know it so.
 */
export function jsonDump(source: DumpSource): Iterable<string> | undefined {
  return source.configuration.instances.length === 0 ? undefined : parts(source);
}

function* parts({ configuration, inspection }: DumpSource): Iterable<string> {
  const { instances, scripts, trackProcesses, globals } = configuration;
  const byName = new Map(scripts.map((one) => [one.name, one]));
  const second = globals.jsonVersion === 2;
  let before = second ? '{"vrrp":[' : '[';
  for (const instance of instances) {
    const known = inspection.instance(instance.name);
    const counters = known?.status.counters ?? noCounts();
    yield before + textOf({ data: data(instance, known, byName), stats: stats(counters) });
    before = ',';
  }
  const processes = trackProcesses.map((one) => trackProcess(one, inspection.process(one.name)));
  if (!second) yield ']';
  else yield processes.length === 0 ? ']}' : `],"track_process":${textOf(processes)}}`;
}

const textOf = (value: unknown): string => JSON.stringify(value).replaceAll('/', '\\/');

function data(
  instance: InstanceSettings,
  known: InstanceInspection | undefined,
  scripts: ReadonlyMap<string, ScriptSettings>,
): Record<string, unknown> {
  const { garp, authentication } = instance;
  const status = known?.status;
  const state = STATE_NUMBERS[status?.state ?? 'INIT'];
  const held = heldAddresses(status);
  return {
    iname: instance.name,
    dont_track_primary: flag(instance.dontTrackPrimary),
    skip_check_adv_addr: flag(instance.skipCheckAdvertAddresses),
    strict_mode: flag(instance.strict),
    vmac_ifname: status?.virtualInterface ?? instance.virtualMac?.name ?? '',
    ...(instance.interface === undefined ? {} : { ifp_ifname: instance.interface }),
    master_priority: status?.master && !status.master.self ? status.master.priority : 0,
    last_transition: (status?.since ?? 0) / 1e6,
    garp_delay: toSeconds(garp.masterDelay),
    garp_refresh: Math.floor(toSeconds(garp.masterRefresh)),
    garp_rep: garp.masterRepeat,
    garp_refresh_rep: garp.masterRefreshRepeat,
    garp_lower_prio_delay: Math.floor(toSeconds(garp.lowerPriorityDelay)),
    garp_lower_prio_rep: garp.lowerPriorityRepeat,
    lower_prio_no_advert: flag(instance.lowerPriorityNoAdvert),
    higher_prio_send_advert: flag(instance.higherPrioritySendAdvert),
    vrid: instance.virtualRouterId,
    base_priority: instance.priority,
    effective_priority: status?.effectivePriority ?? instance.priority,
    vipset: status?.addresses.some((one) => one.present) ?? false,
    promote_secondaries: instance.promoteSecondaries ?? false,
    adver_int: toSeconds(instance.advertInterval),
    master_adver_int: toSeconds(known?.masterInterval ?? instance.advertInterval),
    accept: flag(!instance.noAccept),
    nopreempt: !instance.preempt,
    preempt_delay: Math.floor(toSeconds(instance.preemptDelay)),
    state,
    wantstate: known?.wantsMaster ? STATE_NUMBERS.MASTER : state,
    version: instance.version,
    smtp_alert: instance.smtpAlert,
    notify_deleted: instance.notify.deleted !== undefined,
    ...scriptKeys(instance.notify),
    ...list(
      'vips',
      instance.virtualAddresses.map((one) => addressLine(one, instance, held)),
    ),
    ...list(
      'evips',
      instance.excludedAddresses.map((one) => addressLine(one, instance, held)),
    ),
    ...list('vroutes', (instance.virtualRoutes ?? []).map(routeLine)),
    ...list('vrules', (instance.virtualRules ?? []).map(ruleLine)),
    ...list('track_ifp', names(instance.trackInterfaces)),
    // By their commands, as Keepalived has it.
    ...list(
      'track_script',
      instance.trackScripts.map(({ name }) => commandOf(scripts.get(name)) ?? name),
    ),
    ...list('track_process', names(instance.trackProcesses)),
    auth_type: AUTH_TYPES[authentication.type],
    ...(authentication.type === 'none' ? {} : { auth_data: MASK }),
  };
}

const commandOf = (script: ScriptSettings | undefined): string | undefined =>
  script && quotedCommand(script.command);

function scriptKeys(notify: NotifySettings): Record<string, string> {
  const { deleted } = notify;
  const commands: [string, Command | undefined][] = [
    ['script_backup', notify.backup],
    ['script_master', notify.master],
    ['script_fault', notify.fault],
    ['script_stop', notify.stop],
    ['script_deleted', deleted === 'fifo' ? undefined : deleted],
    ['script', notify.any],
    ['script_master_rx_lower_pri', notify.masterRxLowerPriority],
  ];
  return Object.fromEntries(
    commands.flatMap(([key, command]) => (command ? [[key, quotedCommand(command)]] : [])),
  );
}

const names = (trackers: readonly TrackSettings[]): string[] => trackers.map((one) => one.name);
/** Keepalived leaves empty lists out. */
const list = (key: string, values: string[]): Record<string, string[]> =>
  values.length === 0 ? {} : { [key]: values };

const stats = (counters: InstanceCounters): Record<string, number> => ({
  advert_rcvd: counters.advertReceived,
  advert_sent: counters.advertSent,
  become_master: counters.becomeMaster,
  release_master: counters.releaseMaster,
  packet_len_err: counters.packetLength,
  advert_interval_err: counters.interval,
  ip_ttl_err: counters.ttl,
  invalid_type_rcvd: counters.type,
  addr_list_err: counters.addressList,
  invalid_authtype: counters.invalidAuthenticationType,
  authtype_mismatch: counters.authenticationType,
  auth_failure: counters.authentication,
  auth_ext_missing: counters.hmacMissing,
  auth_ext_malformed: counters.hmacMalformed,
  auth_ext_unknown_key: counters.hmacUnknownKey,
  auth_ext_invalid_hmac: counters.hmacInvalid,
  auth_ext_stale: counters.hmacStale,
  auth_ext_replay: counters.hmacReplay,
  pri_zero_rcvd: counters.priorityZeroReceived,
  pri_zero_sent: counters.priorityZeroSent,
});

const PARAMETER_MATCHES = { name: 'none', exact: 'exact', partial: 'partial', initial: 'initial' } as const;

function trackProcess(
  settings: TrackProcessSettings,
  known: ReturnType<DumpSource['inspection']['process']>,
): Record<string, unknown> {
  const { parameters, quorumMax, weight, reverse } = settings;
  return {
    process: settings.name,
    ...(parameters.length > 0 ? { parameters: parameters.join(' ') } : {}),
    param_match: PARAMETER_MATCHES[settings.match],
    min_processes: settings.quorum,
    ...(quorumMax === undefined ? {} : { max_processes: quorumMax }),
    current_processes: known?.count ?? 0,
    have_quorum: known?.up ?? false,
    weight: reverse ? -weight : weight,
    terminate_delay: toSeconds(settings.terminateDelay),
    fork_delay: toSeconds(settings.forkDelay),
    fork_delay_timer_running: known?.settling === 'fork',
    terminate_delay_timer_running: known?.settling === 'terminate',
    full_command: settings.match !== 'name',
  };
}
