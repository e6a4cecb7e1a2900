/**
 * Whether a process that waits for a processor is soon taken for dead. A BFD neighbour gives up who is silent for some
 * milliseconds, and any process waits that long now and then where others compute (docs/internals/performance.md, "BFD").
 * What follows is decided in realtime.ts. (adr/0028)
 */
import { URGENT_BFD } from '../base/limits.js';
import { type Duration, formatDuration } from '../base/time.js';
import type { BfdInstanceSettings } from '../config/model-bfd.js';

/** After that silence the neighbour gives up; it waits longer where it takes packets less often only. */
const patienceOf = ({ minTx, multiplier }: BfdInstanceSettings): Duration => (minTx * multiplier) as Duration;

/** The session whose neighbour gives up soonest. */
export const soonestGivenUp = (sessions: readonly BfdInstanceSettings[]): BfdInstanceSettings | undefined =>
  sessions.reduce<BfdInstanceSettings | undefined>(
    (soonest, one) => (soonest && patienceOf(soonest) <= patienceOf(one) ? soonest : one),
    undefined,
  );

/** Why this process must not be kept waiting, for the log; undefined: it may be. */
export function urgencyOf(sessions: readonly BfdInstanceSettings[]): string | undefined {
  const soonest = soonestGivenUp(sessions);
  if (!soonest || patienceOf(soonest) >= URGENT_BFD) return undefined;
  const patience = formatDuration(patienceOf(soonest));
  return `the neighbor of BFD session ${soonest.name} gives up after ${patience} of silence`;
}
