/**
 * Shares of connections as slots: a service draws a number below the count of its slots, and each slot belongs to one of
 * its servers. Pure. Weights become counts of slots as small as their ratio allows, spread as evenly as can be, so that
 * one after the other they are weighted round robin.
 */
import { MAX_BALANCER_SLOTS } from '../../../base/limits.js';

export interface Share {
  readonly id: number;
  /** At least 1. */
  readonly weight: number;
}

/** The server of each slot. Above MAX_BALANCER_SLOTS the ratio is kept as nearly as that many slots can. */
export function slotsOf(shares: readonly Share[]): number[] {
  const counts = countsOf(shares.map(({ weight }) => weight));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const credits = counts.map(() => 0);
  const slots: number[] = [];
  // Whoever is owed most comes next, and owes the whole again.
  for (let slot = 0; slot < total; slot++) {
    let best = 0;
    for (const [i, count] of counts.entries()) {
      credits[i] = (credits[i] ?? 0) + count;
      if ((credits[i] ?? 0) > (credits[best] ?? 0)) best = i;
    }
    credits[best] = (credits[best] ?? 0) - total;
    slots.push(shares[best]?.id ?? 0);
  }
  return slots;
}

function countsOf(weights: readonly number[]): number[] {
  const divisor = weights.reduce(gcd, 0) || 1;
  const reduced = weights.map((weight) => weight / divisor);
  const sum = reduced.reduce((total, weight) => total + weight, 0);
  if (sum <= MAX_BALANCER_SLOTS) return reduced;
  return reduced.map((weight) => Math.max(1, Math.round((weight * MAX_BALANCER_SLOTS) / sum)));
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
