/**
 * The two clocks: CLOCK_MONOTONIC and CLOCK_REALTIME, read together, in microseconds (DESIGN section 3). They are read
 * for every packet, so the one that only has to be right to the millisecond is asked that often at most.
 */
import { hrtime } from 'node:process';
import { type Instant, instant, type Moment, microseconds, wallTime } from '../../base/time.js';
import { CLOCK_REALTIME } from './constants.js';
import { allocateArena, clockGettime, layouts } from './libc.js';

const { size, at } = layouts.timespec;
const area = allocateArena(size);

/** How long the distance between the clocks is believed: somebody may set the one of the wall. */
const BELIEVED = microseconds(1000);

/** A struct timespec at that place, in microseconds, rounded down: a deadline is never reported as reached too early. */
export function readTimespec(view: DataView, start: number): number {
  const low = start + at.seconds;
  const seconds = view.getUint32(low, true) + view.getUint32(low + 4, true) * 0x1_0000_0000;
  return seconds * 1_000_000 + Math.floor(view.getUint32(start + at.nanoseconds, true) / 1000);
}

/** Rounded down as well. Node's own clock is CLOCK_MONOTONIC, and is read without FFI. */
export function monotonicNow(): Instant {
  const [seconds, nanoseconds] = hrtime();
  return instant(seconds * 1_000_000 + Math.floor(nanoseconds / 1000));
}

/** Of CLOCK_REALTIME, microseconds. */
export function wallNow(): number {
  clockGettime(CLOCK_REALTIME, area.address);
  return readTimespec(area.view, 0);
}

let ahead = 0;
let believedUntil = Number.NEGATIVE_INFINITY;

export function readMoment(): Moment {
  const now = monotonicNow();
  if (now >= believedUntil) {
    ahead = wallNow() - now;
    believedUntil = now + BELIEVED;
  }
  return { now, wall: wallTime(now + ahead) };
}
