/**
 * Everything the load balancer's engine asks of the world, as plain data, in the order in which it shall happen: the
 * table first, then checks, scripts, FIFOs and mail, and what is said. (DESIGN section 3)
 */
import type { Instant, WallTime } from '../../base/time.js';
import type { Effect } from '../effects.js';
import type { CheckEffect } from '../health/check.js';
import type { BalancerEffect } from './balancer.js';
import type { LvsStatus } from './status.js';

export type LvsEffect =
  | BalancerEffect
  | CheckEffect
  | Extract<
      Effect,
      {
        kind:
          | 'watch-file'
          | 'unwatch-file'
          | 'run-notify'
          | 'open-fifo'
          | 'close-fifo'
          | 'write-fifo'
          | 'send-mail'
          | 'log'
          | 'stopped';
      }
    >
  | { readonly kind: 'event'; readonly event: BalancerEvent }
  /** Once in a life: what the start asked of the table is done, or refused. */
  | { readonly kind: 'table-stands' }
  | { readonly kind: 'answer'; readonly request: number; readonly answer: Answer };

/** A real server, or a virtual server's quorum, came or went: names as in FIFO lines. */
export interface BalancerEvent {
  readonly type: 'server' | 'service';
  /** Of the virtual server. */
  readonly service: string;
  /** Of the real server; absent for the quorum. */
  readonly server?: string;
  readonly state: 'UP' | 'DOWN';
  /** A reload took it away. */
  readonly gone?: true;
  /** A start does not come to this state by itself (`alpha`, `hysteresis`): a later life has to be told. */
  readonly kept?: true;
  /** Nothing has happened that anybody is told: what a later life has to know is another. */
  readonly untold?: true;
  /** It is told at the end of our life, and says nothing of the server. */
  readonly stopping?: true;
  /** For people. */
  readonly reason: string;
  readonly at: Instant;
  readonly wall: WallTime;
}

export type Answer =
  | { readonly ask: 'status'; readonly status: LvsStatus }
  /** Every place where the server is drained (or takes connections again) now; none: there is no such server. */
  | { readonly ask: 'drain'; readonly drained: boolean; readonly places: readonly DrainedPlace[] };

export interface DrainedPlace {
  readonly service: string;
  readonly server: string;
  /** Connections that it has left; undefined: the data plane did not say. */
  readonly connections?: number;
}
