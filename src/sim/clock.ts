/**
 * What one router believes the time to be. Its monotonic clock has an arbitrary origin and runs a few parts per
 * million fast or slow; its wall clock can be stepped by an administrator. Both are functions of world time, so
 * two routers never agree on a number and nothing in the core can get away with comparing across routers.
 */
import { type Instant, instant, type Moment, wallTime } from '../base/time.js';

export class RouterClock {
  readonly #origin: number;
  readonly #rate: number;
  #wallOrigin: number;

  /**
   * @param origin monotonic microseconds at world time zero
   * @param partsPerMillion how much faster than the world it runs, -500..500 (what NTP would still correct)
   * @param wallOrigin wall microseconds at world time zero
   */
  constructor(origin: number, partsPerMillion: number, wallOrigin: number) {
    this.#origin = origin;
    this.#rate = 1 + partsPerMillion / 1e6;
    this.#wallOrigin = wallOrigin;
  }

  moment(world: number): Moment {
    const elapsed = world * this.#rate;
    return { now: instant(this.#origin + elapsed), wall: wallTime(this.#wallOrigin + elapsed) };
  }

  /** The earliest world time at which this router's monotonic clock shows `at` or more. */
  worldTime(at: Instant): number {
    return Math.ceil((at - this.#origin) / this.#rate) + 1;
  }

  /** Somebody sets the wall clock; the monotonic clock takes no notice. */
  stepWall(microseconds: number): void {
    this.#wallOrigin += microseconds;
  }
}
