/**
 * Every deadline of the engine in one queue (DESIGN rule 3). Decides which of them fire in a turn; what a firing
 * means is decided by its owner. A deadline is an object that its owner makes once and arms again and again.
 */
import { DeadlineQueue } from '../base/deadline-queue.js';
import { after, type Duration, type Instant, microseconds } from '../base/time.js';

/**
 * How early a periodic deadline may fire when another one wakes us anyway, so that instances with nearly equal
 * intervals share a wake-up. Far below the smallest interval of VRRP (10 ms) and the jitter of any network.
 */
export const DEADLINE_SLACK: Duration = microseconds(250);

export interface Deadline {
  /** For people who look at a stuck daemon. */
  readonly what: string;
  /** Periodic work, whose next instant is counted from the previous one: it may share an earlier wake-up. */
  readonly periodic: boolean;
  /** How early it may then fire; DEADLINE_SLACK where it does not say. */
  readonly slack?: Duration;
  /** A master-down deadline or detection time: the channel whose unread packets must be read first. */
  readonly waitsFor?: () => string | undefined;
  /** Whether what comes of it must be quick, as it stands now; absent: never. */
  urgent?(): boolean;
  fire(due: Instant): void;
}

/** What the deadlines of thousands of owners have in common. */
export interface DeadlineKind<O> {
  readonly what: string;
  readonly periodic: boolean;
  urgent?(owner: O): boolean;
  fire(owner: O, due: Instant): void;
}

/** A deadline of one kind: as small as it can be, for thousands of instances have several each. */
export class OwnedDeadline<O> implements Deadline {
  constructor(
    readonly kind: DeadlineKind<O>,
    readonly owner: O,
  ) {}

  get what(): string {
    return this.kind.what;
  }
  get periodic(): boolean {
    return this.kind.periodic;
  }
  urgent(): boolean {
    return this.kind.urgent?.(this.owner) ?? false;
  }
  fire(due: Instant): void {
    this.kind.fire(this.owner, due);
  }
}

export class Deadlines {
  readonly #queue = new DeadlineQueue<Deadline>();
  /**
   * It fires right now, and does not count any more. It leaves the queue only when its owner does not arm it again: what
   * is periodic comes back at once, and thousands that come and go would have the queue's table made anew all the time.
   */
  #firing: Deadline | undefined;

  get earliest(): Instant | undefined {
    return this.#queue.earliest;
  }
  /** Whether the earliest one is a master-down deadline. */
  get earliestIsMasterDown(): boolean {
    return this.#queue.first?.key.waitsFor !== undefined;
  }
  /** The channel that the earliest one waits for; undefined: it waits for none. */
  get earliestWaitsFor(): string | undefined {
    return this.#queue.first?.key.waitsFor?.();
  }
  get earliestIsUrgent(): boolean {
    return this.#queue.first?.key.urgent?.() ?? false;
  }
  arm(deadline: Deadline, at: Instant): void {
    if (deadline === this.#firing) this.#firing = undefined;
    this.#queue.set(deadline, at);
  }
  disarm(deadline: Deadline): void {
    this.#queue.clear(deadline);
  }
  at(deadline: Deadline): Instant | undefined {
    return deadline === this.#firing ? undefined : this.#queue.at(deadline);
  }

  /**
   * Fires what is due at `now`, in order; deadlines that wait for one of the `held` channels stay due, and so do
   * those that wait for any and came later than `read`, when packets were read last. Firing ends with what is due
   * now: whoever arms itself for `now` or earlier while it fires comes in the same turn, so owners must arm later
   * instants.
   */
  fire(now: Instant, held: readonly string[] = [], read: Instant = now): void {
    let waiting: { deadline: Deadline; at: Instant }[] | undefined;
    for (;;) {
      const first = this.#queue.first;
      if (!first || first.at > (first.key.periodic ? after(now, first.key.slack ?? DEADLINE_SLACK) : now))
        break;
      // Arming moves the entry itself.
      const { at, key: deadline } = first;
      const unheard = at > read || held.length > 0;
      const channel = unheard ? deadline.waitsFor?.() : undefined;
      if (channel !== undefined && (at > read || held.includes(channel))) {
        this.#queue.clear(deadline);
        waiting ??= [];
        waiting.push({ deadline, at });
        continue;
      }
      this.#firing = deadline;
      deadline.fire(at);
      if (this.#firing === deadline) this.#queue.clear(deadline);
      this.#firing = undefined;
    }
    for (const { deadline, at } of waiting ?? []) this.#queue.set(deadline, at);
  }
}

/**
 * The next instant of something periodic: previous plus interval, so that there is no drift. When that has
 * passed already, whole intervals are skipped and counted: never a burst.
 */
export function nextPeriod(
  previous: Instant,
  interval: Duration,
  now: Instant,
): { readonly at: Instant; readonly missed: number } {
  const next = after(previous, interval);
  if (next > now) return { at: next, missed: 0 };
  const missed = Math.floor((now - next) / interval) + 1;
  return { at: after(next, (missed * interval) as Duration), missed };
}
