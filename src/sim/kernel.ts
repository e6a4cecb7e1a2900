/**
 * One router's kernel as the engine can see it: links, IPv4 and IPv6 addresses with rtnetlink's answers and
 * events; sockets and routes in files of their own. Semantics follow Linux: an address equal in
 * subnet and value is EEXIST, a second one of a subnet is secondary and goes (or is promoted) with its primary,
 * an interface takes its addresses with it. What is decided with all that is the engine's affair.
 */
import { type Family, type IpAddress, prefixContains } from '../base/ip-address.js';
import type { MacAddress } from '../base/mac-address.js';
import type { Input } from '../core/inputs.js';
import {
  type AddressFacts,
  type AddressOperation,
  type AddressResult,
  HOLDFAST_PROTOCOL,
  type LinkFacts,
} from '../core/net/facts.js';
import { KernelRouting } from './kernel-routing.js';
import { KernelSockets } from './kernel-sockets.js';

/** Errno numbers that rtnetlink answers with. */
export const ENODEV = 19;
export const EEXIST = 17;
export const EINVAL = 22;
export const EADDRNOTAVAIL = 99;
export const ENOBUFS = 105;
export const EPERM = 1;

const IFA_F_SECONDARY = 0x01;
const IFA_F_PERMANENT = 0x80;
const SCOPE_LINK = 253;

/** Events that fit the event socket before it overruns. */
export const EVENT_CAPACITY = 128;

interface Interface {
  readonly index: number;
  readonly name: string;
  readonly segment: string;
  readonly mac: MacAddress | undefined;
  readonly loopback: boolean;
  admin: boolean;
  carrier: boolean;
  /** World time of its last change. */
  changed: number;
  /** Of one that stands on another: what is particular about it, its parent included. */
  readonly stacked: Partial<LinkFacts> | undefined;
  /** What the kernel gives it by itself whenever it is set up. */
  readonly linkLocal: IpAddress | undefined;
  readonly addresses: AddressFacts[];
}

/** Which address operations the kernel refuses for now, and with what. */
export interface Refusal {
  readonly operation: 'add' | 'delete' | 'both';
  readonly errno: number;
  /** 0..1 */
  readonly probability: number;
}

export class Kernel {
  readonly routing = new KernelRouting({
    linkUp: (index) => this.#interfaces.get(index)?.admin,
    refuse: (verb, _place, which) => this.#refuse(verb, which),
    tell: (event) => this.#tell(event),
  });
  readonly sockets = new KernelSockets({
    interfaces: () => this.#interfaces.values(),
    find: (index) => this.#interfaces.get(index),
    carries: (index) => this.#carriesIndex(index),
    notice: () => this.#notice(),
  });
  /** In force while set. */
  refusal: Refusal | undefined;
  promoteSecondaries = false;
  /** IFA_PROTO is kept: Linux 5.18 and newer. */
  marksOwner = true;
  /** Counts every change of links and addresses. */
  version = 0;
  readonly #gone = new Map<IpAddress, number>();
  readonly #refused = new Map<string, number>();
  readonly #outstanding = { add: new Set<string>(), delete: new Set<string>() };
  readonly #interfaces = new Map<number, Interface>();
  readonly #byName = new Map<string, Interface>();
  readonly #chance: (probability: number) => boolean;
  readonly #notice: () => void;
  readonly #now: () => number;
  #events: Input[] = [];
  #overrun = false;
  #listening = false;
  #nextIndex = 1;

  /**
   * @param now world time, microseconds
   * @param notice called when there is something new to read
   */
  constructor(now: () => number, chance: (probability: number) => boolean, notice: () => void) {
    this.#now = now;
    this.#chance = chance;
    this.#notice = notice;
  }

  // Links

