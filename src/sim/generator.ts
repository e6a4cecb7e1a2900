/**
 * Draws a small cluster from a seed: 2 to 5 routers on two segments with configurations that agree where VRRP
 * asks them to (VRID, interval, authentication) and differ where it does not (priority, preemption, trackers).
 * What goes wrong with it is faults.ts's affair.
 */
import type { Family, IpAddress, IpPrefix } from '../base/ip-address.js';
import type { Prng } from '../base/prng.js';
import { type Duration, seconds, ZERO } from '../base/time.js';
import type {
  AddressSettings,
  Authentication,
  Configuration,
  GarpSettings,
  InstanceSettings,
  NotifySettings,
  ScriptSettings,
  SyncGroupSettings,
  TrackFileSettings,
  TrackProcessSettings,
  TrackSettings,
} from '../config/model.js';
import type { RouteSettings, RuleSettings } from '../config/model-net.js';
import { GENERIC_SCRIPT, SPECIFIC_SCRIPT } from './notify-record.js';
import { AH_PASSWORD, NO_TRAITS, type Traits } from './traits.js';

/** Interfaces of every router and the segments they are plugged into. */
export const INTERFACES = [
  { name: 'eth0', segment: 'lan0' },
  { name: 'eth1', segment: 'lan1' },
] as const;

const MULTICAST = '224.0.0.18' as IpAddress;
const MULTICAST6 = 'ff02::12' as IpAddress;
/** The one tracked file of generated clusters. */
export const TRACKED_FILE = '/sim/level';

export interface Cluster {
  readonly configurations: readonly Configuration[];
  /** Host part of every router's addresses, 100..250, the same on all segments. */
  readonly hosts: readonly number[];
}

/** The address of a router on `eth<n>`. */
export const addressOn = (interfaceNumber: number, host: number, family: Family = 'ipv4'): IpAddress =>
  (family === 'ipv4'
    ? `10.0.${interfaceNumber}.${host}`
    : `fd00:0:0:1${interfaceNumber}::${host.toString(16)}`) as IpAddress;

/** Its link-local address there. */
export const linkLocalOn = (interfaceNumber: number, host: number): IpAddress =>
  `fe80::1${interfaceNumber}:${host.toString(16)}` as IpAddress;

/** Host parts of VIPs and eVIPs: below those of routers. */
const VIRTUAL_BLOCK = 20;
const EXCLUDED_BLOCK = 60;

/** Advert intervals of version 3, seconds. */
const THIRD_INTERVALS = [0.25, 0.5, 1, 1, 2] as const;

type Layout = 'single' | 'pair' | 'group';

/** What all routers of a cluster have in common. */
interface Common {
  readonly layout: Layout;
  readonly version: 2 | 3;
  readonly unicast: boolean;
  readonly interval: Duration;
  /** Version 3: every router has an interval of its own, and learns the master's. */
  readonly ownIntervals: boolean;
  /** In a sync group: how much lower the second member's priority is, on every router. */
  readonly memberOffset: number;
  /** The least TTL that unicast peers are believed with. */
  readonly leastTtl: number;
  readonly downTimerAdverts: number;
  readonly authentication: Authentication;
  readonly addresses: readonly (readonly AddressSettings[])[];
  readonly excluded: readonly (readonly AddressSettings[])[];
  readonly routing: readonly Routing[];
  readonly notify: { readonly any: boolean; readonly specific: boolean };
  readonly garp: GarpSettings;
  readonly trackers: Trackers;
  readonly scripts: readonly ScriptSettings[];
  readonly files: readonly TrackFileSettings[];
  readonly processes: readonly TrackProcessSettings[];
  readonly lowerPriorityNoAdvert: boolean;
  readonly higherPrioritySendAdvert: boolean;
  readonly noAccept: boolean;
  readonly traits: Traits;
}

type Trackers = Pick<InstanceSettings, 'trackInterfaces' | 'trackScripts' | 'trackFiles' | 'trackProcesses'>;
const NO_TRACKERS: Trackers = { trackInterfaces: [], trackScripts: [], trackFiles: [], trackProcesses: [] };

