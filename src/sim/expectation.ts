/**
 * When an instance in BACKUP may take over, and when it must have done so: bounds on its master-down deadline,
 * kept apart from the engine's own. What it surely accepted moves both bounds, what it may have accepted moves
 * only the later one. RFC 3768 and RFC 9568 section 6.4.2; runtime reference sections 6 and 6.1.
 */
import type { InstanceSettings } from '../config/model.js';
import type { ReasonCode } from '../core/effects.js';

/** Why the deadline was armed: a full master-down interval, the skew alone, an eager start, or an owner's. */
export type Armed = 'master-down' | 'skew' | 'start' | 'at-once';

/** How exactly two clocks and a loop agree, microseconds. */
export const EARLY_SLACK = 8_000;
export const LATE_SLACK = 60_000;

/** The reason that a takeover gives when nothing was heard; undefined: more than one would do. */
const BECAUSE: Readonly<Record<Armed, ReasonCode | undefined>> = {
  'master-down': 'master-down',
  skew: undefined,
  start: 'startup',
  'at-once': 'startup',
};

interface Arm {
  at: number;
  kind: Armed;
  /** The advert interval that counts: the master's where version 3 learnt one. */
  interval: number;
}

export class Expectation {
  #early: Arm;
  #late: Arm;
  /** The lowest and the highest priority since the earlier arm: a change moves the deadline by the skew. */
  #lowest: number;
  #highest: number;
  /** The interval learnt with the last accepted advert: what a goodbye's skew counts by in version 3. */
  #learnt: number;
  #because: ReasonCode | undefined;
  /** Since when adverts of lower priority have come without a break: what preempt_delay counts from. */
  #lowerSince: number | undefined;

  constructor(
    public settings: InstanceSettings,
    at: number,
    kind: Armed,
    priority: number,
  ) {
    this.#early = { at, kind, interval: settings.advertInterval };
    this.#late = this.#early;
    this.#lowest = this.#highest = priority;
    this.#learnt = settings.advertInterval;
    this.#because = BECAUSE[kind];
  }

  /** The reason that a takeover must give; undefined: more than one would do. */
  get because(): ReasonCode | undefined {
    return this.#because;
  }

  forgetReason(): void {
    this.#because = undefined;
  }

  priorityChanged(priority: number): void {
    this.#lowest = Math.min(this.#lowest, priority);
    this.#highest = Math.max(this.#highest, priority);
  }

  /** A reload moved the end of the startup delay. */
  shift(by: number): void {
    this.#early = { ...this.#early, at: this.#early.at + by };
    this.#late = { ...this.#late, at: this.#late.at + by };
  }

  /** A good advert was read at world time `at` while our priority was `own`. */
  heard(at: number, priority: number, own: number, interval: number): void {
    if (priority === 0) {
      // Who waits for its sync group already goes on wishing; only an acceptable advert ends that.
      const early = at >= this.notBefore ? this.#early : undefined;
      this.#arm(at, 'skew', own, this.#learnt);
      if (early) this.#early = early;
      this.#because = 'goodbye-received';
      return;
    }
    const { preempt, preemptDelay } = this.settings;
    if (!preempt || priority >= own) {
      this.#lowerSince = undefined;
      this.#learnt = interval;
      this.#arm(at, 'master-down', own, interval);
      this.#because = 'master-down';
      return;
    }
    this.#because = preemptDelay === 0 ? 'preempting' : undefined;
    if (preemptDelay === 0) return;
    this.#lowerSince ??= at;
    const waited = at - this.#lowerSince;
    if (waited < preemptDelay - EARLY_SLACK) {
      this.#learnt = interval;
      this.#arm(at, 'master-down', own, interval);
    } else if (waited < preemptDelay + LATE_SLACK) this.#late = { at, kind: 'master-down', interval };
  }

  #arm(at: number, kind: Armed, priority: number, interval: number): void {
    this.#early = { at, kind, interval };
    this.#late = this.#early;
    this.#lowest = this.#highest = priority;
  }

  /** Whoever takes over before this has not listened long enough. */
  get notBefore(): number {
    return this.#early.at + this.#length(this.#early, this.#highest) - EARLY_SLACK;
  }
  /** Whoever has not taken over by this, undisturbed, sleeps. */
  get notAfter(): number {
    return this.#late.at + this.#length(this.#late, this.#lowest) + LATE_SLACK;
  }

  #length({ kind, interval }: Arm, priority: number): number {
    const skewed = this.settings.version === 2 ? 1_000_000 : interval;
    const skew = (skewed * (256 - priority)) / 256;
    if (kind === 'at-once') return 0;
    if (kind === 'skew') return skew;
    // Its skew is the shortest, whatever the priority.
    if (kind === 'start') return interval + skewed / 256;
    return this.settings.downTimerAdverts * interval + skew;
  }
}
