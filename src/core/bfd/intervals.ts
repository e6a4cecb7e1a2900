/**
 * When a session sends and how long it waits: negotiation, jitter and detection time as functions of what both ends
 * have said. RFC 5880 sections 6.8.2 to 6.8.4 and 6.8.7.
 */
import { type Duration, microseconds, milliseconds } from '../../base/time.js';

/** 6.8.3: who is not Up must not ask for more than one packet a second. */
export const SLOWEST_START: Duration = milliseconds(1000);

/** 6.8.7: no packet leaves before so much of the interval has passed. */
const SHORTEST_SHARE = 0.75;
/** With a multiplier of 1 a neighbour that waits for the whole interval must not be left waiting. */
const LONGEST_SHARE_OF_ONE = 0.9;

/** Before jitter: the greater of what we want to send and what the neighbour can take. */
export const transmitInterval = (desiredMinTx: Duration, remoteMinRx: Duration): Duration =>
  Math.max(desiredMinTx, remoteMinRx) as Duration;

/** 6.8.4: the neighbour's multiplier times the greater of what we can take and what it wants to send. */
export const detectionTime = (
  remoteMultiplier: number,
  requiredMinRx: Duration,
  remoteDesiredMinTx: Duration,
): Duration => (remoteMultiplier * Math.max(requiredMinRx, remoteDesiredMinTx)) as Duration;

/** The earliest that a packet may leave after the one before. */
export const shortestGap = (interval: Duration): Duration => microseconds(interval * SHORTEST_SHARE);
/** And the latest. */
export const longestGap = (interval: Duration, multiplier: number): Duration =>
  microseconds(interval * (multiplier === 1 ? LONGEST_SHARE_OF_ONE : 1));

/**
 * How long a usual packet may wait to be read when the loop will be awake by then anyway: who is up sends at least that
 * often, and the detection time, which is not shorter, counts from when it came.
 */
export const readingPatience = (minRx: Duration, minTx: Duration): Duration =>
  Math.min(minRx, minTx) as Duration;

/** 6.8.7: the interval reduced by a random 0 to 25 %; with a multiplier of 1 by 10 to 25 %. `fraction` is in [0, 1). */
export function jittered(interval: Duration, multiplier: number, fraction: number): Duration {
  const [shortest, longest] = [shortestGap(interval), longestGap(interval, multiplier)];
  return microseconds(Math.max(1, shortest + (longest - shortest) * fraction));
}
