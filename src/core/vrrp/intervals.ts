/**
 * The durations of VRRP: skew and master-down interval (RFC 3768 section 6.1, RFC 9568 section 6.1, runtime
 * reference section 6). When they are armed is decided by the transition table.
 */
import { type Duration, microseconds, seconds } from '../../base/time.js';

export const OWNER_PRIORITY = 255;

/** Version 2 skews by 256ths of a second, version 3 by 256ths of the master's interval. `priority` 1..255. */
export const skew = (version: 2 | 3, priority: number, masterInterval: Duration): Duration =>
  microseconds(((256 - priority) * (version === 2 ? seconds(1) : masterInterval)) / 256);

/** `downTimerAdverts` 1..100 (3 in the RFCs) intervals of the master, plus the skew. */
export const masterDown = (
  version: 2 | 3,
  priority: number,
  masterInterval: Duration,
  downTimerAdverts: number,
): Duration => microseconds(downTimerAdverts * masterInterval + skew(version, priority, masterInterval));

/** One advert interval and the shortest skew: how long a router that is configured as MASTER listens first. */
export const eagerStart = (version: 2 | 3, interval: Duration): Duration =>
  microseconds(interval + skew(version, OWNER_PRIORITY, interval));
