/**
 * keepalived.json, version 1: the file that exporters ask for with SIGRTMIN+2 and parse by these names, types
 * and numbers (runtime reference section 4). What we do not have is written as Keepalived writes its default.
 */
import { MASK } from '../../base/secret.js';
import { toSeconds } from '../../base/time.js';
import type { Configuration, InstanceSettings, TrackSettings } from '../../config/model.js';
import type { EngineStatus, InstanceStatus } from '../../core/status.js';
import { addressLine, quotedCommand, STATE_NUMBERS } from './words.js';

const AUTH_TYPES = { none: 0, pass: 1, ah: 2 } as const;
const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);

/** One line without an end; undefined when there is no instance, and then no file is written. */
export function jsonDump(configuration: Configuration, status: EngineStatus): string | undefined {
  if (configuration.instances.length === 0) return undefined;
  const byName = new Map(status.instances.map((one) => [one.name, one]));
  return JSON.stringify(
    configuration.instances.map((instance) => {
      const known = byName.get(instance.name);
      return { data: data(instance, known), stats: stats(known) };
    }),
  );
}

function data(instance: InstanceSettings, status: InstanceStatus | undefined): Record<string, unknown> {
  const { garp, notify, authentication } = instance;
  const state = STATE_NUMBERS[status?.state ?? 'INIT'];
  const scripts: Record<string, unknown> = {};
  const script = (key: string, command: typeof notify.any): void => {
    if (command) scripts[key] = quotedCommand(command);
  };
  script('script_backup', notify.backup);
  script('script_master', notify.master);
  script('script_fault', notify.fault);
  script('script_stop', notify.stop);
  script('script', notify.any);
  return {
    iname: instance.name,
    dont_track_primary: flag(instance.dontTrackPrimary),
    skip_check_adv_addr: flag(instance.skipCheckAdvertAddresses),
    strict_mode: 0,
    vmac_ifname: '',
    ifp_ifname: instance.interface ?? '',
    master_priority: status?.master && !status.master.self ? status.master.priority : 0,
    last_transition: (status?.since ?? 0) / 1e6,
    garp_delay: toSeconds(garp.masterDelay),
    garp_refresh: toSeconds(garp.masterRefresh),
    garp_rep: garp.masterRepeat,
    garp_refresh_rep: garp.masterRefreshRepeat,
    garp_lower_prio_delay: toSeconds(garp.lowerPriorityDelay),
    garp_lower_prio_rep: garp.lowerPriorityRepeat,
    lower_prio_no_advert: flag(instance.lowerPriorityNoAdvert),
    higher_prio_send_advert: flag(instance.higherPrioritySendAdvert),
    vrid: instance.virtualRouterId,
    base_priority: instance.priority,
    effective_priority: status?.effectivePriority ?? instance.priority,
    vipset: status?.addresses.some((one) => one.present) ?? false,
    promote_secondaries: false,
    adver_int: toSeconds(instance.advertInterval),
    master_adver_int: toSeconds(instance.advertInterval),
    accept: 1,
    nopreempt: !instance.preempt,
    preempt_delay: toSeconds(instance.preemptDelay),
    state,
    // Where it would be if nothing held it back.
    wantstate: state === STATE_NUMBERS.FAULT ? STATE_NUMBERS[instance.initialState] : state,
    version: instance.version,
    smtp_alert: instance.smtpAlert,
    notify_deleted: false,
    ...scripts,
    ...list(
      'vips',
      instance.virtualAddresses.map((one) => addressLine(one, instance, status)),
    ),
    ...list(
      'evips',
      instance.excludedAddresses.map((one) => addressLine(one, instance, status)),
    ),
    ...list('track_ifp', names(instance.trackInterfaces)),
    ...list('track_script', names(instance.trackScripts)),
    ...list('track_process', names(instance.trackProcesses)),
    auth_type: AUTH_TYPES[authentication.type],
    ...(authentication.type === 'none' ? {} : { auth_data: MASK }),
  };
}

const names = (trackers: readonly TrackSettings[]): string[] => trackers.map((one) => one.name);
/** Keepalived leaves empty lists out. */
const list = (key: string, values: string[]): Record<string, string[]> =>
  values.length === 0 ? {} : { [key]: values };

function stats(status: InstanceStatus | undefined): Record<string, number> {
  const counters = status?.counters;
  return {
    advert_rcvd: counters?.advertReceived ?? 0,
    advert_sent: counters?.advertSent ?? 0,
    become_master: counters?.becomeMaster ?? 0,
    release_master: counters?.releaseMaster ?? 0,
    packet_len_err: counters?.packetLength ?? 0,
    advert_interval_err: counters?.interval ?? 0,
    ip_ttl_err: counters?.ttl ?? 0,
    invalid_type_rcvd: counters?.type ?? 0,
    addr_list_err: counters?.addressList ?? 0,
    invalid_authtype: counters?.invalidAuthenticationType ?? 0,
    authtype_mismatch: counters?.authenticationType ?? 0,
    auth_failure: counters?.authentication ?? 0,
    auth_ext_missing: counters?.hmacMissing ?? 0,
    auth_ext_malformed: counters?.hmacMalformed ?? 0,
    auth_ext_unknown_key: counters?.hmacUnknownKey ?? 0,
    auth_ext_invalid_hmac: counters?.hmacInvalid ?? 0,
    auth_ext_stale: counters?.hmacStale ?? 0,
    auth_ext_replay: counters?.hmacReplay ?? 0,
    pri_zero_rcvd: counters?.priorityZeroReceived ?? 0,
    pri_zero_sent: counters?.priorityZeroSent ?? 0,
  };
}
