/**
 * Two daemons with one BFD session between them over ways that lose, delay, reorder, go in one direction only, and
 * machines that stall, die and stop: what the sessions do is judged from what was truly delivered. Decides what goes
 * wrong when and what must hold; the sessions are the very ones of core/bfd. RFC 5880 section 6.
 */
import { standsAt } from '../base/bytes.js';
import { DeadlineQueue } from '../base/deadline-queue.js';
import type { IpAddress } from '../base/ip-address.js';
import { Prng } from '../base/prng.js';
import { instant, microseconds, milliseconds, wallTime } from '../base/time.js';
import type { Configuration } from '../config/model.js';
import type { ReceivedBfd } from '../core/bfd/facts.js';
import type { BfdOptions } from '../core/bfd/sessions.js';
import type { Effect } from '../core/effects.js';
import { Engine } from '../core/engine.js';
import type { Input } from '../core/inputs.js';
import { type BfdControl, type BfdState, decodeBfdControl, isUsualBfd } from '../wire/bfd-control.js';

/** Milliseconds, and the multiplier: of both ends. */
const INTERVAL = 10;
const MULTIPLIER = 3;
const FAULTY = 20_000_000;
const MENDED = 8_000_000;
const LONGEST_TURN = 200;
/** How often the processor is taken from an end between reading and deciding, and for how long, microseconds. */
const INTERRUPTED = 0.002;
const LONGEST_INTERRUPTION = 80_000;
/** What the wire, the loop and timers may add to a loss, microseconds. */
const ALLOWANCE = 3_000;
const ADDRESSES = ['10.0.0.1', '10.0.0.2'] as const;

export class BrokenBfdInvariant extends Error {
  override readonly name = 'BrokenBfdInvariant';
}

interface Way {
  cut: boolean;
  loss: number;
  jitter: number;
}

export interface BfdWorldOptions extends BfdOptions {
  /** The loops forget to say when they read their sockets: to see that this is noticed. */
  readonly forgetsReading?: boolean;
  /** What happens to packets on their way. */
  readonly onWay?: (fate: Fate) => void;
}

/** `one-way`: lost while the other direction works; `overtaken`: a later one came before it. */
export type Fate = 'lost' | 'cut' | 'one-way' | 'overtaken' | 'delivered';

interface End {
  readonly index: 0 | 1;
  engine: Engine | undefined;
  inbox: { readonly at: number; readonly bytes: Uint8Array }[];
  stalledUntil: number;
  /** It has read its sockets and is kept from going on. */
  interrupted: boolean;
  state: BfdState;
  stopping: boolean;
  /** How long usual packets may wait, unless they are awaited; and until when they do. */
  patience: number;
  awaited: boolean;
  restsUntil: number | undefined;
  /** What was read last, and when it came as far as waiting was patience. */
  read: { readonly at: number; readonly packet: BfdControl } | undefined;
  /** As the host gave it: the same object again where it is the same packet. */
  received: ReceivedBfd | undefined;
  sent: { readonly at: number; readonly state: BfdState } | undefined;
  /** When the packet left that has arrived and left last. */
  latest: number;
}

export class BfdWorld {
  #now = 0;
  readonly #queue = new DeadlineQueue<{ readonly run: () => void }>();
  readonly #prng: Prng;
  /** Of its own: what is added here leaves the other faults of a seed as they were. */
  readonly #interrupts: Prng;
  #mended = false;
  readonly #ends: readonly [End, End];
  /** By the end that sends. */
  readonly #ways: readonly [Way, Way] = [way(), way()];
  readonly #turns = new Map<End, { readonly run: () => void }>();

  constructor(
    seed: number,
    readonly options: BfdWorldOptions = {},
  ) {
    this.#prng = new Prng(seed);
    this.#interrupts = new Prng(seed + 1_000_000);
    this.#ends = [end(0), end(1)];
  }

