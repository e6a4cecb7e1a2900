/**
 * Everything that can reach the engine. Plain data: a recording of inputs and their moments replays a daemon's
 * life. What the host cannot decide (is this packet good? has the script failed often enough?) is not decided
 * there: inputs carry what was seen.
 */
import type { Family } from '../base/ip-address.js';
import type { Duration, Instant } from '../base/time.js';
import type { Configuration } from '../config/model.js';
import type { BfdInput } from './bfd/facts.js';
import type { ChannelId, FifoName, LinkbeatMethod } from './effects.js';
import type { AddressFacts, AddressResult, LinkFacts, Route, RoutingResult, Rule } from './net/facts.js';
import type { SysctlName, SysctlResult } from './net/sysctls.js';
import type { LinkResult } from './net/virtual-link-facts.js';

export type Input =
  /** The first input: the kernel's links and addresses as they are; leftovers are planned away from them. */
  | {
      readonly kind: 'start';
      readonly links: readonly LinkFacts[];
      readonly addresses: readonly AddressFacts[];
      /** How long the machine has been up. */
      readonly uptime?: Duration;
      /** Settings that an earlier life changed and did not put back. */
      readonly sysctls?: readonly SysctlName[];
      /** A random number below 2^48, from a true source: for discriminators, ports and jitter. */
      readonly entropy?: number;
    }
  /**
   * Time has come: fire what is due. Every other input also leaves due deadlines alone until one of these.
   * `held` names the channels with adverts still unread (Host.drain): master-down deadlines of their instances
   * stay due and wait for a later `timeout`; everything else fires. The loop bounds how long a channel is held.
   * `read`: when the sockets began to be read last, absent: just now. Whoever came due only after that may have
   * been heard meanwhile, however long that lasted: what waits for packets stays due, too.
   */
  | { readonly kind: 'timeout'; readonly held?: readonly ChannelId[]; readonly read?: Instant }
  /**
   * `channel`: the one it was read from; absent for the sample of what no channel admits. `waited`: how long it had
   * been there when it was read, or less, and at most MAX_PATIENCE.
   */
  | {
      readonly kind: 'packet';
      readonly packet: ReceivedPacket;
      readonly channel?: ChannelId;
      readonly waited?: Duration;
    }
  | BfdInput
  | { readonly kind: 'link'; readonly change: 'present' | 'gone'; readonly link: LinkFacts }
  /** Whoever did it: the kernel's echo of our own additions and deletions comes here too. */
  | { readonly kind: 'address'; readonly change: 'present' | 'gone'; readonly address: AddressFacts }
  /** Whether the interface forwards IPv6 now: a router says so in its neighbour advertisements (RFC 4861 4.4). */
  | { readonly kind: 'forwarding'; readonly interfaceIndex: number; readonly ipv6: boolean }
  /** Others deleted a route of Keepalived's protocol, or a rule; of our own doing the answers tell. */
  | { readonly kind: 'route-gone'; readonly route: Route }
  | { readonly kind: 'rule-gone'; readonly rule: Rule }
  /** After an overrun of the event socket: the whole truth again; of routes and rules what is watched. */
  | {
      readonly kind: 'resync';
      readonly links: readonly LinkFacts[];
      readonly addresses: readonly AddressFacts[];
    }
  | { readonly kind: 'channel'; readonly channel: ChannelId; readonly error?: Failure }
  | { readonly kind: 'send-failed'; readonly instance: string; readonly error: Failure }
  | {
      readonly kind: 'addresses-applied';
      readonly request: number;
      readonly results: readonly AddressResult[];
    }
  /** All of the request was done, or with an error nothing of it. */
  | { readonly kind: 'firewall-applied'; readonly request: number; readonly error?: Failure }
  /** Somebody else changed our part of the firewall; `who` names the program where the kernel does. */
  | { readonly kind: 'firewall-disturbed'; readonly who: string }
  | { readonly kind: 'links-applied'; readonly request: number; readonly results: readonly LinkResult[] }
  | {
      readonly kind: 'sysctls-applied';
      readonly request: number;
      readonly results: readonly SysctlResult[];
    }
  | {
      readonly kind: 'routes-applied';
      readonly request: number;
      readonly results: readonly RoutingResult[];
    }
  | { readonly kind: 'check-finished'; readonly script: string; readonly outcome: ScriptOutcome }
  | { readonly kind: 'notify-finished'; readonly run: number; readonly outcome: ScriptOutcome }
  /** Number of processes that match now; repeated only when it changes. */
  | {
      readonly kind: 'process-count';
      readonly tracker: string;
      readonly count: number;
      readonly source: string;
    }
  /** First MAX_TRACK_FILE_BYTES as latin1, or why there is none (ENOENT reads as a missing file). */
  | {
      readonly kind: 'file-content';
      readonly tracker: string;
      readonly content?: string;
      readonly error?: Failure;
    }
  /** Somebody opened a notify FIFO for reading. */
  | { readonly kind: 'fifo-reader'; readonly fifo: FifoName }
  /** What polling found, the first time and whenever it is something else. */
  | {
      readonly kind: 'linkbeat';
      readonly interface: string;
      readonly up: boolean;
      readonly method: LinkbeatMethod;
    }
  /** A valid new configuration; what changed is worked out from it and the running one (core/reload/diff). */
  | { readonly kind: 'reload'; readonly configuration: Configuration }
  /** The counters of every instance begin at zero again. */
  | { readonly kind: 'clear-counters' }
  /** `inPlace`: without a goodbye, and what instances have in the kernel stays there. */
  | { readonly kind: 'stop'; readonly reason: string; readonly inPlace?: boolean };

/**
 * One datagram of a VRRP socket, as the kernel gave it. IPv4 raw sockets give the IP header too and `bytes`
 * begin with it; for IPv6 the payload only, with source, destination and hop limit from ancillary data. The same object
 * again means the same datagram again, but for identification and checksum of its IPv4 header.
 */
export interface ReceivedPacket {
  readonly family: Family;
  readonly interfaceIndex: number;
  readonly bytes: Uint8Array;
  readonly source?: string;
  readonly destination?: string;
  readonly hopLimit?: number;
}

/** What went wrong in the host: `code` is the symbolic errno (EPERM, ENODEV), `message` a sentence part. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export type ScriptOutcome =
  | { readonly kind: 'exit'; readonly code: number; readonly output?: string }
  | { readonly kind: 'signal'; readonly signal: string; readonly output?: string }
  | { readonly kind: 'timeout'; readonly output?: string }
  /** It could not be started: missing, not executable, unknown user ... */
  | { readonly kind: 'failed'; readonly error: Failure };

/** What still matters after a stop was asked for: answers, and the time that it may take. */
export const HEARD_WHILE_STOPPING: readonly Input['kind'][] = [
  'timeout',
  'address',
  'addresses-applied',
  'firewall-applied',
  'links-applied',
  'sysctls-applied',
  'routes-applied',
  'notify-finished',
  'bfd-packet',
];
