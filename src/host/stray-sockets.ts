/**
 * Raw sockets for what the VRRP sockets leave out: packets for virtual routers that are not ours, packets too short
 * to say for whom they are, and authentication headers where none are configured or the other way round. They are
 * read a few at a time and at most once a second, from a buffer that holds a few: whatever a flood sends beyond
 * that is dropped by the kernel. What the packets mean is the engine's business. Runtime reference section 9.
 */
import { MAX_STRAYS_PER_SECOND } from '../base/limits.js';
import type { Channel } from '../core/effects.js';
import type { Failure, Input } from '../core/inputs.js';
import { attachFilter, strayFilter } from './linux/bpf.js';
import * as k from './linux/constants.js';
import { failureOf, SystemError } from './linux/errno.js';
import { closeFd, setIntOption } from './linux/fd.js';
import type { Poller, Watch } from './linux/poller.js';
import { ReceiveBatch } from './linux/receive-batch.js';
import { configureVrrpSocket, openVrrpSocket, packetOf, placeOf, wrappingOf } from './vrrp-socket.js';

/** Milliseconds for which a socket is left alone after it was read. */
const REST_MS = 1000;
/** Bytes; the kernel makes its least of it, room for a few packets. */
const RECEIVE_BUFFER = 4096;
/** Bytes of a stray that are looked at: headers, and addresses enough to see whose it is. */
const LOOKED_AT = 256;

interface Stray {
  /** What it was opened for, as text. */
  readonly wanted: string;
  readonly fd: number;
  readonly watch: Watch;
}

export class StraySockets {
  readonly #poller: Pick<Poller, 'add'>;
  readonly #feed: (input: Input) => void;
  readonly #warn: (text: string) => void;
  readonly #sockets = new Map<string, Stray>();
  readonly #batch = new ReceiveBatch(MAX_STRAYS_PER_SECOND, LOOKED_AT);
  readonly #resting = new Set<Watch>();
  #alarm: NodeJS.Timeout | undefined;
  #refused = false;

  constructor(options: {
    readonly poller: Pick<Poller, 'add'>;
    readonly feed: (input: Input) => void;
    readonly warn: (text: string) => void;
  }) {
    this.#poller = options.poller;
    this.#feed = options.feed;
    this.#warn = options.warn;
  }

  /** The channels that are open now, all of them. */
  follow(channels: readonly Channel[]): void {
    const wanted = new Map(complements(channels).map((channel) => [channel.id, channel]));
    for (const [id, { wanted: text }] of this.#sockets) {
      const channel = wanted.get(id);
      if (!channel || JSON.stringify(channel) !== text) this.#close(id);
    }
    for (const channel of wanted.values()) if (!this.#sockets.has(channel.id)) this.#open(channel);
  }

  closeAll(): void {
    for (const id of [...this.#sockets.keys()]) this.#close(id);
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    this.#resting.clear();
  }

  #open(channel: Channel): void {
    const fd = openVrrpSocket(channel);
    if (fd < 0) {
      this.#complain(failureOf(fd, `opening a socket for strays on ${placeOf(channel)}`).message);
      return;
    }
    const refusal = this.#admit(fd, channel) ?? this.#watch(fd, channel);
    if (!refusal) return;
    closeFd(fd);
    this.#complain(refusal.message);
  }

  #admit(fd: number, channel: Channel): Failure | undefined {
    setIntOption(fd, k.SOL_SOCKET, k.SO_RCVBUF, RECEIVE_BUFFER);
    const error = configureVrrpSocket(fd, channel);
    if (error) return error;
    // Between socket() and the filter anything may have arrived: it is thrown away.
    while (this.#batch.receive(fd, MAX_STRAYS_PER_SECOND) > 0);
    const attached = attachFilter(fd, strayFilter(wrappingOf(channel), channel.virtualRouterIds));
    return attached < 0 ? failureOf(attached, 'filtering the socket for strays') : undefined;
  }

  #watch(fd: number, channel: Channel): Failure | undefined {
    try {
      const watch = this.#poller.add(fd, () => this.#readable(channel, fd, watch));
      this.#sockets.set(channel.id, { wanted: JSON.stringify(channel), fd, watch });
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return error.failure;
    }
  }

  /** Without them nothing is lost but the counting: said once. */
  #complain(text: string): void {
    if (this.#refused) return;
    this.#refused = true;
    this.#warn(`${text}: packets for virtual routers of others are not counted`);
  }

  #close(id: string): void {
    const socket = this.#sockets.get(id);
    if (!socket) return;
    this.#sockets.delete(id);
    this.#resting.delete(socket.watch);
    socket.watch.remove();
    closeFd(socket.fd);
  }

  #readable(channel: Channel, fd: number, watch: Watch): void {
    const count = this.#batch.receive(fd, MAX_STRAYS_PER_SECOND);
    watch.pause(true);
    this.#resting.add(watch);
    this.#alarm ??= setTimeout(() => this.#wake(), REST_MS).unref();
    const packets = Array.from({ length: Math.max(count, 0) }, (_, slot) =>
      packetOf(this.#batch, channel, slot),
    );
    for (const packet of packets) this.#feed({ kind: 'packet', packet });
  }

  #wake(): void {
    this.#alarm = undefined;
    for (const watch of this.#resting) watch.pause(false);
    this.#resting.clear();
  }
}

/**
 * For every interface and family with a channel: what its channels leave out, of VRRP and, over IPv4, of AH. A
 * channel of any interface has no strays: it hears what other channels' interfaces receive, and what it hears is
 * none of theirs.
 */
function complements(channels: readonly Channel[]): Channel[] {
  const places = new Map<string, Channel[]>();
  const everywhere = channels.filter(({ interfaceIndex }) => interfaceIndex === 0);
  for (const channel of channels) {
    if (channel.interfaceIndex === 0) continue;
    const place = `${channel.interfaceIndex}/${channel.family}`;
    const there = places.get(place);
    if (there) there.push(channel);
    else places.set(place, [channel]);
  }
  return [...places.values()].flatMap((there) => {
    const [first] = there;
    if (!first) return [];
    const groups = [...new Set(there.flatMap((channel) => channel.groups))].sort();
    const { interfaceIndex, family } = first;
    const protocols = family === 'ipv4' ? ([undefined, 'ah'] as const) : ([undefined] as const);
    return protocols.map((protocol) => ({
      id: `${interfaceIndex}/${family}${protocol ? '/ah' : ''}`,
      family,
      interfaceIndex,
      groups,
      ...(protocol ? { protocol } : {}),
      virtualRouterIds: [...there, ...everywhere]
        .filter((channel) => channel.protocol === protocol && channel.family === family)
        .flatMap((channel) => channel.virtualRouterIds),
    }));
  });
}
