/**
 * Statements to values, by the tables alone: words are counted, arguments read, repetitions settled. What the
 * values mean together is left to settings/ and cross-check.ts. (configuration reference, section 8)
 */
import type { CodeName } from './codes.js';
import type { Details, Report } from './diagnostics.js';
import { plainWords, shellWords, type Word } from './lexer.js';
import type { Argument, Reading } from './schema/arguments.js';
import {
  type Block,
  type Bound,
  type BoundBlock,
  type Row,
  type Rows,
  tableOf,
  type Values,
} from './schema/row.js';
import { decodeBytes } from './source.js';
import type { Line, Span } from './span.js';
import { keywordSpan, type Statement } from './tree.js';

/** Binds the inside of a block; its header is bound by the caller. */
export function bindValues<R extends Rows>(
  children: readonly Statement[],
  block: Block<unknown, R>,
  report: Report,
): Values<R> {
  const values: Record<string, unknown> = {};
  const { words } = tableOf(block);
  for (const statement of children) {
    const found = words.get(statement.keyword);
    if (!found) continue;
    const { key, row, alias } = found;
    if (row.deprecated !== undefined || alias?.deprecated) {
      const successor = row.deprecated ?? `Write ${row.keyword} instead.`;
      report('deprecated', keywordSpan(statement), `${statement.keyword} is deprecated`, {
        remedy: successor,
      });
    }
    bindRow(values, key, row, statement, report);
  }
  // Each key was filled according to the kind of its row, which is what Values says.
  return values as Values<R>;
}

function bindRow(
  values: Record<string, unknown>,
  key: string,
  row: Row,
  statement: Statement,
  report: Report,
): void {
  switch (row.kind) {
    case 'line': {
      const before = values[key] as Bound<unknown> | undefined;
      if (before && row.repeat === 'first') {
        tellRepeated('repeatedFirstWins', row.keyword, before.statement, statement, report);
        return;
      }
      const value = readArguments(row.argument, statement.line, row.keyword, row.quoted, 1, report);
      if (value === undefined) return;
      if (before) tellRepeated('repeatedLastWins', row.keyword, before.statement, statement, report);
      values[key] = { value, statement };
      return;
    }
    case 'each': {
      const value = readArguments(row.argument, statement.line, row.keyword, row.quoted, 1, report);
      if (value !== undefined) append(values, key, { value, statement });
      return;
    }
    case 'list': {
      tellHeader(statement, row.keyword, report);
      const before = values[key] as { entries: Bound<unknown>[] } | undefined;
      const entries = (statement.children ?? []).flatMap((entry) => {
        const value = readArguments(row.entry, entry.line, row.keyword, false, 0, report);
        return value === undefined ? [] : [{ value, statement: entry }];
      });
      if (before) for (const entry of entries) before.entries.push(entry);
      else values[key] = { statement, entries };
      return;
    }
    case 'block': {
      const bound = bindBlock(statement, row.block(), report);
      if (!bound) return;
      const before = values[key] as BoundBlock<unknown, Rows> | undefined;
      // A block that is opened again goes on: later lines replace or join those before.
      values[key] = before ? { ...bound, values: { ...before.values, ...bound.values } } : bound;
      return;
    }
    case 'blocks': {
      const bound = bindBlock(statement, row.block(), report);
      if (bound) append(values, key, bound);
      return;
    }
  }
}

export function bindBlock<H, R extends Rows>(
  statement: Statement,
  block: Block<H, R>,
  report: Report,
): BoundBlock<H, R> | undefined {
  const header = readArguments(block.header, statement.line, statement.keyword, false, 1, report);
  if (header === undefined) return undefined;
  return { statement, header, values: bindValues(statement.children ?? [], block, report) };
}

function append(values: Record<string, unknown>, key: string, value: unknown): void {
  const known = values[key] as unknown[] | undefined;
  if (known) known.push(value);
  else values[key] = [value];
}

function tellRepeated(
  code: 'repeatedFirstWins' | 'repeatedLastWins',
  keyword: string,
  before: Statement,
  now: Statement,
  report: Report,
): void {
  const [here, other] = code === 'repeatedFirstWins' ? [now, before] : [before, now];
  report(code, keywordSpan(here), `${keyword} is said twice`, {
    related: [{ span: keywordSpan(other), text: 'this one counts' }],
  });
}

function tellHeader(statement: Statement, keyword: string, report: Report): void {
  const { words } = plainWords(statement.line.text);
  const extra = words[1];
  if (!extra) return;
  report(
    'extraWords',
    statement.line.span(extra.start, words.at(-1)?.end),
    `${keyword} takes nothing before its {`,
  );
}

/** Reads the words from number `from` on; undefined after a finding. */
function readArguments<T>(
  argument: Argument<T>,
  line: Line,
  keyword: string,
  quoted: boolean,
  from: number,
  report: Report,
): T | undefined {
  const { words, openQuote } = quoted ? shellWords(line.text, true) : plainWords(line.text);
  if (openQuote !== undefined) {
    report(
      'openQuote',
      line.span(openQuote, line.text.length),
      `the quote in this ${keyword} line is not closed`,
    );
  }
  const reading = new WordReading(keyword, line, words, from, report);
  const value = argument.read(reading);
  if (value !== undefined) reading.tellRest();
  return value;
}

class WordReading implements Reading {
  #next: number;

  constructor(
    readonly keyword: string,
    readonly line: Line,
    readonly words: readonly Word[],
    from: number,
    readonly out: Report,
  ) {
    this.#next = from;
  }

  peek(): Word | undefined {
    return this.words[this.#next];
  }
  take(): Word | undefined {
    return this.words[this.#next++];
  }
  span(word: Word): Span {
    return this.line.span(word.start, word.end);
  }
  rest(): Word {
    const first = this.words[this.#next];
    this.#next = this.words.length;
    const start = first?.start ?? this.line.text.length;
    return { text: this.line.text.slice(start), start, end: this.line.text.length };
  }
  report(code: CodeName, at: Word | undefined, message: string, details?: Details): undefined {
    this.out(code, at ? this.span(at) : this.line.span(), message, details);
    return undefined;
  }
  missing(what: string): undefined {
    const end = this.line.text.length;
    const message = `${this.keyword} needs a value: ${what}`;
    return void this.out('missingValue', this.line.span(0, end), message, {
      label: `${what} is missing here`,
    });
  }
  tellRest(): void {
    const extra = this.words[this.#next];
    if (!extra) return;
    const last = this.words.at(-1) ?? extra;
    const shown = decodeBytes(this.line.text.slice(extra.start, last.end));
    this.out('extraWords', this.line.span(extra.start, last.end), `${this.keyword} takes no "${shown}"`);
  }
}
