/**
 * Reads a PCRE2 pattern into a tree: groups, repetitions, assertions, options that change on the way. What stands for
 * one character is read by `OneReader`; whether JavaScript can say it is decided by the writer. The first thing that is
 * wrong or not served ends the reading. (pcre2pattern(3), pcre2syntax(3))
 */
import type { RegexOption } from '../model-lvs.js';
import { type Modes, OneReader } from './one-reader.js';
import type { PatternRefusal } from './translate.js';
import type { PatternNode } from './tree.js';

/** Where a pattern ends, and what surrounds lines: the newline is a line feed. */
const START = '(?<![^])';
const END = '(?![^])';
const END_OR_LAST_LINE = '(?=\\n?(?![^]))';
const MOST_REPEATS = 65535;

export class PatternReader {
  readonly utf: boolean;
  /** Whether characters beyond a byte, or Unicode's properties, matter. */
  readonly wide: boolean;
  /** The whole pattern is without case, with Unicode's idea of it. */
  readonly foldsCase: boolean;
  refusal: PatternRefusal | undefined;
  readonly #one: OneReader;
  readonly #options: ReadonlySet<RegexOption>;
  readonly #groupNames = new Map<string, number>();
  readonly #totalGroups: number;
  #groups = 0;
  #depth = 0;

