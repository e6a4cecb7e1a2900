/**
 * What can stand behind a keyword: arguments as values that read words, check ranges, and know how they are
 * written, so that help, dump and completion need no second list. (directives references, "Conventions")
 */
import { type Family, familyOf, type IpAddress, isMulticast, parseIpAddress } from '../../base/ip-address.js';
import { type Duration, seconds as toDuration } from '../../base/time.js';
import type { CodeName } from '../codes.js';
import type { Details } from '../diagnostics.js';
import type { Word } from '../lexer.js';
import { decodeBytes } from '../source.js';
import type { Span } from '../span.js';
import { nearest } from '../suggest.js';

/** The words of one line while its arguments are read. */
export interface Reading {
  readonly keyword: string;
  /** The next word that nobody has read, not taken. */
  peek(): Word | undefined;
  take(): Word | undefined;
  span(word: Word): Span;
  /** Everything behind the keyword as it is written, blanks included; takes all words. */
  rest(): Word;
  /** A finding at a word, or at the line. Returns undefined so that it can end a reading. */
  report(code: CodeName, at: Word | undefined, message: string, details?: Details): undefined;
  /** A needed word is not there. */
  missing(what: string): undefined;
}

export interface Argument<T> {
  /** As shown in help: `SECONDS`, `USER [GROUP]`. */
  readonly syntax: string;
  /** `1..255`, where there is one. */
  readonly range?: string;
  readonly unit?: string;
  /** All words possible, for completion. */
  readonly choices?: readonly string[];
  /** The kind of block whose names are meant. */
  readonly refers?: string;
  /** Texts that are taken and that are refused, for the tests that walk over all rows. */
  readonly examples: { readonly accepted: readonly string[]; readonly refused: readonly string[] };
  /** Whether the keyword may stand alone. */
  readonly optional?: boolean;
  /** Words with which an entry of a list may begin although they are keywords of the block around it. */
  readonly begins?: { has(word: string): boolean };
  /** Undefined after a finding. */
  read(at: Reading): T | undefined;
  /** The value as it would be written. */
  show(value: T): string;
}

const named = <T>(argument: Argument<T>): Argument<T> => argument;

function oneWord<T>(
  facts: Omit<Argument<T>, 'read'>,
  parse: (text: string, word: Word, at: Reading) => T | undefined,
): Argument<T> {
  return {
    ...facts,
    read: (at) => {
      const word = at.take();
      return word ? parse(word.text, word, at) : at.missing(facts.syntax);
    },
  };
}

/** No argument at all: being there is the value. */
export const present: Argument<true> = {
  syntax: '',
  examples: { accepted: [''], refused: [] },
  optional: true,
  read: () => true,
  show: () => '',
};

const TRUE = ['on', 'true', 'yes'];
const FALSE = ['off', 'false', 'no'];

/** `[BOOL]`: standing alone it means true. Other words are refused. */
export const boolean: Argument<boolean> = {
  syntax: '[on|off|true|false|yes|no]',
  choices: [...TRUE, ...FALSE],
  examples: { accepted: ['', 'on', 'no'], refused: ['ON', '1', 'maybe'] },
  optional: true,
  read: (at) => {
    const word = at.take();
    if (!word || TRUE.includes(word.text)) return true;
    if (FALSE.includes(word.text)) return false;
    return at.report('invalidValue', word, `"${decodeBytes(word.text)}" is neither on nor off`, {
      remedy: 'Write on, true or yes; off, false or no; or nothing, which means on.',
    });
  },
  show: (value) => (value ? 'on' : 'off'),
};

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const INTEGER = /^[-+]?[0-9]+$/;

/** A whole number. Values outside are refused unless `clamp` moves them, which is said. */
export function integer(
  bounds: Bounds & {
    readonly unit?: string;
    readonly syntax?: string;
    readonly clamp?: Bounds;
    /** Where not a line but a whole entry is left out for it. */
    readonly wrong?: 'entryInvalid';
  },
): Argument<number> {
  const { min, max, clamp, wrong = 'invalidValue' } = bounds;
  const range = `${min}..${max}`;
  const samples = [String(min), String(max)];
  return oneWord<number>(
    {
      syntax: bounds.syntax ?? 'NUMBER',
      range,
      ...(bounds.unit ? { unit: bounds.unit } : {}),
      examples: { accepted: samples, refused: ['x', '1.5', String((clamp ?? bounds).max + 1)] },
      show: String,
    },
    (text, word, at) => {
      const value = INTEGER.test(text) ? Number(text) : undefined;
      if (value === undefined) {
        const trailing = /^([-+]?[0-9]+)[^0-9]/.exec(text)?.[1];
        return at.report(wrong, word, `"${decodeBytes(text)}" is not a whole number`, {
          remedy:
            trailing !== undefined
              ? `Write ${trailing}, with nothing behind it.`
              : text.startsWith('$')
                ? `Write a number from ${min} to ${max}, or define ${decodeBytes(text)} on a line above.`
                : `Write a number from ${min} to ${max}.`,
        });
      }
      if (clamp && value >= clamp.min && value <= clamp.max && (value < min || value > max)) {
        const used = Math.min(max, Math.max(min, value));
        at.report('valueAdjusted', word, `${at.keyword} ${value} is outside ${range}; ${used} is used`);
        return used;
      }
      if (value < min || value > max) {
        return at.report(wrong, word, `${value} is outside ${range}`, {
          label: `must be ${range}`,
          remedy: `Write a number from ${min} to ${max}.`,
        });
      }
      return value;
    },
  );
}

