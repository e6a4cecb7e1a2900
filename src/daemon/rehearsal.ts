/**
 * A rehearsal of what must go quickly the first time: two routers of ours, on a host where nothing happens, take the
 * mastership from each other a few times. A process that has never taken over has to compile that whole way first,
 * which costs it more than the takeover itself; afterwards it is warm. It decides what is played and in which steps,
 * so that the daemon's own work comes in between; nothing of it can be seen from outside.
 */
import { type IpAddress, parseIpAddress } from '../base/ip-address.js';
import { MAX_REHEARSED_ADDRESSES, MAX_REHEARSED_KINDS, REHEARSED_TAKEOVERS } from '../base/limits.js';
import { parseMacAddress } from '../base/mac-address.js';
import { type Instant, instant, wallTime, ZERO } from '../base/time.js';
import type { AddressSettings, Configuration, InstanceSettings } from '../config/model.js';
import { Engine } from '../core/engine.js';
import type { AddressFacts, LinkFacts } from '../core/net/facts.js';
import { RehearsalHost } from '../host/rehearsal.js';
import type { Loop } from './loop.js';
import { type Pause, playing, quietLoop, Repertory, Stage } from './stage.js';

/** What the kernel has: an instance that can play itself does so with its own link and address. */
export interface Surroundings {
  readonly links: readonly LinkFacts[];
  readonly addresses: readonly AddressFacts[];
}

/** One rehearsal for one configuration. Sockets stay open until it is closed, for it can be repeated. */
export class Rehearsal {
  readonly #configuration: Configuration;
  readonly #surroundings: Surroundings;
  readonly #repertory: Repertory;

  constructor(configuration: Configuration, surroundings: Surroundings, pause: Pause) {
    this.#configuration = configuration;
    this.#surroundings = surroundings;
    this.#repertory = new Repertory(pause);
  }

  /**
   * Plays a few takeovers of every kind of instance, that of the first one last: its understudy waits to take over again.
   * Throws SystemError where there are no sockets left.
   */
  async play(): Promise<void> {
    const kinds = new Map<string, InstanceSettings>();
    for (const one of this.#configuration.instances) {
      const kind = `${one.version} ${one.family} ${one.unicastPeers.length > 0} ${one.authentication.type}`;
      if (kinds.size < MAX_REHEARSED_KINDS && !kinds.has(kind)) kinds.set(kind, one);
    }
    for (const kind of [...kinds.values()].reverse())
      await this.#repertory.play(
        new Takeover(this.#configuration, kind, this.#surroundings),
        REHEARSED_TAKEOVERS,
      );
  }

  /** One takeover more, at once. */
  repeat(): void {
    this.#repertory.repeat(1);
  }

  close(): Promise<void> {
    return this.#repertory.close();
  }
}

/** The leader is silent, and the understudy is about to notice. */
class Takeover extends Stage {
  #now: Instant = instant(0);
  readonly #leader: Player;
  readonly #understudy: Player;

