/**
 * Everything the engine asks of the world, as plain data, in the order in which it shall happen (DESIGN
 * section 3: adverts; firewall; addresses; routes and rules; announcements; notifications). The host carries
 * them out after handle() returned; failures come back as inputs.
 */
import type { Family, IpAddress } from '../base/ip-address.js';
import type { Duration, Instant, WallTime } from '../base/time.js';
import type { Command, TrackProcessSettings } from '../config/model.js';
import type { FifoSettings, SmtpAuthSettings, SmtpTls, WebhookSettings } from '../config/model-globals.js';
import type { BfdState } from '../wire/bfd-control.js';
import type { BfdEffect, BfdVerdict } from './bfd/facts.js';
import type { BufferSizes } from './kernel-buffers.js';
import type { AddressOperation, RoutingOperation } from './net/facts.js';
import type { FirewallOperation, FirewallPlace } from './net/firewall-facts.js';
import type { SysctlOperation } from './net/sysctls.js';
import type { LinkOperation } from './net/virtual-link-facts.js';

/** Names one VRRP socket: `IFINDEX/FAMILY`, 0 for "any interface", and `/ah` behind it for adverts within AH. */
export type ChannelId = string;

/** One raw socket per interface, family and protocol, shared by the instances on it, for receiving and sending. */
export interface Channel {
  readonly id: ChannelId;
  readonly family: Family;
  readonly interfaceIndex: number;
  /** `ah`: IPv4 packets of protocol 51 with VRRP in them; absent: VRRP itself, protocol 112. */
  readonly protocol?: 'ah';
  /** Multicast groups to be a member of on that interface; none for unicast. */
  readonly groups: readonly IpAddress[];
  /** The source of its adverts is an address of another interface. */
  readonly foreignSource?: true;
  /** The kernel's filter admits these only. */
  readonly virtualRouterIds: readonly number[];
  /** Bytes for adverts that wait; absent: what is usual. */
  readonly receiveBuffer?: number;
}

