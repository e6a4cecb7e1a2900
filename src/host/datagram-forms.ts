/**
 * Where adverts and announcements go, as the kernel reads it: socket addresses, and for IPv6 source and hop limit beside
 * the packet. What is sent, and when, is the engine's.
 */
import { ipToBytes, isLinkLocal, isMulticast } from '../base/ip-address.js';
import { macToBytes, parseMacAddress } from '../base/mac-address.js';
import type { Channel, Effect } from '../core/effects.js';
import * as k from './linux/constants.js';
import { type Arena, layouts } from './linux/libc.js';
import type { DatagramForm } from './linux/send-batch.js';
import { putIpSocketAddress, putLinkSocketAddress } from './linux/socket-address.js';

type SendAdvert = Extract<Effect, { kind: 'send-advert' }>;
type SendFrame = Extract<Effect, { kind: 'send-frame' }>;

const { at: CMSG, size: CMSG_SIZE } = layouts.cmsghdr;

/** Adverts of one channel. */
export class AdvertForm implements DatagramForm<SendAdvert> {
  readonly #interfaceIndex: number;
  /** The destination of the last one, which mostly is that of the next: a group. */
  #last: SendAdvert['destination'] | undefined;
  #address = new Uint8Array(0);

  constructor({ interfaceIndex }: Channel) {
    this.#interfaceIndex = interfaceIndex;
  }

  destination({ destination }: SendAdvert, arena: Arena, at: number): number {
    if (destination !== this.#last) {
      const scoped = isMulticast(destination) || isLinkLocal(destination);
      const length = putIpSocketAddress(arena, at, destination, scoped ? this.#interfaceIndex : 0);
      this.#address = arena.bytes.slice(at, at + length);
      this.#last = destination;
    } else arena.bytes.set(this.#address, at);
    return this.#address.length;
  }
}

/** Over IPv6 the kernel makes the header: it is told of the source address and the hop limit. */
export class AdvertFormIpv6 extends AdvertForm {
  readonly #index: number;

  constructor(channel: Channel) {
    super(channel);
    this.#index = channel.interfaceIndex;
  }

  control({ source, hopLimit }: SendAdvert, arena: Arena, at: number): number {
    const put = (offset: number, type: number, length: number): number => {
      arena.view.setUint32(at + offset + CMSG.length, CMSG_SIZE + length, true);
      arena.view.setInt32(at + offset + CMSG.level, k.IPPROTO_IPV6, true);
      arena.view.setInt32(at + offset + CMSG.type, type, true);
      return at + offset + CMSG_SIZE;
    };
    // struct in6_pktinfo: the source address and the interface
    const info = put(0, k.IPV6_PKTINFO, 20);
    arena.bytes.set(ipToBytes(source), info);
    arena.view.setInt32(info + 16, this.#index, true);
    const length = CMSG_SIZE + 24;
    if (hopLimit === undefined) return length;
    arena.view.setInt32(put(length, k.IPV6_HOPLIMIT, 4), hopLimit, true);
    return length + CMSG_SIZE + 8;
  }
}

export const FRAME_FORM: DatagramForm<SendFrame> = {
  destination: ({ destination, etherType, interfaceIndex }, arena, at) => {
    const mac = parseMacAddress(destination);
    const target = mac.ok ? macToBytes(mac.value) : new Uint8Array(6);
    return putLinkSocketAddress(arena, at, interfaceIndex, etherType, target);
  },
};
