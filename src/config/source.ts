/**
 * The texts that a configuration was read from, with their lines and positions, and the interface through
 * which they come in. What is in them is left to the lexer; opening files is the host's.
 * (configuration reference, sections 1, 7)
 */
import type { Span } from './span.js';

/** Why a file gave no text. */
export type Unreadable =
  | 'missing'
  | 'directory'
  | 'not-regular'
  | 'permission'
  | 'too-large'
  | 'changed'
  | 'failed';

export type ReadOutcome =
  | {
      readonly kind: 'text';
      /** One character per byte, 0..255; in runs where the reader keeps texts. */
      readonly bytes: string | readonly Run[];
      /** Permission bits; configurations may hold passwords, and executable ones are not read. */
      readonly mode: number;
    }
  | { readonly kind: 'refused'; readonly why: Unreadable; readonly detail: string };

/** A part of a text: whole lines, but for the last, which may lack its end. Never empty. */
export interface Run {
  /** Byte of the text with which it begins. */
  readonly at: number;
  /** One character per byte. */
  readonly text: string;
}

/** What was read, one character per byte. */
export const textOf = (bytes: string | readonly Run[]): string =>
  typeof bytes === 'string' ? bytes : bytes.map(({ text }) => text).join('');

/** Synchronous file access, injected: only workers and commands have a real one. */
export interface ConfigReader {
  /** At most `limit` bytes; a longer file is refused as too large. Never blocks on a device or fifo. */
  read(path: string, limit: number): ReadOutcome;
  /**
   * Names in a directory (directories with a trailing slash); undefined where there is none that we may list. `failed`: why
   * nobody can tell what is in it (a code such as EIO).
   */
  list(directory: string): readonly string[] | { readonly failed: string } | undefined;
  exists(path: string): boolean;
}

/** Line and column count from one; the column counts characters as an editor does. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export class SourceText {
  /** Bytes. */
  readonly length: number;
  /** Where lines begin, as far as somebody has asked. */
  readonly #starts: number[] = [0];
  #allStarts = false;

  constructor(
    readonly id: number,
    readonly path: string,
    readonly runs: readonly Run[],
    /** The include line that led here. */
    readonly includedAt: Span | undefined,
  ) {
    const last = runs.at(-1);
    this.length = last ? last.at + last.text.length : 0;
  }

  get directory(): string {
    const slash = this.path.lastIndexOf('/');
    return slash < 0 ? '' : slash === 0 ? '/' : this.path.slice(0, slash);
  }

  /** Of all lines up to the one with this byte, and up to this line. */
  #lineStarts(offset: number, line: number): readonly number[] {
    const starts = this.#starts;
    while (!this.#allStarts) {
      const last = starts[starts.length - 1] ?? 0;
      if (last > offset && starts.length >= line) break;
      const next = this.#lineEnd(last);
      if (next === this.length) this.#allStarts = true;
      else starts.push(next + 1);
    }
    return starts;
  }

  /** Number of the line, from one, that holds this byte. */
  lineAt(offset: number): number {
    const starts = this.#lineStarts(offset, 0);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  lineStart(line: number): number {
    return this.#lineStarts(0, line)[line - 1] ?? this.length;
  }

  /** Number of the run that holds this byte; of the last one behind the end. */
  runAt(offset: number): number {
    let low = 0;
    let high = this.runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.runs[middle]?.at ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Bytes `start` to `end` (exclusive). */
  slice(start: number, end: number): string {
    let n = this.runAt(start);
    let out = '';
    for (let run = this.runs[n]; run && run.at < end; run = this.runs[++n])
      out += run.text.slice(Math.max(0, start - run.at), end - run.at);
    return out;
  }

  /** Where the line with this byte ends: at its \n, or at the end of the text. */
  #lineEnd(offset: number): number {
    const run = this.runs[this.runAt(offset)];
    const end = run ? run.text.indexOf('\n', offset - run.at) : -1;
    return run && end >= 0 ? run.at + end : this.length;
  }

  /** Where the line with this byte begins, and where its end is. */
  lineAround(offset: number): { readonly start: number; readonly end: number } {
    const run = this.runs[this.runAt(offset)];
    const before = run && offset > run.at ? run.text.lastIndexOf('\n', offset - run.at - 1) : -1;
    return { start: run ? run.at + before + 1 : 0, end: this.#lineEnd(offset) };
  }

  /** The bytes of a line without its end. */
  lineBytes(line: number): string {
    const start = this.lineStart(line);
    const bytes = this.slice(start, this.#lineEnd(start));
    return bytes.endsWith('\r') ? bytes.slice(0, -1) : bytes;
  }

  /** The line that holds this byte, and the one above it if there is one: without counting the lines before. */
  linesAround(offset: number): { readonly own: string; readonly above: string | undefined } {
    const { start, end } = this.lineAround(offset);
    const above = start === 0 ? undefined : this.lineAround(start - 1);
    return { own: this.slice(start, end), above: above && this.slice(above.start, above.end) };
  }

  position(offset: number): Position {
    const line = this.lineAt(offset);
    return { line, column: decodeBytes(this.slice(this.lineStart(line), offset)).length + 1 };
  }
}

/** All texts of one configuration, in the order in which they were opened. */
export class Sources {
  readonly all: SourceText[] = [];

  add(path: string, bytes: string | readonly Run[], includedAt: Span | undefined): SourceText {
    const runs = typeof bytes !== 'string' ? bytes : bytes === '' ? [] : [{ at: 0, text: bytes }];
    const source = new SourceText(this.all.length, path, runs, includedAt);
    this.all.push(source);
    return source;
  }

  get(id: number): SourceText | undefined {
    return this.all[id];
  }

  /** The bytes that a span covers. */
  text(span: Span): string {
    return this.all[span.source]?.slice(span.start, span.end) ?? '';
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with a control character
const ASCII = /^[\x00-\x7f]*$/;

/** Bytes as text for people and programs: UTF-8 where they are valid UTF-8, else each byte as its own letter. */
export function decodeBytes(bytes: string): string {
  if (ASCII.test(bytes)) return bytes;
  try {
    return utf8.decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
  } catch {
    return bytes;
  }
}
