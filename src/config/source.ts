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
      /** One character per byte, 0..255. */
      readonly bytes: string;
      /** Permission bits; configurations may hold passwords, and executable ones are not read. */
      readonly mode: number;
    }
  | { readonly kind: 'refused'; readonly why: Unreadable; readonly detail: string };

/** Synchronous file access, injected: only workers and commands have a real one. */
export interface ConfigReader {
  /** At most `limit` bytes; a longer file is refused as too large. Never blocks on a device or fifo. */
  read(path: string, limit: number): ReadOutcome;
  /** Names in a directory (directories with a trailing slash); undefined if it cannot be listed. */
  list(directory: string): readonly string[] | undefined;
  exists(path: string): boolean;
}

/** Line and column count from one; the column counts characters as an editor does. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export class SourceText {
  /** Where lines begin, as far as somebody has asked. */
  readonly #starts: number[] = [0];
  #allStarts = false;

  constructor(
    readonly id: number,
    readonly path: string,
    readonly bytes: string,
    /** The include line that led here. */
    readonly includedAt: Span | undefined,
  ) {}

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
      const next = this.bytes.indexOf('\n', last);
      if (next < 0) this.#allStarts = true;
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
    return this.#lineStarts(0, line)[line - 1] ?? this.bytes.length;
  }

  /** The bytes of a line without its end. */
  lineBytes(line: number): string {
    const start = this.lineStart(line);
    let end = this.bytes.indexOf('\n', start);
    if (end < 0) end = this.bytes.length;
    if (end > start && this.bytes[end - 1] === '\r') end--;
    return this.bytes.slice(start, end);
  }

  /** The line that holds this byte, and the one above it if there is one: without counting the lines before. */
  linesAround(offset: number): { readonly own: string; readonly above: string | undefined } {
    const { bytes } = this;
    const start = offset === 0 ? 0 : bytes.lastIndexOf('\n', offset - 1) + 1;
    const end = bytes.indexOf('\n', offset);
    const above = start < 2 ? 0 : bytes.lastIndexOf('\n', start - 2) + 1;
    return {
      own: bytes.slice(start, end < 0 ? bytes.length : end),
      above: start === 0 ? undefined : bytes.slice(above, start - 1),
    };
  }

  position(offset: number): Position {
    const line = this.lineAt(offset);
    return { line, column: decodeBytes(this.bytes.slice(this.lineStart(line), offset)).length + 1 };
  }
}

/** All texts of one configuration, in the order in which they were opened. */
export class Sources {
  readonly all: SourceText[] = [];

  add(path: string, bytes: string, includedAt: Span | undefined): SourceText {
    const source = new SourceText(this.all.length, path, bytes, includedAt);
    this.all.push(source);
    return source;
  }

  get(id: number): SourceText | undefined {
    return this.all[id];
  }

  /** The bytes that a span covers. */
  text(span: Span): string {
    return this.all[span.source]?.bytes.slice(span.start, span.end) ?? '';
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
