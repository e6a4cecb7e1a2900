/**
 * The UDP sockets of BFD. At each port stands a group of sockets that share it: one for each neighbour, to which the
 * kernel steers what has that source address, and a small one for everybody else, of which only a sample is read. So
 * nobody's flood can drown another's packets. Each session sends from a socket of its own. What a packet means is the
 * engine's. RFC 5881 sections 4 and 5, RFC 5883 section 5.
 */
import { type IpAddress, ipFromBytes, ipToBytes } from '../base/ip-address.js';
import {
  MAX_BFD_SEPARATE,
  MAX_BFD_STRAYS_PER_SECOND,
  MAX_BFD_TEXTS,
  MAX_PACKETS_PER_TURN,
} from '../base/limits.js';
import { microseconds } from '../base/time.js';
import type { BfdEffect, BfdListener, BfdListenerId, BfdPath, ReceivedBfd } from '../core/bfd/facts.js';
import type { Failure, Input } from '../core/inputs.js';
import { BFD_LONGEST } from '../wire/bfd-control.js';
import { attachFilter, attachSteering, DROP_ALL, steeringBySource } from './linux/bpf.js';
import { readTimespec, wallNow } from './linux/clock.js';
import * as k from './linux/constants.js';
import { EAGAIN, EINTR, EINVAL, failureOf, SystemError } from './linux/errno.js';
import { closeFd, openSocket, scratch, setIntOption } from './linux/fd.js';
import { allocateArena, bindSocket, type Outcome, sendto } from './linux/libc.js';
import type { Poller, Watch } from './linux/poller.js';
import { ReceiveBatch } from './linux/receive-batch.js';
import { putIpSocketAddress, readIpv6SocketAddress } from './linux/socket-address.js';

/** DSCP CS6, as bird and FRR mark theirs: control traffic of a network. */
const TRAFFIC_CLASS = 0xc0;
/** For one neighbour: some hundred packets. */
const RECEIVE_BUFFER = 256 * 1024;
/** For everybody else: a few packets, until they are looked at. */
const STRAY_BUFFER = 4096;
/** Among the sockets of neighbours: of all those for whom none is left. */
const SHARED_PLACE = MAX_BFD_SEPARATE;
const BATCH = 64;
const REST_MS = 1000;
/** Bytes of a packet that are looked at: more than the longest, so that a longer one is seen to be. */
const LOOKED_AT = BFD_LONGEST + 12;
const ANY: Readonly<Record<BfdListener['family'], IpAddress>> = {
  ipv4: '0.0.0.0' as IpAddress,
  ipv6: '::' as IpAddress,
};

interface Ear {
  readonly fd: number;
  readonly watch: Watch;
}

/** The sockets at one port, in the order in which the kernel numbers them: strays first. */
interface Group {
  listener: BfdListener;
  readonly strays: Ear;
  readonly ears: Ear[];
  /** Which neighbour has which of `ears`; one that is gone leaves its place to the next. */
  places: Map<IpAddress, number>;
}

interface Mouth {
  readonly fd: number;
  readonly to: Uint8Array;
}

export class BfdSockets {
  readonly #poller: Poller;
  readonly #feed: (input: Input) => void;
  readonly #push: (input: Input) => void;
  readonly #bounded: (listener: BfdListenerId) => void;
  readonly #groups = new Map<BfdListenerId, Group>();
  readonly #mouths = new Map<string, Mouth>();
  readonly #batch = new ReceiveBatch(BATCH, LOOKED_AT);
  readonly #packet = allocateArena(BFD_LONGEST + 4);
  /** How long packets may wait for a deadline that is near: of those that hear the shortest. */
  #patience = 0;
  readonly #resting = new Set<Watch>();
  readonly #texts = new Map<number, IpAddress>();
  #alarm: NodeJS.Timeout | undefined;

  /** As of RawPackets. */
  constructor(options: {
    readonly poller: Poller;
    readonly feed: (input: Input) => void;
    readonly push: (input: Input) => void;
    readonly bounded: (listener: BfdListenerId) => void;
  }) {
    this.#poller = options.poller;
    this.#feed = options.feed;
    this.#push = options.push;
    this.#bounded = options.bounded;
  }

