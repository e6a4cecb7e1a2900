/**
 * Characters to words: comments and escapes, braces, plain words, and the shell-like words of script keywords.
 * Substitution is the preprocessor's, meaning the parser's. (configuration reference, sections 2 and 3)
 */
import { Line, type Segment, type Span } from './span.js';

/** A word with its place in its line. */
export interface Word {
  /** One character per byte, quotes removed. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export const isBlank = (code: number): boolean => code === 32 || code === 9;
/** What ends a word that does not begin with a quote. */
const END_OF_WORD = /[\t-\r "]/;
/** What makes a line more than words with spaces between them. */
const MORE_THAN_SPACES = /[\t-\r"]/;
/** What separates words: blank, tab, LF, VT, FF, CR. */
const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

const HASH = 35;
const BANG = 33;
const QUOTE = 34;
const BACKSLASH = 92;
const DOLLAR = 36;
const OPEN = 123;
const CLOSE = 125;

/** Characters that make a line more than blanks and words; the preprocessor tests lines for them while it reads. */
export const COMMENT_OR_ESCAPE = /[#!\\"]/;

/** The line without its comment, `\#` and `\!` made plain, blanks removed at both ends. */
export function decomment(line: Line): { line: Line; openQuote: number | undefined } {
  const { text } = line;
  if (!COMMENT_OR_ESCAPE.test(text)) return { line: trim(line), openQuote: undefined };
  let openQuote: number | undefined;
  let end = text.length;
  const dropped: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH) {
      const next = text.charCodeAt(i + 1);
      // Inside quotes the pair stays as it is; in both cases the second character has no meaning here.
      if (openQuote === undefined && (next === HASH || next === BANG)) dropped.push(i);
      i++;
    } else if (c === QUOTE) openQuote = openQuote === undefined ? i : undefined;
    else if (openQuote === undefined && (c === HASH || c === BANG)) {
      end = i;
      break;
    }
  }
  const cut = end === text.length ? line : line.slice(0, end);
  return { line: trim(dropped.length > 0 ? without(cut, dropped) : cut), openQuote };
}

/** The line less the characters at these indices. */
function without(line: Line, dropped: readonly number[]): Line {
  const parts: { line: Line; at: number }[] = [];
  let text = '';
  let from = 0;
  for (const at of [...dropped, line.text.length]) {
    const part = line.slice(from, at);
    parts.push({ line: part, at: text.length });
    text += part.text;
    from = at + 1;
  }
  const segments: Segment[] = parts.flatMap(({ line: part, at }) =>
    part.text === '' ? [] : part.allSegments().map((segment) => ({ ...segment, at: segment.at + at })),
  );
  return new Line(text, line.source, line.offset, line.via, segments);
}

export const trim = (line: Line): Line => trimmed(line, 0, line.text.length);

/** Characters `start` to `end` without the blanks at both ends; the line itself where that is all of it. */
export function trimmed(line: Line, start: number, end: number): Line {
  const { text } = line;
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return from === 0 && to === text.length ? line : line.slice(from, to);
}

/** A reference that no definition answered: it is text, its braces open and close nothing. */
const REFERENCE = /\$\{[A-Za-z_][A-Za-z0-9_ \t]*\}/y;

/** Index of the first brace outside double quotes and references, or -1. */
export function firstBrace(text: string): number {
  const open = text.indexOf('{');
  const close = text.indexOf('}');
  const first = open < 0 ? close : close < 0 ? open : Math.min(open, close);
  if (first < 0) return -1;
  const quote = text.indexOf('"');
  const quoted = quote >= 0 && quote < first;
  if (!quoted && text[first - 1] !== '$') return first;
  let inQuote = false;
  for (let i = quoted ? quote : first - 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) inQuote = !inQuote;
    else if (inQuote) continue;
    else if (c === OPEN || c === CLOSE) return i;
    else if (c === DOLLAR && text.charCodeAt(i + 1) === OPEN) {
      REFERENCE.lastIndex = i;
      if (REFERENCE.test(text)) i = REFERENCE.lastIndex - 1;
    }
  }
  return -1;
}

/** References outside double quotes, as index and length. */
export function openReferences(text: string): { at: number; length: number }[] {
  const out: { at: number; length: number }[] = [];
  let inQuote = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) inQuote = !inQuote;
    if (inQuote || c !== DOLLAR) continue;
    REFERENCE.lastIndex = i;
    if (!REFERENCE.test(text)) continue;
    out.push({ at: i, length: REFERENCE.lastIndex - i });
    i = REFERENCE.lastIndex - 1;
  }
  return out;
}

