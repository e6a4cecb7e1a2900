/**
 * Collects what one handle() of the load balancer's engine asks of the world and lays it out in its stages: the table,
 * checks and watches, scripts, FIFOs and mail, what is said, the end. The current moment lives here too.
 */
import type { Instant, Moment, WallTime } from '../../base/time.js';
import type { LogLevel } from '../effects.js';
import type { CheckEffect } from '../health/check.js';
import type { BalancerEffect } from './balancer.js';
import type { Answer, BalancerEvent, LvsEffect } from './effects.js';

type Of<K extends LvsEffect['kind']> = Extract<LvsEffect, { kind: K }>;

export class LvsOutbox {
  #now = 0 as Instant;
  #wall = 0 as WallTime;
  /** In the order of the stages. */
  readonly #table: LvsEffect[] = [];
  readonly #checks: LvsEffect[] = [];
  readonly #notifies: LvsEffect[] = [];
  readonly #messages: LvsEffect[] = [];
  readonly #said: LvsEffect[] = [];
  readonly #last: LvsEffect[] = [];

  get now(): Instant {
    return this.#now;
  }
  get wall(): WallTime {
    return this.#wall;
  }

  begin(moment: Moment): void {
    this.#now = moment.now;
    this.#wall = moment.wall;
  }

  table(effect: BalancerEffect): void {
    this.#table.push(effect);
  }
  check(effect: CheckEffect): void {
    this.#checks.push(effect);
  }
  watch(effect: Of<'watch-file' | 'unwatch-file'>): void {
    this.#checks.push(effect);
  }
  notify(effect: Of<'run-notify'>): void {
    this.#notifies.push(effect);
  }
  message(effect: Of<'open-fifo' | 'close-fifo' | 'write-fifo' | 'send-mail'>): void {
    this.#messages.push(effect);
  }
  log(level: LogLevel, text: string): void {
    this.#said.push({ kind: 'log', level, text });
  }
  event(event: BalancerEvent): void {
    this.#said.push({ kind: 'event', event });
  }
  answer(request: number, answer: Answer): void {
    this.#said.push({ kind: 'answer', request, answer });
  }
  tableStands(): void {
    this.#said.push({ kind: 'table-stands' });
  }
  stopped(): void {
    this.#last.push({ kind: 'stopped' });
  }

  /** Appends everything collected since begin() to `effects`. */
  flush(effects: LvsEffect[]): void {
    for (const stage of [this.#table, this.#checks, this.#notifies, this.#messages, this.#said, this.#last]) {
      for (const effect of stage) effects.push(effect);
      stage.length = 0;
    }
  }
}
