/** What the builders share: the bound configuration, its names and where they were defined, and the report. */
import type { Report } from '../diagnostics.js';
import { plainWords } from '../lexer.js';
import type { root } from '../schema/root.js';
import type { Rows, Values } from '../schema/row.js';
import type { Span } from '../span.js';
import { didYouMean, nearest } from '../suggest.js';
import { keywordSpan, type Misspelt, type Statement } from '../tree.js';
import { tellMisspelt } from './lacking.js';

export type RootValues = Values<typeof root.rows>;
export type GlobalValues = NonNullable<RootValues['globals']>['values'];

/** A block that others refer to by name. */
export interface Named {
  readonly header: string;
  readonly statement: Statement;
}

/** The outermost level of the text: what stands there, in which order, understood or not. */
export class Outline {
  /** Made when somebody asks, as the others are. */
  #order: ReadonlyMap<Statement, number> | undefined;
  /** By kind and name. */
  #blocks: Set<string> | undefined;
  #misspelt: Map<string, Misspelt> | undefined;

  constructor(readonly tree: Statement) {}

  /** Position of a block of the outermost level. */
  position(statement: Statement): number {
    this.#order ??= new Map((this.tree.children ?? []).map((one, i) => [one, i]));
    return this.#order.get(statement) ?? 0;
  }

  /** Whether there is such a block, used or not. */
  has(kind: string, name: string): boolean {
    this.#blocks ??= new Set(
      (this.tree.children ?? []).map(({ row, line }) => `${row?.keyword} ${nameOf(line.text)}`),
    );
    return this.#blocks.has(`${kind} ${name}`);
  }

  /** Whether a word of the outermost level was probably meant to be `kind`: what stands in that block was not read. */
  resembles(kind: string): boolean {
    return this.tree.misspelt?.some(({ row }) => row.keyword === kind) === true;
  }

  /** A block whose keyword was probably meant to be `kind`. */
  misspelt(kind: string, name: string): Misspelt | undefined {
    this.#misspelt ??= new Map(
      (this.tree.misspelt ?? []).map((slip) => [`${slip.row.keyword} ${nameOf(slip.line.text)}`, slip]),
    );
    return this.#misspelt.get(`${kind} ${name}`);
  }
}

/** Of a block that others refer to: what stands behind its keyword. */
export const nameOf = (line: string): string => plainWords(line).words[1]?.text ?? '';

/** Blocks of one kind by name, in the order of the text. */
export class Names<B extends Named> {
  readonly #byName = new Map<string, B>();

  constructor(
    readonly kind: string,
    blocks: readonly B[] | undefined,
    readonly outline: Outline,
    readonly report: Report,
  ) {
    for (const block of blocks ?? []) {
      const before = this.#byName.get(block.header);
      if (!before) {
        this.#byName.set(block.header, block);
        continue;
      }
      report(
        'duplicateName',
        block.statement.line.span(),
        `there are two ${kind} blocks named "${block.header}"`,
        {
          related: [{ span: keywordSpan(before.statement), text: 'the first one, which counts' }],
        },
      );
    }
  }

  /** In the order of the text. */
  get names(): Iterable<string> {
    return this.#byName.keys();
  }
  get all(): Iterable<B> {
    return this.#byName.values();
  }
  get(name: string): B | undefined {
    return this.#byName.get(name);
  }

  /** The block that a name means at a place; unknown and later ones are told and give undefined. */
  resolve(name: string, at: Span, from: Statement, mustPrecede: boolean): B | undefined {
    const found = this.#byName.get(name);
    if (!found) {
      const slip = this.outline.misspelt(this.kind, name);
      if (slip) tellMisspelt(slip, `there is no ${this.kind} named "${name}"`, this.report);
      // One that is there but cannot be used has been told.
      if (slip || this.outline.has(this.kind, name)) return undefined;
      const near = nearest(name, this.#byName.keys());
      this.report('unknownReference', at, `there is no ${this.kind} named "${name}"`, didYouMean(near));
      return undefined;
    }
    if (mustPrecede && this.outline.position(found.statement) > this.outline.position(from)) {
      this.report('laterReference', at, `${this.kind} "${name}" is defined only further below`, {
        related: [{ span: keywordSpan(found.statement), text: 'defined here' }],
      });
      return undefined;
    }
    return found;
  }
}

/** Whether the block has such a line, even one that was refused: then it has been told. */
export const says = (block: Statement, ...keywords: readonly string[]): boolean =>
  (block.children ?? []).some((child) => keywords.includes(child.keyword));

export type { Rows };

/** The values of some keys without the lines that say them. */
export function plain<V extends object, K extends keyof V>(values: V, keys: readonly K[]): Plain<Pick<V, K>> {
  const out: Partial<Record<K, unknown>> = {};
  for (const key of keys) {
    const bound = values[key] as { readonly value: unknown } | undefined;
    if (bound) out[key] = bound.value;
  }
  // Each key holds the value of its own bound line, which is what Plain says.
  return out as Plain<Pick<V, K>>;
}
type Plain<V> = {
  readonly [K in keyof V]?: NonNullable<V[K]> extends { readonly value: infer T } ? T : never;
};
