/**
 * BFD sessions as trackers: up while the neighbour is reachable; before the session was up for the first time it
 * counts as down (directives-bfd section 1). A neighbour that says it is administratively down is no failure: what
 * was known of it stays (RFC 5882 section 4.3).
 */
import type { WeightSettings } from '../../config/model.js';
import type { BfdVerdict } from '../bfd/facts.js';
import { type Contribution, contributionOf, type Tracker, type TrackListener } from './tracker.js';

export class BfdTracker implements Tracker {
  readonly kind = 'bfd';
  readonly listeners = new Set<TrackListener>();
  #up = false;
  detail: string | undefined;

  constructor(
    readonly name: string,
    readonly changed: (tracker: Tracker) => void,
  ) {}

  get state(): string {
    return this.#up ? 'up' : 'down';
  }

  contribution(settings: WeightSettings): Contribution {
    return contributionOf(this.#up, settings);
  }

  /** `detail`: why, for people. */
  observe(verdict: BfdVerdict, detail: string): void {
    const before = this.#up;
    this.detail = verdict === 'admin-down' ? 'the neighbor is administratively down' : detail;
    if (verdict !== 'admin-down') this.#up = verdict === 'up';
    if (before !== this.#up) this.changed(this);
  }

  /** As the session of that name is after a reload: it may be another one, or one that nobody followed before. */
  known(up: boolean, detail: string): void {
    if (up !== this.#up) this.observe(up ? 'up' : 'down', detail);
  }
}
