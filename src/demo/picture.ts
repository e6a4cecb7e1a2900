/** What the pictures of all demos have in common: their size, times, boxes, the last happenings and the keys. Pure. */
import { type Happening, moodColour } from './happenings.js';
import { cut, type Paint, pad } from './paint.js';

export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

export const MIN_COLUMNS = 76;
export const MIN_ROWS = 22;
export const TIME_COLUMNS = 10;

/** Undefined: the window is large enough. */
export const tooSmall = ({ columns, rows }: Canvas): string[] | undefined =>
  columns < MIN_COLUMNS || rows < MIN_ROWS
    ? [`This window is too small: ${MIN_COLUMNS} columns and ${MIN_ROWS} rows, please.`, 'q quits.']
    : undefined;

export interface Box {
  readonly name: string;
  readonly place: string;
  readonly colour: (text: string) => string;
  readonly content: readonly string[];
}

/** `content` cut or filled to `rows` rows, with a frame around it, `outer` columns wide. */
export function framed(
  { name, place, colour, content }: Box,
  outer: number,
  rows: number,
  paint: Paint,
): string[] {
  const title = ` ${name} `;
  const line = '─'.repeat(outer - 6 - title.length - place.length);
  return [
    colour(`┌─${paint.bold(title)}${line} ${place} ─┐`),
    ...Array.from(
      { length: rows },
      (_, i) => `${colour('│')} ${pad(content[i] ?? '', outer - 4)} ${colour('│')}`,
    ),
    colour(`└${'─'.repeat(outer - 2)}┘`),
  ];
}

/** Boxes of the same height beside each other. */
export const beside = (boxes: readonly (readonly string[])[]): string[] =>
  (boxes[0] ?? []).map((_, row) => ` ${boxes.map((box) => box[row] ?? '').join('  ')}`);

export function lamp(name: string, on: boolean, paint: Paint): string {
  return on ? `${name} ${paint.green('●')}` : `${paint.red(name)} ${paint.red('✗')}`;
}

export const happeningsHeading = (busy: string | undefined, paint: Paint): string =>
  ` ${paint.bold('What happened')}${busy === undefined ? '' : paint.dim(`  ${busy} …`)}`;

export function happeningLines(
  happenings: readonly Happening[],
  rows: number,
  columns: number,
  paint: Paint,
): string[] {
  const lines = (rows > 0 ? happenings.slice(-rows) : []).map(({ at, who, text, mood }) => {
    const shown = cut(text, columns - TIME_COLUMNS - 9);
    return ` ${paint.dim(clock(at))} ${pad(who, 6)} ${moodColour(mood, paint)(shown)}`;
  });
  while (lines.length < rows) lines.push('');
  return lines;
}

export const key = (letter: string, name: string, paint: Paint): string =>
  `${paint.bold(paint.yellow(letter))} ${name}`;

/** Runs of one kind share their escapes: less to send, less to flicker. */
export function runs<T>(
  items: readonly T[],
  kindOf: (item: T) => string,
  draw: (kind: string, length: number) => string,
): string {
  let text = '';
  for (let at = 0; at < items.length; ) {
    const kind = kindOf(items[at] as T);
    let end = at;
    while (end < items.length && kindOf(items[end] as T) === kind) end++;
    text += draw(kind, end - at);
    at = end;
  }
  return text;
}

export const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);

export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
