/**
 * Colours and characters that a terminal has, and lengths that do not count the colours. Without colours every
 * painter returns its text; where the terminal knows no UTF-8, plain characters stand in, one for one.
 */

export interface Paint {
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  /** For whole lines, last of all. */
  readonly glyphs: (text: string) => string;
}

const PLAIN_GLYPHS: Readonly<Record<string, string>> = {
  '┌': '+',
  '┐': '+',
  '└': '+',
  '┘': '+',
  '─': '-',
  '│': '|',
  '•': '.',
  '×': 'x',
  '●': '*',
  '○': 'o',
  '✗': 'x',
  '→': '>',
  '…': '~',
  '▶': '>',
  '█': '#',
  '■': '=',
};

const wrap =
  (code: number, end: number) =>
  (text: string): string =>
    `\x1b[${code}m${text}\x1b[${end}m`;
const plain = (text: string): string => text;

const toPlain = (text: string): string => [...text].map((glyph) => PLAIN_GLYPHS[glyph] ?? glyph).join('');

export const painter = (colours: boolean, utf8 = true): Paint => ({
  ...(colours
    ? {
        green: wrap(32, 39),
        red: wrap(31, 39),
        yellow: wrap(33, 39),
        cyan: wrap(36, 39),
        dim: wrap(2, 22),
        bold: wrap(1, 22),
      }
    : { green: plain, red: plain, yellow: plain, cyan: plain, dim: plain, bold: plain }),
  glyphs: utf8 ? plain : toPlain,
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what a colour begins with
const ESCAPES = /\x1b\[[0-9;]*m/g;

/** Columns that `text` takes; every character of the demo is one column wide. */
export const width = (text: string): number => [...text.replaceAll(ESCAPES, '')].length;

/** `text`, which holds no colours, cut to `columns` with an ellipsis. */
export const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;

export const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - width(text)));

/** Breaks plain text into at most `lines` lines of `columns`; what does not fit is cut. */
export function fold(text: string, columns: number, lines: number): string[] {
  const folded: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      folded.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  folded.push(line);
  const kept = folded.slice(0, lines);
  if (folded.length > lines) kept[lines - 1] = cut(folded.slice(lines - 1).join(' '), columns);
  return kept.map((one) => cut(one, columns));
}
