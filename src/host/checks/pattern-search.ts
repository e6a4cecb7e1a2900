/**
 * Looks for the patterns of HTTP checks in bodies, off the loop and for a bounded time: a body made to keep a pattern
 * busy costs MAX_REGEX_MS of another thread, and only its own check. Whoever takes longer than MAX_QUICK_REGEX_MS goes on in
 * a lane of its own, and begins there from then on, until it has been quick again, so that it never holds up the others;
 * within a lane patterns take turns. (directives-lvs section 6.2)
 */
import { Worker } from 'node:worker_threads';
import { MAX_QUICK_REGEX_MS, MAX_REGEX_MS, MAX_REGEX_WAITING } from '../../base/limits.js';
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
  readonly asker: object;
  readonly message: ToSearcher;
  /** `took`: milliseconds of the search itself. */
  readonly done: (found: Found, took: number) => void;
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
  /** By pattern: whose turn it is comes first. */
  readonly #waiting = new Map<string, Job[]>();
  /** Milliseconds that a search may take. */
  readonly #limit: number;
  /** Takes a job that took longer. */
  readonly #overran: (job: Job) => void;
  #thread: Worker | undefined;
  /** A thread that is still starting takes no time from anybody's search. */
  #ready = false;
  #current: { readonly job: Job; readonly timer: NodeJS.Timeout; readonly began: number } | undefined;

  constructor(limit: number, overran: (job: Job) => void) {
    this.#limit = limit;
    this.#overran = overran;
  }

  add(job: Job): void {
    const { source } = job.message.pattern;
    const others = this.#waiting.get(source);
    if (others) others.push(job);
    else this.#waiting.set(source, [job]);
    this.#next();
  }

  #next(): void {
    if (this.#current || this.#waiting.size === 0) return;
    const thread = this.#worker();
    if (!this.#ready) return;
    const job = this.#take();
    if (!job) return;
    const timer = setTimeout(() => this.#tooLong(job), this.#limit);
    this.#current = { job, timer, began: performance.now() };
    thread.postMessage(job.message);
  }

  #take(): Job | undefined {
    for (const [source, jobs] of this.#waiting) {
      const job = jobs.shift();
      this.#waiting.delete(source);
      if (jobs.length > 0) this.#waiting.set(source, jobs);
      return job;
    }
    return undefined;
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
      else {
        const left = [...this.#waiting.values()].flat();
        this.#waiting.clear();
        for (const job of left) job.done(failed, 0);
      }
    };
    thread.once('error', (error) => died(`the search ended: ${error.message}`));
    thread.once('exit', () => died('the search ended'));
    this.#thread = thread;
    return thread;
  }

  #tooLong(job: Job): void {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#current = undefined;
    void thread?.terminate();
    this.#overran(job);
    this.#next();
  }

  #answer(found: Found): void {
    const current = this.#current;
    if (!current) return;
    clearTimeout(current.timer);
    this.#current = undefined;
    current.job.done(found, performance.now() - current.began);
    this.#next();
  }

  async close(): Promise<void> {
    this.#waiting.clear();
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
  /** Whose last search was not quick. */
  readonly #slow = new WeakSet<object>();
  /** Bytes of bodies that are searched, or wait for it. */
  #bytes = 0;
  readonly #slowLane = new Lane(MAX_REGEX_MS, (job) =>
    job.done({ kind: 'overran', failure: { kind: 'regex-time', milliseconds: MAX_REGEX_MS } }, MAX_REGEX_MS),
  );
  readonly #quickLane = new Lane(MAX_QUICK_REGEX_MS, (job) => {
    this.#slow.add(job.asker);
    this.#slowLane.add(job);
  });

  /** Starts the thread before it is needed. */
  prepare(): void {
    this.#quickLane.prepare();
  }

  /** `asker`: one for each page of each server. */
  look(asker: object, regex: RegexSettings, body: Buffer, done: (found: Found) => void): void {
    const pattern = this.#translated(regex);
    if ('what' in pattern) {
      const message = `the pattern is not served: ${pattern.what}`;
      done({ kind: 'unmade', error: { code: 'EPATTERN', message } });
      return;
    }
    const { minOffset = 0, maxOffset } = regex;
    const message: ToSearcher = { pattern, minOffset, maxOffset, body };
    if (this.#bytes + body.length > MAX_REGEX_WAITING) {
      done({ kind: 'unmade', error: { code: 'EPATTERN', message: 'too many pages wait to be searched' } });
      return;
    }
    this.#bytes += body.length;
    const lane = this.#slow.has(asker) ? this.#slowLane : this.#quickLane;
    lane.add({
      asker,
      message,
      done: (found, took) => {
        this.#bytes -= body.length;
        if (took <= MAX_QUICK_REGEX_MS) this.#slow.delete(asker);
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
    await Promise.all([this.#quickLane.close(), this.#slowLane.close()]);
  }
}
