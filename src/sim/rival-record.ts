/**
 * Another router with priority 255 and a lower address, as an owner that is MASTER hears it: how long it must be
 * borne, and when it must have been yielded to (runtime reference section 6.3, two owners). Judged from adverts
 * heard and sent alone.
 */

/** Adverts of ours that a rival is given. */
const WARNINGS = 2;
/** What it is waited for after them, in intervals. */
const PATIENCE = 1.2;
/** Adverts of both that may come late or be lost on the way, in intervals. */
const LENIENCE = 2;

export class RivalRecord {
  #since: number | undefined;
  #last = 0;
  /** Adverts that were sent since the rival was first heard. */
  #adverts = 0;

  constructor(readonly interval: number) {}

  /** The rival's advert at world time `at` came to a MASTER. */
  heard(at: number): void {
    if (this.#since === undefined || at - this.#last > PATIENCE * this.interval) this.#since = at;
    this.#last = at;
  }
  sent(): void {
    if (this.#since !== undefined) this.#adverts++;
  }

  /** It was warned often enough that one may yield to it. */
  get warned(): boolean {
    return this.#adverts >= WARNINGS;
  }
  /** It did not give way for so long that one must have yielded. */
  get overdue(): boolean {
    if (this.#since === undefined) return false;
    return this.#last - this.#since > (WARNINGS + PATIENCE + LENIENCE) * this.interval;
  }
}
