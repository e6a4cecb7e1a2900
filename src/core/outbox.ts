/**
 * Collects what one handle() asks of the world and lays it out in the stages of DESIGN section 3: channels
 * opened; BFD; adverts; the firewall (one transaction); rules and routes that go; addresses; routes and rules that come (a
 * pipelined request each); announcements; our own links; kernel settings; checks and watches; scripts; FIFOs, mail and webhooks; log
 * and events; channels closed. What belongs into a stage is decided by whoever appends it. The current moment lives
 * here too, so that everyone who acts within one turn acts at the same instant.
 */
import type { Instant, Moment, WallTime } from '../base/time.js';
import type { BfdEffect } from './bfd/facts.js';
import type { Effect, Event, LogLevel } from './effects.js';
import type { AddressOperation, RoutingOperation } from './net/facts.js';
import type { SysctlOperation } from './net/sysctls.js';
import type { LinkOperation } from './net/virtual-link-facts.js';

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

export class Outbox {
  #now = 0 as Instant;
  #wall = 0 as WallTime;
  readonly #opened: Of<'open-channel' | 'watch-routing' | 'size-buffers'>[] = [];
  readonly #bfd: BfdEffect[] = [];
  readonly #adverts: Of<'send-advert'>[] = [];
  readonly #firewall: Of<'apply-firewall'>[] = [];
  readonly #addresses = new Batch<AddressOperation>({ last: 0 });
  readonly #routing = { last: 0 };
  readonly #leaving = new Batch<RoutingOperation>(this.#routing);
  readonly #coming = new Batch<RoutingOperation>(this.#routing);
  readonly #links = new Batch<LinkOperation>({ last: 0 });
  readonly #sysctls = new Batch<SysctlOperation>({ last: 0 });
  readonly #frames: Of<'send-frame'>[] = [];
  readonly #watches: Effect[] = [];
  readonly #notifies: Of<'run-notify'>[] = [];
  readonly #messages: Effect[] = [];
  readonly #said: Effect[] = [];
  /** Told of every event, in the moment in which it happens. */
  onEvent: ((event: Event) => void) | undefined;
  readonly #closed: Effect[] = [];

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

  openChannel(effect: Of<'open-channel'>): void {
    this.#opened.push(effect);
  }
  /** Sockets and packets of BFD, in the order given. */
  bfd(effect: BfdEffect): void {
    this.#bfd.push(effect);
  }
  advert(effect: Of<'send-advert'>): void {
    this.#adverts.push(effect);
  }
  firewall(effect: Of<'apply-firewall'>): void {
    this.#firewall.push(effect);
  }
  watchRouting(effect: Of<'watch-routing'>): void {
    this.#opened.push(effect);
  }
  sizeBuffers(effect: Of<'size-buffers'>): void {
    this.#opened.push(effect);
  }
  /** Returns the number of the request that this turn's operations travel in. */
  address(operation: AddressOperation): number {
    return this.#addresses.ask(operation);
  }
  /** As `address`; deletions go before this turn's addresses, all else comes after them. */
  routing(operation: RoutingOperation): number {
    return (operation.verb === 'delete' ? this.#leaving : this.#coming).ask(operation);
  }
  /** Takes back what was asked for in this very turn; false where the world has it already. */
  withdrawRouting(operation: RoutingOperation): boolean {
    return this.#coming.withdraw(operation);
  }
  /** Returns the number of the request that this turn's links travel in. */
  link(operation: LinkOperation): number {
    return this.#links.ask(operation);
  }
  /** Returns the number of the request that this turn's settings travel in. */
  sysctl(operation: SysctlOperation): number {
    return this.#sysctls.ask(operation);
  }
  frame(effect: Of<'send-frame'>): void {
    this.#frames.push(effect);
  }
  watch(
    effect: Of<
      | 'run-check'
      | 'cancel-check'
      | 'watch-linkbeat'
      | 'unwatch-linkbeat'
      | 'watch-process'
      | 'unwatch-process'
      | 'watch-file'
      | 'unwatch-file'
    >,
  ): void {
    this.#watches.push(effect);
  }
  notify(effect: Of<'run-notify'>): void {
    this.#notifies.push(effect);
  }
  /** To those who are told by other means than scripts. */
  message(effect: Of<'open-fifo' | 'close-fifo' | 'write-fifo' | 'send-mail' | 'post-webhook'>): void {
    this.#messages.push(effect);
  }
  log(level: LogLevel, text: string): void {
    this.#said.push({ kind: 'log', level, text });
  }
  event(event: Event): void {
    this.#said.push({ kind: 'event', event });
    this.onEvent?.(event);
  }
  closeChannel(channel: string): void {
    this.#closed.push({ kind: 'close-channel', channel });
  }
  /** The last effect of all. */
  stopped(): void {
    this.#closed.push({ kind: 'stopped' });
  }

  /** Appends everything collected since begin() to `effects`, in the order of the stages. */
  flush(effects: Effect[]): void {
    drain(this.#opened, effects);
    drain(this.#bfd, effects);
    drain(this.#adverts, effects);
    drain(this.#firewall, effects);
    const leaving = this.#leaving.take();
    if (leaving) effects.push({ kind: 'apply-routes', ...leaving });
    const addresses = this.#addresses.take();
    if (addresses) effects.push({ kind: 'apply-addresses', ...addresses });
    const coming = this.#coming.take();
    if (coming) effects.push({ kind: 'apply-routes', ...coming });
    drain(this.#frames, effects);
    const links = this.#links.take();
    if (links) effects.push({ kind: 'apply-links', ...links });
    const settings = this.#sysctls.take();
    if (settings) effects.push({ kind: 'apply-sysctls', ...settings });
    drain(this.#watches, effects);
    drain(this.#notifies, effects);
    drain(this.#messages, effects);
    drain(this.#said, effects);
    drain(this.#closed, effects);
  }
}

/** One turn's operations of a kind, which travel in one request; `counter` numbers the requests. */
class Batch<T> {
  #operations: T[] = [];
  #request = 0;

  constructor(readonly counter: { last: number }) {}

  ask(operation: T): number {
    if (this.#operations.length === 0) this.#request = ++this.counter.last;
    this.#operations.push(operation);
    return this.#request;
  }
  withdraw(operation: T): boolean {
    const at = this.#operations.lastIndexOf(operation);
    if (at >= 0) this.#operations.splice(at, 1);
    return at >= 0;
  }
  take(): { request: number; operations: readonly T[] } | undefined {
    if (this.#operations.length === 0) return undefined;
    const operations = this.#operations;
    this.#operations = [];
    return { request: this.#request, operations };
  }
}

function drain(stage: Effect[], effects: Effect[]): void {
  // Most stages are empty most of the time, and to empty an array costs more than to look at it.
  if (stage.length === 0) return;
  for (const effect of stage) effects.push(effect);
  stage.length = 0;
}
