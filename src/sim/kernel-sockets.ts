/**
 * The VRRP sockets of one router's kernel, with their filters and bounded buffers: what arrives from a segment finds its
 * socket or is nobody's, what is sent goes out by an interface or fails as Linux fails it. Links and addresses are
 * kernel.ts's affair.
 */
import type { IpAddress } from '../base/ip-address.js';
import { MAX_PACKETS_PER_TURN } from '../base/limits.js';
import type { Channel, ChannelId } from '../core/effects.js';
import type { Failure } from '../core/inputs.js';
import type { AddressFacts } from '../core/net/facts.js';
import type { Flight } from './flight.js';

/** Adverts that a receive buffer holds: three full turns, as the host sizes it (DESIGN section 3). */
export const SOCKET_CAPACITY = 3 * MAX_PACKETS_PER_TURN;
interface Socket {
  channel: Channel;
  readonly buffer: { readonly interfaceIndex: number; readonly flight: Flight; readonly at: number }[];
}

/** What is known of an interface. */
interface Place {
  readonly index: number;
  readonly segment: string;
  readonly admin: boolean;
  readonly addresses: readonly AddressFacts[];
}

/** What the rest of the kernel knows. */
export interface SocketsAround {
  interfaces(): Iterable<Place>;
  find(index: number): Place | undefined;
  /** Up, with a carrier, as is what it stands on. */
  carries(index: number): boolean;
  /** There is something new to read. */
  notice(): void;
}

export class KernelSockets {
  /** In force while set: every VRRP socket fails to open with it. */
  channelFailure: Failure | undefined;
  /** In force while set: every send fails with it. */
  sendFailure: Failure | undefined;
  /** Datagrams dropped because a socket's buffer was full. */
  overflows = 0;
  readonly #sockets = new Map<string, Socket>();

  constructor(readonly around: SocketsAround) {}

  open(channel: Channel): Failure | undefined {
    if (this.channelFailure) return this.channelFailure;
    if (channel.interfaceIndex !== 0 && !this.around.find(channel.interfaceIndex))
      return { code: 'ENODEV', message: 'no such interface' };
    const open = this.#sockets.get(channel.id);
    if (open) open.channel = channel;
    else this.#sockets.set(channel.id, { channel, buffer: [] });
    return undefined;
  }

  close(id: string): void {
    this.#sockets.delete(id);
  }

  closeAll(): void {
    this.#sockets.clear();
  }

  /** The segment that a datagram sent on this channel goes out on, or why it does not. */
  route(id: string, source: IpAddress): { segment: string } | { error: Failure } {
    const socket = this.#sockets.get(id);
    if (!socket) return { error: { code: 'EBADF', message: 'no such socket' } };
    if (this.sendFailure) return { error: this.sendFailure };
    const index = socket.channel.interfaceIndex;
    const out = index === 0 ? this.#holderOf(source) : this.around.find(index);
    if (!out) return { error: { code: index === 0 ? 'ENETUNREACH' : 'ENODEV', message: 'no interface' } };
    if (!out.admin) return { error: { code: 'ENETDOWN', message: 'network is down' } };
    // Without a carrier the frame is dropped in the driver and nobody is told.
    return { segment: this.around.carries(out.index) ? out.segment : NOWHERE };
  }

  #holderOf(address: IpAddress): Place | undefined {
    for (const one of this.around.interfaces()) {
      for (const held of one.addresses) if (held.address === address) return one;
    }
    return undefined;
  }

  /** A datagram arrives from a segment at that time of the world. False when no socket took it. */
  receive(segment: string, flight: Flight, at: number): boolean {
    let taken = false;
    for (const one of this.around.interfaces()) {
      if (one.segment !== segment || !this.around.carries(one.index)) continue;
      for (const socket of this.#sockets.values()) {
        if (!this.#wants(socket.channel, one, flight)) continue;
        if (socket.buffer.length >= SOCKET_CAPACITY) {
          this.overflows++;
          continue;
        }
        socket.buffer.push({ interfaceIndex: one.index, flight, at });
        taken = true;
      }
    }
    if (taken) this.around.notice();
    return taken;
  }

  #wants(channel: Channel, one: Place, flight: Flight): boolean {
    if (channel.family !== flight.family) return false;
    if (channel.interfaceIndex !== 0 && channel.interfaceIndex !== one.index) return false;
    if (!channel.virtualRouterIds.includes(flight.virtualRouterId)) return false;
    return flight.multicast
      ? channel.groups.includes(flight.destination)
      : this.#holderOf(flight.destination) !== undefined;
  }

  /**
   * Reads at most MAX_PACKETS_PER_TURN datagrams from every socket and names the channels that had more: nobody
   * may be declared dead on those yet (DESIGN section 3).
   */
  drain(take: (interfaceIndex: number, flight: Flight, at: number) => void): readonly ChannelId[] {
    let held: ChannelId[] | undefined;
    for (const socket of this.#sockets.values()) {
      if (socket.buffer.length === 0) continue;
      const batch = socket.buffer.splice(0, MAX_PACKETS_PER_TURN);
      if (socket.buffer.length > 0) {
        held ??= [];
        held.push(socket.channel.id);
      }
      for (const { interfaceIndex, flight, at } of batch) take(interfaceIndex, flight, at);
    }
    return held ?? NONE_HELD;
  }
}

const NONE_HELD: readonly ChannelId[] = [];
/** A segment on which nobody is. */
export const NOWHERE = '';
