/**
 * What holds for the daemon as a whole: the top-level scalars and global_defs. Fields marked optional that have a
 * default are always there after loading; they are optional so that a configuration made by a program (the
 * simulator's) may leave out what it does not need. (directives-global sections 1 and 3)
 */
import type { IpAddress } from '../base/ip-address.js';
import type { Duration } from '../base/time.js';
import type { Command } from './model.js';

export interface GlobalSettings
  extends MailSettings,
    ProcessSettings,
    ScriptGlobals,
    VrrpGlobals,
    FirewallSettings,
    BalancerGlobals,
    NetlinkSettings,
    ManagementSettings,
    ReloadSettings {
  readonly routerId?: string;
  readonly netNamespace?: string;
  /** Empty: the default namespace. Absent: where the rest runs. */
  readonly netNamespaceIpvs?: string;
  readonly namespaceWithIpsets?: boolean;
  readonly instanceName?: string;
  readonly usePidDir?: boolean;
  readonly linkbeatUsePolling?: boolean;
  /** How long children may take to end. */
  readonly childWaitTime?: Duration;
}

/** `off`: never; `required`: STARTTLS, or no mail; `implicit`: TLS from the first byte (port 465). */
export type SmtpTls = 'off' | 'required' | 'implicit';

/** `smtp_auth`: the password itself, or the file that holds it. */
export type SmtpAuthSettings =
  | { readonly user: string; readonly secret: string }
  | { readonly user: string; readonly secretFile: string };

/** `notify_url` */
export interface WebhookSettings {
  readonly url: string;
  /** Key of the signature: the text itself, or the file that holds it; absent: not signed. */
  readonly secret?: string;
  readonly secretFile?: string;
}

export interface MailSettings {
  readonly notificationEmail: readonly string[];
  readonly notificationEmailFrom?: string;
  readonly smtpServer?: { readonly host: string; readonly port: number };
  readonly smtpHeloName?: string;
  /** Absent: as the server offers it (STARTTLS), without a demand. */
  readonly smtpTls?: SmtpTls;
  readonly smtpAuth?: SmtpAuthSettings;
  readonly smtpConnectTimeout: Duration;
  readonly noEmailFaults?: boolean;
  readonly noCheckerEmails?: boolean;
  readonly checkerLogAllFailures?: boolean;
  readonly rsInitNotifies?: boolean;
}

export interface ProcessSettings {
  readonly processNames?: boolean;
  /** At most 15 bytes each. */
  readonly processName?: string;
  readonly vrrpProcessName?: string;
  readonly checkerProcessName?: string;
  readonly bfdProcessName?: string;
  /** -20..19 */
  readonly vrrpPriority?: number;
  readonly checkerPriority?: number;
  readonly bfdPriority?: number;
  readonly vrrpNoSwap?: boolean;
  readonly checkerNoSwap?: boolean;
  readonly bfdNoSwap?: boolean;
  /** 1..99; absent: not real-time. */
  readonly vrrpRealtimePriority?: number;
  readonly checkerRealtimePriority?: number;
  readonly bfdRealtimePriority?: number;
  /** Numbers of processors; absent: all. */
  readonly vrrpCpuAffinity?: readonly number[];
  readonly checkerCpuAffinity?: readonly number[];
  readonly bfdCpuAffinity?: readonly number[];
  readonly vrrpRealtimeLimit?: Duration;
  readonly checkerRealtimeLimit?: Duration;
  readonly bfdRealtimeLimit?: Duration;
  /** 0: never raised; -1: never, and not advised either. */
  readonly maxAutoPriority?: number;
  readonly minAutoPriorityDelay?: Duration;
  readonly umask?: number;
}

/** `notify_fifo` and its like. */
export interface FifoSettings {
  readonly path: string;
  readonly user?: string;
  readonly group?: string;
}

export interface ScriptGlobals {
  readonly scriptUser?: string;
  readonly scriptGroup?: string;
  readonly scriptSupplementaryGroups?: boolean;
  readonly enableScriptSecurity: boolean;
  readonly useSymlinkPaths?: boolean;
  readonly setSupplementaryGroups?: boolean;
  readonly startupScript?: Command;
  readonly startupScriptTimeout?: Duration;
  readonly shutdownScript?: Command;
  readonly shutdownScriptTimeout?: Duration;
  readonly notifyFifo?: FifoSettings;
  readonly vrrpNotifyFifo?: FifoSettings;
  readonly lvsNotifyFifo?: FifoSettings;
  /** Read the FIFOs; the path is appended as the last argument. */
  readonly notifyFifoScript?: Command;
  readonly vrrpNotifyFifoScript?: Command;
  readonly lvsNotifyFifoScript?: Command;
  readonly fifoWriteVrrpStatesOnReload?: boolean;
  /** Lines in FIFOs end with the reason, in quotes. */
  readonly fifoWriteReasons?: boolean;
  /** Who begins to read a FIFO is told all states first. */
  readonly fifoWriteStatesToReaders?: boolean;
  /** Told of every instance and group. */
  readonly notifyUrls?: readonly WebhookSettings[];
}

