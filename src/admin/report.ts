/**
 * What the control socket tells: the shapes behind `holdfast status --json`, `holdfast watch --json` and the
 * answers to a reload. Plain data without secrets; programs rely on these names, so they only grow.
 */
import type { Event } from '../core/effects.js';
import type { BalancerEvent, DrainedPlace } from '../core/lvs/effects.js';
import type { LvsStatus } from '../core/lvs/status.js';
import type { EngineStatus, InstanceStatus } from '../core/status.js';

/** GET /status. Times are microseconds since the epoch. */
export interface DaemonStatus extends EngineStatus {
  readonly daemon: DaemonFacts;
  /** Virtual and real servers; absent: there are none, or `balancerProblem` says why nobody knows. */
  readonly balancer?: LvsStatus;
  /** Why the load balancer cannot be asked: it died, or does not answer. */
  readonly balancerProblem?: string;
}

export interface DaemonFacts {
  readonly version: string;
  readonly pid: number;
  readonly started: number;
  readonly configuration: {
    readonly path: string;
    /** Equal hashes: the same text, includes expanded. */
    readonly hash: string;
    readonly loaded: number;
  };
  readonly lastReload?: { readonly at: number; readonly outcome: ReloadReport['outcome'] };
  /** Lines that the log could not take. */
  readonly droppedLogLines: number;
  /** Clients of the control socket that were dropped because they read too slowly. */
  readonly droppedClients: number;
}

/** POST /reload. */
export interface ReloadReport {
  /** `unchanged`: the same text as before; it is applied all the same, trackers start afresh where needed. */
  readonly outcome: 'applied' | 'unchanged' | 'refused' | 'stopping';
  /** Findings as a person reads them, errors before warnings. */
  readonly diagnostics: string;
}

/** GET /health. */
export interface Health {
  readonly status: 'ok' | 'stopping';
  readonly version: string;
  readonly pid: number;
}

/** First line of GET /events: where everybody stands, so that a watcher needs no second request. */
export interface Snapshot {
  readonly type: 'snapshot';
  readonly wall: number;
  readonly instances: readonly Pick<
    InstanceStatus,
    'name' | 'state' | 'since' | 'reason' | 'effectivePriority'
  >[];
}

/** Last line of GET /events when the daemon says goodbye itself. */
export interface Farewell {
  readonly type: 'stopping';
  readonly wall: number;
}

/** POST /drain. */
export interface DrainReport {
  /** Where the server was found, and how many connections it has there; none: it is no server of ours. */
  readonly places: readonly DrainedPlace[];
}

export type WatchLine = Snapshot | Event | BalancerEvent | Farewell;

/** Any answer other than 2xx. */
export interface Refusal {
  readonly error: string;
}
