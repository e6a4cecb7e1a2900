/**
 * What is kept of a reading so that the next one need not read the same text again: virtual servers, the blocks of which a
 * file has thousands. A block is kept where its meaning hangs on nothing but its own text and global_defs: whole lines,
 * no definition, condition, repetition or include inside, no group, file or session of other blocks, no command (what
 * becomes of that is the machine's), and nothing to remark on anywhere. All else is read again each time, and told again.
 * Which blocks of a text are known is asked by preprocess.ts and parser.ts; load.ts decides whether it may be asked at all.
 * (docs/internals/configuration.md, "Reading again")
 */
import type { Halves } from './hash.js';
import type { ServiceSelector, VirtualServerSettings } from './model-lvs.js';
import { type BoundBlock, isCarriedOut, type Row, type Rows } from './schema/row.js';
import type { SourceText } from './source.js';
import { Line, type Span } from './span.js';
import type { Statement } from './tree.js';

export const KEPT_KEYWORD = 'virtual_server';

/** A block with what was made of it. */
export interface KnownBlock {
  /** From the beginning of the line with its keyword to the end of the line with its }. */
  text: string;
  /** Where in it the keyword stands, and the }. */
  readonly opens: number;
  readonly closes: number;
  /** Logical lines of it, as MAX_CONFIG_LINES counts them. */
  readonly lines: number;
  /** The keyword's line, as it is read. */
  readonly head: string;
  readonly row: Row;
  /** Its first line, a text of its own. */
  readonly line: string;
  /** Of its statements. */
  readonly hash: Halves;
  readonly settings: VirtualServerSettings;
  /** What stood for it where it was met last: most blocks stay where they are. */
  met?: BoundBlock<ServiceSelector, Rows>;
}

/** A block where the reading met it. */
export interface MetBlock {
  readonly statement: Statement;
  /** Where its } stands in the source. */
  readonly closes: number;
  readonly lines: number;
}

