/**
 * The interfaces that instances need made: makes them, reuses what is there already, makes them again when somebody
 * deletes one or the interface underneath comes back, and removes them with the last who wants them. Which are wanted
 * is decided by instances (vrrp/virtual-interfaces.ts); what to do about one, by virtual-link-facts.ts. Directives-vrrp
 * section 1.4.
 */
import type { Family, IpPrefix } from '../../base/ip-address.js';
import { after, type Duration, formatDuration, type Instant, seconds } from '../../base/time.js';
import type { GlobalSettings } from '../../config/model-globals.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Failure } from '../inputs.js';
import type { Outbox } from '../outbox.js';
import type { LinkFacts } from './facts.js';
import type { Inventory } from './inventory.js';
import {
  generatedName,
  isVirtualKind,
  type LinkOperation,
  type LinkResult,
  matches,
  planLink,
  type VirtualLinkIdentity,
  type WantedLink,
} from './virtual-link-facts.js';

/** How long an interface is left alone that the kernel refused to make, or that somebody deletes again and again. */
export const LINK_RETRY: Duration = seconds(1);

/** The remark on what is ours; with an instance name behind it, so that two daemons leave each other's alone. */
const ALIAS = 'holdfast';

/** What somebody wants. */
export interface LinkWish {
  /** Equal keys mean one interface. */
  readonly key: string;
  readonly identity: VirtualLinkIdentity;
  /** Name of the interface underneath. */
  readonly base: string;
  readonly family: Family;
  readonly virtualRouterId: number;
  /** Absent: one is made from the prefix for its purpose. */
  readonly name?: string;
  readonly purpose: 'instance' | 'address';
  /** Absent: that of the interface underneath. */
  readonly group?: number;
  /** `netlink_notify_msg` */
  readonly notify: boolean;
  /** Stands on it as long as it is there. */
  readonly address?: IpPrefix;
}

/** How it stands with a wanted interface. */
export type LinkStanding =
  /** There, and set up. */
  | { readonly state: 'present'; readonly link: LinkFacts }
  /** Asked for, for the first time. */
  | { readonly state: 'making' }
  /** It was there, and is gone. */
  | { readonly state: 'lost' }
  /** What it stands on does not exist. */
  | { readonly state: 'baseless' }
  | { readonly state: 'refused'; readonly failure: Failure };

interface Made {
  wish: LinkWish;
  readonly owners: Set<string>;
  name: string;
  /** The index of the link that we asked to be set up as wanted; undefined while there is none. */
  index: number | undefined;
  /** An operation without an answer; what happens meanwhile is looked at when it has come. */
  request: number | undefined;
  /** The answer was good; the kernel's own word of the new link is still to come. */
  arriving: boolean;
  /** It stood there once. */
  seen: boolean;
  /** It was up since it was made; a new one takes a moment, and until then it is not there yet. */
  settled: boolean;
  failure: Failure | undefined;
  /** The refusal that was told. */
  said: string | undefined;
  lastAsked: Instant | undefined;
  readonly retry: Deadline;
}

export interface VirtualLinkAudience {
  configure(globals: GlobalSettings): void;
  /** How it stands with something that these want may have changed. */
  changed(owners: Iterable<string>): void;
  /** It is there now, under this name and index. */
  appeared(wish: LinkWish, link: LinkFacts, base: LinkFacts): void;
  /** It is gone, or no longer wanted. */
  gone(wish: LinkWish): void;
}

export class VirtualLinks {
  readonly #made = new Map<string, Made>();
  readonly #keysOf = new Map<string, ReadonlySet<string>>();
  /** By the names of interfaces: those that stand on one, and the one of that name. */
  readonly #onBase = new Map<string, Set<Made>>();
  readonly #byName = new Map<string, Made>();
  readonly #requests = new Map<number, Made[]>();
  #prefixes = { instance: 'vrrp', address: 'vrrp' };
  #alias = ALIAS;

  constructor(
    readonly inventory: Inventory,
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
    readonly audience: VirtualLinkAudience,
  ) {}

  configure(globals: GlobalSettings): void {
    const { vmacPrefix, vmacAddressPrefix, instanceName } = globals;
    this.audience.configure(globals);
    const prefix = vmacPrefix ?? 'vrrp';
    this.#prefixes = { instance: prefix, address: vmacAddressPrefix ?? prefix };
    this.#alias = instanceName === undefined ? ALIAS : `${ALIAS} ${instanceName}`;
  }

  /** Requests without an answer. */
  get unanswered(): number {
    return this.#requests.size;
  }

