/**
 * Interfaces as trackers: what counts as up is decided by net/link-states, missing counts as down (runtime reference
 * section 7).
 */
import type { WeightSettings } from '../../config/model.js';
import type { LinkFacts } from '../net/facts.js';
import { type Contribution, contributionOf, type Tracker, type TrackListener } from './tracker.js';

export class InterfaceTracker implements Tracker {
  readonly kind = 'interface';
  readonly listeners = new Set<TrackListener>();
  readonly detail = undefined;
  state: 'up' | 'down' | 'missing' = 'missing';

  constructor(readonly name: string) {}

  /** Returns whether that changed anything. */
  observe(link: LinkFacts | undefined, up: boolean): boolean {
    const state = link === undefined ? 'missing' : up ? 'up' : 'down';
    const changed = state !== this.state;
    this.state = state;
    return changed;
  }

  contribution(settings: WeightSettings): Contribution {
    return contributionOf(this.state === 'up', settings);
  }
}