/** The most routers that a cluster has. */
export const MOST_ROUTERS = 5;

export function generateCluster(prng: Prng, traits: Traits = NO_TRAITS): Cluster {
  const size = prng.pick([2, 2, 2, 3, 3, 4, MOST_ROUTERS]);
  const hosts = distinct(prng, size, 100, 250);
  const common = drawCommon(prng, traits);
  const owner = prng.chance(0.16);
  const equal = !owner && prng.chance(0.2);
  const eager = prng.chance(0.3);
  const stubborn = prng.chance(0.35);
  const patient = !stubborn && prng.chance(0.25);
  // An owner of one member's addresses only: its group may not start as MASTER.
  const halfOwner = owner && prng.chance(0.5);
  // Where a lower or an equal advert is accepted, routers of different intervals can flap for ever: a backup learns
  // the short interval of one that was master for a moment and then waits less than the real master's interval.
  const twoOwners = owner && !halfOwner && prng.chance(0.4);
  const ownIntervals = common.ownIntervals && !stubborn && !patient && !equal && !twoOwners;
  const deafOwner = owner && !twoOwners && prng.chance(0.3);
  const delayed = prng.chance(0.25);
  const links = drawLinks(prng);
  const level = prng.integer(60, 230);
  const priorities = distinct(prng, size, 40, 240);
  const configurations = hosts.map((_, index): Configuration => {
    const owns = owner && (index === 0 || (twoOwners && index === 1));
    const priority = owns ? 255 : equal ? level : (priorities[index] ?? 100);
    const wantsMaster = owns || (eager && prng.chance(0.5));
    const preempt = wantsMaster || !stubborn || prng.chance(0.4);
    const preemptDelay = patient && !wantsMaster && prng.chance(0.7) ? seconds(prng.integer(2, 15)) : ZERO;
    const timerExpiredBackup = !preempt && prng.chance(0.7) ? prng.integer(100, 254) : undefined;
    const advertInterval = ownIntervals ? seconds(prng.pick(THIRD_INTERVALS)) : common.interval;
    const count = common.layout === 'single' ? 1 : 2;
    const instances = Array.from({ length: count }, (_, n) =>
      drawInstance(common, n, hosts, index, {
        priority: n === 0 ? priority : secondPriority(common, priority, halfOwner),
        initialState: wantsMaster ? 'MASTER' : 'BACKUP',
        preempt,
        preemptDelay,
        advertInterval,
        ...(deafOwner && index === 0 ? { ownerIgnoreAdverts: true } : {}),
        ...(timerExpiredBackup === undefined ? {} : { timerExpiredBackup }),
      }),
    );
    const syncGroups = common.layout === 'group' ? [groupOf(common, instances, owner)] : [];
    return {
      globals: delayed ? { ...GLOBALS, ...drawDelay(prng) } : GLOBALS,
      scripts: common.scripts,
      trackFiles: common.files,
      trackProcesses: common.processes,
      instances,
      syncGroups,
      ...links,
      bfdInstances: [],
      virtualServerGroups: [],
      virtualServers: [],
      hash: `generated-${index}`,
    };
  });
  return { configurations, hosts };
}

/** Delays before a change of a link counts, and links that are polled. */
export function drawLinks(prng: Prng): Pick<Configuration, 'interfaceDelays' | 'linkbeatInterfaces'> {
  const delay = (): Duration => seconds(prng.pick([0, 0.3, 1, 4]));
  const interfaceDelays = prng.chance(0.2)
    ? INTERFACES.map((one) => ({ interface: one.name, down: delay(), up: delay() }))
    : [];
  const linkbeatInterfaces = prng.chance(0.12) ? INTERFACES.map((one) => ({ interface: one.name })) : [];
  return { interfaceDelays, linkbeatInterfaces };
}

/** How long VRRP waits after the start of the daemon or of the machine. */
function drawDelay(prng: Prng): { readonly startupDelay: Duration; readonly delayAfterBoot: Duration } {
  return { startupDelay: seconds(prng.pick([0, 2, 5, 12])), delayAfterBoot: seconds(prng.pick([0, 0, 20])) };
}

