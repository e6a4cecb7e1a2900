/**
 * What the daemon and its script runner tell each other, one JSON object a line: the runner is a process of its
 * own so that forking, and looking at a slow file system, never hold up the packet loop (docs/internals/scripts.md).
 */
import type { Failure, ScriptOutcome } from '../core/inputs.js';

/** As whom something is done; names are resolved to numbers by the runner. */
export interface Whom {
  readonly user?: string;
  readonly group?: string;
}

export interface RunScript extends Whom {
  readonly type: 'run';
  /** Ours, never used twice. */
  readonly id: number;
  /** Runs with the same key never overlap: one that is still dying is killed at once. */
  readonly key?: string;
  readonly argv: readonly string[];
  /** Also the other groups of the user. */
  readonly supplementaryGroups?: boolean;
  /** By the path behind its symbolic links. */
  readonly realPath?: boolean;
  /** Milliseconds; absent: for as long as it likes. */
  readonly timeout?: number;
  /** Whether it ends with the daemon: checks and readers do, notify scripts finish their work. */
  readonly dependent: boolean;
}

/** Makes a named pipe where there is none, and gives it to whom it shall belong. */
export interface MakeFifo extends Whom {
  readonly type: 'make-fifo';
  readonly id: number;
  readonly path: string;
  /** Permissions before the umask. */
  readonly mode: number;
}

export type ToRunner = RunScript | MakeFifo | { readonly type: 'cancel'; readonly key: string };

/** `made`: it was not there before, so that it is ours to remove. */
export type FifoOutcome =
  | { readonly kind: 'ready'; readonly made: boolean }
  | { readonly kind: 'failed'; readonly error: Failure };

export type FromRunner =
  | { readonly id: number; readonly outcome: ScriptOutcome }
  | { readonly id: number; readonly fifo: FifoOutcome }
  /** For the log: something about a program, and what to do about it. */
  | { readonly remark: string };

/** Splits a stream into lines, whatever the chunks; the part without its newline waits. */
export class LineSplitter {
  #rest = '';

  take(chunk: string): string[] {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '');
  }
}
