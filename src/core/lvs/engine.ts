/**
 * The load balancer's brain: routes each input to whom it concerns, fires deadlines, and hands back effects in stages. It
 * decides when it starts, reloads and stops; everything else is decided in the files beside it. Pure: the same inputs at
 * the same moments give the same effects. (DESIGN rules 1 to 4, 8 and 10; directives-lvs section 7)
 */

import { alike } from '../../base/alike.js';
import { MAX_LVS_NOTIFY_RUNS, MAX_SERVERS_MADE } from '../../base/limits.js';
import type { Prng } from '../../base/prng.js';
import {
  after,
  type Duration,
  type Instant,
  type Moment,
  microseconds,
  milliseconds,
  seconds,
} from '../../base/time.js';
import type { VirtualServerGroupSettings } from '../../config/model-lvs.js';
import { type Deadline, Deadlines } from '../deadlines.js';
import type { Machine } from '../machine.js';
import { NotifyDispatch } from '../notify/dispatch.js';
import type { LvsConfiguration } from './configuration.js';
import type { LvsEffect } from './effects.js';
import { LvsHouse } from './house.js';
import type { LvsInput, Question, Remembered } from './inputs.js';
import { LocalAddresses } from './local-addresses.js';
import { type NamedService, namedServices, serverName } from './names.js';
import { Notices } from './notices.js';
import { LvsOutbox } from './outbox.js';
import type { RealServer } from './real-server.js';
import { connectionsOf, servicesStatus } from './service-status.js';
import { TrackedFacts } from './tracked-facts.js';
import { Upkeep } from './upkeep.js';
import { VirtualServer } from './virtual-server.js';

/** How long a stop waits for the table's answers and for scripts before it ends anyway. */
export const LVS_STOP_PATIENCE: Duration = seconds(5);
/**
 * How long a start or a reload waits for tracked files before their servers count without them: two times this, so that a process
 * that was kept from running for longer than that reads them before it gives up.
 */
const HALF_FILE_PATIENCE: Duration = milliseconds(2500);
/** How long checks wait for the table: who is dead shall not stay in it because it is slow. */
export const TABLE_PATIENCE: Duration = seconds(10);
/** In the next turn: others have theirs in between. */
const AT_ONCE: Duration = microseconds(1);

/** What still matters after a stop was asked for. */
const HEARD_WHILE_STOPPING: ReadonlySet<LvsInput['kind']> = new Set([
  'timeout',
  'balancer-applied',
  'balancer-table',
  'notify-finished',
]);

export class LvsEngine implements Machine<LvsInput, LvsEffect> {
  #configuration: LvsConfiguration;
  readonly #house: LvsHouse;
  readonly #dispatch: NotifyDispatch;
  readonly #addresses: LocalAddresses;
  #services: VirtualServer[] = [];
  /** By what makes two of an old and a new configuration the same one. */
  #byIdentity = new Map<string, VirtualServer>();
  #life: 'new' | 'starting' | 'making' | 'running' | 'stopping' | 'stopped' = 'new';
  /** While it makes them: virtual servers that are still to be made, the next one first. */
  #unmade: Iterator<Named> | undefined;
  #groups: Groups = new Map();
  readonly #making: Deadline;
  /** Whether what the start asked of the table was answered. */
  #tableStands = false;
  /** Virtual servers whose checks have still to begin. */
  #unchecked: Iterator<VirtualServer> | undefined;
  readonly #checking: Deadline;
  #tableRead = false;
  #remembered = new Map<string, Remembered>();
  readonly #filePatience: Deadline;
  #filePatienceLeft = 2;
  readonly #stopPatience: Deadline;
  /** A reload that came before the start was over, or that brings files that nobody has read yet. */
  #waiting: LvsConfiguration | undefined;

  constructor(configuration: LvsConfiguration, prng: Prng) {
    this.#configuration = configuration;
    const outbox = new LvsOutbox();
    const deadlines = new Deadlines();
    this.#dispatch = new NotifyDispatch(outbox, deadlines, MAX_LVS_NOTIFY_RUNS);
    this.#house = new LvsHouse(
      outbox,
      deadlines,
      prng,
      new Notices(outbox, deadlines, this.#dispatch),
      new Upkeep(outbox, deadlines),
      new TrackedFacts(outbox),
    );
    this.#addresses = new LocalAddresses((service) => this.#suspended(service));
    this.#making = { what: 'more servers', periodic: false, fire: () => this.#make() };
    this.#checking = { what: 'more checkers', periodic: false, fire: () => this.#beginChecks() };
    this.#filePatience = { what: 'tracked files', periodic: false, fire: () => this.#waitForFiles() };
    this.#stopPatience = { what: 'stop', periodic: false, fire: () => this.#endStop(true) };
  }

