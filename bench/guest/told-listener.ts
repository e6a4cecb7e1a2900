// The process that health checks meet (listener.ts), from outside.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Told {
  readonly told: 'open' | 'count' | 'closed';
  readonly connections?: number;
}

export class ToldListener {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(port: number): Promise<ToldListener> {
    const child = fork(fileURLToPath(new URL('./listener.js', import.meta.url)), [String(port)]);
    const one = new ToldListener(child);
    await one.#told();
    return one;
  }

  #told(): Promise<Told> {
    return new Promise((done) => this.#child.once('message', (told) => done(told as Told)));
  }

  #ask(what: 'count' | 'open' | 'close'): Promise<Told> {
    const told = this.#told();
    this.#child.send(what);
    return told;
  }

  async count(): Promise<number> {
    return (await this.#ask('count')).connections ?? 0;
  }
  async open(): Promise<void> {
    await this.#ask('open');
  }
  /** Refuses from now on. */
  async close(): Promise<void> {
    await this.#ask('close');
  }
  end(): void {
    this.#child.disconnect();
  }
}
