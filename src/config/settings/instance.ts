/** vrrp_instance to settings; how its adverts travel, and what it makes, is left to files beside. (directives-vrrp section 1) */
import { type Family, isLinkLocal } from '../../base/ip-address.js';
import { type Duration, seconds, ZERO } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type {
  AddressSettings,
  GarpSettings,
  GlobalSettings,
  InstanceSettings,
  NotifySettings,
  TrackSettings,
} from '../model.js';
import type { RoutingNames } from '../routing-names.js';
import type { TrackEntry } from '../schema/entries.js';
import type { BoundList } from '../schema/row.js';
import type { ConfigReader } from '../source.js';
import { keywordSpan, type Statement } from '../tree.js';
import { authenticationOf } from './authentication.js';
import type { BfdBlock } from './bfd.js';
import { type GlobalValues, type Names, plain, type RootValues } from './context.js';
import { familyDecision, ofFamily } from './family.js';
import { lackOf, tellLacking } from './lacking.js';
import { receiveBufferOf } from './receive-buffer.js';
import { routesOf, rulesOf } from './statics.js';
import { buildAllTracks, buildTracks, type Trackers } from './trackers.js';
import { placeOf, transportOf } from './transport.js';
import { virtualInterfaceOf } from './virtual-interface.js';

export type InstanceBlock = NonNullable<RootValues['instances']>[number];
export type GroupBlock = NonNullable<RootValues['syncGroups']>[number];
type InstanceValues = InstanceBlock['values'];

export interface Surroundings {
  readonly globals: GlobalSettings;
  readonly defaults: GlobalValues;
  readonly trackers: Trackers;
  readonly sessions: Names<BfdBlock>;
  /** Tracker blocks that something refers to. */
  readonly used: Set<Statement>;
  readonly read: ConfigReader['read'];
  /** Numbers for names in routes and rules. */
  readonly names: RoutingNames;
  /** Of rules that say none. */
  readonly preferences: ReadonlyMap<Statement, number>;
  readonly report: Report;
}

/** Undefined where something without which it cannot work is missing. */
export function buildInstance(block: InstanceBlock, around: Surroundings): InstanceSettings | undefined {
  const { values, header: name, statement } = block;
  const { report, defaults } = around;
  if (!values.virtualRouterId) {
    const message = `vrrp_instance "${name}" has no virtual_router_id`;
    tellLacking(statement, ['virtual_router_id'], lackOf(statement, message), report);
    return undefined;
  }
  if (!placeOf(block, report)) return undefined;
  const decision = familyDecision(block);
  // Nothing says it: IPv4.
  const family = decision?.family ?? 'ipv4';
  if (values.nativeIpv6 && family === 'ipv4') {
    report(
      'settingIgnored',
      keywordSpan(values.nativeIpv6.statement),
      'native_ipv6 stands behind an IPv4 address',
    );
  }
  const strict = values.strict?.value ?? defaults.strict?.value ?? false;
  const priority = values.priority?.value ?? (values.state?.value === 'MASTER' ? 255 : 100);
  const owner = priority === 255;
  const version = versionOf(values, defaults, decision, report);
  const wishesMaster = wishOf(values, owner, strict, version, report);
  const preempt = preemptOf(values, wishesMaster, priority, report);
  const facts = { family, strict, version, owner, preempt };
  const virtualAddresses = virtualAddressesOf(block, facts, around);
  const transport = transportOf(block, facts, around);
  if (!virtualAddresses || !transport) return undefined;
  return {
    name,
    initialState: wishesMaster || owner ? 'MASTER' : 'BACKUP',
    version,
    family,
    ...(values.interface ? { interface: values.interface.value } : {}),
    virtualRouterId: values.virtualRouterId.value,
    priority,
    advertInterval: intervalOf(values, version, report),
    preempt,
    preemptDelay: preemptDelayOf(values, wishesMaster, facts, report),
    ...authenticationOf(values, facts, around.read, report),
    ...transport,
    virtualAddresses,
    excludedAddresses: placed(addressesOf(values.excludedAddresses, undefined, report), block, around),
    ...tracksOf(values, statement, around),
    dontTrackPrimary: values.dontTrackPrimary !== undefined,
    notify: notifyOf(values),
    ...(values.notifyUrls ? { notifyUrls: values.notifyUrls.map(({ value }) => value) } : {}),
    smtpAlert: values.smtpAlert?.value ?? defaults.smtpAlertVrrp?.value ?? defaults.smtpAlert?.value ?? false,
    garp: garpOf(values, defaults, strict, report),
    skipCheckAdvertAddresses:
      values.skipCheckAdvertAddresses?.value ?? defaults.skipCheckAdvertAddresses?.value ?? false,
    ...reactionsOf(values, defaults, facts, report),
    ...virtualInterfaceOf(block, facts, around),
    ...extrasOf(values, facts, around),
    ...(strict ? { strict } : {}),
  };
}

