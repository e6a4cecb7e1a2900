/** What the engine tells of itself when asked: the shape behind `holdfast status --json`. Plain data, no secrets. */
import type { Family, IpAddress } from '../base/ip-address.js';
import type { BfdStatus } from './bfd/session-status.js';
import type { Event, InstanceState, Reason } from './effects.js';
import type { Failure } from './inputs.js';

export interface EngineStatus {
  readonly instances: readonly InstanceStatus[];
  readonly syncGroups: readonly SyncGroupStatus[];
  /** Absent where nothing static is configured. */
  readonly statics?: StaticStatus;
  /** Absent: there are no sessions. */
  readonly bfd?: BfdStatus;
  /** Why the firewall does not stand, and so `no_accept` is not kept; absent: it does, or is not needed. */
  readonly firewall?: Failure;
  /** Packets that could be told to no instance, as far as they were looked at: of a flood only some are. */
  readonly strayPackets: {
    /** Too short for a VRRP header, or without a readable IP header. */
    readonly unreadable: number;
    /** For a virtual router that is not configured on that interface. */
    readonly unknownVirtualRouter: number;
    /** Those of the second kind by interface and number. */
    readonly virtualRouters: readonly {
      readonly interface: string;
      readonly family: Family;
      readonly virtualRouterId: number;
      readonly packets: number;
      readonly lastSender: IpAddress;
    }[];
  };
}

/** Items that no instance moves. */
export interface StaticStatus {
  readonly addresses: readonly AddressStatus[];
  readonly routing: readonly RoutingStatus[];
}

export interface InstanceStatus {
  readonly name: string;
  readonly state: InstanceState;
  /** Wall time of the last transition, microseconds since the epoch. */
  readonly since: number;
  readonly reason: Reason;
  readonly interface?: string;
  /** The virtual MAC or ipvlan that is made for it on that interface, under the name that it has or will have. */
  readonly virtualInterface?: string;
  readonly virtualRouterId: number;
  readonly family: Family;
  readonly version: 2 | 3;
  readonly basePriority: number;
  readonly effectivePriority: number;
  /** Who is master as far as we know: ourselves included. */
  readonly master?: { readonly address: IpAddress; readonly priority: number; readonly self: boolean };
  readonly sourceAddress?: IpAddress;
  readonly syncGroup?: string;
  /** Everything that holds it in FAULT now, empty otherwise. */
  readonly faults: readonly Reason[];
  readonly trackers: readonly TrackerStatus[];
  readonly addresses: readonly AddressStatus[];
  /** Virtual routes and rules; absent where none are configured. */
  readonly routing?: readonly RoutingStatus[];
  readonly counters: InstanceCounters;
  readonly history: readonly Event[];
}

export interface AddressStatus {
  readonly address: string;
  readonly interface?: string;
  readonly present: boolean;
  /** `no_accept` is kept for it. */
  readonly guarded?: boolean;
}

export interface RoutingStatus {
  readonly kind: 'route' | 'rule';
  /** As it would be written in the configuration. */
  readonly text: string;
  readonly present: boolean;
}

export interface TrackerStatus {
  readonly kind: 'interface' | 'script' | 'file' | 'process' | 'bfd';
  readonly name: string;
  /** up, down, pending, or a file's number: for people. */
  readonly state: string;
  readonly weight: number;
  /** What it adds to the priority now. */
  readonly contribution: number;
  readonly faulting: boolean;
  /** Last output, exit code or count: for people. */
  readonly detail?: string;
}

export interface SyncGroupStatus {
  readonly name: string;
  readonly state: InstanceState;
  readonly members: readonly string[];
}

/** Names as in Keepalived's JSON where it has them; one counter per kind of refused packet. */
export interface InstanceCounters {
  advertReceived: number;
  advertSent: number;
  becomeMaster: number;
  releaseMaster: number;
  priorityZeroReceived: number;
  priorityZeroSent: number;
  packetLength: number;
  version: number;
  checksum: number;
  ttl: number;
  type: number;
  interval: number;
  /** Another type of authentication than ours; AH where there is none, or none where there is AH. */
  authenticationType: number;
  /** A type that no RFC knows. */
  invalidAuthenticationType: number;
  /** A wrong password, ICV, SPI or sequence number. */
  authentication: number;
  /** `auth_hmac`: no trailer where one is demanded. */
  hmacMissing: number;
  hmacMalformed: number;
  hmacUnknownKey: number;
  hmacInvalid: number;
  /** Outside the time window. */
  hmacStale: number;
  /** Not newer than what this sender sent before. */
  hmacReplay: number;
  addressList: number;
  source: number;
  /** Unicast where multicast is configured, or the other way round. */
  destination: number;
  /** Good adverts that an address owner does not listen to (`owner_ignore_adverts`). */
  ownerIgnored: number;
  sendErrors: number;
  /** Periodic adverts that were skipped because the process was late by more than an interval. */
  missedAdverts: number;
}
