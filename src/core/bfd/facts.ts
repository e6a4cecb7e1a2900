/**
 * What BFD asks of the world and hears from it, and what others are told of a session, as plain data. The sockets'
 * life is the host's, the packets' meaning the sessions'. RFC 5881 section 4, RFC 5883 section 5.
 */
import type { Family, IpAddress } from '../../base/ip-address.js';
import type { Duration } from '../../base/time.js';
import type { Failure } from '../inputs.js';

/** Names the sockets that hear BFD at a port: `bfd/ipv4/3784`. With `/NEIGHBOR` behind it the one of that neighbour. */
export type BfdListenerId = string;

/** One for each family and port that some session uses. */
export interface BfdListener {
  readonly id: BfdListenerId;
  readonly family: Family;
  /** 3784 for a single hop, 4784 across routers. */
  readonly port: number;
  /** Packets of others are kept away from those of these. */
  readonly neighbors: readonly IpAddress[];
  /**
   * So long usual packets (isUsualBfd of wire/bfd-control) may wait to be read, where we shall be awake by then anyway:
   * many then cost one wake-up.
   */
  readonly patience: Duration;
}

/** From where to where the packets of one session go. */
export interface BfdPath {
  readonly session: string;
  readonly neighbor: IpAddress;
  readonly port: number;
  /** Absent: the kernel's choice. */
  readonly source?: IpAddress;
  /** 49152..65535 */
  readonly sourcePort: number;
  /** Where link-local addresses are meant; absent: wherever the routes lead. */
  readonly interfaceIndex?: number;
  /** TTL or hop limit, 1..255. */
  readonly hopLimit: number;
}

export type BfdEffect =
  /** Opens the socket, or tells an open one its neighbours; answered by `bfd-listening`. */
  | { readonly kind: 'listen-bfd'; readonly listener: BfdListener }
  | { readonly kind: 'unlisten-bfd'; readonly listener: BfdListenerId }
  /** From now on a usual packet of this neighbour counts at once, too; or may wait again. */
  | {
      readonly kind: 'await-bfd';
      readonly listener: BfdListenerId;
      readonly neighbor: IpAddress;
      readonly awaited: boolean;
    }
  /** A socket to send from, in place of the one that the session had; answered by `bfd-opened`. */
  | { readonly kind: 'open-bfd'; readonly path: BfdPath }
  | { readonly kind: 'close-bfd'; readonly session: string }
  | { readonly kind: 'send-bfd'; readonly session: string; readonly bytes: Uint8Array };

/** A host that sees that a packet is the same as the one before gives the very same object again. */
export interface ReceivedBfd {
  readonly family: Family;
  readonly port: number;
  readonly interfaceIndex: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit; absent: the kernel did not say. */
  readonly hopLimit?: number;
  readonly bytes: Uint8Array;
}

export type BfdInput =
  /** `waited`: how long it had waited when it was read, as far as that was patience; absent: not at all. */
  | { readonly kind: 'bfd-packet'; readonly packet: ReceivedBfd; readonly waited?: Duration }
  | { readonly kind: 'bfd-listening'; readonly listener: BfdListenerId; readonly error?: Failure }
  | { readonly kind: 'bfd-opened'; readonly session: string; readonly error?: Failure }
  | { readonly kind: 'bfd-send-failed'; readonly session: string; readonly error: Failure };

/**
 * What consumers act on: whether the neighbour can be reached. One that is administratively down is as reachable as
 * it was before (RFC 5882 section 4.3).
 */
export interface BfdFact {
  readonly session: string;
  readonly up: boolean;
}

/** What the state of both ends means; undefined: nothing new. */
export type BfdVerdict = 'up' | 'down' | 'admin-down';
