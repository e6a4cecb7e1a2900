/**
 * `$NAME` definitions: what they hold and how references to them are replaced. When a line is a definition and
 * where expanded lines go is the preprocessor's. (configuration reference, section 4)
 */
import { MAX_CONFIG_LINE, MAX_DEFINITION_LINES, MAX_SUBSTITUTIONS } from '../base/limits.js';
import { Prng } from '../base/prng.js';
import type { Report } from './diagnostics.js';
import { openReferences } from './lexer.js';
import { decodeBytes } from './source.js';

import { Line, type Segment, type Span, type Via } from './span.js';
import { didYouMean, nearest } from './suggest.js';

/** Raw lines, substituted only where they are used. One for a plain definition. */
export interface Definition {
  readonly lines: readonly Line[];
  /** The text was made, not written: the loop variable of ~SEQ. */
  readonly made: boolean;
}

export interface BuiltIns {
  /** `_INSTANCE` */
  readonly configId: string;
  /** Seed of `_RANDOM` unless random_seed comes first. */
  readonly seed: number;
  /** `_ENV` */
  readonly environment: (name: string) => string | undefined;
}

interface Reference {
  readonly name: string;
  readonly words: readonly string[];
  /** After the reference. */
  readonly end: number;
}

const BRACED = /\$\{([A-Za-z_][A-Za-z0-9_]*)((?:[ \t]+[A-Za-z0-9_]+)*)\}/y;
const BARE = /\$([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)/y;

/** What a substitution gave: the line, and the rest of a definition of several lines. */
export interface Substituted {
  readonly line: Line;
  readonly following: readonly Line[];
}

export class Definitions {
  readonly #known = new Map<string, Definition>();
  #random: Prng;
  #held = 0;

  constructor(
    readonly builtIns: BuiltIns,
    readonly report: Report,
  ) {
    this.#random = new Prng(builtIns.seed);
  }

  /** Defines or redefines; false when there are too many. */
  set(name: string, definition: Definition): boolean {
    this.#held += definition.lines.length - (this.#known.get(name)?.lines.length ?? 0);
    if (this.#held > MAX_DEFINITION_LINES) return false;
    this.#known.set(name, definition);
    return true;
  }

  seed(value: number): void {
    this.#random = new Prng(value);
  }

  /**
   * Replaces all references of a line, inside quotes too, until none is left. Undefined when it cannot be done,
   * which has then been reported. `directory` is `_PWD`.
   */
  substitute(line: Line, directory: string): Substituted | undefined {
    if (!line.text.includes('$')) return { line, following: [] };
    let text = line.text;
    let segments = line.allSegments();
    let following: readonly Line[] = [];
    let count = 0;
    const current = () => new Line(text, line.source, line.offset, line.via, segments);
    for (let at = text.indexOf('$'); at >= 0; ) {
      const reference = readReference(text, at);
      const used = reference && current().span(at, reference.end);
      const value = reference && used && this.#value(reference, directory, used);
      if (!reference || !value) {
        at = text.indexOf('$', at + 1);
        continue;
      }
      const via: Via = { kind: 'definition', name: `$${reference.name}`, at: used };
      const [first, ...rest] = value.lines;
      if (rest.length > 0) {
        if (reference.end !== text.length) {
          this.report(
            'definitionNotLast',
            used,
            `$${reference.name} has several lines, and text follows it here`,
          );
          return undefined;
        }
        following = [...rest.map((other) => other.through(via)), ...following];
      }
      const inserted = first?.text ?? '';
      if (
        ++count > MAX_SUBSTITUTIONS ||
        text.length - (reference.end - at) + inserted.length > MAX_CONFIG_LINE
      ) {
        const why =
          count > MAX_SUBSTITUTIONS
            ? `replacing $${reference.name} does not come to an end`
            : `with $${reference.name} the line grows beyond ${MAX_CONFIG_LINE} bytes`;
        this.report('definitionTooLong', outermost(used), why);
        return undefined;
      }
      const before = current().slice(0, at);
      const after = current().slice(reference.end, text.length);
      const middle = pieces(first, value.made, used, via);
      segments = [
        ...(before.text === '' ? [] : before.allSegments()),
        ...middle.map((segment) => ({ ...segment, at: segment.at + at })),
        ...(after.text === '' ? [] : after.allSegments()).map((segment) => ({
          ...segment,
          at: segment.at + at + inserted.length,
        })),
      ];
      text = before.text + inserted + after.text;
      at = text.indexOf('$', at);
    }
    const done = count === 0 ? line : current();
    if (text.includes('${')) this.#tellUndefined(done);
    return { line: done, following };
  }

  /** Inside quotes a reference may be meant for a shell. */
  #tellUndefined(line: Line): void {
    for (const { at, length } of openReferences(line.text)) {
      const reference = line.text.slice(at, at + length);
      // What is wrong with a built-in has been said.
      if (/^\$\{_(RANDOM|ENV|PWD|INSTANCE|HASH|BANG)\b/.test(reference) && !/[ \t]\}$/.test(reference))
        continue;
      const name = reference.slice(2, -1).trim();
      const near = nearest(name, this.#known.keys());
      this.report(
        'undefinedName',
        line.span(at, at + length),
        `$${name} is not defined`,
        didYouMean(near && `$${near}`),
      );
    }
  }

  #value(reference: Reference, directory: string, used: Span): Definition | undefined {
    const { name, words } = reference;
    const known = this.#known.get(name);
    // A definition takes no arguments; with some, only a built-in can be meant.
    if (known && words.length === 0) return known;
    const made = (text: string): Definition => ({
      lines: [new Line(text, 0, 0, undefined, undefined)],
      made: true,
    });
    const wrong = (message: string) => {
      this.report('builtinArguments', used, message);
      return undefined;
    };
    if (name === '_RANDOM') return this.#drawn(words, made, wrong);
    if (name === '_ENV') {
      const [variable, ...others] = words;
      if (variable === undefined || others.length > 0) return wrong('_ENV takes the name of one variable');
      return made(this.builtIns.environment(variable) ?? '');
    }
    const text: string | undefined = {
      _PWD: directory,
      _INSTANCE: this.builtIns.configId,
      _HASH: '#',
      _BANG: '!',
    }[name];
    if (text === undefined) return undefined;
    if (words.length > 0) return wrong(`${name} takes no arguments`);
    return made(text);
  }

  #drawn(
    words: readonly string[],
    made: (text: string) => Definition,
    wrong: (message: string) => undefined,
  ) {
    if (words.length > 2 || words.some((word) => !/^[0-9]{1,10}$/.test(word))) {
      return wrong('_RANDOM takes at most two decimal numbers');
    }
    const low = Number(words[0] ?? 0);
    const high = Number(words[1] ?? 32767);
    if (low > high) {
      wrong(`the lower bound ${low} of _RANDOM is above the upper bound ${high}; ${low} is used`);
      return made(String(low));
    }
    return made(String(this.#random.integer(low, high)));
  }
}

function pieces(first: Line | undefined, made: boolean, used: Span, via: Via): readonly Segment[] {
  if (!first || first.text === '') return [];
  if (made) {
    return [{ at: 0, source: used.source, offset: used.start, width: used.end - used.start, via: used.via }];
  }
  return first.allSegments().map((segment) => ({ ...segment, via }));
}

function outermost(span: Span): Span {
  let out = span;
  for (let via = span.via; via; via = via.at.via) out = via.at;
  return out;
}

function readReference(text: string, at: number): Reference | undefined {
  for (const form of [BRACED, BARE]) {
    form.lastIndex = at;
    const match = form.exec(text);
    if (match?.[1]) {
      const words = decodeBytes(match[2] ?? '')
        .split(/[ \t]+/)
        .filter((word) => word !== '');
      return { name: match[1], words, end: form.lastIndex };
    }
  }
  return undefined;
}
