/**
 * The VRRP sockets: one raw socket per interface and family, for receiving and sending (protocol 112, and another
 * one for 51 where adverts travel within AH), and one packet socket for announcements. It filters by VRID in the
 * kernel and decides nothing else about a packet: whether it is good is the engine's business. RFC 9568 section
 * 5.1, DESIGN section 3.
 */
import {
  BYTES_PER_ADVERT,
  MAX_PACKETS_PER_TURN,
  MAX_VRRP_PACKET,
  RECEIVE_BUFFER_PER_ROUTER,
} from '../base/limits.js';
import type { Channel, ChannelId, Effect } from '../core/effects.js';
import type { Failure, Input, ReceivedPacket } from '../core/inputs.js';
import { AdvertForm, AdvertFormIpv6, FRAME_FORM } from './datagram-forms.js';
import { attachFilter, virtualRouterFilter } from './linux/bpf.js';
import * as k from './linux/constants.js';
import { EADDRINUSE, EAGAIN, EINVAL, failureOf, required, SystemError } from './linux/errno.js';
import { closeFd, openSocket, setIntOption } from './linux/fd.js';
import { type Poller, UNWATCHED, type Watch } from './linux/poller.js';
import { ReceiveBatch } from './linux/receive-batch.js';
import { SendBatch } from './linux/send-batch.js';
import { RepeatedPackets } from './repeated-packets.js';
import { StraySockets } from './stray-sockets.js';
import {
  configureVrrpSocket,
  membership,
  openVrrpSocket,
  placeOf,
  waitedOf,
  wrappingOf,
} from './vrrp-socket.js';

type SendAdvert = Extract<Effect, { kind: 'send-advert' }>;
type SendFrame = Extract<Effect, { kind: 'send-frame' }>;

const SEND_BUFFER = 1024 * 1024;
const BATCH = 64;

interface OpenChannel {
  channel: Channel;
  readonly fd: number;
  readonly watch: Watch;
  readonly repeated: RepeatedPackets;
  /** How its adverts leave. */
  readonly form: AdvertForm;
}

const openedWith = (channel: Channel): Pick<OpenChannel, 'repeated' | 'form'> => ({
  repeated: new RepeatedPackets(),
  form: channel.family === 'ipv6' ? new AdvertFormIpv6(channel) : new AdvertForm(channel),
});

/** One of each for all: a batch holds nothing from one call to the next, and there is one thread. */
const receiving = new ReceiveBatch(BATCH, MAX_VRRP_PACKET + 8);
const sending = new SendBatch();

export class RawPackets {
  readonly #poller: Pick<Poller, 'add'>;
  readonly #channels = new Map<ChannelId, OpenChannel>();
  readonly #feed: (input: Input) => void;
  readonly #push: (input: Input) => void;
  readonly #bounded: (channel: ChannelId) => void;
  #frames: number | undefined;
  /** What the kernel last said about frames on an interface, so that it is said once. */
  readonly #frameFailures = new Map<number, string>();
  readonly #warn: (text: string) => void;
  readonly #strays: StraySockets;

  /**
   * `feed` takes packets during a drain, `push` everything that must wait for the next one, `bounded` the channels
   * on which the bound per turn was reached.
   */
  constructor(options: {
    readonly poller: Pick<Poller, 'add'>;
    readonly feed: (input: Input) => void;
    readonly push: (input: Input) => void;
    readonly bounded: (channel: ChannelId) => void;
    readonly warn: (text: string) => void;
  }) {
    this.#poller = options.poller;
    this.#feed = options.feed;
    this.#push = options.push;
    this.#bounded = options.bounded;
    this.#warn = options.warn;
    this.#strays = new StraySockets(options);
  }

