// What a case is given: where it may make its networks, whom it measures, how often and how thoroughly. Which cases
// there are is decided by suites.ts.

import type { Rights } from '../src/lab/rights.js';
import type { Comparison } from './report.js';
import type { Rival, RivalName } from './rivals.js';

export interface Occasion {
  readonly rights: Rights;
  readonly rivals: readonly Rival[];
  /** How often each figure is taken. */
  readonly runs: number;
  /** A short pass, to see that all can be measured: long observations are cut, and figures are rough. */
  readonly quick: boolean;
  readonly say: (text: string) => void;
}

export type Measure = (occasion: Occasion) => Promise<readonly Comparison[]>;

/** Figures of both daemons as they are taken. */
export class Samples {
  readonly #taken: Partial<Record<RivalName, number[]>> = {};

  add(name: RivalName, ...values: readonly number[]): void {
    this.#taken[name] = [...(this.#taken[name] ?? []), ...values];
  }

  get all(): Readonly<Partial<Record<RivalName, readonly number[]>>> {
    return this.#taken;
  }
}
