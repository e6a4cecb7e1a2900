/**
 * The instants at which packets of sessions are planned to leave. Chance chooses one for each packet, within the window
 * that the protocol leaves it; where others leave within that window, it leaves with those nearest to it, for a wake-up
 * costs more than a packet. Decides only when; whether and what is sent is the session's. RFC 5880 section 6.8.7.
 */
import { MAX_BFD_DEPARTURE } from '../../base/limits.js';
import type { Instant } from '../../base/time.js';

/** When one packet may leave: between `from` and `to`, both included, and best at `chosen`, which lies between them. */
export interface DepartureWindow {
  readonly from: Instant;
  readonly chosen: Instant;
  readonly to: Instant;
}

interface Departure {
  readonly at: Instant;
  /** So many are planned for it. */
  packets: number;
}

export class Departures {
  /** Ascending. */
  readonly #planned: Departure[] = [];

  /** The instant planned nearest to the chosen one that the window allows, or the chosen one, which is planned then. */
  plan(now: Instant, { from, chosen, to }: DepartureWindow): Instant {
    const planned = this.#planned;
    while (planned[0] && planned[0].at <= now) planned.shift();
    const place = this.#placeOf(chosen);
    let nearest: Departure | undefined;
    for (let n = place; n < planned.length; n++) {
      const one = planned[n] as Departure;
      if (one.at > to) break;
      if (one.packets >= MAX_BFD_DEPARTURE) continue;
      nearest = one;
      break;
    }
    for (let n = place - 1; n >= 0; n--) {
      const one = planned[n] as Departure;
      if (one.at < from || (nearest && nearest.at - chosen <= chosen - one.at)) break;
      if (one.packets >= MAX_BFD_DEPARTURE) continue;
      nearest = one;
      break;
    }
    if (nearest) {
      nearest.packets++;
      return nearest.at;
    }
    planned.splice(place, 0, { at: chosen, packets: 1 });
    return chosen;
  }

  /** A packet that was planned for then left before, or does not leave at all. */
  cancel(instant: Instant): void {
    const place = this.#placeOf(instant);
    const one = this.#planned[place];
    if (one?.at !== instant) return;
    one.packets--;
    if (one.packets === 0) this.#planned.splice(place, 1);
  }

  /** Where a departure at `instant` stands, or would stand. */
  #placeOf(instant: Instant): number {
    let low = 0;
    let high = this.#planned.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#planned[middle] as Departure).at < instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
