/** Colours for a terminal, and lengths that do not count them. Without colours every painter returns its text. */

export interface Paint {
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

const wrap =
  (code: number, end: number) =>
  (text: string): string =>
    `\x1b[${code}m${text}\x1b[${end}m`;
const plain = (text: string): string => text;

export const painter = (colours: boolean): Paint =>
  colours
    ? {
        green: wrap(32, 39),
        red: wrap(31, 39),
        yellow: wrap(33, 39),
        cyan: wrap(36, 39),
        dim: wrap(2, 22),
        bold: wrap(1, 22),
      }
    : { green: plain, red: plain, yellow: plain, cyan: plain, dim: plain, bold: plain };

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