/** The highest priority that is neither an owner's nor within reach of editing and trackers. */
export const NEARLY_OWNER = 250;

/** A pair shares the load, so its order is the other way round; a group keeps one order. */
function secondPriority({ layout, memberOffset }: Common, first: number, halfOwner: boolean): number {
  if (first === 255) return halfOwner && layout === 'group' ? NEARLY_OWNER : first;
  return layout === 'pair' ? 254 - first : first - memberOffset;
}

const GLOBALS: Configuration['globals'] = {
  notificationEmail: [],
  smtpConnectTimeout: seconds(30),
  enableScriptSecurity: false,
  mcastGroup4: MULTICAST,
  mcastGroup6: MULTICAST6,
  defaultInterface: 'eth0',
};

function drawCommon(prng: Prng, traits: Traits): Common {
  const layout = prng.pick<Layout>(['single', 'single', 'pair', 'group', 'group']);
  const trackers = drawTrackers(prng, layout);
  const version = prng.pick([2, 3] as const);
  return {
    layout,
    version,
    unicast: prng.chance(0.3),
    interval: seconds(prng.pick(version === 2 ? [1, 1, 1, 1, 2, 3] : THIRD_INTERVALS)),
    ownIntervals: version === 3 && prng.chance(0.6),
    memberOffset: prng.pick([0, 0, 30]),
    leastTtl: prng.chance(0.5) ? 200 : 0,
    downTimerAdverts: prng.pick([3, 3, 3, 3, 2, 4]),
    authentication: authenticationOf(version, version === 2 && prng.chance(0.5), traits),
    addresses: [0, 1].map((n) => drawAddresses(prng, layout, n, VIRTUAL_BLOCK, traits)),
    routing: [0, 1].map((n) => (prng.chance(0.4) ? drawRouting(prng, layout, n) : NO_ROUTING)),
    excluded: [0, 1].map((n) =>
      prng.chance(0.2) ? drawAddresses(prng, layout, n, EXCLUDED_BLOCK, traits) : [],
    ),
    notify: { any: prng.chance(0.6), specific: prng.chance(0.3) },
    garp: {
      masterDelay: seconds(prng.pick([0, 1, 5])),
      masterRepeat: prng.integer(1, 3),
      masterRefresh: prng.chance(0.1) ? seconds(10) : ZERO,
      masterRefreshRepeat: 1,
      lowerPriorityDelay: seconds(prng.pick([0, 5])),
      lowerPriorityRepeat: prng.integer(1, 3),
    },
    ...trackers,
    lowerPriorityNoAdvert: prng.chance(0.15),
    higherPrioritySendAdvert: prng.chance(0.15),
    noAccept: prng.chance(0.3),
    traits,
  };
}

function authenticationOf(version: 2 | 3, pass: boolean, { family, ah, hmac }: Traits): Authentication {
  if (version === 3 || family === 'ipv6' || hmac) return { type: 'none' };
  if (ah) return { type: 'ah', password: AH_PASSWORD };
  return pass ? { type: 'pass', password: 'k@l!ve1' } : { type: 'none' };
}

/**
 * One to three addresses of the instance's subnet, the first VIP of IPv6 a link-local one; eVIPs of a single instance
 * may stand on another interface.
 */
function drawAddresses(
  prng: Prng,
  layout: Layout,
  instance: number,
  block: number,
  { family, virtualMac }: Traits,
): AddressSettings[] {
  const subnet = layout === 'group' ? instance : 0;
  const short = prng.pick([32, 32, 24]);
  const prefixLength = family === 'ipv4' ? short : short === 24 ? 64 : 128;
  const elsewhere = layout === 'single' && block === EXCLUDED_BLOCK && prng.chance(0.5) && !virtualMac;
  return Array.from({ length: prng.integer(1, 3) }, (_, n) => {
    const host = block + instance * 10 + n;
    const linkLocal = family === 'ipv6' && n === 0 && block === VIRTUAL_BLOCK;
    return {
      address: linkLocal ? linkLocalOn(subnet, host) : addressOn(subnet, host, family),
      prefixLength,
      ...(elsewhere ? { device: 'eth1' } : {}),
    };
  });
}

