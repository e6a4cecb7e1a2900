/**
 * Changes of sessions as facts for BFD_CHECK (facts.ts). The daemon passes them on to the process of the load
 * balancer, which is told them all again when it has to be started anew; sessions that a reload makes, or takes away,
 * change nothing that is an event, and are told of beside this. directives-bfd section 3.
 */
import type { Event } from '../effects.js';
import type { BfdFact } from './facts.js';

/** Undefined: no news for a checker. */
export function factOf(event: Event): BfdFact | undefined {
  if (event.type !== 'bfd' || event.verdict === undefined || event.verdict === 'admin-down') return undefined;
  return { session: event.name, up: event.verdict === 'up' };
}
