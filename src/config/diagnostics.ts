/**
 * Findings while a configuration is read: collected with spans, handed out with places that need no source text
 * any more. Which findings exist is left to codes.ts, how they look to render.ts.
 */
import { MAX_DIAGNOSTICS } from '../base/limits.js';
import { CODES, type CodeFacts, type CodeName, type ExitStatus, type Severity } from './codes.js';
import type { Misspelling } from './model.js';
import { decodeBytes, type Sources } from './source.js';
import type { Line, Span } from './span.js';

export type { ExitStatus } from './codes.js';

/** A place in a file, complete in itself. */
export interface Place {
  readonly path: string;
  readonly line: number;
  /** From one, in characters. */
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The line as it was written. */
  readonly text: string;
}

export interface Label {
  readonly place: Place;
  readonly text: string;
}

export interface Diagnostic {
  /** `HF0201` */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** Absent for findings about a file as a whole or about the machine. */
  readonly place?: Place;
  /** The text under the place. */
  readonly label?: string;
  /** Other places that belong to it, then the chain of expansions and includes. */
  readonly related: readonly Label[];
  readonly consequence: string;
  readonly remedy: string;
  /** What `-t` answers because of it. */
  readonly exit: ExitStatus;
}

export interface Details {
  readonly label?: string;
  readonly remedy?: string;
  readonly misspelling?: Misspelling;
  /** The unknown keyword at this place is part of what this finding says: it says both. */
  readonly insteadOf?: Span;
  /** It follows from what is wrong in one of these lines: where that was told, it says both, and this is no finding of its own. */
  readonly since?: readonly Span[];
  /** Other places; of another configuration only the place itself is known. */
  readonly related?: readonly ({ readonly span: Span; readonly text: string } | Label)[];
}

/** How a configuration may be used. */
export interface Verdict {
  /** False: the daemon does not start with it. */
  readonly runnable: boolean;
  /** False: a running daemon keeps what it has. */
  readonly reloadable: boolean;
  /** Exit status of `-t`. */
  readonly exit: ExitStatus;
  readonly counts: Readonly<Record<Severity, number>>;
}

/** Puts a finding into the list. */
export type Report = (code: CodeName, span: Span | undefined, message: string, details?: Details) => void;

/** As it was reported. */
export interface Finding {
  readonly name: CodeName;
  readonly facts: CodeFacts;
  readonly span: Span | undefined;
  readonly message: string;
  readonly details: Details;
}

/** Which of several exit statuses is answered. */
export const worstExit = (all: readonly ExitStatus[]): ExitStatus =>
  all.reduce((worst, one) => (ORDER.indexOf(one) > ORDER.indexOf(worst) ? one : worst), 0);

