/**
 * Where text was written: spans that survive every expansion, and lines that remember them. Deciding what a
 * line means is left to the lexer, the preprocessor and the parser. (configuration reference, sections 1 to 7)
 */

/** How text got to where it is read: through a definition or a repetition that stands at `at`. */
export interface Via {
  readonly kind: 'definition' | 'sequence';
  /** `$NAME`, or `v = 3`. */
  readonly name: string;
  /** Where it was used; `at.via` is the next step outwards. */
  readonly at: Span;
}

/** Bytes `start` to `end` (exclusive) of the source with this number. */
export interface Span {
  readonly source: number;
  readonly start: number;
  readonly end: number;
  readonly via?: Via | undefined;
}

/** The characters from `at` on, up to the next segment, were written in `width` bytes at `offset`. */
export interface Segment {
  readonly at: number;
  readonly source: number;
  readonly offset: number;
  /** Equal to the segment's length: one character per byte. Otherwise the whole run stands for the whole text. */
  readonly width: number;
  readonly via: Via | undefined;
}

/**
 * One logical line: text with one character per byte. Without segments, character i was written at byte
 * offset + i of the source: nearly every line, so it costs nothing.
 */
export class Line {
  constructor(
    readonly text: string,
    readonly source: number,
    readonly offset: number,
    readonly via: Via | undefined,
    readonly segments: readonly Segment[] | undefined,
  ) {}

  /** Characters `from` to `to` as a line of their own. */
  slice(from: number, to: number): Line {
    const text = this.text.slice(from, to);
    if (!this.segments) return new Line(text, this.source, this.offset + from, this.via, undefined);
    return new Line(text, this.source, this.offset, this.via, sliceSegments(this, this.segments, from, to));
  }

  /** The same text, reached through `via`. */
  through(via: Via): Line {
    return new Line(this.text, this.source, this.offset, via, this.segments);
  }

  /** Segments of the whole line, made up where the line has none. */
  allSegments(): readonly Segment[] {
    if (this.segments) return this.segments;
    const { source, offset, via } = this;
    return [{ at: 0, source, offset, width: this.text.length, via }];
  }

  /** Where characters `from` to `to` were written. */
  span(from = 0, to = this.text.length): Span {
    if (!this.segments) {
      return { source: this.source, start: this.offset + from, end: this.offset + to, via: this.via };
    }
    return spanOfSegments(this.segments, this.text.length, from, Math.max(from, to));
  }
}

function lengthOf(segments: readonly Segment[], index: number, total: number): number {
  const next = segments[index + 1];
  return (next ? next.at : total) - (segments[index]?.at ?? 0);
}

function sliceSegments(line: Line, segments: readonly Segment[], from: number, to: number): Segment[] {
  const out: Segment[] = [];
  for (const [i, segment] of segments.entries()) {
    const length = lengthOf(segments, i, line.text.length);
    const first = Math.max(from, segment.at);
    const last = Math.min(to, segment.at + length);
    if (first >= last) continue;
    const exact = segment.width === length;
    out.push({
      at: first - from,
      source: segment.source,
      offset: exact ? segment.offset + first - segment.at : segment.offset,
      width: exact ? last - first : segment.width,
      via: segment.via,
    });
  }
  return out;
}

function spanOfSegments(segments: readonly Segment[], total: number, from: number, to: number): Span {
  const parts: Span[] = [];
  for (const [i, segment] of segments.entries()) {
    const length = lengthOf(segments, i, total);
    const touches =
      from === to ? from >= segment.at && from <= segment.at + length : from < segment.at + length;
    if (!touches || (from !== to && to <= segment.at)) continue;
    const exact = segment.width === length;
    const first = exact ? segment.offset + Math.max(0, from - segment.at) : segment.offset;
    const last = exact ? segment.offset + Math.min(length, to - segment.at) : segment.offset + segment.width;
    parts.push({ source: segment.source, start: first, end: Math.max(first, last), via: segment.via });
    if (from === to) break;
  }
  const [first, ...others] = parts;
  if (!first) {
    const last = segments[segments.length - 1];
    if (!last) return { source: 0, start: 0, end: 0 };
    return {
      source: last.source,
      start: last.offset + last.width,
      end: last.offset + last.width,
      via: last.via,
    };
  }
  return others.reduce(join, first);
}

/** The shortest span around both; what came out of different expansions is joined where they were used. */
export function join(a: Span, b: Span): Span {
  let [x, y] = [a, b];
  while (x.via !== y.via) {
    if (depth(x) >= depth(y) && x.via) x = x.via.at;
    else if (y.via) y = y.via.at;
    else break;
  }
  if (x.source !== y.source) return a;
  return { source: x.source, start: Math.min(x.start, y.start), end: Math.max(x.end, y.end), via: x.via };
}

function depth(span: Span): number {
  let n = 0;
  for (let via = span.via; via; via = via.at.via) n++;
  return n;
}
