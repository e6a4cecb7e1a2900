/**
 * One engine on a bench: a configuration as text, a kernel that answers at once, a clock that the test turns.
 * Effects become short lines with the time since the start, so that a test can say exactly what shall happen.
 */
import { isDeepStrictEqual } from 'node:util';
import { compareIp } from '../../src/base/ip-address.js';
import { type Duration, instant, type Moment, microseconds, wallTime } from '../../src/base/time.js';
import type { Configuration } from '../../src/config/model.js';
import type { ReceivedBfd } from '../../src/core/bfd/facts.js';
import type { Effect } from '../../src/core/effects.js';
import { Engine, type EngineOptions } from '../../src/core/engine.js';
import type { Failure, Input, ScriptOutcome } from '../../src/core/inputs.js';
import type { AddressFacts, LinkFacts, WantedAddress } from '../../src/core/net/facts.js';
import { HOLDFAST_PROTOCOL } from '../../src/core/net/facts.js';
import { KernelRouting } from '../../src/sim/kernel-routing.js';
import { Sysctls } from '../../src/sim/sysctls.js';
import { encodeVrrp, encodeVrrpOverIpv4, type VrrpAdvert } from '../../src/wire/vrrp.js';
import { packAddresses } from '../../src/wire/vrrp-header.js';
import { NO_AUTH_DATA, passwordData } from '../../src/wire/vrrp-v2.js';
import { ip } from '../base/values.js';
import { configurationOf } from '../support/configuration.js';
import { address, link } from '../support/machine.js';
import { answerBfd, type BfdChanges, receivedBfd } from './rig-bfd.js';
import { describe } from './rig-effects.js';
import { applyLinks } from './rig-links.js';

/** Instants at the start are far from zero, so that a test that confuses absolute and relative fails. */
const EPOCH = 1_000_000_000;
const WALL = 1_700_000_000_000_000;

export interface AdvertOptions {
  readonly from?: string;
  readonly to?: string;
  readonly version?: 2 | 3;
  readonly vrid?: number;
  readonly priority?: number;
  /** Seconds. */
  readonly interval?: number;
  readonly ttl?: number;
  readonly vips?: readonly string[];
  readonly authType?: number;
  readonly password?: string;
  readonly device?: string;
  /** Seconds that it had been there when it was read. */
  readonly waited?: number;
  /** Changes the finished packet. */
  readonly spoil?: (packet: Uint8Array) => Uint8Array;
}

export interface RigOptions extends EngineOptions {
  readonly links?: readonly LinkFacts[];
  readonly addresses?: readonly AddressFacts[];
  readonly entropy?: number;
  /** The kernel's settings, with what an earlier life did to them. */
  readonly sysctls?: Sysctls;
}

export class Rig {
  readonly engine: Engine;
  readonly configuration: Configuration;
  /** Everything since the last take(), in order. */
  effects: Effect[] = [];
  lines: string[] = [];
  now = EPOCH;
  #clockStep = 0;
  readonly #entropy: number;
  /** Of the machine, at the start. */
  uptime: Duration | undefined;
  readonly links: Map<string, LinkFacts>;
  readonly addresses: AddressFacts[];
  readonly sysctls: Sysctls;
  /** What a check script answers at once; undefined: nothing until finishCheck(). */
  readonly outcomes = new Map<string, ScriptOutcome | undefined>();
  /** Whether the kernel answers and echoes, and notify scripts end, at once. */
  kernelAnswers = true;
  /** Whether sockets open as soon as they are asked for. */
  channelsOpen = true;
  notifiesEnd = true;
  readonly routing = new KernelRouting({
    linkUp: (index) => [...this.links.values()].find((one) => one.index === index)?.up,
    refuse: (verb, key) => this.refusals.get(`${verb} ${key}`) ?? this.refusals.get(key),
    tell: (event) => event && this.#told.push(event),
  });
  /** What the kernel has to say of routes and rules. */
  readonly #told: Input[] = [];
  /** errno by address text, or by the place of a route or rule (of one verb: `delete route ..`), for what the kernel shall refuse. */
  readonly refusals = new Map<string, number>();
  /** Symbol of an errno by name of an interface that the kernel shall refuse. */
  readonly linkRefusals = new Map<string, string>();
  /** Of the next link that the engine makes. */
  nextIndex = 100;
  /** Why a BFD session's socket cannot be opened. */
  /** What each session heard last. */
  readonly #heard = new Map<string, ReceivedBfd>();
  bfdRefusal: ((sourcePort: number) => Failure | undefined) | undefined;
  /** Why the firewall takes nothing. */
  firewallRefusal: Failure | undefined;

