/**
 * When a daemon's startup delay ends, worked out from its configurations alone: until then it must throw adverts
 * away, and its timers count from the end (runtime reference section 5). In the daemon's own monotonic time.
 */
import { ZERO } from '../base/time.js';
import type { GlobalSettings } from '../config/model.js';

export class DelayRecord {
  #started = 0;
  #uptime = 0;
  #ends: number | undefined;

  begin(now: number, globals: GlobalSettings, uptime: number): void {
    this.#started = now;
    this.#uptime = uptime;
    const ends = now + this.#lengthOf(globals);
    this.#ends = ends > now ? ends : undefined;
  }

  /** A reload: by how much the end moved. */
  reconfigure(now: number, globals: GlobalSettings): number {
    if (this.#ends === undefined) return 0;
    const ends = Math.max(now, this.#started + this.#lengthOf(globals));
    const moved = ends - this.#ends;
    this.#ends = ends > now ? ends : undefined;
    return moved;
  }

  /** The daemon was told the time, as with every input. */
  told(now: number): void {
    if (this.#ends !== undefined && now >= this.#ends) this.#ends = undefined;
  }

  get running(): boolean {
    return this.#ends !== undefined;
  }
  /** How long after `now` timers begin to count. */
  left(now: number): number {
    return this.#ends === undefined ? 0 : Math.max(0, this.#ends - now);
  }

  #lengthOf({ startupDelay = ZERO, delayAfterBoot = ZERO }: GlobalSettings): number {
    return Math.max(0, startupDelay, delayAfterBoot - this.#uptime);
  }
}
