/**
 * Files to logical lines: comments, conditions, definitions, repetitions and includes are carried out here, in
 * Keepalived's order, and braces come out as pieces of their own. Keywords are the parser's.
 * (configuration reference, sections 1 to 7)
 *
 * What is still to be read stands on one stack: files, the rest of definitions, repetitions. So an include
 * inside a repetition is read before the next round, and every round sees the values of the rounds around it.
 */
import { MAX_CONFIG_DEPTH, MAX_CONFIG_LINE, MAX_CONFIG_LINES } from '../base/limits.js';
import { type BuiltIns, Definitions } from './definitions.js';
import type { Report } from './diagnostics.js';
import { type IncludeChecks, Includer, type Opened, readInclude } from './include.js';
import { KEPT_KEYWORD, type KnownBlocks, knownStatement } from './known-blocks.js';
import { decomment, firstBrace, trim, trimmed } from './lexer.js';
import type { Inside, Place, RepeatedInsides } from './repeated-insides.js';
import { isRepetition, type Repetition, readRepetition } from './sequence.js';
import type { ConfigReader, Run, Sources, SourceText } from './source.js';
import { Line } from './span.js';
import type { Statement } from './tree.js';

/** A piece of text for the parser. */
export interface Piece {
  readonly kind: 'text' | 'open' | 'close';
  readonly line: Line;
}

interface FileFrame {
  readonly kind: 'file';
  readonly source: SourceText;
  /** The next byte that is read. */
  at: number;
  /** The run that holds it, by its number; all that was read of it is before it. */
  run: number;
  /** include_check as it was when the file was opened. */
  readonly checks: IncludeChecks;
  nulSeen: boolean;
  /** No special character stands between the line that is read and here, within the run. */
  special: number;
  /** Where the next brace of the run stands. */
  brace: number;
}
interface LinesFrame {
  readonly kind: 'lines';
  readonly lines: readonly Line[];
  at: number;
}
interface RepeatFrame {
  readonly kind: 'repeat';
  readonly repetition: Repetition;
  round: number;
}
type Frame = FileFrame | LinesFrame | RepeatFrame;

const DEFINITION = /^\$([A-Za-z_][A-Za-z0-9_]*)=/;
const CONDITION = /^@(\^?)([^ \t]*)[ \t]*/;
// What characters of a line ask for. Every byte of a file passes here: none is looked at by itself.
/** More than blanks have to be removed, or something carried out. */
const SPECIAL = 1;
const BRACE = 2;
const SPECIALS = /[#!"\\$@~\0]/g;
const BRACES = /[{}]/g;
/** Special characters are rare: so far they are looked for at a time, for most of a text may be passed over. */
const LOOK_AHEAD = 4096;
const NO_BLANK = /[^ \t]/g;

/** Index of the first match from `at` on, or the length of the text. */
function firstOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - 1 : text.length;
}

/** The run in which the next line stands; undefined at the end. */
function runOf(frame: FileFrame): Run | undefined {
  const { runs } = frame.source;
  for (let run = runs[frame.run]; run; run = runs[++frame.run]) {
    if (frame.at < run.at + run.text.length) return run;
    frame.special = -1;
    frame.brace = -1;
  }
  return undefined;
}

export interface PreprocessOptions extends BuiltIns {
  readonly path: string;
  /** include_check at the start: all of them with --all-config. */
  readonly checks: IncludeChecks;
}

export class Preprocessor {
  readonly definitions: Definitions;
  readonly #includer: Includer;
  readonly #stack: Frame[] = [];
  readonly #configId: string;
  /** Files read so far with their permission bits. */
  readonly opened: Opened[] = [];
  #checks: IncludeChecks;
  #collecting: { readonly name: string; readonly lines: Line[]; readonly start: Line } | undefined;
  #pending: Line | undefined;
  #peeked: Piece | undefined;
  #lines = 0;
  /** What the line read last asks for. */
  #work = 0;
  #stopped = false;

  constructor(
    options: PreprocessOptions,
    reader: ConfigReader,
    readonly sources: Sources,
    readonly report: Report,
  ) {
    this.definitions = new Definitions(options, report);
    this.#includer = new Includer(reader, sources, report);
    this.#configId = options.configId;
    this.#checks = options.checks;
    this.#push(this.#includer.openMain(options.path));
  }

