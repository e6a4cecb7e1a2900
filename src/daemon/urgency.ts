/**
 * Whether a process that waits for a processor is soon taken for dead. A BFD neighbour gives up who is silent for some
 * milliseconds, and any process waits that long now and then where others compute (docs/internals/performance.md, "BFD").
 * What follows is decided in realtime.ts. (adr/0028)
 */
import { URGENT_BFD } from '../base/limits.js';
import { formatDuration } from '../base/time.js';
import type { BfdInstanceSettings } from '../config/model-bfd.js';

/** After that silence the neighbour gives up; it waits longer where it takes packets less often only. */
const patienceOf = ({ minTx, multiplier }: BfdInstanceSettings): number => minTx * multiplier;

/** Why this process must not be kept waiting, for the log; undefined: it may be. */
export function urgencyOf(sessions: readonly BfdInstanceSettings[]): string | undefined {
  const [first] = [...sessions].sort((a, b) => patienceOf(a) - patienceOf(b));
  if (!first || patienceOf(first) >= URGENT_BFD) return undefined;
  const patience = formatDuration((first.minTx * first.multiplier) as typeof first.minTx);
  return `the neighbor of BFD session ${first.name} gives up after ${patience} of silence`;
}
