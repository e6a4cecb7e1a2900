/**
 * Sends announcements: which frame an address gets, and how fast frames follow one another where `garp_group` or
 * the global intervals ask for a pace (directives-vrrp section 3, runtime reference section 6.5). What is announced,
 * when and how often is decided in core/vrrp/announcements and rival-announcements.
 */
import type { IpAddress } from '../../base/ip-address.js';
import { MAX_FRAMES_PER_TICK } from '../../base/limits.js';
import { BROADCAST_MAC, type MacAddress } from '../../base/mac-address.js';
import { after, type Duration, type Instant, milliseconds, ZERO } from '../../base/time.js';
import type { Configuration, GarpGroupSettings } from '../../config/model.js';
import { ETHERTYPE_ARP, encodeGratuitousArp } from '../../wire/arp.js';
import { ALL_NODES_MAC, ETHERTYPE_IPV6, encodeUnsolicitedAdvertisement } from '../../wire/ndisc.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Effect } from '../effects.js';
import type { Outbox } from '../outbox.js';
import type { LinkFacts } from './facts.js';
import type { Inventory } from './inventory.js';

type Frame = Extract<Effect, { kind: 'send-frame' }>;
type Kind = 'garp' | 'na';

/** Intervals below this are kept on average: every tick sends as many frames as fit into it. */
export const SHORTEST_TICK: Duration = milliseconds(1);

/** Interfaces that stand on another one share its pace. */
const STACKED: ReadonlySet<string | undefined> = new Set(['macvlan', 'ipvlan']);

/** What can be announced: an address slot, or a source address. */
export interface Announced {
  /** Only `present` is announced; asked again when its turn comes. */
  readonly state: string;
  readonly wanted: { readonly interfaceIndex: number; readonly address: IpAddress } | undefined;
}

/** Frames that wait for their turn; announced round robin, so that every address is told early. */
interface Lane {
  /** In each tick so many frames. */
  readonly tick: Duration;
  readonly perTick: number;
  /** Rounds still to be sent, per address. */
  readonly waiting: Map<Announced, number>;
  /** Frames that may still be sent in this tick, which ends at `next`. */
  left: number;
  next: Instant;
  readonly deadline: Deadline;
}

/** The frame of an address that waits, for as long as neither the address nor its link has changed. */
interface Made {
  readonly wanted: Announced['wanted'];
  readonly link: LinkFacts;
  readonly frame: Frame;
}

export class Announcer {
  readonly #lanes = new Map<string, Lane>();
  /** The lane in which somebody waits. */
  readonly #places = new Map<Announced, Lane>();
  #groups = new Map<string, GarpGroupSettings>();
  #garpInterval: Duration = ZERO;
  #gnaInterval: Duration = ZERO;
  /** For interfaces without a pace: a burst that is longer than a turn should be goes on in the next ones. */
  readonly #free: Lane;
  readonly #made = new WeakMap<Announced, Made>();

  constructor(
    readonly inventory: Inventory,
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
  ) {
    this.#free = this.#lane('without a pace', SHORTEST_TICK, MAX_FRAMES_PER_TICK);
  }

  /** Intervals and groups, new or reloaded; who waits goes on waiting under the new ones. */
  configure({ globals, garpGroups }: Configuration): void {
    this.#garpInterval = globals.garpInterval ?? ZERO;
    this.#gnaInterval = globals.gnaInterval ?? ZERO;
    this.#groups = new Map();
    for (const group of garpGroups ?? []) for (const name of group.interfaces) this.#groups.set(name, group);
    const waiting = new Map<number, Announced[]>();
    for (const lane of [this.#free, ...this.#lanes.values()]) {
      this.deadlines.disarm(lane.deadline);
      for (const [one, rounds] of lane.waiting) {
        const same = waiting.get(rounds);
        if (same) same.push(one);
        else waiting.set(rounds, [one]);
      }
      lane.waiting.clear();
    }
    this.#lanes.clear();
    this.#places.clear();
    for (const [rounds, all] of waiting) this.announce(all, rounds);
  }

  /**
   * `rounds` times over all of them, at once where no pace is kept and as far as one turn should go; the rest waits.
   * However often they are asked for meanwhile, no more than `rounds` wait.
   */
  announce(all: readonly Announced[], rounds: number): void {
    if (rounds <= 0) return;
    const lanes = new Set<Lane>();
    for (const one of all) {
      const lane = this.#laneOf(one);
      lane.waiting.set(one, Math.max(rounds, lane.waiting.get(one) ?? 0));
      this.#places.set(one, lane);
      lanes.add(lane);
    }
    for (const lane of lanes) this.#proceed(lane);
  }

  /** They are no longer ours: what waits for them is not sent. */
  forget(all: readonly Announced[]): void {
    for (const one of all) {
      const lane = this.#places.get(one);
      if (!lane) continue;
      this.#leave(one);
      lane.waiting.delete(one);
      if (lane.waiting.size === 0) this.deadlines.disarm(lane.deadline);
    }
  }

  #leave(one: Announced): void {
    this.#places.delete(one);
    this.#made.delete(one);
  }

