/**
 * What the balancer's table shall hold, put together from what each virtual server wants, and which parts of that have
 * changed since they were last planned. A change costs as much as it is large. (DESIGN rules 7 and 10)
 */
import type { RealServer } from './real-server.js';
import {
  type Destination,
  type DestinationKey,
  destinationKeyOf,
  type Service,
  type ServiceKey,
  serviceKeyOf,
} from './table.js';
import type { VirtualServer } from './virtual-server.js';

interface Wanted {
  service: Service;
  /** Virtual servers with this service: one, or several that share a mark, in the order of the text. The first one's settings count. */
  readonly holders: Map<VirtualServer, Map<DestinationKey, Destination>>;
  /** Of all holders. */
  destinations: Map<DestinationKey, Destination>;
}

export class Wishes {
  readonly table = new Map<ServiceKey, Wanted>();
  /** What has to be planned: whole services (undefined) or some of their destinations. */
  changes = new Map<ServiceKey, Set<DestinationKey> | undefined>();
  /** The services in which a virtual server has its servers now. */
  readonly #keys = new Map<VirtualServer, readonly ServiceKey[]>();
  /** Services that several virtual servers have. */
  readonly #shared = new Set<ServiceKey>();

  takeChanges(): Map<ServiceKey, Set<DestinationKey> | undefined> {
    const { changes } = this;
    this.changes = new Map();
    return changes;
  }

  /** It is new, or everything of it may be another: the services themselves, and what they hold. */
  serviceChanged(holder: VirtualServer): void {
    const services = new Map(holder.services.map((service) => [serviceKeyOf(service.identity), service]));
    for (const [key, wish] of this.#holdingsOf(holder))
      if (!services.has(key)) this.#leave(key, wish, holder);
    for (const [key, service] of services) {
      const wish = this.table.get(key) ?? { service, holders: new Map(), destinations: new Map() };
      this.table.set(key, wish);
      if (!wish.holders.has(holder)) {
        wish.holders.set(holder, new Map());
        if (wish.holders.size > 1) this.#shared.add(key);
      } else if (firstOf(wish.holders) === holder) wish.service = service;
      this.#fill(key, wish, holder);
    }
    this.#keys.set(holder, [...services.keys()]);
  }

  serviceRemoved(holder: VirtualServer): void {
    for (const [key, wish] of this.#holdingsOf(holder)) this.#leave(key, wish, holder);
    this.#keys.delete(holder);
  }

  #holdingsOf(holder: VirtualServer): (readonly [ServiceKey, Wanted])[] {
    return (this.#keys.get(holder) ?? []).flatMap((key) => {
      const wish = this.table.get(key);
      return wish ? [[key, wish] as const] : [];
    });
  }

  #leave(key: ServiceKey, wish: Wanted, holder: VirtualServer): void {
    wish.holders.delete(holder);
    if (wish.holders.size < 2) this.#shared.delete(key);
    const first = firstOf(wish.holders);
    if (!first) this.table.delete(key);
    // Settings of who has left are nobody's any more.
    else this.#lead(key, wish, first);
    this.changes.set(key, undefined);
  }

  #lead(key: ServiceKey, wish: Wanted, first: VirtualServer): void {
    wish.service = first.services.find(({ identity }) => serviceKeyOf(identity) === key) ?? wish.service;
    merge(wish);
  }

  /** All virtual servers in the order of the text, which may be another one after a reload. */
  inOrder(all: readonly VirtualServer[]): void {
    if (this.#shared.size === 0) return;
    const places = new Map(all.map((one, place) => [one, place]));
    const placeOf = (one: VirtualServer): number => places.get(one) ?? places.size;
    for (const key of this.#shared) {
      const wish = this.table.get(key);
      if (!wish) continue;
      const before = [...wish.holders];
      const sorted = [...before].sort(([a], [b]) => placeOf(a) - placeOf(b));
      const [first] = sorted;
      if (!first || sorted.every((one, n) => one === before[n])) continue;
      wish.holders.clear();
      for (const [holder, own] of sorted) wish.holders.set(holder, own);
      this.#lead(key, wish, first[0]);
      this.changes.set(key, undefined);
    }
  }

  /** All destinations of a holder in one of its services. */
  #fill(key: ServiceKey, wish: Wanted, holder: VirtualServer): void {
    const own = new Map<DestinationKey, Destination>();
    const { identity } = wish.service;
    for (const server of holder.servers) {
      const destination =
        holder.wantedWeight(server) === undefined ? undefined : holder.destinationFor(server, identity);
      if (destination) own.set(destinationKeyOf(destination), destination);
    }
    const sorry = holder.wantedSorryWeight === undefined ? undefined : holder.sorryFor(identity);
    // Where it is one of the real servers, too, it serves as what it is needed for.
    if (sorry && (holder.sorryServes || !own.has(destinationKeyOf(sorry))))
      own.set(destinationKeyOf(sorry), sorry);
    wish.holders.set(holder, own);
    merge(wish);
    this.changes.set(key, undefined);
  }

  /** Its weight, or whether it is there at all, is another; `exists`: it still is one of its virtual server's. */
  serverChanged(holder: VirtualServer, server: RealServer, exists: boolean): void {
    const there = exists && holder.wantedWeight(server) !== undefined;
    for (const [key, wish] of this.#holdingsOf(holder)) {
      const destination = holder.destinationFor(server, wish.service.identity);
      if (destination) this.#want(key, wish, holder, destination, there);
    }
  }

  #want(
    key: ServiceKey,
    wish: Wanted,
    holder: VirtualServer,
    destination: Destination,
    there: boolean,
  ): void {
    const own = wish.holders.get(holder);
    if (!own) return;
    const at = destinationKeyOf(destination);
    const sorry = holder.wantedSorryWeight === undefined ? undefined : holder.sorryFor(wish.service.identity);
    const isSorry = sorry && destinationKeyOf(sorry) === at && (holder.sorryServes || !there);
    if (isSorry) own.set(at, sorry);
    else if (there) own.set(at, destination);
    else own.delete(at);
    merge(wish);
    if (!this.changes.has(key)) this.changes.set(key, new Set([at]));
    else this.changes.get(key)?.add(at);
  }
}

function merge(wish: Wanted): void {
  if (wish.holders.size === 1) {
    wish.destinations = wish.holders.values().next().value ?? new Map();
    return;
  }
  const all = new Map<DestinationKey, Destination>();
  for (const own of wish.holders.values())
    for (const [key, destination] of own) if (!all.has(key)) all.set(key, destination);
  wish.destinations = all;
}

const firstOf = (holders: ReadonlyMap<VirtualServer, unknown>): VirtualServer | undefined =>
  holders.keys().next().value;
