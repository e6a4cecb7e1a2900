/**
 * Inputs that did not come from a descriptor in this turn: failures of effects, answers of netlink, results of
 * scripts. They wait here for the next drain, which is asked for at once (DESIGN rule 2: failures re-enter).
 */
import type { Input } from '../core/inputs.js';
import type { Feed } from '../ports/ports.js';

export class InputQueue<I = Input> {
  #waiting: I[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  /** Somebody asked for a turn as such: it comes even when all inputs were taken meanwhile. */
  #turnWanted = false;
  #wake: (() => void) | undefined;

  onWake(wake: (() => void) | undefined): void {
    this.#wake = wake;
    if (this.#waiting.length > 0) this.#schedule();
  }

  push(input: I): void {
    this.#waiting.push(input);
    this.#schedule();
  }

  /** Asks for a turn of the loop without an input of its own. */
  requestTurn(): void {
    this.#turnWanted = true;
    this.#schedule();
  }

  /** Never calls back from within the caller: that may be in the middle of a turn. */
  #schedule(): void {
    if (this.#scheduled || !this.#wake) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.#turnWanted = false;
      this.#wake?.();
    });
  }

  /** Feeds what waited when it was called; what is pushed meanwhile waits for the next time. */
  drain(feed: Feed<I>): void {
    if (this.#waiting.length === 0) return;
    const inputs = this.#waiting;
    this.#waiting = [];
    for (const input of inputs) feed(input);
    // A turn with nothing to do would cost as much as one that sends an advert.
    if (this.#waiting.length > 0 || this.#turnWanted) return;
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
  }
}
