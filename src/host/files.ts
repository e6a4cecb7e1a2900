/**
 * Tracked files, seen from the daemon: a thread follows them (file-thread.ts) and tells what changed. It is woken when
 * something happens after a quiet moment, and goes on by itself for as long as more happens: files that are written
 * without pause do not wake the loop. Without tracked files there is no thread. DESIGN rule 11.
 */
import { Worker } from 'node:worker_threads';
import { FILE_THREAD_REST_MS, MAX_FILE_THREAD_RESTARTS } from '../base/limits.js';
import type { Input } from '../core/inputs.js';
import type { FromFiles, InitialContent, ToFiles, WatchFile } from './file-protocol.js';
import { IN_CLOEXEC, IN_NONBLOCK } from './linux/constants.js';
import { required } from './linux/errno.js';
import { closeFd } from './linux/fd.js';
import { inotifyInit } from './linux/libc.js';
import type { Poller, Watch } from './linux/poller.js';

/** A heap for ten thousand paths. */
const LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 };

export class Files {
  readonly #push: (input: Input) => void;
  readonly #warn: (text: string) => void;
  readonly #inotify: number;
  readonly #watch: Watch;
  /** What the thread was told to follow, for one that must take its place. */
  readonly #watched = new Map<string, WatchFile>();
  #thread: Worker | undefined;
  #restarts = 0;
  readonly #restMs: number;
  /** While no thread is started, since several in a row did not live. */
  #rest: NodeJS.Timeout | undefined;
  #closed = false;

  /** Throws SystemError: only during setup. */
  constructor(
    poller: Poller,
    push: (input: Input) => void,
    warn: (text: string) => void,
    restMs = FILE_THREAD_REST_MS,
  ) {
    this.#restMs = restMs;
    this.#push = push;
    this.#warn = warn;
    this.#inotify = required(inotifyInit(IN_NONBLOCK | IN_CLOEXEC), 'opening inotify');
    this.#watch = poller.add(this.#inotify, () => this.#look());
  }

  /** The content comes as `file-content`, now and after every change; `init` makes the file first. */
  watch(tracker: string, path: string, init?: InitialContent): void {
    this.#watched.set(tracker, { kind: 'watch', tracker, path });
    this.#tell({ kind: 'watch', tracker, path, ...(init ? { init } : {}) });
  }

  unwatch(tracker: string): void {
    if (this.#watched.delete(tracker)) this.#tell({ kind: 'unwatch', tracker });
  }

  #tell(message: ToFiles): void {
    // Whoever is watched is told of when it has rested.
    if (this.#closed || this.#rest) return;
    this.#thread ??= this.#start();
    this.#thread.postMessage(message);
  }

  #start(): Worker {
    const url = new URL('./file-thread.js', import.meta.url);
    const thread = new Worker(url, { workerData: this.#inotify, resourceLimits: LIMITS });
    thread.unref();
    thread.on('message', (message: FromFiles) => {
      if (this.#thread === thread) this.#take(message);
    });
    thread.once('error', (error) => this.#ended(thread, error.message));
    return thread;
  }

  #take(message: FromFiles): void {
    switch (message.kind) {
      case 'found':
        for (const content of message.contents)
          if (this.#watched.has(content.tracker)) this.#push({ kind: 'file-content', ...content });
        return;
      case 'warning':
        this.#warn(message.text);
        return;
      case 'looked':
        this.#restarts = 0;
        if (!this.#closed) this.#watch.pause(false);
    }
  }

  /** Nothing more wakes us until the thread finds nothing more. */
  #look(): void {
    this.#watch.pause(true);
    this.#tell({ kind: 'look' });
  }

  /** It reads what strangers write: what ends it must not end the following of files. */
  #ended(thread: Worker, why: string): void {
    if (this.#thread !== thread || this.#closed) return;
    this.#thread = undefined;
    this.#restarts += 1;
    if (this.#restarts <= MAX_FILE_THREAD_RESTARTS) {
      this.#warn(`the thread that follows files has ended (${why}) and is started again`);
      this.#followAgain();
      return;
    }
    this.#watch.pause(true);
    this.#warn(
      `tracked files are not followed just now, their last values stay: the thread for them ended again and again (${why}); it is tried again in ${this.#restMs / 1000} s`,
    );
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#followAgain();
    }, this.#restMs).unref();
  }

  #followAgain(): void {
    this.#thread = this.#start();
    for (const message of this.#watched.values()) this.#tell(message);
    this.#watch.pause(false);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#rest);
    this.#watched.clear();
    this.#watch.remove();
    const thread = this.#thread;
    this.#thread = undefined;
    // Its last look may be under way.
    if (thread) void thread.terminate().finally(() => closeFd(this.#inotify));
    else closeFd(this.#inotify);
  }
}
