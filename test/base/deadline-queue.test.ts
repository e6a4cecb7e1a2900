/** The deadline queue against the simplest thing that could be right: a list that is searched. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DeadlineQueue } from '../../src/base/deadline-queue.js';
import { type Instant, instant } from '../../src/base/time.js';

interface Pending {
  readonly key: string;
  readonly at: Instant;
  readonly order: number;
}

class NaiveQueue {
  #pending: Pending[] = [];
  #order = 0;
  get earliest(): Pending | undefined {
    return [...this.#pending].sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
  get size(): number {
    return this.#pending.length;
  }
  at(key: string): Instant | undefined {
    return this.#pending.find((p) => p.key === key)?.at;
  }
  set(key: string, at: Instant): void {
    this.clear(key);
    this.#pending.push({ key, at, order: this.#order++ });
  }
  clear(key: string): void {
    this.#pending = this.#pending.filter((p) => p.key !== key);
  }
  popDue(now: Instant): { key: string; at: Instant } | undefined {
    const first = this.earliest;
    if (!first || first.at > now) return undefined;
    this.clear(first.key);
    return { key: first.key, at: first.at };
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
// Few instants, so that ties are common.
const at = fc.nat(12).map(instant);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('set' as const), key, at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clear' as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pop' as const), now: at }) },
);

describe('DeadlineQueue', () => {
  test('does what a searched list does, step by step', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const queue = new DeadlineQueue<string>();
        const naive = new NaiveQueue();
        for (const s of steps) {
          if (s.do === 'set') {
            queue.set(s.key, s.at);
            naive.set(s.key, s.at);
          } else if (s.do === 'clear') {
            queue.clear(s.key);
            naive.clear(s.key);
          } else assert.deepEqual(queue.popDue(s.now), naive.popDue(s.now));
          assert.equal(queue.size, naive.size);
          assert.equal(queue.earliest, naive.earliest?.at);
          assert.equal(queue.first?.key, naive.earliest?.key);
          assert.equal(queue.first?.at, naive.earliest?.at);
          for (const k of 'abcdefghij') assert.equal(queue.at(k), naive.at(k));
        }
        const far = instant(1e9);
        for (;;) {
          const popped = queue.popDue(far);
          assert.deepEqual(popped, naive.popDue(far));
          if (!popped) break;
        }
      }),
      { numRuns: 500 },
    );
  });
  test('a thousand deadlines at one instant fire in the order in which they were set', () => {
    const queue = new DeadlineQueue<number>();
    const order = Array.from({ length: 1000 }, (_, i) => (i * 617) % 1000);
    for (const k of order) queue.set(k, instant(5));
    const fired: number[] = [];
    for (let due = queue.popDue(instant(5)); due; due = queue.popDue(instant(5))) fired.push(due.key);
    assert.deepEqual(fired, order);
  });
  test('nothing is due before its instant', () => {
    const queue = new DeadlineQueue<string>();
    queue.set('a', instant(10));
    assert.equal(queue.popDue(instant(9)), undefined);
    assert.deepEqual(queue.popDue(instant(10)), { key: 'a', at: 10 });
    assert.equal(queue.earliest, undefined);
  });
});
