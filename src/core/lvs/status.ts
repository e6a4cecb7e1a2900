/** What the load balancer tells of itself when asked: the shape behind `holdfast status --json`. Plain data. */
import type { ConnectionCounts } from './table.js';

export interface LvsStatus {
  readonly services: readonly ServiceStatus[];
  /** Why the kernel's table is not what it should be; absent: it is. */
  readonly problems: readonly string[];
}

export interface ServiceStatus {
  /** As in FIFO lines. */
  readonly name: string;
  readonly scheduler: string;
  readonly method: string;
  readonly protocol?: string;
  /** Whether the quorum is there. */
  readonly up: boolean;
  readonly quorum: number;
  readonly hysteresis: number;
  /** Weights of the live servers together. */
  readonly weight: number;
  /** Its checks wait for its address (`ha_suspend`). */
  readonly suspended?: boolean;
  readonly sorryServer?: { readonly name: string; readonly serving: boolean };
  readonly servers: readonly ServerStatus[];
}

export interface ServerStatus {
  readonly name: string;
  readonly alive: boolean;
  readonly drained?: boolean;
  readonly method: string;
  /** What it is configured to, and what it counts as now. */
  readonly configuredWeight: number;
  readonly weight: number;
  /** In the table; absent: it is not there. */
  readonly tableWeight?: number;
  /** Microseconds since the epoch: when it came or went; absent: never since the start. */
  readonly since?: number;
  readonly reason: string;
  readonly connections?: ConnectionCounts;
  readonly checkers: readonly CheckerStatus[];
}

export interface CheckerStatus {
  readonly kind: string;
  readonly up: boolean;
  /** What it adds to the weight. */
  readonly contribution: number;
  /** Its last verdict in words; absent: none yet. */
  readonly last?: string;
  /** This machine could not make the last check: whatever is said of the server is older than that. */
  readonly unmade?: true;
}
