/** vrrp_instance and vrrp_sync_group to settings. (directives-vrrp sections 1 and 2) */
import { type Family, familyOf, type IpAddress } from '../../base/ip-address.js';
import { type Duration, seconds, ZERO } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type {
  AddressSettings,
  Authentication,
  GarpSettings,
  GlobalSettings,
  InstanceSettings,
  NotifySettings,
  SyncGroupSettings,
} from '../model.js';
import type { BoundList } from '../schema/row.js';
import { keywordSpan, type Statement } from '../tree.js';
import type { GlobalValues, Names, RootValues } from './context.js';
import { buildAllTracks, type Trackers } from './trackers.js';

export type InstanceBlock = NonNullable<RootValues['instances']>[number];
export type GroupBlock = NonNullable<RootValues['syncGroups']>[number];
type InstanceValues = InstanceBlock['values'];

export interface Surroundings {
  readonly globals: GlobalSettings;
  readonly defaults: GlobalValues;
  readonly trackers: Trackers;
  /** Tracker blocks that something refers to. */
  readonly used: Set<Statement>;
  readonly report: Report;
}

/** Undefined where something without which it cannot work is missing. */
export function buildInstance(block: InstanceBlock, around: Surroundings): InstanceSettings | undefined {
  const { values, header: name, statement } = block;
  const { report, defaults } = around;
  if (!values.virtualRouterId) {
    report(
      'requiredMissing',
      statement.line.span(),
      `vrrp_instance "${name}" has no valid virtual_router_id`,
    );
    return undefined;
  }
  const unicast = (values.unicastPeers?.entries.length ?? 0) > 0;
  if (!values.interface && !unicast) {
    report('requiredMissing', statement.line.span(), `vrrp_instance "${name}" has no interface`);
    return undefined;
  }
  const family = familyOfInstance(values);
  const wishesMaster = values.state?.value === 'MASTER';
  const priority = values.priority?.value ?? (wishesMaster ? 255 : 100);
  const version = versionOf(values, defaults, family, report);
  const source = values.unicastSource ?? values.mcastSource;
  const sourceAddress =
    source && ofFamily(source.value, family, source.statement, report) ? source.value : undefined;
  const advertInterval = intervalOf(values, version, report);
  const preempt = preemptOf(values, wishesMaster, priority, report);
  const peers = (values.unicastPeers?.entries ?? []).filter(({ value, statement: at }, i, all) => {
    if (!ofFamily(value.address, family, at, report)) return false;
    if (all.findIndex((other) => other.value.address === value.address) === i) return true;
    report('duplicateEntry', keywordSpan(at), `peer ${value.address} is named twice`);
    return false;
  });
  return {
    name,
    initialState: wishesMaster || priority === 255 ? 'MASTER' : 'BACKUP',
    version,
    family,
    ...(values.interface ? { interface: values.interface.value } : {}),
    virtualRouterId: values.virtualRouterId.value,
    priority,
    advertInterval,
    downTimerAdverts: values.downTimerAdverts?.value ?? defaults.downTimerAdverts?.value ?? 3,
    preempt,
    preemptDelay: preempt ? preemptDelayOf(values, wishesMaster, report) : ZERO,
    authentication: authenticationOf(values, version, report),
    ...(sourceAddress ? { sourceAddress } : {}),
    // Keepalived never takes over when unicast_src_ip is on no interface; here that is a FAULT with a reason.
    trackSourceAddress:
      sourceAddress !== undefined && (values.unicastSource !== undefined || values.trackSource !== undefined),
    multicastGroup: groupOf(values, family, around.globals, report),
    unicastPeers: peers.map(({ value: { address, minTtl, maxTtl } }) => ({ address, minTtl, maxTtl })),
    checkUnicastSource:
      values.checkUnicastSource !== undefined ||
      defaults.checkUnicastSource !== undefined ||
      peers.some(({ value }) => value.limited),
    unicastTtl: values.unicastTtl?.value ?? 255,
    virtualAddresses: addressesOf(values.virtualAddresses, family, report),
    excludedAddresses: addressesOf(values.excludedAddresses, undefined, report),
    ...tracksOf(values, statement, around),
    dontTrackPrimary: values.dontTrackPrimary !== undefined,
    notify: notifyOf(values),
    smtpAlert: values.smtpAlert?.value ?? defaults.smtpAlertVrrp?.value ?? defaults.smtpAlert?.value ?? false,
    garp: garpOf(values, defaults),
    skipCheckAdvertAddresses:
      values.skipCheckAdvertAddresses?.value ?? defaults.skipCheckAdvertAddresses?.value ?? false,
    lowerPriorityNoAdvert:
      values.lowerPriorityNoAdvert?.value ?? defaults.lowerPriorityNoAdvert?.value ?? false,
    higherPrioritySendAdvert:
      values.higherPrioritySendAdvert?.value ?? defaults.higherPrioritySendAdvert?.value ?? false,
  };
}

