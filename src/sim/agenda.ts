/**
 * The world's own list of things to come: a binary heap of callbacks by virtual time. Ties run in the order in
 * which they were planned, which makes equal seeds replay equally. Engines never see it: they have their own
 * DeadlineQueue, and the world asks them when they next want time (DESIGN rule 3).
 */
export interface Appointment {
  /** World time, integer microseconds since the world began. */
  readonly at: number;
  readonly order: number;
  /** Undefined once cancelled. */
  run: (() => void) | undefined;
}

export class Agenda {
  readonly #heap: Appointment[] = [];
  #order = 0;
  #now = 0;

  /** World time, microseconds. */
  get now(): number {
    return this.#now;
  }

  /** Plans `run` for world time `at` (never before now) and returns a token for `cancel`. */
  plan(at: number, run: () => void): Appointment {
    const entry: Appointment = { at: Math.max(at, this.#now), order: this.#order++, run };
    const heap = this.#heap;
    let slot = heap.length;
    heap.push(entry);
    while (slot > 0) {
      const parentSlot = (slot - 1) >> 1;
      const parent = heap[parentSlot] as Appointment;
      if (!before(entry, parent)) break;
      heap[slot] = parent;
      slot = parentSlot;
    }
    heap[slot] = entry;
    return entry;
  }

  /** A cancelled appointment stays in the heap until its time and then does nothing. */
  cancel(entry: Appointment): void {
    entry.run = undefined;
  }

  /** Runs everything up to and including `end`, then stands at `end`. */
  runUntil(end: number): void {
    for (;;) {
      const first = this.#heap[0];
      if (!first || first.at > end) break;
      this.#takeFirst();
      const run = first.run;
      if (!run) continue;
      this.#now = first.at;
      run();
    }
    this.#now = end;
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const entry = heap.pop() as Appointment;
    const size = heap.length;
    if (size === 0) return;
    let slot = 0;
    for (;;) {
      const leftSlot = slot * 2 + 1;
      if (leftSlot >= size) break;
      const left = heap[leftSlot] as Appointment;
      const right = heap[leftSlot + 1];
      const child = right && before(right, left) ? right : left;
      if (!before(child, entry)) break;
      heap[slot] = child;
      slot = child === left ? leftSlot : leftSlot + 1;
    }
    heap[slot] = entry;
  }
}

const before = (a: Appointment, b: Appointment): boolean => (a.at !== b.at ? a.at < b.at : a.order < b.order);
