/**
 * Sessions as facts for BFD_CHECK (facts.ts): all of them for a checker process that has just begun, and one for
 * each change afterwards. How they get there is the daemon's. directives-bfd section 3.
 */
import type { Event } from '../effects.js';
import type { BfdFact } from './facts.js';
import type { BfdStatus } from './session-status.js';

/** Of every session that is not for VRRP alone, whatever its state: as at a start and after a reload. */
export const factsOf = (status: BfdStatus | undefined): BfdFact[] =>
  (status?.sessions ?? [])
    .filter(({ consumers }) => consumers.checker)
    .map(({ name, reachable }) => ({ session: name, up: reachable }));

/** Undefined: no news for a checker. Of a session for VRRP alone it may be one: who has no use for it passes it over. */
export function factOf(event: Event): BfdFact | undefined {
  if (event.type !== 'bfd' || event.verdict === undefined || event.verdict === 'admin-down') return undefined;
  return { session: event.name, up: event.verdict === 'up' };
}
