/**
 * The thread that reads a configuration away from the loop, seen from the loop. It ends with its answer, unless the
 * configuration is so large that reading it again is worth a sleeping thread: then it stays, with what it knows, and the
 * next reading costs what changed. What it reads and keeps is configuration-thread.ts's.
 */
import { Worker } from 'node:worker_threads';
import type { Loaded } from '../config/load.js';
import type { ConfigurationRequest } from './configuration.js';
import { type Delta, type Handover, Shelf, sizeOf } from './lvs/handover.js';
import { nobodyWaits, sharedMemory, somebodyWaits } from './working-ahead.js';

/** From so many bytes for the load balancer on a start is followed by a reading whose only use is to be known. */
const WORTH_PREPARING = 192 * 1024;
/** A start, for which processors are needed more, is over so long after the table stands; or so long after it began. */
const PREPARE_AFTER_MS = 2_000;
const LONGEST_START_MS = 60_000;
/** MiB. With the nursery of bin/holdfast half of a reading's time went into collecting it, again and again. */
const NURSERY = 16;

export interface ThreadRequest {
  readonly request: ConfigurationRequest;
  /** Of a thread's first: digests of the virtual servers that are here. From then on it knows. */
  readonly order?: readonly string[];
  /** Nobody waits for it: others go first. */
  readonly ahead: boolean;
}
export interface ThreadAnswer {
  readonly loaded: Loaded;
  /** Absent where there is no configuration. */
  readonly delta?: Delta;
  /** Whether the thread waits for the next request; else it is gone. */
  readonly stays: boolean;
}

export class ReadingThread {
  #shelf = new Shelf();
  #worker: Worker | undefined;
  readonly #memory = sharedMemory();
  readonly #waiting: { done: (answer: ThreadAnswer) => void; fail: (error: Error) => void }[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** What is read ahead when the start is over. */
  #ahead: ConfigurationRequest | undefined;

  async read(request: ConfigurationRequest): Promise<Loaded & { readonly handover?: Handover }> {
    clearTimeout(this.#timer);
    this.#ahead = undefined;
    const { loaded, delta } = await this.#ask(request, false);
    return delta ? { ...loaded, handover: this.#shelf.complete(delta) } : loaded;
  }

  /** After a start, with what came of it: the first reload of a large configuration shall find it known. */
  prepare(request: ConfigurationRequest, handover: Handover): void {
    this.#shelf = new Shelf(handover);
    if (sizeOf(handover) < WORTH_PREPARING) return;
    this.#ahead = request;
    this.#prepareAfter(LONGEST_START_MS);
  }

  /** The table stands. */
  startIsOver(): void {
    if (this.#ahead) this.#prepareAfter(PREPARE_AFTER_MS);
  }

  #prepareAfter(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const request = this.#ahead;
      this.#ahead = undefined;
      // A reload that fails will say why.
      if (request) this.#ask(request, true).catch(() => {});
    }, milliseconds).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    void this.#worker?.terminate();
  }

  #ask(request: ConfigurationRequest, ahead: boolean): Promise<ThreadAnswer> {
    const isNew = this.#worker === undefined;
    this.#worker ??= this.#start();
    if (ahead) nobodyWaits(this.#memory);
    else somebodyWaits(this.#memory);
    const message: ThreadRequest = { request, ...(isNew ? { order: this.#shelf.order } : {}), ahead };
    this.#worker.postMessage(message);
    return new Promise((done, fail) => this.#waiting.push({ done, fail }));
  }

  #start(): Worker {
    const worker = new Worker(new URL('./configuration-thread.js', import.meta.url), {
      workerData: this.#memory,
      resourceLimits: { maxYoungGenerationSizeMb: NURSERY },
    });
    const ended = (error: Error): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      for (const { fail } of this.#waiting.splice(0)) fail(error);
    };
    worker.on('message', (answer: ThreadAnswer) => {
      if (!answer.stays && this.#waiting.length === 1) this.#worker = undefined;
      this.#waiting.shift()?.done(answer);
    });
    worker.once('error', ended);
    worker.once('exit', (code) => ended(new Error(`the reading thread ended with ${code}`)));
    return worker;
  }
}
