/**
 * Statements to values, by the tables alone: words are counted, arguments read, repetitions settled. What the
 * values mean together is left to settings/ and cross-check.ts. (configuration reference, section 8)
 */
import { MAX_REPEATED_LINES } from '../base/limits.js';
import { MASK } from '../base/secret.js';
import type { CodeName } from './codes.js';
import type { Details, Report } from './diagnostics.js';
import { knownBound } from './known-blocks.js';
import { decomment, plainWords, shellWords, type Word } from './lexer.js';
import type { Inside } from './repeated-insides.js';
import { type Argument, present, type Reading } from './schema/arguments.js';
import {
  type Block,
  type Bound,
  type BoundBlock,
  isCarriedOut,
  type Row,
  type RowFacts,
  type Rows,
  tableOf,
  type Values,
} from './schema/row.js';
import { decodeBytes } from './source.js';
import type { Line, Span } from './span.js';
import { keywordSpan, type Statement } from './tree.js';

type Filling = Record<string, unknown>;

/** Binds the outermost block, and with it everything inside. */
export function bindRoot<R extends Rows>(
  tree: Statement,
  block: Block<unknown, R>,
  report: Report,
): Values<R> {
  const values: Filling = {};
  new Binder(report).fill(values, tree.children ?? [], block, false);
  // Each key was filled according to the kind of its row, which is what Values says.
  return values as Values<R>;
}

class Binder {
  /** Keywords of which it was said that they have no effect yet: once each is enough. */
  readonly #told = new Set<string>();

  /** Values that are no objects, of lines that gave no finding: most lines of a large text stand there many times. */
  readonly #known = new Map<Row, Map<string, unknown>>();
  /** Values of what several blocks have inside. */
  readonly #insides = new Map<Inside, Values<Rows>>();
  #room = MAX_REPEATED_LINES;
  #findings = 0;
  readonly report: Report;

  constructor(report: Report) {
    this.report = (...finding) => {
      this.#findings++;
      report(...finding);
    };
  }

  fill(values: Filling, children: readonly Statement[], block: Block<unknown, Rows>, quiet: boolean): void {
    const { words } = tableOf(block);
    for (const statement of children) {
      const found = words.get(statement.keyword);
      if (!found) continue;
      const { key, row, alias } = found;
      if (row.deprecated !== undefined || alias?.deprecated) {
        const remedy = row.deprecated ?? `Write ${row.keyword} instead.`;
        this.report('deprecated', keywordSpan(statement), `${statement.keyword} is deprecated`, { remedy });
      }
      const checked = !isCarriedOut(row);
      if (checked && !quiet) this.#tellNoEffect(block.name, row, statement);
      this.#row(values, key, row, statement, quiet || checked);
    }
  }

