/**
 * What the daemon and its script runner tell each other, one JSON object a line: the runner is a process of its
 * own so that forking never holds up the packet loop (docs/internals/scripts.md).
 */
import type { ScriptOutcome } from '../core/inputs.js';

export interface RunScript {
  readonly type: 'run';
  /** Ours, never used twice. */
  readonly id: number;
  /** Runs with the same key never overlap: one that is still dying is killed at once. */
  readonly key?: string;
  readonly argv: readonly string[];
  readonly user?: string;
  readonly group?: string;
  /** Milliseconds; absent: for as long as it likes. */
  readonly timeout?: number;
  /** Whether it ends with the daemon: checks do, notify scripts finish their work. */
  readonly dependent: boolean;
}

export type ToRunner = RunScript | { readonly type: 'cancel'; readonly key: string };

export interface FromRunner {
  readonly id: number;
  readonly outcome: ScriptOutcome;
}

/** Splits a stream into lines, whatever the chunks; the part without its newline waits. */
export class LineSplitter {
  #rest = '';

  take(chunk: string): string[] {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '');
  }
}