type Routing = Pick<InstanceSettings, 'virtualRoutes' | 'virtualRules'>;
const NO_ROUTING: Routing = {};

/** Up to two routes, one of which may be on the other interface where nobody follows it, and up to two rules. */
function drawRouting(prng: Prng, layout: Layout, instance: number): Routing {
  const own = layout === 'group' ? instance : 0;
  const via = addressOn(own, 254);
  const place = (n: number): IpPrefix => ({
    address: `10.200.${instance}.${n * 16}` as IpAddress,
    length: 28,
  });
  const virtualRoutes = Array.from({ length: prng.integer(0, 2) }, (_, n): RouteSettings => {
    const elsewhere = prng.chance(0.2);
    return {
      family: 'ipv4',
      type: 'unicast',
      destination: place(n),
      device: elsewhere ? 'eth1' : `eth${own}`,
      ...(elsewhere ? {} : { via }),
      ...(prng.chance(0.3) ? { table: 100 + n } : {}),
      placement: prng.pick(['prepend', 'prepend', 'append', 'add']),
      noTrack: elsewhere || prng.chance(0.15),
      nexthops: [],
    };
  });
  const virtualRules = Array.from(
    { length: prng.integer(0, 2) },
    (_, n): RuleSettings => ({
      family: 'ipv4',
      not: false,
      from: place(n),
      preference: 1000 + instance * 10 + n,
      action: { kind: 'table', table: 100 },
      noTrack: prng.chance(0.15),
    }),
  );
  return { virtualRoutes, virtualRules };
}

function drawTrackers(
  prng: Prng,
  layout: Layout,
): Pick<Common, 'trackers' | 'scripts' | 'files' | 'processes'> {
  const weight = (): number => (prng.chance(0.4) ? 0 : prng.integer(2, 40) * (prng.chance(0.5) ? 1 : -1));
  const line = (name: string): TrackSettings => {
    const drawn = weight();
    return { name, weight: drawn, reverse: drawn !== 0 && prng.chance(0.15) };
  };
  const scripts: ScriptSettings[] = [];
  const count = prng.pick([0, 0, 1, 1, 2]);
  for (let n = 0; n < count; n++) {
    const interval = prng.integer(2, 5);
    scripts.push({
      ...line(`check_${n}`),
      command: { argv: [`/sim/check_${n}`] },
      interval: seconds(interval),
      timeout: seconds(prng.integer(1, interval)),
      rise: prng.integer(1, 3),
      fall: prng.integer(1, 3),
      initFail: prng.chance(0.1),
    });
  }
  const files = prng.chance(0.3) ? [{ ...fileLine(prng), file: TRACKED_FILE }] : [];
  const processes: TrackProcessSettings[] = prng.chance(0.3)
    ? [
        {
          ...line('httpd'),
          process: 'httpd',
          parameters: [],
          match: 'name',
          quorum: prng.pick([1, 1, 2]),
          ...(prng.chance(0.1) ? { quorumMax: 3 } : {}),
          forkDelay: seconds(prng.pick([0, 0, 1])),
          terminateDelay: seconds(prng.pick([0, 0, 1])),
        },
      ]
    : [];
  const same = ({ name, weight, reverse }: TrackSettings): TrackSettings => ({ name, weight, reverse });
  return {
    scripts,
    files,
    processes,
    trackers: {
      trackInterfaces: layout !== 'group' && prng.chance(0.3) ? [line('eth1')] : [],
      trackScripts: scripts.map(same),
      trackFiles: files.map(same),
      trackProcesses: processes.map(same),
    },
  };
}

const fileLine = (prng: Prng): TrackSettings => ({
  name: 'level',
  weight: prng.pick([0, 1, 1, 2, -1]),
  reverse: false,
});

const virtualMacName = (instance: number): string => `vmac${instance}`;

interface Own {
  readonly priority: number;
  readonly initialState: 'MASTER' | 'BACKUP';
  readonly preempt: boolean;
  readonly preemptDelay: Duration;
  readonly advertInterval: Duration;
  readonly ownerIgnoreAdverts?: boolean;
  readonly timerExpiredBackup?: number;
}

