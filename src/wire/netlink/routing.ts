/**
 * Routes and rules of policy routing as rtnetlink has them, as plain data: what is asked for and what is told has the
 * same shape. Which are wanted is decided in core/net; how the bytes look is in rtnl-route.ts and rtnl-rule.ts.
 * linux/rtnetlink.h, linux/fib_rules.h, linux/lwtunnel.h.
 */
import type { Family, IpAddress, IpPrefix } from '../../base/ip-address.js';

/** What a packet is wrapped in. Absent parts: the kernel's own choice. */
export type RouteEncapsulation =
  | {
      readonly kind: 'ip' | 'ip6';
      /** 0..2^64-1, decimal. */
      readonly id?: string;
      readonly destination?: IpAddress;
      readonly source?: IpAddress;
      readonly trafficClass?: number;
      readonly hopLimit?: number;
      /** 16 bits, in the byte order of the machine. */
      readonly flags?: number;
    }
  /** Outermost first, 0..1048575 each. */
  | { readonly kind: 'mpls'; readonly labels: readonly number[] }
  /** The upper half of an IPv6 address: 0..2^64-1, decimal. */
  | { readonly kind: 'ila'; readonly locator: string };

export interface RouteNexthop {
  /** May be of the other family. */
  readonly via?: IpAddress;
  /** Absent: the kernel looks for the interface itself. */
  readonly interfaceIndex?: number;
  /** 1..256 */
  readonly weight: number;
  /** RTNH_F_*: 1 dead, 4 onlink, 16 without carrier. */
  readonly flags: number;
  /** Source realm << 16 | destination realm. */
  readonly realms?: number;
  readonly encapsulation?: RouteEncapsulation;
}

export interface RouteMetrics {
  /** RTAX_* and value, ascending. */
  readonly values: readonly (readonly [metric: number, value: number])[];
  readonly congestionControl?: string;
  /** Bit 1 << RTAX_*: the kernel does not change it by what it learns. */
  readonly locked: number;
}

export interface Route {
  readonly family: Family;
  /** RTN_*: 1 unicast, 2 local, 6 blackhole ... */
  readonly type: number;
  readonly table: number;
  /** RTPROT_*: 18 is Keepalived. */
  readonly protocol: number;
  readonly scope: number;
  readonly tos: number;
  /** Absent: the default route. */
  readonly destination?: IpPrefix;
  /** IPv6: only packets from there. */
  readonly from?: IpPrefix;
  /** Preferred source address. */
  readonly source?: IpAddress;
  readonly metric?: number;
  readonly interfaceIndex?: number;
  /** May be of the other family. */
  readonly via?: IpAddress;
  /** RTNH_F_* and RTM_F_*. */
  readonly flags: number;
  readonly encapsulation?: RouteEncapsulation;
  readonly realms?: number;
  /** IPv6 router preference as RFC 4191 numbers it: 0 medium, 1 high, 3 low. */
  readonly preference?: number;
  /** Seconds that are left. */
  readonly expires?: number;
  readonly ttlPropagate?: boolean;
  readonly metrics?: RouteMetrics;
  /** Several ways; then `via`, `interfaceIndex` and `encapsulation` are theirs. */
  readonly nexthops?: readonly RouteNexthop[];
}

export interface RuleRange {
  readonly low: number;
  readonly high: number;
}

export interface Rule {
  readonly family: Family;
  /** FR_ACT_*: 1 to a table, 2 goto, 3 nothing, 6 blackhole, 7 unreachable, 8 prohibit. */
  readonly action: number;
  /** 0 where the action has none. */
  readonly table: number;
  readonly invert: boolean;
  readonly tos: number;
  readonly from?: IpPrefix;
  readonly to?: IpPrefix;
  readonly priority?: number;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly fwmark?: number;
  readonly fwmask?: number;
  readonly realms?: number;
  /** 1..2^64-1, decimal. */
  readonly tunnelId?: string;
  readonly userRange?: RuleRange;
  /** The table of the VRF that the packet's interface belongs to. */
  readonly l3mdev?: true;
  readonly protocol?: number;
  readonly ipProtocol?: number;
  readonly sourcePorts?: RuleRange;
  readonly destinationPorts?: RuleRange;
  /** Priority of the rule to go on with. */
  readonly goto?: number;
  readonly suppressPrefixLength?: number;
  readonly suppressInterfaceGroup?: number;
}

export const AF_INET = 2;
export const AF_INET6 = 10;
export const familyNumber = (family: Family): number => (family === 'ipv4' ? AF_INET : AF_INET6);
export const familyOfNumber = (number: number): Family | undefined =>
  number === AF_INET ? 'ipv4' : number === AF_INET6 ? 'ipv6' : undefined;
