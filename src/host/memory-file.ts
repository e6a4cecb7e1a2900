/**
 * Lines that one life leaves to the next, in a file of the run directory: written beside the loop, the newest ones in place
 * of those that still wait, and worth nothing after another boot. What they say, and what follows from it, is decided by
 * who keeps them.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export interface MemoryFileOptions {
  /** Without one nothing outlives this process. */
  readonly path: string | undefined;
  /** What follows if it cannot be written: the end of a sentence. */
  readonly otherwise: string;
  /** Between two writes, where lines may change thousands of times a second; absent: none. */
  readonly pauseMs?: number;
  readonly warn: (text: string) => void;
}

export class MemoryFile {
  readonly #options: MemoryFileOptions;
  #boot = '';
  #queue: Promise<void> = Promise.resolve();
  #waiting: (() => readonly string[]) | undefined;
  #written = Number.NEGATIVE_INFINITY;
  #told = false;
  #ending = false;
  #hurry: () => void = () => {};

  constructor(options: MemoryFileOptions) {
    this.#options = options;
  }

  /** What an earlier life of this boot left; to be asked for once, before anything is kept: it is read before that is written. */
  recall(): Promise<readonly string[]> {
    const read = this.#read();
    this.#queue = read.then(() => {});
    return read;
  }

  async #read(): Promise<readonly string[]> {
    const { path } = this.#options;
    if (path === undefined) return [];
    this.#boot = (await textOf(BOOT_ID)).trim();
    const [boot, ...lines] = (await textOf(path)).split('\n');
    return boot === this.#boot ? lines.filter((line) => line !== '') : [];
  }

  /** `lines` is asked when it is written; none: there is no file. */
  keep(lines: () => readonly string[]): void {
    if (this.#options.path === undefined) return;
    const begun = this.#waiting !== undefined;
    this.#waiting = lines;
    if (!begun) this.#queue = this.#queue.then(() => this.#pause()).then(() => this.#write());
  }

  #pause(): Promise<void> {
    const left = this.#written + (this.#options.pauseMs ?? 0) - performance.now();
    if (left <= 0 || this.#ending) return Promise.resolve();
    return new Promise((done) => {
      const timer = setTimeout(done, left);
      this.#hurry = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  async #write(): Promise<void> {
    const { otherwise, path, warn } = this.#options;
    const lines = this.#waiting?.();
    this.#waiting = undefined;
    if (path === undefined || !lines) return;
    try {
      if (lines.length === 0) await rm(path, { force: true });
      else {
        await writeFile(`${path}.new`, [this.#boot, ...lines, ''].join('\n'), { mode: 0o600 });
        await rename(`${path}.new`, path);
      }
      this.#told = false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#told) warn(`${path} cannot be written (${why}): ${otherwise}`);
      this.#told = true;
    }
    this.#written = performance.now();
  }

  /** What was to be kept is written. */
  close(): Promise<void> {
    this.#ending = true;
    this.#hurry();
    return this.#queue;
  }
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
