/**
 * All sessions: which exist after a start or a reload, to which one a packet belongs, which sockets they need. What
 * a packet does to its session is decided there. RFC 5880 section 6.3, RFC 5881 sections 3 and 4.
 */
import { familyOf, type IpAddress } from '../../base/ip-address.js';
import { MAX_BFD_PORT_ATTEMPTS } from '../../base/limits.js';
import { Prng } from '../../base/prng.js';
import { after, type Duration, seconds } from '../../base/time.js';
import type { BfdInstanceSettings } from '../../config/model-bfd.js';
import { type BfdControl, type BfdState, decodeBfdControl } from '../../wire/bfd-control.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Failure } from '../inputs.js';
import type { Inventory } from '../net/inventory.js';
import type { Outbox } from '../outbox.js';
import { Refusals } from '../vrrp/refusals.js';
import { Departures } from './departures.js';
import type { BfdFact, BfdInput, BfdListener, BfdListenerId, BfdVerdict, ReceivedBfd } from './facts.js';
import { readingPatience } from './intervals.js';
import { BFD_CHECKS, type BfdCheck } from './receive-checks.js';
import { BfdSession, portOf, type SessionHouse } from './session.js';
import { type BfdRefusal, type BfdStatus, noBfdCounts, sessionStatus } from './session-status.js';
import { BFD_TRANSITIONS, type BfdRow } from './transitions.js';

/** RFC 5881 section 4. */
const FIRST_PORT = 49152;
const LAST_PORT = 65535;
/** How long what the kernel refused waits, unless something changes before. */
export const BFD_RETRY: Duration = seconds(5);
/** How long a stop may say goodbye to the neighbours. */
export const FAREWELL_PATIENCE: Duration = seconds(1);

/** What makes two blocks the same session. */
const identityOf = (settings: BfdInstanceSettings): string => {
  const { name, neighbor, source = '', interface: device = '', multihop } = settings;
  return `${name} ${neighbor} ${source} ${device} ${multihop}`;
};

const LISTENER = 'bfd/';
const listenerId = (settings: BfdInstanceSettings): BfdListenerId =>
  `${LISTENER}${familyOf(settings.neighbor)}/${portOf(settings)}`;
/** Whether what a deadline waits for is what a neighbour says, and not a master. */
export const isListener = (channel: string | undefined): boolean => channel?.startsWith(LISTENER) === true;

/** Who is told of sessions. */
export interface BfdAudience {
  /** What the session says of its neighbour is another thing now. */
  verdict(session: BfdSession, verdict: BfdVerdict): void;
  /** After every configuration, of all there are: one of the same name may be another one, or be followed only now. */
  known(session: BfdSession): void;
  /** A packet of the neighbour was believed. */
  heard(session: BfdSession): void;
}

export interface BfdOptions {
  /** Copies of the tables with something broken, to see that it is noticed. */
  readonly bfdTransitions?: readonly BfdRow[] | undefined;
  readonly bfdChecks?: readonly BfdCheck[] | undefined;
  readonly onBfdRow?: ((row: string) => void) | undefined;
}

export class BfdSessions implements SessionHouse {
  chance = new Prng(0);
  readonly departures = new Departures();
  readonly transitions: readonly BfdRow[];
  readonly onRow: ((row: string) => void) | undefined;
  readonly #checks: readonly BfdCheck[];
  readonly #refusals: Refusals;
  readonly #retry: Deadline;
  readonly #narrow: Deadline;
  /** Those that are configured, by their identity. */
  readonly #sessions = new Map<string, BfdSession>();
  /** And those that still say goodbye, too. */
  readonly #byDiscriminator = new Map<number, BfdSession>();
  readonly #byKey = new Map<string, BfdSession>();
  readonly #byNeighbor = new Map<string, Set<BfdSession>>();
  /** Source ports in use. */
  readonly #ports = new Set<number>();
  readonly #listeners = new Map<BfdListenerId, BfdListener>();
  readonly #deaf = new Set<BfdListenerId>();
  /** Neighbours whose every packet counts at once, as listenerOf() names them: a session with them is in Init. */
  readonly #awaited = new Set<BfdListenerId>();
  readonly #attempts = new Map<BfdSession, number>();
  readonly #refused = noBfdCounts();
  #stopping = false;

  constructor(
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
    readonly inventory: Inventory,
    readonly audience: BfdAudience,
    options: BfdOptions = {},
  ) {
    this.transitions = options.bfdTransitions ?? BFD_TRANSITIONS;
    this.#checks = options.bfdChecks ?? BFD_CHECKS;
    this.onRow = options.onBfdRow;
    this.#refusals = new Refusals(outbox);
    this.#retry = { what: 'bfd sockets', periodic: false, fire: () => this.#retryRefused() };
    this.#narrow = { what: 'bfd neighbors', periodic: false, fire: () => this.#listen() };
  }

