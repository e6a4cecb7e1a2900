/**
 * Pieces to a tree: keywords are looked up in the table of their block, braces make the nesting, and mistakes
 * are told once, at the place that caused them. Values are left to binding.
 * (configuration reference, sections 3 and 8; DESIGN section 10 for the unknown keyword's block)
 */
import { MAX_CONFIG_DEPTH, MAX_DIAGNOSTICS } from '../base/limits.js';
import type { Report } from './diagnostics.js';
import { KEPT_KEYWORD, type Recollection } from './known-blocks.js';
import { firstWord, plainWords } from './lexer.js';
import type { Piece, Preprocessor } from './preprocess.js';
import { type Place, REPEATED_KEYWORD, type RepeatedInsides } from './repeated-insides.js';
import {
  type Block,
  type ListRow,
  type ListsRow,
  type Row,
  type Rows,
  type Table,
  tableOf,
} from './schema/row.js';
import { decodeBytes } from './source.js';
import { Line, type Span } from './span.js';
import { nearest } from './suggest.js';
import { keywordSpan, type Statement } from './tree.js';

interface BlockFrame {
  readonly kind: 'block';
  readonly statement: Statement;
  readonly table: Table;
  /** Opened again after a } that came too early: read for its structure only. */
  readonly discarded: boolean;
  /** Where its inside begins, if that may be repeated. */
  readonly begins?: Place | undefined;
}
interface ListFrame {
  readonly kind: 'list';
  readonly statement: Statement;
  readonly row: ListRow<unknown> | ListsRow<unknown, unknown>;
}
/** Inside something that is passed over. */
interface SkipFrame {
  readonly kind: 'skip';
  readonly opened: Span;
}
type Frame = BlockFrame | ListFrame | SkipFrame;

/** Lines that change how the rest is read, told while it is read. */
/** As bytes: some editors put it before the first line, and a decoder swallows it, so nobody sees it. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf';

export type Directive = (block: string, statement: Statement) => void;

export function parse(
  input: Preprocessor,
  root: Block<unknown, Rows>,
  report: Report,
  directive: Directive = () => {},
  recollection?: Recollection,
  insides?: RepeatedInsides,
): Statement {
  return new Parser(input, root, report, directive, recollection, insides).run();
}

const opensBlock = (row: Row): boolean =>
  row.kind === 'block' || row.kind === 'blocks' || row.kind === 'list' || row.kind === 'lists';

/** What stands between the keyword and {, as in help; empty for nothing. */
const headerOf = (row: Row): string => {
  if (row.kind === 'block' || row.kind === 'blocks') return row.block().header.syntax;
  return row.kind === 'lists' ? row.header.syntax : '';
};

/** Most blocks hold a few lines, and an array that is pushed to makes room for seventeen. */
const FEW = 4;
function adopt(parent: Statement, child: Statement): void {
  const { children } = parent;
  if (!children || children.length === 0) parent.children = [child];
  else if (children.length < FEW) parent.children = children.concat(child);
  else children.push(child);
}

