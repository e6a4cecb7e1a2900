/**
 * Splits a command line by the rules of getopt_long(3), which scripts and unit files around Keepalived rely
 * on: bundled short options, `-fFILE`, `--long=value`, unambiguous abbreviations of long names, optional
 * arguments only when attached, options after stray arguments, `--` as the end. Knows no option's meaning.
 */
import { ok, type Result, refuse } from '../base/result.js';
import type { OptionRow } from './options.js';

export interface GivenOption {
  readonly option: OptionRow;
  readonly value?: string;
}

export interface SplitCommandLine {
  /** In the order given; repeated options appear repeatedly. */
  readonly given: readonly GivenOption[];
  /** Arguments that are no options, in order. */
  readonly stray: readonly string[];
}

/** The reason on refusal is one line for people, without the program's name. */
export function splitCommandLine(
  rows: readonly OptionRow[],
  argv: readonly string[],
): Result<SplitCommandLine> {
  const given: GivenOption[] = [];
  const stray: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      stray.push(...rest);
      break;
    }
    if (word.startsWith('--')) {
      const taken = takeLong(rows, word, rest);
      if (!taken.ok) return taken;
      given.push(taken.value);
    } else if (word.startsWith('-') && word !== '-') {
      const taken = takeShorts(rows, word, rest);
      if (!taken.ok) return taken;
      given.push(...taken.value);
    } else stray.push(word);
  }
  return ok({ given, stray });
}

function takeLong(rows: readonly OptionRow[], word: string, rest: string[]): Result<GivenOption> {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const candidates = rows.filter((row) => row.long.startsWith(name));
  const option = candidates.find((row) => row.long === name) ?? candidates[0];
  if (!option) return refuse(`there is no option "--${name}"`);
  if (option.long !== name && candidates.length > 1) {
    const names = candidates.map((row) => `--${row.long}`).join(', ');
    return refuse(`option "--${name}" is ambiguous: ${names}`);
  }
  if (!option.argument)
    return value === undefined ? ok({ option }) : refuse(`option "--${option.long}" takes no argument`);
  if (value !== undefined) return ok({ option, value });
  if (option.argument.optional) return ok({ option });
  const next = rest.shift();
  return next === undefined ? refuse(missing(`--${option.long}`, option)) : ok({ option, value: next });
}

function takeShorts(rows: readonly OptionRow[], word: string, rest: string[]): Result<GivenOption[]> {
  const taken: GivenOption[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const option = rows.find((row) => row.short === letter);
    if (!option) return refuse(`there is no option "-${letter}"`);
    if (!option.argument) {
      taken.push({ option });
      continue;
    }
    const attached = word.slice(at + 1);
    if (attached !== '') taken.push({ option, value: attached });
    else if (option.argument.optional) taken.push({ option });
    else {
      const next = rest.shift();
      if (next === undefined) return refuse(missing(`-${letter}`, option));
      taken.push({ option, value: next });
    }
    break;
  }
  return ok(taken);
}

const missing = (name: string, option: OptionRow): string =>
  `option "${name}" needs an argument: ${option.argument?.name ?? ''}`;