  /** Channels of that interface, and frames: the kernel refuses all that is sent. Throws SystemError. */
  static leadingNowhere(interfaceIndex: number): RawPackets {
    const nothing = (): void => {};
    const poller = { add: () => UNWATCHED };
    const packets = new RawPackets({ poller, feed: nothing, push: nothing, bounded: nothing, warn: nothing });
    // A socket of this kind takes no address of the Internet or of a link.
    const open = (): number =>
      required(openSocket(k.AF_UNIX, k.SOCK_DGRAM, 0), 'opening a socket to nowhere');
    try {
      for (const family of ['ipv4', 'ipv6'] as const) {
        const id: ChannelId = `${interfaceIndex}/${family}`;
        const channel: Channel = { id, family, interfaceIndex, groups: [], virtualRouterIds: [] };
        packets.#channels.set(id, { channel, fd: open(), watch: UNWATCHED, ...openedWith(channel) });
      }
      packets.#frames = open();
    } catch (error) {
      packets.closeAll();
      throw error;
    }
    return packets;
  }

  /** Opens, or changes groups and filter of an open one; answered by a `channel` input. */
  open(channel: Channel): void {
    const error = this.#channels.has(channel.id) ? this.#change(channel) : this.#open(channel);
    this.#followStrays();
    this.#push({ kind: 'channel', channel: channel.id, ...(error ? { error } : {}) });
  }

  #open(channel: Channel): Failure | undefined {
    const fd = openVrrpSocket(channel);
    if (fd < 0) return failureOf(fd, `opening a VRRP socket on ${placeOf(channel)}`);
    const error = configureVrrpSocket(fd, channel);
    if (error) {
      closeFd(fd);
      return error;
    }
    growSendBuffer(fd);
    // Between socket() and the filter anything may have arrived, from any interface: it is thrown away.
    while (receiving.receive(fd, BATCH) > 0);
    const failure = this.#admit(fd, channel);
    if (failure) {
      closeFd(fd);
      return failure;
    }
    try {
      const watch = this.#poller.add(fd, () => this.#readable(channel.id));
      this.#channels.set(channel.id, { channel, fd, watch, ...openedWith(channel) });
      // Whoever speaks VRRP will announce addresses, and the first announcement is the one that is waited for.
      if (this.#frames === undefined) this.#openFrames();
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      closeFd(fd);
      return error.failure;
    }
  }

