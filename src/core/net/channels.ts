/**
 * Which VRRP sockets are open, with which groups and filter, and which instance a packet on them is for: one
 * socket per interface, family and protocol (VRRP, or VRRP within AH), shared by its instances. Opening and closing is the host's work; when an
 * instance needs a channel is decided by the instance. DESIGN section 5.
 */
import { type Family, type IpAddress, isMulticast } from '../../base/ip-address.js';
import { MAX_RECEIVE_BUFFER, RECEIVE_BUFFER_PER_ROUTER } from '../../base/limits.js';
import { after, type Duration, seconds } from '../../base/time.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Channel, ChannelId } from '../effects.js';
import type { Failure } from '../inputs.js';
import type { Outbox } from '../outbox.js';

/** How long a socket that could not be opened is left alone. */
export const CHANNEL_RETRY: Duration = seconds(5);

export interface ChannelMember {
  readonly name: string;
  readonly family: Family;
  readonly virtualRouterId: number;
  /** Its adverts travel within an authentication header. */
  readonly behindAh: boolean;
  /** The multicast group it listens to; undefined for unicast. */
  readonly multicastGroup: IpAddress | undefined;
  /** The source of its own adverts: where unicast adverts for it go. */
  readonly sourceAddress: IpAddress | undefined;
  /** Its source is an address of another interface than the one it stands on: a virtual MAC has none of its own. */
  readonly foreignSource?: boolean;
  channelFailed(failure: Failure): void;
  channelOpened(): void;
}

interface Socket {
  readonly id: ChannelId;
  readonly family: Family;
  readonly interfaceIndex: number;
  readonly behindAh: boolean;
  readonly members: Set<ChannelMember>;
  /** What the host was last asked for, as text; undefined: closed. */
  asked: string | undefined;
  failed: boolean;
  readonly retry: Deadline;
}

/** What members said of their share of a receive buffer. */
type Buffers = WeakMap<ChannelMember, number | undefined>;

export const channelId = (
  interfaceIndex: number,
  { family, behindAh }: Pick<ChannelMember, 'family' | 'behindAh'>,
): ChannelId => `${interfaceIndex}/${family}${behindAh ? '/ah' : ''}`;

/** Whether with AH or without: who is meant is found first, and then judged. */
const memberKey = (interfaceIndex: number, family: Family, virtualRouterId: number): number =>
  (interfaceIndex * 2 + (family === 'ipv4' ? 0 : 1)) * 256 + virtualRouterId;

export class Channels {
  readonly #sockets = new Map<ChannelId, Socket>();
  readonly #changed = new Set<Socket>();
  readonly #members = new Map<number, ChannelMember[]>();
  readonly #buffers: Buffers = new WeakMap();

  constructor(
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
  ) {}

  /** `interfaceIndex` 0 is "any interface". */
  join(member: ChannelMember, interfaceIndex: number): ChannelId {
    const id = channelId(interfaceIndex, member);
    let socket = this.#sockets.get(id);
    if (!socket) {
      socket = this.#create(id, member, interfaceIndex);
      this.#sockets.set(id, socket);
    }
    socket.members.add(member);
    this.#changed.add(socket);
    const key = memberKey(interfaceIndex, member.family, member.virtualRouterId);
    const known = this.#members.get(key);
    if (!known) this.#members.set(key, [member]);
    else if (!known.includes(member)) known.push(member);
    return id;
  }

  /** How many bytes of adverts of its own may wait to be read; undefined: as many as is usual. */
  sizeBuffer(member: ChannelMember, id: ChannelId | undefined, bytes: number | undefined): void {
    this.#buffers.set(member, bytes);
    const socket = id === undefined ? undefined : this.#sockets.get(id);
    if (socket) this.#changed.add(socket);
  }

  leave(member: ChannelMember, id: ChannelId): void {
    const socket = this.#sockets.get(id);
    if (!socket?.members.delete(member)) return;
    this.#changed.add(socket);
    const key = memberKey(socket.interfaceIndex, member.family, member.virtualRouterId);
    const rest = this.#members.get(key)?.filter((other) => other !== member) ?? [];
    if (rest.length > 0) this.#members.set(key, rest);
    else this.#members.delete(key);
  }

