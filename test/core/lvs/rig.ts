/**
 * The load balancer's engine on a bench: a configuration as text, a table that does what it is told, servers that answer
 * as the test says, a clock that the test turns. Effects become short lines with the time since the start.
 */
import type { IpAddress } from '../../../src/base/ip-address.js';
import { Prng } from '../../../src/base/prng.js';
import { type Duration, instant, type Moment, microseconds, wallTime } from '../../../src/base/time.js';
import type { ForwardingMethod } from '../../../src/config/model-lvs.js';
import type { CheckerId, CheckFailure, CheckVerdict, ProbeSettings } from '../../../src/core/health/check.js';
import type { BalancerInput, BalancerResult } from '../../../src/core/lvs/balancer.js';
import { lvsPartOf } from '../../../src/core/lvs/configuration.js';
import type { Answer, LvsEffect } from '../../../src/core/lvs/effects.js';
import { LvsEngine } from '../../../src/core/lvs/engine.js';
import type { LvsInput } from '../../../src/core/lvs/inputs.js';
import type { BalancerOperation } from '../../../src/core/lvs/plan.js';
import {
  type Destination,
  destinationKeyOf,
  type Service,
  type ServiceIdentity,
  type SyncDaemon,
  serviceKeyOf,
  type Timeouts,
} from '../../../src/core/lvs/table.js';
import { KnownServers } from '../../../src/daemon/lvs/known-servers.js';
import { configurationOf } from '../../support/configuration.js';

const EPOCH = 1_000_000_000;
const WALL = 1_700_000_000_000_000;

/** How a server answers: good, or why not; `silent` until its timeout, `never` until the test says. */
export type Behaviour = CheckVerdict | 'silent' | 'never';

const GOOD: CheckVerdict = { kind: 'good', detail: '', elapsed: microseconds(0) };
export const bad = (reason: CheckFailure): CheckVerdict => ({
  kind: 'bad',
  reason,
  elapsed: microseconds(0),
});
export const REFUSED = bad({
  kind: 'connection',
  error: { code: 'ECONNREFUSED', message: 'connection refused' },
});

/** What stands in the kernel. */
export class TableRig {
  readonly services = new Map<string, { service: Service; destinations: Map<string, Destination> }>();
  readonly daemons = new Map<string, SyncDaemon>();
  timeouts: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  timeoutsBefore: Timeouts | undefined;
  readonly ours = new Set<string>();
  /** Errno by the key of a service or of a destination. */
  readonly refusals = new Map<string, string>();
  /** What is in keys of services and destinations that are not taken. */
  refused: readonly string[] = [];
  /** Nothing can be read. */
  missing = false;

  apply(operation: BalancerOperation): BalancerResult {
    const error = this.#refusal(operation);
    if (error) return { operation, error };
    switch (operation.operation) {
      case 'add-service':
      case 'edit-service': {
        const key = serviceKeyOf(operation.service.identity);
        const known = this.services.get(key);
        if (operation.operation === 'add-service' && known) return failed(operation, 'EEXIST');
        this.services.set(key, {
          service: operation.service,
          destinations: known?.destinations ?? new Map(),
        });
        this.ours.add(key);
        break;
      }
      case 'delete-service':
        if (!this.services.delete(serviceKeyOf(operation.identity))) return failed(operation, 'ESRCH');
        break;
      case 'add-destination':
      case 'edit-destination': {
        const destinations = this.#of(operation.identity);
        if (!destinations) return failed(operation, 'ESRCH');
        const key = destinationKeyOf(operation.destination);
        if (operation.operation === 'add-destination' && destinations.has(key))
          return failed(operation, 'EEXIST');
        if (operation.operation === 'edit-destination' && !destinations.has(key))
          return failed(operation, 'ENOENT');
        destinations.set(key, operation.destination);
        break;
      }
      case 'delete-destination':
        if (!this.#of(operation.identity)?.delete(destinationKeyOf(operation.destination)))
          return failed(operation, 'ENOENT');
        break;
      case 'flush':
        this.services.clear();
        break;
      case 'set-timeouts':
        this.timeouts = { ...this.timeouts, ...operation.timeouts };
        this.timeoutsBefore = operation.before;
        break;
      case 'start-daemon':
        this.daemons.set(operation.daemon.state, operation.daemon);
        break;
      case 'stop-daemon':
        this.daemons.delete(operation.daemon.state);
    }
    return { operation };
  }

  #of(identity: ServiceIdentity): Map<string, Destination> | undefined {
    return this.services.get(serviceKeyOf(identity))?.destinations;
  }
  #refusal(operation: BalancerOperation) {
    const key =
      'destination' in operation
        ? destinationKeyOf(operation.destination)
        : 'service' in operation
          ? serviceKeyOf(operation.service.identity)
          : undefined;
    const isRefused = key !== undefined && this.refused.some((words) => key.includes(words));
    const code =
      key === undefined ? undefined : (this.refusals.get(key) ?? (isRefused ? 'ENOMEM' : undefined));
    return code === undefined ? undefined : { code, message: `adding ${key}: refused by the test` };
  }

  /** As `ipvsadm -Sn` would, shortened: a line for each service with its servers. */
  show(): string[] {
    return [...this.services].map(([key, { service, destinations }]) =>
      [`${key} ${service.scheduler}`, ...[...destinations].map(([at, one]) => `${at}=${one.weight}`)].join(
        '  ',
      ),
    );
  }
}