  /** The include_check line of global_defs changes what holds for what follows. */
  get checks(): IncludeChecks {
    return this.#checks;
  }
  set checks(checks: IncludeChecks) {
    this.#checks = checks;
  }

  peek(): Piece | undefined {
    this.#peeked ??= this.#next();
    return this.#peeked;
  }

  next(): Piece | undefined {
    const piece = this.#peeked ?? this.#next();
    this.#peeked = undefined;
    return piece;
  }

  /** Logical lines read so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Passes over the block that stands next, if it is known and nothing waits before it. */
  takeKnown(known: KnownBlocks): Statement | undefined {
    const frame = this.#stack.at(-1);
    if (this.#peeked || this.#pending || this.#collecting || frame?.kind !== 'file') return undefined;
    const run = runOf(frame);
    if (!run) return undefined;
    const { text } = run;
    // Lines of nothing but blanks, here where no definition goes on, mean nothing.
    let start = frame.at - run.at;
    let at = start;
    for (; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c === 10) start = at + 1;
      else if (c !== 32 && c !== 9 && c !== 13) break;
    }
    if (!text.startsWith(KEPT_KEYWORD, at)) return undefined;
    const block = known.at(text, start);
    if (!block || this.#lines + block.lines > MAX_CONFIG_LINES) return undefined;
    this.#lines += block.lines;
    frame.at = run.at + start + block.text.length;
    return knownStatement(block, frame.source.id, run.at + start);
  }

  /** Where the next line begins, if that is in a file and nothing waits before it. */
  place(): Place | undefined {
    const frame = this.#stack.at(-1);
    if (this.#peeked || this.#pending || this.#collecting || frame?.kind !== 'file') return undefined;
    return { source: frame.source.id, at: frame.at, lines: this.#lines };
  }

  /** Passes over the inside of a block that stands next, if it is another's. */
  takeRepeated(insides: RepeatedInsides): Inside | undefined {
    const frame = this.#stack.at(-1);
    if (this.#peeked || this.#pending || this.#collecting || frame?.kind !== 'file') return undefined;
    const run = runOf(frame);
    const inside = run && insides.at(run.text, frame.at - run.at);
    if (!inside || this.#lines + inside.lines > MAX_CONFIG_LINES) return undefined;
    this.#lines += inside.lines;
    frame.at += inside.text.length;
    return inside;
  }

  #next(): Piece | undefined {
    const pending = this.#pending;
    const line = pending ?? this.#logicalLine();
    this.#pending = undefined;
    if (!line) return undefined;
    const brace = pending || this.#work !== 0 ? firstBrace(line.text) : -1;
    if (brace < 0) return { kind: 'text', line };
    const { text } = line;
    if (brace > 0) {
      const before = trimmed(line, 0, brace);
      if (before.text !== '') {
        this.#pending = line.slice(brace, text.length);
        return { kind: 'text', line: before };
      }
    }
    const kind = text[brace] === '{' ? 'open' : 'close';
    if (text.length === 1) return { kind, line };
    const rest = trimmed(line, brace + 1, text.length);
    if (rest.text !== '') this.#pending = rest;
    return { kind, line: line.slice(brace, brace + 1) };
  }

  /** The next line with everything carried out; undefined at the end. */
  #logicalLine(): Line | undefined {
    while (!this.#stopped) {
      const raw = this.#rawLine();
      if (!raw) return undefined;
      if (++this.#lines > MAX_CONFIG_LINES) {
        this.report('tooMuch', raw.span(), `more than ${MAX_CONFIG_LINES} lines, repetitions counted`);
        this.#stopped = true;
        return undefined;
      }
      const line = this.#collecting ? this.#collect(raw) : this.#carryOut(raw);
      if (line) return line;
    }
    return undefined;
  }

  #rawLine(): Line | undefined {
    this.#work = SPECIAL | BRACE;
    for (let frame = this.#stack.at(-1); frame; frame = this.#stack.at(-1)) {
      const line =
        frame.kind === 'file'
          ? this.#fileLine(frame)
          : frame.kind === 'lines'
            ? frame.lines[frame.at++]
            : this.#round(frame);
      if (line) return line;
      this.#stack.pop();
      if (frame.kind === 'file') this.#checks = frame.checks;
    }
    if (this.#collecting) {
      const { start } = this.#collecting;
      this.#define();
      this.report('definitionOpen', start.span(), 'the definition goes on, but the text ends');
    }
    return undefined;
  }

  #fileLine(frame: FileFrame): Line | undefined {
    const { id } = frame.source;
    for (let run = runOf(frame); run; run = runOf(frame)) {
      const { text: bytes } = run;
      const start = frame.at - run.at;
      let end = bytes.indexOf('\n', start);
      if (end < 0) end = bytes.length;
      frame.at = run.at + end + 1;
      const from = Math.min(end, firstOf(NO_BLANK, bytes, start));
      let to = end;
      while (to > from) {
        const c = bytes.charCodeAt(to - 1);
        if (c !== 32 && c !== 9 && c !== 13) break;
        to--;
      }
      if (to === from) {
        // Nothing but blanks ends a definition of several lines.
        if (this.#collecting) this.#define();
        continue;
      }
      if (end - start > MAX_CONFIG_LINE) {
        this.#tooLong(id, run.at + start, run.at + end, bytes.charCodeAt(from));
        continue;
      }
      if (frame.special < to) {
        const first = Math.max(from, frame.special);
        const piece = bytes.slice(first, Math.max(to, first + LOOK_AHEAD));
        frame.special = first + firstOf(SPECIALS, piece, 0);
      }
      if (frame.brace < from) frame.brace = firstOf(BRACES, bytes, from);
      const work = (frame.special < to ? SPECIAL : 0) | (frame.brace < to ? BRACE : 0);
      const line = new Line(bytes.slice(from, to), id, run.at + from, undefined, undefined);
      this.#work = work;
      if ((work & SPECIAL) === 0) return line;
      if (line.text.includes('\0')) {
        if (!frame.nulSeen) this.report('nulByte', line.span(), 'the line holds a zero byte');
        frame.nulSeen = true;
        continue;
      }
      const plain = decomment(line);
      if (plain.openQuote !== undefined) {
        this.report('openQuote', line.span(plain.openQuote), 'the quote is not closed');
      }
      if (plain.line.text !== '') return plain.line;
      // So does nothing but a comment, which few expect.
      if (this.#collecting) {
        const { name, start } = this.#collecting;
        this.report('commentEndsDefinition', line.span(), `the comment ends the definition of $${name}`, {
          related: [{ span: start.span(), text: 'it begins here' }],
        });
        this.#define();
      }
    }
    return undefined;
  }

  #tooLong(id: number, start: number, end: number, first: number): void {
    // A comment loses nothing.
    if (first === 35 || first === 33) return;
    const message = `the line has ${end - start} bytes`;
    this.report('lineTooLong', { source: id, start, end: Math.min(end, start + 60) }, message);
  }

  #round(frame: RepeatFrame): Line | undefined {
    const { repetition } = frame;
    if (frame.round >= repetition.count) return undefined;
    const values = repetition.values(frame.round++);
    for (const { name, definition } of values) this.definitions.set(name, definition);
    const name = values.map(({ shown }) => shown).join(', ');
    return repetition.template.through({ kind: 'sequence', name, at: repetition.head.span() });
  }