  /**
   * The instance that a packet for `virtualRouterId` to `destination` on that interface is for. Several may share
   * the number (other groups, other unicast addresses): then the destination decides.
   */
  find(
    interfaceIndex: number,
    family: Family,
    virtualRouterId: number,
    destination: string | undefined,
  ): ChannelMember | undefined {
    const here = this.#members.get(memberKey(interfaceIndex, family, virtualRouterId));
    const anywhere = this.#members.get(memberKey(0, family, virtualRouterId));
    const candidates = here && anywhere ? [...here, ...anywhere] : (here ?? anywhere);
    if (!candidates || candidates.length < 2) return candidates?.[0];
    const exact = candidates.find(
      (member) => destination === (member.multicastGroup ?? member.sourceAddress),
    );
    if (exact) return exact;
    const multicast = destination !== undefined && isMulticast(destination as IpAddress);
    return candidates.find((member) => (member.multicastGroup !== undefined) === multicast) ?? candidates[0];
  }

  /**
   * Whether the member gets a copy of its own of what came by this channel: a packet to the address of an instance
   * without interface is also read by the socket of another one of that number on the interface that it came by. As a
   * second copy it would look like a replay.
   */
  readsElsewhere(member: ChannelMember, channel: ChannelId): boolean {
    const socket = this.#sockets.get(channel);
    return socket !== undefined && socket.behindAh === member.behindAh && !socket.members.has(member);
  }

  /** Every socket, with the instances on it. */
  *sockets(): Iterable<{ readonly channel: Channel; readonly members: readonly string[] }> {
    for (const socket of this.#sockets.values())
      yield {
        channel: describe(socket, this.#buffers),
        members: [...socket.members].map(({ name }) => name),
      };
  }

  /** The host's answer to an open-channel. */
  answered(id: ChannelId, failure: Failure | undefined): void {
    const socket = this.#sockets.get(id);
    if (!socket || socket.asked === undefined) return;
    if (failure) {
      if (!socket.failed)
        this.outbox.log(
          'error',
          `VRRP socket ${id} could not be opened: ${failure.message} (${failure.code})`,
        );
      socket.failed = true;
      this.deadlines.arm(socket.retry, after(this.outbox.now, CHANNEL_RETRY));
      for (const member of socket.members) member.channelFailed(failure);
      return;
    }
    if (socket.failed) this.outbox.log('notice', `VRRP socket ${id} is open again`);
    socket.failed = false;
    this.deadlines.disarm(socket.retry);
    for (const member of socket.members) member.channelOpened();
  }

  /** Asks for what changed since the last time: once per socket, however many instances moved. */
  settle(): void {
    for (const socket of this.#changed) {
      if (socket.members.size === 0) {
        if (socket.asked !== undefined) this.outbox.closeChannel(socket.id);
        this.deadlines.disarm(socket.retry);
        this.#sockets.delete(socket.id);
        continue;
      }
      const channel = describe(socket, this.#buffers);
      const asked = JSON.stringify(channel);
      if (asked === socket.asked) continue;
      socket.asked = asked;
      this.outbox.openChannel({ kind: 'open-channel', channel });
    }
    this.#changed.clear();
  }

  #create(id: ChannelId, { family, behindAh }: ChannelMember, interfaceIndex: number): Socket {
    const socket: Socket = {
      id,
      family,
      interfaceIndex,
      behindAh,
      members: new Set(),
      asked: undefined,
      failed: false,
      retry: {
        what: `open ${id} again`,
        periodic: false,
        fire: () => {
          socket.asked = undefined;
          this.#changed.add(socket);
        },
      },
    };
    return socket;
  }
}

function describe(socket: Socket, buffers: Buffers): Channel {
  const groups = new Set<IpAddress>();
  const ids = new Set<number>();
  let foreignSource = false;
  let wished = false;
  let buffer = 0;
  for (const member of socket.members) {
    const wish = buffers.get(member);
    wished ||= wish !== undefined;
    buffer += wish ?? RECEIVE_BUFFER_PER_ROUTER;
    if (member.multicastGroup !== undefined) groups.add(member.multicastGroup);
    ids.add(member.virtualRouterId);
    foreignSource ||= member.foreignSource === true;
  }
  return {
    id: socket.id,
    family: socket.family,
    interfaceIndex: socket.interfaceIndex,
    ...(socket.behindAh ? { protocol: 'ah' as const } : {}),
    ...(foreignSource ? { foreignSource: true as const } : {}),
    groups: [...groups].sort(),
    virtualRouterIds: [...ids].sort((a, b) => a - b),
    ...(wished ? { receiveBuffer: Math.min(buffer, MAX_RECEIVE_BUFFER) } : {}),
  };
}
