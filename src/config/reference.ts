/**
 * The keyword tables as a person asks for them: every block with the places it may stand in, every keyword with
 * the block it belongs to, and the facts of a keyword as pairs of a name and a sentence. Help, reference pages
 * and completion are made from it; how they look is left to them. (DESIGN section 2, config/schema)
 */
import { root } from './schema/root.js';
import { type Block, isCarriedOut, type Row, type Rows } from './schema/row.js';
import { nearest } from './suggest.js';

type AnyBlock = Block<unknown, Rows>;

export interface BlockEntry {
  /** `real_server`; where several blocks share a name, with the block around it: `HTTP_GET url`. Empty: outermost. */
  readonly name: string;
  readonly block: AnyBlock;
  /** Names of the blocks that it stands in, itself left out; empty for the outermost level. */
  readonly within: readonly string[];
  /** Root first, as it is met first: `virtual_server`, `real_server`, `HTTP_GET`. */
  readonly path: readonly string[];
  /** False: nothing inside has an effect at run time today. */
  readonly effective: boolean;
  readonly keywords: readonly KeywordEntry[];
}

export interface KeywordEntry {
  readonly keyword: string;
  readonly row: Row;
  /** Name of the block it stands in. */
  readonly block: string;
  /** False: read and checked, but without effect at run time today. */
  readonly effective: boolean;
}

/** One thing said of a keyword, such as `range` and `1..255`. */
export interface Fact {
  readonly name: string;
  readonly text: string;
}

export interface Reference {
  /** In the order of the tables, the outermost level first. */
  readonly blocks: readonly BlockEntry[];
  /** Every word that the tables know, aliases included, with the keywords it may mean. */
  readonly words: ReadonlyMap<string, readonly KeywordEntry[]>;
}

export function makeReference(outermost: AnyBlock = root): Reference {
  const found = new Map<AnyBlock, { paths: string[][]; effective: boolean }>();
  const walk = (block: AnyBlock, path: string[], effective: boolean): void => {
    const known = found.get(block);
    if (known) {
      known.paths.push(path);
      known.effective ||= effective;
      return;
    }
    found.set(block, { paths: [path], effective });
    for (const row of Object.values(block.rows)) {
      if (row.kind !== 'block' && row.kind !== 'blocks') continue;
      walk(row.block(), [...path, row.keyword], effective && isCarriedOut(row));
    }
  };
  walk(outermost, [], true);

  const shared = new Map<string, number>();
  for (const block of found.keys()) shared.set(block.name, (shared.get(block.name) ?? 0) + 1);
  const blocks: BlockEntry[] = [];
  const words = new Map<string, KeywordEntry[]>();
  for (const [block, { paths, effective }] of found) {
    const [path = []] = paths;
    const around = path.at(-2);
    const name =
      (shared.get(block.name) ?? 0) > 1 && around !== undefined ? `${around} ${block.name}` : block.name;
    const keywords = Object.values(block.rows).map(
      (row): KeywordEntry => ({
        keyword: row.keyword,
        row,
        block: name,
        effective: effective && isCarriedOut(row),
      }),
    );
    const within = [...new Set(paths.map((one) => one.at(-2) ?? ''))].filter((one) => one !== '');
    blocks.push({ name, block, within, path, effective, keywords });
    for (const entry of keywords) {
      for (const word of [entry.keyword, ...(entry.row.aliases ?? []).map((alias) => alias.keyword)]) {
        words.set(word, [...(words.get(word) ?? []), entry]);
      }
    }
  }
  return { blocks, words };
}

/** How it is written, as lines. */
export function synopsis(row: Row): readonly string[] {
  const head = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');
  switch (row.kind) {
    case 'line':
    case 'each':
      return [head(row.keyword, row.argument.syntax)];
    case 'list':
      return [`${row.keyword} {`, `    ${row.entry.syntax}`, '    ...', '}'];
    case 'lists':
      return [`${head(row.keyword, row.header.syntax)} {`, `    ${row.entry.syntax}`, '    ...', '}'];
    default:
      return [`${head(row.keyword, row.block().header.syntax)} { ... }`];
  }
}

