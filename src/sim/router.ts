/**
 * One router of a world: a kernel, processes, clocks, and a daemon, which is an engine and the four steps of
 * DESIGN section 3 around it: drain, timeouts, effects, arm. It can be booted, stalled, reloaded, stopped and
 * killed. It decides nothing about VRRP; what it sees is told to an observer, who judges.
 */
import { MAX_HELD_TURNS, MAX_PATIENCE } from '../base/limits.js';
import type { Prng } from '../base/prng.js';
import type { Duration, Moment } from '../base/time.js';
import type { Configuration } from '../config/model.js';
import type { Effect } from '../core/effects.js';
import type { Input } from '../core/inputs.js';
import type { Machine } from '../core/machine.js';
import type { AddressOperation } from '../core/net/facts.js';
import type { Agenda, Appointment } from './agenda.js';
import type { RouterClock } from './clock.js';
import { SimFirewall } from './firewall.js';
import { type Flight, flightOf } from './flight.js';
import { Kernel } from './kernel.js';
import { NOWHERE } from './kernel-sockets.js';
import { LinkMaker } from './link-maker.js';
import type { Network, Station } from './network.js';
import { Processes } from './processes.js';
import { Sysctls } from './sysctls.js';
import { describeEffect, describeInput, type Trace } from './trace.js';

export type MachineFactory = (configuration: Configuration) => Machine;

/** Who watches: called at once, before anything that follows from what was seen. */
export interface Observer {
  booted(router: Router): void;
  /** `graceful` when the daemon said `stopped`. */
  died(router: Router, graceful: boolean): void;
  /** One call of handle(): what went in, and what came out as effects[from..to). */
  handled(
    router: Router,
    input: Input,
    flight: Flight | undefined,
    effects: readonly Effect[],
    from: number,
  ): void;
  notifyEnded(router: Router, run: number): void;
  /** Addresses are about to be added or deleted; what is before them in the turn is done. */
  applying(router: Router, operations: readonly AddressOperation[]): void;
  /** A whole turn is over and its effects are carried out. */
  turned(router: Router): void;
}

/** A machine that asks for the same instant again and again would stop the world here. */
const MAX_TIMEOUTS_PER_TURN = 1000;
/** How often links are polled, microseconds. */
export const POLL_INTERVAL = 1_000_000;

export class EndlessTurn extends Error {
  override readonly name = 'EndlessTurn';
}

/** How the router's netlink answers and its loop behave, in microseconds. */
export interface Pace {
  /** Until the loop runs after something woke it. */
  latency: number;
  /** Until acknowledgements of netlink arrive. */
  acknowledgement: number;
}

export class Router implements Station {
  readonly kernel: Kernel;
  readonly processes: Processes;
  readonly firewall = new SimFirewall();
  readonly sysctls: Sysctls;
  readonly links: LinkMaker;
  readonly pace: Pace = { latency: 150, acknowledgement: 300 };
  /** Undefined while no daemon runs. */
  machine: Machine | undefined;
  configuration: Configuration;
  /** World time until which the daemon's loop does not run. */
  stalledUntil = 0;
  /** World time at which the daemon was last kept from running. */
  lastStall = Number.NEGATIVE_INFINITY;
  stopping = false;
  /** Requests to netlink that were not answered yet. */
  unanswered = 0;
  /** World time at which the machine was switched on. */
  poweredOn = 0;
  /** Times at which a daemon was started. */
  boots = 0;
  readonly #agenda: Agenda;
  readonly #prng: Prng;
  readonly #network: Network;
  readonly #factory: MachineFactory;
  readonly #observer: Observer;
  readonly #trace: Trace | undefined;
  #inbox: Input[] = [];
  /** The first input of a daemon, which nothing overtakes. */
  #start: Input | undefined;
  #turn: Appointment | undefined;
  #heldTurns = 0;
  /** World time of the latest answer of netlink that is on its way. */
  #answered = 0;
  /** Asked to start while the daemon before was still stopping. */
  #bootAfterwards = false;
  readonly #effects: Effect[] = [];
  readonly #lastAdverts = new Map<string, Flight>();
  readonly #lastGoodbyes = new Map<string, Flight>();
  /** Interfaces whose links are polled, and what was found last. */
  readonly #polled = new Map<string, boolean | undefined>();

