/**
 * From a configured line of a route or a rule to what shall stand in the kernel: names become numbers, what is not said
 * becomes what Keepalived would say (directives-vrrp sections 7 and 8). Where a link is missing there is no answer yet,
 * only what it waits for.
 */
import { type IpPrefix, ipFromBytes, ipToBytes } from '../../base/ip-address.js';
import { toSeconds } from '../../base/time.js';
import {
  type Encapsulation,
  type Id,
  type Nexthop,
  type Realms,
  ROUTE_TYPES,
  type RouteSettings,
  type RuleAction,
  type RuleSettings,
} from '../../config/model-net.js';
import type { RouteEncapsulation, RouteMetrics, RouteNexthop } from '../../wire/netlink/routing.js';
import {
  RT_SCOPE_UNIVERSE,
  RT_TABLE_MAIN,
  RTAX,
  RTN_UNICAST,
  RTNH_F_ONLINK,
  SCOPES_OF_TYPES,
} from '../../wire/netlink/rtnl-route.js';
import {
  FR_ACT_BLACKHOLE,
  FR_ACT_GOTO,
  FR_ACT_NOP,
  FR_ACT_PROHIBIT,
  FR_ACT_TO_TBL,
  FR_ACT_UNREACHABLE,
} from '../../wire/netlink/rtnl-rule.js';
import { KEEPALIVED_PROTOCOL, type Route, type Rule } from './facts.js';
import type { Inventory } from './inventory.js';

/** What shall stand, or what the line waits for. */
type Resolved<T> = { readonly value: T } | { readonly waitsFor: string };

/** RFC 4191, as the kernel numbers it. */
const PREFERENCES = { low: 3, medium: 0, high: 1 } as const;

/** What the parts of one line wait for; the first is told. */
class Lookup {
  waitsFor: string | undefined;

  constructor(readonly inventory: Inventory) {}

  link(name: string): number {
    const index = this.inventory.linkByName(name)?.index;
    if (index === undefined) this.waitsFor ??= `interface ${name}`;
    return index ?? 0;
  }
  vrf(name: string): number {
    const link = this.inventory.linkByName(name);
    if (link?.vrfTable === undefined) this.waitsFor ??= `VRF ${name}`;
    return link?.vrfTable ?? 0;
  }
  /** A name that was not found when the configuration was read stays one. */
  id(what: string, value: Id): number {
    if (typeof value === 'number') return value;
    this.waitsFor ??= `${what} "${value}", which no file of iproute2 knows`;
    return 0;
  }
  settle<T>(value: T): Resolved<T> {
    return this.waitsFor === undefined ? { value } : { waitsFor: this.waitsFor };
  }
}

export function resolveRoute(settings: RouteSettings, inventory: Inventory): Resolved<Route> {
  const lookup = new Lookup(inventory);
  const { family, device, vrf, table, tos, scope, metric, expires, preference, encapsulation } = settings;
  const { source, from, via, onlink, ttlPropagate, nexthops, realms, noTrack, protocol } = settings;
  const type =
    typeof settings.type === 'number' ? settings.type : ROUTE_TYPES.indexOf(settings.type) + RTN_UNICAST;
  const metrics = metricsOf(settings);
  const usualScope = family === 'ipv4' ? (SCOPES_OF_TYPES.get(type) ?? RT_SCOPE_UNIVERSE) : RT_SCOPE_UNIVERSE;
  const destination = settings.destination === 'default' ? undefined : masked(settings.destination);
  return lookup.settle<Route>({
    family,
    type,
    table:
      vrf !== undefined ? lookup.vrf(vrf) : table === undefined ? RT_TABLE_MAIN : lookup.id('table', table),
    protocol: noTrack && protocol !== undefined ? lookup.id('protocol', protocol) : KEEPALIVED_PROTOCOL,
    scope: scope === undefined ? usualScope : lookup.id('scope', scope),
    tos: tos === undefined ? 0 : lookup.id('class', tos),
    ...(destination && destination.length > 0 ? { destination } : {}),
    ...(from && from.length > 0 ? { from: masked(from) } : {}),
    ...(source === undefined ? {} : { source }),
    ...(metric === undefined ? {} : { metric }),
    ...(device === undefined ? {} : { interfaceIndex: lookup.link(device) }),
    ...(via === undefined ? {} : { via }),
    flags: onlink ? RTNH_F_ONLINK : 0,
    ...(encapsulation ? { encapsulation: wrapping(encapsulation) } : {}),
    ...(realms ? { realms: realmsOf(realms, lookup) } : {}),
    ...(preference === undefined
      ? {}
      : { preference: typeof preference === 'number' ? preference : PREFERENCES[preference] }),
    ...(expires === undefined ? {} : { expires: toSeconds(expires) }),
    ...(ttlPropagate === undefined ? {} : { ttlPropagate }),
    ...(metrics ? { metrics } : {}),
    ...(nexthops.length > 0 ? { nexthops: nexthops.map((hop) => nexthopOf(hop, lookup)) } : {}),
  });
}

/** IPv6 ignores what is beyond the length, and tells the prefix without it; IPv4 refuses it. */
function masked(prefix: IpPrefix): IpPrefix {
  const bytes = ipToBytes(prefix.address);
  if (bytes.length === 4) return prefix;
  for (let i = 0; i < bytes.length; i++) {
    const host = 0xff >> Math.min(8, Math.max(0, prefix.length - i * 8));
    bytes[i] = (bytes[i] ?? 0) & ~host;
  }
  return { address: ipFromBytes(bytes), length: prefix.length };
}

