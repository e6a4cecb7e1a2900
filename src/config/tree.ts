/** The syntax tree: statements with their places, before their values are read. (DESIGN section 2) */
import type { KnownBlock } from './known-blocks.js';
import type { Inside } from './repeated-insides.js';
import type { Row } from './schema/row.js';
import type { Line, Span } from './span.js';

/** An unknown word of a block that was probably meant to be one of its keywords. */
export interface Misspelt {
  readonly line: Line;
  readonly span: Span;
  /** As it is shown. */
  readonly word: string;
  /** The keyword or alias that it resembles, and its row. */
  readonly meant: string;
  readonly row: Row;
}

/** A keyword line, an entry of a list, or a block with its inside. */
export interface Statement {
  readonly line: Line;
  /** The row of the table; absent for an entry of a list. */
  readonly row: Row | undefined;
  /** The word it was found by: the keyword or an alias. */
  readonly keyword: string;
  /** Statements of a block, entries of a list. */
  children: Statement[] | undefined;
  /** Of a block: words that resemble one of its keywords; absent where there are none. */
  misspelt?: Misspelt[];
  /** A block whose inside was not read again: what an earlier reading made of it. */
  readonly known?: KnownBlock;
  /** A block whose inside is the same text as that of another one: its children are the other's. */
  inside?: Inside | undefined;
}

/** Where the keyword stands. */
export const keywordSpan = (statement: Statement): Span =>
  statement.line.span(0, Math.max(1, statement.keyword.length));

/** What stands behind the keyword, or the whole line where nothing does. */
export function argumentSpan({ line, keyword }: Statement): Span {
  const rest = line.text.slice(keyword.length).search(/\S/);
  return rest < 0 ? line.span() : line.span(keyword.length + rest);
}