const failed = (operation: BalancerOperation, code: string): BalancerResult => ({
  operation,
  error: { code, message: code },
});

export interface LvsRigOptions {
  readonly table?: TableRig;
  readonly addresses?: readonly string[];
  readonly remembered?: Extract<LvsInput, { kind: 'start' }>['remembered'];
}

export class LvsRig {
  readonly table: TableRig;
  readonly lines: string[] = [];
  /** Every effect since the last take(). */
  readonly effects: LvsEffect[] = [];
  readonly answers: Answer[] = [];
  engine: LvsEngine;
  now = EPOCH;
  /** Whether starts of checks are shown. */
  showChecks = false;
  /** Whether scripts end at once. */
  scriptsEnd = true;
  /** Whether tracked files are told only by `file`. */
  filesComeLater = false;
  stopped = false;
  /** By `ADDR:PORT`, by that with ` /path`, or by the path of a script. */
  readonly behaviours = new Map<string, Behaviour>();
  readonly files = new Map<string, string>();
  /** Whether a BFD session is up. */
  readonly sessions = new Map<string, boolean>();
  readonly checkers = new Map<CheckerId, ProbeSettings>();
  /** Microseconds that a look at the table, and a change of it, take: the look is of the moment when it is asked for. */
  readTakes = 0;
  applyTakes = 0;
  readonly #queue: { at: number; input: LvsInput | (() => LvsInput) }[] = [];
  readonly #inFlight = new Map<CheckerId, number>();
  readonly #addresses: readonly string[];
  readonly #remembered: LvsRigOptions['remembered'];
  /** What the first process knows. */
  readonly #known: KnownServers;

  readonly #text: string;

  constructor(text: string, options: LvsRigOptions = {}) {
    this.#text = text;
    this.table = options.table ?? new TableRig();
    this.#addresses = options.addresses ?? [];
    this.#remembered = options.remembered;
    this.#known = new KnownServers(options.remembered);
    this.engine = new LvsEngine(lvsPartOf(configurationOf(text)), new Prng(7));
  }

  start(): void {
    this.#tellSessions();
    this.handle({
      kind: 'start',
      addresses: this.#addresses.map((text) => factsOf(text)),
      ...(this.#remembered ? { remembered: this.#remembered } : {}),
    });
  }

  /** The process is killed, and its successor finds the table, and is told who was dead. */
  respawn(text = this.#text, addresses: readonly string[] = []): void {
    this.#queue.length = 0;
    this.#inFlight.clear();
    this.checkers.clear();
    this.engine = new LvsEngine(lvsPartOf(configurationOf(text)), new Prng(7));
    this.#tellSessions();
    this.handle({
      kind: 'start',
      addresses: addresses.map(factsOf),
      remembered: this.#known.all,
      successor: true,
    });
  }

  #tellSessions(): void {
    for (const [session, up] of this.sessions) this.handle({ kind: 'bfd-session', session, up });
  }

  session(name: string, up: boolean): void {
    this.sessions.set(name, up);
    this.handle({ kind: 'bfd-session', session: name, up });
  }

  reload(text: string): void {
    this.handle({ kind: 'reload', configuration: lvsPartOf(configurationOf(text)) });
  }

  address(change: 'present' | 'gone', text: string): void {
    this.handle({ kind: 'address', change, address: factsOf(text) });
  }

  handle(input: LvsInput): void {
    this.#give(input);
    this.#settle();
  }

