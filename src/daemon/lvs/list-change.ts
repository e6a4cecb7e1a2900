/**
 * What became of a list: of thousands of entries that a reload names in their order mostly a few are others. It decides how
 * a change is said and carried out; of what the entries are is handover.ts's and received.ts's.
 */
import { invariant } from '../../base/invariant.js';

export interface ListChange<T> {
  /** So many stay at the beginning, and at the end. */
  readonly first: number;
  readonly last: number;
  /** What stands between them now. */
  readonly between: readonly T[];
}

export function changeOf<T>(before: readonly T[], now: readonly T[]): ListChange<T> {
  const most = Math.min(before.length, now.length);
  let first = 0;
  while (first < most && before[first] === now[first]) first++;
  let last = 0;
  while (last < most - first && before[before.length - 1 - last] === now[now.length - 1 - last]) last++;
  return { first, last, between: now.slice(first, now.length - last) };
}

/** Throws where `before` is not the list that the change was made from. */
export function changed<T>(before: readonly T[], { first, last, between }: ListChange<T>): T[] {
  invariant(first + last <= before.length, 'a change is of the list that it was made from');
  return [...before.slice(0, first), ...between, ...before.slice(before.length - last)];
}