  constructor(configuration: Configuration, like: InstanceSettings, surroundings: Surroundings) {
    super();
    const moment = () => ({ now: this.#now, wall: wallTime(this.#now) });
    const { leader, understudy } = cast(configuration, like, surroundings);
    this.#leader = new Player(leader, moment);
    try {
      this.#understudy = new Player(understudy, moment);
    } catch (error) {
      void this.#leader.host.close();
      throw error;
    }
    for (const player of [this.#leader, this.#understudy]) player.start();
  }

  protected get isSet(): boolean {
    return !this.#leader.awake && this.#understudy.state === 'BACKUP';
  }

  /** Whoever is next does what is due, and is heard. True: the understudy has taken over. */
  protected turn(): boolean {
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

  protected async end(): Promise<void> {
    await this.#leader.host.close();
    await this.#understudy.host.close();
  }
}

type Advert = RehearsalHost['sent'][number];

class Player {
  readonly host: RehearsalHost;
  awake = true;
  readonly #engine: Engine;
  readonly #loop: Loop;
  readonly #role: Role;

  constructor(role: Role, moment: () => ReturnType<RehearsalHost['moment']>) {
    this.#role = role;
    this.host = new RehearsalHost(moment, role.link.index);
    this.#engine = new Engine(role.configuration);
    this.#loop = quietLoop(this.host, this.#engine);
  }

  get nextDeadline(): Instant | undefined {
    return this.#engine.nextDeadline;
  }
  get state(): string | undefined {
    return this.#engine.status().instances[0]?.state;
  }

  start(): void {
    const { link, own } = this.#role;
    this.#loop.offer({ kind: 'start', links: [link], addresses: [own] });
  }

  turn(): void {
    this.#loop.turn();
  }

  hear({ bytes, destination, hopLimit }: Advert, source: IpAddress): void {
    const { link, own } = this.#role;
    const common = { interfaceIndex: link.index, bytes };
    this.host.receive({
      kind: 'packet',
      packet:
        own.family === 'ipv6'
          ? { ...common, family: 'ipv6', source, destination, hopLimit: hopLimit ?? 255 }
          : { ...common, family: 'ipv4' },
    });
    this.#loop.turn();
  }
}

/** Somebody in the play, with the one link and the one address that there are for it. */
interface Role {
  readonly configuration: Configuration;
  readonly link: LinkFacts;
  /** Where its adverts come from. */
  readonly own: AddressFacts;
}

/** RT_SCOPE_LINK of linux/rtnetlink.h. */
const SCOPE_LINK = 253;
/** Nobody but the owner of an address has more. */
const HIGHEST_PRIORITY = 254;

/**
 * Whoever waits is the instance itself with its own settings, link and address, wherever that can be: V8 prepares code
 * for the very objects that it has seen, or such as were made in the same place and the same order. What it has prepared
 * for likenesses is of no use when it counts.
 */
function cast(
  configuration: Configuration,
  like: InstanceSettings,
  { links, addresses }: Surroundings,
): { readonly leader: Role; readonly understudy: Role } {
  const { family } = like;
  const [first, second] = family === 'ipv4' ? ENDS_IPV4 : ENDS_IPV6;
  const scope = family === 'ipv6' ? SCOPE_LINK : 0;
  const itself = canPlayItself(like);
  const name = like.interface ?? LINK.name;
  const link = links.find((one) => itself && one.name === name && isOrdinary(one)) ?? { ...LINK, name };
  const taken = [...like.virtualAddresses, ...like.excludedAddresses].map(({ address }) => address);
  const at = (address: IpAddress): AddressFacts => ({
    interfaceIndex: link.index,
    family,
    address,
    prefixLength: 24,
    scope,
    flags: 0,
  });
  const own =
    addresses.find(
      (one) =>
        itself &&
        one.interfaceIndex === link.index &&
        one.family === family &&
        one.scope === scope &&
        !taken.includes(one.address),
    ) ?? at(second);
  const settings = itself ? bounded(like) : likeness(like, name, second, first);
  const leader = { ...likeness(like, name, first, own.address), priority: HIGHEST_PRIORITY };
  return {
    leader: { configuration: playing(configuration, { instances: [leader] }), link, own: at(first) },
    understudy: { configuration: playing(configuration, { instances: [settings] }), link, own },
  };
}

/** The very same, unless it has so many addresses that the rehearsal would take longer than there is time for it. */
function bounded(like: InstanceSettings): InstanceSettings {
  const { virtualAddresses, excludedAddresses } = like;
  if (virtualAddresses.length + excludedAddresses.length <= MAX_REHEARSED_ADDRESSES) return like;
  const advertised = virtualAddresses.slice(0, MAX_REHEARSED_ADDRESSES);
  const others = excludedAddresses.slice(0, MAX_REHEARSED_ADDRESSES - advertised.length);
  return { ...like, virtualAddresses: advertised, excludedAddresses: others };
}

/** An instance that takes over as `like` does, but on a link of that name, with nobody around but `other`. */
function likeness(like: InstanceSettings, name: string, own: IpAddress, other: IpAddress): InstanceSettings {
  const unicast = like.unicastPeers.length > 0;
  return {
    name: 'rehearsal',
    initialState: 'BACKUP',
    version: like.version,
    family: like.family,
    interface: name,
    virtualRouterId: like.virtualRouterId,
    priority: 100,
    advertInterval: like.advertInterval,
    downTimerAdverts: 3,
    preempt: true,
    preemptDelay: ZERO,
    authentication: like.authentication,
    trackSourceAddress: false,
    multicastGroup: like.multicastGroup,
    unicastPeers: unicast ? [{ address: other, minTtl: 0, maxTtl: 255 }] : [],
    ...(unicast ? { sourceAddress: own } : {}),
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
}

/** One that works, and that is in nothing that the rehearsal lacks. */
const isOrdinary = ({ up, running, mac, loopback, master, vrfTable, macvlanMode, ipvlanMode }: LinkFacts) =>
  up &&
  running &&
  mac !== undefined &&
  !loopback &&
  [master, vrfTable, macvlanMode, ipvlanMode].every((place) => place === undefined);

/** What an instance may have without needing more for a takeover than a link, an address and somebody to replace. */
const SELF_SUFFICIENT: ReadonlySet<string> = new Set<keyof InstanceSettings>([
  'name',
  'initialState',
  'version',
  'family',
  'interface',
  'virtualRouterId',
  'priority',
  'advertInterval',
  'downTimerAdverts',
  'preempt',
  'preemptDelay',
  'authentication',
  'trackSourceAddress',
  'multicastGroup',
  'unicastPeers',
  'checkUnicastSource',
  'unicastTtl',
  'virtualAddresses',
  'excludedAddresses',
  'trackInterfaces',
  'trackScripts',
  'trackFiles',
  'trackProcesses',
  'dontTrackPrimary',
  'notify',
  'smtpAlert',
  'garp',
  'skipCheckAdvertAddresses',
  'lowerPriorityNoAdvert',
  'higherPrioritySendAdvert',
]);

function canPlayItself(like: InstanceSettings): boolean {
  const { trackInterfaces, trackScripts, trackFiles, trackProcesses, unicastPeers } = like;
  const others = [trackInterfaces, trackScripts, trackFiles, trackProcesses, unicastPeers];
  return (
    like.priority < HIGHEST_PRIORITY &&
    like.interface !== undefined &&
    others.every(({ length }) => length === 0) &&
    [...like.virtualAddresses, ...like.excludedAddresses].every(({ device }) => device === undefined) &&
    Object.keys(like).every((key) => SELF_SUFFICIENT.has(key))
  );
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

/** Links are numbered from 1 upwards, and nobody ever had so many. */
const NO_INTERFACE = 0x7fff_fffe;

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
