/**
 * The load balancer's part of the typed configuration: groups, virtual servers, real servers, checkers. Defaults
 * and inheritance (virtual_server, real_server, checker) are resolved, so nobody has to look upwards. Plain data
 * only. What the daemon does with it is left to core/lvs and core/health. (directives-lvs)
 */
import type { Family, IpAddress } from '../base/ip-address.js';
import type { Duration } from '../base/time.js';
import type { Command } from './model.js';

/** `random` is for nftables only, the others are IPVS's. */
export const SCHEDULERS = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'sh',
  'mh',
  'dh',
  'fo',
  'ovf',
  'sed',
  'nq',
  'twos',
  'random',
] as const;
export type Scheduler = (typeof SCHEDULERS)[number];
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** How packets reach a server; with TUN, in which wrapping. */
export type ForwardingMethod =
  | { readonly kind: 'NAT' | 'DR' }
  | { readonly kind: 'TUN'; readonly tunnel: 'ipip' }
  | { readonly kind: 'TUN'; readonly tunnel: 'gre'; readonly checksum: 'nocsum' | 'csum' }
  | {
      readonly kind: 'TUN';
      readonly tunnel: 'gue';
      /** 1..65535 */
      readonly port: number;
      readonly checksum: 'nocsum' | 'csum' | 'remcsum';
    };

/** One line of a virtual_server_group. */
export type GroupEntry =
  | {
      readonly kind: 'addresses';
      /** First and last address, of one family; equal for a single one. */
      readonly first: IpAddress;
      readonly last: IpAddress;
      /** 0: any. */
      readonly port: number;
    }
  | { readonly kind: 'mark'; readonly mark: number; readonly family?: Family };

export interface VirtualServerGroupSettings {
  readonly name: string;
  /** Not empty. */
  readonly entries: readonly GroupEntry[];
}

/** What a virtual server takes connections for. */
export type ServiceSelector =
  | { readonly kind: 'address'; readonly address: IpAddress; readonly port: number }
  /** 0..2^32-1 */
  | { readonly kind: 'mark'; readonly mark: number }
  | { readonly kind: 'group'; readonly group: string };

export interface PersistenceSettings {
  readonly timeout: Duration;
  /** A netmask for IPv4, a prefix length 1..128 for IPv6: clients within it keep the same server. */
  readonly granularity: IpAddress | number;
}

export interface VirtualServerSettings {
  readonly selector: ServiceSelector;
  /** Undefined for a mark: the packets were chosen elsewhere. */
  readonly protocol?: Protocol;
  /** Of the service: a group may hold addresses of the other family too. */
  readonly family: Family;
  readonly scheduler: Scheduler;
  /** Bits 1 to 3 as the kernel has them: fallback of sh and mh is 1, port is 2. */
  readonly schedulerFlags: readonly (1 | 2 | 3)[];
  readonly onePacket: boolean;
  readonly method: ForwardingMethod;
  readonly persistence?: PersistenceSettings;
  readonly persistenceEngine?: string;
  readonly haSuspend: boolean;
  readonly smtpAlert: boolean;
  readonly snmpName?: string;
  /** Notifications of servers and quorum are also sent at stop. */
  readonly omega: boolean;
  /** At least 1, at most the sum of weights where that is above 0. */
  readonly quorum: number;
  /** Below quorum. */
  readonly hysteresis: number;
  readonly quorumUp?: Command;
  readonly quorumDown?: Command;
  readonly sorryServer?: SorryServerSettings;
  /** Not empty, no two with the same address and port. */
  readonly realServers: readonly RealServerSettings[];
}

export interface SorryServerSettings {
  readonly address: IpAddress;
  readonly port: number;
  readonly method: ForwardingMethod;
  /** It stays in the table with weight 0 while it does not serve. */
  readonly inhibit: boolean;
}

export interface RealServerSettings {
  readonly address: IpAddress;
  /** 0 under a mark or a group: that of each service. */
  readonly port: number;
  /** 0..2^31-1 */
  readonly weight: number;
  readonly method: ForwardingMethod;
  /** Connection limits, 0: none. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly inhibitOnFailure: boolean;
  readonly notifyUp?: Command;
  readonly notifyDown?: Command;
  readonly smtpAlert: boolean;
  readonly snmpName?: string;
  /** Starts as down until its checkers succeed. */
  readonly alpha: boolean;
  /** Also how often a suspended server looks whether its address is back. */
  readonly delayLoop: Duration;
  /** In which time the weight of a server that came back climbs to what it is. */
  readonly slowStart?: Duration;
  /** In the order of the text. Empty: the server is always up. */
  readonly checkers: readonly CheckerSettings[];
}

/** When a checker runs, and how often it may fail. */
export interface CheckTiming {
  readonly delayLoop: Duration;
  /** Failures that are tried again before the server counts as down. */
  readonly retry: number;
  readonly delayBeforeRetry: Duration;
  /** Longest random wait before the first run. */
  readonly warmup: Duration;
  readonly alpha: boolean;
  readonly logAllFailures: boolean;
  /** How often it is looked at while it fails, instead of delayBeforeRetry and delayLoop. */
  readonly fastInterval?: Duration;
  /** Longest random time that is added to each wait. */
  readonly jitter?: Duration;
}

