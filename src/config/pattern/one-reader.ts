/**
 * Walks over the characters of a pattern and reads what stands for one character: literals, escapes, classes. Escapes
 * that stand for a place, and everything that has structure, are its caller's. (pcre2pattern(3), "Backslash", "Square
 * brackets and character classes")
 */

import {
  anyCase,
  complement,
  DIGIT,
  HORIZONTAL,
  POSIX,
  pointOf,
  type Ranges,
  range,
  SPACE,
  union,
  VERTICAL,
  WORD,
  writeRanges,
} from './char-set.js';
import type { PatternRefusal } from './translate.js';
import type { PatternNode } from './tree.js';

/** The options that may change within a pattern. */
export interface Modes {
  readonly caseless: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
  readonly extended: boolean;
  readonly ungreedy: boolean;
  /** Only groups with a name capture. */
  readonly explicit: boolean;
}

interface Alphabet {
  readonly ucp: boolean;
  readonly wide: boolean;
  readonly foldsCase: boolean;
  readonly bsux: boolean;
  readonly emptyClass: boolean;
  readonly refuse: (kind: PatternRefusal['kind'], what: string, at: number) => void;
}

/** What a class or an escape stands for. */
interface Members {
  readonly set: Ranges;
  readonly properties: readonly string[];
}

