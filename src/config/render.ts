/**
 * A diagnostic as a person reads it: message, place, the line with the place underlined, what follows from it
 * and what to do. Colours are the caller's. (issue: diagnostics that teach)
 */
import { MAX_SHOWN_LINE } from '../base/limits.js';
import type { Diagnostic, Label, Place } from './diagnostics.js';

export type RenderStyle = 'fatal' | 'error' | 'warning' | 'note' | 'bold' | 'dim';
/** Puts colour around a text, or returns it as it is. */
export type Paint = (style: RenderStyle, text: string) => string;

const PLAIN: Paint = (_, text) => text;
/** Longer lines are shown around the place only. */

export function renderDiagnostic(diagnostic: Diagnostic, paint: Paint = PLAIN): string {
  const { severity, code, message, place, label, related, consequence, remedy } = diagnostic;
  const lines = [`${paint(severity, `${severity}[${code}]`)}${paint('bold', `: ${visible(message)}`)}`];
  const places = place ? [place, ...related.map((other) => other.place)] : [];
  const gutter = ' '.repeat(Math.max(1, ...places.map(({ line }) => String(line).length)));
  if (place) {
    lines.push(`${gutter}${paint('dim', '-->')} ${where(place)}`);
    lines.push(...excerpt(place, label ?? '', '^', gutter, (text) => paint(severity, text), paint));
    let path = place.path;
    for (const other of related) {
      if (other.place.path !== path) lines.push(`${gutter}${paint('dim', ':::')} ${where(other.place)}`);
      path = other.place.path;
      lines.push(...relatedExcerpt(other, gutter, paint));
    }
  }
  lines.push(`${gutter} ${paint('dim', '=')} ${consequence}`);
  lines.push(`${gutter} ${paint('dim', '=')} ${paint('bold', visible(remedy))}`);
  return lines.join('\n');
}

/** `file:line:column: severity: message [code]`, as compilers say it, for editors and logs. */
export function renderLine({ severity, code, message, place }: Diagnostic): string {
  const at = place ? `${where(place)}: ` : '';
  return `${at}${severity}: ${visible(message)} [${code}]`;
}

const where = ({ path, line, column }: Place): string => `${visible(path)}:${line}:${column}`;

const relatedExcerpt = ({ place, text }: Label, gutter: string, paint: Paint): string[] =>
  excerpt(place, text, '-', gutter, (mark) => paint('dim', mark), paint);

function excerpt(
  place: Place,
  label: string,
  sign: string,
  gutter: string,
  mark: (text: string) => string,
  paint: Paint,
): string[] {
  const { text, shift } = window(place);
  const from = Math.min(text.length, Math.max(0, place.column - 1 - shift));
  const end = place.endLine === place.line ? place.endColumn - 1 - shift : text.length;
  const to = Math.min(text.length, Math.max(from, end));
  const number = String(place.line).padStart(gutter.length);
  const indent = ' '.repeat(columns(visible(text.slice(0, from))));
  const signs = sign.repeat(Math.max(1, columns(visible(text.slice(from, to)))));
  const bar = paint('dim', '|');
  return [
    `${gutter} ${bar}`,
    `${paint('dim', number)} ${bar} ${visible(text)}`.trimEnd(),
    `${gutter} ${bar} ${indent}${mark(`${signs}${label === '' ? '' : ` ${visible(label)}`}`)}`,
  ];
}

/** The line, or the part of a long one around the place. */
function window({ text, column }: Place): { text: string; shift: number } {
  if (text.length <= MAX_SHOWN_LINE) return { text, shift: 0 };
  const shift = Math.max(0, Math.min(column - 1 - 30, text.length - MAX_SHOWN_LINE));
  const part = text.slice(shift, shift + MAX_SHOWN_LINE);
  const before = shift > 0 ? '... ' : '';
  const behind = shift + MAX_SHOWN_LINE < text.length ? ' ...' : '';
  return { text: before + part + behind, shift: shift - before.length };
}

/** Tabs as blanks, and nothing that could steer a terminal. */
const visible = (text: string): string =>
  text
    .replaceAll('\t', ' ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');

/** Columns on a terminal: letters of East Asian scripts take two, combining marks none. */
function columns(text: string): number {
  let width = 0;
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    if (code >= 0x300 && code <= 0x36f) continue;
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0x1f300 && code <= 0x1faff);
    width += wide ? 2 : 1;
  }
  return width;
}