/** Plain words; `openQuote` is where a quote begins that nothing ends: it and the rest are dropped. */
export function plainWords(text: string): { words: Word[]; openQuote: number | undefined } {
  const words: Word[] = [];
  let i = 0;
  if (!MORE_THAN_SPACES.test(text)) {
    // Nearly every line: nothing of it is looked at letter by letter.
    const parts = text.split(' ');
    // Not `for of`, which makes an object for each step where code is interpreted.
    for (let n = 0; n < parts.length; n++) {
      const word = parts[n] as string;
      const end = i + word.length;
      if (word !== '') words.push({ text: word, start: i, end });
      i = end + 1;
    }
    return { words, openQuote: undefined };
  }
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (isSpace(c)) {
      i++;
      continue;
    }
    if (c === QUOTE) {
      const end = text.indexOf('"', i + 1);
      if (end < 0) return { words, openQuote: i };
      words.push({ text: text.slice(i + 1, end), start: i, end: end + 1 });
      i = end + 1;
      continue;
    }
    const start = i;
    while (i < text.length) {
      const d = text.charCodeAt(i);
      if (isSpace(d) || d === QUOTE) break;
      i++;
    }
    words.push({ text: text.slice(start, i), start, end: i });
  }
  return { words, openQuote: undefined };
}

/** The first plain word, without the cost of the others. */
export function firstWord(text: string): Word {
  if (text.charCodeAt(0) === QUOTE) {
    const close = text.indexOf('"', 1);
    if (close > 0) return { text: text.slice(1, close), start: 0, end: close + 1 };
  }
  const found = text.search(END_OF_WORD);
  return found < 0
    ? { text, start: 0, end: text.length }
    : { text: text.slice(0, found), start: 0, end: found };
}

/**
 * Words as a shell makes them: both quotes, adjacent pieces joined. With `keep`, escapes stay as they are
 * written (the line itself); without, they are carried out (the command string inside it).
 */
export function shellWords(text: string, keep: boolean): { words: Word[]; openQuote: number | undefined } {
  const words: Word[] = [];
  let i = 0;
  while (i < text.length) {
    if (isSpace(text.charCodeAt(i))) {
      i++;
      continue;
    }
    const start = i;
    let out = '';
    let quote = '';
    let quotedAt = i;
    while (i < text.length) {
      const c = text.charAt(i);
      if (c === '\\' && i + 1 < text.length) {
        const escaped = keep ? { text: text.slice(i, i + 2), length: 2 } : readEscape(text, i);
        out += escaped.text;
        i += escaped.length;
      } else if (quote !== '') {
        if (c === quote) quote = '';
        else out += c;
        i++;
      } else if (c === '"' || c === "'") {
        quote = c;
        quotedAt = i++;
      } else if (isSpace(c.charCodeAt(0))) break;
      else {
        out += c;
        i++;
      }
    }
    if (quote !== '') return { words, openQuote: quotedAt };
    words.push({ text: out, start, end: i });
  }
  return { words, openQuote: undefined };
}

const NAMED: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function readEscape(text: string, at: number): { text: string; length: number } {
  const c = text.charAt(at + 1);
  const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
  if (octal) return { text: String.fromCharCode(Number.parseInt(octal, 8) & 0xff), length: octal.length + 1 };
  if (c === 'x') {
    const hex = /^[0-9a-fA-F]{1,2}/.exec(text.slice(at + 2, at + 4))?.[0];
    if (hex) return { text: String.fromCharCode(Number.parseInt(hex, 16)), length: hex.length + 2 };
  }
  if (c === 'c' && at + 2 < text.length) {
    return { text: String.fromCharCode(text.charCodeAt(at + 2) & 0x1f), length: 3 };
  }
  return { text: NAMED[c] ?? c, length: 2 };
}

/** Where a word of a line was written. */
export const wordSpan = (line: Line, word: Word): Span => line.span(word.start, word.end);
