/**
 * The effective configuration as text that can be read again, with comments that say where each value comes
 * from. What is in it is effective.ts's. (`holdfast show-config`)
 */
import { type Adjusted, effectiveSettings, type Origin, type Setting } from './effective.js';
import type { BuiltText } from './load.js';

export interface PrintOptions {
  /** Whether a comment behind each line says where the value comes from. */
  readonly origins: boolean;
  /** Whether values that nobody set are shown too. */
  readonly defaults: boolean;
}

interface PrintedLine {
  readonly text: string;
  readonly origin: string;
}

/** Bytes are characters, as in the configuration; every line ends with a newline. */
export function printConfiguration(bound: BuiltText, { origins, defaults }: PrintOptions): string {
  const lines = effectiveSettings(bound, defaults).flatMap((one) => linesOf(one, 0, origins));
  const longest = lines.reduce((most, { text }) => Math.max(most, text.length), 0);
  const width = Math.min(60, longest);
  return lines
    .map(({ text, origin }) => (origins && origin !== '' ? `${text.padEnd(width)}  # ${origin}` : text))
    .map((line) => `${line}\n`)
    .join('');
}

function linesOf(setting: Setting, depth: number, phrases: boolean): readonly PrintedLine[] {
  const { keyword, value, phrase, settings, adjusted } = setting;
  const indent = '    '.repeat(depth);
  const origin = originText(setting.origin) + (adjusted ? `, ${adjustedText(adjusted)}` : '');
  // A line that does not count could not be told from one that does.
  if (adjusted?.unused) {
    const written = [keyword, value].filter((part) => part !== '').join(' ');
    return phrases ? [{ text: `${indent}# ${written}`, origin }] : [];
  }
  // What only describes a value could not be read again.
  if (phrase) return phrases ? [{ text: `${indent}# ${keyword}: ${value}`, origin }] : [];
  const text = [indent, [keyword, value].filter((part) => part !== '').join(' ')].join('');
  if (!settings) return [{ text, origin }];
  return [
    { text: `${text} {`, origin },
    ...settings.flatMap((one) => linesOf(one, depth + 1, phrases)),
    { text: `${indent}}`, origin: '' },
  ];
}

const adjustedText = ({ unused, from, because }: Adjusted): string =>
  `${unused ? 'not used' : `adjusted from ${from === '' ? 'nothing' : from}`} because ${because}`;

function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'line':
      return `${origin.path}:${origin.line}`;
    case 'inherited':
      return `${origin.keyword}, ${origin.path}:${origin.line}`;
    case 'default':
      return 'default';
  }
}