  constructor(text: string | Configuration, options: RigOptions = {}) {
    this.configuration = typeof text === 'string' ? configurationOf(text) : text;
    const links = options.links ?? [link(2, 'eth0'), link(3, 'eth1')];
    this.links = new Map(links.map((one) => [one.name, one]));
    this.addresses = [...(options.addresses ?? [address(2, '10.0.0.1', 24), address(3, '10.0.1.1', 24)])];
    this.sysctls = options.sysctls ?? new Sysctls(() => true);
    this.engine = new Engine(this.configuration, options);
    this.#entropy = options.entropy ?? 1;
  }

  /** Seconds since the start. */
  get time(): number {
    return (this.now - EPOCH) / 1e6;
  }
  get moment(): Moment {
    return { now: instant(this.now), wall: wallTime(WALL + this.now - EPOCH + this.#clockStep) };
  }

  start(): this {
    return this.handle({
      kind: 'start',
      links: [...this.links.values()],
      addresses: [...this.addresses],
      ...(this.uptime === undefined ? {} : { uptime: this.uptime }),
      sysctls: this.sysctls.changed,
      entropy: this.#entropy,
    });
  }

  handle(input: Input): this {
    const effects: Effect[] = [];
    this.engine.handle(this.moment, input, effects);
    const answers: Input[] = [];
    for (const effect of effects) {
      this.effects.push(effect);
      this.#answer(effect, answers);
    }
    this.#describe(effects);
    for (const answer of answers) this.handle(answer);
    return this.#tellRouting();
  }

  #tellRouting(): this {
    for (const event of this.#told.splice(0)) this.handle(event);
    return this;
  }

  /** Turns the clock, firing what is due on the way, exactly when it is due. */
  wait(seconds: number): this {
    const end = this.now + Math.round(seconds * 1e6);
    for (;;) {
      const next = this.engine.nextDeadline;
      if (next === undefined || next > end) break;
      this.now = Math.max(this.now, next);
      this.handle({ kind: 'timeout' });
    }
    this.now = end;
    return this;
  }
  /** Somebody sets the wall clock. */
  stepClock(seconds: number): this {
    this.#clockStep += Math.round(seconds * 1e6);
    return this;
  }
  /** The process does not run: the clock turns, nothing is fired. */
  stall(seconds: number): this {
    this.now += Math.round(seconds * 1e6);
    return this;
  }

  /** A packet as the first instance with that VRID would like it, unless told otherwise. */
  advert(options: AdvertOptions = {}): this {
    const { device = 'eth0', from = '10.0.0.2', vrid = 51, priority = 100 } = options;
    const settings = this.configuration.instances.find((one) => one.virtualRouterId === vrid);
    const version = options.version ?? settings?.version ?? 2;
    const unicast = (settings?.unicastPeers.length ?? 0) > 0;
    const destination = ip(
      options.to ??
        (unicast ? (settings?.sourceAddress ?? '10.0.0.1') : (settings?.multicastGroup ?? '224.0.0.18')),
    );
    const family = settings?.family ?? 'ipv4';
    const vips = options.vips ?? settings?.virtualAddresses.map((one) => one.address) ?? [];
    const interval = options.interval ?? (settings?.advertInterval ?? 1e6) / 1e6;
    const common = { family, virtualRouterId: vrid, priority, addresses: packAddresses(vips.map(ip)) };
    const authentication = settings?.authentication;
    const password =
      options.password ?? (authentication?.type === 'pass' ? authentication.password : undefined);
    const advert: VrrpAdvert =
      version === 2
        ? {
            ...common,
            version,
            advertSeconds: interval,
            authType: options.authType ?? (password === undefined ? 0 : 1),
            authData: password === undefined ? NO_AUTH_DATA : passwordData(password),
          }
        : { ...common, version, advertCentiseconds: Math.round(interval * 100) };
    const ends = { source: ip(from), destination };
    const ttl = options.ttl ?? 255;
    const bytes =
      family === 'ipv4'
        ? encodeVrrpOverIpv4({ ...ends, ttl, id: 1 }, advert, ends)
        : encodeVrrp(advert, ends);
    const interfaceIndex = this.links.get(device)?.index ?? 0;
    const spoilt = options.spoil ? options.spoil(bytes) : bytes;
    const extra = family === 'ipv6' ? { ...ends, hopLimit: ttl } : {};
    return this.handle({
      kind: 'packet',
      packet: { family, interfaceIndex, bytes: spoilt, ...extra },
      ...(options.waited === undefined ? {} : { waited: microseconds(options.waited * 1e6) }),
    });
  }

  /** A packet of the neighbour of a session, as that session would like it, unless told otherwise. */
  bfd(name: string, { waited, ...changes }: BfdChanges & { readonly waited?: number } = {}): this {
    const received = receivedBfd(this, name, changes);
    // As a host does it: what is the same again is the same object.
    const packet = isDeepStrictEqual(received, this.#heard.get(name)) ? this.#heard.get(name) : received;
    this.#heard.set(name, packet ?? received);
    return this.handle({
      kind: 'bfd-packet',
      packet: packet ?? received,
      ...(waited === undefined ? {} : { waited: microseconds(waited) }),
    });
  }

  setLink(name: string, changes: Partial<LinkFacts>): this {
    const known = this.links.get(name);
    if (!known) throw new Error(`no link ${name}`);
    const changed = { ...known, ...changes };
    this.links.set(name, changed);
    return this.handle({ kind: 'link', change: 'present', link: changed });
  }
  /** Somebody takes it away, and with it what the engine made on it. */
  removeLink(name: string): this {
    const known = this.links.get(name);
    if (!known) throw new Error(`no link ${name}`);
    const told: Input[] = [];
    for (const stacked of [...this.links.values()])
      if (stacked.alias !== undefined && stacked.parent === known.index) this.linkGoes(stacked, told);
    if (known.alias !== undefined) this.linkGoes(known, told);
    else {
      this.links.delete(name);
      told.push({ kind: 'link', change: 'gone', link: known });
    }
    for (const input of told) this.handle(input);
    return this;
  }
  addLink(added: LinkFacts): this {
    this.links.set(added.name, added);
    return this.handle({ kind: 'link', change: 'present', link: added });
  }
  addAddress(facts: AddressFacts): this {
    this.addresses.push(facts);
    return this.handle({ kind: 'address', change: 'present', address: facts });
  }
  /** Somebody, not the engine, deletes an address. */
  deleteAddress(text: string): this {
    const at = this.addresses.findIndex((one) => one.address === text);
    const [facts] = at < 0 ? [] : this.addresses.splice(at, 1);
    if (!facts) throw new Error(`no address ${text}`);
    return this.handle({ kind: 'address', change: 'gone', address: facts });
  }
  /** Somebody, not the engine, deletes the first route to a destination, or a rule. */
  deleteRoute(destination: string): this {
    const found = this.routing.routes.find((route) => route.destination?.address === destination);
    if (!found) throw new Error(`no route to ${destination}`);
    this.routing.deleteRoute(found);
    return this.#tellRouting();
  }
  deleteRule(priority: number): this {
    const found = this.routing.rules.find((rule) => rule.priority === priority);
    if (!found) throw new Error(`no rule ${priority}`);
    this.routing.deleteRule(found);
    return this.#tellRouting();
  }
  check(script: string, outcome: ScriptOutcome | number): this {
    const exit = typeof outcome === 'number' ? { kind: 'exit' as const, code: outcome } : outcome;
    return this.handle({ kind: 'check-finished', script, outcome: exit });
  }
  file(tracker: string, content: string): this {
    return this.handle({ kind: 'file-content', tracker, content });
  }
  processes(tracker: string, count: number): this {
    return this.handle({ kind: 'process-count', tracker, count, source: 'test' });
  }

  /** Lines since the last take. */
  take(): string[] {
    this.effects = [];
    return this.lines.splice(0);
  }
  state(name = 'VI_1'): string {
    return this.engine.status().instances.find((one) => one.name === name)?.state ?? 'absent';
  }
  /** The adverts sent since the last take, as lines. */
  adverts(): string[] {
    return this.lines.filter((line) => /^\S+ advert /.test(line));
  }
  /** Seconds at which adverts left, since the last take. */
  advertTimes(): number[] {
    return this.adverts().map((line) => Number.parseFloat(line));
  }
  /** The VIPs that the kernel holds now. */
  held(): string[] {
    return this.addresses
      .filter((one) => one.protocol === HOLDFAST_PROTOCOL)
      .map((one) => one.address)
      .sort((a, b) => compareIp(a, b));
  }

  #answer(effect: Effect, answers: Input[]): void {
    if (effect.kind === 'open-channel' && this.channelsOpen)
      answers.push({ kind: 'channel', channel: effect.channel.id });
    const heard = answerBfd(effect, this.bfdRefusal);
    if (heard) answers.push(heard);
    if (effect.kind === 'run-check') {
      const outcome = this.outcomes.get(effect.script);
      if (outcome) answers.push({ kind: 'check-finished', script: effect.script, outcome });
    }
    if (effect.kind === 'run-notify' && this.notifiesEnd)
      answers.push({ kind: 'notify-finished', run: effect.run, outcome: { kind: 'exit', code: 0 } });
    if (effect.kind === 'apply-firewall' && this.kernelAnswers) {
      const error = this.firewallRefusal;
      answers.push({ kind: 'firewall-applied', request: effect.request, ...(error ? { error } : {}) });
    }
    if (effect.kind === 'apply-addresses' && this.kernelAnswers) this.#apply(effect, answers);
    if (effect.kind === 'apply-links' && this.kernelAnswers) applyLinks(this, effect, answers);
    if (effect.kind === 'apply-sysctls' && this.kernelAnswers) {
      const results = this.sysctls.apply(effect.operations);
      answers.push({ kind: 'sysctls-applied', request: effect.request, results });
    }
    if (effect.kind === 'watch-routing') this.routing.watch(effect.routes, effect.rules);
    if (effect.kind === 'apply-routes' && this.kernelAnswers) {
      const results = this.routing.apply(effect.operations);
      answers.push({ kind: 'routes-applied', request: effect.request, results });
    }
  }

  /** With its addresses. */
  linkGoes(link: LinkFacts, answers: Input[]): void {
    for (const facts of this.addresses.filter((one) => one.interfaceIndex === link.index)) {
      this.addresses.splice(this.addresses.indexOf(facts), 1);
      answers.push({ kind: 'address', change: 'gone', address: facts });
    }
    this.links.delete(link.name);
    answers.push({ kind: 'link', change: 'gone', link });
  }

  #apply(effect: Extract<Effect, { kind: 'apply-addresses' }>, answers: Input[]): void {
    const results = effect.operations.map((operation) => {
      const wanted = operation.address;
      const refused = this.refusals.get(wanted.address);
      if (refused !== undefined) return { operation, errno: refused };
      const at = this.addresses.findIndex((one) => sameAddress(one, wanted));
      if (operation.operation === 'add') {
        if (at >= 0) return { operation, errno: 17 };
        const facts = factsOf(wanted);
        this.addresses.push(facts);
        answers.push({ kind: 'address', change: 'present', address: facts });
        return { operation };
      }
      const [facts] = at < 0 ? [] : this.addresses.splice(at, 1);
      if (!facts) return { operation, errno: 99 };
      answers.push({ kind: 'address', change: 'gone', address: facts });
      return { operation };
    });
    answers.push({ kind: 'addresses-applied', request: effect.request, results });
  }

  #describe(effects: readonly Effect[]): void {
    const time = this.time.toFixed(3);
    let repeats = 1;
    for (const [i, effect] of effects.entries()) {
      const text = describe(effect, this.#nameOf);
      if (text === undefined) continue;
      const next = effects[i + 1];
      const same = effect.kind === 'send-frame' && next && describe(next, this.#nameOf) === text;
      if (same) repeats++;
      else {
        this.lines.push(`${time} ${text}${repeats > 1 ? ` x${repeats}` : ''}`);
        repeats = 1;
      }
    }
  }

  readonly #nameOf = (index: number): string =>
    [...this.links.values()].find((one) => one.index === index)?.name ?? `if${index}`;
}

const sameAddress = (facts: AddressFacts, wanted: WantedAddress): boolean =>
  facts.interfaceIndex === wanted.interfaceIndex &&
  facts.address === wanted.address &&
  facts.prefixLength === wanted.prefixLength;

const factsOf = (wanted: WantedAddress): AddressFacts => ({
  ...wanted,
  family: wanted.address.includes(':') ? 'ipv6' : 'ipv4',
  flags: 0x80,
  protocol: HOLDFAST_PROTOCOL,
});