  /** All that this owner wants from now on, instead of what it wanted before. */
  want(owner: string, wishes: readonly LinkWish[]): void {
    const before = this.#keysOf.get(owner);
    const keys = new Set(wishes.map(({ key }) => key));
    if (keys.size === 0) this.#keysOf.delete(owner);
    else this.#keysOf.set(owner, keys);
    for (const key of before ?? []) if (!keys.has(key)) this.#release(owner, key);
    for (const wish of wishes) this.#hold(owner, wish);
  }

  /** A reload gave owners other names, by those that they had: what they want stays theirs. */
  rename(names: ReadonlyMap<string, string>): void {
    const kept = [...names].map(([before, name]) => [before, name, this.#keysOf.get(before)] as const);
    for (const [before, , keys] of kept) {
      this.#keysOf.delete(before);
      for (const key of keys ?? []) this.#made.get(key)?.owners.delete(before);
    }
    for (const [, name, keys] of kept) {
      if (!keys) continue;
      this.#keysOf.set(name, keys);
      for (const key of keys) this.#made.get(key)?.owners.add(name);
    }
  }

  standing(key: string): LinkStanding {
    const made = this.#made.get(key);
    if (!made) return { state: 'lost' };
    const waits = made.arriving || made.request !== undefined || !made.settled;
    const link = waits ? undefined : this.#linkOf(made);
    if (link) return { state: 'present', link };
    if (!this.inventory.linkByName(made.wish.base)) return { state: 'baseless' };
    if (made.failure && made.said !== undefined) return { state: 'refused', failure: made.failure };
    return { state: made.seen ? 'lost' : 'making' };
  }

  /** The name under which it is, or will be, found. */
  nameOf(key: string): string | undefined {
    return this.#made.get(key)?.name;
  }

  /** Whether a link is one of those that we look after. */
  isOurs(index: number): boolean {
    const name = this.inventory.link(index)?.name;
    return name !== undefined && this.#byName.get(name)?.index === index;
  }

  /** Who wants something of this name, or on top of it. */
  ownersAt(name: string): ReadonlySet<string> {
    return this.#byName.get(name)?.owners ?? NOBODY;
  }

  /** A link of this name appeared, changed or went. */
  observe(name: string): void {
    const affected = new Set(this.#onBase.get(name));
    const own = this.#byName.get(name);
    if (own) affected.add(own);
    for (const made of affected) {
      this.#settle(made);
      this.audience.changed(made.owners);
    }
  }

  /** Removes what an earlier life made and nobody wants now. Call it when everybody has said what they want. */
  removeLeftovers(): void {
    for (const link of this.inventory.allLinks()) {
      if (!isVirtualKind(link) || link.alias !== this.#alias || this.#byName.has(link.name)) continue;
      this.outbox.log('notice', `found interface ${link.name} left over from an earlier life: removed`);
      this.#ask(undefined, [{ operation: 'delete', index: link.index, name: link.name }]);
    }
  }

  applied(request: number, results: readonly LinkResult[]): void {
    const asked = this.#requests.get(request) ?? [];
    this.#requests.delete(request);
    const refused = new Map<string, LinkResult>();
    for (const result of results) if (isRefusal(result)) refused.set(nameIn(result.operation), result);
    for (const made of asked) {
      if (made.request !== request) continue;
      made.request = undefined;
      const refusal = refused.get(made.name);
      if (refusal?.error && 'link' in refusal.operation) {
        refused.delete(made.name);
        this.#refused(made, refusal.error);
      } else {
        made.failure = undefined;
        made.arriving = true;
      }
      if (this.#made.get(made.wish.key) !== made) continue;
      this.#settle(made);
      // It may be gone again already: then nothing will be told of it.
      if (made.arriving) this.deadlines.arm(made.retry, after(this.outbox.now, LINK_RETRY));
      this.audience.changed(made.owners);
    }
    for (const [name, { operation, error }] of refused)
      this.outbox.log(
        'error',
        `the kernel refused to ${operation.operation} ${name}: ${error?.message ?? ''}`,
      );
  }

  #hold(owner: string, wish: LinkWish): void {
    const known = this.#made.get(wish.key);
    if (known) {
      known.owners.add(owner);
      const before = known.wish;
      known.wish = wish;
      if (wish.name !== undefined && wish.name !== before.name && wish.name !== known.name)
        this.#rename(known);
      else if (wish.group !== before.group) this.#setUpAgain(known);
      return;
    }
    const made: Made = {
      wish,
      owners: new Set([owner]),
      name: '',
      index: undefined,
      request: undefined,
      arriving: false,
      seen: false,
      settled: false,
      failure: undefined,
      said: undefined,
      lastAsked: undefined,
      retry: { what: `make ${wish.key} again`, periodic: false, fire: () => this.#again(made) },
    };
    made.name = this.#chooseName(made);
    this.#made.set(wish.key, made);
    this.#byName.set(made.name, made);
    const standing = this.#onBase.get(wish.base);
    if (standing) standing.add(made);
    else this.#onBase.set(wish.base, new Set([made]));
    this.#settle(made);
  }

  /** A reload changed what can be changed on it in its place. */
  #setUpAgain(made: Made): void {
    const base = this.inventory.linkByName(made.wish.base);
    if (base && made.index !== undefined)
      this.#ask(undefined, [{ operation: 'adopt', link: this.#wanted(made, base) }]);
  }

  #release(owner: string, key: string): void {
    const made = this.#made.get(key);
    made?.owners.delete(owner);
    if (!made || made.owners.size > 0) return;
    this.#made.delete(key);
    if (this.#byName.get(made.name) === made) this.#byName.delete(made.name);
    const standing = this.#onBase.get(made.wish.base);
    standing?.delete(made);
    if (standing?.size === 0) this.#onBase.delete(made.wish.base);
    this.deadlines.disarm(made.retry);
    this.audience.gone(made.wish);
    this.#remove(made);
  }

  /** Takes the link away; one that is on its way by its name, since it has no index yet. */
  #remove(made: Made): void {
    const link = this.#linkOf(made);
    if (!link && made.request === undefined && !made.arriving) return;
    const operations: LinkOperation[] = [{ operation: 'delete', index: link?.index ?? 0, name: made.name }];
    const base = this.inventory.linkByName(made.wish.base);
    if (made.wish.notify && base) operations.push(touch(base));
    this.#ask(undefined, operations);
  }

  /** A reload gave it another name: it is made anew. */
  #rename(made: Made): void {
    this.#remove(made);
    this.#byName.delete(made.name);
    made.index = undefined;
    made.settled = false;
    made.seen = false;
    made.name = this.#chooseName(made, false);
    this.#byName.set(made.name, made);
    made.lastAsked = undefined;
    this.#settle(made);
  }

  /** A matching one's name wins; then the configured name; then what is made from the prefix. */
  #chooseName(made: Made, reuse = true): string {
    const { wish } = made;
    const base = this.inventory.linkByName(wish.base);
    const existing = reuse && base ? this.#match(wish, base) : undefined;
    const taken = (name: string): boolean =>
      this.#byName.has(name) || this.inventory.linkByName(name) !== undefined;
    if (existing && !this.#byName.has(existing.name)) {
      if (wish.name !== undefined && wish.name !== existing.name)
        this.outbox.log(
          'notice',
          `${existing.name} on ${wish.base} is what ${wish.name} should be: it is used, under its own name`,
        );
      return existing.name;
    }
    if (wish.name !== undefined) {
      const named = this.inventory.linkByName(wish.name);
      const used = this.#byName.has(wish.name);
      if (!used && (!named || isVirtualKind(named))) return wish.name;
      const who = used
        ? 'another instance has an interface of that name'
        : 'there is another interface of that name';
      const name = generatedName(this.#prefixes[wish.purpose], wish.virtualRouterId, wish.family, taken);
      this.outbox.log(
        'error',
        `${wish.name} cannot be made on ${wish.base}: ${who}; it is called ${name} instead`,
      );
      return name;
    }
    return generatedName(this.#prefixes[wish.purpose], wish.virtualRouterId, wish.family, taken);
  }

  #match({ identity, name }: LinkWish, base: LinkFacts): LinkFacts | undefined {
    for (const link of this.inventory.allLinks()) if (matches(link, identity, base, name)) return link;
    return undefined;
  }

  /** The link that is as wanted: under its name, or under another that somebody gave it. */
  #linkOf(made: Made): LinkFacts | undefined {
    const base = this.inventory.linkByName(made.wish.base);
    if (!base) return undefined;
    const fits = (link: LinkFacts | undefined): link is LinkFacts =>
      link !== undefined && matches(link, made.wish.identity, base, link.name);
    const known = made.index === undefined ? undefined : this.inventory.link(made.index);
    if (fits(known)) return known;
    const named = this.inventory.linkByName(made.name);
    return fits(named) ? named : undefined;
  }

  /** Looks at what is there, and asks for what is missing. */
  #settle(made: Made): void {
    const { inventory } = this;
    const base = inventory.linkByName(made.wish.base);
    const found = this.#linkOf(made);
    if (made.request !== undefined) return;
    if (found && made.arriving) {
      made.arriving = false;
      made.index = found.index;
    }
    if (found && made.index === found.index) {
      this.#present(made, found, base);
      return;
    }
    if (made.arriving && base) return;
    made.arriving = false;
    if (made.index !== undefined) {
      made.index = undefined;
      made.settled = false;
      this.outbox.log(
        'warning',
        `${made.name} is gone${base ? ': it is made again' : ` with ${made.wish.base}`}`,
      );
      this.audience.gone(made.wish);
    }
    if (base) this.#make(made, base, found);
  }

