/**
 * Wanted minus observed, as ordered operations (DESIGN rule 7): what is ours and not wanted goes first, then what
 * is wanted and not there comes, in the order in which it is wanted. Pure; planning again after the operations
 * were applied gives nothing.
 */
import { familyOf } from '../../base/ip-address.js';
import {
  IFA_F_HOMEADDRESS,
  IFA_F_MANAGETEMPADDR,
  IFA_F_MCAUTOJOIN,
  IFA_F_NOPREFIXROUTE,
} from '../../wire/netlink/rtnl-address.js';
import {
  type AddressFacts,
  type AddressOperation,
  HOLDFAST_PROTOCOL,
  HOLDFAST_STATIC_PROTOCOL,
  type WantedAddress,
} from './facts.js';
import { type AddressKey, keyOf } from './inventory.js';

/** Flags that somebody chose, as against those in which the kernel tells how an address is. */
const CHOSEN_FLAGS = IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;

/**
 * Whether what stands in the kernel is what is wanted. What the wish leaves open may be anything; the scope of an
 * IPv6 address is the kernel's own conclusion.
 */
export function satisfies(facts: AddressFacts, wanted: WantedAddress): boolean {
  return (
    keyOf(facts) === keyOf(wanted) &&
    (facts.family === 'ipv6' || facts.scope === wanted.scope) &&
    (facts.flags & CHOSEN_FLAGS) === ((wanted.flags ?? 0) & CHOSEN_FLAGS) &&
    facts.peer === wanted.peer &&
    (wanted.broadcast === undefined || facts.broadcast === wanted.broadcast) &&
    (wanted.label === undefined || facts.label === wanted.label)
  );
}

/** `ours` says which observed addresses may be deleted when nobody wants them as they are. */
export function planAddresses(
  wanted: readonly WantedAddress[],
  observed: Iterable<AddressFacts>,
  ours: (facts: AddressFacts) => boolean,
): AddressOperation[] {
  const wishes = new Map<AddressKey, WantedAddress>();
  for (const wish of wanted) if (!wishes.has(keyOf(wish))) wishes.set(keyOf(wish), wish);
  const operations: AddressOperation[] = [];
  for (const facts of observed) {
    const wish = wishes.get(keyOf(facts));
    if (wish && satisfies(facts, wish)) wishes.delete(keyOf(facts));
    // A wish for an address that stands there in another form needs the old one out of the way, whose ever it is.
    else if (wish || ours(facts)) operations.push({ operation: 'delete', address: asWanted(facts) });
  }
  for (const wish of wishes.values()) operations.push({ operation: 'add', address: wish });
  return operations;
}

/** The address of a fact, as an operation names it. */
export const asWanted = (facts: AddressFacts): WantedAddress => ({
  interfaceIndex: facts.interfaceIndex,
  address: facts.address,
  prefixLength: facts.prefixLength,
  scope: facts.scope,
  ...(facts.broadcast === undefined ? {} : { broadcast: facts.broadcast }),
  ...(facts.label === undefined ? {} : { label: facts.label }),
  ...(facts.peer === undefined ? {} : { peer: facts.peer }),
});

/** What the kernel will report once `wanted` was added, with the mark that it carries. */
export const asFacts = (wanted: WantedAddress): AddressFacts => ({
  interfaceIndex: wanted.interfaceIndex,
  family: familyOf(wanted.address),
  address: wanted.address,
  prefixLength: wanted.prefixLength,
  scope: wanted.scope,
  flags: wanted.flags ?? 0,
  protocol: wanted.protocol ?? HOLDFAST_PROTOCOL,
  ...(wanted.broadcast === undefined ? {} : { broadcast: wanted.broadcast }),
  ...(wanted.label === undefined ? {} : { label: wanted.label }),
  ...(wanted.peer === undefined ? {} : { peer: wanted.peer }),
});

/** That we set it, in this life or in another one. */
export const bearsOurMark = ({ protocol }: AddressFacts): boolean =>
  protocol === HOLDFAST_PROTOCOL || protocol === HOLDFAST_STATIC_PROTOCOL;
