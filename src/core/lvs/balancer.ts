/**
 * What is asked of a balancer's data plane and what comes back, as plain data. When something is asked is decided by the
 * engine; how IPVS or nftables does it in host/balancer, behind ports/balancer. DESIGN rules 2 and 5.
 */
import type { Failure } from '../inputs.js';
import type { BalancerOperation } from './plan.js';
import type { ObservedService, ServiceIdentity, ServiceKey, SyncDaemon, Timeouts } from './table.js';

export type BalancerEffect =
  /** In this order, pipelined; answered once by `balancer-applied` with the same request. */
  | {
      readonly kind: 'apply-balancer';
      readonly request: number;
      readonly operations: readonly BalancerOperation[];
    }
  /** Answered once by `balancer-table` with the same request; of changes on their way it may tell some, or none. */
  | {
      readonly kind: 'read-balancer';
      readonly request: number;
      /** Absent: all of them, with daemons and timeouts. */
      readonly services?: readonly ServiceIdentity[];
      /** With counters and numbers of connections. */
      readonly statistics: boolean;
    };

export type BalancerInput =
  | {
      readonly kind: 'balancer-applied';
      readonly request: number;
      /** One for each operation, in their order. */
      readonly results: readonly BalancerResult[];
    }
  | {
      readonly kind: 'balancer-table';
      readonly request: number;
      readonly table: BalancerTable;
      /** Present: nothing could be read, and the table is empty. */
      readonly error?: Failure;
    };

/**
 * `code` of a failure: EEXIST, ESRCH (no such service), ENOENT (no such destination, or unknown scheduler), ENOSPC ...;
 * ENOPROTOOPT where the kernel has no IPVS. `message` names the remedy where there is one.
 */
export interface BalancerResult {
  readonly operation: BalancerOperation;
  readonly error?: Failure;
}

export interface BalancerTable {
  readonly services: readonly ObservedService[];
  readonly daemons: readonly SyncDaemon[];
  readonly timeouts: Timeouts;
  /** What they were before a life of ours set them that has not put them back; absent: they were not set. */
  readonly timeoutsBefore?: Timeouts;
  /** Services that we made, in this life or in one that ended without removing them. */
  readonly ours: readonly ServiceKey[];
}
