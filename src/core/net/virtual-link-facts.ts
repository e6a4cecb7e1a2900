/**
 * What the engine wants of interfaces that it makes itself, as plain data, and what is to be done about one: wanted
 * minus observed (DESIGN rule 7). A macvlan in private mode carries a virtual MAC address; an ipvlan shares the
 * address of its parent. Directives-vrrp section 1.4. How the kernel is asked is decided in virtual-links.ts.
 */
import type { Family } from '../../base/ip-address.js';
import type { MacAddress } from '../../base/mac-address.js';
import type { Failure } from '../inputs.js';
import type { LinkFacts } from './facts.js';

export type VirtualLinkIdentity =
  | { readonly kind: 'macvlan'; readonly mac: MacAddress }
  | {
      readonly kind: 'ipvlan';
      readonly isolation: 'bridge' | 'private' | 'vepa';
      readonly virtualRouterId: number;
    };

/** One interface as it shall stand in the kernel. */
export interface WantedLink {
  readonly name: string;
  readonly identity: VirtualLinkIdentity;
  /** Index of the interface underneath. */
  readonly parent: number;
  /** Whose addresses it is for: that family's settings are made on it. */
  readonly family: Family;
  readonly group: number;
  /** Index of the VRF of the interface underneath. */
  readonly master?: number;
  /** The remark that marks it as ours. */
  readonly alias: string;
}

export type LinkOperation =
  /** Makes it, sets it up, brings it up. */
  | { readonly operation: 'create'; readonly link: WantedLink }
  /** Sets up one that is there, and brings it up. */
  | { readonly operation: 'adopt'; readonly link: WantedLink }
  | { readonly operation: 'delete'; readonly index: number; readonly name: string }
  /** Has the kernel tell everybody of an interface whose flags changed unsaid (`netlink_notify_msg`). */
  | { readonly operation: 'touch'; readonly index: number; readonly name: string; readonly group: number };

export interface LinkResult {
  readonly operation: LinkOperation;
  readonly error?: Failure;
}

/** Whether `link` stands on `base`: where that is a macvlan or ipvlan itself, the kernel puts it on the same parent. */
export function standsOn(link: LinkFacts, base: LinkFacts): boolean {
  if (link.parent === undefined || link.parentElsewhere) return false;
  return link.parent === base.index || (isVirtualKind(base) && link.parent === base.parent);
}

export const isVirtualKind = ({ kind }: LinkFacts): boolean => kind === 'macvlan' || kind === 'ipvlan';

/**
 * Whether `link` is what an identity on that base describes; of ipvlans, which all look alike, only the one of this
 * name.
 */
export function matches(
  link: LinkFacts,
  identity: VirtualLinkIdentity,
  base: LinkFacts,
  name: string | undefined,
): boolean {
  if (link.kind !== identity.kind || !standsOn(link, base)) return false;
  if (identity.kind === 'macvlan') return link.macvlanMode === 'private' && link.mac === identity.mac;
  return link.ipvlanMode === 'l2' && link.ipvlanIsolation === identity.isolation && link.name === name;
}

/**
 * What to do about one wanted link that was not set up in this life. `found` is a link that matches, `named` one that
 * does not and has its name.
 */
export function planLink(
  wanted: WantedLink,
  found: LinkFacts | undefined,
  named: LinkFacts | undefined,
): LinkOperation[] {
  if (found) return [{ operation: 'adopt', link: wanted }];
  const removal: LinkOperation[] =
    named && isVirtualKind(named) ? [{ operation: 'delete', index: named.index, name: named.name }] : [];
  return [...removal, { operation: 'create', link: wanted }];
}

/** Bytes of a name of an interface (IFNAMSIZ without its final NUL). */
const LONGEST_NAME = 15;

/**
 * `PREFIX.VRID`, for IPv6 then `PREFIX6.VRID`, then `PREFIX1.VRID` and so on: the first that is free. A long prefix
 * is cut.
 */
export function generatedName(
  prefix: string,
  virtualRouterId: number,
  family: Family,
  isTaken: (name: string) => boolean,
): string {
  for (let attempt = 0; ; attempt++) {
    const tail = `${attempt === 0 ? '' : numberOf(attempt, family)}.${virtualRouterId}`;
    const name = `${prefix.slice(0, LONGEST_NAME - tail.length)}${tail}`;
    if (!isTaken(name)) return name;
  }
}

/** IPv6: 6, 1, 2, 3, 4, 5, 7, 8 ...; IPv4: 1, 2, 3 ... */
function numberOf(attempt: number, family: Family): number {
  if (family === 'ipv4') return attempt;
  if (attempt === 1) return 6;
  return attempt - 1 < 6 ? attempt - 1 : attempt;
}
