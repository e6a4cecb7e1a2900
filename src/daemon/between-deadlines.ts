/**
 * Work that nobody waits for, in steps that each hold up the loop, is begun where no deadline falls into a step. Where
 * deadlines are so near each other that there is no such place, a step begins just behind one of them. What the work is
 * is its owner's.
 */
import { type Instant, milliseconds } from '../base/time.js';

/** What a step may take on a slow machine, collecting garbage included. */
const LONGEST_STEP = milliseconds(40);

export interface Clock {
  readonly now: Instant;
  /** Undefined: nothing is due. */
  readonly nextDeadline: Instant | undefined;
  wait(milliseconds: number): Promise<void>;
}

/** Resolves when a step may begin. */
export async function untilRoom(clock: Clock): Promise<void> {
  const { nextDeadline } = clock;
  if (nextDeadline === undefined) return;
  const left = nextDeadline - clock.now;
  // Who is late has a turn of the loop to come.
  if (left < LONGEST_STEP) await clock.wait(Math.max(0, left) / 1e3 + 1);
}
