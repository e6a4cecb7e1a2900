/**
 * Runs worlds and reports: one seed, or a range of seeds shared out to worker threads. What a world is, is
 * decided in world.ts; which engine lives in it, by the tables given here.
 */
import { Worker } from 'node:worker_threads';
import { Engine } from '../core/engine.js';
import { mutations, SOUND, type Tables } from './mutations.js';
import type { MachineFactory } from './router.js';
import type { Trace } from './trace.js';
import { BrokenInvariant } from './watched.js';
import { World } from './world.js';

export interface Failure {
  readonly seed: number;
  /** The name of the invariant, or `crash` when the engine threw. */
  readonly invariant: string;
  readonly message: string;
}

/** How often each row of the transition table was applied. */
export type RowCounts = Map<string, number>;

export interface RunReport {
  readonly worlds: number;
  readonly failures: readonly Failure[];
  readonly rows: RowCounts;
}

export function engineFactory(tables: Tables, rows?: RowCounts): MachineFactory {
  const { transitions, receiveChecks } = tables;
  const onRow = rows && ((row: string): void => void rows.set(row, (rows.get(row) ?? 0) + 1));
  return (configuration) =>
    new Engine(configuration, { transitions, receiveChecks, ...(onRow ? { onRow } : {}) });
}

/** Lives one world; undefined when nothing broke. */
export function runWorld(seed: number, factory: MachineFactory, trace?: Trace): Failure | undefined {
  try {
    new World(seed, { factory, ...(trace ? { trace } : {}) }).run();
    return undefined;
  } catch (error) {
    if (error instanceof BrokenInvariant) return { seed, invariant: error.invariant, message: error.message };
    if (error instanceof Error) return { seed, invariant: 'crash', message: error.stack ?? error.message };
    throw error;
  }
}

export interface Range {
  readonly from: number;
  readonly worlds: number;
  /** Stop after so many failures; default 1. */
  readonly failures?: number;
}

/** Lives the worlds of seeds from..from+worlds-1 in this thread. */
export function runRange({ from, worlds, failures: limit = 1 }: Range, tables: Tables = SOUND): RunReport {
  const rows: RowCounts = new Map();
  const factory = engineFactory(tables, rows);
  const failures: Failure[] = [];
  let lived = 0;
  for (let seed = from; seed < from + worlds && failures.length < limit; seed++) {
    lived++;
    const failure = runWorld(seed, factory);
    if (failure) failures.push(failure);
  }
  return { worlds: lived, failures, rows };
}

/** The same with the range cut into pieces that `workers` threads share. */
export async function runSharded(range: Range, workers: number): Promise<RunReport> {
  if (workers <= 1) return runRange(range);
  const size = Math.ceil(range.worlds / workers);
  const shards = Array.from({ length: workers }, (_, n): Range => {
    const worlds = Math.max(0, Math.min(size, range.worlds - n * size));
    return { ...range, from: range.from + n * size, worlds };
  });
  const jobs = shards.filter((shard) => shard.worlds > 0);
  const reports = await Promise.all(jobs.map((job) => inThread<RunReport>({ kind: 'worlds', range: job })));
  const rows: RowCounts = new Map();
  for (const report of reports)
    for (const [row, count] of report.rows) rows.set(row, (rows.get(row) ?? 0) + count);
  return {
    worlds: reports.reduce((sum, report) => sum + report.worlds, 0),
    failures: reports.flatMap((report) => report.failures),
    rows,
  };
}

/** What noticed a mutation, and after how many worlds; undefined failure: nothing did. */
export interface MutantReport {
  readonly id: string;
  readonly worlds: number;
  readonly failure: Failure | undefined;
}

/** How a search for what notices each mutation goes. */
export interface MutantSearch {
  /** Mutations that get only `briefly` worlds. */
  readonly brief: readonly string[];
  readonly briefly: number;
  /** By mutation, the seed of a world that noticed it once: it is lived first. */
  readonly noticed: Readonly<Record<string, number>>;
}

/** Which mutations to try: every `step`-th from `first` on. */
export interface MutantShare extends MutantSearch {
  readonly first: number;
  readonly step: number;
}

/** Lives the worlds of `range` with each mutation of the share until it is noticed. */
export function runMutants(range: Range, share: MutantShare): MutantReport[] {
  const { first, step, briefly, noticed } = share;
  const short = new Set(share.brief);
  const reports: MutantReport[] = [];
  for (const [index, mutation] of mutations().entries()) {
    if (index % step !== first) continue;
    const worlds = short.has(mutation.id) ? briefly : range.worlds;
    const seed = noticed[mutation.id];
    const again = seed === undefined ? undefined : runRange({ from: seed, worlds: 1 }, mutation);
    const report = again?.failures[0] ? again : runRange({ ...range, worlds }, mutation);
    reports.push({ id: mutation.id, worlds: report.worlds, failure: report.failures[0] });
  }
  return reports;
}

export async function runMutantsSharded(
  range: Range,
  workers: number,
  search: MutantSearch,
): Promise<MutantReport[]> {
  const shares = Array.from({ length: workers }, (_, first) => ({ ...search, first, step: workers }));
  const reports = await Promise.all(
    shares.map((share) => inThread<MutantReport[]>({ kind: 'mutants', range, share })),
  );
  return reports.flat();
}

/** What a worker thread is asked to do. */
export type Job =
  | { readonly kind: 'worlds'; readonly range: Range }
  | { readonly kind: 'mutants'; readonly range: Range; readonly share: MutantShare };

function inThread<T>(job: Job): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./shard.js', import.meta.url), { workerData: job });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** The one command that replays a failing world. */
export const replayCommand = (seed: number): string => `npm run sim -- --seed ${seed} --trace`;
