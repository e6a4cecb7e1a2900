/**
 * The format of the keyword tables, one table per block. Everything about a keyword that is not behaviour is a
 * row here: parsing, binding, the dump, `explain`, the reference pages and completion read nothing else.
 * How to write one: docs/internals/configuration.md.
 */
import type { Statement } from '../tree.js';
import type { Argument } from './arguments.js';

/**
 * Whether a keyword does something when the daemon runs today. `checked`: it is only read and checked yet; `none`: there
 * is nothing to do, and never will be.
 */
export type Effect = 'full' | 'checked' | 'none';

export const isCarriedOut = ({ effect = 'full' }: { readonly effect?: Effect }): boolean => effect === 'full';

export interface Alias {
  readonly keyword: string;
  /** Present where the alias should no longer be used. */
  readonly deprecated?: boolean;
  readonly since?: string;
}

/** What every row says about its keyword. */
export interface RowFacts {
  /** Our own words, one or two sentences, present tense. */
  readonly doc: string;
  /** First Keepalived release that knows it. */
  readonly since: string;
  /** As it would be written, or a phrase for a derived one ("the interface's address"). */
  readonly default?: string;
  /** The keyword of global_defs (or of the enclosing block) whose value replaces the default. */
  readonly inherits?: string;
  readonly effect?: Effect;
  /** Discouraged as a whole; the text says what to use instead. */
  readonly deprecated?: string;
  readonly aliases?: readonly Alias[];
  /** Which of several lines counts; `last` unless said, `warned` the last with a remark of Keepalived's. */
  readonly repeat?: 'first' | 'last' | 'warned';
  /** What a missing value (or name of a block) is; `fatal`, where Keepalived stops at the line, unless said. */
  readonly missing?: 'fatal' | 'error';
  /** Never shown in full: dumps and findings print a mask instead. */
  readonly secret?: boolean;
}

interface Common extends RowFacts {
  readonly keyword: string;
}

/** `keyword WORDS`, once. */
export interface LineRow<T> extends Common {
  readonly kind: 'line';
  readonly argument: Argument<T>;
  /** Words are split as a shell splits them (the script keywords). */
  readonly quoted: boolean;
}
/** `keyword WORDS`, every line counts. */
export interface EachRow<T> extends Common {
  readonly kind: 'each';
  readonly argument: Argument<T>;
  readonly quoted: boolean;
}
/** `keyword { one entry per line }`. */
export interface ListRow<T> extends Common {
  readonly kind: 'list';
  readonly entry: Argument<T>;
  /** Entries may look like keywords (names), so a keyword among them proves nothing. */
  readonly free: boolean;
}
/** `keyword HEADER { one entry per line }`, any number of times. */
export interface ListsRow<H, T> extends Common {
  readonly kind: 'lists';
  readonly header: Argument<H>;
  readonly entry: Argument<T>;
}
/** `keyword HEADER { ... }`, once. */
export interface BlockRow<H, R> extends Common {
  readonly kind: 'block';
  readonly block: () => Block<H, R>;
}
/** `keyword HEADER { ... }`, any number of times. */
export interface BlocksRow<H, R> extends Common {
  readonly kind: 'blocks';
  readonly block: () => Block<H, R>;
}

export type Row =
  | LineRow<unknown>
  | EachRow<unknown>
  | ListRow<unknown>
  | ListsRow<unknown, unknown>
  | BlockRow<unknown, Rows>
  | BlocksRow<unknown, Rows>;
/** Rows by the name under which binding hands over their value: the model's words, in camelCase. */
export type Rows = Readonly<Record<string, Row>>;

/** The table of one block. */
export interface Block<H, R> {
  /** As in diagnostics and on the reference page: `vrrp_instance`. */
  readonly name: string;
  /** One sentence for the head of the page. */
  readonly doc: string;
  readonly header: Argument<H>;
  readonly rows: R;
}

/** A value with the line that says it. */
export interface Bound<T> {
  readonly value: T;
  readonly statement: Statement;
}
export interface BoundList<T> {
  readonly statement: Statement;
  readonly entries: readonly Bound<T>[];
}
export interface BoundNamedList<H, T> extends BoundList<T> {
  readonly header: H;
}
export interface BoundBlock<H, R> {
  readonly statement: Statement;
  readonly header: H;
  readonly values: Values<R>;
}

/** What binding a block gives, per row; a key is absent where the configuration says nothing. */
export type Values<R> = {
  readonly [K in keyof R]?: R[K] extends LineRow<infer T>
    ? Bound<T>
    : R[K] extends EachRow<infer T>
      ? readonly Bound<T>[]
      : R[K] extends ListRow<infer T>
        ? BoundList<T>
        : R[K] extends ListsRow<infer H, infer T>
          ? readonly BoundNamedList<H, T>[]
          : R[K] extends BlockRow<infer H, infer I>
            ? BoundBlock<H, I>
            : R[K] extends BlocksRow<infer H, infer I>
              ? readonly BoundBlock<H, I>[]
              : never;
};

export const line = <T>(keyword: string, argument: Argument<T>, facts: RowFacts): LineRow<T> => ({
  kind: 'line',
  keyword,
  argument,
  quoted: false,
  ...facts,
});
/** A line of the quoted class. */
export const script = <T>(keyword: string, argument: Argument<T>, facts: RowFacts): LineRow<T> => ({
  ...line(keyword, argument, { repeat: 'first', ...facts }),
  quoted: true,
});
export const each = <T>(keyword: string, argument: Argument<T>, facts: RowFacts): EachRow<T> => ({
  kind: 'each',
  keyword,
  argument,
  quoted: false,
  ...facts,
});
export const list = <T>(
  keyword: string,
  entry: Argument<T>,
  facts: RowFacts & { readonly free?: boolean },
): ListRow<T> => ({ kind: 'list', keyword, entry, free: false, ...facts });
export const lists = <H, T>(
  keyword: string,
  header: Argument<H>,
  entry: Argument<T>,
  facts: RowFacts,
): ListsRow<H, T> => ({ kind: 'lists', keyword, header, entry, ...facts });
export const block = <H, R>(keyword: string, inner: () => Block<H, R>, facts: RowFacts): BlockRow<H, R> => ({
  kind: 'block',
  keyword,
  block: inner,
  ...facts,
});
export const blocks = <H, R>(
  keyword: string,
  inner: () => Block<H, R>,
  facts: RowFacts,
): BlocksRow<H, R> => ({
  kind: 'blocks',
  keyword,
  block: inner,
  ...facts,
});

/** A table as the parser looks words up in it. */
export interface Table {
  readonly block: Block<unknown, Rows>;
  /** Keywords and aliases, with the key of their row. */
  readonly words: ReadonlyMap<string, { readonly key: string; readonly row: Row; readonly alias?: Alias }>;
}

const tables = new WeakMap<object, Table>();

/** The looked-up form of a block, made once. */
export function tableOf(block: Block<unknown, Rows>): Table {
  const known = tables.get(block);
  if (known) return known;
  const words = new Map<string, { key: string; row: Row; alias?: Alias }>();
  for (const [key, row] of Object.entries(block.rows)) {
    words.set(row.keyword, { key, row });
    for (const alias of row.aliases ?? []) words.set(alias.keyword, { key, row, alias });
  }
  const table = { block, words };
  tables.set(block, table);
  return table;
}
