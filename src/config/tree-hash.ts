/**
 * Hashes of statements: they tell versions of a configuration apart, by its words and not by blanks and comments. What
 * several blocks have inside is gone through once.
 */
import { type Halves, LineHashes, TextHash } from './hash.js';
import type { Statement } from './tree.js';

export class TreeHashes {
  readonly #lines = new LineHashes();
  readonly #insides = new Map<readonly Statement[], Halves>();

  /** Of a statement of the outermost level with all inside. */
  of(statement: Statement): Halves {
    if (statement.known) return statement.known.hash;
    const hash = new TextHash(this.#lines);
    this.#add(statement, hash);
    return hash.halves;
  }

  #add({ line, children }: Statement, hash: TextHash): void {
    hash.add(line.text);
    if (children) hash.mix(this.#inside(children));
  }

  #inside(children: readonly Statement[]): Halves {
    const known = this.#insides.get(children);
    if (known) return known;
    const hash = new TextHash(this.#lines);
    hash.add('{');
    for (const child of children) this.#add(child, hash);
    const { halves } = hash;
    this.#insides.set(children, halves);
    return halves;
  }
}

/** The same for the same statements, whatever stands around them. */
export function hashOf(tree: Statement): string {
  const hash = new TextHash();
  const hashes = new TreeHashes();
  for (const statement of tree.children ?? []) hash.mix(hashes.of(statement));
  return hash.finish();
}
