/**
 * Mail and webhooks, seen from the daemon: each is a message to the courier's thread (courier/thread.ts), which
 * answers with lines for the log. It starts the thread when there is something to deliver, and at the end gives it
 * a moment to deliver what waits. DESIGN rule 11: no dialogue with a server happens on the packet loop.
 */
import { Worker } from 'node:worker_threads';
import type { LogLevel, PostWebhook, SendMail } from '../core/effects.js';

export type ToCourier = readonly (SendMail | PostWebhook | { readonly kind: 'finish' })[];
export type FromCourier =
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'finished' };

/** How long the end waits for what is still to be delivered. */
const FINISH_PATIENCE_MS = 5000;
/** One small heap: a message is a few hundred bytes, and nodemailer some hundred kilobytes. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

export class Courier {
  readonly #log: (level: LogLevel, text: string) => void;
  #thread: Worker | undefined;
  #finished: (() => void) | undefined;
  /** What was asked for in this turn. */
  #messages: (SendMail | PostWebhook)[] = [];
  #closed = false;

  constructor(log: (level: LogLevel, text: string) => void) {
    this.#log = log;
  }

  /** Starts the thread before it is needed; without this the first message starts it. */
  prepare(): void {
    this.#worker();
  }

  #worker(): Worker | undefined {
    if (this.#thread || this.#closed) return this.#thread;
    const thread = new Worker(new URL('./courier/thread.js', import.meta.url), { resourceLimits: LIMITS });
    // It keeps no daemon alive that has nothing else to do.
    thread.unref();
    thread.on('message', (message: FromCourier) => {
      if (message.type === 'log') this.#log(message.level, message.text);
      else this.#finished?.();
    });
    thread.once('error', (error) => this.#ended(thread, error.message));
    thread.once('exit', () => this.#ended(thread, undefined));
    this.#thread = thread;
    return thread;
  }

  #ended(thread: Worker, why: string | undefined): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#finished?.();
    if (why !== undefined)
      this.#log('error', `the thread for mail and webhooks ended, what it had to deliver is lost: ${why}`);
  }

  /** All that is asked for in one turn is one message, behind the turn: adverts do not wait for it. */
  deliver(message: SendMail | PostWebhook): void {
    if (this.#messages.length === 0) queueMicrotask(() => this.#flush());
    this.#messages.push(message);
  }

  #flush(): void {
    const messages: ToCourier = this.#messages;
    this.#messages = [];
    if (messages.length > 0) this.#worker()?.postMessage(messages);
  }

  /** Lets it deliver what waits, within bounds, and ends it. */
  async close(): Promise<void> {
    this.#flush();
    this.#closed = true;
    const thread = this.#thread;
    if (!thread) return;
    await new Promise<void>((done) => {
      const patience = setTimeout(() => {
        this.#log(
          'warning',
          'stopping without waiting any longer for mail and webhooks that are not delivered',
        );
        done();
      }, FINISH_PATIENCE_MS);
      this.#finished = () => {
        clearTimeout(patience);
        done();
      };
      thread.postMessage([{ kind: 'finish' }] satisfies ToCourier);
    });
    this.#thread = undefined;
    await thread.terminate();
  }
}