  /** A whole life. Throws BrokenBfdInvariant. */
  run(): void {
    for (const one of this.#ends) this.#at(this.#prng.integer(0, 500_000), () => this.#boot(one));
    for (let at = 1_000_000; at < FAULTY; at += this.#prng.integer(200_000, 1_500_000))
      this.#at(at, () => this.#breakSomething());
    this.#at(FAULTY, () => this.#mend());
    for (let at = 0; at < FAULTY + MENDED; at += 5_000) this.#at(at, () => this.#judgeStanding());
    for (;;) {
      const next = this.#queue.first;
      if (!next || next.at > FAULTY + MENDED) break;
      this.#now = next.at;
      this.#queue.clear(next.key);
      next.key.run();
    }
    for (const { state } of this.#ends)
      if (state !== 'Up') this.#broken('comes-up', `is ${state} although all is mended`);
  }

  #at(when: number, run: () => void): { readonly run: () => void } {
    const key = { run };
    this.#queue.set(key, instant(Math.max(when, this.#now)));
    return key;
  }
  #broken(rule: string, text: string): never {
    throw new BrokenBfdInvariant(`${rule} at ${(this.#now / 1e6).toFixed(6)}: ${text}`);
  }

  #boot(one: End): void {
    if (one.engine) return;
    one.engine = new Engine(configuration(one.index), this.options);
    Object.assign(one, { ...end(one.index), engine: one.engine, stalledUntil: one.stalledUntil });
    this.#handle(one, { kind: 'start', links: [], addresses: [], entropy: this.#prng.u32() });
    this.#request(one, this.#now);
  }
  #bury(one: End): void {
    one.engine = undefined;
    one.state = 'Down';
  }

  #breakSomething(): void {
    const [one, other] = this.#prng.chance(0.5) ? this.#ends : [this.#ends[1], this.#ends[0]];
    const ways = this.#prng.pick([[this.#ways[0]], [this.#ways[1]], [...this.#ways]]);
    const lasts = this.#prng.integer(5_000, 600_000);
    const during = (change: Partial<Way>, back: Partial<Way>): void => {
      for (const each of ways) Object.assign(each, change);
      this.#at(this.#now + lasts, () => {
        for (const each of ways) Object.assign(each, back);
      });
    };
    switch (this.#prng.integer(0, 6)) {
      case 0:
        during({ cut: true }, { cut: false });
        break;
      case 1:
        during({ loss: this.#prng.fraction() * 0.8 }, { loss: 0 });
        break;
      case 2:
        during({ jitter: this.#prng.integer(1_000, 60_000) }, { jitter: 200 });
        break;
      case 3:
        one.stalledUntil = Math.max(one.stalledUntil, this.#now + lasts);
        break;
      case 4:
        this.#bury(one);
        this.#at(this.#now + lasts, () => this.#boot(one));
        break;
      case 5:
        this.#stop(other);
        this.#at(this.#now + 1_500_000 + lasts, () => this.#boot(other));
        break;
      default:
        during({ cut: true }, { cut: false });
        one.stalledUntil = Math.max(one.stalledUntil, this.#now + lasts / 2);
    }
  }
  #mend(): void {
    this.#mended = true;
    for (const each of this.#ways) Object.assign(each, way());
    // Both anew and in step, so that Down meets Down, and Init meets Init.
    if (this.#interrupts.chance(0.3)) for (const one of this.#ends) this.#bury(one);
    for (const one of this.#ends) this.#boot(one);
  }

  #stop(one: End): void {
    if (!one.engine) return;
    one.stopping = true;
    this.#handle(one, { kind: 'stop', reason: 'SIGTERM' });
    this.#request(one, this.#now);
  }

  #request(one: End, at: number): void {
    const planned = this.#turns.get(one);
    if (planned) this.#queue.clear(planned);
    const when = Math.max(at, one.stalledUntil, this.#now);
    this.#turns.set(
      one,
      this.#at(when, () => this.#turn(one)),
    );
  }

  /** As the loop's: what waits is read before time passes. Anything may come between the one and the other. */
  #turn(one: End): void {
    if (!one.engine || one.interrupted) return;
    const read = this.#now;
    this.#read(one);
    if (!this.#interrupts.chance(this.#mended ? 0 : INTERRUPTED)) {
      this.#pass(one, read);
      return;
    }
    one.interrupted = true;
    const { engine } = one;
    const lasts = this.#interrupts.integer(0, LONGEST_INTERRUPTION);
    one.stalledUntil = Math.max(one.stalledUntil, this.#now + lasts);
    this.#at(this.#now + lasts, () => {
      if (one.engine !== engine) return;
      one.interrupted = false;
      this.#pass(one, read);
    });
  }

  #read(one: End): void {
    // Time in which it was kept from running is no patience.
    const late = Math.max(this.#now - (one.restsUntil ?? this.#now), 0);
    const longest = one.restsUntil === undefined ? 0 : one.patience;
    for (const { at, bytes } of one.inbox.splice(0)) {
      const packet = decodeBfdControl(bytes);
      const waited = microseconds(Math.min(Math.max(this.#now - at - late, 0), longest));
      if (packet.ok) one.read = { at: this.#now - waited, packet: packet.value };
      this.#handle(one, { kind: 'bfd-packet', packet: this.#received(one, bytes), waited });
      if (packet.ok && packet.value.state === 'AdminDown' && (one.state === 'Up' || one.state === 'Init'))
        this.#broken('obeys-admin-down', `end ${one.index} stays ${one.state}`);
    }
  }

  #pass(one: End, at: number): void {
    const timeout: Input = {
      kind: 'timeout',
      ...(this.options.forgetsReading ? {} : { read: instant(at) }),
    };
    let before: number | undefined;
    for (let n = 0; one.engine?.nextDeadline !== undefined && one.engine.nextDeadline <= this.#now; n++) {
      if (n > LONGEST_TURN) this.#broken('endless-turn', `end ${one.index}`);
      if (one.engine.nextDeadline === before) break;
      before = one.engine.nextDeadline;
      this.#handle(one, timeout);
    }
    const next = one.engine?.nextDeadline;
    one.restsUntil = next !== undefined && next - this.#now <= one.patience ? next : undefined;
    if (next !== undefined) this.#request(one, next + this.#prng.integer(0, LONGEST_TURN));
  }

  #received(one: End, bytes: Uint8Array): ReceivedBfd {
    if (one.received && standsAt(bytes, 0, one.received.bytes)) return one.received;
    const [source, destination] = [ADDRESSES[1 - one.index], ADDRESSES[one.index]] as IpAddress[];
    one.received = {
      family: 'ipv4',
      port: 3784,
      interfaceIndex: 2,
      source: source as IpAddress,
      destination: destination as IpAddress,
      hopLimit: 255,
      bytes,
    };
    return one.received;
  }

  #handle(one: End, input: Input): void {
    const { engine } = one;
    if (!engine) return;
    const effects: Effect[] = [];
    engine.handle({ now: instant(this.#now), wall: wallTime(this.#now) }, input, effects);
    for (const effect of effects) {
      if (effect.kind === 'event' && effect.event.type === 'bfd') this.#judgeChange(one, effect.event);
    }
    for (const effect of effects) {
      if (effect.kind === 'open-bfd') this.#handle(one, { kind: 'bfd-opened', session: effect.path.session });
      else if (effect.kind === 'apply-firewall')
        this.#handle(one, { kind: 'firewall-applied', request: effect.request });
      else if (effect.kind === 'listen-bfd') one.patience = effect.listener.patience;
      else if (effect.kind === 'await-bfd') one.awaited = effect.awaited;
      else if (effect.kind === 'send-bfd') this.#send(one, effect.bytes);
      else if (effect.kind === 'stopped') this.#bury(one);
    }
  }

  #send(one: End, bytes: Uint8Array): void {
    const packet = decodeBfdControl(bytes);
    if (!packet.ok) this.#broken('well-formed', packet.error);
    const { state, final, poll, myDiscriminator } = packet.value;
    if (myDiscriminator === 0) this.#broken('discriminator', 'is 0');
    if (poll && final) this.#broken('poll-or-final', 'both');
    if (one.stopping !== (state === 'AdminDown'))
      this.#broken('says-goodbye', `end ${one.index} says ${state}`);
    const gap = this.#now - (one.sent?.at ?? Number.NEGATIVE_INFINITY);
    if (state === 'Up' && one.sent?.state === 'Up' && !final && gap < 0.75 * INTERVAL * 1000 - 1)
      this.#broken('not-too-often', `end ${one.index} sends after ${gap} us`);
    one.sent = { at: this.#now, state };
    const { cut, loss, jitter } = this.#ways[one.index];
    const back = one.index === 0 ? 1 : 0;
    if (cut || this.#prng.chance(loss)) {
      this.#fate(!cut ? 'lost' : this.#ways[back].cut ? 'cut' : 'one-way');
      return;
    }
    const other = this.#ends[back];
    const leaves = this.#now;
    this.#at(leaves + 50 + this.#prng.integer(0, jitter), () => {
      this.#fate(leaves < one.latest ? 'overtaken' : 'delivered');
      one.latest = Math.max(one.latest, leaves);
      if (!other.engine) return;
      other.inbox.push({ at: this.#now, bytes });
      if (isUsualBfd(bytes) && !other.awaited && other.restsUntil !== undefined) return;
      this.#request(other, this.#now + this.#prng.integer(0, LONGEST_TURN));
    });
  }

  #fate(fate: Fate): void {
    this.options.onWay?.(fate);
  }

  /** When who was read last is lost, by what it said itself. */
  #detection(one: End): number {
    const said = one.read?.packet;
    return said ? said.detectMultiplier * Math.max(INTERVAL * 1000, said.desiredMinTx) : 0;
  }

  #judgeChange(one: End, event: Extract<Effect, { kind: 'event' }>['event']): void {
    if (event.type !== 'bfd') return;
    if (event.from !== one.state) this.#broken('continuous', `from ${event.from}, was ${one.state}`);
    one.state = event.to;
    const said = one.read?.packet;
    if (event.to === 'Up' && said?.state !== 'Init' && said?.state !== 'Up')
      this.#broken('three-ways', `end ${one.index} is Up, and the other has not heard it`);
    if (event.diagnostic === 'control detection time expired') {
      const heard = one.read?.at ?? 0;
      const silent = this.#now - heard;
      if (silent < this.#detection(one)) this.#broken('patient', `gives up after ${silent} us`);
      // One that came only after the time was over may wait: the loss is true.
      if (one.inbox.some(({ at }) => at < heard + this.#detection(one)))
        this.#broken('receive-before-expire', 'packets waited');
    }
  }

  #judgeStanding(): void {
    for (const one of this.#ends) {
      if (!one.engine || one.state !== 'Up' || one.stalledUntil > this.#now - ALLOWANCE) continue;
      const silent = this.#now - (one.read?.at ?? 0);
      if (silent > this.#detection(one) + ALLOWANCE) this.#broken('loss-noticed', `Up after ${silent} us`);
    }
  }
}

const way = (): Way => ({ cut: false, loss: 0, jitter: 200 });
const end = (index: 0 | 1): End => ({
  index,
  engine: undefined,
  inbox: [],
  stalledUntil: 0,
  interrupted: false,
  state: 'Down',
  stopping: false,
  patience: 0,
  awaited: false,
  restsUntil: undefined,
  read: undefined,
  received: undefined,
  sent: undefined,
  latest: 0,
});

/** One session with the other end, and nothing else. */
function configuration(index: 0 | 1): Configuration {
  return {
    globals: {} as Configuration['globals'],
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    instances: [],
    syncGroups: [],
    virtualServerGroups: [],
    virtualServers: [],
    hash: 'bfd',
    bfdInstances: [
      {
        name: 'peer',
        neighbor: ADDRESSES[1 - index] as IpAddress,
        source: ADDRESSES[index] as IpAddress,
        minRx: milliseconds(INTERVAL),
        minTx: milliseconds(INTERVAL),
        idleTx: milliseconds(1000),
        multiplier: MULTIPLIER,
        passive: false,
        ttl: 255,
        maxHops: 0,
        multihop: false,
        weight: 0,
        reverse: false,
        consumers: { vrrp: true, checker: true },
      },
    ],
  };
}
