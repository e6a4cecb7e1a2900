/** The two clocks: CLOCK_MONOTONIC and CLOCK_REALTIME, read together, in microseconds (DESIGN section 3). */
import { type Instant, instant, type Moment, wallTime } from '../../base/time.js';
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from './constants.js';
import { allocateArena, clockGettime, layouts } from './libc.js';

const { size, at } = layouts.timespec;
const area = allocateArena(size);

/** Microseconds, rounded down: a deadline is never reported as reached too early. */
function readClock(clock: number): number {
  clockGettime(clock, area.address);
  const { view } = area;
  const seconds = view.getUint32(at.seconds, true) + view.getUint32(at.seconds + 4, true) * 0x1_0000_0000;
  return seconds * 1_000_000 + Math.floor(view.getUint32(at.nanoseconds, true) / 1000);
}

export const monotonicNow = (): Instant => instant(readClock(CLOCK_MONOTONIC));

export function readMoment(): Moment {
  return { now: monotonicNow(), wall: wallTime(readClock(CLOCK_REALTIME)) };
}
