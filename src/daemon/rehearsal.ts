/**
 * A rehearsal of what must go quickly the first time: two routers of ours, on a host where nothing happens, take the
 * mastership from each other a few times. A process that has never taken over has to compile that whole way first,
 * which costs it more than the takeover itself; afterwards it is warm. It decides what is played and in which steps,
 * so that the daemon's own work comes in between; nothing of it can be seen from outside.
 */
import { type IpAddress, parseIpAddress } from '../base/ip-address.js';
import { MAX_REHEARSED_KINDS, MAX_REHEARSED_TURNS, REHEARSED_TAKEOVERS } from '../base/limits.js';
import { parseMacAddress } from '../base/mac-address.js';
import { type Instant, instant, seconds, wallTime, ZERO } from '../base/time.js';
import type { AddressSettings, Configuration, InstanceSettings } from '../config/model.js';
import { Engine } from '../core/engine.js';
import type { AddressFacts, LinkFacts } from '../core/net/facts.js';
import { NO_INTERFACE } from '../host/raw-packets.js';
import { RehearsalHost } from '../host/rehearsal.js';
import { Loop } from './loop.js';

/** Lets others run between two turns; false: it is ended early. */
export type Pause = () => Promise<boolean>;

/** One rehearsal for one configuration. Sockets stay open until it is closed, for it can be repeated. */
export class Rehearsal {
  readonly #configuration: Configuration;
  readonly #pause: Pause;
  /** That of the first kind of instance, once all have been played: its understudy waits to take over again. */
  #stage: Stage | undefined;
  #closed = false;

  constructor(configuration: Configuration, pause: Pause) {
    this.#configuration = configuration;
    this.#pause = async () => !this.#closed && (await pause()) && !this.#closed;
  }

  /** Plays a few takeovers of every kind of instance. Throws SystemError where there are no sockets left. */
  async play(): Promise<void> {
    const kinds = new Map<string, InstanceSettings>();
    for (const one of this.#configuration.instances) {
      const kind = `${one.version} ${one.family} ${one.unicastPeers.length > 0} ${one.authentication.type}`;
      if (kinds.size < MAX_REHEARSED_KINDS && !kinds.has(kind)) kinds.set(kind, one);
    }
    for (const kind of [...kinds.values()].reverse()) {
      await this.#stage?.close();
      this.#stage = new Stage(this.#configuration, kind);
      await this.#stage.play(REHEARSED_TAKEOVERS, this.#pause);
    }
  }

  /** One takeover more, at once; afterwards the stage is set for another one. Nothing while it is not set. */
  repeat(): void {
    if (this.#closed || this.#stage?.takeOver() !== true) return;
    void this.#stage.play(1, this.#pause);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#stage?.close();
  }
}

const ADVERT_INTERVAL = seconds(1);

class Stage {
  #now: Instant = instant(0);
  /** Somebody plays already, turn by turn. */
  #playing = false;
  #closed = false;
  readonly #leader: Player;
  readonly #understudy: Player;

