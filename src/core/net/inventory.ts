/**
 * What the kernel told us of links and addresses, by index and by name. It only remembers and says what an input
 * changed; what a change means for an instance is decided elsewhere. DESIGN rule 7.
 */
import { type Family, type IpAddress, isLinkLocal } from '../../base/ip-address.js';
import { type AddressFacts, HOLDFAST_PROTOCOL, type LinkFacts } from './facts.js';

/** Of linux/if_addr.h; an optimistic address may be used while it is tentative (RFC 4429). */
const IFA_F_SECONDARY = 0x01;
const IFA_F_OPTIMISTIC = 0x04;
export const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

export type AddressKey = string;
export const addressKey = (interfaceIndex: number, address: IpAddress, prefixLength: number): AddressKey =>
  `${interfaceIndex}/${address}/${prefixLength}`;
export const keyOf = (facts: Pick<AddressFacts, 'interfaceIndex' | 'address' | 'prefixLength'>): AddressKey =>
  addressKey(facts.interfaceIndex, facts.address, facts.prefixLength);

export type Change =
  /** A name whose link appeared, changed or went. */
  | {
      readonly kind: 'link';
      readonly name: string;
      /** Nothing of that name was there before, or another link was. */
      readonly appeared?: true;
      /** It is the same link, with another hardware address. */
      readonly readdressed?: true;
    }
  | { readonly kind: 'address'; readonly change: 'present' | 'gone'; readonly facts: AddressFacts };

export class Inventory {
  readonly #links = new Map<number, LinkFacts>();
  readonly #indexes = new Map<string, number>();
  readonly #addresses = new Map<number, Map<AddressKey, AddressFacts>>();

  link(index: number): LinkFacts | undefined {
    return this.#links.get(index);
  }
  linkByName(name: string): LinkFacts | undefined {
    const index = this.#indexes.get(name);
    return index === undefined ? undefined : this.#links.get(index);
  }
  address(key: AddressKey): AddressFacts | undefined {
    return this.#addresses.get(Number.parseInt(key, 10))?.get(key);
  }
  allLinks(): Iterable<LinkFacts> {
    return this.#links.values();
  }
  *addressesOf(index: number): Iterable<AddressFacts> {
    yield* this.#addresses.get(index)?.values() ?? [];
  }
  *allAddresses(): Iterable<AddressFacts> {
    for (const held of this.#addresses.values()) yield* held.values();
  }

  linkPresent(link: LinkFacts): Change[] {
    const known = this.#links.get(link.index);
    const changes: Change[] = [];
    this.#links.set(link.index, link);
    this.#indexes.set(link.name, link.index);
    if (known && known.name !== link.name) {
      if (this.#indexes.get(known.name) === link.index) this.#indexes.delete(known.name);
      changes.push({ kind: 'link', name: known.name });
    }
    if (known?.name !== link.name) changes.push({ kind: 'link', name: link.name, appeared: true });
    else if (!sameFacts(known, link))
      changes.push({
        kind: 'link',
        name: link.name,
        ...(known.mac === link.mac ? {} : { readdressed: true }),
      });
    return changes;
  }

  /** Nobody acts on it: it is read when an address is announced. */
  setForwarding(index: number, ipv6: boolean): void {
    const known = this.#links.get(index);
    if (!known) return;
    const { forwardsIpv6: _, ...link } = known;
    this.#links.set(index, ipv6 ? { ...link, forwardsIpv6: true } : link);
  }

  /** The addresses of a link go with it. */
  linkGone(index: number): Change[] {
    const known = this.#links.get(index);
    const changes: Change[] = [];
    for (const facts of this.#addresses.get(index)?.values() ?? []) {
      changes.push({ kind: 'address', change: 'gone', facts });
    }
    this.#addresses.delete(index);
    if (!known) return changes;
    this.#links.delete(index);
    if (this.#indexes.get(known.name) === index) this.#indexes.delete(known.name);
    changes.push({ kind: 'link', name: known.name });
    return changes;
  }

  addressPresent(facts: AddressFacts): Change[] {
    const key = keyOf(facts);
    let held = this.#addresses.get(facts.interfaceIndex);
    if (!held) {
      held = new Map();
      this.#addresses.set(facts.interfaceIndex, held);
    }
    const known = held.get(key);
    held.set(key, facts);
    return known && sameFacts(known, facts) ? [] : [{ kind: 'address', change: 'present', facts }];
  }

  addressGone(facts: AddressFacts): Change[] {
    const held = this.#addresses.get(facts.interfaceIndex);
    return held?.delete(keyOf(facts)) ? [{ kind: 'address', change: 'gone', facts }] : [];
  }

  /** Replaces everything by the whole truth and says what that changed: losses first, then what is there. */
  resync(links: readonly LinkFacts[], addresses: readonly AddressFacts[]): Change[] {
    const changes: Change[] = [];
    const truth = new Set(addresses.map(keyOf));
    for (const facts of [...this.allAddresses()]) {
      if (!truth.has(keyOf(facts))) changes.push(...this.addressGone(facts));
    }
    const indexes = new Set(links.map((link) => link.index));
    for (const index of [...this.#links.keys()]) {
      if (!indexes.has(index)) changes.push(...this.linkGone(index));
    }
    for (const link of links) changes.push(...this.linkPresent(link));
    for (const facts of addresses) changes.push(...this.addressPresent(facts));
    return changes;
  }

  /**
   * The address that adverts of an interface come from unless one is configured: IPv4 the first primary address,
   * IPv6 the link-local one; never one that moves (runtime reference section 8).
   */
  primaryAddress(
    index: number,
    family: Family,
    moves: (address: IpAddress) => boolean,
  ): IpAddress | undefined {
    for (const facts of this.addressesOf(index)) {
      if (facts.family !== family || facts.protocol === HOLDFAST_PROTOCOL || moves(facts.address)) continue;
      if (family === 'ipv4' ? (facts.flags & IFA_F_SECONDARY) === 0 : usableLinkLocal(facts)) {
        return facts.address;
      }
    }
    return undefined;
  }

  /** Whether `address` is on that link; without an index: on any link. */
  holds(address: IpAddress, index?: number): boolean {
    const where = index === undefined ? this.allAddresses() : this.addressesOf(index);
    for (const facts of where) if (facts.address === address) return true;
    return false;
  }
}

const usableLinkLocal = ({ address, flags }: AddressFacts): boolean =>
  isLinkLocal(address) &&
  (flags & IFA_F_DADFAILED) === 0 &&
  ((flags & IFA_F_TENTATIVE) === 0 || (flags & IFA_F_OPTIMISTIC) !== 0);

/** Facts are flat records of primitives. */
function sameFacts<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(a) as (keyof T)[];
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