function drawInstance(
  common: Common,
  number: number,
  hosts: readonly number[],
  router: number,
  own: Own,
): InstanceSettings {
  const interfaceNumber = common.layout === 'group' ? number : 0;
  const name = `VI_${number + 1}`;
  const { family, hmac, virtualMac, checksSource } = common.traits;
  const peers = hosts.filter((_, i) => i !== router).map((host) => addressOn(interfaceNumber, host, family));
  const signing = hmac?.[router];
  const grouped = common.layout === 'group';
  return {
    name,
    ...own,
    ownerIgnoreAdverts: own.ownerIgnoreAdverts === true && own.priority === 255,
    version: common.version,
    family,
    interface: `eth${interfaceNumber}`,
    virtualRouterId: 51 + number,
    downTimerAdverts: common.downTimerAdverts,
    authentication: common.authentication,
    ...(common.unicast ? { sourceAddress: addressOn(interfaceNumber, hosts[router] ?? 0, family) } : {}),
    trackSourceAddress: common.unicast,
    ...(signing ? { hmac: signing } : {}),
    // Two instances of a sync group have virtual MACs of their own: their numbers differ.
    ...(virtualMac
      ? {
          virtualMac: {
            name: virtualMacName(number),
            // Unicast stays on the interface underneath.
            transmitBase: virtualMac.transmitBase || common.unicast,
          },
        }
      : {}),
    multicastGroup: family === 'ipv4' ? MULTICAST : MULTICAST6,
    unicastPeers: common.unicast
      ? peers.map((address) => ({ address, minTtl: common.leastTtl, maxTtl: 255 }))
      : [],
    checkUnicastSource: checksSource,
    unicastTtl: 255,
    virtualAddresses: common.addresses[number] ?? [],
    excludedAddresses: common.excluded[number] ?? [],
    ...common.routing[number],
    // A group's trackers stand at the group: weighted ones of single members would pull it apart.
    ...(grouped ? NO_TRACKERS : common.trackers),
    dontTrackPrimary: false,
    notify: notifyOf(common, 'INSTANCE', name),
    smtpAlert: false,
    garp: common.garp,
    skipCheckAdvertAddresses: false,
    lowerPriorityNoAdvert: common.lowerPriorityNoAdvert,
    higherPrioritySendAdvert: common.higherPrioritySendAdvert,
    ...(common.noAccept && own.priority < 255 ? { noAccept: true } : {}),
  };
}

function groupOf(common: Common, instances: readonly InstanceSettings[], owner: boolean): SyncGroupSettings {
  // An owner's priority never moves, so weights at its group would do nothing (runtime reference section 7), and
  // at its neighbours' they could give the members of a half owner different orders.
  const unweighted = (line: TrackSettings): TrackSettings =>
    owner ? { ...line, weight: 0, reverse: false } : line;
  const { trackers } = common;
  return {
    name: 'VG_1',
    members: instances.map((i) => i.name),
    notify: notifyOf(common, 'GROUP', 'VG_1'),
    smtpAlert: false,
    trackInterfaces: trackers.trackInterfaces.map(unweighted),
    trackScripts: trackers.trackScripts.map(unweighted),
    trackFiles: trackers.trackFiles.map(unweighted),
    trackProcesses: trackers.trackProcesses.map(unweighted),
  };
}

function notifyOf({ notify }: Common, type: string, name: string): NotifySettings {
  const specific = (state: string): { readonly argv: [string, ...string[]] } => ({
    argv: [SPECIFIC_SCRIPT, state, type, name],
  });
  return {
    ...(notify.any ? { any: { argv: [GENERIC_SCRIPT] } } : {}),
    ...(notify.specific
      ? {
          master: specific('MASTER'),
          backup: specific('BACKUP'),
          fault: specific('FAULT'),
          stop: specific('STOP'),
        }
      : {}),
  };
}

function distinct(prng: Prng, count: number, low: number, high: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(prng.integer(low, high));
  return [...drawn];
}