  constructor(
    readonly router: number,
    readonly name: string,
    readonly clock: RouterClock,
    configuration: Configuration,
    world: {
      readonly agenda: Agenda;
      readonly prng: Prng;
      readonly network: Network;
      readonly factory: MachineFactory;
      readonly observer: Observer;
      readonly trace: Trace | undefined;
    },
  ) {
    this.configuration = configuration;
    this.#agenda = world.agenda;
    this.#prng = world.prng;
    this.#network = world.network;
    this.#factory = world.factory;
    this.#observer = world.observer;
    this.#trace = world.trace;
    this.kernel = new Kernel(
      () => this.#agenda.now,
      (probability) => this.#prng.chance(probability),
      () => this.#wake(),
    );
    this.processes = new Processes((wait, input) => this.#later(wait, input));
    this.links = new LinkMaker(this.kernel, (probability) => this.#prng.chance(probability));
    this.sysctls = new Sysctls((probability) => this.#prng.chance(probability));
  }

  get now(): number {
    return this.#agenda.now;
  }

  /** Nothing waits to be told to the daemon and netlink owes it no answer: it knows what is. */
  get informed(): boolean {
    return (
      this.#start === undefined &&
      this.unanswered === 0 &&
      this.#inbox.length === 0 &&
      !this.kernel.eventsWaiting
    );
  }

  /** Starts a daemon with the current configuration. */
  boot(): void {
    if (this.machine) {
      this.#bootAfterwards = this.stopping;
      return;
    }
    this.#bootAfterwards = false;
    this.boots++;
    this.stopping = false;
    this.#trace?.line(this.now, this.name, `! boot ${this.configuration.hash}`);
    this.machine = this.#factory(this.configuration);
    this.#observer.booted(this);
    const uptime = Math.round(this.now - this.poweredOn) as Duration;
    this.#start = { kind: 'start', ...this.kernel.listen(), uptime, sysctls: this.sysctls.changed };
    this.#wake();
  }

  /** SIGKILL, or the power cord: nothing is said and nothing is undone. */
  kill(): void {
    if (!this.machine) return;
    this.#trace?.line(this.now, this.name, '! kill');
    this.#bury(false);
  }

  /** SIGTERM: the daemon ends when it says so. */
  stop(): void {
    if (!this.machine || this.stopping) return;
    this.stopping = true;
    this.feed({ kind: 'stop', reason: 'SIGTERM' });
  }

  reload(configuration: Configuration): void {
    this.configuration = configuration;
    if (this.machine) this.feed({ kind: 'reload', configuration });
  }

  /** The loop stands still (a paused machine, a hog on the processor) until world time `until`. */
  stall(until: number): void {
    this.#trace?.line(this.now, this.name, `! stall until ${(until / 1e6).toFixed(6)}`);
    this.stalledUntil = Math.max(this.stalledUntil, until);
    this.lastStall = Math.max(this.lastStall, this.stalledUntil);
    if (this.#turn) {
      const { at } = this.#turn;
      this.#agenda.cancel(this.#turn);
      this.#turn = undefined;
      this.#request(at);
    }
  }

  /** The last advert, or the last goodbye, that an instance sent. */
  lastSentBy(instance: string, goodbye: boolean): Flight | undefined {
    return (goodbye ? this.#lastGoodbyes : this.#lastAdverts).get(instance);
  }

  receive(segment: string, flight: Flight): boolean {
    return this.kernel.sockets.receive(segment, flight, this.now);
  }

  /** Hands the daemon an input as soon as its loop runs. */
  feed(input: Input): void {
    if (!this.machine) return;
    this.#inbox.push(input);
    this.#wake();
  }

  #later(wait: number, input: () => Input | undefined): void {
    const { boots } = this;
    this.#agenda.plan(this.now + wait, () => {
      if (!this.machine || this.boots !== boots) return;
      const what = input();
      if (what) this.feed(what);
    });
  }

  #bury(graceful: boolean): void {
    this.#observer.died(this, graceful);
    this.machine = undefined;
    this.stopping = false;
    this.#start = undefined;
    this.#inbox = [];
    this.unanswered = 0;
    if (this.#turn) this.#agenda.cancel(this.#turn);
    this.#turn = undefined;
    this.kernel.closeAll();
    this.#polled.clear();
    this.processes.abandon();
    if (this.#bootAfterwards) this.boot();
  }

  #wake(): void {
    if (this.machine) this.#request(this.now + this.pace.latency);
  }

  /** A turn at world time `at`, or when a stall ends; the earliest request counts. */
  #request(at: number): void {
    const when = Math.max(at, this.stalledUntil);
    if (this.#turn) {
      if (this.#turn.at <= when) return;
      this.#agenda.cancel(this.#turn);
    }
    this.#turn = this.#agenda.plan(when, () => {
      this.#turn = undefined;
      this.#takeTurn();
    });
  }

  #takeTurn(): void {
    const machine = this.machine;
    if (!machine) return;
    const moment = this.clock.moment(this.now);
    const effects = this.#effects;
    effects.length = 0;
    if (this.#start) {
      const start = this.#start;
      this.#start = undefined;
      this.#handle(machine, moment, start, effects);
    }
    // 1. Drain. Which descriptor epoll names first is anybody's guess.
    const packetsFirst = this.#prng.chance(0.5);
    let held: readonly string[] = [];
    if (packetsFirst) held = this.#drainPackets(machine, moment, effects);
    for (const event of this.kernel.takeEvents()) this.#handle(machine, moment, event, effects);
    if (this.#inbox.length > 0) {
      const waiting = this.#inbox;
      this.#inbox = [];
      for (const input of waiting) this.#handle(machine, moment, input, effects);
    }
    if (!packetsFirst) held = this.#drainPackets(machine, moment, effects);
    // 2. Timeouts.
    this.#heldTurns = held.length > 0 ? this.#heldTurns + 1 : 0;
    const holding = held.length > 0 && this.#heldTurns <= MAX_HELD_TURNS;
    for (let round = 0; ; round++) {
      const due = machine.nextDeadline;
      if (due === undefined || due > moment.now) break;
      if (round > MAX_TIMEOUTS_PER_TURN)
        throw new EndlessTurn(`${this.name} asks for ${due} again and again`);
      this.#handle(machine, moment, holding ? { kind: 'timeout', held } : { kind: 'timeout' }, effects);
      if (holding) break;
    }
    // 3. Effects.
    for (const effect of effects) this.#carryOut(effect);
    this.#observer.turned(this);
    // 4. Arm.
    if (this.machine !== machine) return;
    if (held.length > 0 || this.#inbox.length > 0 || this.kernel.eventsWaiting) this.#wake();
    const next = machine.nextDeadline;
    if (next !== undefined)
      this.#request(Math.max(this.now + 1, this.clock.worldTime(next)) + this.#lateness());
  }

  /** Timers come a little late, never early. */
  #lateness(): number {
    return this.#prng.integer(0, this.pace.latency);
  }

  #drainPackets(machine: Machine, moment: Moment, effects: Effect[]): readonly string[] {
    return this.kernel.sockets.drain((interfaceIndex, flight, at) => {
      const packet =
        flight.family === 'ipv4'
          ? { family: flight.family, interfaceIndex, bytes: flight.bytes }
          : {
              family: flight.family,
              interfaceIndex,
              bytes: flight.bytes,
              source: flight.source,
              destination: flight.destination,
              hopLimit: flight.hopLimit,
            };
      const waited = Math.min(this.now - at, MAX_PATIENCE) as Duration;
      this.#handle(machine, moment, { kind: 'packet', packet, waited }, effects, flight);
    });
  }

  #handle(machine: Machine, moment: Moment, input: Input, effects: Effect[], flight?: Flight): void {
    const from = effects.length;
    const trace = this.#trace;
    trace?.line(this.now, this.name, describeInput(input));
    machine.handle(moment, input, effects);
    if (trace) {
      for (let i = from; i < effects.length; i++)
        trace.line(this.now, this.name, describeEffect(effects[i] as Effect));
    }
    this.#observer.handled(this, input, flight, effects, from);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'send-advert':
        this.#send(effect);
        break;
      case 'apply-firewall': {
        const { request } = effect;
        const error = this.firewall.apply(effect);
        this.#later(20, () => ({ kind: 'firewall-applied', request, ...(error ? { error } : {}) }));
        break;
      }
      case 'apply-addresses': {
        const { request } = effect;
        this.#observer.applying(this, effect.operations);
        const results = this.kernel.apply(effect.operations);
        this.#answerNetlink({ kind: 'addresses-applied', request, results });
        break;
      }
      case 'apply-links': {
        const { request } = effect;
        const results = this.links.apply(effect.operations);
        this.unanswered++;
        this.#later(this.#prng.integer(20, this.pace.acknowledgement), () => {
          this.unanswered--;
          return { kind: 'links-applied', request, results };
        });
        break;
      }
      case 'apply-sysctls': {
        const { request } = effect;
        const results = this.sysctls.apply(effect.operations);
        this.unanswered++;
        this.#later(this.#prng.integer(20, this.pace.acknowledgement), () => {
          this.unanswered--;
          return { kind: 'sysctls-applied', request, results };
        });
        break;
      }
      case 'apply-routes': {
        const { request } = effect;
        const results = this.kernel.routing.apply(effect.operations);
        this.#answerNetlink({ kind: 'routes-applied', request, results });
        break;
      }
      case 'watch-routing':
        this.kernel.routing.watch(effect.routes, effect.rules);
        break;
      case 'open-channel': {
        const error = this.kernel.sockets.open(effect.channel);
        const channel = effect.channel.id;
        this.#later(30, () => ({ kind: 'channel', channel, ...(error ? { error } : {}) }));
        break;
      }
      case 'close-channel':
        this.kernel.sockets.close(effect.channel);
        break;
      case 'run-check':
        this.processes.runCheck(effect.script, effect.timeout);
        break;
      case 'cancel-check':
        this.processes.cancelCheck(effect.script);
        break;
      case 'run-notify': {
        const { run } = effect;
        this.processes.runNotify(run, () => this.#observer.notifyEnded(this, run));
        break;
      }
      case 'watch-process':
        this.processes.watchProcess(effect.tracker.name);
        break;
      case 'unwatch-process':
        this.processes.unwatchProcess(effect.tracker);
        break;
      case 'watch-linkbeat':
        this.#polled.set(effect.interface, undefined);
        this.#poll(effect.interface, this.boots);
        break;
      case 'unwatch-linkbeat':
        this.#polled.delete(effect.interface);
        break;
      case 'watch-file':
        this.processes.watchFile(effect.tracker, effect.path);
        break;
      case 'unwatch-file':
        this.processes.unwatchFile(effect.tracker);
        break;
      case 'stopped':
        this.#bury(true);
        break;
      case 'send-frame':
      case 'size-buffers':
      case 'log':
      case 'event':
        break;
    }
  }

  /** Asked once a second, as the host does it. */
  #poll(name: string, boots: number): void {
    if (!this.machine || this.boots !== boots || !this.#polled.has(name)) return;
    const up = this.kernel.linkOf(name) && this.kernel.running(name);
    if (up !== undefined && up !== this.#polled.get(name)) {
      this.#polled.set(name, up);
      this.feed({ kind: 'linkbeat', interface: name, up, method: 'ETHTOOL' });
    }
    this.#agenda.plan(this.now + POLL_INTERVAL, () => this.#poll(name, boots));
  }

  /** One socket: answers come in the order of the requests. */
  #answerNetlink(answer: Input): void {
    this.unanswered++;
    const wait = this.#prng.integer(20, this.pace.acknowledgement);
    this.#answered = Math.max(this.#answered, this.now + wait);
    this.#later(this.#answered - this.now, () => {
      this.unanswered--;
      return answer;
    });
  }

  #send(effect: Extract<Effect, { kind: 'send-advert' }>): void {
    const way = this.kernel.sockets.route(effect.channel, effect.source);
    if ('error' in way) {
      this.feed({ kind: 'send-failed', instance: effect.instance, error: way.error });
      return;
    }
    const { source, destination, bytes, hopLimit } = effect;
    const flight = flightOf({ source, destination, bytes, hopLimit }, this.router);
    (flight.priority === 0 ? this.#lastGoodbyes : this.#lastAdverts).set(effect.instance, flight);
    if (way.segment !== NOWHERE) this.#network.transmit(way.segment, flight);
  }
}