/** The family of the first virtual address, else of a peer, else of the source. */
function familyOfInstance(values: InstanceValues): Family {
  const first: IpAddress | undefined =
    values.virtualAddresses?.entries[0]?.value.address ??
    values.unicastPeers?.entries[0]?.value.address ??
    values.unicastSource?.value ??
    values.mcastSource?.value ??
    values.mcastGroup?.value;
  return first ? familyOf(first) : 'ipv4';
}

function ofFamily(address: IpAddress, family: Family, at: Statement, report: Report): boolean {
  if (familyOf(address) === family) return true;
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
  report('familyMix', keywordSpan(at), `${address} does not fit: the instance speaks ${name}`);
  return false;
}

function versionOf(values: InstanceValues, defaults: GlobalValues, family: Family, report: Report): 2 | 3 {
  const asked = values.version?.value ?? defaults.version?.value ?? 2;
  if (family === 'ipv6' && values.version?.value === 2) {
    const at = keywordSpan(values.version.statement);
    report('settingIgnored', at, 'version 2 does not know IPv6; version 3 is used', {
      remedy: 'Write version 3.',
    });
  }
  return family === 'ipv6' || asked === 3 ? 3 : 2;
}

function intervalOf(values: InstanceValues, version: 2 | 3, report: Report): Duration {
  const written = values.advertInterval;
  if (!written) return seconds(1);
  const step = version === 2 ? 1e6 : 1e4;
  const used = Math.min(
    version === 2 ? 255e6 : 40.95e6,
    Math.max(step, Math.round(written.value / step) * step),
  );
  if (used !== written.value) {
    const rule = version === 2 ? 'version 2 counts whole seconds' : 'version 3 counts hundredths up to 40.95';
    report(
      'valueAdjusted',
      written.statement.line.span(),
      `advert_int ${written.value / 1e6} becomes ${used / 1e6}: ${rule}`,
      {
        ...(version === 2 ? { remedy: 'Write whole seconds, or use version 3 on all routers.' } : {}),
      },
    );
  }
  return used as Duration;
}

function preemptOf(values: InstanceValues, wishesMaster: boolean, priority: number, report: Report): boolean {
  const { preempt, nopreempt } = values;
  if (!nopreempt) return true;
  // Of the two words the last one counts.
  if (preempt && after(preempt.statement, nopreempt.statement)) return true;
  if (!wishesMaster && priority !== 255) return false;
  const why = wishesMaster ? 'state MASTER' : 'priority 255';
  report(
    'settingIgnored',
    keywordSpan(nopreempt.statement),
    `nopreempt does not work with ${why} and is ignored`,
    {
      remedy: wishesMaster
        ? 'Write state BACKUP on all routers that have nopreempt.'
        : 'Use a priority below 255.',
    },
  );
  return true;
}

const after = (a: Statement, b: Statement): boolean =>
  a.line.source !== b.line.source ? a.line.source > b.line.source : a.line.offset > b.line.offset;

function preemptDelayOf(values: InstanceValues, wishesMaster: boolean, report: Report): Duration {
  const written = values.preemptDelay;
  if (!written || written.value === 0 || !wishesMaster) return written?.value ?? ZERO;
  report(
    'settingIgnored',
    keywordSpan(written.statement),
    'preempt_delay does not work with state MASTER and is ignored',
    {
      remedy: 'Write state BACKUP; the priority alone decides who becomes master.',
    },
  );
  return ZERO;
}

function authenticationOf(values: InstanceValues, version: 2 | 3, report: Report): Authentication {
  const block = values.authentication;
  if (!block) return { type: 'none' };
  const at = keywordSpan(block.statement);
  const { type, password } = block.values;
  if (version === 3) {
    report('settingIgnored', at, 'version 3 has no authentication; the block is ignored', {
      remedy: 'Remove the block.',
    });
    return { type: 'none' };
  }
  if (!password || !type) {
    if (block.statement.children?.length !== 0 && (type || password)) {
      report('settingIgnored', at, `authentication without ${type ? 'auth_pass' : 'auth_type'} is ignored`);
    }
    return { type: 'none' };
  }
  let used = password.value;
  if (used.length > 8) {
    report(
      'passwordTooLong',
      password.statement.line.span(),
      `auth_pass has ${used.length} characters, only eight count`,
    );
    used = used.slice(0, 8);
  }
  if (type.value === 'AH') {
    report('noEffectYet', keywordSpan(type.statement), 'auth_type AH is not carried out yet');
    return { type: 'none' };
  }
  return { type: 'pass', password: used };
}