  constructor(pattern: string, options: ReadonlySet<RegexOption>) {
    const leading = /^(?:\(\*(?:UTF|UCP)\))*/.exec(pattern)?.[0] ?? '';
    this.utf = options.has('utf') || leading.includes('(*UTF)');
    const ucp = options.has('ucp') || leading.includes('(*UCP)');
    this.wide = this.utf || ucp;
    this.foldsCase = this.wide && options.has('caseless');
    this.#options = options;
    const text = pattern.slice(leading.length);
    this.#one = new OneReader(this.utf ? [...text] : [...bytesOf(text)], {
      ucp,
      wide: this.wide,
      foldsCase: this.foldsCase,
      bsux: options.has('alt_bsux'),
      emptyClass: options.has('allow_empty_class'),
      refuse: (kind, what, at) => {
        this.refusal ??= { kind, what, at };
      },
    });
    this.#totalGroups = countGroups(text, options.has('no_auto_capture'));
    if (leading.includes('(*UTF)') && options.has('never_utf'))
      this.#refuse('invalid', '(*UTF) with never_utf', 0);
    if (leading.includes('(*UCP)') && options.has('never_ucp'))
      this.#refuse('invalid', '(*UCP) with never_ucp', 0);
  }

  #refuse(kind: PatternRefusal['kind'], what: string, at = this.#one.at): void {
    this.refusal ??= { kind, what, at };
  }

  read(): PatternNode | undefined {
    const has = (option: RegexOption): boolean => this.#options.has(option);
    const tree = this.#choice({
      caseless: has('caseless'),
      dotAll: has('dotall'),
      multiline: has('multiline'),
      extended: has('extended'),
      ungreedy: has('ungreedy'),
      explicit: has('no_auto_capture'),
    });
    if (!this.refusal && !this.#one.done) this.#refuse('invalid', 'a ) without its (');
    return this.refusal ? undefined : tree;
  }

  /** Up to the end or a closing parenthesis. Options that change inside hold for the branches that follow. */
  #choice(outer: Modes): PatternNode {
    const branches: PatternNode[] = [];
    const items: PatternNode[] = [];
    let modes = outer;
    const close = (): void => {
      branches.push({ kind: 'sequence', items: items.splice(0) });
    };
    this.#depth += 1;
    if (this.#depth > 250) this.#refuse('invalid', 'parentheses within more than 250 others');
    while (!this.refusal && !this.#one.done && this.#one.peek() !== ')') {
      if (this.#one.skip('|')) {
        close();
        continue;
      }
      const changed = this.#optionSetting(modes);
      if (changed) {
        modes = changed;
        continue;
      }
      const atom = this.#atom(modes);
      if (atom) items.push(this.#repeated(atom, modes));
    }
    this.#depth -= 1;
    close();
    const [only] = branches;
    return only && branches.length === 1 ? only : { kind: 'choice', branches };
  }

  /** `(?i-m)`: for what follows in this group. */
  #optionSetting(modes: Modes): Modes | undefined {
    const letters = this.#one.take(/^\(\?(\^?[imsxnJU]*(?:-[imsxnU]*)?)\)/);
    return letters === undefined ? undefined : this.#changed(modes, letters);
  }

  #changed(modes: Modes, letters: string): Modes {
    if (letters.includes('J')) this.#refuse('not-served', 'groups with the same name ((?J))');
    if (letters.includes('xx')) this.#refuse('not-served', 'the option (?xx)');
    const [on = '', off = ''] = letters.split('-');
    const base = on.startsWith('^')
      ? { ...modes, caseless: false, multiline: false, dotAll: false, extended: false, explicit: false }
      : modes;
    const now = (letter: string, before: boolean): boolean =>
      off.includes(letter) ? false : on.includes(letter) ? true : before;
    const changed = {
      caseless: now('i', base.caseless),
      multiline: now('m', base.multiline),
      dotAll: now('s', base.dotAll),
      extended: now('x', base.extended),
      explicit: now('n', base.explicit),
      ungreedy: now('U', base.ungreedy),
    };
    if (this.wide && changed.caseless !== this.foldsCase)
      this.#refuse('not-served', 'part of a Unicode pattern without case ((?i))');
    return changed;
  }

  #atom(modes: Modes): PatternNode | undefined {
    const one = this.#one;
    if (modes.extended && one.take(/^(?:[\t-\r ]|#[^\n]*\n?)/) !== undefined) return undefined;
    if (one.take(/^\(\?#[^)]*\)/) !== undefined) return undefined;
    if (one.peek() === '(' && !one.looksAt(/^\(\?P=/)) return this.#group(modes);
    if (one.take(/^\\Q\\E/) !== undefined || one.take(/^\\E/) !== undefined) return undefined;
    const place = this.#place(modes);
    if (place !== undefined) return { kind: 'place', source: place };
    const back = this.#backReference(modes);
    if (back) return back;
    if (/^[*+?]$/.test(one.peek()) || one.looksAt(/^\{\d+(?:,\d*)?\}/)) {
      this.#refuse('invalid', 'a repetition of nothing');
      return undefined;
    }
    if (one.take(/^\\R/) !== undefined) return this.#newline();
    return one.read(modes);
  }

  /** \R: any newline, the two bytes of CR LF as one. */
  #newline(): PatternNode {
    const literal = (code: number): PatternNode => ({
      kind: 'one',
      set: [[code, code]],
      properties: [],
      negated: false,
    });
    const wide: readonly (readonly [number, number])[] = this.utf ? [[0x2028, 0x2029]] : [];
    const single: PatternNode = {
      kind: 'one',
      set: [[0x0a, 0x0d], [0x85, 0x85], ...wide],
      properties: [],
      negated: false,
    };
    const pair: PatternNode = { kind: 'sequence', items: [literal(0x0d), literal(0x0a)] };
    return { kind: 'atomic', at: this.#one.at, body: { kind: 'choice', branches: [pair, single] } };
  }

  #place({ multiline }: Modes): string | undefined {
    const one = this.#one;
    if (one.skip('^')) {
      if (!multiline) return START;
      return this.#options.has('alt_circumflex') ? '(?<![^\\n])' : `(?:${START}|(?<=\\n)(?=[^]))`;
    }
    if (one.skip('$')) {
      if (multiline) return '(?![^\\n])';
      return this.#options.has('dollar_endonly') ? END : END_OR_LAST_LINE;
    }
    const letter = one.take(/^\\([AZzbBGK])/);
    switch (letter) {
      case undefined:
        return undefined;
      case 'A':
        return START;
      case 'Z':
        return END_OR_LAST_LINE;
      case 'z':
        return END;
      case 'b':
      case 'B':
        return one.boundary(letter);
      default:
        this.#refuse(
          'not-served',
          letter === 'G' ? 'the place where the search began (\\G)' : 'a moved start (\\K)',
        );
        return '';
    }
  }

  #backReference(modes: Modes): PatternNode | undefined {
    const one = this.#one;
    const { at } = one;
    if (one.looksAt(/^\\g(?:<|')/)) {
      this.#refuse('not-served', 'a call of a group (\\g<...>)');
      return undefined;
    }
    const group = this.#namedGroup() ?? this.#relativeGroup() ?? this.#numberedGroup();
    if (group === undefined) return undefined;
    if (group < 1 || group > this.#groups)
      this.#refuse('not-served', 'a reference to a group that has not been before', at);
    if (modes.caseless && !this.foldsCase)
      this.#refuse('not-served', 'a reference to a group without regard to case', at);
    return { kind: 'back', group, at };
  }

  /** A name that nobody has is no group. */
  #namedGroup(): number | undefined {
    const name = this.#one.take(/^(?:\\k[<'{]|\\g\{(?=[A-Za-z_])|\(\?P=)([A-Za-z_]\w*)[>'})]/);
    return name === undefined ? undefined : (this.#groupNames.get(name) ?? -1);
  }

  /** Counted from here, backwards or forwards. */
  #relativeGroup(): number | undefined {
    const way = this.#one.take(/^\\g\{?([-+]\d+)\}?/);
    if (way === undefined) return undefined;
    return this.#groups + Number(way) + (way.startsWith('-') ? 1 : 0);
  }

  #numberedGroup(): number | undefined {
    const number = this.#one.take(/^\\g\{?(\d+)\}?/) ?? this.#plainReference();
    return number === undefined ? undefined : Number(number);
  }

  /** `\1` to `\9` always, more digits where there are so many groups; else they are an octal number. */
  #plainReference(): string | undefined {
    return (
      this.#one.take(/^\\([1-9])(?!\d)/) ??
      this.#one.take(/^\\([1-9]\d+)/, (digits) => Number(digits) <= this.#totalGroups)
    );
  }

  #group(outer: Modes): PatternNode | undefined {
    const one = this.#one;
    const { at } = one;
    const look = one.take(/^\(\?(<?[=!])/);
    if (look !== undefined) {
      const body = this.#inside(outer);
      return { kind: 'look', behind: look.startsWith('<'), negative: look.endsWith('!'), body, at };
    }
    if (one.take(/^\(\?>/) !== undefined) return { kind: 'atomic', body: this.#inside(outer), at };
    const letters = one.take(/^\(\?(\^?[imsxnJU]*(?:-[imsxnU]*)?):/);
    if (letters !== undefined) return this.#inside(this.#changed(outer, letters));
    const name = one.take(/^\(\?(?:P?<|')([A-Za-z_]\w*)[>']/);
    if (name !== undefined) return this.#capture(outer, name);
    if (one.looksAt(/^\(\?|^\(\*/)) {
      this.#refuse('not-served', whatBegins(one.rest(8)), at);
      return undefined;
    }
    if (!outer.explicit) {
      one.skip('(');
      return this.#capture(outer, undefined);
    }
    one.skip('(');
    return this.#inside(outer);
  }

  #capture(modes: Modes, name: string | undefined): PatternNode {
    this.#groups += 1;
    const group = this.#groups;
    if (name !== undefined) {
      if (this.#groupNames.has(name)) this.#refuse('not-served', `two groups with the name ${name}`);
      this.#groupNames.set(name, group);
    }
    return { kind: 'capture', group, body: this.#inside(modes) };
  }

  #inside(modes: Modes): PatternNode {
    const { at } = this.#one;
    const body = this.#choice(modes);
    if (!this.#one.skip(')')) this.#refuse('invalid', 'a ( without its )', at);
    return body;
  }

  #repeated(atom: PatternNode, modes: Modes): PatternNode {
    const one = this.#one;
    let node = atom;
    for (;;) {
      if (modes.extended) while (one.take(/^(?:[\t-\r ]|#[^\n]*\n?)/) !== undefined);
      const { at } = one;
      const counts = one.take(/^(\*|\+|\?|\{\d+(?:,\d*)?\})/);
      if (counts === undefined) {
        if (one.looksAt(/^\{(?:,\d+| *\d+ *(?:, *\d* *)?)\}/))
          this.#refuse('not-served', 'a repetition that older versions of PCRE2 read as text');
        return node;
      }
      const [least, most] = timesOf(counts);
      if (least > MOST_REPEATS || (most ?? 0) > MOST_REPEATS || (most !== undefined && most < least))
        this.#refuse('invalid', `the repetition ${counts}`, at);
      const mark = one.take(/^([+?])/);
      const lazy = (mark === '?') !== modes.ungreedy;
      const how = mark === '+' ? 'possessive' : lazy ? 'lazy' : 'greedy';
      if (node.kind === 'look' || node.kind === 'place')
        this.#refuse('not-served', 'a repetition of what takes no character', at);
      node = { kind: 'repeat', body: node, least, most, how, at };
    }
  }
}

function timesOf(counts: string): readonly [number, number | undefined] {
  if (counts === '*') return [0, undefined];
  if (counts === '+') return [1, undefined];
  if (counts === '?') return [0, 1];
  const [least = '', most] = counts.slice(1, -1).split(',');
  if (most === undefined) return [Number(least), Number(least)];
  return [Number(least), most === '' ? undefined : Number(most)];
}

/** The number of groups that capture, as far as it is needed to tell a reference from an octal number. */
function countGroups(pattern: string, explicit: boolean): number {
  const bare = pattern.replace(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]/g, '');
  return (bare.match(explicit ? /\(\?(?:P?<(?![=!])|')/g : /\((?![?*])|\(\?(?:P?<(?![=!])|')/g) ?? []).length;
}

/** A name for what begins here and is not served. */
function whatBegins(text: string): string {
  if (/^\(\?(?:R|[-+]?\d|&|P>)/.test(text)) return 'recursion, or a call of a group';
  if (/^\(\?\(/.test(text)) return 'a condition ((?(...)...))';
  if (/^\(\?\|/.test(text)) return 'groups that share their numbers ((?|...))';
  if (/^\(\?C/.test(text)) return 'a callout ((?C))';
  if (/^\(\*/.test(text)) return 'a verb ((*...))';
  return `the group ${text}`;
}

/** The bytes of UTF-8, each as a character. */
function bytesOf(text: string): string {
  let bytes = '';
  for (const one of text) {
    const point = one.codePointAt(0) ?? 0;
    const put = (...parts: number[]): void => {
      bytes += String.fromCharCode(...parts);
    };
    const tail = (shift: number): number => 0x80 | ((point >> shift) & 0x3f);
    if (point < 0x80) put(point);
    else if (point < 0x800) put(0xc0 | (point >> 6), tail(0));
    else if (point < 0x1_0000) put(0xe0 | (point >> 12), tail(6), tail(0));
    else put(0xf0 | (point >> 18), tail(12), tail(6), tail(0));
  }
  return bytes;
}
