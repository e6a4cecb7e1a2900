/**
 * The VRRP sockets: one raw socket per interface and family, for receiving and sending (protocol 112, and another
 * one for 51 where adverts travel within AH), and one packet socket for announcements. It filters by VRID in the
 * kernel and decides nothing else about a packet: whether it is good is the engine's business. RFC 9568 section
 * 5.1, DESIGN section 3.
 */
import { type IpAddress, ipFromBytes, ipToBytes, isLinkLocal, isMulticast } from '../base/ip-address.js';
import { MAX_PACKETS_PER_TURN, MAX_VRRP_PACKET } from '../base/limits.js';
import { macToBytes, parseMacAddress } from '../base/mac-address.js';
import type { Channel, ChannelId, Effect } from '../core/effects.js';
import type { Failure, Input, ReceivedPacket } from '../core/inputs.js';
import { attachFilter, DROP_ALL, virtualRouterFilter, type Wrapping } from './linux/bpf.js';
import * as k from './linux/constants.js';
import { EADDRINUSE, EAGAIN, EINVAL, failureOf, SystemError } from './linux/errno.js';
import { bindToInterface, closeFd, openSocket, setBytesOption, setIntOption } from './linux/fd.js';
import { layouts, type Outcome } from './linux/libc.js';
import type { Poller, Watch } from './linux/poller.js';
import { ReceiveBatch } from './linux/receive-batch.js';
import { type Datagram, SendBatch } from './linux/send-batch.js';
import { putIpSocketAddress, putLinkSocketAddress, readIpv6SocketAddress } from './linux/socket-address.js';

type SendAdvert = Extract<Effect, { kind: 'send-advert' }>;
type SendFrame = Extract<Effect, { kind: 'send-frame' }>;

/** Kernel memory of one waiting advert, with room for drivers that hand out whole pages' halves. */
const BYTES_PER_ADVERT = 2304;
/** Bursts of every virtual router that the receive buffer shall hold (DESIGN section 3). */
const BURSTS = 3;
const SEND_BUFFER = 1024 * 1024;
const BATCH = 64;
const TOS_INTERNETWORK_CONTROL = 0xc0;
const VRRP_HOP_LIMIT = 255;
const { at: CMSG, size: CMSG_SIZE } = layouts.cmsghdr;

interface OpenChannel {
  channel: Channel;
  readonly fd: number;
  readonly watch: Watch;
}

export class RawPackets {
  readonly #poller: Poller;
  readonly #channels = new Map<ChannelId, OpenChannel>();
  readonly #receive = new ReceiveBatch(BATCH, MAX_VRRP_PACKET + 8);
  readonly #send = new SendBatch();
  readonly #feed: (input: Input) => void;
  readonly #push: (input: Input) => void;
  readonly #bounded: (channel: ChannelId) => void;
  #frames: number | undefined;
  /** What the kernel last said about frames on an interface, so that it is said once. */
  readonly #frameFailures = new Map<number, string>();
  readonly #warn: (text: string) => void;

