/**
 * What the engine knows and wants of addresses, routes and rules in the kernel; pure data. The facts are declared where
 * they are decoded (wire/netlink/facts, wire/netlink/routing); everyone above wire imports them from here.
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { Route, Rule } from '../../wire/netlink/routing.js';
import type { RouteVerb } from '../../wire/netlink/rtnl-route.js';
import type { RuleVerb } from '../../wire/netlink/rtnl-rule.js';

export type { AddressFacts, LinkFacts } from '../../wire/netlink/facts.js';
export type { Route, Rule } from '../../wire/netlink/routing.js';

/** The values of IFA_PROTO on the addresses that we put into the kernel: those that move, and those that do not. */
export const HOLDFAST_PROTOCOL = 0x48;
export const HOLDFAST_STATIC_PROTOCOL = 0x49;
/**
 * RTPROT_KEEPALIVED, on routes and rules that are tracked. It is Keepalived's own, and other programs look for it: so
 * it does not prove that a route is ours.
 */
export const KEEPALIVED_PROTOCOL = 18;

/** One address as it shall stand in the kernel. */
export interface WantedAddress {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly scope: number;
  readonly broadcast?: IpAddress;
  readonly label?: string;
  readonly peer?: IpAddress;
  /** IFA_F_* that were chosen. */
  readonly flags?: number;
  /** IFA_PROTO; absent: HOLDFAST_PROTOCOL. */
  readonly protocol?: number;
  /** Seconds for which IPv6 prefers it as a source; 0: never. Absent: for ever. */
  readonly preferredLifetime?: number;
}

export type AddressOperation =
  | { readonly operation: 'add'; readonly address: WantedAddress }
  | { readonly operation: 'delete'; readonly address: WantedAddress };

/** The kernel's answer to one operation; `errno` is the positive number, absent on success. */
export interface AddressResult {
  readonly operation: AddressOperation;
  readonly errno?: number;
}

export type RoutingOperation =
  | { readonly item: 'route'; readonly verb: RouteVerb; readonly route: Route }
  | { readonly item: 'rule'; readonly verb: RuleVerb; readonly rule: Rule };

/** As AddressResult; `text` is the kernel's own sentence, where it has one. */
export interface RoutingResult {
  readonly operation: RoutingOperation;
  readonly errno?: number;
  readonly text?: string;
}
