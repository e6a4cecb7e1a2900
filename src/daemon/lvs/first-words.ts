/**
 * What the first process says before the load balancer's can act on it. A process takes a while to start, and by then a
 * configuration may have been followed by anything: a reload, a new master, a stop. All of it is read in one go, so what
 * stands behind the first configuration is kept from that very moment, and told in its order once somebody listens.
 */
import type { LvsConfiguration } from '../../core/lvs/configuration.js';
import type { Received } from './received.js';
import type { ToBalancer } from './talk.js';

/** The first two words. */
export type Begin = Omit<Extract<ToBalancer, { say: 'begin' }>, 'say'> & {
  readonly configuration: LvsConfiguration;
};

/** Who acts on what is said. */
export interface Listener {
  told(message: ToBalancer): void;
  /** The first process is gone. */
  orphaned(): void;
}

export class FirstWords {
  /** Undefined: the first process was gone before it had said what to do. */
  readonly begin: Promise<Begin | undefined>;
  readonly #received: Received;
  #word: Extract<ToBalancer, { say: 'begin' }> | undefined;
  #begun = false;
  #decide: (begin: Begin | undefined) => void = () => {};
  #kept: ToBalancer[] = [];
  #gone = false;
  #listener: Listener | undefined;

  constructor(received: Received) {
    this.#received = received;
    this.begin = new Promise((done) => {
      this.#decide = done;
    });
  }

  hear(message: ToBalancer): void {
    if (this.#listener) this.#listener.told(message);
    else if (this.#begun) this.#kept.push(message);
    else if (message.say === 'begin') this.#word = message;
    else if (message.say === 'services') this.#received.services(message);
    else if (message.say === 'configuration' && this.#word) {
      this.#begun = true;
      this.#decide({ ...this.#word, configuration: this.#received.configuration(message) });
    }
  }

  gone(): void {
    this.#gone = true;
    if (this.#listener) this.#listener.orphaned();
    else this.#decide(undefined);
  }

  /** From now on `listener` hears everything, beginning with what was kept. */
  passOn(listener: Listener): void {
    this.#listener = listener;
    const kept = this.#kept;
    this.#kept = [];
    for (const message of kept) listener.told(message);
    if (this.#gone) listener.orphaned();
  }
}
