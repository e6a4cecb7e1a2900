/**
 * The UDP sockets of BFD. At each port stands a group of sockets that share it: two for each neighbour, to which the
 * kernel steers what has that source address, and a small one for everybody else, of which only a sample is read. So
 * nobody's flood can drown another's packets. Of a neighbour's two the one gets its usual packets, which may wait for the
 * next turn of the loop, the other what may change something and is read at once. Each session sends from a socket of its
 * own (bfd-mouths.ts). What a packet means is the engine's. RFC 5881 sections 4 and 5, RFC 5883 section 5.
 */
import { type IpAddress, ipToBytes } from '../base/ip-address.js';
import { MAX_BFD_SEPARATE, MAX_BFD_STRAYS_PER_SECOND, MAX_PACKETS_PER_TURN } from '../base/limits.js';
import { between, type Instant, type Moment, microseconds, milliseconds } from '../base/time.js';
import type { BfdEffect, BfdListener, BfdListenerId } from '../core/bfd/facts.js';
import type { Failure, Input } from '../core/inputs.js';
import { BFD_LONGEST, BFD_USUAL } from '../wire/bfd-control.js';
import { BfdMouths } from './bfd-mouths.js';
import { attachSteering, steeringBySource } from './linux/bpf.js';
import { readMoment } from './linux/clock.js';
import * as k from './linux/constants.js';
import { EAGAIN, SystemError } from './linux/errno.js';
import { closeFd, openSocket, scratch, setIntOption } from './linux/fd.js';
import { bindSocket } from './linux/libc.js';
import { type Poller, UNWATCHED, type Watch } from './linux/poller.js';
import { ReceiveBatch } from './linux/receive-batch.js';
import { putIpSocketAddress } from './linux/socket-address.js';
import { RepeatedBfd } from './repeated-bfd.js';

/** For one neighbour: some hundred packets. */
const RECEIVE_BUFFER = 256 * 1024;
/** For everybody else: a few packets, until they are looked at. */
const STRAY_BUFFER = 4096;
/** Among the pairs of neighbours: of all those for whom none is left. */
const SHARED_PLACE = MAX_BFD_SEPARATE;
const BATCH = 64;
const REST_MS = 1000;
/** What it may take to wake. Beyond that somebody else had the processor. */
const WAKING = milliseconds(1);
/** Bytes of a packet that are looked at: more than the longest, so that a longer one is seen to be. */
const LOOKED_AT = BFD_LONGEST + 12;
const ANY: Readonly<Record<BfdListener['family'], IpAddress>> = {
  ipv4: '0.0.0.0' as IpAddress,
  ipv6: '::' as IpAddress,
};

/** One for all: it holds nothing from one call to the next, and there is one thread. */
const batch = new ReceiveBatch(BATCH, LOOKED_AT);

type Heard = Extract<Input, { kind: 'bfd-packet' }>;

interface Ear {
  readonly fd: number;
  readonly watch: Watch;
  readonly repeated: RepeatedBfd;
}

/** Of one neighbour; in the kernel's numbering `patient` follows `prompt`. */
interface Pair {
  readonly prompt: Ear;
  readonly patient: Ear;
}

/** The sockets at one port, in the order in which the kernel numbers them: strays first. */
interface Group {
  listener: BfdListener;
  readonly strays: Ear;
  readonly pairs: Pair[];
  /** Which neighbour has which of `pairs`; one that is gone leaves its place to the next. */
  places: Map<IpAddress, number>;
  /** Neighbours whose usual packets go to `prompt`, too. */
  readonly awaited: Set<IpAddress>;
  /** The kernel steers by something older. */
  stale: boolean;
}

export class BfdSockets {
  readonly #poller: Pick<Poller, 'add' | 'addPatient' | 'rest'>;
  readonly #feed: (input: Input) => void;
  readonly #push: (input: Input) => void;
  readonly #bounded: (listener: BfdListenerId) => void;
  readonly #groups = new Map<BfdListenerId, Group>();
  readonly #mouths: BfdMouths;
  /** How long usual packets may wait for a deadline that is near: of those that hear the shortest. */
  #patience = 0;
  #stale = false;
  /** Until then usual packets wait. */
  #restsUntil: Instant | undefined;
  readonly #resting = new Set<Watch>();
  #alarm: NodeJS.Timeout | undefined;

