/**
 * Two instances with one virtual router id on what is in truth one network: the configuration names two interfaces,
 * but one stands on the other, or both on a third (macvlan). Whoever was there first has the id; the other is in FAULT
 * until it is free. What is one network is decided by links as they are now. Directives-vrrp 1.1; runtime section 7.
 */
import type { Family, IpAddress } from '../../base/ip-address.js';
import type { Inventory } from '../net/inventory.js';
import { underneath } from '../net/link-states.js';

/** What is read of an instance. */
export interface HasVirtualRouterId {
  readonly name: string;
  readonly family: Family;
  readonly virtualRouterId: number;
  /** Undefined for unicast: there the peers keep two apart. */
  readonly multicastGroup: IpAddress | undefined;
}

export class VirtualRouterIds {
  readonly #claims = new Map<string, HasVirtualRouterId[]>();
  readonly #keys = new Map<HasVirtualRouterId, string>();

  /** `freed` is told who may look again, because an id that it waited for is free. */
  constructor(
    readonly inventory: Inventory,
    readonly freed: (waiting: HasVirtualRouterId) => void,
  ) {}

  /** Says where an instance stands now, undefined for nowhere; returns who has its id there already. */
  claim(instance: HasVirtualRouterId, interfaceIndex: number | undefined): HasVirtualRouterId | undefined {
    const key = this.#keyOf(instance, interfaceIndex);
    const before = this.#keys.get(instance);
    if (before !== key) {
      if (before !== undefined) this.#leave(instance, before);
      if (key !== undefined) {
        this.#keys.set(instance, key);
        const claims = this.#claims.get(key);
        if (claims) claims.push(instance);
        else this.#claims.set(key, [instance]);
      }
    }
    const first = key === undefined ? undefined : this.#claims.get(key)?.[0];
    return first === instance ? undefined : first;
  }

  #leave(instance: HasVirtualRouterId, key: string): void {
    this.#keys.delete(instance);
    const claims = this.#claims.get(key) ?? [];
    const wasFirst = claims[0] === instance;
    const rest = claims.filter((other) => other !== instance);
    if (rest.length === 0) this.#claims.delete(key);
    else this.#claims.set(key, rest);
    const [next] = rest;
    if (wasFirst && next) this.freed(next);
  }

  #keyOf(
    { family, virtualRouterId, multicastGroup }: HasVirtualRouterId,
    interfaceIndex: number | undefined,
  ): string | undefined {
    if (interfaceIndex === undefined || multicastGroup === undefined) return undefined;
    const link = this.inventory.link(interfaceIndex);
    const base = (link && underneath(link, this.inventory)) ?? link;
    return base && `${base.index}/${family}/${virtualRouterId}/${multicastGroup}`;
  }
}
