/**
 * Whether the process of the load balancer still turns its loop. One that hangs is no better than one that died: nobody
 * checks the servers, and those that are dead keep their connections. It is asked now and then; whatever it says is an
 * answer. When nothing came for a while that is said, and after a longer while it is given up. What is done then is
 * balancer-process.ts's. (DESIGN section 4)
 */

/** Between two questions. */
export const ROUND_MS = 5_000;
/**
 * Rounds in a row without a word. They are counted, and no clock is read: where this process was itself stopped (a machine
 * that slept, a frozen container), that is one round, however long it took.
 */
export const ROUNDS_UNTIL_SAID = 2;
export const ROUNDS_UNTIL_GIVEN_UP = 12;

export interface VigilHooks {
  ask(): void;
  silent(seconds: number): void;
  speaksAgain(): void;
  /** Called once; nothing is asked any more. */
  givenUp(seconds: number): void;
}

/** Calls `round` every ROUND_MS, until what it returns is called. Nobody stays alive for it. */
function byTheClock(round: () => void): () => void {
  const timer = setInterval(round, ROUND_MS).unref();
  return () => clearInterval(timer);
}

export class Vigil {
  readonly #hooks: VigilHooks;
  readonly #stopRounds: () => void;
  #waiting = false;
  #missed = 0;

  constructor(hooks: VigilHooks, startRounds = byTheClock) {
    this.#hooks = hooks;
    this.#stopRounds = startRounds(() => this.#round());
  }

  heard(): void {
    const wasSilent = this.#missed >= ROUNDS_UNTIL_SAID;
    this.#waiting = false;
    this.#missed = 0;
    if (wasSilent) this.#hooks.speaksAgain();
  }

  end(): void {
    this.#stopRounds();
  }

  #round(): void {
    if (!this.#waiting) {
      this.#waiting = true;
      this.#hooks.ask();
      return;
    }
    this.#missed++;
    const seconds = (this.#missed * ROUND_MS) / 1000;
    if (this.#missed === ROUNDS_UNTIL_SAID) this.#hooks.silent(seconds);
    if (this.#missed < ROUNDS_UNTIL_GIVEN_UP) return;
    this.end();
    this.#hooks.givenUp(seconds);
  }
}