  /** As of RawPackets. */
  constructor(
    options: {
      readonly poller: Pick<Poller, 'add' | 'addPatient' | 'rest'>;
      readonly feed: (input: Input) => void;
      readonly push: (input: Input) => void;
      readonly bounded: (listener: BfdListenerId) => void;
    },
    mouths = new BfdMouths(),
  ) {
    this.#mouths = mouths;
    this.#poller = options.poller;
    this.#feed = options.feed;
    this.#push = options.push;
    this.#bounded = options.bounded;
  }

  /** Nobody is heard, and the kernel refuses all that is sent. */
  static leadingNowhere(push: (input: Input) => void): BfdSockets {
    const nothing = (): void => {};
    const poller = { add: () => UNWATCHED, addPatient: () => UNWATCHED, rest: nothing };
    return new BfdSockets({ poller, feed: nothing, push, bounded: nothing }, BfdMouths.leadingNowhere());
  }

  /** In the order given. */
  run(effect: BfdEffect): void {
    switch (effect.kind) {
      case 'send-bfd':
        this.#answer('bfd-send-failed', effect.session, this.#mouths.send(effect.session, effect.bytes));
        break;
      case 'open-bfd':
        this.#answer('bfd-opened', effect.path.session, this.#mouths.open(effect.path));
        break;
      case 'close-bfd':
        this.#mouths.close(effect.session);
        break;
      case 'await-bfd':
        this.#setAwaited(effect.listener, effect.neighbor, effect.awaited);
        break;
      case 'listen-bfd': {
        const { listener } = effect;
        const error = this.#listen(listener);
        this.#push({ kind: 'bfd-listening', listener: listener.id, ...(error ? { error } : {}) });
        break;
      }
      case 'unlisten-bfd':
        this.#unlisten(effect.listener);
        break;
    }
  }

  /** The loop is awake again at `deadline`; undefined: nobody knows when. */
  expect(deadline: Instant | undefined, now: Instant): void {
    if (this.#stale) this.#steerAgain();
    const resting = deadline !== undefined && between(now, deadline) <= this.#patience;
    this.#restsUntil = resting ? deadline : undefined;
    this.#poller.rest(resting);
  }

  closeAll(): void {
    this.#mouths.closeAll();
    for (const id of [...this.#groups.keys()]) this.#unlisten(id);
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
  }

  #answer(kind: 'bfd-opened' | 'bfd-send-failed', session: string, error: Failure | undefined): void {
    if (error) this.#push({ kind, session, error });
    else if (kind === 'bfd-opened') this.#push({ kind, session });
  }

  #listen(listener: BfdListener): Failure | undefined {
    try {
      const group = this.#groups.get(listener.id) ?? this.#openGroup(listener);
      group.listener = listener;
      this.#give(group);
      this.#reckonPatience();
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#unlisten(listener.id);
      return error.failure;
    }
  }

  #reckonPatience(): void {
    const all = [...this.#groups.values()].map((group) => group.listener.patience);
    this.#patience = all.length > 0 ? Math.min(...all) : 0;
  }

  #openGroup(listener: BfdListener): Group {
    const { id } = listener;
    // A port that somebody else has is not shared with him: only a lone socket is refused it.
    const probe = openBoundSocket(listener, 'alone');
    closeFd(probe);
    const strays = this.#ear(listener, STRAY_BUFFER, (fd) => this.#poller.add(fd, () => this.#sample(id)));
    const group: Group = {
      listener,
      strays,
      pairs: [],
      places: new Map(),
      awaited: new Set(),
      stale: false,
    };
    this.#groups.set(id, group);
    return group;
  }