  /** Before the first sessions. */
  seed(entropy: number): void {
    this.chance = new Prng(entropy);
  }
  /** The stop may end. */
  get idle(): boolean {
    return this.#byDiscriminator.size === 0;
  }
  session(name: string): BfdSession | undefined {
    return [...this.#sessions.values()].find((one) => one.name === name);
  }
  facts(): BfdFact[] {
    return [...this.#sessions.values()].map(({ name, reachable }) => ({ session: name, up: reachable }));
  }
  get all(): Iterable<BfdSession> {
    return this.#sessions.values();
  }

  /** Makes what is new, keeps what is the same session, and takes leave of the rest. */
  configure(instances: readonly BfdInstanceSettings[]): void {
    const wanted = new Map(instances.map((settings) => [identityOf(settings), settings]));
    for (const [identity, session] of this.#sessions) {
      if (wanted.has(identity)) continue;
      this.#sessions.delete(identity);
      session.disable(FAREWELL_PATIENCE);
    }
    for (const [identity, settings] of wanted) {
      const known = this.#sessions.get(identity);
      if (!known) {
        this.#make(identity, settings);
        continue;
      }
      const { ttl } = known.settings;
      known.configure(settings);
      if (ttl !== settings.ttl) this.#open(known);
    }
    this.#listen();
    for (const session of this.#sessions.values()) this.audience.known(session);
  }

  #make(identity: string, settings: BfdInstanceSettings): void {
    const session = new BfdSession(settings, this, this.#newDiscriminator());
    this.#sessions.set(identity, session);
    this.#byDiscriminator.set(session.discriminator, session);
    this.#byKey.set(session.key, session);
    const neighbors = this.#byNeighbor.get(settings.neighbor) ?? new Set();
    this.#byNeighbor.set(settings.neighbor, neighbors.add(session));
    this.#givePort(session);
    this.#open(session);
  }

  #newDiscriminator(): number {
    let discriminator = 0;
    while (discriminator === 0 || this.#byDiscriminator.has(discriminator)) discriminator = this.chance.u32();
    return discriminator;
  }
  /** RFC 5881 section 4: of no other session. */
  #givePort(session: BfdSession): void {
    const taken = this.#ports;
    let port = this.chance.integer(FIRST_PORT, LAST_PORT);
    while (taken.has(port) && taken.size <= LAST_PORT - FIRST_PORT)
      port = port === LAST_PORT ? FIRST_PORT : port + 1;
    taken.delete(session.sourcePort);
    taken.add(port);
    session.sourcePort = port;
  }

  #open(session: BfdSession): void {
    const { neighbor, source, interface: device, ttl } = session.settings;
    let index: number | undefined;
    if (device !== undefined) {
      index = this.inventory.linkByName(device)?.index;
      session.interfaceIndex = index ?? -1;
      if (index === undefined) {
        this.#refuse(session, { code: 'ENODEV', message: `there is no interface ${device}` });
        return;
      }
    }
    this.outbox.bfd({
      kind: 'open-bfd',
      path: {
        session: session.key,
        neighbor,
        port: session.port,
        ...(source === undefined ? {} : { source }),
        sourcePort: session.sourcePort,
        ...(index === undefined ? {} : { interfaceIndex: index }),
        hopLimit: ttl,
      },
    });
  }

  #refuse(session: BfdSession, error: Failure): void {
    session.closed(error);
    const text = `cannot send: ${error.message} (${error.code}); tried again when that changes`;
    this.#refusals.report('warning', `(${session.name})`, `open ${error.code}`, session.name, text);
    this.deadlines.arm(this.#retry, after(this.outbox.now, BFD_RETRY));
  }

  #retryRefused(): void {
    for (const session of this.#byKey.values()) if (session.fault) this.#open(session);
    for (const id of this.#deaf) {
      const listener = this.#listeners.get(id);
      if (listener) this.#hearAt(listener);
    }
  }

  #hearAt(listener: BfdListener): void {
    this.outbox.bfd({ kind: 'listen-bfd', listener });
    for (const neighbor of listener.neighbors)
      if (this.#awaited.has(`${listener.id}/${neighbor}`)) this.#setAwaited(listener.id, neighbor, true);
  }
  #setAwaited(listener: BfdListenerId, neighbor: IpAddress, awaited: boolean): void {
    this.outbox.bfd({ kind: 'await-bfd', listener, neighbor, awaited });
  }

