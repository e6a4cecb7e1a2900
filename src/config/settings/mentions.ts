/**
 * Whether the text names a tracker anywhere: in blocks that are left out as well, with a slip in the name, or perhaps
 * where the keyword around it is misspelt. What is wrong there is told there, so that the tracker is not used follows
 * from that and is no finding of its own.
 */
import { plainWords } from '../lexer.js';
import { nearest } from '../suggest.js';
import type { Statement } from '../tree.js';
import type { Named, Names } from './context.js';

/** The lists, and the kind of block that their entries name. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['track_script', 'vrrp_script'],
  ['track_file', 'track_file'],
  ['track_process', 'vrrp_track_process'],
]);
/** Blocks that have such lists somewhere inside. */
const HOLDERS: ReadonlySet<string> = new Set([
  'vrrp_instance',
  'vrrp_sync_group',
  'virtual_server',
  'real_server',
  'FILE_CHECK',
]);

export class Mentions {
  readonly #tree: Statement;
  /** Names by the kind of block; found when somebody asks. */
  #named: Map<string, Set<string>> | undefined;
  /** Kinds that something misspelt may name: its inside was not read. */
  readonly #hidden = new Set<string>();

  constructor(tree: Statement) {
    this.#tree = tree;
  }

  /** Whether a block of these is named, or was probably meant. */
  has(names: Names<Named>, name: string): boolean {
    if (!this.#named) {
      this.#named = new Map();
      this.#look(this.#tree, this.#named);
    }
    const mentioned = this.#named.get(names.kind);
    if (mentioned?.has(name) || this.#hidden.has(names.kind)) return true;
    for (const other of mentioned ?? []) {
      if (!names.get(other) && nearest(other, names.names) === name) return true;
    }
    return false;
  }

  #look(block: Statement, named: Map<string, Set<string>>): void {
    for (const { row } of block.misspelt ?? []) {
      const kind = KINDS.get(row.keyword);
      if (kind !== undefined && row.kind !== 'blocks') this.#hidden.add(kind);
      else if (HOLDERS.has(row.keyword)) for (const one of KINDS.values()) this.#hidden.add(one);
    }
    for (const child of block.children ?? []) {
      const { row, children, line } = child;
      if (!row) continue;
      const kind = KINDS.get(row.keyword);
      // On the outermost level track_file defines one.
      if (kind === undefined || row.kind === 'blocks') {
        this.#look(child, named);
        continue;
      }
      const found = named.get(kind) ?? new Set();
      named.set(kind, found);
      for (const entry of children ?? []) found.add(wordOf(entry.line.text, 0));
      if (!children) found.add(wordOf(line.text, 1));
    }
  }
}

const wordOf = (line: string, which: number): string => plainWords(line).words[which]?.text ?? '';
