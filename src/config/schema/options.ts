/**
 * Lines made of options in any order, each a word with a value behind it: routes and rules are read from tables
 * of such options, as blocks are from tables of keywords. (directives-vrrp sections 7 and 8)
 */
import {
  bitsOf,
  type Family,
  familyOf,
  type IpAddress,
  type IpPrefix,
  parseIpAddress,
} from '../../base/ip-address.js';
import type { Word } from '../lexer.js';
import type { Id, NumberRange, Realms } from '../model-net.js';
import { decodeBytes } from '../source.js';
import type { Argument, Reading } from './arguments.js';

export interface Option {
  /** The first is how it is shown. */
  readonly words: readonly string[];
  readonly argument: Argument<unknown>;
  /** The only family that knows it. */
  readonly family?: Family;
  /** Words that still work but should not be used. */
  readonly deprecated?: readonly string[];
}
/** Options by the field that their value goes to. */
export type Options<T> = { readonly [K in keyof T]-?: Option };

export interface Found {
  readonly key: string;
  readonly option: Option;
}

export function byWord<T>(options: Options<T>): ReadonlyMap<string, Found> {
  const out = new Map<string, Found>();
  for (const [key, option] of Object.entries<Option>(options)) {
    for (const word of [...option.words, ...(option.deprecated ?? [])]) out.set(word, { key, option });
  }
  return out;
}

/** The options that have a value, as they would be written. */
export function showOptions<T extends object>(options: Options<T>, value: T): string[] {
  return Object.entries<Option>(options).flatMap(([key, { words, argument }]) => {
    const one = (value as Readonly<Record<string, unknown>>)[key];
    return one === undefined ? [] : [`${words[0]} ${argument.show(one)}`.trim()];
  });
}

/** What a word became, or why it cannot. */
type Parsed<T> = { readonly value: T } | { readonly wrong: string };

/** One word; what `parse` refuses drops the whole line. */
export function word<T>(
  facts: Pick<Argument<T>, 'syntax' | 'range' | 'examples'>,
  parse: (text: string) => Parsed<T>,
  show: (value: T) => string = String,
): Argument<T> {
  return {
    ...facts,
    show,
    read: (at) => {
      const found = at.take();
      if (!found) return at.missing(facts.syntax);
      const parsed = parse(found.text);
      if ('value' in parsed) return parsed.value;
      return at.report('entryInvalid', found, `"${decodeBytes(found.text)}" ${parsed.wrong}`);
    },
  };
}

const wrong = (text: string): { readonly wrong: string } => ({ wrong: text });

/** Decimal, hexadecimal (0x) or octal (0) as C has it. */
export function numberOf(text: string, max: number): number | undefined {
  if (!/^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) return undefined;
  const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return value <= max ? value : undefined;
}

export const unsigned = (max: number, min = 0): Argument<number> =>
  word(
    {
      syntax: 'NUMBER',
      range: `${min}..${max}`,
      examples: { accepted: [String(min)], refused: ['x', String(max + 1)] },
    },
    (text) => {
      const value = numberOf(text, max);
      return value === undefined || value < min ? wrong(`is no number from ${min} to ${max}`) : { value };
    },
  );

/** A number, or a name that the machine knows. */
export function id(syntax: string, max: number): Argument<Id> {
  return word<Id>(
    { syntax, range: `0..${max}`, examples: { accepted: ['5', 'name'], refused: [String(max + 1)] } },
    (text) => {
      if (!/^[0-9]/.test(text)) return { value: decodeBytes(text) };
      const value = numberOf(text, max);
      return value === undefined ? wrong(`is no number up to ${max} and no name`) : { value };
    },
  );
}

export const realms: Argument<Realms> = word<Realms>(
  { syntax: '[SOURCE/]DESTINATION', examples: { accepted: ['4', '3/4', 'a/b'], refused: ['/', '1/2/3'] } },
  (text) => {
    const parts = text.split('/').map((part) => numberOf(part, 65535) ?? decodeBytes(part));
    const [first, second] = parts;
    if (first === undefined || parts.includes('') || parts.length > 2) return wrong('names no realm');
    return { value: second === undefined ? { destination: first } : { source: first, destination: second } };
  },
  ({ source, destination }) => (source === undefined ? String(destination) : `${source}/${destination}`),
);

export const range = (max: number): Argument<NumberRange> =>
  word<NumberRange>(
    {
      syntax: 'LOW-HIGH',
      range: `0..${max}`,
      examples: { accepted: ['1-2'], refused: ['2-1', '1-2-3', 'x'] },
    },
    (text) => {
      const [low, high, more] = text.split('-').map((part) => numberOf(part, max));
      if (low === undefined || more !== undefined) return wrong('is no range such as 1000-1999');
      const end = text.includes('-') ? high : low;
      if (end === undefined || end < low) return wrong('is no range such as 1000-1999');
      return { value: { low, high: end } };
    },
    ({ low, high }) => `${low}-${high}`,
  );

/** An address with a length, or alone; `default`, `any` and `all` mean everything. */
export function prefixOf(text: string): IpPrefix | 'default' | undefined {
  if (text === 'default' || text === 'any' || text === 'all') return 'default';
  const [address = '', length, more] = text.split('/');
  const ip = parseIpAddress(address);
  if (!ip.ok || more !== undefined) return undefined;
  const bits = bitsOf(familyOf(ip.value));
  if (length === undefined) return { address: ip.value, length: bits };
  return /^[0-9]{1,3}$/.test(length) && Number(length) <= bits
    ? { address: ip.value, length: Number(length) }
    : undefined;
}

export const prefix: Argument<IpPrefix> = word<IpPrefix>(
  { syntax: 'ADDRESS[/LENGTH]', examples: { accepted: ['10.0.0.0/8'], refused: ['x', '10.0.0.0/33'] } },
  (text) => {
    const value = prefixOf(text);
    return value === undefined || value === 'default' ? wrong('is no address with a length') : { value };
  },
  (value) => showPrefix(value),
);

export const showPrefix = (value: IpPrefix | 'default'): string =>
  value === 'default' ? value : `${value.address}/${value.length}`;

/** An address that may have `inet` or `inet6` before it. */
export function readTaggedAddress(at: Reading): IpAddress | undefined {
  const tag = at.peek()?.text;
  if (tag === 'inet' || tag === 'inet6') at.take();
  const found = at.take();
  if (!found) return at.missing('ADDRESS');
  const ip = parseIpAddress(found.text);
  if (!ip.ok) return at.report('entryInvalid', found, `"${decodeBytes(found.text)}" is not an IP address`);
  const family = familyOf(ip.value);
  if ((tag === 'inet' && family !== 'ipv4') || (tag === 'inet6' && family !== 'ipv6'))
    return at.report('entryInvalid', found, `${ip.value} is no ${tag} address`);
  return ip.value;
}

export const showTagged = (address: IpAddress): string =>
  familyOf(address) === 'ipv6' ? `inet6 ${address}` : address;

/** The family all parts of a line share; the first that differs is told and drops the line. */
export class LineFamily {
  family: Family | undefined;

  constructor(readonly at: Reading) {}

  takes(family: Family, found: Word): boolean {
    this.family ??= family;
    if (this.family === family) return true;
    this.at.report('entryInvalid', found, `"${decodeBytes(found.text)}" mixes IPv4 and IPv6 in one line`);
    return false;
  }
}
