/**
 * The effective configuration, worked out from the tables alone: what was said, what is inherited, what is a
 * default, and where each value comes from. Passwords are masked. How it is shown is print.ts's and the
 * commands'. (`holdfast show-config`)
 */
import { MASK } from '../base/secret.js';
import { Reasons, usedValue } from './adjusted.js';
import { plainWords } from './lexer.js';
import type { BuiltText } from './load.js';
import type { InstanceSettings } from './model.js';
import type { Argument } from './schema/arguments.js';
import { root } from './schema/root.js';
import {
  type Block,
  type Bound,
  type BoundBlock,
  type BoundList,
  type Row,
  type Rows,
  tableOf,
} from './schema/row.js';
import type { Sources } from './source.js';
import { keywordSpan, type Statement } from './tree.js';

/** Where a value comes from. Lines count from one. */
export type Origin =
  | { readonly kind: 'line'; readonly path: string; readonly line: number }
  /** The line of another keyword, of global_defs or of a block around this one, counts here as well. */
  | { readonly kind: 'inherited'; readonly keyword: string; readonly path: string; readonly line: number }
  | { readonly kind: 'default' };

/** A line of the effective configuration, or a block with the lines in it. */
export interface Setting {
  /** Empty for an entry of a list. */
  readonly keyword: string;
  /** As it would be written, bytes as characters; of a block what stands before its brace. */
  readonly value: string;
  /** The value is described, not written: a default that follows from something else. */
  readonly phrase?: true;
  readonly origin: Origin;
  /** Another value than the written one is used, or none. */
  readonly adjusted?: Adjusted;
  readonly settings?: readonly Setting[];
}

export interface Adjusted {
  /** What is written, or would apply; absent where `unused`. */
  readonly from?: string;
  /** The line or block does not count: `value` is what is written. */
  readonly unused?: true;
  /** A sentence, or a part of one. */
  readonly because: string;
}

type Values = Readonly<Record<string, unknown>>;

/** A block around the one being worked out, for what is inherited. */
interface Enclosing {
  readonly block: Block<unknown, Rows>;
  readonly values: Values;
  /** What became of it, where it is an instance. */
  readonly instance?: InstanceSettings;
}

/** @param defaults whether values that nobody set are there, too */
export function effectiveSettings(text: BuiltText, defaults: boolean): readonly Setting[] {
  return new Collector(text, defaults).block(root, text.values, []);
}

/** Whether a default is the text of a value, not a phrase about one. */
function isWritten(argument: Argument<unknown>, text: string): boolean {
  if (argument.syntax === '' || text === 'none') return false;
  let told = false;
  const { words } = plainWords(text);
  let next = 0;
  const tell = (): undefined => {
    told = true;
    return undefined;
  };
  const value = argument.read({
    keyword: '',
    peek: () => words[next],
    take: () => words[next++],
    span: () => ({ source: 0, start: 0, end: 0 }),
    rest: () => {
      next = words.length;
      return { text, start: 0, end: text.length };
    },
    report: tell,
    missing: tell,
  });
  return value !== undefined && !told && next >= words.length;
}

class Collector {
  readonly sources: Sources;
  readonly #globals: Enclosing | undefined;
  readonly #reasons: Reasons;
  readonly #instances: ReadonlyMap<Statement, InstanceSettings>;

