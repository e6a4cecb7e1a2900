/**
 * What is known of servers beyond the life of a process: who is dead, and who is drained. Of all others there is nothing
 * to know. What a later life makes of it is decided in core/lvs.
 */
import type { Answer, BalancerEvent } from '../../core/lvs/effects.js';
import type { RememberedServer } from '../../core/lvs/inputs.js';

export class KnownServers {
  readonly #servers = new Map<string, RememberedServer>();

  constructor(known: readonly RememberedServer[] = []) {
    for (const one of known) this.#set(one);
  }

  get all(): RememberedServer[] {
    return [...this.#servers.values()];
  }
  get drained(): RememberedServer[] {
    return this.all.flatMap((one) => (one.drained ? [{ ...one, alive: true }] : []));
  }

  /** Whether anything is another. */
  happened({ type, service, server, state, gone }: BalancerEvent): boolean {
    if (type !== 'server' || server === undefined) return false;
    if (gone) return this.#servers.delete(`${server} ${service}`);
    return this.#set({
      service,
      server,
      alive: state === 'UP',
      drained: this.#of(server, service)?.drained ?? false,
    });
  }
  /** Likewise. */
  answered(answer: Answer): boolean {
    if (answer.ask !== 'drain') return false;
    let changed = false;
    for (const { service, server } of answer.places) {
      const alive = this.#of(server, service)?.alive ?? true;
      changed = this.#set({ service, server, alive, drained: answer.drained }) || changed;
    }
    return changed;
  }

  clear(): void {
    this.#servers.clear();
  }

  #of(server: string, service: string): RememberedServer | undefined {
    return this.#servers.get(`${server} ${service}`);
  }
  #set(one: RememberedServer): boolean {
    const key = `${one.server} ${one.service}`;
    const before = this.#servers.get(key);
    if (one.alive && !one.drained) return this.#servers.delete(key);
    this.#servers.set(key, one);
    return before?.alive !== one.alive || before.drained !== one.drained;
  }
}
