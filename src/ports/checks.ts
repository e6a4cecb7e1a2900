/**
 * The seam to those who look at real servers. The host does it with sockets and scripts, a simulator in memory. All
 * methods return at once; verdicts come through the feed, never from within a call. When to look is the engine's.
 */
import type { SslSettings } from '../config/model-lvs.js';
import type { CheckEffect, CheckerId, CheckInput, ProbeSettings } from '../core/health/check.js';

export type CheckFeed = (input: CheckInput) => void;

export interface Checks {
  define(checker: CheckerId, settings: ProbeSettings, tls?: SslSettings): void;
  forget(checker: CheckerId): void;
  start(checker: CheckerId, part: number): void;
  abandon(checker: CheckerId): void;
  /** Carries out effects in their order. */
  run(effects: readonly CheckEffect[]): void;
  /** Ends everything that is in flight, without verdicts; after it nothing is open any more. */
  close(): Promise<void>;
}