  /**
   * `feed` takes packets during a drain, `push` everything that must wait for the next one, `bounded` the channels
   * on which the bound per turn was reached.
   */
  constructor(options: {
    readonly poller: Poller;
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
  }

  /** Opens, or changes groups and filter of an open one; answered by a `channel` input. */
  open(channel: Channel): void {
    const error = this.#channels.has(channel.id) ? this.#change(channel) : this.#open(channel);
    this.#push({ kind: 'channel', channel: channel.id, ...(error ? { error } : {}) });
  }

  #open(channel: Channel): Failure | undefined {
    const where = channel.interfaceIndex === 0 ? 'any interface' : `interface ${channel.interfaceIndex}`;
    const ipv4 = channel.family === 'ipv4';
    const protocol = channel.protocol === 'ah' ? k.IPPROTO_AH : k.IPPROTO_VRRP;
    const fd = openSocket(ipv4 ? k.AF_INET : k.AF_INET6, k.SOCK_RAW, protocol);
    if (fd < 0) return failureOf(fd, `opening a VRRP socket on ${where}`);
    const error = this.#configure(fd, channel, where);
    if (error) {
      closeFd(fd);
      return error;
    }
    // Between socket() and the filter anything may have arrived, from any interface: it is thrown away.
    while (this.#receive.receive(fd, BATCH) > 0);
    const failure = this.#admit(fd, channel);
    if (failure) {
      closeFd(fd);
      return failure;
    }
    try {
      const watch = this.#poller.add(fd, () => this.#readable(channel.id));
      this.#channels.set(channel.id, { channel, fd, watch });
      return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      closeFd(fd);
      return error.failure;
    }
  }

  #configure(fd: number, channel: Channel, where: string): Failure | undefined {
    const ipv4 = channel.family === 'ipv4';
    const index = channel.interfaceIndex;
    const steps: (readonly [what: string, run: () => Outcome])[] = [
      ['closing the filter of the VRRP socket', () => attachFilter(fd, DROP_ALL)],
    ];
    const set = (what: string, level: number, name: number, value: number): void => {
      steps.push([what, () => setIntOption(fd, level, name, value)]);
    };
    if (index !== 0) steps.push([`binding the VRRP socket to ${where}`, () => bindToInterface(fd, index)]);
    if (ipv4) {
      set('writing our own IP header', k.IPPROTO_IP, k.IP_HDRINCL, 1);
      set('turning multicast loop off', k.IPPROTO_IP, k.IP_MULTICAST_LOOP, 0);
      set('hearing joined groups only', k.IPPROTO_IP, k.IP_MULTICAST_ALL, 0);
      set('asking for packet information', k.IPPROTO_IP, k.IP_PKTINFO, 1);
      if (index !== 0)
        steps.push([
          `sending multicast on ${where}`,
          () => setBytesOption(fd, k.IPPROTO_IP, k.IP_MULTICAST_IF, multicastRequest(undefined, index)),
        ]);
    } else {
      set('turning multicast loop off', k.IPPROTO_IPV6, k.IPV6_MULTICAST_LOOP, 0);
      set('hearing joined groups only', k.IPPROTO_IPV6, k.IPV6_MULTICAST_ALL, 0);
      set('setting the hop limit', k.IPPROTO_IPV6, k.IPV6_MULTICAST_HOPS, VRRP_HOP_LIMIT);
      set('setting the traffic class', k.IPPROTO_IPV6, k.IPV6_TCLASS, TOS_INTERNETWORK_CONTROL);
      set('asking for packet information', k.IPPROTO_IPV6, k.IPV6_RECVPKTINFO, 1);
      set('asking for the hop limit', k.IPPROTO_IPV6, k.IPV6_RECVHOPLIMIT, 1);
      if (index !== 0) set(`sending multicast on ${where}`, k.IPPROTO_IPV6, k.IPV6_MULTICAST_IF, index);
    }
    for (const group of channel.groups)
      steps.push([`joining ${group} on ${where}`, () => membership(fd, group, index, 'join')]);
    for (const [what, run] of steps) {
      const outcome = run();
      if (outcome < 0) return failureOf(outcome, what);
    }
    // The larger the better; what the kernel will not give is done without.
    if (setIntOption(fd, k.SOL_SOCKET, k.SO_SNDBUFFORCE, SEND_BUFFER) < 0)
      setIntOption(fd, k.SOL_SOCKET, k.SO_SNDBUF, SEND_BUFFER);
    return undefined;
  }