  /** Lets time pass: deadlines fire, answers arrive. */
  wait(seconds: number): void {
    const end = this.now + Math.round(seconds * 1e6);
    for (;;) {
      const next = Math.min(
        this.engine.nextDeadline ?? Number.POSITIVE_INFINITY,
        this.#queue[0]?.at ?? Number.POSITIVE_INFINITY,
      );
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.#settle();
    }
    this.now = end;
  }

  take(): string[] {
    this.effects.length = 0;
    return this.lines.splice(0);
  }

  #moment(): Moment {
    return { now: instant(this.now), wall: wallTime(WALL + this.now - EPOCH) };
  }

  #later(input: LvsInput | (() => LvsInput), delay = 0): void {
    const at = this.now + delay;
    let place = this.#queue.length;
    while (place > 0 && (this.#queue[place - 1]?.at ?? 0) > at) place--;
    this.#queue.splice(place, 0, { at, input });
  }

  #settle(): void {
    for (let rounds = 0; rounds < 10_000; rounds++) {
      const first = this.#queue[0];
      if (first && first.at <= this.now) {
        this.#queue.shift();
        this.#give(typeof first.input === 'function' ? first.input() : first.input);
        continue;
      }
      const deadline = this.engine.nextDeadline;
      if (deadline === undefined || deadline > this.now) return;
      this.#give({ kind: 'timeout' });
    }
    throw new Error('this never comes to rest');
  }

  #give(input: LvsInput): void {
    const effects: LvsEffect[] = [];
    this.engine.handle(this.#moment(), input, effects);
    for (const effect of effects) this.#carryOut(effect);
  }

  #say(text: string): void {
    this.lines.push(`${((this.now - EPOCH) / 1e6).toFixed(3)} ${text}`);
  }

  #carryOut(effect: LvsEffect): void {
    this.effects.push(effect);
    switch (effect.kind) {
      case 'read-balancer':
        this.#later(this.#tableInput(effect.request, effect.services), this.readTakes);
        break;
      case 'apply-balancer': {
        for (const operation of effect.operations) this.#say(operationText(operation));
        const done = (): BalancerInput => ({
          kind: 'balancer-applied',
          request: effect.request,
          results: effect.operations.map((operation) => this.table.apply(operation)),
        });
        this.#later(this.applyTakes > 0 ? done : done(), this.applyTakes);
        break;
      }
      case 'define-checker':
        this.checkers.set(effect.checker, effect.settings);
        break;
      case 'forget-checker':
        this.checkers.delete(effect.checker);
        this.#inFlight.delete(effect.checker);
        break;
      case 'start-check':
        this.#check(effect.checker, effect.part);
        break;
      case 'abandon-check':
        this.#inFlight.delete(effect.checker);
        break;
      case 'watch-file':
        if (this.filesComeLater) break;
        this.#later({
          kind: 'file-content',
          tracker: effect.tracker,
          content: this.files.get(effect.tracker) ?? '0',
        });
        break;
      case 'unwatch-file':
        break;
      case 'run-notify':
        this.#say(`run ${effect.command.argv.join(' ')}`);
        if (this.scriptsEnd)
          this.#later({ kind: 'notify-finished', run: effect.run, outcome: { kind: 'exit', code: 0 } });
        break;
      case 'open-fifo':
        this.#say(
          `open fifo ${effect.fifo} ${effect.settings.path}${effect.script ? ` for ${effect.script.argv[0]}` : ''}`,
        );
        break;
      case 'close-fifo':
        this.#say(`close fifo ${effect.fifo}`);
        break;
      case 'write-fifo':
        this.#say(`fifo ${effect.fifo} ${effect.line.trimEnd()}`);
        break;
      case 'send-mail':
        this.#say(`mail ${effect.subject} | ${effect.body.split('\n')[0]}`);
        break;
      case 'log':
        this.#say(`log ${effect.text}`);
        break;
      case 'event':
        this.#known.happened(effect.event);
        break;
      case 'table-stands':
        break;
      case 'answer':
        this.#known.answered(effect.answer);
        this.answers.push(effect.answer);
        break;
      case 'stopped':
        this.stopped = true;
        this.#say('stopped');
    }
  }

  #tableInput(request: number, asked?: readonly ServiceIdentity[]): BalancerInput {
    const keys = asked && new Set(asked.map(serviceKeyOf));
    const table = {
      services: [...this.table.services].flatMap(([key, { service, destinations }]) =>
        !keys || keys.has(key) ? [{ service, destinations: [...destinations.values()] }] : [],
      ),
      daemons: [...this.table.daemons.values()],
      timeouts: this.table.timeouts,
      ...(this.table.timeoutsBefore ? { timeoutsBefore: this.table.timeoutsBefore } : {}),
      ours: [...this.table.ours],
    };
    const nothing = { services: [], daemons: [], timeouts: {}, ours: [] };
    return this.table.missing
      ? {
          kind: 'balancer-table',
          request,
          table: nothing,
          error: { code: 'ENOPROTOOPT', message: 'no IPVS' },
        }
      : { kind: 'balancer-table', request, table };
  }

  #check(checker: CheckerId, part: number): void {
    const settings = this.checkers.get(checker);
    if (!settings) throw new Error(`checker ${checker} is not defined`);
    if (this.#inFlight.has(checker)) throw new Error(`checker ${checker} overlaps itself`);
    const what = placeOf(settings, part);
    if (this.showChecks) this.#say(`check ${what}`);
    const behaviour = this.behaviours.get(what) ?? this.behaviours.get(what.split(' ')[0] ?? '') ?? GOOD;
    this.#inFlight.set(checker, part);
    if (behaviour === 'never') return;
    const verdict: CheckVerdict =
      behaviour === 'silent'
        ? bad({ kind: 'timeout', waiting: 'urls' in settings ? 'reply' : 'connection' })
        : behaviour;
    this.#answer(checker, part, verdict, behaviour === 'silent' ? timeoutOf(settings) : 0);
  }

  #answer(checker: CheckerId, part: number, verdict: CheckVerdict, delay: number): void {
    this.#later({ kind: 'check-verdict', checker, part, verdict }, delay);
    // The rig forgets when the answer is given; overlapping is judged by then.
    this.#inFlight.delete(checker);
  }

  /** Answers a check that hangs. */
  answer(place: string, verdict: CheckVerdict = GOOD): void {
    for (const [checker, part] of [...this.#inFlight]) {
      const settings = this.checkers.get(checker);
      if (settings && placeOf(settings, part) === place) this.#answer(checker, part, verdict, 0);
    }
    this.#settle();
  }

  file(name: string, content: string): void {
    this.files.set(name, content);
    this.handle({ kind: 'file-content', tracker: name, content });
  }
}