  constructor(configuration: Configuration, like: InstanceSettings) {
    const moment = () => ({ now: this.#now, wall: wallTime(this.#now) });
    this.#leader = new Player(role(configuration, like, 0), moment);
    this.#understudy = new Player(role(configuration, like, 1), moment);
    for (const player of [this.#leader, this.#understudy]) player.start();
  }

  /** So many takeovers; then the leader leads again, is silent, and the understudy is about to notice. */
  async play(takeovers: number, pause: Pause): Promise<void> {
    if (this.#playing) return;
    this.#playing = true;
    let left = takeovers;
    for (let turns = 0; turns < MAX_REHEARSED_TURNS && !(left <= 0 && this.#isSet); turns++) {
      if (!(await pause()) || this.#closed) return;
      if (this.#turn()) left--;
    }
    this.#playing = false;
  }

  /** The understudy takes over. False: the stage is not set. */
  takeOver(): boolean {
    if (this.#playing || !this.#isSet) return false;
    for (let turns = 0; turns < TURNS_OF_A_TAKEOVER; turns++) if (this.#turn()) return true;
    return false;
  }

  get #isSet(): boolean {
    return !this.#leader.awake && this.#understudy.state === 'BACKUP';
  }

  /** Whoever is next does what is due, and is heard. True: the understudy has taken over. */
  #turn(): boolean {
    const [next] = [this.#leader, this.#understudy]
      .filter((player) => player.awake && player.nextDeadline !== undefined)
      .sort((a, b) => (a.nextDeadline ?? 0) - (b.nextDeadline ?? 0));
    if (next === undefined) return false;
    this.#now = instant(Math.max(this.#now, next.nextDeadline ?? 0));
    next.turn();
    this.#exchange(this.#leader, this.#understudy);
    this.#exchange(this.#understudy, this.#leader);
    const led = this.#understudy.state === 'MASTER';
    // The leader falls asleep once it leads and is heard, and wakes when it was replaced.
    const replaced = led && !this.#leader.awake;
    this.#leader.awake = led || this.#leader.state !== 'MASTER';
    return replaced;
  }

  /** What one of them said the other hears, if it is there to hear it. */
  #exchange(from: Player, to: Player): void {
    for (const advert of from.host.sent.splice(0)) if (to.awake) to.hear(advert, advert.source);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#leader.host.close();
    await this.#understudy.host.close();
  }
}

/** The deadline, and whatever comes before it. */
const TURNS_OF_A_TAKEOVER = 3;

type Advert = RehearsalHost['sent'][number];

class Player {
  readonly host: RehearsalHost;
  awake = true;
  readonly #engine: Engine;
  readonly #loop: Loop;
  readonly #address: IpAddress;

  constructor({ configuration, address }: Role, moment: () => ReturnType<RehearsalHost['moment']>) {
    const nothing = (): void => {};
    this.host = new RehearsalHost(moment);
    this.#engine = new Engine(configuration);
    this.#loop = new Loop(this.host, this.#engine, {
      log: nothing,
      event: nothing,
      rehearse: nothing,
      late: nothing,
      stopped: nothing,
    });
    this.#address = address;
  }

  get nextDeadline(): Instant | undefined {
    return this.#engine.nextDeadline;
  }
  get state(): string | undefined {
    return this.#engine.status().instances[0]?.state;
  }

  start(): void {
    const facts: AddressFacts = {
      interfaceIndex: NO_INTERFACE,
      family: this.#address.includes(':') ? 'ipv6' : 'ipv4',
      address: this.#address,
      prefixLength: 24,
      scope: this.#address.includes(':') ? SCOPE_LINK : 0,
      flags: 0,
    };
    this.#loop.offer({ kind: 'start', links: [LINK], addresses: [facts] });
  }

  turn(): void {
    this.#loop.turn();
  }

  hear({ bytes, destination, hopLimit }: Advert, source: IpAddress): void {
    const common = { interfaceIndex: NO_INTERFACE, bytes };
    this.host.receive({
      kind: 'packet',
      packet: this.#address.includes(':')
        ? { ...common, family: 'ipv6', source, destination, hopLimit: hopLimit ?? 255 }
        : { ...common, family: 'ipv4' },
    });
    this.#loop.turn();
  }
}

interface Role {
  readonly configuration: Configuration;
  /** Where its adverts come from. */
  readonly address: IpAddress;
}

/** RT_SCOPE_LINK of linux/rtnetlink.h. */
const SCOPE_LINK = 253;

/** An instance of the kind of `like` in a configuration of its own: number 0 leads, number 1 waits. */
function role(configuration: Configuration, like: InstanceSettings, number: 0 | 1): Role {
  const ends = like.family === 'ipv4' ? ENDS_IPV4 : ENDS_IPV6;
  const [own, other] = number === 0 ? ends : ([ends[1], ends[0]] as const);
  const settings: InstanceSettings = {
    name: 'rehearsal',
    initialState: 'BACKUP',
    version: like.version,
    family: like.family,
    interface: LINK.name,
    virtualRouterId: like.virtualRouterId,
    priority: number === 0 ? 200 : 100,
    advertInterval: ADVERT_INTERVAL,
    downTimerAdverts: 3,
    preempt: true,
    preemptDelay: ZERO,
    authentication: like.authentication,
    trackSourceAddress: false,
    multicastGroup: like.multicastGroup,
    unicastPeers: like.unicastPeers.length > 0 ? [{ address: other, minTtl: 0, maxTtl: 255 }] : [],
    ...(like.unicastPeers.length > 0 ? { sourceAddress: own } : {}),
    checkUnicastSource: like.checkUnicastSource,
    virtualAddresses: like.virtualAddresses.slice(0, 2).map(homed),
    excludedAddresses: like.excludedAddresses.slice(0, 2).map(homed),
    trackInterfaces: [],
    trackScripts: [],
    trackFiles: [],
    trackProcesses: [],
    dontTrackPrimary: like.dontTrackPrimary,
    notify: {},
    smtpAlert: false,
    garp: like.garp,
    skipCheckAdvertAddresses: like.skipCheckAdvertAddresses,
    lowerPriorityNoAdvert: like.lowerPriorityNoAdvert,
    higherPrioritySendAdvert: like.higherPrioritySendAdvert,
  };
  return {
    address: own,
    configuration: {
      globals: configuration.globals,
      scripts: [],
      trackFiles: [],
      trackProcesses: [],
      instances: [settings],
      syncGroups: [],
      bfdInstances: [],
      virtualServerGroups: [],
      virtualServers: [],
      hash: 'rehearsal',
    },
  };
}

/** On the interface that does not exist, whatever its own would have been. */
function homed({ device: _, ...rest }: AddressSettings): AddressSettings {
  return rest;
}

function known<T>(parsed: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!parsed.ok) throw new Error('an address of the rehearsal is none');
  return parsed.value;
}

const ip = (text: string): IpAddress => known(parseIpAddress(text));
const ENDS_IPV4 = [ip('192.0.2.1'), ip('192.0.2.2')] as const;
const ENDS_IPV6 = [ip('fe80::1'), ip('fe80::2')] as const;

const LINK: LinkFacts = {
  index: NO_INTERFACE,
  name: 'rehearsal',
  up: true,
  running: true,
  loopback: false,
  noArp: false,
  multicast: true,
  mac: known(parseMacAddress('02:00:00:00:00:01')),
  mtu: 1500,
};