/** Sizing of receive buffers: by MTU, by the size of adverts, or bytes. */
export type ReceiveBuffers = 'MTU' | 'ADVERT' | number;
/** The same for one instance: bytes, or so many adverts that are as long as the MTU or as its own. */
export type ReceiveBuffer = number | { readonly adverts: number; readonly of: 'mtu' | 'advert' };

export interface VrrpGlobals {
  readonly mcastGroup4: IpAddress;
  readonly mcastGroup6: IpAddress;
  readonly defaultInterface: string;
  /** Least time between two announcements on an interface; 0: none. */
  readonly garpInterval?: Duration;
  readonly gnaInterval?: Duration;
  readonly startupDelay?: Duration;
  readonly delayAfterBoot?: Duration;
  readonly logUnknownVrids?: boolean;
  readonly vmacPrefix?: string;
  readonly vmacAddressPrefix?: string;
  /** Whether interfaces may come and go; `changes`: their type and parent may change, too. */
  readonly dynamicInterfaces?: false | 'presence' | 'changes';
  readonly disableLocalIgmp?: boolean;
  /** Absent: what the kernel gives. */
  readonly receiveBuffers?: ReceiveBuffers;
  readonly receiveBuffersMultiplier?: number;
}

export interface FirewallSettings {
  /** Name of the table; absent: nftables is used only where something needs a firewall. */
  readonly nftables?: string;
  readonly nftablesPriority?: number;
  readonly nftablesCounters?: boolean;
  readonly nftablesIfindex?: boolean;
  /** Name of the table for services; absent: services of groups are not marked. */
  readonly nftablesIpvs?: string;
  readonly nftablesIpvsPriority?: number;
  readonly nftablesIpvsStartFwmark?: number;
  readonly iptables?: { readonly input: string; readonly output?: string };
  /** Empty: none. Absent: the usual ones where iptables is used. */
  readonly ipsets?: readonly string[];
}

/** `lvs_sync_daemon`; without an instance both daemons run. */
export interface SyncDaemonSettings {
  readonly interface: string;
  readonly instance?: string;
  /** 0..255; absent: the virtual router id of the instance, else 0. */
  readonly id?: number;
  readonly maxLength?: number;
  readonly port?: number;
  readonly ttl?: number;
  readonly group?: IpAddress;
}

export interface LvsTimeouts {
  readonly tcp?: Duration;
  readonly tcpFin?: Duration;
  readonly udp?: Duration;
}

export const DATA_PLANES = ['ipvs', 'nftables', 'auto'] as const;
export type DataPlane = (typeof DATA_PLANES)[number];

export interface BalancerGlobals {
  /** Absent: `ipvs`. */
  readonly balancer?: DataPlane;
  readonly lvsSyncDaemon?: SyncDaemonSettings;
  readonly lvsTimeouts?: LvsTimeouts;
  readonly lvsFlush?: boolean;
  /** `services`: only the services that are ours. */
  readonly lvsFlushOnStop?: false | 'all' | 'services';
}

/** Sizes in bytes; absent: what the kernel gives. */
export interface NetlinkSettings {
  readonly vrrpNetlinkCommandBuffer?: number;
  readonly vrrpNetlinkCommandBufferForce?: boolean;
  readonly vrrpNetlinkMonitorBuffer?: number;
  readonly vrrpNetlinkMonitorBufferForce?: boolean;
  readonly lvsNetlinkCommandBuffer?: number;
  readonly lvsNetlinkCommandBufferForce?: boolean;
  readonly lvsNetlinkMonitorBuffer?: number;
  readonly lvsNetlinkMonitorBufferForce?: boolean;
  readonly processMonitorBuffer?: number;
  readonly processMonitorBufferForce?: boolean;
}

export interface ManagementSettings {
  readonly snmpSocket?: string;
  readonly snmpVrrp?: boolean;
  readonly snmpChecker?: boolean;
  readonly snmpRfc2?: boolean;
  readonly snmpRfc3?: boolean;
  readonly snmpTraps?: boolean;
  readonly snmpVsStatsInterval?: Duration;
  readonly snmpRsStatsInterval?: Duration;
  readonly dbus?: boolean;
  readonly dbusServiceName?: string;
  readonly dbusNoInterfaceName?: string;
}

export interface ReloadSettings {
  /** Where the check before a reload writes; absent: no check. */
  readonly reloadCheckConfig?: string;
  readonly reloadTimeFile?: string;
  readonly reloadRepeat?: boolean;
  /** Empty: the usual place. */
  readonly reloadFile?: string;
  readonly tmpConfigDirectory?: string;
  readonly configSaveDir?: string;
  readonly dataUseInstance?: boolean;
  readonly stateDumpFile?: string;
  readonly statsDumpFile?: string;
  readonly jsonDumpFile?: string;
  readonly jsonVersion?: 1 | 2;
  readonly iprouteUsrDir?: string;
  readonly iprouteEtcDir?: string;
}