/** What is decided first and bears on the rest. */
export interface InstanceFacts {
  readonly family: Family;
  readonly strict: boolean;
  readonly version: 2 | 3;
  /** Priority 255. */
  readonly owner: boolean;
  readonly preempt: boolean;
}

/** Whether state MASTER counts: not without being the owner in strict mode, nor with AH. */
function wishOf(
  values: InstanceValues,
  owner: boolean,
  strict: boolean,
  version: 2 | 3,
  report: Report,
): boolean {
  const state = values.state;
  if (state?.value !== 'MASTER' || owner) return state?.value === 'MASTER';
  const at = keywordSpan(state.statement);
  const ah = version === 2 && values.authentication?.values.type?.value === 'AH';
  if (strict) report('strictMode', at, 'state MASTER is for the owner (priority 255) only; BACKUP is used');
  else if (ah) report('settingIgnored', at, 'state MASTER does not go with auth_type AH; BACKUP is used');
  return !strict && !ah;
}

/** Answers to adverts of others. */
function reactionsOf(
  values: InstanceValues,
  defaults: GlobalValues,
  { strict, owner }: InstanceFacts,
  report: Report,
): Pick<
  InstanceSettings,
  'downTimerAdverts' | 'lowerPriorityNoAdvert' | 'higherPrioritySendAdvert' | 'ownerIgnoreAdverts'
> {
  const { downTimerAdverts, lowerPriorityNoAdvert, higherPrioritySendAdvert, ownerIgnoreAdverts } = values;
  if (ownerIgnoreAdverts && !owner) {
    const at = keywordSpan(ownerIgnoreAdverts.statement);
    report('settingIgnored', at, 'owner_ignore_adverts is only for priority 255 and is ignored');
  }
  const ignores =
    owner && (strict || (ownerIgnoreAdverts?.value ?? defaults.ownerIgnoreAdverts?.value ?? false));
  if (!strict) {
    return {
      downTimerAdverts: downTimerAdverts?.value ?? defaults.downTimerAdverts?.value ?? 3,
      lowerPriorityNoAdvert: lowerPriorityNoAdvert?.value ?? defaults.lowerPriorityNoAdvert?.value ?? false,
      higherPrioritySendAdvert:
        higherPrioritySendAdvert?.value ?? defaults.higherPrioritySendAdvert?.value ?? false,
      ...(ignores ? { ownerIgnoreAdverts: true } : {}),
    };
  }
  for (const [said, fits] of [
    [downTimerAdverts, downTimerAdverts?.value === 3],
    [lowerPriorityNoAdvert, lowerPriorityNoAdvert?.value === true],
    [higherPrioritySendAdvert, higherPrioritySendAdvert?.value === false],
    [ownerIgnoreAdverts, !owner || ownerIgnoreAdverts?.value === true],
  ] as const) {
    if (said && !fits)
      report('strictMode', keywordSpan(said.statement), `strict mode overrules ${said.statement.keyword}`);
  }
  return {
    downTimerAdverts: 3,
    lowerPriorityNoAdvert: true,
    higherPrioritySendAdvert: false,
    ...(ignores ? { ownerIgnoreAdverts: true } : {}),
  };
}

const FLAGS = ['debug', 'promoteSecondaries', 'unicastFaultNoPeer', 'oldUnicastChecksum'] as const;