/** Where a checker connects to, and from where. */
export interface CheckTarget {
  readonly address: IpAddress;
  /** 0 only where the configuration names none anywhere. */
  readonly port: number;
  readonly bindAddress?: IpAddress;
  readonly bindPort?: number;
  readonly bindInterface?: string;
  /** SO_MARK, 0: none. */
  readonly fwmark: number;
  /** For connecting, and again for the answer. */
  readonly connectTimeout: Duration;
}

export type CheckerSettings =
  | TcpCheckSettings
  | HttpCheckSettings
  | SmtpCheckSettings
  | DnsCheckSettings
  | UdpCheckSettings
  | PingCheckSettings
  | MiscCheckSettings
  | FileCheckSettings
  | BfdCheckSettings;

export interface TcpCheckSettings extends CheckTiming {
  readonly kind: 'TCP_CHECK';
  readonly target: CheckTarget;
}
export interface PingCheckSettings extends CheckTiming {
  readonly kind: 'PING_CHECK';
  readonly target: CheckTarget;
}
export interface SmtpCheckSettings extends CheckTiming {
  readonly kind: 'SMTP_CHECK';
  readonly target: CheckTarget;
  readonly heloName: string;
}
export interface DnsCheckSettings extends CheckTiming {
  readonly kind: 'DNS_CHECK';
  readonly target: CheckTarget;
  readonly type: DnsType;
  /** Without a trailing dot; empty for the root. */
  readonly name: string;
}
export interface UdpCheckSettings extends CheckTiming {
  readonly kind: 'UDP_CHECK';
  readonly target: CheckTarget;
  /** Bytes in hexadecimal, two digits each; undefined: the usual 32 bytes. */
  readonly payload?: string;
  /** Present: an answer is needed. Digits are 0-9, a-f, or x for any; empty for any answer. */
  readonly requireReply?: string;
  /** 0..65535, both; they count only with a pattern. */
  readonly minReplyLength: number;
  readonly maxReplyLength: number;
}
export interface MiscCheckSettings extends CheckTiming {
  readonly kind: 'MISC_CHECK';
  readonly command: Command;
  readonly timeout: Duration;
  /** The exit status of the script also sets the weight. */
  readonly dynamic: boolean;
}
export interface FileCheckSettings {
  readonly kind: 'FILE_CHECK';
  /** Name of a track_file block. */
  readonly trackFile: string;
  /** Factor of the value; 0: any value but 0 fails (reverse: 0 fails). */
  readonly weight: number;
  readonly reverse: boolean;
}
export interface BfdCheckSettings {
  readonly kind: 'BFD_CHECK';
  /** Name of a bfd_instance block. */
  readonly instance: string;
  readonly alpha: boolean;
}

export const DNS_TYPES = ['A', 'NS', 'CNAME', 'SOA', 'MX', 'TXT', 'AAAA', 'RRSIG', 'DNSKEY'] as const;
export type DnsType = (typeof DNS_TYPES)[number];

export interface HttpCheckSettings extends CheckTiming {
  readonly kind: 'HTTP_GET' | 'SSL_GET';
  readonly target: CheckTarget;
  readonly version: '1.0' | '1.0C' | '1.0c' | '1.1';
  readonly fastRecovery: boolean;
  /** Not empty. */
  readonly urls: readonly UrlSettings[];
}

export interface UrlSettings {
  readonly path: string;
  /** MD5 of the body, 32 lower-case digits. */
  readonly digest?: string;
  /** Codes that are good, from and to. */
  readonly statusCodes: readonly StatusRange[];
  /** For the Host header: of the url, checker, real server or virtual server. Undefined: address and port. */
  readonly virtualhost?: string;
  /** Name for TLS, where one is wanted and known. */
  readonly serverName?: string;
  readonly regex?: RegexSettings;
  /** Whether TLS is closed with close_notify. */
  readonly tlsCompliant: boolean;
}

/** Both within 100..599. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export interface RegexSettings {
  /** As written, for PCRE2. */
  readonly pattern: string;
  readonly options: readonly RegexOption[];
  /** Finding it is the failure. */
  readonly noMatch: boolean;
  /** Where in the body a match may begin. */
  readonly minOffset?: number;
  readonly maxOffset?: number;
  readonly stack?: { readonly start: number; readonly max: number };
}

export const REGEX_OPTIONS = [
  'allow_empty_class',
  'alt_bsux',
  'auto_callout',
  'caseless',
  'dollar_endonly',
  'dotall',
  'dupnames',
  'extended',
  'firstline',
  'match_unset_backref',
  'multiline',
  'never_ucp',
  'never_utf',
  'no_auto_capture',
  'no_auto_possess',
  'no_dotstar_anchor',
  'no_start_optimize',
  'ucp',
  'ungreedy',
  'utf',
  'never_backslash_c',
  'alt_circumflex',
  'alt_verbnames',
  'use_offset_limit',
] as const;
export type RegexOption = (typeof REGEX_OPTIONS)[number];

/** The client's side of TLS for SSL_GET. */
export interface SslSettings {
  readonly password?: string;
  /** Paths of PEM files. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}