  #ear(listener: BfdListener, buffer: number, watch: (fd: number) => Watch): Ear {
    const fd = openBoundSocket(listener, 'sharing');
    if (setIntOption(fd, k.SOL_SOCKET, k.SO_RCVBUFFORCE, buffer) < 0)
      setIntOption(fd, k.SOL_SOCKET, k.SO_RCVBUF, buffer);
    return { fd, watch: watch(fd), repeated: new RepeatedBfd() };
  }

  #pair(listener: BfdListener, place: number): Pair {
    const { id } = listener;
    return {
      prompt: this.#ear(listener, RECEIVE_BUFFER, (fd) =>
        this.#poller.add(fd, () => this.#readable(id, place, 'prompt')),
      ),
      patient: this.#ear(listener, RECEIVE_BUFFER, (fd) =>
        this.#poller.addPatient(fd, () => this.#readable(id, place, 'patient')),
      ),
    };
  }

  /** Every neighbour gets its place; who comes late shares one, with strangers: the kernel cannot tell so many. */
  #give(group: Group): void {
    const { listener, pairs, places } = group;
    const given = new Map<IpAddress, number>();
    for (const neighbor of listener.neighbors) {
      const place = places.get(neighbor);
      if (place !== undefined && place < SHARED_PLACE) given.set(neighbor, place);
    }
    const taken = new Set(given.values());
    let next = 0;
    for (const neighbor of listener.neighbors) {
      if (given.has(neighbor)) continue;
      while (taken.has(next) && next < SHARED_PLACE) next++;
      const place = next;
      if (place === pairs.length) pairs.push(this.#pair(listener, place));
      taken.add(place);
      given.set(neighbor, place);
    }
    group.places = given;
    for (const neighbor of group.awaited) if (!given.has(neighbor)) group.awaited.delete(neighbor);
    this.#steer(group);
  }

  /** Throws SystemError. */
  #steer(group: Group): void {
    const { awaited, places } = group;
    group.stale = false;
    const separate = [...places].filter(([, place]) => place < SHARED_PLACE);
    const sources = separate.map(([neighbor, place]) => ({
      source: ipToBytes(neighbor),
      // Behind the strays.
      place: 1 + 2 * place,
      patient: !awaited.has(neighbor),
    }));
    const others = separate.length < places.size ? 1 + 2 * SHARED_PLACE : 0;
    const steered = attachSteering(group.strays.fd, steeringBySource(sources, BFD_USUAL, others));
    if (steered < 0) throw new SystemError(steered, 'steering BFD packets to their sockets');
  }

  #setAwaited(id: BfdListenerId, neighbor: IpAddress, awaited: boolean): void {
    const group = this.#groups.get(id);
    if (!group?.places.has(neighbor)) return;
    if (awaited) group.awaited.add(neighbor);
    else group.awaited.delete(neighbor);
    group.stale = true;
    this.#stale = true;
  }

  /** Once a turn, however many sessions have changed in it. */
  #steerAgain(): void {
    this.#stale = false;
    for (const group of this.#groups.values()) {
      if (!group.stale) continue;
      try {
        this.#steer(group);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        this.#push({ kind: 'bfd-listening', listener: group.listener.id, error: error.failure });
        this.#unlisten(group.listener.id);
      }
    }
  }

  #unlisten(id: BfdListenerId): void {
    const group = this.#groups.get(id);
    if (!group) return;
    this.#groups.delete(id);
    this.#reckonPatience();
    for (const { fd, watch } of [
      group.strays,
      ...group.pairs.flatMap(({ prompt, patient }) => [prompt, patient]),
    ]) {
      this.#resting.delete(watch);
      watch.remove();
      closeFd(fd);
    }
  }

  #readable(id: BfdListenerId, place: number, which: keyof Pair): void {
    let left = MAX_PACKETS_PER_TURN;
    while (left > 0) {
      // Looked up each time: an input may close what is being read.
      const group = this.#groups.get(id);
      const ear = group?.pairs[place]?.[which];
      if (!group || !ear) return;
      const asked = Math.min(BATCH, left);
      const count = batch.receive(ear.fd, asked);
      if (count === -EAGAIN) return;
      if (count < 0) {
        left -= 1;
        continue;
      }
      if (count > 0) this.#hand(group.listener, ear.repeated, count);
      if (count < asked) return;
      left -= count;
    }
    const { places } = this.#groups.get(id) ?? {};
    for (const [neighbor, its] of places ?? []) if (its === place) this.#bounded(`${id}/${neighbor}`);
  }

  #sample(id: BfdListenerId): void {
    const group = this.#groups.get(id);
    if (!group) return;
    const { fd, watch, repeated } = group.strays;
    const count = batch.receive(fd, MAX_BFD_STRAYS_PER_SECOND);
    watch.pause(true);
    this.#resting.add(watch);
    this.#alarm ??= setTimeout(() => this.#wake(), REST_MS).unref();
    if (count > 0) this.#hand(group.listener, repeated, count);
  }
  #wake(): void {
    this.#alarm = undefined;
    for (const watch of this.#resting) watch.pause(false);
    this.#resting.clear();
  }

  /**
   * All are looked at before the first is handed on: what follows from it may read again. The kernel stamps what arrives
   * with the clock of the wall, so that patience is nobody's silence.
   */
  #hand(listener: BfdListener, repeated: RepeatedBfd, count: number): void {
    const moment = readMoment();
    // Of most neighbours one packet comes in a turn.
    const last = count - 1;
    const before: Heard[] = [];
    for (let slot = 0; slot < last; slot++) before.push(this.#heardAt(listener, repeated, slot, moment));
    const latest = this.#heardAt(listener, repeated, last, moment);
    for (const input of before) this.#feed(input);
    this.#feed(latest);
  }

  #heardAt(listener: BfdListener, repeated: RepeatedBfd, slot: number, { now, wall }: Moment): Heard {
    const packet = repeated.packetOf(batch, listener, slot);
    const stamp = repeated.stampOf(batch, slot) ?? wall;
    // A clock that was set says nothing; and who was kept from running has not been patient meanwhile.
    const until = this.#restsUntil;
    const longest = until === undefined ? Math.min(WAKING, listener.patience) : listener.patience;
    const late = until === undefined ? 0 : Math.max(between(until, now) - WAKING, 0);
    const waited = microseconds(Math.min(Math.max(wall - stamp - late, 0), longest));
    return { kind: 'bfd-packet', packet, waited };
  }
}