/** What most instances do not have. */
function extrasOf(
  values: InstanceValues,
  { strict, version, owner, preempt }: InstanceFacts,
  around: Surroundings,
): Partial<InstanceSettings> {
  const { defaults, report } = around;
  const { timerExpiredBackup, accept, noAccept } = values;
  const checksum = values.v3ChecksumAsV2?.value ?? defaults.v3ChecksumAsV2?.value ?? false;
  const extra = values.garpExtraInterface?.value ?? defaults.garpExtraInterface?.value;
  const accepts = accept !== undefined && !(noAccept && after(noAccept.statement, accept.statement));
  if (strict && accepts && version === 2 && !owner) {
    report(
      'strictMode',
      keywordSpan(accept.statement),
      'version 2 lets only the owner accept; accept is ignored',
    );
  }
  const drops = !owner && (strict ? !(accepts && version === 3) : noAccept !== undefined && !accepts);
  if (timerExpiredBackup && preempt) {
    const at = keywordSpan(timerExpiredBackup.statement);
    report('settingIgnored', at, 'timer_expired_backup works with nopreempt only and is ignored');
  }
  const receiveBuffer = receiveBufferOf(values.receiveBuffer?.value, around.globals);
  const routes = routesOf(values.virtualRoutes, around);
  const rules = rulesOf(values.virtualRules, around);
  return {
    ...plain(values, FLAGS),
    ...(timerExpiredBackup && !preempt ? { timerExpiredBackup: timerExpiredBackup.value } : {}),
    ...(drops ? { noAccept: true } : {}),
    ...(values.noVirtualAddress && !strict ? { noVirtualAddress: true } : {}),
    ...(routes.length > 0 ? { virtualRoutes: routes } : {}),
    ...(rules.length > 0 ? { virtualRules: rules } : {}),
    ...(receiveBuffer === undefined ? {} : { receiveBuffer }),
    ...(checksum ? { v3ChecksumAsV2: true } : {}),
    ...(values.linkbeatUsePolling ? { linkbeatUsePolling: true } : {}),
    ...(extra && extra.interval > 0 ? { garpExtraInterface: extra } : {}),
  };
}

/** The advertised addresses, and what is wrong when there is none; undefined where one is needed. */
function virtualAddressesOf(
  block: InstanceBlock,
  facts: InstanceFacts,
  around: Surroundings,
): AddressSettings[] | undefined {
  const { values, header: name, statement } = block;
  const { report } = around;
  const { strict, version, family } = facts;
  const found = placed(addressesOf(values.virtualAddresses, family, report), block, around);
  const meant = values.noVirtualAddress;
  if (meant && strict) {
    report(
      'strictMode',
      keywordSpan(meant.statement),
      'strict mode wants an address: no_virtual_ipaddress is ignored',
    );
  }
  // Entries that were refused have been told.
  const told = (values.virtualAddresses?.statement.children ?? []).length > 0;
  if (found.length === 0 && !told && (!meant || strict)) {
    const code = version === 3 || strict ? 'addressRequired' : 'noAddresses';
    const message = `vrrp_instance "${name}" has no virtual address`;
    const lack = { ...lackOf(statement, message), code } as const;
    tellLacking(statement, ['virtual_ipaddress', 'no_virtual_ipaddress'], lack, report);
    if (code === 'addressRequired') return undefined;
  }
  const [first] = found;
  if (strict && family === 'ipv6' && first && !isLinkLocal(first.address)) {
    const at = values.virtualAddresses?.entries[0]?.statement ?? statement;
    report('strictMode', keywordSpan(at), `the first IPv6 address, ${first.address}, is not link-local`);
  }
  return found;
}

/** Addresses of an instance without interface need one of their own. */
function placed(
  all: AddressSettings[],
  { values }: InstanceBlock,
  { defaults, report }: Surroundings,
): AddressSettings[] {
  if (values.interface) return all;
  const usual = defaults.defaultInterface?.value;
  return all.flatMap((address) => {
    if (address.device !== undefined) return address;
    if (usual !== undefined) return { ...address, device: usual };
    const lists = [values.virtualAddresses, values.excludedAddresses];
    const entry = lists.flatMap((list) => list?.entries ?? []).find(({ value }) => value === address);
    report(
      'entryInvalid',
      entry && keywordSpan(entry.statement),
      `${address.address} has no interface to stand on`,
      {
        remedy: 'Add dev INTERFACE behind it.',
      },
    );
    return [];
  });
}

