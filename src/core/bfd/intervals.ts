/**
 * When a session sends and how long it waits: negotiation, jitter and detection time as functions of what both ends
 * have said. RFC 5880 sections 6.8.2 to 6.8.4 and 6.8.7.
 */
import { type Duration, microseconds, milliseconds } from '../../base/time.js';

/** 6.8.3: who is not Up must not ask for more than one packet a second. */
export const SLOWEST_START: Duration = milliseconds(1000);

/** What sending early with others may take away from the interval at most. */
const LONGEST_SLACK: Duration = milliseconds(2);
/** A little more, so that who sends with others reads with them, too. */
const LONGEST_PATIENCE: Duration = milliseconds(3);
const SLACK_SHARE = 16;

/** Before jitter: the greater of what we want to send and what the neighbour can take. */
export const transmitInterval = (desiredMinTx: Duration, remoteMinRx: Duration): Duration =>
  Math.max(desiredMinTx, remoteMinRx) as Duration;

/** 6.8.4: the neighbour's multiplier times the greater of what we can take and what it wants to send. */
export const detectionTime = (
  remoteMultiplier: number,
  requiredMinRx: Duration,
  remoteDesiredMinTx: Duration,
): Duration => (remoteMultiplier * Math.max(requiredMinRx, remoteDesiredMinTx)) as Duration;

/** How much earlier a packet may leave when the loop is awake anyway. */
export const sendingSlack = (interval: Duration): Duration =>
  microseconds(Math.min(interval / SLACK_SHARE, LONGEST_SLACK));

/** How long a packet may wait to be read when the loop will be awake by then anyway. */
export const readingPatience = (interval: Duration): Duration =>
  microseconds(Math.min(interval / SLACK_SHARE, LONGEST_PATIENCE));

/**
 * 6.8.7: reduced by a random 0 to 25 %; with a multiplier of 1 to 75..90 %. `fraction` is in [0, 1). What the slack
 * may take comes off the range, so that no packet leaves before 75 %.
 */
export function jittered(interval: Duration, multiplier: number, fraction: number): Duration {
  const longest = interval * (multiplier === 1 ? 0.9 : 1);
  const shortest = Math.min(interval * 0.75 + sendingSlack(interval), longest);
  return microseconds(Math.max(1, shortest + (longest - shortest) * fraction));
}
