/**
 * What stands between the braces of most real servers is the same text as of the one before: it is read once, and all of
 * them have the same statements below them. That holds as long as nothing in there is remarked on, for a remark has a place;
 * else load.ts reads once more without this. It decides what may stand for another; where the text is passed over is
 * preprocess.ts's and parser.ts's. (docs/internals/configuration.md, "Reading the same again")
 */
import { MAX_RECENT_INSIDES } from '../base/limits.js';
import { CARRIED_OUT, type Remarks } from './known-blocks.js';
import type { Statement } from './tree.js';

export const REPEATED_KEYWORD = 'real_server';

/** Where whole lines are read next. */
export interface Place {
  readonly source: number;
  /** Beginning of a line. */
  readonly at: number;
  /** Logical lines read so far. */
  readonly lines: number;
}

/** From behind the line with the { to the end of the line with the }. */
export interface Inside {
  readonly text: string;
  /** Where it was written first. */
  readonly place: Place;
  /** Where in the text its } stands. */
  readonly closes: number;
  readonly lines: number;
  readonly children: Statement[];
}

export class RepeatedInsides {
  /** The one that was met last comes first. */
  readonly #recent: Inside[] = [];
  readonly #shared = new Set<Inside>();

  /** The one whose text stands at this beginning of a line. */
  at(bytes: string, start: number): Inside | undefined {
    const recent = this.#recent;
    // Cut out and compared as a whole, which is many times faster than startsWith.
    const found = recent.findIndex(({ text }) => bytes.slice(start, start + text.length) === text);
    const inside = recent[found];
    if (!inside) return undefined;
    this.#shared.add(inside);
    if (found > 0) {
      recent.splice(found, 1);
      recent.unshift(inside);
    }
    return inside;
  }

  /** `text` from one place to the other, of one source: nothing where that is more than plain text. */
  add(text: string, from: Place, to: Place, closes: number, statement: Statement): void {
    if (!text.endsWith('\n') || CARRIED_OUT.test(text)) return;
    const lines = to.lines - from.lines;
    const children = statement.children ?? [];
    const inside = { text, place: from, closes: closes - from.at, lines, children };
    statement.inside = inside;
    this.#recent.unshift(inside);
    if (this.#recent.length > MAX_RECENT_INSIDES) this.#recent.pop();
  }

  /** Whether anything that stands for others was remarked on. `remarks`: undefined where there are too many to know. */
  touchedBy(remarks: Remarks | undefined): boolean {
    if (!remarks) return this.#shared.size > 0;
    for (const { text, place } of this.#shared)
      if (remarks.within(place.source, place.at, place.at + text.length)) return true;
    return false;
  }
}