export type Effect =
  /** Opens the socket or changes groups and filter of an open one; answered by a `channel` input. */
  | { readonly kind: 'open-channel'; readonly channel: Channel }
  | { readonly kind: 'close-channel'; readonly channel: ChannelId }
  /** How much of the kernel's talk may wait. */
  | { readonly kind: 'size-buffers'; readonly sizes: BufferSizes }
  /** IPv4: `bytes` begin with the IP header. IPv6: the payload; source and hop limit are told to the kernel. */
  | {
      readonly kind: 'send-advert';
      readonly channel: ChannelId;
      readonly instance: string;
      readonly source: IpAddress;
      readonly destination: IpAddress;
      readonly bytes: Uint8Array;
      /** IPv6; absent: 255 to a group, what the kernel takes otherwise. */
      readonly hopLimit?: number;
    }
  | BfdEffect
  /**
   * One transaction, before the addresses of the turn; answered once by `firewall-applied` with the same `request`.
   * `fresh`: whatever stands there goes, ours or left over, and what stays is exactly what is added here.
   */
  | {
      readonly kind: 'apply-firewall';
      readonly request: number;
      readonly place: FirewallPlace;
      readonly fresh: boolean;
      readonly operations: readonly FirewallOperation[];
    }
  /** Pipelined rtnetlink; answered once by `addresses-applied` with the same `request`. */
  | {
      readonly kind: 'apply-addresses';
      readonly request: number;
      readonly operations: readonly AddressOperation[];
    }
  /** Interfaces of our own, in this order; answered once by `links-applied` with the same `request`. */
  | {
      readonly kind: 'apply-links';
      readonly request: number;
      readonly operations: readonly LinkOperation[];
    }
  /** Settings below /proc/sys/net, in this order, off the loop; answered by `sysctls-applied` with the same `request`. */
  | {
      readonly kind: 'apply-sysctls';
      readonly request: number;
      readonly operations: readonly SysctlOperation[];
    }
  /**
   * Pipelined rtnetlink, in its order among the `apply-addresses`: routes and rules go before the addresses, and come
   * after them. Answered once by `routes-applied` with the same `request`.
   */
  | {
      readonly kind: 'apply-routes';
      readonly request: number;
      readonly operations: readonly RoutingOperation[];
    }
  /** Whose `route-gone` and `rule-gone` are wanted from now on. */
  | {
      readonly kind: 'watch-routing';
      readonly routes: readonly Family[];
      readonly rules: readonly Family[];
    }
  /** An Ethernet payload for a packet socket: an announcement, without the Ethernet header. */
  | {
      readonly kind: 'send-frame';
      readonly interfaceIndex: number;
      /** 0x0806 ARP, 0x86dd IPv6. */
      readonly etherType: number;
      readonly destination: string;
      readonly bytes: Uint8Array;
    }
  /** One run of a check script; answered by `check-finished`. At the timeout: SIGTERM, 2 s later SIGKILL. */
  | {
      readonly kind: 'run-check';
      readonly script: string;
      readonly command: Command;
      readonly timeout: Duration;
    }
  /** SIGTERM to its process group; no answer is awaited. */
  | { readonly kind: 'cancel-check'; readonly script: string }
  /** Answered by `notify-finished`. The engine keeps runs of one instance in order. */
  | { readonly kind: 'run-notify'; readonly run: number; readonly command: Command }
  | { readonly kind: 'watch-process'; readonly tracker: TrackProcessSettings }
  | { readonly kind: 'unwatch-process'; readonly tracker: string }
  /** Asks the interface every second whether it has a link; answered by `linkbeat` once and at each change. */
  | { readonly kind: 'watch-linkbeat'; readonly interface: string; readonly method?: LinkbeatMethod }
  | { readonly kind: 'unwatch-linkbeat'; readonly interface: string }
  | {
      readonly kind: 'watch-file';
      readonly tracker: string;
      readonly path: string;
      /** The file is made first, where there is none or it shall be overwritten, with this number and a newline. */
      readonly init?: { readonly value: number; readonly overwrite: boolean };
    }
  | { readonly kind: 'unwatch-file'; readonly tracker: string }
  /** Makes the FIFO where there is none, and starts its reader; who comes to read is told by `fifo-reader`. */
  | {
      readonly kind: 'open-fifo';
      readonly fifo: FifoName;
      readonly settings: FifoSettings;
      /** Gets the path as its last argument, and is started again when it ends. */
      readonly script?: Command;
    }
  /** What waits is written first; the reader that we started gets SIGTERM. */
  | { readonly kind: 'close-fifo'; readonly fifo: FifoName }
  /** One whole line. Never waits: a reader that is too slow loses the oldest, and that is said. */
  | { readonly kind: 'write-fifo'; readonly fifo: FifoName; readonly line: string }
  | SendMail
  | PostWebhook
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  /** For `holdfast watch`. */
  | { readonly kind: 'event'; readonly event: Event }
  /** Everything is undone, notified and acknowledged (or the bound for it passed): the process may end. */
  | { readonly kind: 'stopped' };

/** `notify_fifo`, `vrrp_notify_fifo`, `lvs_notify_fifo`. */
export type FifoName = 'all' | 'vrrp' | 'lvs';

/** Queued, sent one after the other, tried again within bounds; what becomes of it is only logged. */
export interface SendMail {
  readonly kind: 'send-mail';
  readonly server: { readonly host: string; readonly port: number };
  /** In front of the subject; absent: the name of this host. */
  readonly router?: string;
  /** Absent: the name of this host. */
  readonly helo?: string;
  /** Absent: our user at this host. */
  readonly from?: string;
  readonly to: readonly string[];
  readonly connectTimeout: Duration;
  readonly tls?: SmtpTls;
  readonly auth?: SmtpAuthSettings;
  readonly subject: string;
  readonly body: string;
}

/** As send-mail: queued, in order for each URL, tried again within bounds. */
export interface PostWebhook {
  readonly kind: 'post-webhook';
  readonly webhook: WebhookSettings;
  readonly router?: string;
  /** Becomes JSON. */
  readonly body: Readonly<Record<string, string | number | Cause>>;
}

/** How a link is asked for; without one the first that works is used, in this order. */
export type LinkbeatMethod = 'MII' | 'ETHTOOL' | 'IOCTL';

export type LogLevel = 'error' | 'warning' | 'notice' | 'info' | 'debug';

