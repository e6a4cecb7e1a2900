/**
 * What no instance moves: static addresses, routes and rules. They are set when the daemon starts, put back when somebody
 * deletes them, kept over a reload that does not change them, and removed at the end. Directives-global section 2;
 * runtime reference sections 5 and 8.
 */
import { after, type Duration, type Instant, seconds } from '../../base/time.js';
import type { StaticSettings } from '../../config/model-net.js';
import type { Deadline } from '../deadlines.js';
import type { Reason } from '../effects.js';
import type { House } from '../house.js';
import { HOLDFAST_STATIC_PROTOCOL } from './facts.js';
import { type HeldBy, Holdings } from './holdings.js';
import { interfacesOfRoute } from './resolve-routing.js';

/** Whoever deletes what is static again and again is answered no more often. */
export const RESTORE_GAP: Duration = seconds(1);

export class Statics implements HeldBy {
  readonly name = 'static';
  readonly device = undefined;
  readonly addressProtocol = HOLDFAST_STATIC_PROTOCOL;
  readonly holdings: Holdings;
  readonly #later: Deadline;
  #waiting: (() => void)[] = [];
  #restored: Instant | undefined;

  constructor(readonly house: House) {
    this.holdings = new Holdings(this, house);
    this.#later = { what: 'put static items back', periodic: false, fire: () => this.#restore() };
  }

  /** At the start, and whenever the configuration changes. */
  configure(settings: StaticSettings | undefined): void {
    this.holdings.renew({
      virtualAddresses: [],
      excludedAddresses: settings?.addresses ?? [],
      routes: settings?.routes ?? [],
      rules: settings?.rules ?? [],
    });
  }
  begin(): void {
    this.holdings.claim();
  }
  end(): void {
    this.house.deadlines.disarm(this.#later);
    this.#waiting = [];
    this.holdings.release();
  }

  addressesPresent(): void {}

  lost(reason: Reason, again: () => void): void {
    const { now } = this.house.outbox;
    this.house.outbox.log('notice', `(${this.name}) ${reason.text}: put back`);
    this.#waiting.push(again);
    const soonest = this.#restored === undefined ? now : after(this.#restored, RESTORE_GAP);
    if (this.#restored === now || soonest <= now) this.#restore();
    else if (this.house.deadlines.at(this.#later) === undefined)
      this.house.deadlines.arm(this.#later, soonest);
  }

  #restore(): void {
    this.#restored = this.house.outbox.now;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const again of waiting) again();
  }
}

/** The interfaces that instances watch because of a track_group, by the name of the instance. */
export function staticInterfaces(
  settings: StaticSettings | undefined,
): ReadonlyMap<string, ReadonlySet<string>> {
  const byGroup = new Map<string, string[]>();
  const note = (group: string | undefined, names: readonly (string | undefined)[]): void => {
    if (group === undefined) return;
    const known = byGroup.get(group) ?? [];
    byGroup.set(group, [...known, ...names.filter((name) => name !== undefined)]);
  };
  for (const { trackGroup, device } of settings?.addresses ?? []) note(trackGroup, [device]);
  for (const route of settings?.routes ?? []) note(route.trackGroup, interfacesOfRoute(route));
  for (const { trackGroup, inputInterface } of settings?.rules ?? []) note(trackGroup, [inputInterface]);
  const byInstance = new Map<string, Set<string>>();
  for (const { name, members } of settings?.trackGroups ?? []) {
    for (const member of members) {
      const watched = byInstance.get(member) ?? new Set();
      for (const device of byGroup.get(name) ?? []) watched.add(device);
      byInstance.set(member, watched);
    }
  }
  return byInstance;
}