  #present(made: Made, link: LinkFacts, base: LinkFacts | undefined): void {
    if (link.name !== made.name) {
      this.outbox.log('notice', `${made.name} is called ${link.name} now`);
      this.#byName.delete(made.name);
      made.name = link.name;
      this.#byName.set(made.name, made);
    }
    made.failure = undefined;
    const isUp = link.up && link.running;
    if (!made.settled && !isUp) {
      if (this.deadlines.at(made.retry) === undefined)
        this.deadlines.arm(made.retry, after(this.outbox.now, LINK_RETRY));
      return;
    }
    made.settled = true;
    made.said = undefined;
    this.deadlines.disarm(made.retry);
    const first = !made.seen;
    made.seen = true;
    if (first) this.outbox.log('info', `${made.name} stands on ${made.wish.base}`);
    if (base) this.audience.appeared(made.wish, link, base);
  }

  /** No more often than LINK_RETRY allows, whoever deletes it or refuses it. */
  #make(made: Made, base: LinkFacts, found: LinkFacts | undefined): void {
    const { now } = this.outbox;
    if (made.lastAsked !== undefined && after(made.lastAsked, LINK_RETRY) > now) {
      this.deadlines.arm(made.retry, after(made.lastAsked, LINK_RETRY));
      return;
    }
    made.lastAsked = now;
    const named = this.inventory.linkByName(made.name);
    const operations = planLink(this.#wanted(made, base), found, named);
    if (made.wish.notify) operations.push(touch(base));
    this.#ask(made, operations);
  }

  #wanted({ name, wish }: Made, base: LinkFacts): WantedLink {
    const { identity, family, group } = wish;
    const master = base.master === undefined ? undefined : this.inventory.link(base.master);
    return {
      name,
      identity,
      parent: base.index,
      family,
      group: group ?? base.group ?? 0,
      alias: this.#alias,
      ...(master?.kind === 'vrf' ? { master: master.index } : {}),
    };
  }

  #ask(made: Made | undefined, operations: readonly LinkOperation[]): void {
    let request = 0;
    for (const operation of operations) request = this.outbox.link(operation);
    if (request === 0) return;
    const asked = this.#requests.get(request) ?? [];
    this.#requests.set(request, asked);
    if (!made) return;
    asked.push(made);
    made.request = request;
  }

  #again(made: Made): void {
    made.arriving = false;
    // It has had its moment: from now on it is what it looks like.
    made.settled = made.index !== undefined;
    this.#settle(made);
    this.audience.changed(made.owners);
  }

  #refused(made: Made, failure: Failure): void {
    // What it should stand on is going: that is told by itself, now or in a moment.
    const going = failure.code === 'ENODEV' && made.failure === undefined;
    if (!going && made.said !== failure.code) {
      made.said = failure.code;
      this.outbox.log(
        'error',
        `${made.name} could not be made on ${made.wish.base}: ${failure.message} (${failure.code}); ` +
          `trying again every ${formatDuration(LINK_RETRY)}, and saying no more while it stays so`,
      );
    }
    made.failure = failure;
    made.arriving = false;
    if (made.lastAsked !== undefined) this.deadlines.arm(made.retry, after(this.outbox.now, LINK_RETRY));
  }
}

const NOBODY: ReadonlySet<string> = new Set();

const touch = (base: LinkFacts): LinkOperation => ({
  operation: 'touch',
  index: base.index,
  name: base.name,
  group: base.group ?? 0,
});

const nameIn = (operation: LinkOperation): string =>
  'link' in operation ? operation.link.name : operation.name;

/** What shall go and is gone already is none. */
const isRefusal = ({ operation, error }: LinkResult): boolean =>
  error !== undefined &&
  !(operation.operation === 'delete' && (error.code === 'ENODEV' || error.code === 'ENOENT'));