  /** Filter and receive buffer for the channel's virtual routers. */
  #admit(fd: number, channel: Channel): Failure | undefined {
    const ids = channel.virtualRouterIds;
    const usual = Math.max(ids.length, BATCH) * RECEIVE_BUFFER_PER_ROUTER;
    // Whatever was asked for, one burst must fit.
    const buffer = Math.max(channel.receiveBuffer ?? usual, ids.length * BYTES_PER_ADVERT);
    if (setIntOption(fd, k.SOL_SOCKET, k.SO_RCVBUFFORCE, buffer) < 0)
      setIntOption(fd, k.SOL_SOCKET, k.SO_RCVBUF, buffer);
    const attached = attachFilter(fd, virtualRouterFilter(wrappingOf(channel), ids));
    return attached < 0 ? failureOf(attached, 'filtering the VRRP socket by VRID') : undefined;
  }

  #change(channel: Channel): Failure | undefined {
    const open = this.#channels.get(channel.id);
    if (!open) return failureOf(EINVAL, `changing the VRRP socket ${channel.id}`);
    const known = new Set(open.channel.groups);
    const wanted = new Set(channel.groups);
    for (const group of wanted) {
      if (known.has(group)) continue;
      const outcome = membership(open.fd, group, channel.interfaceIndex, 'join');
      // Joined already by an attempt that failed at a later group.
      if (outcome === -EADDRINUSE) continue;
      if (outcome < 0) return failureOf(outcome, `joining ${group} on interface ${channel.interfaceIndex}`);
    }
    for (const group of known) {
      // A group that cannot be left is gone with its interface.
      if (!wanted.has(group)) membership(open.fd, group, channel.interfaceIndex, 'leave');
    }
    open.channel = channel;
    return this.#admit(open.fd, channel);
  }

  close(id: ChannelId): void {
    const open = this.#channels.get(id);
    if (!open) return;
    this.#channels.delete(id);
    open.watch.remove();
    closeFd(open.fd);
    this.#followStrays();
  }

  #followStrays(): void {
    this.#strays.follow([...this.#channels.values()].map(({ channel }) => channel));
  }

  #readable(id: ChannelId): void {
    let left = MAX_PACKETS_PER_TURN;
    while (left > 0) {
      // Looked up each time: an input may close the channel that is being read.
      const open = this.#channels.get(id);
      if (!open) return;
      const asked = Math.min(BATCH, left);
      const count = receiving.receive(open.fd, asked);
      if (count === -EAGAIN) return;
      // A pending error of the socket (the interface went down) is consumed by the reading.
      if (count < 0) {
        left -= 1;
        continue;
      }
      // The last is the youngest: what is true of it is not too much for the others.
      const waited = waitedOf(receiving, count - 1);
      const packets: ReceivedPacket[] = [];
      for (let slot = 0; slot < count; slot++)
        packets.push(open.repeated.packetOf(receiving, open.channel, slot));
      for (const packet of packets) this.#feed({ kind: 'packet', packet, channel: id, waited });
      if (count < asked) return;
      left -= count;
    }
    this.#bounded(id);
  }

  /** All adverts of a turn: one sendmmsg per channel. What is refused comes back as `send-failed`. */
  sendAdverts(adverts: readonly SendAdvert[]): void {
    const byChannel = new Map<ChannelId, SendAdvert[]>();
    for (const advert of adverts) {
      const list = byChannel.get(advert.channel);
      if (list) list.push(advert);
      else byChannel.set(advert.channel, [advert]);
    }
    for (const [id, list] of byChannel) {
      const open = this.#channels.get(id);
      if (!open) {
        const error = { code: 'EBADF', message: `sending an advert: the VRRP socket ${id} is not open` };
        for (const { instance } of list) this.#push({ kind: 'send-failed', instance, error });
        continue;
      }
      sending.send(open.fd, list, open.form, (index, errno) => {
        const advert = list[index];
        if (!advert) return;
        const error = failureOf(errno, `sending an advert to ${advert.destination}`);
        this.#push({ kind: 'send-failed', instance: advert.instance, error });
      });
    }
  }

  /** Announcements: one sendmmsg. A refusal is logged, once per interface and reason until one succeeds. */
  sendFrames(frames: readonly SendFrame[]): void {
    if (frames.length === 0) return;
    if (this.#frames === undefined) this.#openFrames();
    if (this.#frames === undefined) return;
    const refusedOn = new Set<number>();
    sending.send(this.#frames, frames, FRAME_FORM, (index, errno) => {
      const frame = frames[index];
      if (!frame) return;
      refusedOn.add(frame.interfaceIndex);
      const { code, message } = failureOf(errno, `announcing on interface ${frame.interfaceIndex}`);
      if (this.#frameFailures.get(frame.interfaceIndex) === code) return;
      this.#frameFailures.set(frame.interfaceIndex, code);
      this.#warn(message);
    });
    if (this.#frameFailures.size === 0) return;
    for (const { interfaceIndex } of frames) {
      if (!refusedOn.has(interfaceIndex)) this.#frameFailures.delete(interfaceIndex);
    }
  }

  #openFrames(): void {
    // Protocol 0: it receives nothing.
    const fd = openSocket(k.AF_PACKET, k.SOCK_DGRAM, 0);
    if (fd < 0) this.#warn(failureOf(fd, 'opening a packet socket for announcements').message);
    else {
      growSendBuffer(fd);
      this.#frames = fd;
    }
  }

  closeAll(): void {
    for (const { fd, watch } of this.#channels.values()) {
      watch.remove();
      closeFd(fd);
    }
    this.#channels.clear();
    this.#strays.closeAll();
    if (this.#frames !== undefined) closeFd(this.#frames);
    this.#frames = undefined;
  }
}

/** The larger the better; what the kernel will not give is done without. */
function growSendBuffer(fd: number): void {
  if (setIntOption(fd, k.SOL_SOCKET, k.SO_SNDBUFFORCE, SEND_BUFFER) < 0)
    setIntOption(fd, k.SOL_SOCKET, k.SO_SNDBUF, SEND_BUFFER);
}
