/**
 * What the kernel must be told so that a virtual MAC works: which settings on it and on the interface underneath, and
 * what it shall not send by itself. Directives-vrrp section 1.4, "Side effects of VMACs". What is set on the interface
 * when it is made, and goes with it, is the host's (WantedLink.family).
 */

import type { GlobalSettings } from '../../config/model-globals.js';
import type { Outbox } from '../outbox.js';
import type { Addresses } from './addresses.js';
import type { LinkFacts } from './facts.js';
import type { Firewall } from './firewall.js';
import type { Inventory } from './inventory.js';
import { LinkAddress } from './link-address.js';
import { ReversePath } from './reverse-path.js';
import { interfaceSysctl, type Sysctls, type WantedSysctl } from './sysctls.js';
import type { LinkWish, VirtualLinkAudience } from './virtual-links.js';

const IGMP_REPORTS = 'ipv4/igmp_link_local_mcast_reports';

/** What it works with. */
export interface CareWith {
  readonly inventory: Inventory;
  readonly sysctls: Sysctls;
  readonly firewall: Firewall;
  readonly addresses: Addresses;
  readonly outbox: Outbox;
}

export class VirtualLinkCare implements VirtualLinkAudience {
  readonly #reversePath: ReversePath;
  /** By key of the wish: the name that is exempt from the reverse path filter. */
  readonly #exempt = new Map<string, string>();
  readonly #addresses = new Map<string, LinkAddress>();
  /** `disable_local_igmp`: of the groups of one's own link the kernel reports none, so nothing need be stopped. */
  #leavesIgmp = false;

  constructor(
    readonly parts: CareWith,
    /** Told of every owner whose interface changed. */
    readonly toEvaluate: (owner: string) => void,
  ) {
    this.#reversePath = new ReversePath(parts.inventory, parts.sysctls);
  }

  configure({ disableLocalIgmp }: Pick<GlobalSettings, 'disableLocalIgmp'>): void {
    this.#leavesIgmp = disableLocalIgmp ?? false;
    this.parts.sysctls.want(
      'disable_local_igmp',
      this.#leavesIgmp ? [{ operation: 'set', name: IGMP_REPORTS, value: 0 }] : [],
    );
  }

  changed(owners: Iterable<string>): void {
    for (const owner of owners) this.toEvaluate(owner);
  }

  /** It is there, or something of it changed. */
  appeared(wish: LinkWish, link: LinkFacts, base: LinkFacts): void {
    const owner = ownerOf(wish);
    this.parts.sysctls.want(owner, settingsOf(wish, link, base));
    this.#address(wish, link);
    if (wish.identity.kind !== 'macvlan') return;
    if (wish.family === 'ipv4') {
      this.#exempt.set(wish.key, link.name);
      this.#reversePath.exempt(link.name);
    }
    if (wish.family === 'ipv4' && this.#leavesIgmp) this.parts.firewall.want(owner, undefined);
    else
      this.parts.firewall.want(owner, {
        kind: 'virtual-mac',
        family: wish.family,
        interfaceIndex: link.index,
        interfaceName: link.name,
        parentIndex: base.index,
      });
  }

  #address({ key, address }: LinkWish, { name }: LinkFacts): void {
    if (!address) return;
    const settings = { address: address.address, prefixLength: address.length };
    const { addresses, outbox } = this.parts;
    let held = this.#addresses.get(key);
    if (held?.device !== name) held = new LinkAddress(name, name, settings, addresses, outbox);
    this.#addresses.set(key, held);
    held.claimWaiting();
  }

  gone(wish: LinkWish): void {
    const owner = ownerOf(wish);
    this.#addresses.get(wish.key)?.release();
    this.#addresses.delete(wish.key);
    this.parts.sysctls.want(owner, []);
    this.parts.firewall.want(owner, undefined);
    const exempt = this.#exempt.get(wish.key);
    this.#exempt.delete(wish.key);
    if (exempt !== undefined) this.#reversePath.release(exempt);
  }
}

const ownerOf = ({ key }: LinkWish): string => `virtual interface ${key}`;

function settingsOf({ family, identity }: LinkWish, link: LinkFacts, base: LinkFacts): WantedSysctl[] {
  const set = (name: string, value: number): WantedSysctl => ({ operation: 'set', name, value });
  // Of IPv6 there is on it what the instance puts there, and nothing else (RFC 9568 section 7.4).
  const ipv6 =
    family === 'ipv6'
      ? [
          set(interfaceSysctl('ipv6', link.name, 'disable_ipv6'), 0),
          set(interfaceSysctl('ipv6', link.name, 'accept_ra'), 0),
        ]
      : [set(interfaceSysctl('ipv6', link.name, 'disable_ipv6'), 1)];
  if (family === 'ipv6' || identity.kind !== 'macvlan') return ipv6;
  // The interface underneath answers neither for our addresses nor over the virtual MAC for its own, and when it asks
  // for a neighbour it does not do so in the name of our addresses: neighbours would learn its MAC for them.
  return [
    ...ipv6,
    set(interfaceSysctl('ipv4', base.name, 'arp_ignore'), 1),
    set(interfaceSysctl('ipv4', base.name, 'arp_filter'), 1),
    set(interfaceSysctl('ipv4', base.name, 'arp_announce'), 2),
  ];
}
