/** What the parts of the load balancer's engine share. It decides nothing. */
import type { Prng } from '../../base/prng.js';
import type { Instant } from '../../base/time.js';
import type { SslSettings } from '../../config/model-lvs.js';
import type { Deadlines } from '../deadlines.js';
import type { CheckEffect, CheckerId } from '../health/check.js';
import type { Monitor } from '../health/monitor.js';
import type { Notices } from './notices.js';
import type { LvsOutbox } from './outbox.js';
import type { TrackedFacts } from './tracked-facts.js';
import type { Upkeep } from './upkeep.js';

export class LvsHouse {
  /** Every checker that looks by itself, by its number. */
  readonly monitors = new Map<CheckerId, Monitor>();
  /** The client's side of TLS, where the configuration has one. */
  ssl: SslSettings | undefined;
  #lastChecker = 0;

  constructor(
    readonly outbox: LvsOutbox,
    readonly deadlines: Deadlines,
    readonly prng: Prng,
    readonly notices: Notices,
    readonly upkeep: Upkeep,
    readonly facts: TrackedFacts,
  ) {}

  get now(): Instant {
    return this.outbox.now;
  }
  check(effect: CheckEffect): void {
    this.outbox.check(effect);
  }
  nextChecker(): CheckerId {
    return ++this.#lastChecker;
  }
}
