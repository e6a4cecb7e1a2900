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
  const crews = crewsOf(counts);
  const slots: number[] = [];
  // Whoever is owed most comes next, and owes the whole again; of several the first.
  for (let slot = 0; slot < total; slot++) {
    let best: Crew | undefined;
    for (const crew of crews) {
      const owed = owedBy(crew, slot, total);
      const most = best ? owedBy(best, slot, total) : Number.NEGATIVE_INFINITY;
      if (owed > most || (owed === most && best && nextOf(crew) < nextOf(best))) best = crew;
    }
    if (!best) break;
    slots.push(shares[nextOf(best)]?.id ?? 0);
    best.taken++;
  }
  return slots;
}

/** Servers with the same count of slots take turns: of thousands that are alike only whose turn it is matters. */
interface Crew {
  readonly count: number;
  /** Positions, rising. */
  readonly members: number[];
  /** Slots that they have had together. */
  taken: number;
}

function crewsOf(counts: readonly number[]): readonly Crew[] {
  const crews = new Map<number, Crew>();
  for (const [i, count] of counts.entries()) {
    const crew = crews.get(count);
    if (crew) crew.members.push(i);
    else crews.set(count, { count, members: [i], taken: 0 });
  }
  return [...crews.values()];
}

const nextOf = ({ members, taken }: Crew): number => members[taken % members.length] ?? 0;

/** What the one whose turn it is has come to in the slots so far and this one, less what it had. */
const owedBy = ({ count, members, taken }: Crew, slot: number, total: number): number =>
  (slot + 1) * count - Math.floor(taken / members.length) * total;

function countsOf(weights: readonly number[]): number[] {
  const divisor = weights.reduce(gcd, 0) || 1;
  const reduced = weights.map((weight) => weight / divisor);
  const sum = reduced.reduce((total, weight) => total + weight, 0);
  if (sum <= MAX_BALANCER_SLOTS) return reduced;
  return reduced.map((weight) => Math.max(1, Math.round((weight * MAX_BALANCER_SLOTS) / sum)));
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
