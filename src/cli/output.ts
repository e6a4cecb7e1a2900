/**
 * How commands write: plain text where nobody looks (a pipe, a file, NO_COLOR), colour on a terminal, tables
 * with several lines per cell, and nothing in it that could steer a terminal. What is written is decided by
 * each command.
 */

export interface Output {
  readonly colour: boolean;
  write(text: string): void;
}

/** Colour only for a terminal, and not where NO_COLOR (no-color.org) or TERM=dumb ask for none. */
export function terminalOutput(
  stream: NodeJS.WriteStream,
  environment: NodeJS.ProcessEnv = process.env,
): Output {
  const plain = !stream.isTTY || (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return { colour: !plain, write: (text) => void stream.write(text) };
}

export type Style = 'green' | 'yellow' | 'red' | 'bold' | 'dim';
const CODES: Readonly<Record<Style, number>> = { green: 32, yellow: 33, red: 31, bold: 1, dim: 2 };

export const styled = (output: Output, style: Style, text: string): string =>
  output.colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;

export interface Cell {
  readonly lines: readonly string[];
  readonly style?: Style;
}

/** Columns as wide as their longest line, two blanks apart; no blanks at the ends of lines. */
export function table(
  output: Output,
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
): string {
  const all = [headings.map((heading): Cell => ({ lines: [heading], style: 'bold' })), ...rows];
  const widths = headings.map((_, column) =>
    Math.max(...all.map((row) => Math.max(0, ...(row[column]?.lines ?? []).map((line) => line.length)))),
  );
  const out: string[] = [];
  for (const row of all) {
    const height = Math.max(1, ...row.map((cell) => cell.lines.length));
    for (let line = 0; line < height; line++) {
      let text = '';
      let pending = '';
      for (const [column, width] of widths.entries()) {
        const cell = row[column];
        const part = cell?.lines[line] ?? '';
        if (part !== '') {
          text += pending + (cell?.style ? styled(output, cell.style, part) : part);
          pending = ' '.repeat(width - part.length + 2);
        } else pending += ' '.repeat(width + 2);
      }
      out.push(text);
    }
  }
  return `${out.join('\n')}\n`;
}

/** `4s`, `2m 03s`, `5h 12m`, `3d 4h`; negative ages (a clock was set back) read as `0s`. */
export function formatAge(microseconds: number): string {
  const seconds = Math.max(0, Math.floor(microseconds / 1e6));
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
  return `${Math.floor(seconds / 86400)}d ${Math.floor((seconds % 86400) / 3600)}h`;
}

/** Local time of day with milliseconds, `04:12:07.123`. */
export function formatTime(wallMicroseconds: number): string {
  const date = new Date(wallMicroseconds / 1000);
  const pad = (n: number, width = 2): string => String(n).padStart(width, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}
