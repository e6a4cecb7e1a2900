/** A hash of configuration text: tells versions apart, keeps no secrets. 64 bits in two halves, each after FNV-1a. */
import { MAX_REPEATED_LINES } from '../base/limits.js';

export interface Halves {
  readonly a: number;
  readonly b: number;
}
const START: Halves = { a: 0x811c9dc5, b: 0xcbf29ce4 };

/** Hashes of lines. A large text says most of its lines again and again: each is gone through once. */
export class LineHashes {
  readonly #known = new Map<string, Halves>();

  of(line: string): Halves {
    const known = this.#known.get(line);
    if (known) return known;
    let { a, b } = START;
    const { length } = line;
    // Four bytes at a time: code that runs once is interpreted, step by step. Behind the end there is NaN, which is 0 here.
    for (let i = 0; i < length; i += 4) {
      const c =
        line.charCodeAt(i) |
        (line.charCodeAt(i + 1) << 8) |
        (line.charCodeAt(i + 2) << 16) |
        (line.charCodeAt(i + 3) << 24);
      const mixed = Math.imul(a ^ c, 0x01000193);
      a = mixed ^ (mixed >>> 15);
      b = Math.imul(b ^ c, 0x01000197) ^ a;
    }
    a ^= length;
    const made = { a, b };
    if (this.#known.size < MAX_REPEATED_LINES) this.#known.set(line, made);
    return made;
  }
}

export class TextHash {
  /** Both halves; an object would have to hold a new number for each line. */
  readonly #state = Int32Array.of(START.a, START.b);

  constructor(readonly lines = new LineHashes()) {}

  /** One logical line. */
  add(line: string): void {
    this.mix(this.lines.of(line));
  }

  /** Another text, as one. */
  mix({ a, b }: Halves): void {
    const state = this.#state;
    const mixed = Math.imul((state[0] ?? 0) ^ a, 0x01000193);
    state[0] = mixed;
    state[1] = Math.imul((state[1] ?? 0) ^ b, 0x01000197) ^ (mixed >>> 15);
  }

  get halves(): Halves {
    const [a = 0, b = 0] = this.#state;
    return { a, b };
  }

  finish(): string {
    const half = (n: number) => (n >>> 0).toString(16).padStart(8, '0');
    const [a = 0, b = 0] = this.#state;
    return half(a) + half(b);
  }
}
