/**
 * Addresses, routes and rules as configured, of instances and static ones. Numbers stand as rtnetlink has them;
 * names of tables and the like are kept as text, as only the machine knows them. (directives-vrrp sections 6 to 8)
 */
import type { Family, IpAddress, IpPrefix } from '../base/ip-address.js';
import type { Duration } from '../base/time.js';

/** `virtual_ipaddress` and `static_ipaddress` lines (directives-vrrp section 6). */
export interface AddressSettings {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Without one: the instance's interface. */
  readonly device?: string;
  /** Number as in rtnetlink: 0 global, 200 site, 253 link, 254 host, 255 nowhere. */
  readonly scope?: number;
  readonly broadcast?: IpAddress | '+' | '-';
  readonly label?: string;
  readonly peer?: { readonly address: IpAddress; readonly length: number };
  readonly noTrack?: boolean;
  readonly home?: boolean;
  readonly noDad?: boolean;
  readonly manageTemporary?: boolean;
  readonly noPrefixRoute?: boolean;
  readonly autoJoin?: boolean;
  readonly preferredLifetime?: Duration | 'forever';
  /** On a virtual MAC interface of its own. */
  readonly useVmac?: boolean;
  readonly trackGroup?: string;
}

/** A number, or a name that the machine knows. */
export type Id = number | string;

export interface Realms {
  readonly source?: Id;
  readonly destination: Id;
}

/** A metric of a route; a locked one is not changed by what the kernel learns. */
export interface RouteMetric {
  readonly value: number;
  readonly locked: boolean;
}

export type Encapsulation =
  | {
      readonly kind: 'ip' | 'ip6';
      readonly id?: number;
      readonly destination?: IpAddress;
      readonly source?: IpAddress;
      /** `tos`, or `tc` with ip6. */
      readonly trafficClass?: number;
      /** `ttl`, or `hoplimit` with ip6. */
      readonly hopLimit?: number;
      readonly flags?: number;
    }
  | { readonly kind: 'mpls'; readonly labels: readonly number[] }
  | { readonly kind: 'ila'; readonly locator: string };

export interface Nexthop {
  readonly via?: IpAddress;
  readonly device?: string;
  /** 1..256 */
  readonly weight?: number;
  readonly onlink?: boolean;
  readonly realms?: Realms;
  readonly encapsulation?: Encapsulation;
}

export const ROUTE_TYPES = [
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
] as const;
export type RouteType = (typeof ROUTE_TYPES)[number];

/** Options of a route that take one value, absent where nothing is said. */
export interface RouteOptions {
  readonly source?: IpAddress;
  readonly from?: IpPrefix;
  readonly device?: string;
  readonly table?: Id;
  readonly vrf?: string;
  readonly tos?: Id;
  readonly protocol?: Id;
  readonly scope?: Id;
  readonly metric?: number;
  readonly mtu?: RouteMetric;
  readonly advmss?: RouteMetric;
  readonly reordering?: RouteMetric;
  readonly cwnd?: RouteMetric;
  readonly ssthresh?: RouteMetric;
  /** In eighths of a millisecond. */
  readonly rtt?: RouteMetric;
  /** In quarters of a millisecond. */
  readonly rttvar?: RouteMetric;
  /** In milliseconds. */
  readonly rtoMin?: RouteMetric;
  readonly hopLimit?: number;
  readonly window?: number;
  readonly initcwnd?: number;
  readonly initrwnd?: number;
  readonly features?: 'ecn';
  readonly quickack?: boolean;
  readonly fastopenNoCookie?: boolean;
  readonly congestionControl?: { readonly name: string; readonly locked: boolean };
  readonly realms?: Realms;
  readonly expires?: Duration;
  readonly preference?: 'low' | 'medium' | 'high' | number;
  readonly ttlPropagate?: boolean;
  readonly trackGroup?: string;
}

export interface RouteSettings extends RouteOptions {
  readonly family: Family;
  readonly type: RouteType | number;
  readonly destination: IpPrefix | 'default';
  /** Of the other family where `via inet6` says so. */
  readonly via?: IpAddress;
  readonly onlink?: boolean;
  /** How it enters among equal ones; prepend replaces the first. */
  readonly placement: 'add' | 'prepend' | 'append';
  readonly noTrack: boolean;
  readonly encapsulation?: Encapsulation;
  readonly nexthops: readonly Nexthop[];
}

export type RuleAction =
  | { readonly kind: 'table'; readonly table: Id }
  | { readonly kind: 'goto'; readonly target: number }
  | { readonly kind: 'l3mdev' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit' };

export interface RuleOptions {
  readonly preference?: number;
  readonly tos?: Id;
  readonly fwmark?: { readonly mark: number; readonly mask?: number };
  readonly realms?: Realms;
  readonly suppressPrefixLength?: number;
  readonly suppressInterfaceGroup?: Id;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  /** Up to 64 bits, in decimal. */
  readonly tunnelId?: string;
  readonly userRange?: NumberRange;
  readonly protocol?: Id;
  readonly ipProtocol?: Id;
  readonly sourcePorts?: NumberRange;
  readonly destinationPorts?: NumberRange;
  readonly trackGroup?: string;
}

export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

export interface RuleSettings extends RuleOptions {
  readonly family: Family;
  readonly not: boolean;
  readonly from?: IpPrefix | 'default';
  readonly to?: IpPrefix | 'default';
  readonly action: RuleAction;
  readonly noTrack: boolean;
}

/** What no instance moves: set at the start, removed at the end. */
export interface StaticSettings {
  readonly addresses: readonly AddressSettings[];
  readonly routes: readonly RouteSettings[];
  readonly rules: readonly RuleSettings[];
  /** Instances that watch what carries the name of the group. */
  readonly trackGroups: readonly { readonly name: string; readonly members: readonly string[] }[];
}