  get nextDeadline(): Instant | undefined {
    return this.#life === 'stopped' ? undefined : this.#house.deadlines.earliest;
  }

  /** It is the check after which a dead server is taken out. */
  get nextIsTakeover(): boolean {
    return this.#life === 'running' && this.#house.deadlines.earliestIsUrgent;
  }

  /** For dumps: to be read, not to be changed. */
  inspect(): readonly VirtualServer[] {
    return this.#services;
  }

  handle(moment: Moment, input: LvsInput, effects: LvsEffect[]): void {
    const { outbox, upkeep } = this.#house;
    outbox.begin(moment);
    if (this.#life === 'stopped') return;
    if (this.#life !== 'stopping' || HEARD_WHILE_STOPPING.has(input.kind)) this.#route(input);
    upkeep.settle();
    if (this.#life === 'stopping') this.#endStop(false);
    else if (this.#life === 'running' && !this.#tableStands && upkeep.settled) this.#stand();
    outbox.flush(effects);
  }

  #route(input: LvsInput): void {
    const { deadlines, facts, monitors, outbox, upkeep } = this.#house;
    switch (input.kind) {
      case 'start':
        this.#start(input);
        break;
      case 'timeout':
        deadlines.fire(outbox.now);
        break;
      case 'check-verdict':
        monitors.get(input.checker)?.verdict(input.part, input.verdict);
        break;
      case 'balancer-applied':
      case 'balancer-table':
        upkeep.input(input);
        break;
      case 'address':
        this.#addresses.change(input.change, input.address);
        break;
      case 'resync':
        this.#addresses.all(input.addresses);
        break;
      case 'file-content':
        facts.fileRead(input.tracker, input.content, input.error);
        this.#begin();
        if (this.#life === 'running' && this.#waiting) this.#reloadOnceRead(this.#waiting);
        break;
      case 'bfd-session':
        facts.sessionTurned(input.session, input.up);
        break;
      case 'instance-state':
        upkeep.instanceTurned(input.instance, input.state);
        break;
      case 'notify-finished':
        this.#dispatch.finished(input.run, input.outcome);
        break;
      case 'fifo-reader':
        // Keepalived repeats nothing here, and neither do we: the states are one `status` away.
        break;
      case 'ask':
        this.#asked(input.request, input.question);
        break;
      case 'reload':
        if (this.#life === 'running') this.#watchFilesFor(input.configuration);
        else this.#waiting = input.configuration;
        break;
      case 'stop':
        this.#stop(input.keep, input.succeeded === true);
        break;
    }
  }

  // The start: the table and the files are read, then everything begins.

  #start({ addresses, remembered, successor }: Extract<LvsInput, { kind: 'start' }>): void {
    if (this.#life !== 'new') return;
    this.#life = 'starting';
    const { deadlines, facts, notices, outbox, upkeep } = this.#house;
    const { globals, virtualRouterIds, ssl } = this.#configuration;
    this.#house.ssl = ssl;
    this.#remembered = new Map((remembered ?? []).map((one) => [`${one.server ?? ''} ${one.service}`, one]));
    this.#addresses.all(addresses);
    notices.configure(globals);
    facts.configure(this.#configuration.trackFiles, true);
    upkeep.configure(globals, virtualRouterIds);
    deadlines.arm(this.#filePatience, after(outbox.now, HALF_FILE_PATIENCE));
    upkeep.begin(globals.lvsFlush === true && !successor, () => {
      this.#tableRead = true;
      this.#begin();
    });
  }

  #waitForFiles(): void {
    const { deadlines, outbox } = this.#house;
    this.#filePatienceLeft--;
    if (this.#filePatienceLeft > 0) deadlines.arm(this.#filePatience, after(outbox.now, HALF_FILE_PATIENCE));
    else if (this.#life === 'running' && this.#waiting) this.#reloadOnceRead(this.#waiting);
    else this.#begin();
  }

  #begin(): void {
    const { deadlines, facts } = this.#house;
    if (this.#life !== 'starting' || !this.#tableRead) return;
    if (facts.pending && this.#filePatienceLeft > 0) return;
    deadlines.disarm(this.#filePatience);
    this.#life = 'making';
    this.#groups = groupsOf(this.#configuration);
    this.#unmade = namedServices(this.#configuration.virtualServers).values();
    this.#make();
  }

  /** Some at a time, and the table takes them meanwhile: neither it nor others wait for all of them. */
  #make(): void {
    const { deadlines, outbox, upkeep } = this.#house;
    for (let room = MAX_SERVERS_MADE; room > 0; ) {
      const next = this.#unmade?.next();
      if (!next || next.done) {
        this.#begun();
        return;
      }
      const named = next.value;
      const service = new VirtualServer(named.name, named.settings, this.#house);
      this.#byIdentity.set(named.identity, service);
      this.#services.push(service);
      this.#furnish(service, this.#groups, false);
      room -= 1 + service.servers.length;
    }
    upkeep.adopt();
    deadlines.arm(this.#making, after(outbox.now, AT_ONCE));
  }

  #begun(): void {
    const { deadlines, outbox, upkeep } = this.#house;
    this.#life = 'running';
    this.#unmade = undefined;
    upkeep.begun();
    this.#remembered.clear();
    outbox.log('info', `Load balancing starts: ${this.#services.length} virtual servers`);
    this.#unchecked = this.#services.values();
    deadlines.arm(this.#checking, after(outbox.now, TABLE_PATIENCE));
    if (this.#waiting) this.#watchFilesFor(this.#waiting);
  }

  #stand(): void {
    this.#tableStands = true;
    this.#house.outbox.tableStands();
    this.#beginChecks();
  }

  /** Some at a time, too. */
  #beginChecks(): void {
    const { deadlines, outbox } = this.#house;
    for (let room = MAX_SERVERS_MADE; room > 0; ) {
      const next = this.#unchecked?.next();
      if (!next || next.done) {
        this.#unchecked = undefined;
        deadlines.disarm(this.#checking);
        return;
      }
      for (const server of next.value.servers) server.beginChecks();
      room -= 1 + next.value.servers.length;
    }
    deadlines.arm(this.#checking, after(outbox.now, AT_ONCE));
  }

  #furnish(service: VirtualServer, groups: Groups, reloaded: boolean): void {
    service.resolve(groups);
    this.#addresses.follow(service);
    for (const settings of service.settings.realServers) {
      const server = service.addServer(settings);
      // Nearly always nothing is known of any: then no key is put together for each.
      const remembered =
        this.#remembered.size > 0 ? this.#remembered.get(`${server.name} ${service.name}`) : undefined;
      server.begin({ reloaded, remembered });
      if (remembered?.drained)
        this.#house.notices.log(
          'notice',
          `Service ${server.name} of VS ${service.name} is still drained: it gets no new connections`,
        );
    }
    service.begin(this.#remembered.get(` ${service.name}`)?.alive ?? false);
  }

  #suspended(service: VirtualServer): void {
    const verb = service.suspended ? 'Suspend' : 'Activat';
    for (const server of service.servers)
      this.#house.notices.log(
        'info',
        `${verb}ing healthchecker for service ${server.name} for VS ${service.name}`,
      );
  }

  // Reload: by the differences. What stays keeps its state, its rhythm, and the check in flight.

  /** No server shall come alive and be told as dead a moment later because its file was not read yet. */
  #watchFilesFor(configuration: LvsConfiguration): void {
    const { deadlines, facts, outbox } = this.#house;
    const files = [...this.#configuration.trackFiles, ...configuration.trackFiles];
    facts.configure([...new Map(files.map((file) => [file.name, file])).values()], false);
    this.#filePatienceLeft = 2;
    deadlines.arm(this.#filePatience, after(outbox.now, HALF_FILE_PATIENCE));
    this.#reloadOnceRead(configuration);
  }

  #reloadOnceRead(configuration: LvsConfiguration): void {
    const { deadlines, facts } = this.#house;
    this.#waiting = configuration;
    if (facts.pending && this.#filePatienceLeft > 0) return;
    this.#waiting = undefined;
    deadlines.disarm(this.#filePatience);
    this.#reload(configuration);
  }

  #reload(configuration: LvsConfiguration): void {
    const { facts, notices, upkeep } = this.#house;
    const before = this.#configuration;
    this.#configuration = configuration;
    this.#house.ssl = configuration.ssl;
    notices.configure(configuration.globals);
    facts.configure(configuration.trackFiles, false);
    upkeep.configure(configuration.globals, configuration.virtualRouterIds);
    const tlsChanged = !alike(before.ssl, configuration.ssl);
    const oldGroups = groupsOf(before);
    const groups = groupsOf(configuration);
    const wanted = namedServices(configuration.virtualServers);
    this.#removeAllBut(wanted);
    const services: VirtualServer[] = [];
    for (const named of wanted) {
      const { identity } = named;
      const known = this.#byIdentity.get(identity);
      if (!known) {
        const service = new VirtualServer(named.name, named.settings, this.#house);
        this.#byIdentity.set(identity, service);
        services.push(service);
        this.#furnish(service, groups, true);
        continue;
      }
      services.push(known);
      const { selector } = named.settings;
      const sameGroup =
        selector.kind !== 'group' || alike(oldGroups.get(selector.group), groups.get(selector.group));
      if (!sameGroup || !alike(known.settings, named.settings)) this.#change(known, named.settings, groups);
      if (tlsChanged) for (const server of known.servers) server.redefine();
    }
    this.#services = services;
    upkeep.servicesInOrder(services);
  }

  #removeAllBut(wanted: readonly Named[]): void {
    let staying = 0;
    for (const { identity } of wanted) if (this.#byIdentity.has(identity)) staying++;
    if (staying === this.#byIdentity.size) return;
    const left = new Map(this.#byIdentity);
    for (const { identity } of wanted) left.delete(identity);
    for (const [identity, service] of left) {
      this.#addresses.forget(service);
      service.remove();
      this.#byIdentity.delete(identity);
    }
  }

  #change(service: VirtualServer, settings: VirtualServer['settings'], groups: Groups): void {
    const wanted = new Map(settings.realServers.map((one) => [serverName(one, settings), one]));
    for (const server of [...service.servers]) if (!wanted.has(server.name)) service.removeServer(server);
    service.reconfigure(settings);
    service.resolve(groups);
    this.#addresses.follow(service);
    const known = new Map(service.servers.map((server) => [server.name, server]));
    service.servers.length = 0;
    const turned: RealServer[] = [];
    for (const [name, one] of wanted) {
      const server = known.get(name);
      if (!server) {
        service.addServer(one).begin({ reloaded: true });
        continue;
      }
      service.servers.push(server);
      if (!alike(server.settings, one)) server.reconfigure(one);
      if (server.alive !== (server.failed === 0)) turned.push(server);
    }
    // A checker that held it down, or up, is gone.
    for (const server of turned)
      service.serverTurned(server, server.failed === 0, 'its checkers were changed by a reload');
    service.reloaded();
  }

  // Questions.

  #asked(request: number, question: Question): void {
    const { outbox, upkeep } = this.#house;
    upkeep.ask((table) => {
      if (question.ask === 'status') {
        const status = { services: servicesStatus(this.#services, table), problems: upkeep.problems };
        outbox.answer(request, { ask: 'status', status });
        return;
      }
      const places = this.#matching(question).map(({ service, server }) => {
        service.drain(server, !question.undo);
        const connections = connectionsOf(service, server, table);
        return {
          service: service.name,
          server: server.name,
          ...(connections === undefined ? {} : { connections }),
        };
      });
      outbox.answer(request, { ask: 'drain', drained: !question.undo, places });
    });
  }

  #matching({ server: wanted, service: where }: Extract<Question, { ask: 'drain' }>) {
    const found: { service: VirtualServer; server: RealServer }[] = [];
    for (const service of this.#services) {
      if (where !== undefined && !names(where, service.name)) continue;
      for (const server of service.servers) if (names(wanted, server.name)) found.push({ service, server });
    }
    return found;
  }

  // The end.

  #stop(keeps: boolean, succeeded: boolean): void {
    const { deadlines, notices, outbox, upkeep } = this.#house;
    this.#life = 'stopping';
    this.#unmade = undefined;
    this.#unchecked = undefined;
    for (const one of [this.#making, this.#checking]) deadlines.disarm(one);
    const quiet =
      this.#configuration.globals.lvsFlushOnStop !== undefined &&
      this.#configuration.globals.lvsFlushOnStop !== false;
    for (const service of this.#services) service.stop(quiet, keeps);
    notices.end();
    upkeep.end(keeps, succeeded);
    deadlines.arm(this.#stopPatience, after(outbox.now, LVS_STOP_PATIENCE));
  }

  #endStop(outOfPatience: boolean): void {
    if (this.#life !== 'stopping') return;
    const { notices, outbox, upkeep } = this.#house;
    const idle = upkeep.idle && notices.idle;
    if (!idle && !outOfPatience) return;
    if (!idle) outbox.log('warning', 'stopping without waiting any longer for the kernel and for scripts');
    this.#life = 'stopped';
    outbox.stopped();
  }
}

type Groups = ReadonlyMap<string, VirtualServerGroupSettings>;
type Named = NamedService<VirtualServer['settings']>;

const groupsOf = ({ virtualServerGroups }: LvsConfiguration): Groups =>
  new Map(virtualServerGroups.map((group) => [group.name, group]));

/** As FIFO lines have it, or `ADDR:PORT`, or the address alone. */
function names(given: string, name: string): boolean {
  if (given === name) return true;
  const match = /^\[(.*)\]:[a-z]+:([0-9]+)$/.exec(name);
  if (!match) return false;
  const [, address = '', port = ''] = match;
  return given === address || given === `${address}:${port}` || given === `[${address}]:${port}`;
}
