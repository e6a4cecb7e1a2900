/**
 * The one queue of deadlines (DESIGN rules 3 and 10): an indexed binary heap keyed by string, so that moving,
 * clearing and finding the earliest cost O(log n). Ties fire in the order in which they were set, which keeps
 * replays byte for byte equal.
 */
import type { Instant } from './time.js';

interface Entry<K> {
  key: K;
  at: Instant;
  order: number;
  slot: number;
}

export class DeadlineQueue<K> {
  readonly #heap: Entry<K>[] = [];
  readonly #entries = new Map<K, Entry<K>>();
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }
  /** The earliest deadline, if any. */
  get earliest(): Instant | undefined {
    return this.#heap[0]?.at;
  }
  /** The earliest deadline with its key, left where it is. */
  get first(): { readonly key: K; readonly at: Instant } | undefined {
    return this.#heap[0];
  }
  at(key: K): Instant | undefined {
    return this.#entries.get(key)?.at;
  }

  /** Sets or moves the deadline of `key`. */
  set(key: K, at: Instant): void {
    const known = this.#entries.get(key);
    if (known) {
      known.at = at;
      known.order = this.#order++;
      this.#down(this.#up(known.slot));
      return;
    }
    const entry: Entry<K> = { key, at, order: this.#order++, slot: this.#heap.length };
    this.#entries.set(key, entry);
    this.#heap.push(entry);
    this.#up(entry.slot);
  }

  clear(key: K): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    const last = this.#heap.pop();
    if (last && last !== entry) {
      this.#place(last, entry.slot);
      this.#down(this.#up(last.slot));
    }
  }

  /** Removes and returns the key of the earliest deadline that is due at `now`. */
  popDue(now: Instant): { key: K; at: Instant } | undefined {
    const first = this.#heap[0];
    if (!first || first.at > now) return undefined;
    this.clear(first.key);
    return { key: first.key, at: first.at };
  }

  #before(a: Entry<K>, b: Entry<K>): boolean {
    return a.at !== b.at ? a.at < b.at : a.order < b.order;
  }
  #place(entry: Entry<K>, slot: number): void {
    this.#heap[slot] = entry;
    entry.slot = slot;
  }
  #up(from: number): number {
    let slot = from;
    const entry = this.#heap[slot];
    if (!entry) return slot;
    while (slot > 0) {
      const parentSlot = (slot - 1) >> 1;
      const parent = this.#heap[parentSlot];
      if (!parent || !this.#before(entry, parent)) break;
      this.#place(parent, slot);
      slot = parentSlot;
    }
    this.#place(entry, slot);
    return slot;
  }
  #down(from: number): void {
    let slot = from;
    const entry = this.#heap[slot];
    if (!entry) return;
    for (;;) {
      const leftSlot = slot * 2 + 1;
      const left = this.#heap[leftSlot];
      if (!left) break;
      const right = this.#heap[leftSlot + 1];
      const child = right && this.#before(right, left) ? right : left;
      if (!this.#before(child, entry)) break;
      const next = child.slot;
      this.#place(child, slot);
      slot = next;
    }
    this.#place(entry, slot);
  }
}
