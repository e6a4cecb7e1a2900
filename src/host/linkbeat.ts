/**
 * Polling of links, seen from the daemon: starts the thread that asks (linkbeat-thread.ts) when an interface is to be
 * polled, and hands on what it finds. Without such interfaces it costs nothing.
 */
import { Worker } from 'node:worker_threads';
import type { LinkbeatMethod } from '../core/effects.js';
import type { Input } from '../core/inputs.js';
import type { FromLinkbeat, ToLinkbeat } from './linkbeat-protocol.js';

/** A heap for some names and a timer. */
const LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };

export class Linkbeat {
  readonly #feed: (input: Input) => void;
  readonly #warn: (text: string) => void;
  readonly #watched = new Map<string, LinkbeatMethod | undefined>();
  #thread: Worker | undefined;
  #closed = false;

  constructor(feed: (input: Input) => void, warn: (text: string) => void) {
    this.#feed = feed;
    this.#warn = warn;
  }

  watch(name: string, method: LinkbeatMethod | undefined): void {
    this.#watched.set(name, method);
    this.#tell({ kind: 'watch', interface: name, ...(method ? { method } : {}) });
  }

  unwatch(name: string): void {
    this.#watched.delete(name);
    if (this.#watched.size > 0) this.#tell({ kind: 'unwatch', interface: name });
    else this.#end();
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #end(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    void thread?.terminate();
  }

  #tell(message: ToLinkbeat): void {
    if (this.#closed) return;
    this.#thread ??= this.#start();
    this.#thread.postMessage(message);
  }

  #start(): Worker {
    const thread = new Worker(new URL('./linkbeat-thread.js', import.meta.url), { resourceLimits: LIMITS });
    thread.unref();
    thread.on('message', (found: FromLinkbeat) => {
      if (!this.#watched.has(found.interface)) return;
      const { interface: name, up, method } = found;
      const wanted = this.#watched.get(name);
      if (wanted !== undefined && wanted !== method)
        this.#warn(`${name} cannot be asked for its link by ${wanted}: ${method} is used instead`);
      this.#feed({ kind: 'linkbeat', interface: name, up, method });
    });
    thread.once('error', (error) => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#warn(`links are no longer polled, the last answers stay: ${error.message}`);
    });
    return thread;
  }
}
