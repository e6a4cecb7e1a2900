/**
 * Sets of characters as ranges of code points, and how JavaScript writes them. Which characters a PCRE2 class means is
 * decided by its reader. (pcre2pattern(3), "Square brackets and character classes")
 */

/** From and to, both included; sorted and apart from each other. */
export type Ranges = readonly (readonly [number, number])[];

const LAST_BYTE = 0xff;
const LAST_POINT = 0x10ffff;

export const range = (from: number, to: number): Ranges => [[from, to]];
export const points = (text: string): Ranges =>
  union(...[...text].map((one) => range(pointOf(one), pointOf(one))));
export const pointOf = (one: string): number => one.codePointAt(0) ?? 0;

export function union(...sets: readonly Ranges[]): Ranges {
  const sorted = sets.flat().sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** What is not in it, of bytes or of all characters. */
export function complement(set: Ranges, wide: boolean): Ranges {
  const end = wide ? LAST_POINT : LAST_BYTE;
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of union(set)) {
    if (from > next) rest.push([next, Math.min(from - 1, end)]);
    next = to + 1;
  }
  if (next <= end) rest.push([next, end]);
  return rest;
}

/** With the other case of every ASCII letter, as in the C locale. */
export function anyCase(set: Ranges): Ranges {
  const moved = (from: number, to: number, by: number): Ranges =>
    set.flatMap(([a, b]): Ranges => {
      const low = Math.max(a, from);
      const high = Math.min(b, to);
      return low <= high ? [[low + by, high + by]] : [];
    });
  return union(set, moved(0x41, 0x5a, 0x20), moved(0x61, 0x7a, -0x20));
}

/** A literal character in a JavaScript pattern. */
export function writePoint(point: number): string {
  if (/[0-9A-Za-z_]/.test(String.fromCharCode(point)) && point < 0x80) return String.fromCharCode(point);
  if (point <= LAST_BYTE) return `\\x${point.toString(16).padStart(2, '0')}`;
  return `\\u{${point.toString(16)}}`;
}

/** Without the brackets. */
export const writeRanges = (set: Ranges): string =>
  set
    .map(([from, to]) => (from === to ? writePoint(from) : `${writePoint(from)}-${writePoint(to)}`))
    .join('');

export const DIGIT = range(0x30, 0x39);
export const LOWER = range(0x61, 0x7a);
export const UPPER = range(0x41, 0x5a);
export const WORD = union(DIGIT, LOWER, UPPER, points('_'));
export const SPACE = union(range(0x09, 0x0d), points(' '));
/** \h and \v, the wide ones too: where there are only bytes, none of them can occur. */
export const HORIZONTAL = union(points('\t \u00a0\u1680\u180e\u202f\u205f\u3000'), range(0x2000, 0x200a));
export const VERTICAL = union(range(0x0a, 0x0d), points('\u0085\u2028\u2029'));

const GRAPH = range(0x21, 0x7e);
/** The names between `[:` and `:]`, in the C locale. */
export const POSIX: Readonly<Record<string, Ranges>> = {
  alpha: union(LOWER, UPPER),
  lower: LOWER,
  upper: UPPER,
  digit: DIGIT,
  alnum: union(DIGIT, LOWER, UPPER),
  space: SPACE,
  blank: points('\t '),
  cntrl: union(range(0, 0x1f), range(0x7f, 0x7f)),
  graph: GRAPH,
  print: union(GRAPH, points(' ')),
  punct: union(range(0x21, 0x2f), range(0x3a, 0x40), range(0x5b, 0x60), range(0x7b, 0x7e)),
  xdigit: union(DIGIT, range(0x41, 0x46), range(0x61, 0x66)),
  word: WORD,
  ascii: range(0, 0x7f),
};
