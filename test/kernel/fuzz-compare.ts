/** What differs between what is seen of two daemons. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Side, Sight } from './fuzz-lab.js';

export type Pair = readonly [theirs: Side, ours: Side];

/** The first checks come a second after the start; a second later all have their verdict, mostly. */
const CALM_MS = 2200;
/** How long both may take until they show the same; it passes only where something differs, or the machine has no time. */
const REST_MS = 60_000;
/** So often in a row both must show the same as before: on a busy machine neither may have begun yet. */
const AT_REST = 3;

/** When both have come to rest with the same, or not: what differs, and what was seen of the other one last. */
export async function compared(
  pair: Pair,
  judge: (theirs: Sight, ours: Sight) => string[],
): Promise<{ found: string[]; theirs: Sight }> {
  const end = Date.now() + REST_MS;
  await delay(CALM_MS);
  let [seen, rests] = ['', 0];
  for (;;) {
    const [theirs, ours] = await Promise.all([pair[0].see(), pair[1].see()]);
    const found = judge(theirs, ours);
    const now = inWords(theirs) + inWords(ours);
    rests = found.length === 0 && now === seen ? rests + 1 : 0;
    seen = now;
    if (rests >= AT_REST || Date.now() > end) return { found, theirs };
    await delay(400);
  }
}

const inWords = ({ scripts, fifo, ...lists }: Sight): string =>
  JSON.stringify([lists, [...scripts], [...fifo]]);

/**
 * What differs, a line each. `spared`: services whose servers may go untold here; of servers that are alive while the
 * sorry server serves Keepalived tells no end, as they are not in the table.
 */
export function differences(
  theirs: Sight,
  ours: Sight,
  spared: ReadonlySet<string>,
  stopped: boolean,
): string[] {
  const found: string[] = [];
  for (const part of ['table', 'thresholds', 'timeouts', 'daemons', 'addresses'] as const)
    found.push(...unlike(part, theirs[part], ours[part]));
  const names = new Set([theirs, ours].flatMap(({ scripts, fifo }) => [...scripts.keys(), ...fifo.keys()]));
  for (const name of [...names].sort()) {
    const [service = '', server] = name.split(' ');
    const lists = [theirs, ours].flatMap(({ scripts, fifo }) => [scripts.get(name), fifo.get(name)]);
    // Who goes and comes within a moment does so by chance, as one check or another ends first; and scripts of one that
    // does run side by side there.
    if (lists.some((lines) => lines && lines.length > 1)) continue;
    if (server !== undefined && spared.has(service)) continue;
    for (const part of ['scripts', 'fifo'] as const) {
      const [told, own] = [theirs[part].get(name) ?? [], ours[part].get(name) ?? []];
      // Keepalived's stop waits a second for its scripts, too short for many of them in there; its FIFO has all.
      if (stopped && part === 'scripts' && told.length === 0) continue;
      found.push(...unlike(part, told, own));
    }
  }
  return found;
}

function unlike(part: keyof Sight, theirs: readonly string[], ours: readonly string[]): string[] {
  const missing = theirs.filter((line) => !ours.includes(line));
  const more = ours.filter((line) => !theirs.includes(line));
  if (missing.length + more.length > 0)
    return [
      ...missing.map((line) => `${part}: theirs ${line}`),
      ...more.map((line) => `${part}: ours   ${line}`),
    ];
  const order = theirs.filter((line, n) => line !== ours[n]);
  return order.length === 0 ? [] : [`${part}: in another order than theirs: ${order.join(' | ')}`];
}
