/**
 * The typed configuration: what binding produces and what the core runs on. Plain data only (no classes, no
 * functions), so that a worker can hand it over and a recording can hold it. Defaults and inheritance from
 * global_defs are already resolved here; where each value came from stands beside it in `origins`.
 * Names follow Keepalived's keywords in camelCase; times are Durations, addresses canonical text.
 */
import type { Family, IpAddress } from '../base/ip-address.js';
import type { Duration } from '../base/time.js';
import type { BfdInstanceSettings } from './model-bfd.js';
import type { GlobalSettings, ReceiveBuffer, WebhookSettings } from './model-globals.js';
import type { SslSettings, VirtualServerGroupSettings, VirtualServerSettings } from './model-lvs.js';
import type { AddressSettings, RouteSettings, RuleSettings, StaticSettings } from './model-net.js';
import type { HmacSettings, IpvlanSettings, VirtualMacSettings } from './model-vrrp.js';

export type { GlobalSettings } from './model-globals.js';
export type { AddressSettings } from './model-net.js';

/** argv and the identity a script runs under; names are resolved to numbers by the host when it starts it. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly user?: string;
  readonly group?: string;
  /** Also the other groups of the user. */
  readonly supplementaryGroups?: boolean;
  /** Started by the path behind its symbolic links instead of the one that is written. */
  readonly realPath?: boolean;
}

export interface Configuration {
  readonly globals: GlobalSettings;
  readonly scripts: readonly ScriptSettings[];
  readonly trackFiles: readonly TrackFileSettings[];
  readonly trackProcesses: readonly TrackProcessSettings[];
  readonly instances: readonly InstanceSettings[];
  readonly syncGroups: readonly SyncGroupSettings[];
  readonly bfdInstances: readonly BfdInstanceSettings[];
  readonly virtualServerGroups: readonly VirtualServerGroupSettings[];
  readonly virtualServers: readonly VirtualServerSettings[];
  /** Addresses, routes and rules that no instance moves. */
  readonly statics?: StaticSettings;
  readonly garpGroups?: readonly GarpGroupSettings[];
  readonly interfaceDelays?: readonly InterfaceDelaySettings[];
  readonly linkbeatInterfaces?: readonly LinkbeatSettings[];
  /** Absent: SSL_GET uses what the library has by itself. */
  readonly ssl?: SslSettings;
  /** Of the text that was read, includes expanded, and of keys in files: equal hashes mean equal configurations. */
  readonly hash: string;
  /** Unknown words that resemble keywords; absent where there are none. A reload must not bring new ones. */
  readonly misspellings?: readonly Misspelling[];
}

/** An unknown word that resembles a keyword: a setting that somebody wants and does not get. */
export interface Misspelling {
  /** The block it stands in, as it is written: `vrrp_instance VI_1`; empty at the outermost level. */
  readonly block: string;
  readonly word: string;
  readonly keyword: string;
}