  addInterface(
    name: string,
    segment: string,
    mac?: MacAddress,
    stacked?: Partial<LinkFacts>,
    linkLocal?: IpAddress,
  ): void {
    const created: Interface = {
      index: this.#nextIndex++,
      name,
      segment,
      mac,
      loopback: mac === undefined,
      admin: true,
      carrier: true,
      changed: this.#now(),
      stacked,
      linkLocal,
      addresses: [],
    };
    this.#interfaces.set(created.index, created);
    this.#byName.set(name, created);
    this.#tell({ kind: 'link', change: 'present', link: this.#facts(created) });
    this.#giveLinkLocal(created);
  }

  removeInterface(name: string): void {
    const gone = this.#byName.get(name);
    if (!gone) return;
    for (const other of this.#standingOn(gone)) this.removeInterface(other.name);
    gone.admin = false;
    for (const address of gone.addresses.splice(0).reverse())
      this.#tell({ kind: 'address', change: 'gone', address });
    this.#byName.delete(name);
    this.#interfaces.delete(gone.index);
    this.routing.linkLost(gone.index);
    this.#tell({ kind: 'link', change: 'gone', link: this.#facts(gone) });
  }

  /** Sets IFF_UP and/or the carrier of an interface that exists. */
  setLink(name: string, change: { admin?: boolean; carrier?: boolean }): void {
    const found = this.#byName.get(name);
    if (!found) return;
    const was = `${found.admin}${found.carrier}`;
    found.admin = change.admin ?? found.admin;
    found.carrier = change.carrier ?? found.carrier;
    if (was !== `${found.admin}${found.carrier}`) {
      found.changed = this.#now();
      for (const one of [found, ...this.#standingOn(found)])
        this.#tell({ kind: 'link', change: 'present', link: this.#facts(one) });
    }
    if (!found.admin) this.routing.linkLost(found.index);
    if (was.startsWith('true') && !found.admin) this.#forgetIpv6(found);
    else if (!was.startsWith('true') && found.admin) this.#giveLinkLocal(found);
  }

  /** addrconf_ifdown: IPv6 addresses do not outlive that their interface is set down, those of IPv4 do. */
  #forgetIpv6({ addresses }: Interface): void {
    for (const address of addresses.filter(({ family }) => family === 'ipv6')) this.#drop(addresses, address);
  }

  #giveLinkLocal(one: Interface): void {
    const { linkLocal } = one;
    if (linkLocal !== undefined && !one.addresses.some(({ address }) => address === linkLocal))
      this.#insert(one, linkLocal, 64, SCOPE_LINK, {}, 'administrator');
  }

  /** How long an interface has been as it is; for ever when there is none. */
  settledFor(name: string): number {
    const found = this.#byName.get(name);
    return found ? this.#now() - found.changed : Number.POSITIVE_INFINITY;
  }

  linkOf(name: string): LinkFacts | undefined {
    const found = this.#byName.get(name);
    return found && this.#facts(found);
  }

  /** Undefined: there is no such interface. */
  indexOf(name: string): number | undefined {
    return this.#byName.get(name)?.index;
  }

  running(name: string): boolean {
    const found = this.#byName.get(name);
    return found !== undefined && this.#carries(found);
  }

  /** Macvlans and the like on an interface. */
  #standingOn({ index }: Interface): Interface[] {
    return [...this.#interfaces.values()].filter((one) => one.stacked?.parent === index);
  }

  #carries(one: Interface): boolean {
    const parent = one.stacked?.parent === undefined ? undefined : this.#interfaces.get(one.stacked.parent);
    return one.admin && one.carrier && (!parent || this.#carries(parent));
  }

  #carriesIndex(index: number): boolean {
    const one = this.#interfaces.get(index);
    return one !== undefined && this.#carries(one);
  }