  /** In the order given. */
  run(effect: BfdEffect): void {
    switch (effect.kind) {
      case 'send-bfd':
        this.#send(effect.session, effect.bytes);
        break;
      case 'open-bfd':
        this.#answer('bfd-opened', effect.path.session, this.#open(effect.path));
        break;
      case 'close-bfd':
        this.#close(effect.session);
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

  /** In so many microseconds the loop is awake again; undefined: nobody knows. */
  expect(wait: number | undefined): void {
    this.#poller.rest(wait !== undefined && wait <= this.#patience);
  }

  closeAll(): void {
    for (const session of [...this.#mouths.keys()]) this.#close(session);
    for (const id of [...this.#groups.keys()]) this.#unlisten(id);
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
  }

  #answer(kind: 'bfd-opened' | 'bfd-send-failed', session: string, error: Failure | undefined): void {
    if (error) this.#push({ kind, session, error });
    else if (kind === 'bfd-opened') this.#push({ kind, session });
  }

  // --- sending ------------------------------------------------------------------------------------------

  #open(path: BfdPath): Failure | undefined {
    this.#close(path.session);
    const { neighbor, source, sourcePort, interfaceIndex = 0, hopLimit, port } = path;
    const ipv4 = !neighbor.includes(':');
    const from = source ?? ANY[ipv4 ? 'ipv4' : 'ipv6'];
    const fd = openSocket(ipv4 ? k.AF_INET : k.AF_INET6, k.SOCK_DGRAM, k.IPPROTO_UDP);
    if (fd < 0) return failureOf(fd, 'opening a BFD socket');
    const steps: readonly (readonly [what: string, run: () => Outcome])[] = [
      // What comes to the port that we only send from is for nobody.
      ['closing the BFD socket for what arrives', () => attachFilter(fd, DROP_ALL)],
      [
        `setting its hop limit to ${hopLimit}`,
        () =>
          ipv4
            ? setIntOption(fd, k.IPPROTO_IP, k.IP_TTL, hopLimit)
            : setIntOption(fd, k.IPPROTO_IPV6, k.IPV6_UNICAST_HOPS, hopLimit),
      ],
      [
        'setting its traffic class',
        () =>
          ipv4
            ? setIntOption(fd, k.IPPROTO_IP, k.IP_TOS, TRAFFIC_CLASS)
            : setIntOption(fd, k.IPPROTO_IPV6, k.IPV6_TCLASS, TRAFFIC_CLASS),
      ],
      [
        `binding a BFD socket to ${from} port ${sourcePort}`,
        () =>
          bindSocket(fd, scratch.address, putIpSocketAddress(scratch, 0, from, interfaceIndex, sourcePort)),
      ],
    ];
    for (const [what, run] of steps) {
      const outcome = run();
      if (outcome >= 0) continue;
      closeFd(fd);
      return failureOf(outcome, what);
    }
    const length = putIpSocketAddress(scratch, 0, neighbor, interfaceIndex, port);
    this.#mouths.set(path.session, { fd, to: scratch.bytes.slice(0, length) });
    return undefined;
  }

  #close(session: string): void {
    const mouth = this.#mouths.get(session);
    if (!mouth) return;
    this.#mouths.delete(session);
    closeFd(mouth.fd);
  }

  #send(session: string, bytes: Uint8Array): void {
    const mouth = this.#mouths.get(session);
    if (!mouth) {
      this.#answer('bfd-send-failed', session, failureOf(EINVAL, 'sending without a BFD socket'));
      return;
    }
    const { fd, to } = mouth;
    this.#packet.bytes.set(bytes, 0);
    scratch.bytes.set(to, 0);
    let outcome: Outcome;
    do {
      outcome = sendto(
        fd,
        this.#packet.address,
        bytes.length,
        k.MSG_DONTWAIT | k.MSG_NOSIGNAL,
        scratch.address,
        to.length,
      );
    } while (outcome === -EINTR);
    if (outcome < 0) this.#answer('bfd-send-failed', session, failureOf(outcome, 'sending'));
  }

  // --- hearing ------------------------------------------------------------------------------------------

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
    const group: Group = { listener, strays, ears: [], places: new Map() };
    this.#groups.set(id, group);
    return group;
  }

  #ear(listener: BfdListener, buffer: number, watch: (fd: number) => Watch): Ear {
    const fd = openBoundSocket(listener, 'sharing');
    if (setIntOption(fd, k.SOL_SOCKET, k.SO_RCVBUFFORCE, buffer) < 0)
      setIntOption(fd, k.SOL_SOCKET, k.SO_RCVBUF, buffer);
    return { fd, watch: watch(fd) };
  }

