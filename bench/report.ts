// Figures of the two daemons side by side: medians, worst cases and ratios, as a table for people and as JSON to
// keep. No figure is judged a failure here: aims are printed beside what was measured, and people decide.

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { RivalName } from './rivals.js';

/** One thing measured of both daemons; smaller is always better. */
export interface Comparison {
  /** Stable name, for programs. */
  readonly id: string;
  readonly title: string;
  readonly unit: 'ms' | 'us' | 'MiB' | 'KiB' | '%' | 'times';
  /** In words, as the issue states it. */
  readonly aim?: string;
  readonly samples: Readonly<Partial<Record<RivalName, readonly number[]>>>;
  /** Further programs that were measured beside the two. */
  readonly others?: Readonly<Record<string, readonly number[]>>;
  /** What one must know to read the figure. */
  readonly note?: string;
}

export interface Figure {
  readonly median: number;
  readonly worst: number;
  readonly samples: readonly number[];
}

/** The value below which this share (0 to 1) of the samples lies, by the nearest rank; NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export function figureOf(samples: readonly number[]): Figure | undefined {
  if (samples.length === 0) return undefined;
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    worst: at(sorted.length - 1),
    samples,
  };
}

/** Ours over theirs; undefined where either is missing or the quotient would mean nothing. */
export function ratioOf(ours: number | undefined, theirs: number | undefined): number | undefined {
  if (ours === undefined || theirs === undefined || ours <= 0 || theirs <= 0) return undefined;
  return ours / theirs;
}

export function renderTable(comparisons: readonly Comparison[]): string {
  const rows = [['', 'holdfast', '', 'keepalived', '', 'ratio', ''], columns];
  for (const { title, unit, samples } of comparisons) {
    const ours = figureOf(samples.holdfast ?? []);
    const theirs = figureOf(samples.keepalived ?? []);
    rows.push([
      title,
      ...[ours?.median, ours?.worst, theirs?.median, theirs?.worst].map((value) => render(value, unit)),
      ...[ratioOf(ours?.median, theirs?.median), ratioOf(ours?.worst, theirs?.worst)].map((value) =>
        value === undefined ? '-' : value.toFixed(2),
      ),
    ]);
  }
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const remarks = comparisons.flatMap(({ title, unit, aim, note, others = {} }) => [
    ...Object.entries(others).map(([who, values]) => {
      const figure = figureOf(values);
      return `${title}: ${who} median ${render(figure?.median, unit)}, worst ${render(figure?.worst, unit)}.`;
    }),
    ...(aim === undefined ? [] : [`${title}: the aim is ${aim}.`]),
    ...(note === undefined ? [] : [`${title}: ${note}.`]),
  ]);
  return [...lines, '', ...remarks].join('\n');
}

const columns = ['', 'median', 'worst', 'median', 'worst', 'median', 'worst'];

function render(value: number | undefined, unit: Comparison['unit']): string {
  return value === undefined ? '-' : `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${unit}`;
}

/** What the figures were measured on: without it they mean nothing later. */
export function describeMachine(): Readonly<Record<string, string | number>> {
  const [first] = cpus();
  return {
    processor: first?.model ?? 'unknown',
    processors: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    node: process.version,
  };
}

/** Writes the figures as JSON and returns the file's path. */
export function keep(
  root: string,
  suite: string,
  versions: Readonly<Partial<Record<RivalName, string>>>,
  comparisons: readonly Comparison[],
  now: Date,
): string {
  const folder = join(root, 'artifacts', 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${suite}-${now.toISOString().replace(/[:.]/g, '-')}.json`);
  const cases = comparisons.map(({ samples, ...about }) => {
    const ours = figureOf(samples.holdfast ?? []);
    const theirs = figureOf(samples.keepalived ?? []);
    const ratio = {
      median: ratioOf(ours?.median, theirs?.median),
      worst: ratioOf(ours?.worst, theirs?.worst),
    };
    return { ...about, holdfast: ours, keepalived: theirs, ratio };
  });
  const content = { suite, at: now.toISOString(), machine: describeMachine(), versions, cases };
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
  return file;
}