  #tellNoEffect(block: string, { keyword, effect }: Row, statement: Statement): void {
    const key = `${block} ${keyword}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    if (effect === 'none') this.report('noEffectEver', keywordSpan(statement), `${keyword} has no effect`);
    else {
      const message = `${keyword} is read and checked, but has no effect yet`;
      this.report('noEffectYet', keywordSpan(statement), message);
    }
  }

  #row(values: Filling, key: string, row: Row, statement: Statement, quiet: boolean): void {
    switch (row.kind) {
      case 'line': {
        const before = values[key] as Bound<unknown> | undefined;
        if (before && row.repeat === 'first') {
          this.#tellRepeated('repeatedFirstWins', before.statement, statement);
          return;
        }
        const value = this.#line(row, statement);
        if (value === undefined) return;
        if (before) {
          const code = row.repeat === 'warned' ? 'repeatedOverwrites' : 'repeatedLastWins';
          this.#tellRepeated(code, before.statement, statement);
        }
        values[key] = { value, statement };
        return;
      }
      case 'each': {
        const value = this.#line(row, statement);
        if (value !== undefined) append(values, key, { value, statement });
        return;
      }
      case 'list': {
        this.#tellHeader(statement);
        const before = values[key] as { entries: Bound<unknown>[] } | undefined;
        const entries = before?.entries ?? [];
        this.#entries(entries, statement, row);
        if (!before) values[key] = { statement, entries };
        return;
      }
      case 'lists': {
        const header = this.#read(row.header, statement, row, false, 1);
        if (header === undefined) return;
        const entries: Bound<unknown>[] = [];
        this.#entries(entries, statement, row);
        append(values, key, { statement, header, entries });
        return;
      }
      case 'block': {
        // A block that is opened again goes on: later lines replace or join those before.
        const before = values[key] as BoundBlock<unknown, Rows> | undefined;
        if (before) this.fill(before.values as Filling, statement.children ?? [], row.block(), quiet);
        else {
          const bound = this.#block(statement, row, quiet);
          if (bound) values[key] = bound;
        }
        return;
      }
      case 'blocks': {
        const bound = this.#block(statement, row, quiet);
        if (bound) append(values, key, bound);
        return;
      }
    }
  }

  #entries(
    entries: Bound<unknown>[],
    list: Statement,
    row: RowFacts & { readonly entry: Argument<unknown> },
  ): void {
    for (const statement of list.children ?? []) {
      const value = this.#read(row.entry, { line: statement.line, keyword: list.keyword }, row, false, 0);
      if (value !== undefined) entries.push({ value, statement });
    }
  }

  #block(
    statement: Statement,
    row: Row & { readonly kind: 'block' | 'blocks' },
    quiet: boolean,
  ): BoundBlock<unknown, Rows> | undefined {
    const { known } = statement;
    if (known) return knownBound(known, statement);
    const block = row.block();
    // Most blocks have no header: then there is nothing to split into words.
    const bare = block.header === present && isKeywordAlone(statement);
    const header = bare || this.#read(block.header, statement, row, false, 1);
    if (header === undefined) return undefined;
    const { inside } = statement;
    const same = inside && this.#insides.get(inside);
    if (same) return { statement, header, values: same };
    const values: Filling = {};
    this.fill(values, statement.children ?? [], block, quiet);
    if (inside) this.#insides.set(inside, values as Values<Rows>);
    return { statement, header, values: values as Values<Rows> };
  }

  #tellRepeated(
    code: 'repeatedFirstWins' | 'repeatedLastWins' | 'repeatedOverwrites',
    before: Statement,
    now: Statement,
  ): void {
    const [here, other] = code === 'repeatedFirstWins' ? [now, before] : [before, now];
    this.report(code, keywordSpan(here), `${now.keyword} is said twice`, {
      related: [{ span: keywordSpan(other), text: 'this one counts' }],
    });
  }

  #tellHeader(statement: Statement): void {
    if (isKeywordAlone(statement)) return;
    const { words } = plainWords(statement.line.text);
    const extra = words[1];
    if (!extra) return;
    const span = statement.line.span(extra.start, words.at(-1)?.end);
    this.report('extraWords', span, `${statement.keyword} takes nothing before its {`);
  }

  /** What stands behind the keyword; undefined after a finding. */
  #line(row: Row & { readonly kind: 'line' | 'each' }, statement: Statement): unknown {
    const { text } = statement.line;
    const known = this.#known.get(row);
    const before = known?.get(text);
    if (before !== undefined) return before;
    const findings = this.#findings;
    const value = this.#read(row.argument, statement, row, row.quoted, 1);
    const isPlain = typeof value !== 'object' && this.#findings === findings && !row.secret;
    if (!isPlain || this.#room === 0) return value;
    this.#room--;
    if (known) known.set(text, value);
    else this.#known.set(row, new Map([[text, value]]));
    return value;
  }

  /** Reads the words from number `from` on; undefined after a finding. */
  #read<T>(
    argument: Argument<T>,
    { line, keyword }: Pick<Statement, 'line' | 'keyword'>,
    row: RowFacts,
    quoted: boolean,
    from: number,
  ): T | undefined {
    const { words, openQuote } = quoted ? shellWords(line.text, true) : plainWords(line.text);
    // Of most open quotes the preprocessor has told; it does not see single and escaped ones.
    if (openQuote !== undefined && decomment(line).openQuote === undefined) {
      const span = line.span(openQuote, line.text.length);
      this.report('openQuote', span, `a quote in this ${keyword} line is not closed`);
    }
    const reading = new WordReading(
      keyword,
      line,
      words,
      from,
      openQuote === undefined ? (row.missing ?? 'fatal') : 'told',
      row.secret ? withoutWords(words, this.report) : this.report,
    );
    const value = argument.read(reading);
    if (value !== undefined) reading.tellRest();
    return value;
  }
}

/** Messages quote what they are about; of a secret line no word but its keyword may be quoted. */
function withoutWords(words: readonly Word[], report: Report): Report {
  const secrets = words
    .slice(1)
    .map(({ text }) => decodeBytes(text))
    .filter((text) => text !== '')
    .sort((a, b) => b.length - a.length);
  const hide = (message: string): string =>
    secrets.reduce(
      (text, word) => text.replaceAll(`"${word}`, `"${MASK}`).replaceAll(` ${word}"`, ` ${MASK}"`),
      message,
    );
  return (code, span, message, details) => report(code, span, hide(message), details);
}

const isKeywordAlone = ({ line, keyword }: Statement): boolean => line.text.length === keyword.length;

function append(values: Filling, key: string, value: unknown): void {
  const known = values[key] as unknown[] | undefined;
  if (known) known.push(value);
  else values[key] = [value];
}

class WordReading implements Reading {
  #next: number;

  constructor(
    readonly keyword: string,
    readonly line: Line,
    readonly words: readonly Word[],
    from: number,
    readonly whenMissing: 'fatal' | 'error' | 'told',
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
    if (this.whenMissing === 'told') return undefined;
    const code = this.whenMissing === 'fatal' ? 'missingValue' : 'valueMissing';
    this.out(code, this.line.span(), `${this.keyword} needs a value: ${what}`, {
      label: `${what} is missing`,
    });
    return undefined;
  }
  tellRest(): void {
    const extra = this.words[this.#next];
    if (!extra) return;
    const last = this.words.at(-1) ?? extra;
    const shown = decodeBytes(this.line.text.slice(extra.start, last.end));
    this.out('extraWords', this.line.span(extra.start, last.end), `${this.keyword} takes no "${shown}"`);
  }
}