  /** Filter and receive buffer for the channel's virtual routers. */
  #admit(fd: number, channel: Channel): Failure | undefined {
    const ids = channel.virtualRouterIds;
    const buffer = BURSTS * Math.max(ids.length, BATCH) * BYTES_PER_ADVERT;
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
  }

  #readable(id: ChannelId): void {
    let left = MAX_PACKETS_PER_TURN;
    while (left > 0) {
      // Looked up each time: an input may close the channel that is being read.
      const open = this.#channels.get(id);
      if (!open) return;
      const asked = Math.min(BATCH, left);
      const count = this.#receive.receive(open.fd, asked);
      if (count === -EAGAIN) return;
      // A pending error of the socket (the interface went down) is consumed by the reading.
      if (count < 0) {
        left -= 1;
        continue;
      }
      const packets: ReceivedPacket[] = [];
      for (let slot = 0; slot < count; slot++) packets.push(this.#packet(open.channel, slot));
      for (const packet of packets) this.#feed({ kind: 'packet', packet });
      if (count < asked) return;
      left -= count;
    }
    this.#bounded(id);
  }

  #packet(channel: Channel, slot: number): ReceivedPacket {
    const { arena } = this.#receive;
    let interfaceIndex = channel.interfaceIndex;
    let destination: IpAddress | undefined;
    let hopLimit: number | undefined;
    this.#receive.eachControl(slot, (level, type, at) => {
      if (level === k.IPPROTO_IP && type === k.IP_PKTINFO) {
        if (interfaceIndex === 0) interfaceIndex = arena.view.getInt32(at, true);
      } else if (level === k.IPPROTO_IPV6 && type === k.IPV6_PKTINFO) {
        destination = ipFromBytes(arena.bytes.subarray(at, at + 16));
        if (interfaceIndex === 0) interfaceIndex = arena.view.getInt32(at + 16, true);
      } else if (level === k.IPPROTO_IPV6 && type === k.IPV6_HOPLIMIT) {
        hopLimit = arena.view.getInt32(at, true);
      }
    });
    const bytes = this.#receive.bytes(slot);
    if (channel.family === 'ipv4') return { family: 'ipv4', interfaceIndex, bytes };
    return {
      family: 'ipv6',
      interfaceIndex,
      bytes,
      source: readIpv6SocketAddress(arena, this.#receive.nameAt(slot)),
      ...(destination !== undefined ? { destination } : {}),
      ...(hopLimit !== undefined ? { hopLimit } : {}),
    };
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
      const { interfaceIndex, family } = open.channel;
      this.#send.send(
        open.fd,
        list.map((advert) => advertDatagram(advert, family, interfaceIndex)),
        (index, errno) => {
          const advert = list[index];
          if (!advert) return;
          const error = failureOf(errno, `sending an advert to ${advert.destination}`);
          this.#push({ kind: 'send-failed', instance: advert.instance, error });
        },
      );
    }
  }

  /** Announcements: one sendmmsg. A refusal is logged, once per interface and reason until one succeeds. */
  sendFrames(frames: readonly SendFrame[]): void {
    if (frames.length === 0) return;
    if (this.#frames === undefined) {
      // Protocol 0: it receives nothing.
      const fd = openSocket(k.AF_PACKET, k.SOCK_DGRAM, 0);
      if (fd < 0) {
        this.#warn(failureOf(fd, 'opening a packet socket for announcements').message);
        return;
      }
      this.#frames = fd;
    }
    const refusedOn = new Set<number>();
    this.#send.send(this.#frames, frames.map(frameDatagram), (index, errno) => {
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

  closeAll(): void {
    for (const id of [...this.#channels.keys()]) this.close(id);
    if (this.#frames !== undefined) closeFd(this.#frames);
    this.#frames = undefined;
  }
}

const wrappingOf = ({ family, protocol }: Channel): Wrapping =>
  family === 'ipv4' && protocol === 'ah' ? 'ipv4-ah' : family;

/** struct ip_mreqn, for membership and for the sending interface. */
function multicastRequest(group: IpAddress | undefined, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(12);
  if (group !== undefined) bytes.set(ipToBytes(group), 0);
  new DataView(bytes.buffer).setInt32(8, interfaceIndex, true);
  return bytes;
}

function membership(fd: number, group: IpAddress, interfaceIndex: number, verb: 'join' | 'leave'): Outcome {
  const address = ipToBytes(group);
  if (address.length === 4) {
    const name = verb === 'join' ? k.IP_ADD_MEMBERSHIP : k.IP_DROP_MEMBERSHIP;
    return setBytesOption(fd, k.IPPROTO_IP, name, multicastRequest(group, interfaceIndex));
  }
  const request = new Uint8Array(20);
  request.set(address, 0);
  new DataView(request.buffer).setInt32(16, interfaceIndex, true);
  const name = verb === 'join' ? k.IPV6_JOIN_GROUP : k.IPV6_LEAVE_GROUP;
  return setBytesOption(fd, k.IPPROTO_IPV6, name, request);
}

function advertDatagram(advert: SendAdvert, family: 'ipv4' | 'ipv6', interfaceIndex: number): Datagram {
  const { bytes, destination, source, hopLimit } = advert;
  const scope = isMulticast(destination) || isLinkLocal(destination) ? interfaceIndex : 0;
  const target: Datagram['destination'] = (arena, at) => putIpSocketAddress(arena, at, destination, scope);
  if (family === 'ipv4') return { bytes, destination: target };
  return {
    bytes,
    destination: target,
    control: (arena, at) => {
      const put = (offset: number, type: number, length: number): number => {
        arena.view.setUint32(at + offset + CMSG.length, CMSG_SIZE + length, true);
        arena.view.setInt32(at + offset + CMSG.level, k.IPPROTO_IPV6, true);
        arena.view.setInt32(at + offset + CMSG.type, type, true);
        return at + offset + CMSG_SIZE;
      };
      // struct in6_pktinfo: the source address and the interface
      const info = put(0, k.IPV6_PKTINFO, 20);
      arena.bytes.set(ipToBytes(source), info);
      arena.view.setInt32(info + 16, interfaceIndex, true);
      const length = CMSG_SIZE + 24;
      if (hopLimit === undefined) return length;
      arena.view.setInt32(put(length, k.IPV6_HOPLIMIT, 4), hopLimit, true);
      return length + CMSG_SIZE + 8;
    },
  };
}

function frameDatagram(frame: SendFrame): Datagram {
  const mac = parseMacAddress(frame.destination);
  const target = mac.ok ? macToBytes(mac.value) : new Uint8Array(6);
  return {
    bytes: frame.bytes,
    destination: (arena, at) =>
      putLinkSocketAddress(arena, at, frame.interfaceIndex, frame.etherType, target),
  };
}