/** What would have to be carried out, or is not only text: references, conditions, repetitions, includes, zero bytes. */
export const CARRIED_OUT = /\$[A-Za-z_{]|\0|^[ \t]*(?:[@~]|include)/m;
const BLANK = /^[ \t\r]*$/;

export class KnownBlocks {
  /** By the line of their keyword, for that is met first: nearly always there is one. */
  readonly #byLine = new Map<string, KnownBlock | KnownBlock[]>();
  size = 0;
  /** Bytes of text. */
  bytes = 0;

  /** `globals`: of all global_defs, which are defaults of what is inside. */
  constructor(readonly globals: string) {}

  add(block: KnownBlock): void {
    const { line } = block;
    const known = this.#byLine.get(line);
    if (!known) this.#byLine.set(line, block);
    else if (Array.isArray(known)) known.push(block);
    else this.#byLine.set(line, [known, block]);
    this.size++;
    this.bytes += block.text.length;
  }

  /** The block whose text stands at this beginning of a line. */
  at(bytes: string, start: number): KnownBlock | undefined {
    const end = bytes.indexOf('\n', start);
    if (end < 0) return undefined;
    const known = this.#byLine.get(bytes.slice(start, end));
    if (!known) return undefined;
    if (Array.isArray(known)) return known.find(({ text }) => stands(text, bytes, start));
    return stands(known.text, bytes, start) ? known : undefined;
  }
}

/** Cut out and compared as a whole, which is many times faster than startsWith. */
const stands = (text: string, bytes: string, start: number): boolean =>
  bytes.slice(start, start + text.length) === text;

/** How a reading goes about the blocks: which it may take as known, and which it met. */
export class Recollection {
  /** Read anew, in the order of the text. */
  readonly met: MetBlock[] = [];

  constructor(readonly known: KnownBlocks | undefined) {}
}

/** A known block as a statement where it stands now: its inside is not there. */
export function knownStatement(known: KnownBlock, source: number, start: number): Statement {
  const offset = start + known.opens;
  const before = known.met?.statement;
  if (before?.line.source === source && before.line.offset === offset) return before;
  const line = new Line(known.head, source, offset, undefined, undefined);
  return { line, row: known.row, keyword: KEPT_KEYWORD, children: [], known };
}

/** The same as it is bound. */
export function knownBound(known: KnownBlock, statement: Statement): BoundBlock<ServiceSelector, Rows> {
  if (known.met?.statement !== statement)
    known.met = { statement, header: known.settings.selector, values: {} };
  return known.met;
}

/** What a reading came to. */
export interface Outcome {
  source(id: number): SourceText | undefined;
  readonly services: ReadonlyMap<Statement, VirtualServerSettings>;
  /** Of a statement with all inside. */
  hash(statement: Statement): Halves;
  /** Every place that was remarked on, even if nobody is told; undefined where there are too many. */
  readonly touched: readonly Span[] | undefined;
}

/** What the next reading may take as known. */
export function keepBlocks(
  globals: string,
  tree: Statement,
  { met, known: before }: Recollection,
  outcome: Outcome,
): KnownBlocks {
  const blocks = new KnownBlocks(globals);
  if (!outcome.touched) return blocks;
  const remarks = new Remarks(outcome.touched);
  const places = new Map(met.map((one) => [one.statement, one]));
  for (const statement of tree.children ?? []) {
    if (statement.keyword !== KEPT_KEYWORD) continue;
    const { known, line } = statement;
    const source = outcome.source(line.source);
    if (!source) continue;
    if (known) {
      // What is remarked on it comes from blocks around it, and is found again each time.
      const start = line.offset - known.opens;
      // A part of this text, so that the one before can be forgotten.
      known.text = source.slice(start, start + known.text.length);
      blocks.add(known);
      continue;
    }
    const place = places.get(statement);
    const settings = outcome.services.get(statement);
    if (!place || !settings || !standsAlone(settings) || saysOnce(statement)) continue;
    const block = blockOf(place, source, settings, outcome.hash(statement));
    if (!block) continue;
    const start = line.offset - block.opens;
    if (remarks.within(line.source, start, start + block.text.length)) continue;
    blocks.add(before ? withoutItsText(block) : block);
  }
  return blocks;
}

/** Undefined where its text is more or less than whole lines of plain text. */
function blockOf(
  { statement, closes, lines }: MetBlock,
  source: SourceText,
  settings: VirtualServerSettings,
  hash: Halves,
): KnownBlock | undefined {
  const { line, row } = statement;
  const { start } = source.lineAround(line.offset);
  const end = source.lineAround(closes).end + 1;
  if (!row || end > source.length || closes < line.offset) return undefined;
  const text = source.slice(start, end);
  if (!BLANK.test(text.slice(0, line.offset - start)) || !BLANK.test(text.slice(closes + 1 - start, -1)))
    return undefined;
  if (CARRIED_OUT.test(text)) return undefined;
  return {
    text,
    opens: line.offset - start,
    closes: closes - start,
    lines,
    line: ownCopy(text.slice(0, text.indexOf('\n'))),
    head: line.text,
    row,
    hash,
    settings,
  };
}

/**
 * Words are parts of the text that they were cut out of, and keep all of it in memory. Of a first reading that is one text
 * for all blocks; of the readings behind it every block would keep another one.
 */
const withoutItsText = ({ text, head, settings, ...rest }: KnownBlock): KnownBlock => ({
  ...rest,
  ...ownCopy({ head, settings }),
  text,
});
const ownCopy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Whether nothing of other blocks, and nothing of the machine's files, has a part in it. */
function standsAlone({ selector, quorumUp, quorumDown, realServers }: VirtualServerSettings): boolean {
  if (selector.kind === 'group' || quorumUp || quorumDown) return false;
  return realServers.every(
    ({ notifyUp, notifyDown, checkers }) =>
      !notifyUp && !notifyDown && checkers.every(({ kind }) => !LEANING.has(kind)),
  );
}
/** Of a keyword without effect the first block that has it is told, so whether one is depends on the others. */
const saysOnce = ({ row, children }: Statement): boolean =>
  (row !== undefined && !isCarriedOut(row)) || (children?.some(saysOnce) ?? false);

const LEANING: ReadonlySet<string> = new Set(['FILE_CHECK', 'BFD_CHECK', 'MISC_CHECK']);

/** Places that were remarked on, to be asked for by range. */
export class Remarks {
  readonly #bySource = new Map<number, number[]>();

  constructor(spans: readonly Span[]) {
    for (const span of spans)
      for (let at: Span | undefined = span; at; at = at.via?.at) {
        const starts = this.#bySource.get(at.source);
        if (starts) starts.push(at.start);
        else this.#bySource.set(at.source, [at.start]);
      }
    for (const starts of this.#bySource.values()) starts.sort((a, b) => a - b);
  }

  within(source: number, start: number, end: number): boolean {
    const starts = this.#bySource.get(source) ?? [];
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return (starts[low] ?? Number.POSITIVE_INFINITY) < end;
  }
}