  #collect(line: Line): undefined {
    const { text } = line;
    const more = text.endsWith('\\');
    const part = more ? trim(line.slice(0, text.length - 1)) : line;
    if (part.text !== '') this.#collecting?.lines.push(part);
    if (!more) this.#define();
    return undefined;
  }

  #define(): void {
    const { name, lines, start } = this.#collecting ?? {};
    this.#collecting = undefined;
    if (name === undefined || !lines || !start) return;
    if (!this.definitions.set(name, { lines, made: false })) {
      this.report('tooMuch', start.span(), 'the definitions hold more lines than are kept');
    }
  }

  /** Conditions, definitions, repetitions, references, includes; what is left is text for the parser. */
  #carryOut(raw: Line): Line | undefined {
    let line = raw;
    let tested = false;
    while ((this.#work & SPECIAL) !== 0) {
      const first = line.text.charCodeAt(0);
      if (first === 64 && !tested) {
        tested = true;
        const kept = this.#condition(line);
        if (!kept) return undefined;
        line = kept;
        continue;
      }
      if (first === 36) {
        const match = DEFINITION.exec(line.text);
        if (match?.[1]) return this.#startDefinition(line, match[1], match[0].length);
      }
      if (first === 126) {
        if (isRepetition(line.text)) {
          this.#repeat(line);
          return undefined;
        }
        break;
      }
      if (!line.text.includes('$')) break;
      const done = this.definitions.substitute(line, this.#directory());
      if (!done) return undefined;
      if (done.following.length > 0) {
        if (this.#stack.length >= MAX_CONFIG_DEPTH) {
          this.report('definitionTooLong', line.span(), 'the definition leads back to itself');
          return undefined;
        }
        this.#stack.push({ kind: 'lines', lines: done.following, at: 0 });
      }
      if (done.line === line) break;
      // References may have brought in a comment sign (_HASH) or, at the start, a condition.
      const plain = decomment(done.line);
      if (plain.openQuote !== undefined) {
        this.report('openQuote', plain.line.span(), 'after replacing definitions a quote is not closed');
      }
      const condition = plain.line.text.startsWith('@') && !tested;
      line = plain.line;
      if (!condition && !isRepetition(line.text)) break;
    }
    if (line.text === '') return undefined;
    const include = readInclude(line.text);
    if (include) {
      const checks = { ...this.#checks, ...include.checks };
      const files = this.#stack.flatMap((frame) => (frame.kind === 'file' ? [frame.source] : []));
      const at = include.pattern === '' ? line.span() : line.span(include.at);
      this.#push(this.#includer.include(include.pattern, this.#directory(), checks, at, files));
      return undefined;
    }
    return line;
  }

  #condition(line: Line): Line | undefined {
    const match = CONDITION.exec(line.text);
    if (!match?.[2]) {
      this.report('conditionInvalid', line.span(0, 1), 'no configuration id follows the @');
      return undefined;
    }
    const keep = (match[2] === this.#configId) !== (match[1] === '^');
    const rest = line.slice(match[0].length, line.text.length);
    return keep && rest.text !== '' ? rest : undefined;
  }

  #startDefinition(line: Line, name: string, at: number): undefined {
    const value = trim(line.slice(at, line.text.length));
    const more = value.text.endsWith('\\');
    this.#collecting = {
      name,
      lines: [more ? trim(value.slice(0, value.text.length - 1)) : value],
      start: line,
    };
    if (!more) this.#define();
    return undefined;
  }

  #repeat(line: Line): void {
    const repetition = readRepetition(line, (inside) => {
      const done = this.definitions.substitute(inside, this.#directory());
      return done && done.following.length === 0 ? done.line : undefined;
    });
    if (!repetition.ok) {
      this.report('sequenceInvalid', line.span(), repetition.error);
      return;
    }
    if (repetition.value.count > MAX_CONFIG_LINES) {
      const message = `it makes ${repetition.value.count} lines; at most ${MAX_CONFIG_LINES} are read`;
      this.report('tooMuch', repetition.value.head.span(), message);
      return;
    }
    if (this.#stack.length >= MAX_CONFIG_DEPTH) {
      this.report('definitionTooLong', line.span(), 'the repetition leads back to itself');
      return;
    }
    this.#stack.push({ kind: 'repeat', repetition: repetition.value, round: 0 });
  }

  #directory(): string {
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const frame = this.#stack[i];
      if (frame?.kind === 'file') return frame.source.directory;
    }
    return '';
  }

  /** The first file is to be read first, so it comes to lie on top. */
  #push(files: readonly Opened[]): void {
    for (const file of files.toReversed()) {
      this.opened.push(file);
      const { source } = file;
      const checks = this.#checks;
      const frame = { kind: 'file', source, at: 0, run: 0, checks, nulSeen: false } as const;
      this.#stack.push({ ...frame, special: -1, brace: -1 });
    }
  }
}
