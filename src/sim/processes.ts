/**
 * What runs beside the daemon on one router: check scripts with an outcome and a duration, notify scripts,
 * processes that are counted, files with content. Faults change how they behave; the engine sees only what the
 * host would have told it. Everything that was started for a daemon dies, unheard, with that daemon.
 */
import { MAX_TRACK_FILE_BYTES } from '../base/limits.js';
import type { Duration } from '../base/time.js';
import type { Input, ScriptOutcome } from '../core/inputs.js';

/** How a check script behaves when it is started. */
export interface ScriptBehaviour {
  readonly result: 'success' | 'failure' | 'hang' | 'crash' | 'missing';
  /** Microseconds from start to end. */
  readonly duration: number;
}

/** How notify scripts behave: they end after `duration` microseconds, or stand still for ever. */
export interface NotifyBehaviour {
  readonly fails: boolean;
  readonly duration: number;
}

/** How long the host lets a notify script run before it gives up on it, microseconds. */
const NOTIFY_PATIENCE = 60_000_000;

export class Processes {
  notify: NotifyBehaviour = { fails: false, duration: 20_000 };
  readonly #scripts = new Map<string, ScriptBehaviour>();
  readonly #counts = new Map<string, number>();
  readonly #files = new Map<string, string | undefined>();
  readonly #watchedProcesses = new Set<string>();
  readonly #watchedFiles = new Map<string, string>();
  readonly #runs = new Map<string, number>();
  readonly #later: (wait: number, input: () => Input | undefined) => void;
  #run = 0;

  /** @param later hands the daemon an input after so many microseconds, unless it has died by then */
  constructor(later: (wait: number, input: () => Input | undefined) => void) {
    this.#later = later;
  }

  setScript(name: string, behaviour: ScriptBehaviour): void {
    this.#scripts.set(name, behaviour);
  }
  scriptOf(name: string): ScriptBehaviour {
    return this.#scripts.get(name) ?? { result: 'success', duration: 5_000 };
  }

  runCheck(script: string, timeout: Duration): void {
    const behaviour = this.scriptOf(script);
    const run = ++this.#run;
    this.#runs.set(script, run);
    const late = behaviour.result === 'hang' || behaviour.duration >= timeout;
    const wait = late ? timeout + 10_000 : behaviour.result === 'missing' ? 200 : behaviour.duration;
    this.#later(wait, () => {
      if (this.#runs.get(script) !== run) return undefined;
      this.#runs.delete(script);
      return { kind: 'check-finished', script, outcome: late ? { kind: 'timeout' } : outcomeOf(behaviour) };
    });
  }

  cancelCheck(script: string): void {
    this.#runs.delete(script);
  }

  runNotify(run: number, ended: () => void): void {
    const { duration, fails } = this.notify;
    const patient = duration <= NOTIFY_PATIENCE;
    this.#later(Math.min(duration, NOTIFY_PATIENCE), () => {
      ended();
      const outcome: ScriptOutcome = patient ? { kind: 'exit', code: fails ? 1 : 0 } : { kind: 'timeout' };
      return { kind: 'notify-finished', run, outcome };
    });
  }

  setCount(tracker: string, count: number): void {
    if (this.countOf(tracker) === count) return;
    this.#counts.set(tracker, count);
    if (this.#watchedProcesses.has(tracker)) this.#reportCount(tracker);
  }
  countOf(tracker: string): number {
    return this.#counts.get(tracker) ?? 1;
  }
  watchProcess(tracker: string): void {
    this.#watchedProcesses.add(tracker);
    this.#reportCount(tracker);
  }
  unwatchProcess(tracker: string): void {
    this.#watchedProcesses.delete(tracker);
  }
  #reportCount(tracker: string): void {
    this.#later(150, () => {
      if (!this.#watchedProcesses.has(tracker)) return undefined;
      return { kind: 'process-count', tracker, count: this.countOf(tracker), source: 'simulation' };
    });
  }

  /** Undefined content: there is no such file. */
  setFile(path: string, content: string | undefined): void {
    this.#files.set(path, content);
    for (const [tracker, watched] of this.#watchedFiles) if (watched === path) this.#reportFile(tracker);
  }
  fileOf(path: string): string | undefined {
    return this.#files.get(path);
  }
  watchFile(tracker: string, path: string): void {
    this.#watchedFiles.set(tracker, path);
    this.#reportFile(tracker);
  }
  unwatchFile(tracker: string): void {
    this.#watchedFiles.delete(tracker);
  }
  #reportFile(tracker: string): void {
    this.#later(150, () => {
      const path = this.#watchedFiles.get(tracker);
      if (path === undefined) return undefined;
      const content = this.#files.get(path);
      if (content !== undefined)
        return { kind: 'file-content', tracker, content: content.slice(0, MAX_TRACK_FILE_BYTES) };
      return {
        kind: 'file-content',
        tracker,
        error: { code: 'ENOENT', message: 'no such file or directory' },
      };
    });
  }

  /** The daemon is gone: nobody watches and nobody waits any more. */
  abandon(): void {
    this.#runs.clear();
    this.#watchedProcesses.clear();
    this.#watchedFiles.clear();
  }
}

function outcomeOf({ result }: ScriptBehaviour): ScriptOutcome {
  switch (result) {
    case 'success':
      return { kind: 'exit', code: 0 };
    case 'failure':
      return { kind: 'exit', code: 1 };
    case 'crash':
      return { kind: 'signal', signal: 'SIGSEGV' };
    case 'missing':
    case 'hang':
      return { kind: 'failed', error: { code: 'ENOENT', message: 'no such file or directory' } };
  }
}