const nexthopOf = (hop: Nexthop, lookup: Lookup): RouteNexthop => ({
  ...(hop.via === undefined ? {} : { via: hop.via }),
  ...(hop.device === undefined ? {} : { interfaceIndex: lookup.link(hop.device) }),
  weight: hop.weight ?? 1,
  flags: hop.onlink ? RTNH_F_ONLINK : 0,
  ...(hop.realms ? { realms: realmsOf(hop.realms, lookup) } : {}),
  ...(hop.encapsulation ? { encapsulation: wrapping(hop.encapsulation) } : {}),
});

const realmsOf = ({ source, destination }: Realms, lookup: Lookup): number =>
  (source === undefined ? 0 : lookup.id('realm', source)) * 0x1_0000 + lookup.id('realm', destination);

function wrapping(encapsulation: Encapsulation): RouteEncapsulation {
  if (encapsulation.kind === 'mpls') return encapsulation;
  if (encapsulation.kind === 'ila') {
    const digits = encapsulation.locator.split(':').map((part) => part.padStart(4, '0'));
    return { kind: 'ila', locator: String(BigInt(`0x${digits.join('')}`)) };
  }
  const { id, ...rest } = encapsulation;
  return { ...rest, ...(id === undefined ? {} : { id: String(id) }) };
}

function metricsOf(settings: RouteSettings): RouteMetrics | undefined {
  const { mtu, window, rtt, rttvar, ssthresh, cwnd, advmss, reordering, rtoMin, congestionControl } =
    settings;
  const { hopLimit, initcwnd, initrwnd, features, quickack, fastopenNoCookie } = settings;
  const lockable = { mtu, rtt, rttvar, ssthresh, cwnd, advmss, reordering, rtoMin };
  const plain = {
    window,
    hopLimit,
    initcwnd,
    initrwnd,
    features: features === 'ecn' ? 1 : undefined,
    quickack: quickack === undefined ? undefined : Number(quickack),
    fastopenNoCookie: fastopenNoCookie === undefined ? undefined : Number(fastopenNoCookie),
  };
  let locked = congestionControl?.locked ? 2 ** RTAX.congestionControl : 0;
  const values: [number, number][] = [];
  for (const [key, metric] of Object.entries(RTAX)) {
    const simple = (plain as Readonly<Record<string, number | undefined>>)[key];
    const found = lockable[key as keyof typeof lockable];
    if (simple !== undefined) values.push([metric, simple]);
    if (!found) continue;
    values.push([metric, found.value]);
    if (found.locked) locked += 2 ** metric;
  }
  if (values.length === 0 && !congestionControl) return undefined;
  const name = congestionControl ? { congestionControl: congestionControl.name } : {};
  return { values, ...name, locked };
}

const ACTIONS: Readonly<Record<RuleAction['kind'], number>> = {
  table: FR_ACT_TO_TBL,
  l3mdev: FR_ACT_TO_TBL,
  goto: FR_ACT_GOTO,
  nop: FR_ACT_NOP,
  blackhole: FR_ACT_BLACKHOLE,
  unreachable: FR_ACT_UNREACHABLE,
  prohibit: FR_ACT_PROHIBIT,
};

export function resolveRule(settings: RuleSettings, inventory: Inventory): Resolved<Rule> {
  const lookup = new Lookup(inventory);
  const { family, action, not, from, to, preference, tos, fwmark, realms, tunnelId, userRange } = settings;
  const { inputInterface, outputInterface, protocol, ipProtocol, sourcePorts, destinationPorts } = settings;
  const { suppressPrefixLength, suppressInterfaceGroup, noTrack } = settings;
  const ruleProtocol = noTrack ? protocol : KEEPALIVED_PROTOCOL;
  return lookup.settle<Rule>({
    family,
    action: ACTIONS[action.kind],
    table: action.kind === 'table' ? lookup.id('table', action.table) : 0,
    invert: not,
    tos: tos === undefined ? 0 : lookup.id('class', tos),
    ...selector('from', from),
    ...selector('to', to),
    ...(preference === undefined ? {} : { priority: preference }),
    ...(inputInterface === undefined ? {} : { inputInterface }),
    ...(outputInterface === undefined ? {} : { outputInterface }),
    ...(fwmark ? { fwmark: fwmark.mark } : {}),
    ...(fwmark?.mask === undefined ? {} : { fwmask: fwmark.mask }),
    ...(realms ? { realms: realmsOf(realms, lookup) } : {}),
    ...(tunnelId === undefined ? {} : { tunnelId }),
    ...(userRange ? { userRange } : {}),
    ...(action.kind === 'l3mdev' ? { l3mdev: true as const } : {}),
    ...(ruleProtocol === undefined ? {} : { protocol: lookup.id('protocol', ruleProtocol) }),
    ...(ipProtocol === undefined ? {} : { ipProtocol: lookup.id('protocol', ipProtocol) }),
    ...(sourcePorts ? { sourcePorts } : {}),
    ...(destinationPorts ? { destinationPorts } : {}),
    ...(action.kind === 'goto' ? { goto: action.target } : {}),
    ...(suppressPrefixLength === undefined ? {} : { suppressPrefixLength }),
    ...(suppressInterfaceGroup === undefined
      ? {}
      : { suppressInterfaceGroup: lookup.id('group', suppressInterfaceGroup) }),
  });
}

/** Everything is what is not said. */
const selector = (key: 'from' | 'to', prefix: IpPrefix | 'default' | undefined) =>
  prefix === undefined || prefix === 'default' || prefix.length === 0 ? {} : { [key]: prefix };

/** The interfaces that a route or rule names, for those who watch them. */
export const interfacesOfRoute = ({ device, nexthops }: RouteSettings): string[] =>
  [device, ...nexthops.map((hop) => hop.device)].filter((name) => name !== undefined);
export const interfacesOfRule = ({ inputInterface, outputInterface }: RuleSettings): string[] =>
  [inputInterface, outputInterface].filter((name) => name !== undefined);