const timeoutOf = (settings: ProbeSettings): Duration =>
  settings.kind === 'MISC_CHECK' ? settings.timeout : settings.target.connectTimeout;

function placeOf(settings: ProbeSettings, part: number): string {
  if (settings.kind === 'MISC_CHECK') return settings.command.argv[0];
  const at = `${settings.target.address}:${settings.target.port}`;
  return 'urls' in settings ? `${at} ${settings.urls[part]?.path}` : at;
}

const factsOf = (text: string) => {
  const [address = '', length = '32'] = text.split('/');
  return {
    interfaceIndex: 2,
    family: address.includes(':') ? ('ipv6' as const) : ('ipv4' as const),
    address: address as IpAddress,
    prefixLength: Number(length),
    scope: 0,
    flags: 0x80,
  };
};

const methodText = (method: ForwardingMethod): string =>
  method.kind === 'TUN' ? `TUN ${method.tunnel}` : method.kind;

function operationText(operation: BalancerOperation): string {
  switch (operation.operation) {
    case 'add-service':
    case 'edit-service': {
      const { identity, scheduler, persistence } = operation.service;
      const verb = operation.operation === 'add-service' ? '+' : '~';
      return `${verb}service ${serviceKeyOf(identity)} ${scheduler}${persistence ? ` persistent ${persistence.seconds}` : ''}`;
    }
    case 'delete-service':
      return `-service ${serviceKeyOf(operation.identity)}`;
    case 'add-destination':
    case 'edit-destination': {
      const { destination } = operation;
      const verb = operation.operation === 'add-destination' ? '+' : '~';
      return `${verb}server ${destinationKeyOf(destination)} ${methodText(destination.method)} ${destination.weight}`;
    }
    case 'delete-destination':
      return `-server ${destinationKeyOf(operation.destination)}`;
    case 'flush':
      return 'flush';
    case 'set-timeouts':
      return `timeouts ${Object.entries(operation.timeouts)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`;
    case 'start-daemon': {
      const { state, interface: device, ...rest } = operation.daemon;
      return `+daemon ${state} ${device} ${Object.entries(rest)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`;
    }
    case 'stop-daemon':
      return `-daemon ${operation.daemon.state}`;
  }
}