const CONTROL: Readonly<Record<string, number>> = { a: 7, e: 0x1b, f: 0x0c, n: 0x0a, r: 0x0d, t: 9 };
const NEWLINE = range(0x0a, 0x0a);
/** With ucp, letters and digits are Unicode's. */
const UCP: Readonly<Record<string, string>> = { d: '\\p{Nd}', w: '\\p{L}\\p{N}\\p{Mn}\\p{Pc}', s: '\\p{Z}' };
const CATEGORY = /^(?:C[cfnos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;

export class OneReader {
  readonly #chars: readonly string[];
  readonly #alphabet: Alphabet;
  /** The rest as text, from where it was last made. */
  #text: string;
  #at = 0;
  #quoting = false;

  constructor(chars: readonly string[], alphabet: Alphabet) {
    this.#chars = chars;
    this.#alphabet = alphabet;
    this.#text = chars.join('');
  }

  get at(): number {
    return this.#at;
  }
  get done(): boolean {
    return this.#at >= this.#chars.length;
  }
  peek(): string {
    return this.#quoting ? '' : (this.#chars[this.#at] ?? '');
  }
  rest(length: number): string {
    return this.#text.slice(0, length);
  }
  skip(one: string): boolean {
    if (this.#quoting || this.#chars[this.#at] !== one) return false;
    this.#advance(one);
    return true;
  }
  looksAt(form: RegExp): boolean {
    return !this.#quoting && form.test(this.#text);
  }
  /** Takes what fits, and returns its first group, or all of it. */
  take(form: RegExp, fits: (found: string) => boolean = () => true): string | undefined {
    if (this.#quoting) return undefined;
    const found = form.exec(this.#text);
    if (!found) return undefined;
    const value = found[1] ?? found[0];
    if (!fits(value)) return undefined;
    this.#advance(found[0]);
    return value;
  }
  #advance(text: string): void {
    this.#at += [...text].length;
    this.#text = this.#text.slice(text.length);
  }

  #refuse(kind: PatternRefusal['kind'], what: string): void {
    this.#alphabet.refuse(kind, what, this.#at);
  }

  boundary(letter: string): string {
    const { ucp, wide } = this.#alphabet;
    const word = ucp ? `[${UCP['w']}]` : `[${writeRanges(WORD)}]`;
    const edge = `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
    const inner = `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;
    if (wide && !ucp && this.#alphabet.foldsCase) this.#refuse('not-served', 'a word boundary without case');
    return letter === 'b' ? edge : inner;
  }

  /** What stands here for one character; undefined where something else was taken. */
  read(modes: Modes): PatternNode | undefined {
    if (this.#quoting || this.take(/^\\Q/) !== undefined) return this.#quoted(modes);
    if (this.skip('.')) return this.#node(modes.dotAll ? [] : NEWLINE, [], true);
    if (this.skip('[')) return this.#class(modes);
    const shorthand = this.take(/^\\([dDwWsShHvVN])/);
    if (shorthand !== undefined) return this.#shorthand(shorthand);
    const property = this.#property();
    if (property) return this.#node([], [property], false);
    if (this.take(/^\\C/) !== undefined) {
      this.#refuse('not-served', 'a single byte (\\C)');
      return undefined;
    }
    if (this.take(/^\\X/) !== undefined) {
      this.#refuse('not-served', 'a whole grapheme (\\X)');
      return undefined;
    }
    const point = this.#literal(false);
    return point === undefined ? undefined : this.#node(this.#cased(range(point, point), modes), [], false);
  }

  /** Between \Q and \E everything is itself. */
  #quoted(modes: Modes): PatternNode | undefined {
    this.#quoting = true;
    if (this.#text.startsWith('\\E')) {
      this.#advance('\\E');
      this.#quoting = false;
      return undefined;
    }
    const one = this.#chars[this.#at];
    if (one === undefined) return undefined;
    this.#advance(one);
    const point = pointOf(one);
    if (this.#text.startsWith('\\E')) {
      this.#advance('\\E');
      this.#quoting = false;
    }
    return this.#node(this.#cased(range(point, point), modes), [], false);
  }

  #cased(set: Ranges, { caseless }: Modes): Ranges {
    return caseless && !this.#alphabet.foldsCase ? anyCase(set) : set;
  }

  #node(set: Ranges, properties: readonly string[], negated: boolean): PatternNode {
    return { kind: 'one', set, properties, negated };
  }

  #shorthand(letter: string): PatternNode {
    if (letter === 'N') return this.#node(NEWLINE, [], true);
    const { set, properties } = this.#members(letter.toLowerCase());
    return this.#node(set, properties, letter !== letter.toLowerCase());
  }

  #members(letter: string): Members {
    const { ucp } = this.#alphabet;
    if (letter === 'h') return { set: HORIZONTAL, properties: [] };
    if (letter === 'v') return { set: VERTICAL, properties: [] };
    const property = ucp ? UCP[letter] : undefined;
    if (property === undefined)
      return { set: letter === 'd' ? DIGIT : letter === 'w' ? WORD : SPACE, properties: [] };
    return { set: letter === 's' ? union(SPACE, HORIZONTAL, VERTICAL) : [], properties: [property] };
  }

  /** \p{Lu}, \PL, \p{^Lu}: general categories; JavaScript's names of scripts mean something else. */
  #property(): string | undefined {
    const found = /^\\([pP])(?:\{(\^?) *([A-Za-z&]+) *\}|([A-Za-z]))/.exec(this.#text);
    if (!found) return undefined;
    const [whole, letter, hat, long, short] = found;
    this.#advance(whole);
    const name = long ?? short ?? '';
    if (!CATEGORY.test(name)) this.#refuse('not-served', `the property ${name}`);
    if (!this.#alphabet.wide) this.#refuse('not-served', 'a property (\\p) without utf or ucp');
    if (this.#alphabet.foldsCase) this.#refuse('not-served', 'a property (\\p) without case');
    return (letter === 'P') !== (hat === '^') ? `\\P{${name}}` : `\\p{${name}}`;
  }

  /** The code point of a character or an escape that stands for one. */
  #literal(inClass: boolean): number | undefined {
    const one = this.#chars[this.#at];
    if (one === undefined) return undefined;
    if (one !== '\\') {
      this.#advance(one);
      return pointOf(one);
    }
    const point = this.#numeric(inClass);
    if (point !== undefined) return this.#bounded(point);
    const letter = this.take(/^\\([\s\S])/u);
    if (letter === undefined) {
      this.#refuse('invalid', 'a \\ at the end');
      this.#advance(one);
      return undefined;
    }
    if (inClass && letter === 'b') return 8;
    const control = CONTROL[letter];
    if (control !== undefined) return control;
    if (this.#alphabet.bsux && letter === 'U') return pointOf('U');
    if (/^[A-Za-z0-9]$/.test(letter)) {
      this.#refuse(/^[FluLUNRXKGAZzbBE]$/.test(letter) ? 'not-served' : 'invalid', `\\${letter}`);
      return undefined;
    }
    return pointOf(letter);
  }

  #numeric(inClass: boolean): number | undefined {
    const { bsux } = this.#alphabet;
    if (bsux) {
      const four = this.take(/^\\u([0-9A-Fa-f]{4})/) ?? this.take(/^\\x([0-9A-Fa-f]{2})/);
      if (four !== undefined) return Number.parseInt(four, 16);
      const plain = this.take(/^\\([ux])/);
      if (plain !== undefined) return pointOf(plain);
    }
    const hex = this.take(/^\\x\{ *([0-9A-Fa-f]+) *\}/) ?? this.take(/^\\x([0-9A-Fa-f]{1,2})/);
    if (hex !== undefined) return Number.parseInt(hex, 16);
    if (this.take(/^\\x/) !== undefined) return 0;
    const control = this.take(/^\\c([ -~])/);
    if (control !== undefined) return pointOf(control.toUpperCase()) ^ 0x40;
    const octal =
      this.take(/^\\o\{ *([0-7]+) *\}/) ??
      this.take(/^\\(0[0-7]{0,2})/) ??
      this.take(inClass ? /^\\([1-7][0-7]{0,2})/ : /^\\([1-7][0-7]{1,2})/);
    return octal === undefined ? undefined : Number.parseInt(octal, 8);
  }

  #bounded(point: number): number {
    const { wide } = this.#alphabet;
    if (point <= (wide ? 0x10ffff : 0xff)) return point;
    this.#refuse('invalid', `the character ${point.toString(16)}`);
    return 0;
  }

  /** After the opening bracket. */
  #class(modes: Modes): PatternNode | undefined {
    if (this.looksAt(/^\[[:<>]:?(?:<|>|word:)\]\]/)) {
      this.#refuse('not-served', 'a word boundary as a class');
      return undefined;
    }
    const negated = this.skip('^');
    let set: Ranges = [];
    const properties: string[] = [];
    let first = true;
    for (;;) {
      if (this.done) {
        this.#refuse('invalid', 'a [ without its ]');
        return undefined;
      }
      if (this.#quoting === false && this.peek() === ']' && (!first || this.#alphabet.emptyClass)) {
        this.skip(']');
        break;
      }
      first = false;
      const members = this.#classMember();
      if (!members) return undefined;
      set = union(set, members.set);
      properties.push(...members.properties);
    }
    if (properties.length > 0 && modes.caseless)
      this.#refuse('not-served', 'properties in a class without case');
    return this.#node(this.#cased(set, modes), properties, negated);
  }

  #classMember(): Members | undefined {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#text);
    if (posix) return this.#posix(posix);
    if (this.looksAt(/^\[[.=]/)) {
      this.#refuse('invalid', 'a collating element');
      return undefined;
    }
    if (this.looksAt(/^\\[QE]/)) {
      this.#refuse('not-served', '\\Q or \\E within a class');
      return undefined;
    }
    const letter = this.take(/^\\([dDwWsShHvV])/);
    if (letter !== undefined) return this.#classShorthand(letter);
    const property = this.#property();
    if (property) return { set: [], properties: [property] };
    const from = this.#literal(true);
    if (from === undefined) return undefined;
    if (!this.looksAt(/^-(?!\])/) || this.looksAt(/^-(?:\\[dDwWsShHvVpP]|\[:[a-z^]+:\])/))
      return { set: range(from, from), properties: [] };
    this.skip('-');
    const to = this.#literal(true);
    if (to === undefined) return undefined;
    if (to < from) this.#refuse('invalid', 'a range that runs backwards');
    return { set: range(from, to), properties: [] };
  }

  #classShorthand(letter: string): Members {
    const lower = letter.toLowerCase();
    const { set, properties } = this.#members(lower);
    if (letter === lower) return { set, properties };
    if (properties.length > 0) this.#refuse('not-served', `\\${letter} within a class with ucp`);
    return { set: complement(set, this.#alphabet.wide), properties: [] };
  }

  #posix([whole, hat, name = '']: RegExpExecArray): Members | undefined {
    const set = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
    if (!set) {
      this.#refuse('invalid', `the class [:${name}:]`);
      return undefined;
    }
    if (this.#alphabet.ucp) this.#refuse('not-served', 'a POSIX class with ucp');
    this.#advance(whole);
    return { set: hat === '^' ? complement(set, this.#alphabet.wide) : set, properties: [] };
  }
}
