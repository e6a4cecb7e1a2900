/**
 * Writes the tree of a pattern in JavaScript's words, and refuses where these would mean something else: a reference to
 * a group that may not have taken part (PCRE2 fails there, JavaScript matches nothing), and whatever remembers or
 * commits itself within a lookbehind (JavaScript walks through it backwards).
 */
import { ok, type Result, refuse } from '../../base/result.js';
import { writeRanges } from './char-set.js';
import type { PatternRefusal } from './translate.js';
import type { PatternNode } from './tree.js';

type Groups = ReadonlySet<number>;
const NONE: Groups = new Set();

export function writePattern(
  tree: PatternNode,
  { wide }: { readonly wide: boolean },
): Result<string, PatternRefusal> {
  const writer = new Writer(wide);
  const { source } = writer.write(tree, NONE);
  return writer.refusal ? refuse(writer.refusal) : ok(source);
}

/** The text, and the groups that have surely taken part once it matched. */
interface Written {
  readonly source: string;
  readonly took: Groups;
}

class Writer {
  readonly #wide: boolean;
  refusal: PatternRefusal | undefined;
  #atoms = 0;
  #behind = false;

  constructor(wide: boolean) {
    this.#wide = wide;
  }

  #refuse(what: string, at: number): Written {
    this.refusal ??= { kind: 'not-served', what, at };
    return { source: '', took: NONE };
  }

  write(node: PatternNode, before: Groups): Written {
    switch (node.kind) {
      case 'one':
        return { source: this.#one(node), took: NONE };
      case 'place':
        return { source: node.source, took: NONE };
      case 'sequence':
        return this.#sequence(node.items, before);
      case 'choice':
        return this.#choice(node.branches, before);
      case 'capture':
        return this.#capture(node, before);
      case 'atomic':
        return this.#behind
          ? this.#refuse('an atomic group within a lookbehind', node.at)
          : this.#atomic(node.body, before);
      case 'look':
        return this.#look(node, before);
      case 'repeat':
        return this.#repeat(node, before);
      case 'back':
        return this.#back(node, before);
    }
  }

  #one({ set, properties, negated }: Extract<PatternNode, { kind: 'one' }>): string {
    const within = set.flatMap(([from, to]): (readonly [number, number])[] =>
      this.#wide || from <= 0xff ? [[from, this.#wide ? to : Math.min(to, 0xff)]] : [],
    );
    const text = `${writeRanges(within)}${properties.join('')}`;
    const [only] = within;
    const single = within.length === 1 && properties.length === 0 && only && only[0] === only[1];
    return single && !negated ? text : `[${negated ? '^' : ''}${text}]`;
  }

  #sequence(items: readonly PatternNode[], before: Groups): Written {
    let source = '';
    const took = new Set<number>();
    for (const item of items) {
      const written = this.write(item, new Set([...before, ...took]));
      source += item.kind === 'choice' ? `(?:${written.source})` : written.source;
      for (const group of written.took) took.add(group);
    }
    return { source, took };
  }

  #choice(branches: readonly PatternNode[], before: Groups): Written {
    const written = branches.map((branch) => this.write(branch, before));
    const [first, ...others] = written;
    const took = [...(first?.took ?? NONE)].filter((group) => others.every((other) => other.took.has(group)));
    return { source: written.map(({ source }) => source).join('|'), took: new Set(took) };
  }

  #capture({ group, body }: Extract<PatternNode, { kind: 'capture' }>, before: Groups): Written {
    const { source, took } = this.write(body, before);
    // What nobody can refer to later needs no memory: JavaScript would fill it in the wrong order.
    if (this.#behind) return { source: `(?:${source})`, took: NONE };
    return { source: `(?<g${group}>${source})`, took: new Set([...took, group]) };
  }

  /** What a lookahead has found is taken as it is: nobody goes back into it. */
  #atomic(body: PatternNode, before: Groups): Written {
    this.#atoms += 1;
    const name = `a${this.#atoms}`;
    const { source, took } = this.write(body, before);
    return { source: `(?:(?=(?<${name}>${source}))\\k<${name}>)`, took };
  }

  #look({ behind, negative, body, at }: Extract<PatternNode, { kind: 'look' }>, before: Groups): Written {
    if (this.#behind && !behind) return this.#refuse('a lookahead within a lookbehind', at);
    const outside = this.#behind;
    this.#behind = behind;
    if (behind && !isBounded(body))
      this.refusal ??= { kind: 'invalid', what: 'a lookbehind without bounds', at };
    const { source, took } = this.write(body, before);
    this.#behind = outside;
    return {
      source: `(?${behind ? '<' : ''}${negative ? '!' : '='}${source})`,
      took: negative || behind ? NONE : took,
    };
  }

  #repeat(node: Extract<PatternNode, { kind: 'repeat' }>, before: Groups): Written {
    const { body, least, most, how, at } = node;
    if (how === 'possessive') {
      if (this.#behind) return this.#refuse('a possessive repetition within a lookbehind', at);
      return this.#atomic({ ...node, how: 'greedy' }, before);
    }
    const { source, took } = this.write(body, before);
    const item = body.kind === 'one' ? source : `(?:${source})`;
    const times = writeTimes(least, most);
    // A round that takes nothing is a round for PCRE2, and none for JavaScript.
    const certain = least > 0 && (most === 1 || shortest(body) > 0);
    return { source: `${item}${times}${how === 'lazy' ? '?' : ''}`, took: certain ? took : NONE };
  }

  #back({ group, at }: Extract<PatternNode, { kind: 'back' }>, before: Groups): Written {
    if (this.#behind) return this.#refuse('a reference to a group within a lookbehind', at);
    if (!before.has(group)) return this.#refuse('a reference to a group that may not have taken part', at);
    return { source: `\\k<g${group}>`, took: NONE };
  }
}

function writeTimes(least: number, most: number | undefined): string {
  if (least === 0 && most === undefined) return '*';
  if (least === 1 && most === undefined) return '+';
  if (least === 0 && most === 1) return '?';
  if (least === most) return `{${least}}`;
  return `{${least},${most ?? ''}}`;
}

/** The fewest characters that it takes; a reference may take none. */
function shortest(node: PatternNode): number {
  switch (node.kind) {
    case 'one':
      return 1;
    case 'sequence':
      return node.items.reduce((sum, item) => sum + shortest(item), 0);
    case 'choice':
      return Math.min(...node.branches.map(shortest));
    case 'capture':
    case 'atomic':
      return shortest(node.body);
    case 'repeat':
      return node.least * shortest(node.body);
    default:
      return 0;
  }
}

/** Whether PCRE2 knows how far to step back. */
function isBounded(node: PatternNode): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.every(isBounded);
    case 'choice':
      return node.branches.every(isBounded);
    case 'capture':
    case 'atomic':
      return isBounded(node.body);
    case 'repeat':
      return node.most !== undefined && isBounded(node.body);
    case 'back':
      return false;
    default:
      return true;
  }
}
