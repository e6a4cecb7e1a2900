/**
 * The cables between the routers: named segments (broadcast domains), and for every ordered pair of routers on a
 * segment how much is lost, delayed, reordered, doubled, damaged or cut off. Whether a router's kernel wants what
 * arrives (interface up, group joined, address owned, filter) is kernel.ts's affair. Every copy that is put on a
 * segment is accounted for: delivered, refused by the receiver, lost, cut or still under way.
 */
import type { Prng } from '../base/prng.js';
import type { Agenda } from './agenda.js';
import type { Flight } from './flight.js';

export interface Station {
  readonly router: number;
  /** Takes a datagram off the segment; false when the kernel has no use for it. */
  receive(segment: string, flight: Flight): boolean;
}

/** What is wrong with some of the ways between routers for a while. Fractions are 0..1, times microseconds. */
export interface Impairment {
  applies(segment: string, from: number, to: number): boolean;
  readonly loss?: number;
  readonly delay?: number;
  readonly jitter?: number;
  readonly duplicate?: number;
  readonly corrupt?: number;
  readonly cut?: boolean;
}

interface Way {
  readonly segment: string;
  readonly from: number;
  readonly to: Station;
  readonly base: number;
  loss: number;
  delay: number;
  jitter: number;
  duplicate: number;
  corrupt: number;
  cut: boolean;
}

/** Copies put on the segments and what became of them; `copies` is always the sum of the others. */
export interface NetworkCounters {
  copies: number;
  delivered: number;
  refused: number;
  lost: number;
  cut: number;
  underWay: number;
}

export class Network {
  readonly counters: NetworkCounters = { copies: 0, delivered: 0, refused: 0, lost: 0, cut: 0, underWay: 0 };
  readonly #agenda: Agenda;
  readonly #prng: Prng;
  readonly #stations = new Map<string, Station[]>();
  readonly #ways = new Map<string, Way[]>();
  readonly #impairments = new Set<Impairment>();

  constructor(agenda: Agenda, prng: Prng) {
    this.#agenda = agenda;
    this.#prng = prng;
  }

  /** Plugs a router into a segment; ways to and from everybody already there come into being. */
  plug(segment: string, station: Station): void {
    const others = this.#stations.get(segment) ?? [];
    for (const other of others) {
      this.#lay(segment, station.router, other);
      this.#lay(segment, other.router, station);
    }
    others.push(station);
    this.#stations.set(segment, others);
  }

  #lay(segment: string, from: number, to: Station): void {
    const key = `${segment}/${from}`;
    const ways = this.#ways.get(key) ?? [];
    const base = this.#prng.integer(60, 400);
    ways.push({
      segment,
      from,
      to,
      base,
      loss: 0,
      delay: 0,
      jitter: 0,
      duplicate: 0,
      corrupt: 0,
      cut: false,
    });
    this.#ways.set(key, ways);
  }

  /** Puts an impairment in force; the returned function lifts it. */
  impair(impairment: Impairment): () => void {
    this.#impairments.add(impairment);
    this.#assess();
    return () => {
      this.#impairments.delete(impairment);
      this.#assess();
    };
  }

  /** Whether a datagram from one router can reach the other on this segment now, loss aside. */
  connected(segment: string, from: number, to: number): boolean {
    const way = this.#ways.get(`${segment}/${from}`)?.find((w) => w.to.router === to);
    return way !== undefined && !way.cut;
  }

  #assess(): void {
    for (const ways of this.#ways.values()) {
      for (const way of ways) {
        way.loss = way.delay = way.jitter = way.duplicate = way.corrupt = 0;
        way.cut = false;
        for (const impairment of this.#impairments) {
          if (!impairment.applies(way.segment, way.from, way.to.router)) continue;
          way.loss = Math.max(way.loss, impairment.loss ?? 0);
          way.delay = Math.max(way.delay, impairment.delay ?? 0);
          way.jitter = Math.max(way.jitter, impairment.jitter ?? 0);
          way.duplicate = Math.max(way.duplicate, impairment.duplicate ?? 0);
          way.corrupt = Math.max(way.corrupt, impairment.corrupt ?? 0);
          way.cut ||= impairment.cut ?? false;
        }
      }
    }
  }

  /** One copy towards every other router on the segment; receivers decide by group and address. */
  transmit(segment: string, flight: Flight): void {
    const ways = this.#ways.get(`${segment}/${flight.sender}`);
    if (ways) for (const way of ways) this.#carry(way, flight);
  }

  /** A datagram from nowhere on the segment (a stranger, a broken switch) that reaches one router. */
  inject(segment: string, to: number, flight: Flight): void {
    const station = this.#stations.get(segment)?.find((s) => s.router === to);
    if (!station) return;
    this.counters.copies++;
    this.#arrive(segment, station, flight);
  }

  #carry(way: Way, flight: Flight): void {
    this.#copy(way, flight);
    if (way.duplicate > 0 && this.#prng.chance(way.duplicate)) this.#copy(way, flight);
  }

  #copy(way: Way, flight: Flight): void {
    this.counters.copies++;
    if (way.cut) {
      this.counters.cut++;
      return;
    }
    if (way.loss > 0 && this.#prng.chance(way.loss)) {
      this.counters.lost++;
      return;
    }
    const damaged = way.corrupt > 0 && this.#prng.chance(way.corrupt);
    const arriving = damaged ? this.#damage(flight) : flight;
    // Without jitter the delay of a way is constant, so a switch never reorders; jitter does.
    const jitter = way.jitter > 0 ? this.#prng.integer(0, way.jitter) : 0;
    this.counters.underWay++;
    this.#agenda.plan(this.#agenda.now + way.base + way.delay + jitter, () => {
      this.counters.underWay--;
      this.#arrive(way.segment, way.to, arriving);
    });
  }

  #arrive(segment: string, station: Station, flight: Flight): void {
    if (station.receive(segment, flight)) this.counters.delivered++;
    else this.counters.refused++;
  }

  /** Flips one bit of the message: checksum, ICV or signature always notice a single one. */
  #damage(flight: Flight): Flight {
    const bytes = flight.bytes.slice();
    const start = flight.family === 'ipv4' ? ((bytes[0] ?? 0) & 0x0f) * 4 : 0;
    const at = this.#prng.integer(start, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#prng.integer(0, 7));
    return { ...flight, bytes, genuine: false, virtualRouterId: bytes[flight.at + 1] ?? 0 };
  }
}