class Parser {
  readonly #top: Statement = {
    line: new Line('', 0, 0, undefined, undefined),
    row: undefined,
    keyword: '',
    children: [],
  };
  readonly #frames: Frame[] = [];
  /** A block keyword that waits for its {. */
  #awaiting: Statement | undefined;
  /** The statement before, if a { behind it is its own mistake. */
  #previous: Line | undefined;
  /** Whether that one has not been told as unknown already. */
  #previousKnown = false;
  /** The block of the outermost level closed last, with its }. */
  #closed: { readonly table: Table; readonly statement: Statement; readonly at: Line } | undefined;
  /** A known block that was taken since. */
  #recalled: Statement | undefined;
  /** A block that may be kept, if it ends as it began, and the lines read before its own. */
  #met: { readonly statement: Statement; readonly lines: number } | undefined;
  #tooDeep = false;
  #unknowns = 0;

  constructor(
    readonly input: Preprocessor,
    root: Block<unknown, Rows>,
    readonly report: Report,
    readonly directive: Directive,
    readonly recollection: Recollection | undefined,
    readonly insides: RepeatedInsides | undefined,
  ) {
    this.#frames.push({ kind: 'block', statement: this.#top, table: tableOf(root), discarded: false });
  }

  run(): Statement {
    for (;;) {
      if (this.#recall()) continue;
      const piece = this.input.next();
      if (!piece) break;
      this.#piece(piece);
    }
    if (this.#awaiting) this.#openAnyway(this.#awaiting);
    for (const frame of this.#frames.slice(1).reverse()) {
      const opened = frame.kind === 'skip' ? frame.opened : keywordSpan(frame.statement);
      if (frame.kind === 'block' && frame.discarded) continue;
      this.report('missingClose', opened, `the block that begins here is not closed before the end`);
    }
    return this.#top;
  }

  /** Takes a block as it is known, on the outermost level, where one stands next. */
  #recall(): boolean {
    const known = this.recollection?.known;
    if (!known || this.#frames.length > 1 || this.#awaiting) return false;
    const statement = this.input.takeKnown(known);
    const [frame] = this.#frames;
    if (!statement || frame?.kind !== 'block') return false;
    adopt(frame.statement, statement);
    this.#previous = undefined;
    this.#recalled = statement;
    return true;
  }

  /** Whether the line was written where it stands, and not pasted or repeated. */
  #meet(statement: Statement): void {
    const { line, keyword } = statement;
    const plain = line.segments === undefined && line.via === undefined;
    this.#met =
      this.recollection && this.#frames.length === 1 && keyword === KEPT_KEYWORD && plain
        ? { statement, lines: this.input.lines }
        : undefined;
  }

  #keep(statement: Statement, at: Line): void {
    const met = this.#met;
    if (this.#frames.length > 1) return;
    this.#met = undefined;
    if (met?.statement !== statement || at.segments || at.via || at.source !== statement.line.source) return;
    const lines = this.input.lines - met.lines + 1;
    this.recollection?.met.push({ statement, closes: at.offset, lines });
  }

  #piece(piece: Piece): void {
    const frame = this.#frames.at(-1);
    if (!frame) return;
    if (piece.kind === 'open') this.#open(piece, frame);
    else if (piece.kind === 'close') this.#close(piece);
    else if (frame.kind === 'skip') return;
    else if (this.#awaiting) {
      this.#openAnyway(this.#awaiting);
      this.#piece(piece);
    } else if (frame.kind === 'list') this.#entry(piece.line, frame);
    else this.#keyword(piece.line, frame);
  }

  #open(piece: Piece, frame: Frame): void {
    const waiting = this.#awaiting;
    if (waiting) {
      this.#awaiting = undefined;
      this.#enter(waiting);
      return;
    }
    if (frame.kind !== 'skip') {
      const before = this.#previous;
      const span = piece.line.span();
      // After an unknown keyword it has been said already.
      if (!before || this.#previousKnown) {
        this.report(
          'unexpectedOpen',
          span,
          before ? 'the keyword before this { takes no block' : 'no block begins here',
        );
      }
      this.#frames.push({ kind: 'skip', opened: before?.span(0, firstWord(before.text).end) ?? span });
    } else this.#frames.push({ kind: 'skip', opened: piece.line.span() });
    this.#previous = undefined;
    this.#limitDepth(piece.line.span());
  }

  #limitDepth(at: Span): void {
    if (this.#frames.length <= MAX_CONFIG_DEPTH) return;
    // Deeper braces are all inside something unknown: they are counted no further than they can matter.
    this.#frames.pop();
    if (!this.#tooDeep)
      this.report('tooMuch', at, `braces are nested deeper than ${MAX_CONFIG_DEPTH} levels`);
    this.#tooDeep = true;
  }

  #close(piece: Piece): void {
    if (this.#awaiting) this.#openAnyway(this.#awaiting);
    this.#previous = undefined;
    if (this.#frames.length === 1) {
      this.report('extraClose', piece.line.span(), 'there is no open block that this } could close');
      return;
    }
    const frame = this.#frames.pop();
    if (frame?.kind === 'block') {
      this.#recalled = undefined;
      this.#closed = { table: frame.table, statement: frame.statement, at: piece.line };
      this.#keep(frame.statement, piece.line);
      if (frame.begins) this.#learn(frame.statement, frame.begins, piece.line);
    }
  }

  #enter(statement: Statement): void {
    const { row } = statement;
    statement.children = [];
    this.#previous = undefined;
    if (row?.kind === 'list' || row?.kind === 'lists') this.#frames.push({ kind: 'list', statement, row });
    else if (row?.kind === 'block' || row?.kind === 'blocks') {
      const above = this.#frames.at(-1);
      const discarded = above?.kind === 'block' && above.discarded;
      const table = tableOf(row.block());
      const repeats = this.insides && statement.keyword === REPEATED_KEYWORD && !discarded;
      if (repeats && this.#repeat(statement, table)) return;
      const begins = repeats ? this.input.place() : undefined;
      this.#frames.push({ kind: 'block', statement, table, discarded, begins });
    }
  }

  /** Takes what another block has inside, where the same text stands next. */
  #repeat(statement: Statement, table: Table): boolean {
    const source = this.input.place();
    const inside = this.insides && this.input.takeRepeated(this.insides);
    if (!source || !inside) return false;
    statement.children = inside.children;
    statement.inside = inside;
    const at = new Line('}', source.source, source.at + inside.closes, undefined, undefined);
    this.#closed = { table, statement, at };
    return true;
  }

  #learn(statement: Statement, from: Place, at: Line): void {
    const to = this.input.place();
    if (!to || to.source !== from.source || at.source !== from.source || at.segments || at.via) return;
    const text = this.input.sources.get(from.source)?.slice(from.at, to.at) ?? '';
    this.insides?.add(text, from, to, at.offset, statement);
  }

  #openAnyway(statement: Statement): void {
    this.#awaiting = undefined;
    this.report('missingOpen', statement.line.span(), `${statement.keyword} is not followed by {`);
    this.#enter(statement);
  }

  #keyword(line: Line, frame: BlockFrame): void {
    const word = firstWord(line.text);
    const found = frame.table.words.get(word.text);
    if (found) {
      const statement: Statement = {
        line,
        row: found.row,
        keyword: found.alias?.keyword ?? found.row.keyword,
        children: undefined,
        inside: undefined,
      };
      if (!frame.discarded) adopt(frame.statement, statement);
      this.directive(frame.table.block.name, statement);
      if (this.#frames.length === 1) this.#meet(statement);
      if (opensBlock(found.row)) this.#awaiting = statement;
      else this.#remember(line, true);
      return;
    }
    if (this.#closeForOuter(line, word.text) || this.#reopen(line, word.text)) return;
    this.#remember(line, false);
    if (!frame.discarded) this.#unknown(word.text, line, frame);
  }

  #remember(line: Line, known: boolean): void {
    this.#previous = line;
    this.#previousKnown = known;
  }

  /** The keyword begins a block of an outer level: the blocks in between were not closed. */
  #closeForOuter(line: Line, word: string): boolean {
    const next = this.input.peek();
    if (next?.kind !== 'open') return false;
    for (let level = this.#frames.length - 2; level >= 0; level--) {
      const outer = this.#frames[level];
      if (outer?.kind !== 'block') continue;
      const found = outer.table.words.get(word);
      if (!found || !opensBlock(found.row)) continue;
      const named = headerOf(found.row) !== '';
      const words = plainWords(line.text).words.length;
      if (named ? words < 2 : words > 1) continue;
      const here = line.span(0, word.length);
      for (let unclosed = this.#frames.length - 1; unclosed > level; unclosed--) {
        const inner = this.#frames.pop();
        if (!inner || inner.kind === 'skip' || (inner.kind === 'block' && inner.discarded)) continue;
        const { keyword } = inner.statement;
        this.report('missingClose', keywordSpan(inner.statement), `this ${keyword} block is not closed`, {
          label: 'begins here',
          related: [{ span: here, text: `${decodeBytes(word)} begins a block of an outer level` }],
        });
      }
      this.#keyword(line, outer);
      return true;
    }
    return false;
  }

  /** On the outermost level stands a keyword of the block closed just before: that } came too early. */
  #reopen(line: Line, word: string): boolean {
    const closed = closingOf(this.#recalled) ?? this.#closed;
    if (this.#frames.length !== 1 || !closed?.table.words.has(word)) return false;
    this.#recalled = undefined;
    this.#closed = undefined;
    const { table, statement, at } = closed;
    this.report('closedTooEarly', at.span(), `this } closes ${statement.keyword}, but its lines go on`, {
      related: [{ span: line.span(0, word.length), text: `${word} belongs inside ${table.block.name}` }],
    });
    this.#frames.push({ kind: 'block', statement, table, discarded: true });
    const frame = this.#frames.at(-1);
    if (frame?.kind === 'block') this.#keyword(line, frame);
    return true;
  }

  #unknown(word: string, line: Line, frame: BlockFrame): void {
    const { block, words } = frame.table;
    const span = line.span(0, Math.max(1, firstWord(line.text).end));
    const shown = decodeBytes(word);
    // No more findings are kept, so nobody would read what is near it.
    if (++this.#unknowns > MAX_DIAGNOSTICS) {
      this.report('unknownKeyword', span, 'unknown keyword');
      return;
    }
    const where = block.name === '' ? 'at the outermost level' : `in ${block.name}`;
    const near = nearest(shown, words.keys());
    const plain = near ?? nearest(withLatinLetters(shown), words.keys());
    let remedy: string;
    if (word.startsWith(BYTE_ORDER_MARK)) {
      remedy = 'Save the file without a byte-order mark: three invisible bytes stand before this word.';
    } else if (shown.includes('\u00a0')) {
      remedy = 'Write a plain blank: a no-break space, which looks like one, makes this a single word.';
    } else if (word.startsWith('//')) {
      remedy = 'Begin a comment with # or with !.';
    } else if (plain !== undefined && withLatinLetters(shown) === plain && shown !== plain) {
      remedy = `Write ${plain} with Latin letters; some of these only look like them.`;
    } else if (plain !== undefined) remedy = `Did you mean ${plain}?`;
    else {
      const elsewhere = this.#elsewhere(word);
      remedy =
        elsewhere === undefined
          ? 'No keyword of this block resembles it; remove the line.'
          : `It belongs in ${elsewhere}.`;
    }
    const row = plain === undefined ? undefined : words.get(plain)?.row;
    if (plain === undefined || !row) {
      this.report('unknownKeyword', span, `unknown keyword "${shown}" ${where}`, {
        label: 'not known here',
        remedy,
      });
      return;
    }
    frame.statement.misspelt ??= [];
    frame.statement.misspelt.push({ line, span, word: shown, meant: plain, row });
    this.report('unknownKeyword', span, `unknown keyword "${shown}" ${where}`, {
      label: `similar: ${plain}`,
      remedy,
      misspelling: { block: decodeBytes(frame.statement.line.text), word: shown, keyword: plain },
    });
  }

  /** An enclosing block that knows the word. */
  #elsewhere(word: string): string | undefined {
    for (const frame of this.#frames) {
      if (frame.kind !== 'block') continue;
      if (frame.table.words.has(word)) return frame.table.block.name || 'the outermost level';
      for (const { row } of frame.table.words.values()) {
        if ((row.kind === 'block' || row.kind === 'blocks') && tableOf(row.block()).words.has(word)) {
          return row.keyword;
        }
      }
    }
    return undefined;
  }

  #entry(line: Line, frame: ListFrame): void {
    const word = firstWord(line.text).text;
    const outer = this.#frames.at(-2);
    if (this.#closeForOuter(line, word)) return;
    const found =
      outer?.kind === 'block' &&
      frame.row.kind === 'list' &&
      !frame.row.free &&
      !frame.row.entry.begins?.has(word)
        ? outer.table.words.get(word)
        : undefined;
    if (outer?.kind === 'block' && found && !opensBlock(found.row)) {
      this.#frames.pop();
      this.report(
        'missingClose',
        keywordSpan(frame.statement),
        `this ${frame.row.keyword} list is not closed`,
        {
          label: 'begins here',
          related: [{ span: line.span(0, word.length), text: `${word} is a keyword of the enclosing block` }],
        },
      );
      this.#keyword(line, outer);
      return;
    }
    adopt(frame.statement, { line, row: undefined, keyword: word, children: undefined });
    this.#remember(line, true);
  }
}

/** Of a known block. */
function closingOf(recalled: Statement | undefined) {
  const { known, line } = recalled ?? {};
  if (!recalled || !known || !line || known.row.kind !== 'blocks') return undefined;
  const at = new Line('}', line.source, line.offset - known.opens + known.closes, undefined, undefined);
  return { table: tableOf(known.row.block()), statement: recalled, at };
}

// Cyrillic and Greek letters that look like Latin ones.
const LOOKALIKES: Readonly<Record<string, string>> = {
  а: 'a',
  с: 'c',
  е: 'e',
  о: 'o',
  р: 'p',
  х: 'x',
  у: 'y',
  і: 'i',
  ѕ: 's',
  ј: 'j',
  ο: 'o',
  α: 'a',
  ν: 'v',
};
const withLatinLetters = (word: string): string => Array.from(word, (c) => LOOKALIKES[c] ?? c).join('');