const ALLOW = /holdfast:\s*allow\s+([A-Z0-9,\s]+)/;
const COMMENT = /^\s*[#!]/;
const allows = (line: string, id: string): boolean =>
  ALLOW.exec(line)?.[1]
    ?.split(/[\s,]+/)
    .includes(id) ?? false;
// What masks what in the exit status: that it cannot run is worse than any remark.
const ORDER: readonly ExitStatus[] = [0, 5, 6, 4, 2];

export class Diagnostics {
  readonly #findings: Finding[] = [];
  readonly #counts: Record<Severity, number> = { fatal: 0, error: 0, warning: 0, note: 0 };
  readonly #seen = new Set<string>();
  /** Bytes of sources that no finding may show: start, end. */
  readonly #secrets = new Map<number, (readonly [number, number])[]>();
  #exit: ExitStatus = 0;
  #dropped = 0;
  #touched: Span[] | undefined = [];

  constructor(readonly sources: Sources) {}

  /** True once no more are kept, so that nobody works to word them. */
  get full(): boolean {
    return this.#findings.length >= MAX_DIAGNOSTICS;
  }

  readonly report: Report = (name, span, message, details = {}) => {
    const facts: CodeFacts = CODES[name];
    this.#touch(span, details);
    if (span) {
      // The same finding in the same text, once more: a repetition, or an include read twice.
      const key = `${name} ${span.source} ${span.start} ${span.end} ${message}`;
      if (this.#seen.has(key)) return;
      if (!this.full) this.#seen.add(key);
      if (facts.silenceable && this.#allowed(facts.id, span)) return;
    }
    if (details.since && this.#follows(details.since, message, facts)) return;
    if (details.insteadOf) this.#withdrawUnknown(details.insteadOf);
    this.#counts[facts.severity]++;
    this.#exit = worstExit([this.#exit, facts.exit]);
    if (this.full) this.#dropped++;
    else this.#findings.push({ name, facts, span, message, details });
  };

  #touch(span: Span | undefined, { related = [] }: Details): void {
    const touched = this.#touched;
    if (!touched) return;
    if (span) touched.push(span);
    for (const other of related) if ('span' in other) touched.push(other.span);
    if (touched.length > MAX_DIAGNOSTICS) this.#touched = undefined;
  }

  /** Every place that was remarked on, even if nobody is told; undefined where there are too many. */
  get touched(): readonly Span[] | undefined {
    return this.#touched;
  }

  /** Whether what was found wrong in one of these lines says what follows from it, from now on. */
  #follows(lines: readonly Span[], message: string, { consequence }: CodeFacts): boolean {
    const places = lines.map(outermost);
    const at = this.#findings.findLastIndex(({ facts, span }) => {
      if (!span || (facts.severity !== 'error' && facts.severity !== 'fatal')) return false;
      // What is wrong may be what a definition says: it is found where that is used.
      const { source, start, end } = outermost(span);
      return places.some((line) => line.source === source && start >= line.start && end <= line.end);
    });
    const cause = this.#findings[at];
    if (!cause) return false;
    // Who does not start at all has nothing to say of one block.
    if (cause.facts.severity === 'error')
      this.#findings[at] = {
        ...cause,
        message: `${cause.message}, so ${message}`,
        facts: { ...cause.facts, consequence },
      };
    return true;
  }

  #withdrawUnknown({ source, start }: Span): void {
    const at = this.#findings.findIndex(
      ({ name, span }) => name === 'unknownKeyword' && span?.source === source && span.start === start,
    );
    if (at < 0) return;
    const [{ facts }] = this.#findings.splice(at, 1) as [Finding];
    this.#counts[facts.severity]--;
  }

  /** As they were reported, in that order. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** Words that were not understood, each once; without those that a comment allows. */
  get misspellings(): readonly Misspelling[] {
    return this.#findings.flatMap(({ details }) => details.misspelling ?? []);
  }

  /** Places show stars for what was written behind character `from` of the line, in definitions, too. */
  conceal(line: Line, from: number): void {
    for (const { source, offset, width } of line.slice(from, line.text.length).allSegments()) {
      const known = this.#secrets.get(source);
      if (known) known.push([offset, offset + width]);
      else this.#secrets.set(source, [[offset, offset + width]]);
    }
  }

  /** A comment on the line or on the one above may say `holdfast: allow HF0501`. */
  #allowed(id: string, span: Span): boolean {
    const source = this.sources.get(span.source);
    if (!source) return false;
    const { own, above } = source.linesAround(span.start);
    return allows(own, id) || (above !== undefined && COMMENT.test(above) && allows(above, id));
  }

  verdict(): Verdict {
    const { fatal, error } = this.#counts;
    return {
      runnable: fatal === 0,
      reloadable: fatal === 0 && error === 0,
      exit: this.#exit,
      counts: { ...this.#counts },
    };
  }

  /** All findings in the order of the text. */
  finish(): readonly Diagnostic[] {
    const out = this.#findings
      .map((finding, order) => ({ finding, order }))
      .sort((a, b) => compareSpans(a.finding.span, b.finding.span) || a.order - b.order)
      .map(({ finding }) => this.#resolve(finding));
    if (this.#dropped > 0) {
      const { id, severity, consequence, remedy, exit } = CODES.tooManyFindings;
      const message = `${this.#dropped} more findings are not shown`;
      out.push({ code: id, severity, message, related: [], consequence, remedy, exit });
    }
    return out;
  }

  #resolve({ facts, span, message, details }: Finding): Diagnostic {
    const related = (details.related ?? []).flatMap((other) => {
      const at = 'span' in other ? this.place(other.span) : other.place;
      return at ? [{ place: at, text: other.text }] : [];
    });
    const place = span && this.place(span);
    return {
      code: facts.id,
      severity: facts.severity,
      message,
      ...(place ? { place } : {}),
      ...(details.label === undefined ? {} : { label: details.label }),
      related: [...related, ...(span ? this.#chain(span) : [])],
      consequence: facts.consequence,
      remedy: details.remedy ?? facts.remedy,
      exit: facts.exit,
    };
  }

  #chain(span: Span): Label[] {
    const out: Label[] = [];
    const push = (at: Span, text: string) => {
      const place = this.place(at);
      if (place && out.length < 16) out.push({ place, text });
    };
    let outermost = span;
    for (let via = span.via; via; via = via.at.via) {
      push(
        via.at,
        via.kind === 'definition' ? `used here as ${via.name}` : `repeated here, with ${via.name}`,
      );
      outermost = via.at;
    }
    let at = this.sources.get(outermost.source)?.includedAt;
    while (at) {
      push(at, 'included here');
      let root = at;
      for (let via = at.via; via; via = via.at.via) root = via.at;
      at = this.sources.get(root.source)?.includedAt;
    }
    return out;
  }

  place(span: Span): Place | undefined {
    const source = this.sources.get(span.source);
    if (!source) return undefined;
    const { line, column } = source.position(span.start);
    const end = source.position(Math.max(span.start, span.end));
    return {
      path: source.path,
      line,
      column,
      endLine: end.line,
      endColumn: end.column,
      text: decodeBytes(this.#starred(span.source, source.lineStart(line), source.lineBytes(line))),
    };
  }

  /** The bytes of a line that begins at `start`, secrets starred. */
  #starred(source: number, start: number, bytes: string): string {
    let out = bytes;
    for (const [first, last] of this.#secrets.get(source) ?? []) {
      const [from, to] = [Math.max(0, first - start), Math.min(bytes.length, last - start)];
      if (from < to) out = out.slice(0, from) + '*'.repeat(to - from) + out.slice(to);
    }
    return out;
  }
}

function compareSpans(a: Span | undefined, b: Span | undefined): number {
  if (!a || !b) return (a ? 1 : 0) - (b ? 1 : 0);
  const [x, y] = [outermost(a), outermost(b)];
  return x.source - y.source || x.start - y.start;
}

function outermost(span: Span): Span {
  let out = span;
  for (let via = span.via; via; via = via.at.via) out = via.at;
  return out;
}
