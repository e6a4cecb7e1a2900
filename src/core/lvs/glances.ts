/**
 * Looks at one service of the table every few seconds, each in its turn: whoever empties the table (`ipvsadm -C`, a
 * firewall that starts anew) is found out by any of them, long before all of it is compared. It decides when to look at which,
 * and whether that one is as it shall be; what follows is upkeep.ts's.
 */
import { after, type Duration, seconds } from '../../base/time.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { BalancerInput } from './balancer.js';
import type { LvsOutbox } from './outbox.js';
import { type ServiceIdentity, type ServiceKey, tableOf } from './table.js';
import { foundDifferent } from './table-words.js';
import type { Wishes } from './wishes.js';

const GLANCE_INTERVAL: Duration = seconds(5);
/** After one that found something: who is at the table again and again is answered once in a while. */
export const GLANCE_REST: Duration = seconds(60);

export interface GlanceHooks {
  /** Nothing is on its way, and nothing of this service is refused: else the next answer to that says more. */
  readonly mayLook: (key: ServiceKey) => boolean;
  /** Asks for that one; the number of the request. */
  readonly ask: (identity: ServiceIdentity) => number;
}

export class Glances {
  readonly #due: Deadline;
  #turns: Iterator<ServiceKey> | undefined;
  #asked: { readonly request: number; readonly key: ServiceKey } | undefined;

  constructor(
    readonly outbox: LvsOutbox,
    readonly deadlines: Deadlines,
    readonly wishes: Pick<Wishes, 'table'>,
    readonly hooks: GlanceHooks,
  ) {
    this.#due = { what: 'a service is looked at', periodic: false, fire: () => this.#look() };
  }

  later(interval: Duration = GLANCE_INTERVAL): void {
    this.deadlines.arm(this.#due, after(this.outbox.now, interval));
  }
  end(): void {
    this.deadlines.disarm(this.#due);
  }

  /** Something is changed: what was asked before that says nothing any more. */
  overtaken(): void {
    this.#asked = undefined;
  }

  #look(): void {
    this.later();
    const key = this.#next();
    const wish = key === undefined ? undefined : this.wishes.table.get(key);
    if (key === undefined || !wish || !this.hooks.mayLook(key)) return;
    this.#asked = { request: this.hooks.ask(wish.service.identity), key };
  }

  #next(): ServiceKey | undefined {
    const next = this.#turns?.next();
    if (next && !next.done) return next.value;
    this.#turns = this.wishes.table.keys();
    const first = this.#turns.next();
    return first.done ? undefined : first.value;
  }

  /** Whether somebody was at the service that was asked for; also false where it was not asked by this. */
  findsDifferent({ request, table, error }: Extract<BalancerInput, { kind: 'balancer-table' }>): boolean {
    if (request !== this.#asked?.request) return false;
    const { key } = this.#asked;
    this.#asked = undefined;
    const wish = this.wishes.table.get(key);
    if (error || !wish) return false;
    const there = tableOf(table.services).get(key);
    return !there || foundDifferent(wish, there, false).length > 0;
  }
}
