/**
 * Sends announcements: which frame an address gets, and how fast frames follow one another where `garp_group` or
 * the global intervals ask for a pace (directives-vrrp section 3, runtime reference section 6.5). What is announced,
 * when and how often is decided in core/vrrp/announcements and rival-announcements.
 */
import type { IpAddress } from '../../base/ip-address.js';
import { BROADCAST_MAC } from '../../base/mac-address.js';
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

/** Frames of one kind that wait for their turn; announced round robin, so that every address is told early. */
interface Lane {
  readonly interval: Duration;
  /** Rounds still to be sent, per address. */
  readonly waiting: Map<Announced, number>;
  next: Instant;
  readonly deadline: Deadline;
}

export class Announcer {
  readonly #lanes = new Map<string, Lane>();
  /** The lane in which somebody waits. */
  readonly #places = new Map<Announced, Lane>();
  #groups = new Map<string, GarpGroupSettings>();
  #garpInterval: Duration = ZERO;
  #gnaInterval: Duration = ZERO;

  constructor(
    readonly inventory: Inventory,
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
  ) {}

  /** Intervals and groups, new or reloaded; who waits goes on waiting under the new ones. */
  configure({ globals, garpGroups }: Configuration): void {
    this.#garpInterval = globals.garpInterval ?? ZERO;
    this.#gnaInterval = globals.gnaInterval ?? ZERO;
    this.#groups = new Map();
    for (const group of garpGroups ?? []) for (const name of group.interfaces) this.#groups.set(name, group);
    const waiting = new Map<number, Announced[]>();
    for (const lane of this.#lanes.values()) {
      this.deadlines.disarm(lane.deadline);
      for (const [one, rounds] of lane.waiting) waiting.set(rounds, [...(waiting.get(rounds) ?? []), one]);
    }
    this.#lanes.clear();
    this.#places.clear();
    for (const [rounds, all] of waiting) this.announce(all, rounds);
  }

  /**
   * `rounds` times over all of them. Those whose interface keeps a pace wait for it; however often they are asked
   * for meanwhile, no more than `rounds` wait.
   */
  announce(all: readonly Announced[], rounds: number): void {
    if (rounds <= 0) return;
    const frames: Frame[] = [];
    const paced = new Set<Lane>();
    for (const one of all) {
      const lane = this.#laneOf(one);
      if (lane) {
        lane.waiting.set(one, Math.max(rounds, lane.waiting.get(one) ?? 0));
        this.#places.set(one, lane);
        paced.add(lane);
        continue;
      }
      const frame = this.#frame(one);
      if (frame) frames.push(frame);
    }
    for (let round = 0; round < rounds; round++) for (const frame of frames) this.outbox.frame(frame);
    for (const lane of paced) this.#proceed(lane);
  }

  /** They are no longer ours: what waits for them is not sent. */
  forget(all: readonly Announced[]): void {
    for (const one of all) {
      const lane = this.#places.get(one);
      if (!lane) continue;
      this.#places.delete(one);
      lane.waiting.delete(one);
      if (lane.waiting.size === 0) this.deadlines.disarm(lane.deadline);
    }
  }

  /** As many as the time allows now; the rest when its time comes. */
  #proceed(lane: Lane): void {
    const { now } = this.outbox;
    if (now >= lane.next) {
      const tick = Math.max(lane.interval, SHORTEST_TICK) as Duration;
      let left = Math.floor(tick / lane.interval);
      for (const [one, rounds] of lane.waiting) {
        if (left === 0) break;
        lane.waiting.delete(one);
        const frame = this.#frame(one);
        // A map goes on to what is appended while it is walked: the next round follows this one.
        if (frame && rounds > 1) lane.waiting.set(one, rounds - 1);
        else this.#places.delete(one);
        if (!frame) continue;
        this.outbox.frame(frame);
        left--;
      }
      lane.next = after(now, tick);
    }
    if (lane.waiting.size > 0) this.deadlines.arm(lane.deadline, lane.next);
  }

  /** Undefined: at once. */
  #laneOf({ wanted }: Announced): Lane | undefined {
    const link = wanted && this.#base(wanted.interfaceIndex);
    if (!link) return undefined;
    const kind: Kind = wanted.address.includes(':') ? 'na' : 'garp';
    const group = this.#groups.get(link.name);
    const interval =
      kind === 'garp'
        ? (group?.garpInterval ?? this.#garpInterval)
        : (group?.gnaInterval ?? this.#gnaInterval);
    if (interval <= 0) return undefined;
    // A group is one budget, whatever interface comes first.
    const key = `${kind} ${group ? group.interfaces.join(' ') : link.index}`;
    const known = this.#lanes.get(key);
    if (known) return known;
    const lane: Lane = {
      interval,
      waiting: new Map(),
      next: this.outbox.now,
      deadline: {
        what: `announcements (${key})`,
        periodic: false,
        fire: () => this.#proceed(lane),
      },
    };
    this.#lanes.set(key, lane);
    return lane;
  }

  #base(index: number): LinkFacts | undefined {
    const link = this.inventory.link(index);
    if (!link || !STACKED.has(link.kind) || link.parent === undefined) return link;
    return this.inventory.link(link.parent) ?? link;
  }

  /** Undefined where the address is not there, or where its interface has nobody to tell. */
  #frame({ state, wanted }: Announced): Frame | undefined {
    const link = wanted && state === 'present' ? this.inventory.link(wanted.interfaceIndex) : undefined;
    if (!wanted || !link?.mac || link.noArp) return undefined;
    const { address } = wanted;
    const common = { kind: 'send-frame', interfaceIndex: link.index } as const;
    if (!address.includes(':'))
      return {
        ...common,
        etherType: ETHERTYPE_ARP,
        destination: BROADCAST_MAC,
        bytes: encodeGratuitousArp(link.mac, address),
      };
    return {
      ...common,
      etherType: ETHERTYPE_IPV6,
      destination: ALL_NODES_MAC,
      bytes: encodeUnsolicitedAdvertisement(link.mac, address, link.forwardsIpv6 ?? false),
    };
  }
}