/** Seconds with at most `decimals` places (more are rounded, which is said). */
export function seconds(
  bounds: Bounds & { readonly decimals?: number; readonly zeroMeans?: number },
): Argument<Duration> {
  const { min, max, decimals = 6, zeroMeans } = bounds;
  const range = `${min}..${max}`;
  return oneWord<Duration>(
    {
      syntax: 'SECONDS',
      range,
      unit: 's',
      examples: { accepted: [String(Math.max(min, 1))], refused: ['x', '-1', String(max + 1), '5s'] },
      show: (value) => String(value / 1e6),
    },
    (text, word, at) => {
      if (!/^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)$/.test(text)) {
        const trailing = /^([0-9]+(?:\.[0-9]+)?)m?s$/.exec(text)?.[1];
        return at.report('invalidValue', word, `"${decodeBytes(text)}" is not a number of seconds`, {
          remedy:
            trailing === undefined
              ? 'Write a number such as 5 or 0.5.'
              : 'Write the number of seconds without a unit.',
        });
      }
      const exact = Number(text);
      const scale = 10 ** decimals;
      let value = Math.round(exact * scale) / scale;
      if (Math.abs(value - exact) > 1e-9) {
        at.report(
          'valueAdjusted',
          word,
          `${text} has more than ${decimals} decimal places; ${value} is used`,
        );
      }
      if (value === 0 && zeroMeans !== undefined) {
        at.report('valueAdjusted', word, `${at.keyword} 0 is not possible; ${zeroMeans} is used`);
        value = zeroMeans;
      }
      if (value < min || value > max) {
        return at.report('invalidValue', word, `${text} is outside ${range} seconds`, {
          label: `must be ${range}`,
          remedy: `Write a number from ${min} to ${max}.`,
        });
      }
      return toDuration(value);
    },
  );
}

/** One word, any text up to `max` bytes. */
export function text(syntax: string, max = 1022): Argument<string> {
  return oneWord<string>(
    {
      syntax,
      examples: { accepted: ['word', '"two words"'], refused: max < 1022 ? ['x'.repeat(max + 1)] : [] },
      show: quoteIfNeeded,
    },
    (value, word, at) => {
      if (value.length > max) {
        return at.report(
          'invalidValue',
          word,
          `the text has ${value.length} bytes; at most ${max} are possible`,
        );
      }
      return decodeBytes(value);
    },
  );
}

/** One word, its bytes untouched: passwords. */
export const bytes = (syntax: string): Argument<string> =>
  oneWord<string>(
    { syntax, examples: { accepted: ['word'], refused: [] }, show: quoteIfNeeded },
    (value) => value,
  );

/** The name of an interface, at most 15 bytes as the kernel has it. */
export const interfaceName: Argument<string> = {
  ...oneWord<string>(
    {
      syntax: 'INTERFACE',
      refers: 'interface',
      examples: { accepted: ['eth0'], refused: ['averyveryverylongname'] },
      show: (value) => value,
    },
    (value, word, at) => {
      if (value.length > 15 || value === '' || value.includes('/')) {
        return at.report('invalidValue', word, `"${decodeBytes(value)}" cannot be the name of an interface`, {
          remedy: 'Names of interfaces have 1 to 15 bytes and no slash.',
        });
      }
      return decodeBytes(value);
    },
  ),
};

/** The name of a block of the kind `block`. */
export const reference = (block: string, syntax = 'NAME'): Argument<string> => ({
  ...text(syntax),
  refers: block,
});

/** An IP address; with a family, only one of that family. */
export function address(family?: Family, check?: (ip: IpAddress) => string | undefined): Argument<IpAddress> {
  const v6 = family === 'ipv6';
  return oneWord<IpAddress>(
    {
      syntax: 'ADDRESS',
      examples: { accepted: [v6 ? '2001:db8::1' : '192.0.2.1'], refused: ['192.0.2.256', 'host'] },
      show: (value) => value,
    },
    (value, word, at) => {
      const ip = parseIpAddress(value);
      if (!ip.ok) return at.report('invalidValue', word, `"${decodeBytes(value)}" is not an IP address`);
      if (family && familyOf(ip.value) !== family) {
        return at.report('invalidValue', word, `${value} is not an ${v6 ? 'IPv6' : 'IPv4'} address`);
      }
      const wrong = check?.(ip.value);
      return wrong === undefined ? ip.value : at.report('invalidValue', word, `${value} ${wrong}`);
    },
  );
}

