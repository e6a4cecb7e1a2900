/**
 * One queue of deliveries to one server: strictly in order, one at a time, tried again after longer and longer
 * waits, given up with a line in the log. It decides order and patience; what a delivery is, and which failure is
 * final, is told to it.
 */
import { MAX_DELIVERY_QUEUE } from '../../base/limits.js';

/** Milliseconds before the second, third ... attempt; after the last one it is given up. */
export const RETRIES_MS: readonly number[] = [1000, 5000, 30_000, 60_000, 300_000];

/** Trying again would give the same: the server refused, or the configuration is wrong. */
export class FinalFailure extends Error {
  override readonly name = 'FinalFailure';
}

export interface Delivery {
  /** Names it in log lines: `the mail "…" to …`. */
  readonly what: string;
  readonly attempt: () => Promise<void>;
}

export type Say = (level: 'error' | 'warning' | 'info', text: string) => void;

export class DeliveryQueue {
  readonly #name: string;
  readonly #say: Say;
  readonly #retries: readonly number[];
  readonly #waiting: Delivery[] = [];
  #busy = false;
  #lost = 0;
  #hurry = false;
  #wake: (() => void) | undefined;
  readonly #idle: (() => void)[] = [];

  constructor(name: string, say: Say, retries: readonly number[] = RETRIES_MS) {
    this.#name = name;
    this.#say = say;
    this.#retries = retries;
  }

  get idle(): boolean {
    return !this.#busy && this.#waiting.length === 0;
  }

  add(delivery: Delivery): void {
    this.#waiting.push(delivery);
    if (this.#waiting.length > MAX_DELIVERY_QUEUE) {
      this.#waiting.shift();
      this.#lost++;
      if (this.#lost === 1)
        this.#say(
          'warning',
          `${this.#name}: ${MAX_DELIVERY_QUEUE} messages wait, from now on the oldest are lost; mend what the lines about them say, or take it out of the configuration`,
        );
    }
    if (!this.#busy) void this.#work();
  }

  /** The end is near: at most one more attempt, without waiting. Resolves when nothing waits any more. */
  finish(): Promise<void> {
    this.#hurry = true;
    this.#wake?.();
    return this.idle ? Promise.resolve() : new Promise((done) => this.#idle.push(done));
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      await this.#deliver(next);
      if (this.#lost === 0) continue;
      this.#say('warning', `${this.#name}: ${this.#lost} messages were lost meanwhile`);
      this.#lost = 0;
    }
    this.#busy = false;
    for (const done of this.#idle.splice(0)) done();
  }

  async #deliver({ what, attempt }: Delivery): Promise<void> {
    for (let tries = 1; ; tries++) {
      const last = this.#hurry;
      try {
        await attempt();
        if (tries > 1) this.#say('info', `${what} was delivered at attempt ${tries}`);
        return;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const wait = this.#retries[tries - 1];
        if (error instanceof FinalFailure || wait === undefined || last) {
          const after = tries === 1 ? '' : ` after ${tries} attempts`;
          this.#say('error', `${what} is given up${after}: ${why}`);
          return;
        }
        if (tries === 1) this.#say('warning', `${what} could not be delivered: ${why}; it is tried again`);
        if (this.#hurry) continue;
        await new Promise<void>((next) => {
          const timer = setTimeout(next, wait);
          this.#wake = () => {
            clearTimeout(timer);
            next();
          };
        });
        this.#wake = undefined;
      }
    }
  }
}