/** A line that is certainly taken; absent where the synopsis says as much. */
export function example(row: Row): string | undefined {
  const argument = row.kind === 'line' || row.kind === 'each' ? row.argument : undefined;
  const entry = row.kind === 'list' || row.kind === 'lists' ? row.entry : undefined;
  const text = (argument ?? entry)?.examples.accepted.find((one) => /\s/.test(one));
  if (text === undefined) return undefined;
  return argument ? `${row.keyword} ${text}` : text;
}

/** What the tables say beside synopsis and sentence. */
export function factsOf({ row, effective }: KeywordEntry): readonly Fact[] {
  const facts: Fact[] = [];
  const say = (name: string, text: string | undefined): void => {
    if (text !== undefined && text !== '') facts.push({ name, text });
  };
  const arguments_ = argumentsOf(row);
  const of = <T>(pick: (argument: (typeof arguments_)[number]) => T | undefined): readonly T[] =>
    arguments_.flatMap((argument) => pick(argument) ?? []);
  say(
    'range',
    [...new Set(of(({ range, unit }) => range && `${range}${unit ? ` ${unit}` : ''}`))].join('; '),
  );
  if (of(({ range }) => range).length === 0) say('unit', of(({ unit }) => unit).join('; '));
  say('names', [...new Set(of(({ refers }) => refers && `an existing ${refers}`))].join('; '));
  say('default', row.default);
  say(
    'inherits',
    row.inherits && `the value of ${row.inherits} around it or in global_defs, where it is set`,
  );
  if (row.kind !== 'line' || row.argument.syntax !== '') say('repeated', repeated(row));
  if ((row.kind === 'line' || row.kind === 'each') && row.argument.optional !== true) {
    say(
      'no value',
      row.missing === 'error'
        ? 'is reported, and the line is ignored'
        : 'is fatal: the daemon does not start',
    );
  }
  if ((row.kind === 'line' || row.kind === 'each') && row.quoted) {
    say('words', 'are split as a shell splits them, so quotes and backslashes work inside');
  }
  if (row.secret) say('secret', 'never shown in dumps and findings');
  for (const alias of row.aliases ?? []) {
    const notes = [alias.since && `since ${alias.since}`, alias.deprecated && 'deprecated'].filter(Boolean);
    say('also', `${alias.keyword}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`);
  }
  say('deprecated', row.deprecated);
  say(
    'since',
    row.since.startsWith('post-') ? `after Keepalived ${row.since.slice(5)}` : `Keepalived ${row.since}`,
  );
  say('effect', effective ? 'yes' : row.effect === 'none' ? 'none' : 'none yet: it is read and checked only');
  return facts;
}

function argumentsOf(row: Row): readonly { range?: string; unit?: string; refers?: string }[] {
  switch (row.kind) {
    case 'line':
    case 'each':
      return [row.argument];
    case 'list':
      return [row.entry];
    case 'lists':
      return [row.header, row.entry];
    default:
      return [row.block().header];
  }
}

function repeated(row: Row): string {
  switch (row.kind) {
    case 'each':
    case 'lists':
    case 'blocks':
      return 'any number of times';
    case 'block':
      return 'the block goes on where it ended';
    case 'list':
      return 'the entries are added';
    case 'line':
      return row.repeat === 'first' ? 'the first one counts, others are errors' : 'the last one counts';
  }
}

/** Up to `most` known words that a wrong one may have been meant as, the likeliest first. */
export function alternatives(word: string, known: Iterable<string>, most = 5): readonly string[] {
  const left = new Set(known);
  const found: string[] = [];
  const take = (one: string): void => {
    left.delete(one);
    found.push(one);
  };
  for (
    let near = nearest(word, left);
    near !== undefined && found.length < most;
    near = nearest(word, left)
  ) {
    take(near);
  }
  const lower = word.toLowerCase();
  if (lower.length >= 3) {
    for (const one of [...left]) {
      if (found.length < most && one.toLowerCase().includes(lower)) take(one);
    }
  }
  return found;
}