  #facts(one: Interface): LinkFacts {
    return {
      index: one.index,
      name: one.name,
      up: one.admin,
      running: this.#carries(one),
      loopback: one.loopback,
      noArp: false,
      multicast: !one.loopback,
      ...(one.mac === undefined ? {} : { mac: one.mac }),
      mtu: 1500,
      ...one.stacked,
    };
  }

  segmentOf(index: number): string | undefined {
    return this.#interfaces.get(index)?.segment;
  }

  // Addresses

  /** What an administrator does with `ip address add`; the answer is an errno or undefined. */
  addAddress(name: string, address: IpAddress, prefixLength: number): number | undefined {
    const found = this.#byName.get(name);
    return found ? this.#insert(found, address, prefixLength, 0, {}, 'administrator') : ENODEV;
  }

  deleteAddress(name: string, address: IpAddress): number | undefined {
    const found = this.#byName.get(name);
    const held = found?.addresses.find((a) => a.address === address);
    return found && held ? this.#remove(found, held) : EADDRNOTAVAIL;
  }

  hasAddress(name: string, address: IpAddress): boolean {
    return this.#byName.get(name)?.addresses.some((a) => a.address === address) ?? false;
  }

  addressesOf(name: string): readonly AddressFacts[] {
    return this.#byName.get(name)?.addresses ?? [];
  }

  /** World time at which an address last went away from any interface. */
  lastGone(address: IpAddress): number {
    return this.#gone.get(address) ?? Number.NEGATIVE_INFINITY;
  }

  /** Whether this address, route (by its name) or rule (by its place) was refused, and nothing has made it good since. */
  wasRefused(key: string, operation: 'add' | 'delete'): boolean {
    return this.#outstanding[operation].has(key);
  }
  /** World time of the last refusal of an operation on it. */
  lastRefusal(key: string): number {
    return this.#refused.get(key) ?? Number.NEGATIVE_INFINITY;
  }

  apply(operations: readonly AddressOperation[]): AddressResult[] {
    return operations.map((operation) => {
      const errno = this.#perform(operation);
      if (errno === undefined) {
        this.#outstanding.delete.delete(operation.address.address);
        return { operation };
      }
      return { operation, errno };
    });
  }

  #perform({ operation, address: wanted }: AddressOperation): number | undefined {
    const refused = this.#refuse(operation, wanted.address);
    if (refused !== undefined) return refused;
    const target = this.#interfaces.get(wanted.interfaceIndex);
    if (!target) return ENODEV;
    if (operation === 'add') {
      const marks = {
        ...(wanted.label === undefined ? {} : { label: wanted.label }),
        ...(this.marksOwner ? { protocol: HOLDFAST_PROTOCOL } : {}),
      };
      return this.#insert(target, wanted.address, wanted.prefixLength, wanted.scope, marks, 'daemon');
    }
    const held = target.addresses.find(
      (a) => a.address === wanted.address && a.prefixLength === wanted.prefixLength,
    );
    return held ? this.#remove(target, held) : EADDRNOTAVAIL;
  }

  #refuse(operation: 'add' | 'delete', key: string): number | undefined {
    const refusal = this.refusal;
    if (refusal && (refusal.operation === 'both' || refusal.operation === operation)) {
      if (this.#chance(refusal.probability)) {
        this.#refused.set(key, this.#now());
        this.#outstanding[operation].add(key);
        return refusal.errno;
      }
    }
    // What could be deleted need not be added; what stands there already has not been deleted by asking for it again.
    this.#outstanding[operation].delete(key);
    if (operation === 'delete') this.#outstanding.add.delete(key);
    return undefined;
  }

  /** inet_insert_ifa and its IPv6 counterpart. */
  #insert(
    target: Interface,
    address: IpAddress,
    prefixLength: number,
    scope: number,
    marks: { label?: string; protocol?: number },
    by: 'daemon' | 'administrator',
  ): number | undefined {
    const family: Family = address.includes(':') ? 'ipv6' : 'ipv4';
    let flags = IFA_F_PERMANENT;
    for (const held of target.addresses) {
      if (held.family !== family) continue;
      if (family === 'ipv6') {
        if (held.address === address) return EEXIST;
        continue;
      }
      if (held.prefixLength !== prefixLength) continue;
      if (!prefixContains({ address: held.address, length: prefixLength }, address)) continue;
      if (held.address === address) return EEXIST;
      if (held.scope !== scope) return EINVAL;
      flags |= IFA_F_SECONDARY;
    }
    const facts: AddressFacts = {
      interfaceIndex: target.index,
      family,
      address,
      prefixLength,
      scope,
      flags,
      ...marks,
    };
    target.addresses.push(facts);
    // The kernel names the asker of an IPv4 address only, and the host passes over its own.
    if (by === 'administrator' || family === 'ipv6')
      this.#tell({ kind: 'address', change: 'present', address: facts });
    return undefined;
  }

  /** __inet_del_ifa: secondaries of a primary go first, or the first of them is promoted. */
  #remove(target: Interface, held: AddressFacts): number | undefined {
    const list = target.addresses;
    const followers =
      held.family === 'ipv4' && (held.flags & IFA_F_SECONDARY) === 0
        ? list.filter(
            (a) =>
              a !== held &&
              (a.flags & IFA_F_SECONDARY) !== 0 &&
              a.prefixLength === held.prefixLength &&
              prefixContains({ address: held.address, length: held.prefixLength }, a.address),
          )
        : [];
    if (!this.promoteSecondaries) for (const follower of followers) this.#drop(list, follower);
    this.#drop(list, held);
    const heir = this.promoteSecondaries ? followers[0] : undefined;
    if (heir) {
      const promoted = { ...heir, flags: heir.flags & ~IFA_F_SECONDARY };
      list[list.indexOf(heir)] = promoted;
      this.#tell({ kind: 'address', change: 'present', address: promoted });
    }
    return undefined;
  }

  #drop(list: AddressFacts[], address: AddressFacts): void {
    list.splice(list.indexOf(address), 1);
    this.#tell({ kind: 'address', change: 'gone', address });
  }

  // The event socket

  /** Subscribes, forgets events not yet read, and tells the whole truth as of now. */
  listen(): { links: LinkFacts[]; addresses: AddressFacts[] } {
    this.#listening = true;
    this.#events = [];
    this.#overrun = false;
    return this.inventory();
  }

  inventory(): { links: LinkFacts[]; addresses: AddressFacts[] } {
    const all = [...this.#interfaces.values()];
    return { links: all.map((one) => this.#facts(one)), addresses: all.flatMap((one) => one.addresses) };
  }

  /** Events since the last call; after an overrun the whole truth in their place. */
  takeEvents(): readonly Input[] {
    if (this.#overrun) {
      this.#overrun = false;
      this.#events = [];
      return [{ kind: 'resync', ...this.inventory() }];
    }
    if (this.#events.length === 0) return NO_EVENTS;
    const taken = this.#events;
    this.#events = [];
    return taken;
  }

  get eventsWaiting(): boolean {
    return this.#overrun || this.#events.length > 0;
  }

  /** Loses what waits in the event socket, as if more had come than it holds. */
  overrun(): void {
    if (!this.#listening) return;
    this.#overrun = true;
    this.#notice();
  }

  #tell(event: Input | undefined): void {
    this.version++;
    if (!event) return;
    if (event.kind === 'address' && event.change === 'gone')
      this.#gone.set(event.address.address, this.#now());
    if (!this.#listening) return;
    if (this.#events.length >= EVENT_CAPACITY) this.#overrun = true;
    else this.#events.push(event);
    this.#notice();
  }

  /** The process is gone: its descriptors are closed and nobody listens. */
  closeAll(): void {
    this.sockets.closeAll();
    this.routing.unwatch();
    this.#listening = false;
    this.#events = [];
    this.#overrun = false;
  }
}

const NO_EVENTS: readonly Input[] = [];