  /** One group of sockets for each family and port in use. */
  #listen(): void {
    const wanted = new Map<BfdListenerId, { listener: BfdListener; neighbors: Set<IpAddress> }>();
    for (const { settings } of this.#byKey.values()) {
      const id = listenerId(settings);
      const patience = readingPatience(settings.minRx, settings.minTx);
      const { listener, neighbors = new Set<IpAddress>() } = wanted.get(id) ?? {};
      wanted.set(id, {
        listener: {
          id,
          family: familyOf(settings.neighbor),
          port: portOf(settings),
          neighbors: [],
          patience: Math.min(patience, listener?.patience ?? patience) as Duration,
        },
        neighbors: neighbors.add(settings.neighbor),
      });
    }
    for (const id of [...this.#listeners.keys()]) {
      if (wanted.has(id)) continue;
      this.#listeners.delete(id);
      this.#deaf.delete(id);
      this.outbox.bfd({ kind: 'unlisten-bfd', listener: id });
    }
    for (const { listener, neighbors } of wanted.values()) {
      const known = this.#listeners.get(listener.id);
      const same =
        known?.neighbors.length === neighbors.size && known.neighbors.every((one) => neighbors.has(one));
      if (same && known.patience === listener.patience) continue;
      const complete = { ...listener, neighbors: [...neighbors] };
      this.#listeners.set(listener.id, complete);
      this.#hearAt(complete);
    }
  }

  /** An interface came or went: sessions that are tied to it look again. */
  linkChanged(name: string): void {
    for (const session of this.#sessions.values()) {
      if (session.settings.interface !== name) continue;
      const index = this.inventory.linkByName(name)?.index ?? -1;
      if (index !== session.interfaceIndex || session.fault) this.#open(session);
    }
  }
  /** An address of this machine came: sessions that wait for it try again. */
  addressPresent(): void {
    for (const session of this.#sessions.values()) if (session.fault) this.#open(session);
  }

  handle(input: BfdInput): void {
    switch (input.kind) {
      case 'bfd-packet':
        this.#receive(input.packet, input.waited ?? 0);
        break;
      case 'bfd-listening':
        this.#listening(input.listener, input.error);
        break;
      case 'bfd-opened':
        this.#opened(input.session, input.error);
        break;
      case 'bfd-send-failed':
        this.#sendFailed(input.session, input.error);
        break;
    }
  }

  #opened(key: string, error: Failure | undefined): void {
    const session = this.#byKey.get(key);
    if (!session) return;
    if (!error) {
      this.#attempts.delete(session);
      session.opened();
      return;
    }
    const attempts = (this.#attempts.get(session) ?? 0) + 1;
    this.#attempts.set(session, attempts);
    if (error.code === 'EADDRINUSE' && attempts < MAX_BFD_PORT_ATTEMPTS) {
      this.#givePort(session);
      this.#open(session);
      return;
    }
    this.#attempts.delete(session);
    this.#refuse(session, error);
  }

  #listening(id: BfdListenerId, error: Failure | undefined): void {
    const listener = this.#listeners.get(id);
    if (!listener) return;
    const wasDeaf = this.#deaf.delete(id);
    if (error) {
      this.#deaf.add(id);
      const busy = error.code === 'EADDRINUSE' ? '; does another BFD daemon run here?' : '';
      const text = `cannot hear on UDP port ${listener.port}: ${error.message} (${error.code})${busy}`;
      this.#refusals.report('error', 'BFD', `listen ${error.code}`, id, text);
      this.deadlines.arm(this.#retry, after(this.outbox.now, BFD_RETRY));
    } else if (wasDeaf)
      this.outbox.log('notice', `BFD hears on UDP port ${listener.port} (${listener.family})`);
  }

  #sendFailed(key: string, { code, message }: Failure): void {
    const session = this.#byKey.get(key);
    if (!session) return;
    session.counters.sendErrors++;
    const text = `could not send: ${message} (${code})`;
    this.#refusals.report('warning', `(${session.name})`, `send ${code}`, session.name, text);
  }

