/**
 * The seam between the engine of the role `lvs` and a data plane: IPVS or nftables on Linux, memory in the simulator.
 * All methods return at once; answers come back through the feed that the data plane was made with.
 */
import type { BalancerEffect, BalancerInput } from '../core/lvs/balancer.js';

/** Where answers go, also from within run() and step(): a queue, from which the loop hands them to the engine. */
export type BalancerFeed = (input: BalancerInput) => void;

export interface Balancer {
  /** Takes one effect; changes are carried out in the order in which they came, looks beside them. */
  run(effect: BalancerEffect): void;
  /** Does a bounded part of what waits: called once per turn of the loop, which is asked for while something waits. */
  step(): void;
  /** Nothing is answered any more; resolves when what was begun is on the disk. */
  close(): Promise<void>;
}
