/** Worlds that broke an invariant once, with what was wrong then. They are lived again in every run. */
export const KEPT_SEEDS: readonly { readonly seed: number; readonly why: string }[] = [
  {
    seed: 13,
    why: 'reverse turned the side on which a negative weight counts, not the sign of what it adds',
  },
  { seed: 90, why: 'addresses that the kernel refused once were never asked for again' },
];