/** A multicast address; with a family, only one of that family. */
export function multicastAddress(family?: Family): Argument<IpAddress> {
  const accepted = family === 'ipv6' ? ['ff02::12'] : ['224.0.0.18'];
  return {
    ...address(family, (ip) => (isMulticast(ip) ? undefined : 'is not a multicast address')),
    examples: { accepted, refused: ['192.0.2.1', '2001:db8::1', 'group'] },
  };
}

/** One of a few words; `unknown` says what a wrong word becomes instead of being refused. */
export function oneOf<const T extends string>(choices: readonly T[], anyCase = false): Argument<T> {
  return oneWord<T>(
    {
      syntax: choices.join('|'),
      choices,
      examples: { accepted: choices, refused: ['no-such-word'] },
      show: (value) => value,
    },
    (value, word, at) => {
      const found = choices.find(
        (choice) => choice === value || (anyCase && choice.toLowerCase() === value.toLowerCase()),
      );
      if (found !== undefined) return found;
      const meant = nearest(value, choices);
      return at.report(
        'invalidValue',
        word,
        `"${decodeBytes(value)}" is not one of ${choices.join(', ')}`,
        meant === undefined
          ? { remedy: `Write one of these: ${choices.join(', ')}.` }
          : { label: `similar: ${meant}`, remedy: `Did you mean ${meant}?` },
      );
    },
  );
}

/** The argument, or `fallback` where no word is left. */
export function optional<T, F>(argument: Argument<T>, fallback: F): Argument<T | F> {
  return {
    syntax: `[${argument.syntax}]`,
    ...(argument.range ? { range: argument.range } : {}),
    ...(argument.unit ? { unit: argument.unit } : {}),
    ...(argument.choices ? { choices: argument.choices } : {}),
    ...(argument.refers ? { refers: argument.refers } : {}),
    examples: { accepted: ['', ...argument.examples.accepted], refused: argument.examples.refused },
    optional: true,
    read: (at) => (at.peek() ? argument.read(at) : fallback),
    show: (value) => (value === fallback ? '' : argument.show(value as T)),
  };
}

type Read<A> = A extends Argument<infer T> ? T : never;

/** Several arguments one after the other. */
export function sequence<const A extends readonly Argument<unknown>[]>(
  ...parts: A
): Argument<{ readonly [I in keyof A]: Read<A[I]> }> {
  type T = { readonly [I in keyof A]: Read<A[I]> };
  const all: readonly Argument<unknown>[] = parts;
  const accepted = all.map((part) => part.examples.accepted[0] ?? '');
  return {
    syntax: all.map((part) => part.syntax).join(' '),
    ...(all.some((part) => part.range) ? { range: all.flatMap((part) => part.range ?? []).join(', ') } : {}),
    examples: {
      accepted: [accepted.join(' ').trim()],
      refused: (all[0]?.examples.refused ?? []).map((refused) => [refused, ...accepted.slice(1)].join(' ')),
    },
    optional: all.every((part) => part.optional),
    read: (at) => {
      const out: unknown[] = [];
      for (const part of all) {
        const value = part.read(at);
        if (value === undefined && !part.optional) return undefined;
        out.push(value);
      }
      return out as unknown as T;
    },
    show: (value) =>
      all
        .map((part, i) => (value[i] === undefined ? '' : part.show(value[i])))
        .join(' ')
        .trim(),
  };
}

/** The same value in another shape: `from` is only needed to show it again. */
export function mapped<T, U>(argument: Argument<T>, to: (value: T) => U, from: (value: U) => T): Argument<U> {
  const { read, show, ...facts } = argument;
  return named<U>({
    ...facts,
    read: (at) => {
      const value = read(at);
      return value === undefined ? undefined : to(value);
    },
    show: (value) => show(from(value)),
  });
}

/** One or more of the same. */
export function many<T>(argument: Argument<T>): Argument<readonly T[]> {
  return {
    ...argument,
    syntax: `${argument.syntax} ...`,
    read: (at) => {
      const out: T[] = [];
      if (!at.peek()) return at.missing(argument.syntax);
      while (at.peek()) {
        const value = argument.read(at);
        if (value === undefined) return undefined;
        out.push(value);
      }
      return out;
    },
    show: (values) => values.map((value) => argument.show(value)).join(' '),
  };
}

/** The text in quotes where it needs them to stay one word. */
export const quoteIfNeeded = (value: string): string =>
  value === '' || /[\s{}#!]/.test(value) ? `"${value}"` : value;
