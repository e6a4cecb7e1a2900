/**
 * Whether a living master of lower priority is obeyed: always with nopreempt, and with preempt_delay until the
 * delay has passed that its first advert began. Runtime reference section 6.1; timelines 7 and 8. What follows
 * from it is decided by the transition table.
 */
import { after, type Instant } from '../../base/time.js';
import type { InstanceSettings } from '../../config/model.js';
import type { House } from '../house.js';

/** What is read of the instance. */
export interface Preempts {
  readonly settings: InstanceSettings;
  readonly priority: number;
}

export class Preemption {
  /** When the delay ends; undefined: it has not begun. */
  #ends: Instant | undefined;

  constructor(
    readonly instance: Preempts,
    readonly house: House,
  ) {}

  /** Whether the advert of a master of this priority (1..255) keeps us in BACKUP. */
  accepts(priority: number): boolean {
    const { preempt, preemptDelay } = this.instance.settings;
    if (!preempt || priority >= this.instance.priority) return true;
    if (preemptDelay === 0) return false;
    return this.#ends === undefined || this.house.outbox.now < this.#ends;
  }

  /** An advert was obeyed: a better or equal master stops the delay, the first worse one begins it. */
  heard(priority: number): void {
    const { preempt, preemptDelay } = this.instance.settings;
    if (!preempt || preemptDelay === 0) return;
    if (priority >= this.instance.priority) this.#ends = undefined;
    else this.#ends ??= after(this.house.outbox.now, preemptDelay);
  }

  reset(): void {
    this.#ends = undefined;
  }
}
