/**
 * The effective configuration as text, written from the tables alone: what was said, what is inherited, what is
 * a default, and where each value comes from. Passwords are masked. (issue: `holdfast show-config`)
 */
import { MASK } from '../base/secret.js';
import { plainWords } from './lexer.js';
import type { BoundText } from './load.js';
import type { Argument } from './schema/arguments.js';
import { root } from './schema/root.js';
import {
  type Block,
  type Bound,
  type BoundBlock,
  type BoundList,
  type Row,
  type Rows,
  tableOf,
} from './schema/row.js';
import type { Sources } from './source.js';
import { keywordSpan, type Statement } from './tree.js';

export interface PrintOptions {
  /** Whether a comment behind each line says where the value comes from. */
  readonly origins: boolean;
  /** Whether values that nobody set are shown too. */
  readonly defaults: boolean;
}

type Values = Readonly<Record<string, unknown>>;

/** A block around the one being printed, for what is inherited. */
interface Enclosing {
  readonly block: Block<unknown, Rows>;
  readonly values: Values;
}

export function printConfiguration({ values, sources }: BoundText, options: PrintOptions): string {
  const printer = new Printer(sources, options, values);
  printer.block(root, values, [], 0);
  return printer.text();
}

/** Whether a default is the text of a value, not a phrase about one. */
function isWritten(argument: Argument<unknown>, text: string): boolean {
  if (argument.syntax === '' || text === 'none') return false;
  let told = false;
  const { words } = plainWords(text);
  let next = 0;
  const tell = (): undefined => {
    told = true;
    return undefined;
  };
  const value = argument.read({
    keyword: '',
    peek: () => words[next],
    take: () => words[next++],
    span: () => ({ source: 0, start: 0, end: 0 }),
    rest: () => {
      next = words.length;
      return { text, start: 0, end: text.length };
    },
    report: tell,
    missing: tell,
  });
  return value !== undefined && !told && next >= words.length;
}

class Printer {
  readonly #lines: { text: string; origin: string }[] = [];
  readonly #globals: Enclosing | undefined;

  constructor(
    readonly sources: Sources,
    readonly options: PrintOptions,
    top: Values,
  ) {
    const row = Object.entries(root.rows).find(([, { keyword }]) => keyword === 'global_defs');
    const bound = row && (top[row[0]] as BoundBlock<unknown, Rows> | undefined);
    if (row?.[1].kind === 'block') {
      this.#globals = { block: row[1].block() as Block<unknown, Rows>, values: bound?.values ?? {} };
    }
  }

  text(): string {
    const width = Math.min(60, Math.max(0, ...this.#lines.map(({ text }) => text.length)));
    return this.#lines
      .map(({ text, origin }) =>
        this.options.origins && origin !== '' ? `${text.padEnd(width)}  # ${origin}` : text,
      )
      .map((line) => `${line}\n`)
      .join('');
  }

  block(block: Block<unknown, Rows>, values: Values, around: readonly Enclosing[], depth: number): void {
    const enclosing = [{ block, values }, ...around];
    for (const [key, row] of Object.entries(block.rows)) this.#row(row, values[key], enclosing, depth);
  }

  #add(depth: number, text: string, origin = ''): void {
    this.#lines.push({ text: `${'    '.repeat(depth)}${text}`.trimEnd(), origin });
  }

  #row(row: Row, bound: unknown, enclosing: readonly Enclosing[], depth: number): void {
    switch (row.kind) {
      case 'line':
        if (bound) this.#line(row, row.argument, bound as Bound<unknown>, depth);
        else if (this.options.defaults) this.#unsaid(row, row.argument, enclosing, depth);
        return;
      case 'each':
        for (const one of (bound ?? []) as readonly Bound<unknown>[])
          this.#line(row, row.argument, one, depth);
        return;
      case 'list':
        if (bound) this.#list(row.keyword, row.entry, bound as BoundList<unknown>, depth);
        return;
      case 'lists':
        for (const one of (bound ?? []) as readonly (BoundList<unknown> & { header: unknown })[]) {
          this.#list(`${row.keyword} ${row.header.show(one.header)}`, row.entry, one, depth);
        }
        return;
      case 'block':
        if (bound)
          this.#inner(row.keyword, row.block(), bound as BoundBlock<unknown, Rows>, enclosing, depth);
        return;
      case 'blocks':
        for (const one of (bound ?? []) as readonly BoundBlock<unknown, Rows>[]) {
          this.#inner(row.keyword, row.block(), one, enclosing, depth);
        }
        return;
    }
  }

  #line(row: Row, argument: Argument<unknown>, { value, statement }: Bound<unknown>, depth: number): void {
    const shown = row.secret ? MASK : argument.show(value);
    this.#add(depth, `${row.keyword} ${shown}`, this.#origin(statement));
  }

  #list(head: string, entry: Argument<unknown>, bound: BoundList<unknown>, depth: number): void {
    this.#add(depth, `${head} {`, this.#origin(bound.statement));
    for (const { value, statement } of bound.entries)
      this.#add(depth + 1, entry.show(value), this.#origin(statement));
    this.#add(depth, '}');
  }

  #inner(
    keyword: string,
    block: Block<unknown, Rows>,
    bound: BoundBlock<unknown, Rows>,
    enclosing: readonly Enclosing[],
    depth: number,
  ): void {
    const head = `${keyword} ${block.header.show(bound.header)}`.trimEnd();
    this.#add(depth, `${head} {`, this.#origin(bound.statement));
    this.block(block, bound.values, enclosing, depth + 1);
    this.#add(depth, '}');
  }

  /** Nobody set it here: what is inherited, else the default. */
  #unsaid(row: Row, argument: Argument<unknown>, enclosing: readonly Enclosing[], depth: number): void {
    const found = this.#inherited(row, enclosing, 0);
    if (!found) return;
    if ('bound' in found) {
      const { keyword, bound } = found;
      const shown = row.secret ? MASK : argument.show(bound.value);
      this.#add(depth, `${row.keyword} ${shown}`, `${keyword}, ${this.#origin(bound.statement)}`);
    } else if (isWritten(argument, found.text)) this.#add(depth, `${row.keyword} ${found.text}`, 'default');
    else if (this.options.origins) this.#add(depth, `# ${row.keyword}: ${found.text}`, 'default');
  }

  #inherited(
    row: Row,
    enclosing: readonly Enclosing[],
    steps: number,
  ): { keyword: string; bound: Bound<unknown> } | { text: string } | undefined {
    // A chain of inheritance is short; a circle in the tables would be a mistake of ours, not of the text.
    if (row.inherits !== undefined && steps < 8) {
      for (const [i, place] of [...enclosing, ...(this.#globals ? [this.#globals] : [])].entries()) {
        const found = tableOf(place.block).words.get(row.inherits);
        if (!found || found.row === row) continue;
        const bound = place.values[found.key] as Bound<unknown> | undefined;
        return bound
          ? { keyword: row.inherits, bound }
          : this.#inherited(found.row, enclosing.slice(i), steps + 1);
      }
    }
    return row.default === undefined ? undefined : { text: row.default };
  }

  #origin(statement: Statement): string {
    let span = keywordSpan(statement);
    while (span.via) span = span.via.at;
    const source = this.sources.get(span.source);
    return source ? `${source.path}:${source.lineAt(span.start)}` : '';
  }
}
