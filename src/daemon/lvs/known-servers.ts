/**
 * What is known of servers beyond the life of a process: who is dead, who is drained, and what a start would not come to by
 * itself: who is alive with `alpha`, which quorum is there with `hysteresis`. Of all others there is nothing to know. What
 * a later life makes of it is decided in core/lvs.
 */
import type { Answer, BalancerEvent } from '../../core/lvs/effects.js';
import type { Remembered } from '../../core/lvs/inputs.js';

export class KnownServers {
  readonly #known = new Map<string, Remembered>();

  constructor(known: readonly Remembered[] = []) {
    for (const one of known) this.#set(one);
  }

  get all(): Remembered[] {
    return [...this.#known.values()];
  }
  get drained(): Remembered[] {
    return this.all.flatMap(({ alive: _, ...one }) => (one.drained ? [one] : []));
  }

  /** Whether anything is another. */
  happened({ type, service, server, state, gone, kept, stopping }: BalancerEvent): boolean {
    if (stopping || (type === 'server') === (server === undefined)) return false;
    if (gone) return this.#known.delete(keyOf({ service, server }));
    // Who is up is so at any start, unless it is said to be kept; a quorum that is not there is not there.
    const alive = state === 'UP' ? kept : server === undefined ? undefined : false;
    const before = this.#known.get(keyOf({ service, server }));
    return this.#set({
      service,
      ...(server === undefined ? {} : { server }),
      ...(alive === undefined ? {} : { alive }),
      drained: before?.drained ?? false,
    });
  }
  /** Likewise. */
  answered(answer: Answer): boolean {
    if (answer.ask !== 'drain') return false;
    let changed = false;
    for (const { service, server } of answer.places) {
      const before = this.#known.get(keyOf({ service, server }));
      changed = this.#set({ ...before, service, server, drained: answer.drained }) || changed;
    }
    return changed;
  }

  #set(one: Remembered): boolean {
    const key = keyOf(one);
    const before = this.#known.get(key);
    if (one.alive === undefined && !one.drained) return this.#known.delete(key);
    this.#known.set(key, one);
    return before?.alive !== one.alive || before?.drained !== one.drained;
  }
}

const keyOf = ({ service, server }: { service: string; server?: string | undefined }): string =>
  `${server ?? ''} ${service}`;