/** Bound to the port on all addresses; throws SystemError. */
function openBoundSocket({ family, port }: BfdListener, how: 'alone' | 'sharing'): number {
  const ipv4 = family === 'ipv4';
  const fd = openSocket(ipv4 ? k.AF_INET : k.AF_INET6, k.SOCK_DGRAM, k.IPPROTO_UDP);
  if (fd < 0) throw new SystemError(fd, 'opening a BFD socket');
  const options: (readonly [level: number, name: number])[] = ipv4
    ? [
        [k.IPPROTO_IP, k.IP_PKTINFO],
        [k.IPPROTO_IP, k.IP_RECVTTL],
      ]
    : [
        [k.IPPROTO_IPV6, k.IPV6_V6ONLY],
        [k.IPPROTO_IPV6, k.IPV6_RECVPKTINFO],
        [k.IPPROTO_IPV6, k.IPV6_RECVHOPLIMIT],
      ];
  if (how === 'sharing') options.push([k.SOL_SOCKET, k.SO_REUSEPORT], [k.SOL_SOCKET, k.SO_TIMESTAMPNS]);
  for (const [level, name] of options) {
    const outcome = setIntOption(fd, level, name, 1);
    if (outcome >= 0) continue;
    closeFd(fd);
    throw new SystemError(outcome, 'setting up a BFD socket');
  }
  const length = putIpSocketAddress(scratch, 0, ANY[family], 0, port);
  const bound = bindSocket(fd, scratch.address, length);
  if (bound >= 0) return fd;
  closeFd(fd);
  throw new SystemError(bound, `binding to UDP port ${port}`);
}