  /** Every neighbour gets its place; who comes late shares one, with strangers: the kernel cannot tell so many. */
  #give(group: Group): void {
    const { listener, ears, places } = group;
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
      if (place === ears.length)
        ears.push(
          this.#ear(listener, RECEIVE_BUFFER, (fd) =>
            this.#poller.addPatient(fd, () => this.#readable(listener.id, place)),
          ),
        );
      taken.add(place);
      given.set(neighbor, place);
    }
    group.places = given;
    const separate = [...given].filter(([, place]) => place < SHARED_PLACE);
    const sources = separate.map(([neighbor, place]) => ({
      source: ipToBytes(neighbor),
      // Behind the strays.
      place: place + 1,
    }));
    const others = separate.length < given.size ? SHARED_PLACE + 1 : 0;
    const steered = attachSteering(group.strays.fd, steeringBySource(sources, others));
    if (steered < 0) throw new SystemError(steered, 'steering BFD packets to their sockets');
  }

  #unlisten(id: BfdListenerId): void {
    const group = this.#groups.get(id);
    if (!group) return;
    this.#groups.delete(id);
    this.#reckonPatience();
    for (const { fd, watch } of [group.strays, ...group.ears]) {
      this.#resting.delete(watch);
      watch.remove();
      closeFd(fd);
    }
  }

  #readable(id: BfdListenerId, place: number): void {
    let left = MAX_PACKETS_PER_TURN;
    while (left > 0) {
      // Looked up each time: an input may close what is being read.
      const group = this.#groups.get(id);
      const ear = group?.ears[place];
      if (!group || !ear) return;
      const asked = Math.min(BATCH, left);
      const count = this.#batch.receive(ear.fd, asked);
      if (count === -EAGAIN) return;
      if (count < 0) {
        left -= 1;
        continue;
      }
      this.#hand(group.listener, count);
      if (count < asked) return;
      left -= count;
    }
    const { places } = this.#groups.get(id) ?? {};
    for (const [neighbor, its] of places ?? []) if (its === place) this.#bounded(`${id}/${neighbor}`);
  }

  #sample(id: BfdListenerId): void {
    const group = this.#groups.get(id);
    if (!group) return;
    const { fd, watch } = group.strays;
    const count = this.#batch.receive(fd, MAX_BFD_STRAYS_PER_SECOND);
    watch.pause(true);
    this.#resting.add(watch);
    this.#alarm ??= setTimeout(() => this.#wake(), REST_MS).unref();
    if (count > 0) this.#hand(group.listener, count);
  }
  #wake(): void {
    this.#alarm = undefined;
    for (const watch of this.#resting) watch.pause(false);
    this.#resting.clear();
  }

  /** The address in the batch's memory as text, which most packets have in common with those before. */
  #ipv4At(at: number): IpAddress {
    const { bytes, view } = this.#batch.arena;
    const number = view.getUint32(at);
    const known = this.#texts.get(number);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_BFD_TEXTS) this.#texts.clear();
    const text = ipFromBytes(bytes.subarray(at, at + 4));
    this.#texts.set(number, text);
    return text;
  }

  /** All are copied before the first is handed on: what follows from it may read again. */
  #hand(listener: BfdListener, count: number): void {
    const wall = wallNow();
    const packets: ReceivedBfd[] = [];
    for (let slot = 0; slot < count; slot++) packets.push(this.#packetOf(listener, slot, wall));
    for (const packet of packets) this.#feed({ kind: 'bfd-packet', packet });
  }

  /** `wall`: the kernel stamps what arrives with that clock, so that patience is nobody's silence. */
  #packetOf({ family, port, patience }: BfdListener, slot: number, wall: number): ReceivedBfd {
    const { arena } = this.#batch;
    let interfaceIndex = 0;
    let destination = ANY[family];
    let hopLimit: number | undefined;
    let waited = 0;
    this.#batch.eachControl(slot, (level, type, at) => {
      if (level === k.IPPROTO_IP && type === k.IP_PKTINFO) {
        interfaceIndex = arena.view.getInt32(at, true);
        destination = this.#ipv4At(at + 8);
      } else if (level === k.IPPROTO_IPV6 && type === k.IPV6_PKTINFO) {
        destination = ipFromBytes(arena.bytes.subarray(at, at + 16));
        interfaceIndex = arena.view.getInt32(at + 16, true);
      } else if (
        (level === k.IPPROTO_IP && type === k.IP_TTL) ||
        (level === k.IPPROTO_IPV6 && type === k.IPV6_HOPLIMIT)
      ) {
        hopLimit = arena.view.getInt32(at, true);
      } else if (level === k.SOL_SOCKET && type === k.SO_TIMESTAMPNS)
        // A clock that was set says nothing; and who was stalled for longer has not been patient.
        waited = Math.min(Math.max(wall - readTimespec(arena.view, at), 0), patience);
    });
    const name = this.#batch.nameAt(slot);
    return {
      family,
      port,
      interfaceIndex,
      source: family === 'ipv4' ? this.#ipv4At(name + 4) : readIpv6SocketAddress(arena, name),
      destination,
      ...(hopLimit === undefined ? {} : { hopLimit }),
      ...(waited === 0 ? {} : { waited: microseconds(waited) }),
      bytes: this.#batch.bytes(slot),
    };
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
