/**
 * What the engine wants of the firewall, as plain data and in its own words: which traffic is stopped, not by which
 * rules. How nftables or iptables says it is decided in host/firewall. Runtime reference section 11.
 */
import type { Family, IpAddress } from '../../base/ip-address.js';

export type FirewallEntry =
  /** `no_accept`: nothing to or from this address comes in or goes out; neighbour discovery does. */
  | { readonly kind: 'address'; readonly address: IpAddress }
  /** The same for a link-local address, which means something on one interface only. */
  | {
      readonly kind: 'link-local';
      readonly address: IpAddress;
      readonly interfaceIndex: number;
      readonly interfaceName: string;
      /** By its name rather than its number, which changes when the interface is made anew. */
      readonly byName: boolean;
    }
  /**
   * What the kernel sends by itself on a virtual MAC: group memberships go out through the interface underneath
   * instead, router solicitations not at all. The link-local address of the parent does not stand on it, so the kernel
   * advertises that one nowhere else.
   */
  | {
      readonly kind: 'virtual-mac';
      readonly family: Family;
      readonly interfaceIndex: number;
      readonly interfaceName: string;
      readonly parentIndex: number;
    };

/** Where the rules stand. */
export interface FirewallPlace {
  /** Name of our nftables tables, one for each family; nobody else may use it. */
  readonly table: string;
  /** Of the chains: the kernel runs lower ones first. */
  readonly priority: number;
  readonly counters: boolean;
  /** Sets of link-local addresses name interfaces by number even where a name would live longer. */
  readonly byIndex: boolean;
  /** iptables is preferred, in these chains, where there is a true one. */
  readonly iptables?: { readonly input: string; readonly output?: string };
  /** Names of the sets for iptables, IPv4 first; empty: no sets. */
  readonly ipsets: readonly string[];
}

export interface FirewallOperation {
  readonly operation: 'add' | 'delete';
  readonly entry: FirewallEntry;
}

export type FirewallKey = string;

/** Entries with the same key are the same thing to the firewall. */
export function firewallKey(entry: FirewallEntry): FirewallKey {
  switch (entry.kind) {
    case 'address':
      return entry.address;
    case 'link-local':
      return `${entry.address} ${entry.byName ? entry.interfaceName : entry.interfaceIndex}`;
    case 'virtual-mac':
      return `mac ${entry.family} ${entry.interfaceIndex} ${entry.parentIndex}`;
  }
}

/**
 * Wanted minus observed, looked at only where something changed: what is no longer wanted goes first. Planning again
 * after the operations were applied gives nothing. (DESIGN rules 7 and 10)
 */
export function planFirewall(
  wanted: ReadonlyMap<FirewallKey, FirewallEntry>,
  observed: ReadonlyMap<FirewallKey, FirewallEntry>,
  changed: Iterable<FirewallKey>,
): FirewallOperation[] {
  const gone: FirewallOperation[] = [];
  const come: FirewallOperation[] = [];
  for (const key of changed) {
    const wish = wanted.get(key);
    const there = observed.get(key);
    if (there && !wish) gone.push({ operation: 'delete', entry: there });
    else if (wish && !there) come.push({ operation: 'add', entry: wish });
  }
  return [...gone, ...come];
}