function groupOf(values: InstanceValues, family: Family, globals: GlobalSettings, report: Report): IpAddress {
  const own = values.mcastGroup;
  if (own && ofFamily(own.value, family, own.statement, report)) return own.value;
  return family === 'ipv4' ? globals.mcastGroup4 : globals.mcastGroup6;
}

function addressesOf(
  list: BoundList<AddressSettings> | undefined,
  family: Family | undefined,
  report: Report,
): AddressSettings[] {
  const seen = new Set<string>();
  const out: AddressSettings[] = [];
  for (const { value, statement } of list?.entries ?? []) {
    if (family && !ofFamily(value.address, family, statement, report)) continue;
    const key = `${value.address} ${value.device ?? ''}`;
    if (seen.has(key)) {
      report('duplicateEntry', keywordSpan(statement), `address ${value.address} stands here twice`);
      continue;
    }
    seen.add(key);
    out.push(value);
  }
  return out;
}

function tracksOf(values: InstanceValues, statement: Statement, around: Surroundings) {
  const tracks = buildAllTracks(values, statement, around.trackers, around.used, around.report);
  const own = values.interface?.value;
  // The interface of the instance is watched anyway.
  return { ...tracks, trackInterfaces: tracks.trackInterfaces.filter(({ name }) => name !== own) };
}

function notifyOf(
  values: Pick<InstanceValues, 'notify' | 'notifyMaster' | 'notifyBackup' | 'notifyFault' | 'notifyStop'>,
): NotifySettings {
  const { notify, notifyMaster, notifyBackup, notifyFault, notifyStop } = values;
  return {
    ...(notifyMaster ? { master: notifyMaster.value } : {}),
    ...(notifyBackup ? { backup: notifyBackup.value } : {}),
    ...(notifyFault ? { fault: notifyFault.value } : {}),
    ...(notifyStop ? { stop: notifyStop.value } : {}),
    ...(notify ? { any: notify.value } : {}),
  };
}

function garpOf(values: InstanceValues, defaults: GlobalValues): GarpSettings {
  const globalDelay = defaults.garpMasterDelay?.value ?? seconds(5);
  const globalRepeat = defaults.garpMasterRepeat?.value ?? 5;
  return {
    masterDelay: values.garpMasterDelay?.value ?? globalDelay,
    masterRepeat: values.garpMasterRepeat?.value ?? globalRepeat,
    masterRefresh: values.garpMasterRefresh?.value ?? defaults.garpMasterRefresh?.value ?? ZERO,
    masterRefreshRepeat:
      values.garpMasterRefreshRepeat?.value ?? defaults.garpMasterRefreshRepeat?.value ?? 1,
    // Not the instance's own master delay: only global_defs passes its one on.
    lowerPriorityDelay:
      values.garpLowerPriorityDelay?.value ?? defaults.garpLowerPriorityDelay?.value ?? globalDelay,
    lowerPriorityRepeat:
      values.garpLowerPriorityRepeat?.value ?? defaults.garpLowerPriorityRepeat?.value ?? globalRepeat,
  };
}

/** `claimed` maps instances to the group they already belong to. */
export function buildSyncGroup(
  block: GroupBlock,
  instances: Names<InstanceBlock>,
  claimed: Map<string, GroupBlock>,
  around: Surroundings,
): SyncGroupSettings | undefined {
  const { values, header: name, statement } = block;
  const { report, defaults } = around;
  const members: string[] = [];
  for (const { value: member, statement: at } of values.members?.entries ?? []) {
    if (!instances.resolve(member, keywordSpan(at), statement, false)) continue;
    const owner = claimed.get(member);
    if (owner) {
      report(
        'duplicateEntry',
        keywordSpan(at),
        `instance "${member}" belongs to sync group "${owner.header}" already`,
        {
          related: [{ span: keywordSpan(owner.statement), text: 'that group' }],
        },
      );
      continue;
    }
    claimed.set(member, block);
    members.push(member);
  }
  if (members.length === 0) {
    report('requiredMissing', statement.line.span(), `vrrp_sync_group "${name}" has no members`);
    return undefined;
  }
  return {
    name,
    members,
    notify: notifyOf(values),
    smtpAlert: values.smtpAlert?.value ?? defaults.smtpAlertVrrp?.value ?? defaults.smtpAlert?.value ?? false,
    ...buildAllTracks(values, statement, around.trackers, around.used, report),
  };
}
