/**
 * When a checker looks at its server: first after a second and a random part of its warmup, then as its course
 * (course.ts) says; never while its last check is in flight, never while its virtual server is suspended. What a
 * changed checker means is its owner's to decide. (directives-lvs sections 5 and 7)
 */
import type { Prng } from '../../base/prng.js';
import {
  after,
  type Duration,
  type Instant,
  microseconds,
  milliseconds,
  seconds,
  ZERO,
} from '../../base/time.js';
import { type DeadlineKind, type Deadlines, OwnedDeadline } from '../deadlines.js';
import type { CheckEffect, CheckerId, CheckVerdict, ProbeSettings } from './check.js';
import { type Course, type CourseStart, courseOf, type Step } from './course.js';

/** No check comes earlier after a start: the network and the servers' neighbours get that long. */
export const FIRST_CHECK: Duration = seconds(1);

/**
 * So late a check may begin without the next one being later for it: that is our being woken. More than that is a machine
 * that has too much to do, and is not made up for.
 */
const MADE_UP_FOR: Duration = milliseconds(20);

/** What monitors share. */
export interface MonitorWorld {
  readonly deadlines: Deadlines;
  readonly prng: Prng;
  readonly now: Instant;
  check(effect: CheckEffect): void;
}

export interface MonitorOwner {
  /** `ha_suspend` and the address is not here. */
  readonly suspended: boolean;
  /** Whether it gets connections. */
  readonly alive: boolean;
  /** How often a suspended one looks again. */
  readonly idleInterval: Duration;
  /** Every verdict but those that say nothing. */
  judged(monitor: Monitor, verdict: CheckVerdict, step: Step): void;
}

export class Monitor {
  readonly #course: Course;
  static readonly #CHECK: DeadlineKind<Monitor> = {
    what: 'check',
    periodic: true,
    urgent: (monitor) => monitor.#course.decides && monitor.owner.alive && !monitor.owner.suspended,
    fire: (monitor, due) => monitor.#fire(due),
  };

  readonly #deadline = new OwnedDeadline(Monitor.#CHECK, this);
  #inFlight = false;
  #startedAt: Instant;
  /** How much later than it was due. */
  #late: Duration = ZERO;
  /** The verdict in words, for people who ask. */
  last: { readonly verdict: CheckVerdict; readonly part: number; readonly at: Instant } | undefined;

  constructor(
    readonly id: CheckerId,
    settings: ProbeSettings,
    start: CourseStart,
    readonly world: MonitorWorld,
    readonly owner: MonitorOwner,
  ) {
    this.#course = courseOf(settings, start);
    this.#startedAt = world.now;
  }

  get settings(): ProbeSettings {
    return this.#course.settings;
  }
  get up(): boolean {
    return this.#course.up;
  }
  /** The URL that is asked for next. */
  get part(): number {
    return this.#course.part;
  }
  get nextAt(): Instant | undefined {
    return this.world.deadlines.at(this.#deadline);
  }

  /** The first check comes after FIRST_CHECK and a random part of the warmup. */
  begin(): void {
    const { deadlines, now, prng } = this.world;
    const warmup = microseconds(prng.fraction() * this.settings.warmup);
    deadlines.arm(this.#deadline, after(after(now, FIRST_CHECK), warmup));
  }

  /** A check in flight is forgotten by whoever makes it. */
  end(): void {
    this.world.deadlines.disarm(this.#deadline);
    this.#inFlight = false;
  }

  /**
   * The rhythm stays, and what is known of the server. Only who would wait for longer than the new delay_loop looks
   * sooner, at some moment within it: the others of the same reload shall not all come at once.
   */
  reconfigure(settings: ProbeSettings): void {
    this.#course.reconfigure(settings);
    const { deadlines, now, prng } = this.world;
    const next = this.nextAt;
    if (next === undefined || next <= after(now, settings.delayLoop)) return;
    deadlines.arm(this.#deadline, after(now, microseconds(prng.fraction() * settings.delayLoop)));
  }

  /** At once, unless a check is in flight already. */
  hurry(): void {
    if (!this.#inFlight) this.world.deadlines.arm(this.#deadline, this.world.now);
  }

  verdict(part: number, verdict: CheckVerdict): void {
    if (!this.#inFlight) return;
    this.#inFlight = false;
    this.last = { verdict, part, at: this.world.now };
    // After a reload the list of URLs may be another one: an answer to one that is gone says nothing.
    const step = part === this.part ? this.#step(verdict) : this.#course.unmade();
    const from = this.settings.kind === 'MISC_CHECK' ? this.#startedAt : this.world.now;
    this.#wait((from - this.#late) as Instant, step.wait);
    this.owner.judged(this, verdict, step);
  }

  #step(verdict: CheckVerdict): Step {
    switch (verdict.kind) {
      case 'good':
        return this.#course.good();
      case 'bad':
        return this.#course.bad();
      case 'unmade':
        return this.#course.unmade();
    }
  }

  #wait(from: Instant, wait: Duration): void {
    const { deadlines, now, prng } = this.world;
    const { jitter } = this.settings;
    const at = after(from, (wait + (jitter ? microseconds(prng.fraction() * jitter) : 0)) as Duration);
    deadlines.arm(this.#deadline, Math.max(at, now) as Instant);
  }

  #fire(due: Instant): void {
    const { owner, world } = this;
    if (owner.suspended) {
      this.#wait(world.now, owner.idleInterval);
      return;
    }
    this.#inFlight = true;
    this.#startedAt = world.now;
    const late = (world.now - due) as Duration;
    this.#late = late > 0 && late <= MADE_UP_FOR ? late : ZERO;
    world.check({ kind: 'start-check', checker: this.id, part: this.part });
  }
}