/** States as people and FIFO lines name them. */
export type InstanceState = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';
export type NotifyState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP' | 'DELETED';
/** What scripts are run for: those of an instance (directives-vrrp section 11), of a real or virtual server. */
export type NotifyWord = NotifyState | 'MASTER_RX_LOWER_PRI' | 'UP' | 'DOWN';

export type Event =
  | {
      readonly type: 'transition';
      readonly subject: 'INSTANCE' | 'GROUP';
      readonly name: string;
      readonly from: InstanceState;
      readonly to: InstanceState | 'STOP' | 'DELETED';
      /** Effective priority after the transition; 0 for groups. */
      readonly priority: number;
      readonly reason: Reason;
      readonly at: Instant;
      readonly wall: WallTime;
    }
  | {
      readonly type: 'priority';
      readonly name: string;
      readonly from: number;
      readonly to: number;
      readonly reason: Reason;
      readonly at: Instant;
      readonly wall: WallTime;
    }
  /** A MASTER heard an advert that is worse than its own. */
  | {
      readonly type: 'lower-advert';
      readonly name: string;
      /** Our effective priority. */
      readonly priority: number;
      readonly at: Instant;
      readonly wall: WallTime;
    }
  | {
      readonly type: 'tracker';
      readonly name: string;
      readonly tracker: 'interface' | 'script' | 'file' | 'process' | 'bfd';
      readonly state: string;
      readonly at: Instant;
      readonly wall: WallTime;
    }
  /** A BFD session changed its state. */
  | {
      readonly type: 'bfd';
      readonly name: string;
      readonly from: BfdState;
      readonly to: BfdState;
      /** What it means for who relies on the neighbour; absent: nothing new. */
      readonly verdict?: BfdVerdict;
      readonly diagnostic: string;
      /** For people. */
      readonly why: string;
      readonly at: Instant;
      readonly wall: WallTime;
    };

/** Why something happened: a stable code for programs and one sentence for people. */
export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
  /** What stands behind it, as data; absent where the code says everything. */
  readonly cause?: Cause;
}

export type Cause =
  | TrackerCause
  /** A packet and its sender. */
  | { readonly kind: 'advert'; readonly sender: IpAddress; readonly priority: number }
  /** Nobody was heard for so many milliseconds; `master` is who had been until then. */
  | {
      readonly kind: 'silence';
      readonly milliseconds: number;
      readonly master?: IpAddress;
      readonly priority?: number;
    }
  | { readonly kind: 'interface'; readonly name: string }
  /** What somebody took away, as it would be written in a configuration. */
  | { readonly kind: 'deletion'; readonly what: string }
  | { readonly kind: 'operator'; readonly asked: 'stop' | 'reload' }
  /** Another member of the sync group, and what moved that one. */
  | { readonly kind: 'member'; readonly name: string; readonly cause?: Cause };

/** A tracker, and how its script last ended. */
export interface TrackerCause {
  readonly kind: 'tracker';
  readonly tracker: 'interface' | 'script' | 'file' | 'process' | 'bfd';
  readonly name: string;
  readonly state: string;
  readonly exitCode?: number;
  readonly signal?: string;
  /** The end of what it wrote: at most MAX_CAUSE_OUTPUT characters. */
  readonly output?: string;
}

export type ReasonCode =
  | 'startup'
  | 'master-down' // no advert for the master-down interval
  | 'goodbye-received' // the master sent priority 0
  | 'preempted' // a better advert was received
  | 'preempting' // we are better than the master and take over
  | 'interface-down'
  | 'interface-missing'
  | 'interface-recovered'
  | 'source-address-missing'
  | 'tracker-failed'
  | 'tracker-recovered'
  | 'tracker-changed' // a weight came or went
  | 'tracker-pending' // an unweighted script has not reported yet
  | 'duplicate-vrid' // another instance has the same virtual router id on the same network
  | 'channel-failed' // the VRRP socket could not be opened
  | 'address-lost' // someone deleted a VIP
  | 'route-lost' // someone deleted a virtual route
  | 'rule-lost' // someone deleted a virtual rule
  | 'stalled' // we were late enough for another router to take over
  | 'sync-group' // another member of the group moved
  | 'faults-cleared'
  | 'reload'
  | 'shutdown'
  | 'configuration';
