/**
 * Which interfaces count as up: IFF_UP with IFF_RUNNING, or with what polling says of the link in its place
 * (linkbeat), each change once it has lasted for the delay of `interface_up_down_delays`. A delay never exceeds what
 * the adverts of the instances on the interface allow; a virtual MAC interface has those of the interface underneath.
 * Runtime reference section 7. What a change means is decided by instances and trackers.
 */
import { after, type Duration, formatDuration, ZERO } from '../../base/time.js';
import type { Configuration, InterfaceDelaySettings, LinkbeatSettings } from '../../config/model.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Outbox } from '../outbox.js';
import type { LinkFacts } from './facts.js';
import type { Inventory } from './inventory.js';

/** Kinds of links that stand on another one and share its fate. */
const STACKED: ReadonlySet<string | undefined> = new Set(['macvlan', 'ipvlan']);

/** Who is told, and asked. */
export interface LinkAudience {
  /** The state that counts has changed, later than the link itself. */
  changed(name: string): void;
  /** The longest delay that the adverts of those who stand on it allow; undefined: nobody does. */
  longestDelay(name: string): Duration | undefined;
}

interface Watched {
  readonly name: string;
  delays: { readonly down: Duration; readonly up: Duration } | undefined;
  /** What counts. */
  up: boolean;
  /** A link that was never up is not waited for. */
  seenUp: boolean;
  readonly pending: Deadline;
}

export class LinkStates {
  readonly #watched = new Map<string, Watched>();
  #delays = new Map<string, InterfaceDelaySettings>();
  #polls = new Map<string, LinkbeatSettings>();
  /** What polling said last. */
  readonly #beats = new Map<string, boolean>();

  constructor(
    readonly inventory: Inventory,
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
    readonly audience: LinkAudience,
  ) {}

  /** Takes on a configuration, new or reloaded. */
  configure(configuration: Configuration): void {
    this.#delays = new Map((configuration.interfaceDelays ?? []).map((one) => [one.interface, one]));
    const polls = pollsOf(configuration);
    for (const [name, before] of this.#polls) {
      const settings = polls.get(name);
      if (settings?.method === before.method && settings !== undefined) continue;
      this.outbox.watch({ kind: 'unwatch-linkbeat', interface: name });
      this.#beats.delete(name);
    }
    for (const [name, settings] of polls) {
      const before = this.#polls.get(name);
      if (before && before.method === settings.method) continue;
      const { method } = settings;
      this.outbox.watch({ kind: 'watch-linkbeat', interface: name, ...(method ? { method } : {}) });
    }
    this.#polls = polls;
    for (const name of new Set([...this.#delays.keys(), ...polls.keys()])) this.#watch(name);
    for (const watched of this.#watched.values()) {
      watched.delays = this.#delaysOf(watched.name);
      this.#settle(watched);
    }
  }

  isUp(name: string): boolean {
    return this.#watched.get(name)?.up ?? this.#raw(name);
  }
  /** It looks other than it counts: its change has not lasted for long enough. */
  isChanging(name: string): boolean {
    const watched = this.#watched.get(name);
    return watched !== undefined && watched.up !== this.#raw(name);
  }

  /** The kernel told something new of the link. */
  observe(name: string): void {
    const watched = this.#watched.get(name) ?? (this.#delaysOf(name) ? this.#watch(name) : undefined);
    if (watched) this.#settle(watched);
  }

  /** What polling says; it is told again only when it changes. */
  polled(name: string, up: boolean, method: string): void {
    if (!this.#polls.has(name)) return;
    const known = this.#beats.get(name);
    this.#beats.set(name, up);
    if (known === undefined)
      this.outbox.log('info', `${name}: the link is polled by ${method}, and is ${up ? 'up' : 'down'}`);
    else this.outbox.log('info', `${name}: polling finds the link ${up ? 'up' : 'down'}`);
    const before = this.isUp(name);
    this.observe(name);
    if (this.isUp(name) !== before) this.audience.changed(name);
  }

  #watch(name: string): Watched {
    const known = this.#watched.get(name);
    if (known) return known;
    const up = this.#raw(name);
    const watched: Watched = {
      name,
      delays: this.#delaysOf(name),
      up,
      seenUp: up,
      pending: {
        what: `${name} up or down for long enough`,
        periodic: false,
        fire: () => {
          this.#take(watched, this.#raw(name));
          this.audience.changed(name);
        },
      },
    };
    this.#watched.set(name, watched);
    return watched;
  }

  #settle(watched: Watched): void {
    const { name, pending } = watched;
    const up = this.#raw(name);
    const waiting = this.deadlines.at(pending) !== undefined;
    // Its addresses and its index are gone: nothing to wait for, neither now nor when it comes back.
    if (!this.inventory.linkByName(name)) {
      this.#take(watched, false);
      watched.seenUp = false;
      return;
    }
    if (up === watched.up) {
      if (!waiting) return;
      this.deadlines.disarm(pending);
      this.outbox.log('info', `${name} is ${up ? 'up' : 'down'} again before that counted`);
      return;
    }
    const delay = this.#delay(watched, up);
    if (!watched.seenUp || delay <= 0) {
      this.#take(watched, up);
      return;
    }
    if (waiting) return;
    this.outbox.log('info', `${name} is ${up ? 'up' : 'down'}: that counts in ${formatDuration(delay)}`);
    this.deadlines.arm(pending, after(this.outbox.now, delay));
  }

  #take(watched: Watched, up: boolean): void {
    this.deadlines.disarm(watched.pending);
    watched.up = up;
    if (up) watched.seenUp = true;
  }

  #delay({ name, delays }: Watched, up: boolean): Duration {
    if (!delays) return ZERO;
    const link = this.inventory.linkByName(name);
    const base = link && underneath(link, this.inventory);
    const longest = this.audience.longestDelay(base?.name ?? name);
    const { down } = delays;
    const cut = longest !== undefined && down > longest;
    const capped = cut ? longest : down;
    if (!up) return capped;
    // Where both are the same they stay the same.
    return delays.up === down ? capped : delays.up;
  }

  #delaysOf(name: string): { readonly down: Duration; readonly up: Duration } | undefined {
    const own = this.#delays.get(name);
    if (own) return own;
    if (this.#delays.size === 0) return undefined;
    const link = this.inventory.linkByName(name);
    const parent = link && underneath(link, this.inventory);
    return parent && this.#delays.get(parent.name);
  }

  /** What the kernel says, or polling, of this moment. */
  #raw(name: string): boolean {
    const link = this.inventory.linkByName(name);
    if (link?.up !== true) return false;
    const beats = this.#polls.has(name) && !STACKED.has(link.kind) ? this.#beats.get(name) : undefined;
    return beats ?? link.running;
  }
}

/** The interface that a virtual MAC interface stands on; undefined for others. */
export function underneath(link: LinkFacts, inventory: Inventory): LinkFacts | undefined {
  return STACKED.has(link.kind) && link.parent !== undefined ? inventory.link(link.parent) : undefined;
}

function pollsOf({
  globals,
  instances,
  linkbeatInterfaces = [],
}: Configuration): Map<string, LinkbeatSettings> {
  const polls = new Map<string, LinkbeatSettings>();
  for (const { interface: name, linkbeatUsePolling } of instances) {
    if (name !== undefined && (linkbeatUsePolling || globals.linkbeatUsePolling))
      polls.set(name, { interface: name });
  }
  for (const settings of linkbeatInterfaces) polls.set(settings.interface, settings);
  return polls;
}
