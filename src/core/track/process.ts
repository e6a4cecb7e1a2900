/**
 * Processes as trackers: up while the number that runs is at least `quorum` and at most `quorum_max`; a change
 * counts after fork_delay or terminate_delay (directives-vrrp section 5). Counting is the host's work.
 */
import { after } from '../../base/time.js';
import type { TrackProcessSettings, WeightSettings } from '../../config/model.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Outbox } from '../outbox.js';
import { type Contribution, contributionOf, type Tracker, type TrackListener } from './tracker.js';

export class ProcessTracker implements Tracker {
  readonly kind = 'process';
  readonly listeners = new Set<TrackListener>();
  #up: boolean | undefined;
  #count: number | undefined;
  #source = '';
  #settings: TrackProcessSettings;
  /** What is counted has not been counted yet: whatever is known is of earlier settings. */
  #fresh = true;
  readonly #delay: Deadline;

  constructor(
    settings: TrackProcessSettings,
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
    readonly changed: (tracker: Tracker) => void,
  ) {
    this.#settings = settings;
    this.#delay = {
      what: `process ${settings.name} settles`,
      periodic: false,
      fire: () => this.#settle(),
    };
  }

  get name(): string {
    return this.#settings.name;
  }
  get settings(): TrackProcessSettings {
    return this.#settings;
  }
  get state(): string {
    return this.#up === undefined ? 'pending' : this.#up ? 'up' : 'down';
  }
  /** Undefined: not counted yet. */
  get count(): number | undefined {
    return this.#count;
  }
  /** A change of this kind waits for its delay. */
  get settling(): 'fork' | 'terminate' | undefined {
    if (this.deadlines.at(this.#delay) === undefined) return undefined;
    return this.#quorate() ? 'fork' : 'terminate';
  }
  get detail(): string | undefined {
    if (this.#count === undefined) return undefined;
    const { quorum, quorumMax } = this.settings;
    const most = quorumMax === undefined ? '' : `, at most ${quorumMax}`;
    return `${this.#count} running, quorum ${quorum}${most}, seen by ${this.#source}`;
  }

  contribution(settings: WeightSettings): Contribution {
    return contributionOf(this.#up, settings);
  }

  start(): void {
    this.outbox.watch({ kind: 'watch-process', tracker: this.settings });
  }
  stop(): void {
    this.deadlines.disarm(this.#delay);
    this.outbox.watch({ kind: 'unwatch-process', tracker: this.name });
  }

  /** A reload: what was found counts until the processes of these settings have been counted. */
  replace(settings: TrackProcessSettings): void {
    this.stop();
    this.#settings = settings;
    this.#fresh = true;
    this.start();
  }

  counted(count: number, source: string): void {
    this.#count = count;
    this.#source = source;
    const fresh = this.#fresh;
    this.#fresh = false;
    const wanted = this.#quorate();
    if (wanted === this.#up) {
      this.deadlines.disarm(this.#delay);
      return;
    }
    const delay = wanted ? this.settings.forkDelay : this.settings.terminateDelay;
    // The first count is what we find: there is nothing to debounce.
    if (fresh || delay === 0) this.#settle();
    else if (this.deadlines.at(this.#delay) === undefined)
      this.deadlines.arm(this.#delay, after(this.outbox.now, delay));
  }

  #quorate(): boolean {
    const { quorum, quorumMax } = this.settings;
    const count = this.#count ?? 0;
    return count >= quorum && (quorumMax === undefined || count <= quorumMax);
  }

  #settle(): void {
    this.deadlines.disarm(this.#delay);
    const up = this.#quorate();
    if (up === this.#up) return;
    this.#up = up;
    this.changed(this);
  }
}
