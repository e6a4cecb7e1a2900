/**
 * What all trackers have in common: a state, and what it means to whoever tracks it: an addition to the priority,
 * a FAULT, or nothing yet. Runtime reference section 7. How a state comes about is decided per kind.
 */
import type { WeightSettings } from '../../config/model.js';
import type { TrackerCause } from '../effects.js';

export type TrackerKind = 'interface' | 'script' | 'file' | 'process' | 'bfd';

export interface Contribution {
  /** Added to the priority, -254..254. */
  readonly add: number;
  /** Holds the instance in FAULT. */
  readonly faulting: boolean;
  /** Nothing is known yet: an unweighted tracker holds the instance in INIT. */
  readonly pending: boolean;
}

export const NOTHING_YET: Contribution = { add: 0, faulting: false, pending: true };

export interface TrackListener {
  trackerChanged(tracker: Tracker): void;
}

export interface Tracker {
  readonly kind: TrackerKind;
  readonly name: string;
  readonly listeners: Set<TrackListener>;
  /** up, down, pending, missing, or a file's number: for people. */
  readonly state: string;
  /** Exit code, count, output: for people. */
  readonly detail: string | undefined;
  /** How a script last ended; other trackers have nothing to add. */
  readonly lastRun?: Pick<TrackerCause, 'exitCode' | 'signal' | 'output'> | undefined;
  contribution(settings: WeightSettings): Contribution;
}

/**
 * Of something that is up or down: a positive weight is added while it is up, a negative one while it is down;
 * weight 0 means FAULT while it is down. `reverse` turns the sign of what is added, or the condition.
 */
export function contributionOf(up: boolean | undefined, settings: WeightSettings): Contribution {
  if (up === undefined) return NOTHING_YET;
  if (settings.weight === 0) return { add: 0, faulting: up === settings.reverse, pending: false };
  const points = up === settings.weight > 0 ? settings.weight : 0;
  return { add: settings.reverse ? 0 - points : points, faulting: false, pending: false };
}

/** The same as data. */
export const causeOf = ({ kind, name, state, lastRun }: Tracker): TrackerCause => ({
  kind: 'tracker',
  tracker: kind,
  name,
  state,
  ...lastRun,
});

/** `script check_web is down (exit code 1)`: the part of a reason that names its cause. */
export function describeTracker(tracker: Tracker): string {
  const detail = tracker.detail === undefined ? '' : ` (${tracker.detail})`;
  return `${tracker.kind} ${tracker.name} is ${tracker.state}${detail}`;
}
