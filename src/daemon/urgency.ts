/**
 * Whether a process that waits for a processor is soon taken for dead. A BFD neighbour, or the backup of a virtual router
 * with short advert intervals, gives up who is silent for some milliseconds, and any process waits that long now and then
 * where others compute (docs/internals/performance.md, "A machine that others keep busy").
 * What follows is decided in realtime.ts. (adr/0028)
 */
import { URGENT_SILENCE } from '../base/limits.js';
import { type Duration, formatDuration } from '../base/time.js';
import type { Configuration, InstanceSettings } from '../config/model.js';
import type { BfdInstanceSettings } from '../config/model-bfd.js';

/** After that silence the neighbour gives up; it waits longer where it takes packets less often only. */
const patienceOf = ({ minTx, multiplier }: BfdInstanceSettings): Duration => (minTx * multiplier) as Duration;

/**
 * After that silence a backup with the same settings takes over, a little later the lower its priority. (RFC 9568
 * section 6.1.) An owner or an instance that only listens is no less urgent: who is not awake takes living masters for dead.
 */
const backupsPatience = ({ advertInterval, downTimerAdverts }: InstanceSettings): Duration =>
  (advertInterval * downTimerAdverts) as Duration;

const leastBy = <T>(all: readonly T[], patience: (one: T) => Duration): T | undefined =>
  all.reduce<T | undefined>(
    (soonest, one) => (soonest !== undefined && patience(soonest) <= patience(one) ? soonest : one),
    undefined,
  );

/** The session whose neighbour gives up soonest. */
export const soonestGivenUp = (sessions: readonly BfdInstanceSettings[]): BfdInstanceSettings | undefined =>
  leastBy(sessions, patienceOf);

/** Why this process must not be kept waiting, for the log; undefined: it may be. */
export function urgencyOf({
  bfdInstances,
  instances,
}: Pick<Configuration, 'bfdInstances' | 'instances'>): string | undefined {
  const session = soonestGivenUp(bfdInstances);
  if (session && patienceOf(session) < URGENT_SILENCE)
    return `the neighbor of BFD session ${session.name} gives up after ${formatDuration(patienceOf(session))} of silence`;
  const instance = leastBy(instances, backupsPatience);
  if (instance && backupsPatience(instance) < URGENT_SILENCE)
    return `a backup of ${instance.name} takes over after little more than ${formatDuration(backupsPatience(instance))} of silence`;
  return undefined;
}
