/** Several values under one key, each once: so that an event costs those whom it concerns (DESIGN rule 10). */
export class Multimap<K, V> {
  readonly #sets = new Map<K, Set<V>>();

  has(key: K): boolean {
    return this.#sets.has(key);
  }
  /** Safe against changes meanwhile. */
  of(key: K): readonly V[] {
    return [...(this.#sets.get(key) ?? [])];
  }
  *values(): Iterable<V> {
    for (const set of this.#sets.values()) yield* set;
  }
  add(key: K, value: V): void {
    const set = this.#sets.get(key);
    if (set) set.add(value);
    else this.#sets.set(key, new Set([value]));
  }
  delete(key: K, value: V): void {
    const set = this.#sets.get(key);
    set?.delete(value);
    if (set?.size === 0) this.#sets.delete(key);
  }
}