export interface WeightSettings {
  /** -254..254; 0 means that failure puts the instance into FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
}
/** A line of a track_* block: the name of what is tracked (an interface, or a block's name) and its weight. */
export interface TrackSettings extends WeightSettings {
  readonly name: string;
  /** Of track_bfd: when the session with the master goes down, master-down expires at once. */
  readonly fastTakeover?: true;
}

export interface NotifySettings {
  readonly master?: Command;
  readonly backup?: Command;
  readonly fault?: Command;
  readonly stop?: Command;
  /** When a reload removed the instance; without it that is told as FAULT. */
  readonly deleted?: Command | 'fifo';
  /** When a master hears an advert of lower priority. */
  readonly masterRxLowerPriority?: Command;
  /** Runs after the specific one, with TYPE NAME STATE PRIORITY appended. */
  readonly any?: Command;
}

export type Authentication =
  | { readonly type: 'none' }
  /** `auth_pass`: at most 8 bytes, as latin1 text; in the packet itself, or as the key of its AH. */
  | { readonly type: 'pass' | 'ah'; readonly password: string };

export interface InstanceSettings {
  readonly name: string;
  readonly initialState: 'MASTER' | 'BACKUP';
  readonly version: 2 | 3;
  readonly family: Family;
  readonly interface?: string;
  /** 1..255 */
  readonly virtualRouterId: number;
  /** 1..255; 255 is the address owner. */
  readonly priority: number;
  readonly advertInterval: Duration;
  /** 1..100: adverts that may be missed before the master counts as dead. */
  readonly downTimerAdverts: number;
  readonly preempt: boolean;
  readonly preemptDelay: Duration;
  readonly authentication: Authentication;
  /** mcast_src_ip or unicast_src_ip. */
  readonly sourceAddress?: IpAddress;
  /** Whether the missing source address is a FAULT: `track_src_ip`, or a unicast_src_ip (differences page). */
  readonly trackSourceAddress: boolean;
  readonly multicastGroup: IpAddress;
  /** Not empty: unicast. */
  readonly unicastPeers: readonly UnicastPeer[];
  readonly checkUnicastSource: boolean;
  /** Absent: over IPv4 255, over IPv6 what the kernel takes. */
  readonly unicastTtl?: number;
  readonly virtualAddresses: readonly AddressSettings[];
  readonly excludedAddresses: readonly AddressSettings[];
  readonly trackInterfaces: readonly TrackSettings[];
  readonly trackScripts: readonly TrackSettings[];
  readonly trackFiles: readonly TrackSettings[];
  readonly trackProcesses: readonly TrackSettings[];
  readonly dontTrackPrimary: boolean;
  readonly notify: NotifySettings;
  readonly smtpAlert: boolean;
  readonly garp: GarpSettings;
  readonly skipCheckAdvertAddresses: boolean;
  readonly lowerPriorityNoAdvert: boolean;
  readonly higherPrioritySendAdvert: boolean;
  // What follows is absent where it is off or not said.
  /** RFC and nothing else; what follows from it is already in the other settings. */
  readonly strict?: boolean;
  readonly vrf?: string;
  /** Priority of a router that may have taken over while the process was late; then BACKUP. */
  readonly timerExpiredBackup?: number;
  readonly debug?: number;
  readonly receiveBuffer?: ReceiveBuffer;
  /** Traffic to the addresses is dropped while master. */
  readonly noAccept?: boolean;
  readonly noVirtualAddress?: boolean;
  readonly promoteSecondaries?: boolean;
  readonly virtualRoutes?: readonly RouteSettings[];
  readonly virtualRules?: readonly RuleSettings[];
  /** Unicast without peers: FAULT for ever, instead of multicast. */
  readonly unicastFaultNoPeer?: boolean;
  /** `never`: it is not even tried to find out. */
  readonly oldUnicastChecksum?: 'on' | 'never';
  readonly v3ChecksumAsV2?: boolean;
  readonly virtualMac?: VirtualMacSettings;
  /** `use_vmac_addr`: addresses on other interfaces get a virtual MAC, too. */
  readonly useVmacAddress?: boolean;
  readonly ipvlan?: IpvlanSettings;
  readonly linkbeatUsePolling?: boolean;
  readonly garpExtraInterface?: ExtraGarpSettings;
  readonly ownerIgnoreAdverts?: boolean;
  readonly trackBfd?: readonly TrackSettings[];
  readonly notifyPriorityChanges?: boolean;
  readonly notifyUrls?: readonly WebhookSettings[];
  readonly hmac?: HmacSettings;
}

/** `garp_extra_if`: announcements of addresses on other interfaces. */
export interface ExtraGarpSettings {
  /** Whether other interfaces than our own virtual MACs are meant, too. */
  readonly all: boolean;
  readonly interval: Duration;
}

export interface UnicastPeer {
  readonly address: IpAddress;
  readonly minTtl: number;
  readonly maxTtl: number;
}

/** Announcement schedule (runtime reference section 6.5). */
export interface GarpSettings {
  readonly masterDelay: Duration;
  readonly masterRepeat: number;
  /** 0: no refresh. */
  readonly masterRefresh: Duration;
  readonly masterRefreshRepeat: number;
  readonly lowerPriorityDelay: Duration;
  readonly lowerPriorityRepeat: number;
}

export interface SyncGroupSettings {
  readonly name: string;
  readonly members: readonly string[];
  readonly notify: NotifySettings;
  readonly smtpAlert: boolean;
  readonly trackInterfaces: readonly TrackSettings[];
  readonly trackScripts: readonly TrackSettings[];
  readonly trackFiles: readonly TrackSettings[];
  readonly trackProcesses: readonly TrackSettings[];
  readonly trackBfd?: readonly TrackSettings[];
  /** Members may have trackers with weights. */
  readonly trackingWeight?: boolean;
  /** What members that say nothing themselves do. */
  readonly notifyPriorityChanges?: boolean;
  readonly notifyUrls?: readonly WebhookSettings[];
}

/** `garp_group`: interfaces that share a budget of announcements; 0: no limit. */
export interface GarpGroupSettings {
  readonly garpInterval: Duration;
  readonly gnaInterval: Duration;
  readonly interfaces: readonly string[];
}

/** `interface_up_down_delays`: how long a change of the link must last before it counts. */
export interface InterfaceDelaySettings {
  readonly interface: string;
  readonly down: Duration;
  readonly up: Duration;
}

export interface LinkbeatSettings {
  readonly interface: string;
  /** Absent: what works. */
  readonly method?: 'MII' | 'ETHTOOL' | 'IOCTL';
}

export interface ScriptSettings extends WeightSettings {
  readonly name: string;
  readonly command: Command;
  readonly interval: Duration;
  readonly timeout: Duration;
  /** Consecutive successes (failures) needed, at least 1. */
  readonly rise: number;
  readonly fall: number;
  readonly initFail: boolean;
}

export interface TrackFileSettings extends WeightSettings {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  /** The file is made at the start with this number in it. */
  readonly init?: { readonly value: number; readonly overwrite: boolean };
}

export interface TrackProcessSettings extends WeightSettings {
  readonly name: string;
  readonly process: string;
  readonly parameters: readonly string[];
  readonly match: 'name' | 'exact' | 'partial' | 'initial';
  readonly quorum: number;
  /** Undefined: no upper limit. */
  readonly quorumMax?: number;
  readonly forkDelay: Duration;
  readonly terminateDelay: Duration;
}
