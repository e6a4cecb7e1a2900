/** Where our verdict on a configuration of the corpus differs from keepalived 2.2.7's, and why. */
export interface Difference {
  readonly file: string;
  readonly ours: 0 | 2 | 4 | 5;
  readonly theirs: 0 | 2 | 4 | 5;
  readonly why: string;
}

export const DIFFERENCES: readonly Difference[] = [];