  constructor(
    { sources, diagnostics, built, values }: BuiltText,
    readonly defaults: boolean,
  ) {
    this.sources = sources;
    this.#reasons = new Reasons(diagnostics.findings, sources);
    this.#instances = new Map(
      built.configuration.instances.flatMap((instance) => {
        const block = built.instances.get(instance.name);
        return block ? [[block.statement, instance] as const] : [];
      }),
    );
    const top: Values = values;
    const row = Object.entries(root.rows).find(([, { keyword }]) => keyword === 'global_defs');
    const bound = row && (top[row[0]] as BoundBlock<unknown, Rows> | undefined);
    if (row?.[1].kind === 'block') {
      this.#globals = { block: row[1].block() as Block<unknown, Rows>, values: bound?.values ?? {} };
    }
  }

  block(
    block: Block<unknown, Rows>,
    values: Values,
    around: readonly Enclosing[],
    instance?: InstanceSettings,
  ): readonly Setting[] {
    const enclosing = [{ block, values, ...(instance ? { instance } : {}) }, ...around];
    return Object.entries(block.rows).flatMap(([key, row]) =>
      this.#row(row, values[key], enclosing).map((setting) =>
        this.#used(setting, row, key, values[key], instance),
      ),
    );
  }

  /** The setting with the value that counts. */
  #used(
    setting: Setting,
    row: Row,
    key: string,
    bound: unknown,
    instance: InstanceSettings | undefined,
  ): Setting {
    const { statement } = (bound ?? {}) as { readonly statement?: Statement };
    const told = statement && this.#reasons.for(statement);
    const used = instance && usedValue(instance, key);
    const because = told ?? (instance?.strict ? 'strict mode decides' : 'other settings decide');
    if (used && used.value === undefined)
      return bound ? { ...setting, adjusted: { unused: true, because } } : setting;
    if (row.kind !== 'line' || setting.phrase) return setting;
    if (used) {
      const value = row.argument.show(used.value);
      if (value !== setting.value) return { ...setting, value, adjusted: { from: setting.value, because } };
    }
    // What binding has moved into its range.
    const written = statement?.line.text.slice(statement.keyword.length).trim();
    if (told === undefined || written === undefined || row.secret || written === setting.value)
      return setting;
    return { ...setting, adjusted: { from: written, because: told } };
  }

  #row(row: Row, bound: unknown, enclosing: readonly Enclosing[]): readonly Setting[] {
    switch (row.kind) {
      case 'line':
        if (bound) return [this.#line(row, row.argument, bound as Bound<unknown>)];
        return this.defaults ? this.#unsaid(row, row.argument, enclosing) : [];
      case 'each':
        return ((bound ?? []) as readonly Bound<unknown>[]).map((one) => this.#line(row, row.argument, one));
      case 'list':
        return bound ? [this.#list(row.keyword, '', row.entry, bound as BoundList<unknown>)] : [];
      case 'lists':
        return ((bound ?? []) as readonly (BoundList<unknown> & { header: unknown })[]).map((one) =>
          this.#list(row.keyword, row.header.show(one.header), row.entry, one),
        );
      case 'block':
        return bound
          ? [this.#inner(row.keyword, row.block(), bound as BoundBlock<unknown, Rows>, enclosing)]
          : [];
      case 'blocks':
        return ((bound ?? []) as readonly BoundBlock<unknown, Rows>[]).map((one) =>
          this.#inner(row.keyword, row.block(), one, enclosing),
        );
    }
  }

  #line(row: Row, argument: Argument<unknown>, { value, statement }: Bound<unknown>): Setting {
    const shown = row.secret ? MASK : argument.show(value);
    return { keyword: row.keyword, value: shown, origin: this.#origin(statement) };
  }

  #list(keyword: string, value: string, entry: Argument<unknown>, bound: BoundList<unknown>): Setting {
    const settings = bound.entries.map(
      (one): Setting => ({
        keyword: '',
        value: entry.show(one.value),
        origin: this.#origin(one.statement),
      }),
    );
    return { keyword, value, origin: this.#origin(bound.statement), settings };
  }

  #inner(
    keyword: string,
    block: Block<unknown, Rows>,
    bound: BoundBlock<unknown, Rows>,
    enclosing: readonly Enclosing[],
  ): Setting {
    return {
      keyword,
      value: block.header.show(bound.header),
      origin: this.#origin(bound.statement),
      settings: this.block(block, bound.values, enclosing, this.#instances.get(bound.statement)),
    };
  }

  /** Nobody set it here: what is inherited, else the default. */
  #unsaid(row: Row, argument: Argument<unknown>, enclosing: readonly Enclosing[]): readonly Setting[] {
    const found = this.#inherited(row, enclosing, 0);
    if (!found) return [];
    const { keyword } = row;
    if ('bound' in found) {
      const { value, statement } = found.bound;
      const { path, line } = this.#place(statement);
      const origin: Origin = { kind: 'inherited', keyword: found.keyword, path, line };
      return [{ keyword, value: row.secret ? MASK : argument.show(value), origin }];
    }
    const phrase = isWritten(argument, found.text) ? {} : ({ phrase: true } as const);
    return [{ keyword, value: found.text, ...phrase, origin: { kind: 'default' } }];
  }

  #inherited(
    row: Row,
    enclosing: readonly Enclosing[],
    steps: number,
  ): { keyword: string; bound: Bound<unknown> } | { text: string } | undefined {
    // A chain of inheritance is short; a circle in the tables would be a mistake of ours, not of the text.
    if (row.inherits !== undefined && steps < 8) {
      for (const [i, place] of [...enclosing, ...(this.#globals ? [this.#globals] : [])].entries()) {
        const found = tableOf(place.block).words.get(row.inherits);
        if (!found || found.row === row) continue;
        const bound = place.values[found.key] as Bound<unknown> | undefined;
        return bound
          ? { keyword: row.inherits, bound }
          : this.#inherited(found.row, enclosing.slice(i), steps + 1);
      }
    }
    return row.default === undefined ? undefined : { text: row.default };
  }

  #origin(statement: Statement): Origin {
    return { kind: 'line', ...this.#place(statement) };
  }

  /** The line that a person wrote: of what a definition or a repetition made, the line that uses it. */
  #place(statement: Statement): { readonly path: string; readonly line: number } {
    let span = keywordSpan(statement);
    while (span.via) span = span.via.at;
    const source = this.sources.get(span.source);
    return { path: source?.path ?? '', line: source?.lineAt(span.start) ?? 0 };
  }
}
