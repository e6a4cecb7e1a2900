/**
 * From the lines of an instance, or of what is static, to slots. Across a reload a line that did not change keeps its
 * slot, and with it what it has in the kernel. When slots are claimed is decided by their owner.
 */

export interface Renewed<S> {
  readonly slots: readonly S[];
  readonly added: readonly S[];
  readonly removed: readonly S[];
}

/** `lineOf` gives the line that a slot was made from by `make`. */
export function renewSlots<L, S>(
  before: readonly S[],
  lines: readonly L[],
  lineOf: (slot: S) => L,
  make: (line: L) => S,
): Renewed<S> {
  const left = new Map(before.map((slot) => [JSON.stringify(lineOf(slot)), slot]));
  const added: S[] = [];
  const slots = lines.map((line) => {
    const key = JSON.stringify(line);
    const known = left.get(key);
    left.delete(key);
    if (known !== undefined) return known;
    const fresh = make(line);
    added.push(fresh);
    return fresh;
  });
  return { slots, added, removed: [...left.values()] };
}
