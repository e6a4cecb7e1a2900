/**
 * Looks for the patterns of HTTP checks in bodies, off the loop and for a bounded time: a body made to keep a pattern
 * busy costs MAX_REGEX_MS of another thread, and only its own check. A checker that overran waits in a lane of its own
 * from then on, until it has been quick again, so that it never holds up the others. (directives-lvs section 6.2)
 */
import { Worker } from 'node:worker_threads';
import { MAX_REGEX_MS } from '../../base/limits.js';
import type { RegexSettings } from '../../config/model-lvs.js';
import {
  type JavaScriptPattern,
  type PatternRefusal,
  translatePattern,
} from '../../config/pattern/translate.js';
import type { CheckFailure } from '../../core/health/check.js';
import type { Failure } from '../../core/inputs.js';

export interface ToSearcher {
  readonly pattern: JavaScriptPattern;
  readonly minOffset: number;
  readonly maxOffset: number | undefined;
  readonly body: Uint8Array;
}
/** It is there; whether it was found; that looking for it takes too much memory; or a sentence why the pattern cannot be used. */
export type FromSearcher =
  | { readonly ready: true }
  | { readonly found: boolean }
  | { readonly exhausted: true }
  | { readonly error: string };

export type Found =
  | { readonly kind: 'known'; readonly found: boolean }
  | { readonly kind: 'overran'; readonly failure: CheckFailure }
  | { readonly kind: 'unmade'; readonly error: Failure };

interface Job {
  readonly regex: RegexSettings;
  readonly message: ToSearcher;
  readonly done: (found: Found) => void;
}

function foundBy(answer: Exclude<FromSearcher, { ready: true }>): Found {
  if ('found' in answer) return { kind: 'known', found: answer.found };
  if ('exhausted' in answer) return { kind: 'overran', failure: { kind: 'regex-memory' } };
  return { kind: 'unmade', error: { code: 'EPATTERN', message: answer.error } };
}

const THREAD = new URL('./pattern-thread.js', import.meta.url);
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

/** One thread, and who waits for it. */
class Lane {
  readonly #queue: Job[] = [];
  readonly #overran: (job: Job) => void;
  #thread: Worker | undefined;
  /** A thread that is still starting takes no time from anybody's search. */
  #ready = false;
  #current: { readonly job: Job; readonly timer: NodeJS.Timeout } | undefined;

  constructor(overran: (job: Job) => void) {
    this.#overran = overran;
  }

  add(job: Job): void {
    this.#queue.push(job);
    this.#next();
  }

  #next(): void {
    if (this.#current || this.#queue.length === 0) return;
    const thread = this.#worker();
    if (!this.#ready) return;
    const job = this.#queue.shift();
    if (!job) return;
    this.#current = { job, timer: setTimeout(() => this.#tooLong(job), MAX_REGEX_MS) };
    thread.postMessage(job.message);
  }

  prepare(): void {
    this.#worker();
  }

  #worker(): Worker {
    if (this.#thread) return this.#thread;
    this.#ready = false;
    const thread = new Worker(THREAD, { resourceLimits: LIMITS });
    thread.unref();
    thread.on('message', (answer: FromSearcher) => {
      if (this.#thread !== thread) return;
      if ('ready' in answer) {
        this.#ready = true;
        this.#next();
        return;
      }
      this.#answer(foundBy(answer));
    });
    const died = (message: string): void => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      // One that did not even start would not do so for the next either.
      const failed: Found = { kind: 'unmade', error: { code: 'EPATTERN', message } };
      if (this.#current) this.#answer(failed);
      else for (const job of this.#queue.splice(0)) job.done(failed);
    };
    thread.once('error', (error) => died(`the search ended: ${error.message}`));
    thread.once('exit', () => died('the search ended'));
    this.#thread = thread;
    return thread;
  }

  #tooLong(job: Job): void {
    const thread = this.#thread;
    this.#thread = undefined;
    void thread?.terminate();
    this.#overran(job);
    this.#answer({ kind: 'overran', failure: { kind: 'regex-time', milliseconds: MAX_REGEX_MS } });
  }

  #answer(found: Found): void {
    const current = this.#current;
    if (!current) return;
    clearTimeout(current.timer);
    this.#current = undefined;
    current.job.done(found);
    this.#next();
  }

  async close(): Promise<void> {
    this.#queue.length = 0;
    clearTimeout(this.#current?.timer);
    this.#current = undefined;
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }
}

export class PatternSearch {
  /** What was translated, by the settings that asked for it. */
  readonly #patterns = new WeakMap<RegexSettings, JavaScriptPattern | PatternRefusal>();
  /** Whose last search took too long. */
  readonly #slow = new WeakSet<RegexSettings>();
  readonly #lanes = {
    quick: new Lane(({ regex }) => this.#slow.add(regex)),
    slow: new Lane(({ regex }) => this.#slow.add(regex)),
  };

  /** Starts the thread before it is needed. */
  prepare(): void {
    this.#lanes.quick.prepare();
  }

  look(regex: RegexSettings, body: Buffer, done: (found: Found) => void): void {
    const pattern = this.#translated(regex);
    if ('what' in pattern) {
      const message = `the pattern is not served: ${pattern.what}`;
      done({ kind: 'unmade', error: { code: 'EPATTERN', message } });
      return;
    }
    const { minOffset = 0, maxOffset } = regex;
    const message: ToSearcher = { pattern, minOffset, maxOffset, body };
    const lane = this.#slow.has(regex) ? this.#lanes.slow : this.#lanes.quick;
    lane.add({
      regex,
      message,
      done: (found) => {
        if (found.kind === 'known') this.#slow.delete(regex);
        done(found);
      },
    });
  }

  #translated(regex: RegexSettings): JavaScriptPattern | PatternRefusal {
    const known = this.#patterns.get(regex);
    if (known) return known;
    const made = translatePattern(regex);
    const pattern = made.ok ? made.value : made.error;
    this.#patterns.set(regex, pattern);
    return pattern;
  }

  async close(): Promise<void> {
    await Promise.all([this.#lanes.quick.close(), this.#lanes.slow.close()]);
  }
}