function versionOf(
  values: InstanceValues,
  defaults: GlobalValues,
  decision: ReturnType<typeof familyDecision>,
  report: Report,
): 2 | 3 {
  const asked = values.version?.value ?? defaults.version?.value ?? 2;
  const family = decision?.family;
  if (decision?.family === 'ipv6' && values.version?.value === 2) {
    const { statement } = values.version;
    // Keepalived remarks on it only where it knows the family by then.
    const code = after(statement, decision.at) ? 'versionRefused' : 'versionRaised';
    report(code, keywordSpan(statement), 'version 2 does not know IPv6; version 3 is used', {
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

export const after = (a: Statement, b: Statement): boolean =>
  a.line.source !== b.line.source ? a.line.source > b.line.source : a.line.offset > b.line.offset;

function preemptDelayOf(
  values: InstanceValues,
  wishesMaster: boolean,
  { strict, preempt }: InstanceFacts,
  report: Report,
): Duration {
  const written = values.preemptDelay;
  if (!written || written.value === 0) return ZERO;
  const at = keywordSpan(written.statement);
  if (strict) report('strictMode', at, 'strict mode knows no preempt_delay; it is ignored');
  else if (!preempt)
    report('settingIgnored', at, 'preempt_delay does not work with nopreempt and is ignored');
  else if (wishesMaster) {
    report('settingIgnored', at, 'preempt_delay does not work with state MASTER and is ignored', {
      remedy: 'Write state BACKUP; the priority alone decides who becomes master.',
    });
  } else return written.value;
  return ZERO;
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
  const entry = values.trackInterfaces?.entries.find(({ value }) => value.name === own);
  if (entry) {
    around.report(
      'ownInterface',
      keywordSpan(entry.statement),
      `${own} is the interface of the instance itself`,
    );
  }
  const trackBfd = trackBfdOf(values.trackBfd, statement, around);
  return {
    ...tracks,
    ...trackBfd,
    trackInterfaces: tracks.trackInterfaces.filter(({ name }) => name !== own),
  };
}

export function trackBfdOf(
  list: BoundList<TrackEntry> | undefined,
  owner: Statement,
  { sessions, used, report }: Surroundings,
): { trackBfd?: TrackSettings[] } {
  const trackBfd = buildTracks(list, owner, report, (entry, at) => {
    const found = sessions.resolve(entry.name, keywordSpan(at), owner, true);
    if (!found) return undefined;
    used.add(found.statement);
    const weight = found.values.weight?.value;
    return { weight: weight?.weight ?? 0, reverse: weight?.reverse ?? false };
  });
  return trackBfd.length > 0 ? { trackBfd } : {};
}

export function notifyOf(
  values: Pick<
    InstanceValues,
    | 'notify'
    | 'notifyMaster'
    | 'notifyBackup'
    | 'notifyFault'
    | 'notifyStop'
    | 'notifyDeleted'
    | 'notifyMasterRxLowerPriority'
  >,
): NotifySettings {
  const { notify, notifyMaster, notifyBackup, notifyFault, notifyStop } = values;
  const { notifyDeleted, notifyMasterRxLowerPriority } = values;
  return {
    ...(notifyMaster ? { master: notifyMaster.value } : {}),
    ...(notifyBackup ? { backup: notifyBackup.value } : {}),
    ...(notifyFault ? { fault: notifyFault.value } : {}),
    ...(notifyStop ? { stop: notifyStop.value } : {}),
    ...(notifyDeleted ? { deleted: notifyDeleted.value } : {}),
    ...(notifyMasterRxLowerPriority ? { masterRxLowerPriority: notifyMasterRxLowerPriority.value } : {}),
    ...(notify ? { any: notify.value } : {}),
  };
}

/** With vrrp_min_garp, what nobody sets is as little as possible. */
const LEAST = { delay: ZERO, repeat: 1, refreshRepeat: 0 };
const USUAL = { delay: seconds(5), repeat: 5, refreshRepeat: 1 };

function garpOf(
  values: InstanceValues,
  defaults: GlobalValues,
  strict: boolean,
  report: Report,
): GarpSettings {
  const usual = defaults.minGarp?.value ? LEAST : USUAL;
  const globalDelay = defaults.garpMasterDelay?.value ?? usual.delay;
  const globalRepeat = defaults.garpMasterRepeat?.value ?? usual.repeat;
  const lowerRepeat = values.garpLowerPriorityRepeat;
  for (const said of [lowerRepeat, values.garpLowerPriorityDelay]) {
    if (!strict || !said || said.value === 0) continue;
    report(
      'strictMode',
      keywordSpan(said.statement),
      'strict mode knows no announcements after lower adverts',
    );
  }
  return {
    masterDelay: values.garpMasterDelay?.value ?? globalDelay,
    masterRepeat: values.garpMasterRepeat?.value ?? globalRepeat,
    masterRefresh: values.garpMasterRefresh?.value ?? defaults.garpMasterRefresh?.value ?? ZERO,
    masterRefreshRepeat:
      values.garpMasterRefreshRepeat?.value ?? defaults.garpMasterRefreshRepeat?.value ?? usual.refreshRepeat,
    // Not the instance's own master delay: only global_defs passes its one on.
    lowerPriorityDelay: strict
      ? ZERO
      : (values.garpLowerPriorityDelay?.value ?? defaults.garpLowerPriorityDelay?.value ?? globalDelay),
    lowerPriorityRepeat: strict
      ? 0
      : (lowerRepeat?.value ?? defaults.garpLowerPriorityRepeat?.value ?? globalRepeat),
  };
}
