/**
 * Weights of the routers of one cluster that never change who is master: whatever the trackers say, here and on
 * the others, the order of the priorities stays. (runtime reference section 7)
 */
import { MAX_WEIGHTS_COMPARED } from '../../base/limits.js';
import type { InstanceSettings, SyncGroupSettings, TrackSettings } from '../model.js';

/** One tracker: what it can add to the priority. */
interface Influence {
  readonly name: string;
  readonly adds: readonly number[];
  /** Whether it can force FAULT, which changes who is master for anybody. */
  readonly faults: boolean;
}

const FILE_LIMIT = 253;
const [LEAST, MOST, OWNER] = [1, 254, 255];

/** What a priority can become, by all that weighs on it. */
export interface Reach {
  readonly own: readonly Influence[];
  readonly base: number;
  /** Undefined: too many trackers to tell. */
  readonly values: ReadonlySet<number> | undefined;
}

export function reachOf(instance: InstanceSettings, group: SyncGroupSettings | undefined): Reach {
  const own = influencesOf(instance);
  const all = [...own, ...(group?.trackingWeight ? influencesOf(group) : [])];
  const values = instance.priority === OWNER ? new Set([OWNER]) : clamped(sums(instance.priority, all));
  return { own, base: instance.priority, values };
}

/** Names of the trackers that carry the priority past no value that another router can have. */
export function idleWeights(
  instance: InstanceSettings,
  group: SyncGroupSettings | undefined,
  others: readonly Reach[],
): string[] {
  if (instance.priority === OWNER || others.length === 0) return [];
  const reached = others.map(({ values }) => values);
  if (reached.includes(undefined)) return [];
  const theirs = new Set(reached.flatMap((values) => [...(values ?? [])]));
  const own = influencesOf(instance);
  const all = [...own, ...(group?.trackingWeight ? influencesOf(group) : [])];
  return own.flatMap((one) => {
    const rest = sums(
      instance.priority,
      all.filter((other) => other !== one),
    );
    if (!rest) return [];
    const matters = [...rest].some((sum) => {
      const before = clamp(sum);
      return [...theirs].some(
        (value) =>
          (one.faults && before >= value) ||
          one.adds.some((weight) => Math.sign(clamp(sum + weight) - value) !== Math.sign(before - value)),
      );
    });
    return matters ? [] : [one.name];
  });
}

const clamp = (sum: number): number => Math.min(MOST, Math.max(LEAST, sum));
const clamped = (all: ReadonlySet<number> | undefined): ReadonlySet<number> | undefined =>
  all && new Set([...all].map(clamp));

type Trackers = Pick<
  InstanceSettings,
  'trackInterfaces' | 'trackScripts' | 'trackFiles' | 'trackProcesses' | 'trackBfd'
>;

function influencesOf(from: Trackers): Influence[] {
  const { trackInterfaces, trackScripts, trackFiles, trackProcesses, trackBfd = [] } = from;
  const weighs = ({ weight }: TrackSettings): boolean => weight !== 0;
  const states = [...trackInterfaces, ...trackScripts, ...trackProcesses, ...trackBfd];
  return [
    ...states.filter(weighs).map(({ name, weight, reverse }) => ({
      name,
      adds: [reverse ? -weight : weight],
      faults: false,
    })),
    ...trackFiles.filter(weighs).map(({ name, weight }) => ({ name, adds: multiples(weight), faults: true })),
  ];
}

/** A file may hold any number; what it adds is cut at 253, and from -254 on it is FAULT. */
function multiples(weight: number): number[] {
  const step = Math.abs(weight);
  const out: number[] = [];
  for (let value = step; value < FILE_LIMIT; value += step) out.push(value, -value);
  return [...out, FILE_LIMIT];
}

/** Every sum of the base and of some of the contributions; undefined where there are too many. */
function sums(base: number, all: readonly Influence[]): ReadonlySet<number> | undefined {
  if (all.length > MAX_WEIGHTS_COMPARED) return undefined;
  let reached = new Set([base]);
  for (const { adds } of all) {
    const next = new Set(reached);
    for (const sum of reached) {
      for (const weight of adds) next.add(sum + weight);
    }
    reached = next;
  }
  return reached;
}
