/** Worlds that once broke an invariant, with what was wrong then. They are lived again in every run. */
export const KEPT_SEEDS: readonly { readonly seed: number; readonly why: string }[] = [];