  #receive(received: ReceivedBfd, waited: number): void {
    const { outbox } = this;
    const near = this.#byNeighbor.get(received.source);
    if (near)
      for (const session of near) {
        if (!session.hearsAgain(received, waited)) continue;
        this.audience.heard(session);
        return;
      }
    const read = decodeBfdControl(received.bytes);
    if (!read.ok) {
      this.#discard(received, 'malformed', MALFORMED[read.error], this.#near(received));
      return;
    }
    const packet = read.value;
    const session = this.#find(packet, received);
    for (const check of this.#checks) {
      const fault = check.fault(packet, received, session, outbox.now);
      if (fault === undefined) continue;
      if (check.id === 'disabled') session?.heardFarewell(packet);
      this.#discard(received, check.counter, fault, session ?? this.#near(received));
      return;
    }
    if (!session) {
      const { yourDiscriminator } = packet;
      const text = yourDiscriminator === 0 ? 'no session with it' : 'a discriminator that is not ours';
      this.#discard(received, 'discriminator', text, this.#near(received));
      return;
    }
    session.receive(packet, received, waited);
    this.audience.heard(session);
  }

  /** 6.3: by our discriminator; before the neighbour knows it by the addresses. */
  #find(packet: BfdControl, received: ReceivedBfd): BfdSession | undefined {
    if (packet.yourDiscriminator !== 0) return this.#byDiscriminator.get(packet.yourDiscriminator);
    return this.#near(received);
  }

  /** The session with that neighbour that fits port, address and interface best. */
  #near({ source, destination, port, interfaceIndex }: ReceivedBfd): BfdSession | undefined {
    let found: BfdSession | undefined;
    for (const session of this.#byNeighbor.get(source) ?? []) {
      if (session.port !== port || session.disabled) continue;
      if (session.interfaceIndex !== undefined && session.interfaceIndex !== interfaceIndex) continue;
      if (session.settings.source === destination) return session;
      if (session.settings.source === undefined) found = session;
    }
    return found;
  }

  #discard({ source }: ReceivedBfd, counter: BfdRefusal, why: string, session: BfdSession | undefined): void {
    const counters = session?.counters ?? this.#refused;
    counters[counter]++;
    if (counter === 'disabled') return;
    const whose = session ? `(${session.name})` : 'BFD';
    this.#refusals.report('warning', whose, counter, source, `discarding a packet from ${source}: ${why}`);
  }

  listenerOf(session: BfdSession): BfdListenerId {
    return `${listenerId(session.settings)}/${session.settings.neighbor}`;
  }
  changed(session: BfdSession, from: BfdState, verdict: BfdVerdict | undefined): void {
    if (from === 'Init' || session.state === 'Init') this.#judgeAwaited(session);
    if (verdict) this.audience.verdict(session, verdict);
  }
  /** In Init Up is news; in every other state a usual packet is none. */
  #judgeAwaited(session: BfdSession): void {
    const { neighbor } = session.settings;
    const id = listenerId(session.settings);
    const its = this.#byNeighbor.get(neighbor) ?? [];
    const awaited = [...its].some((one) => one.state === 'Init' && listenerId(one.settings) === id);
    const name = this.listenerOf(session);
    if (awaited === this.#awaited.has(name)) return;
    if (awaited) this.#awaited.add(name);
    else this.#awaited.delete(name);
    this.#setAwaited(id, neighbor, awaited);
  }
  settled(session: BfdSession): void {
    session.end();
    this.#byDiscriminator.delete(session.discriminator);
    this.#byKey.delete(session.key);
    this.#attempts.delete(session);
    const neighbors = this.#byNeighbor.get(session.settings.neighbor);
    neighbors?.delete(session);
    if (neighbors?.size === 0) this.#byNeighbor.delete(session.settings.neighbor);
    this.#ports.delete(session.sourcePort);
    this.outbox.bfd({ kind: 'close-bfd', session: session.key });
    if (this.#byKey.size === 0) this.#listen();
    else if (!this.#stopping) this.#narrowLater();
  }
  /** To hear one neighbour less costs as much as there are, and can wait until all that go are gone. */
  #narrowLater(): void {
    if (this.deadlines.at(this.#narrow) === undefined)
      this.deadlines.arm(this.#narrow, after(this.outbox.now, FAREWELL_PATIENCE));
  }

  /** Administratively down, so that no neighbour counts it as a failure. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.deadlines.disarm(this.#retry);
    this.deadlines.disarm(this.#narrow);
    for (const session of [...this.#byKey.values()]) session.disable(FAREWELL_PATIENCE);
  }

  clearCounters(): void {
    Object.assign(this.#refused, noBfdCounts());
    for (const { counters } of this.#byKey.values()) Object.assign(counters, noBfdCounts());
  }

  status(): BfdStatus {
    return {
      sessions: [...this.#sessions.values()].map(sessionStatus),
      refused: { ...this.#refused },
    };
  }
}

const MALFORMED = {
  short: 'too short',
  version: 'another version than 1',
  length: 'its length is not what it says',
  'authentication-section': 'an authentication section that cannot be read',
} as const;
