/** The two clocks: CLOCK_MONOTONIC and CLOCK_REALTIME, read together, in microseconds (DESIGN section 3). */
import { type Instant, instant, type Moment, wallTime } from '../../base/time.js';
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from './constants.js';
import { allocateArena, clockGettime, layouts } from './libc.js';

const { size, at } = layouts.timespec;
const area = allocateArena(size);

/** A struct timespec at that place, in microseconds, rounded down: a deadline is never reported as reached too early. */
export function readTimespec(view: DataView, start: number): number {
  const low = start + at.seconds;
  const seconds = view.getUint32(low, true) + view.getUint32(low + 4, true) * 0x1_0000_0000;
  return seconds * 1_000_000 + Math.floor(view.getUint32(start + at.nanoseconds, true) / 1000);
}

function readClock(clock: number): number {
  clockGettime(clock, area.address);
  return readTimespec(area.view, 0);
}

export const monotonicNow = (): Instant => instant(readClock(CLOCK_MONOTONIC));

/** Of CLOCK_REALTIME, microseconds. */
export const wallNow = (): number => readClock(CLOCK_REALTIME);

export function readMoment(): Moment {
  return { now: monotonicNow(), wall: wallTime(wallNow()) };
}
