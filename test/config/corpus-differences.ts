/** Where our verdict on a configuration of the corpus differs from keepalived 2.2.7's, and why. */
export interface Difference {
  readonly file: string;
  readonly ours: 0 | 2 | 4 | 5;
  readonly theirs: 0 | 2 | 4 | 5;
  readonly why: string;
}

const LATER = 'keywords that are not in our tables yet';

export const DIFFERENCES: readonly Difference[] = [
  { file: '022-vrrp-active-active-accept.conf', ours: 5, theirs: 0, why: LATER },
  { file: '068-vrrp-sync-track-process-no_track.conf', ours: 5, theirs: 0, why: LATER },
];