  /** As many as the time allows now; the rest when its time comes. */
  #proceed(lane: Lane): void {
    const { now } = this.outbox;
    if (now >= lane.next) {
      lane.left = lane.perTick;
      lane.next = after(now, lane.tick);
    }
    for (const [one, rounds] of lane.waiting) {
      if (lane.left === 0) break;
      lane.waiting.delete(one);
      const frame = this.#frame(one);
      // A map goes on to what is appended while it is walked: the next round follows this one.
      if (frame && rounds > 1) lane.waiting.set(one, rounds - 1);
      else this.#leave(one);
      if (!frame) continue;
      this.outbox.frame(frame);
      lane.left--;
    }
    if (lane.waiting.size > 0) this.deadlines.arm(lane.deadline, lane.next);
  }

  #laneOf({ wanted }: Announced): Lane {
    const link = wanted && this.#base(wanted.interfaceIndex);
    if (!link) return this.#free;
    const kind: Kind = wanted.address.includes(':') ? 'na' : 'garp';
    const group = this.#groups.get(link.name);
    const interval =
      kind === 'garp'
        ? (group?.garpInterval ?? this.#garpInterval)
        : (group?.gnaInterval ?? this.#gnaInterval);
    if (interval <= 0) return this.#free;
    // A group is one budget, whatever interface comes first.
    const key = `${kind} ${group ? group.interfaces.join(' ') : link.index}`;
    const known = this.#lanes.get(key);
    if (known) return known;
    const tick = Math.max(interval, SHORTEST_TICK) as Duration;
    const lane = this.#lane(key, tick, Math.floor(tick / interval));
    this.#lanes.set(key, lane);
    return lane;
  }

  #lane(what: string, tick: Duration, perTick: number): Lane {
    const lane: Lane = {
      tick,
      perTick,
      waiting: new Map(),
      left: 0,
      next: 0 as Instant,
      deadline: { what: `announcements (${what})`, periodic: false, fire: () => this.#proceed(lane) },
    };
    return lane;
  }

  #base(index: number): LinkFacts | undefined {
    const link = this.inventory.link(index);
    if (!link || !STACKED.has(link.kind) || link.parent === undefined) return link;
    return this.inventory.link(link.parent) ?? link;
  }

  /** Undefined where the address is not there, or where its interface has nobody to tell. */
  #frame(one: Announced): Frame | undefined {
    const { state, wanted } = one;
    const link = wanted && state === 'present' ? this.inventory.link(wanted.interfaceIndex) : undefined;
    if (!wanted || !link?.mac || link.noArp) return undefined;
    const known = this.#made.get(one);
    if (known?.wanted === wanted && known.link === link) return known.frame;
    const frame = frameOf(link.index, link.mac, wanted.address, link.forwardsIpv6 ?? false);
    this.#made.set(one, { wanted, link, frame });
    return frame;
  }
}

function frameOf(interfaceIndex: number, mac: MacAddress, address: IpAddress, router: boolean): Frame {
  if (address.includes(':'))
    return {
      kind: 'send-frame',
      interfaceIndex,
      etherType: ETHERTYPE_IPV6,
      destination: ALL_NODES_MAC,
      bytes: encodeUnsolicitedAdvertisement(mac, address, router),
    };
  return {
    kind: 'send-frame',
    interfaceIndex,
    etherType: ETHERTYPE_ARP,
    destination: BROADCAST_MAC,
    bytes: encodeGratuitousArp(mac, address),
  };
}
