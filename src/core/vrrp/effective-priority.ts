/**
 * Effective priority: base priority and what trackers add, clamped to 1..254; an owner stays at 255 whatever
 * happens (runtime reference section 7, RFC 9568 section 5.2.4: 0 and 255 are reserved).
 */
import { OWNER_PRIORITY } from './intervals.js';

export const LOWEST_PRIORITY = 1;
export const HIGHEST_PRIORITY = 254;

/** `contributions` may be any integers; only their sum counts. */
export function effectivePriority(base: number, contributions: Iterable<number>): number {
  if (base === OWNER_PRIORITY) return OWNER_PRIORITY;
  let total = base;
  for (const contribution of contributions) total += contribution;
  return Math.min(HIGHEST_PRIORITY, Math.max(LOWEST_PRIORITY, total));
}
