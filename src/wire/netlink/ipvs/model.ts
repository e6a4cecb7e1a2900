/**
 * What IPVS's messages speak of, as the kernel has it: services, destinations, sync daemons, timeouts, with the numbers
 * of linux/ip_vs.h. Written in request.ts, read in report.ts; the words of a configuration are made of it, and it of
 * them, in host/balancer.
 */
import type { Family, IpAddress } from '../../../base/ip-address.js';

/** Name of the generic netlink family. */
export const IPVS_FAMILY_NAME = 'IPVS';

/** What a service is found by. */
export type IpvsIdentity =
  | {
      readonly family: Family;
      /** IPPROTO_*. */
      readonly protocol: number;
      readonly address: IpAddress;
      readonly port: number;
    }
  | { readonly family: Family; readonly mark: number };

export interface IpvsService {
  readonly identity: IpvsIdentity;
  readonly scheduler: string;
  /** IP_VS_SVC_F_*. */
  readonly flags: number;
  /** Seconds of persistence; 0 without. */
  readonly timeout: number;
  /** IPv4: a mask as a number, 255.255.255.0 is 0xffffff00; IPv6: a prefix length. */
  readonly netmask: number;
  readonly engine?: string;
}

export const IP_VS_SVC_F_PERSISTENT = 0x01;
export const IP_VS_SVC_F_HASHED = 0x02;
export const IP_VS_SVC_F_ONEPACKET = 0x04;
/** Of the scheduler: 1 to 3 are this bit and the two above. */
export const IP_VS_SVC_F_SCHED1 = 0x08;

export interface IpvsDestination {
  /** Tells its family. */
  readonly address: IpAddress;
  readonly port: number;
  /** IP_VS_CONN_F_MASQ, _LOCALNODE, _TUNNEL, _DROUTE, _BYPASS. */
  readonly method: number;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** IP_VS_CONN_F_TUNNEL_TYPE_*; all three are 0 where no tunnel is. */
  readonly tunnelType: number;
  readonly tunnelPort: number;
  /** IP_VS_TUNNEL_ENCAP_FLAG_*. */
  readonly tunnelFlags: number;
}

export const IP_VS_CONN_F_MASQ = 0;
export const IP_VS_CONN_F_LOCALNODE = 1;
export const IP_VS_CONN_F_TUNNEL = 2;
export const IP_VS_CONN_F_DROUTE = 3;

export const TUNNEL_IPIP = 0;
export const TUNNEL_GUE = 1;
export const TUNNEL_GRE = 2;
export const TUNNEL_CSUM = 1;
export const TUNNEL_REMCSUM = 2;

/** Since the service or destination was made, or its counters were cleared. */
export interface IpvsCounters {
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}

/** Connections that a destination has now. */
export interface IpvsConnections {
  readonly active: number;
  readonly inactive: number;
  readonly persistent: number;
}

export interface IpvsDaemon {
  readonly state: 'master' | 'backup';
  readonly interface: string;
  readonly id: number;
  readonly maxLength?: number;
  readonly port?: number;
  readonly ttl?: number;
  readonly group?: IpAddress;
}

/** Seconds. */
export interface IpvsTimeouts {
  readonly tcp?: number;
  readonly tcpFin?: number;
  readonly udp?: number;
}

export const IPVS_CMD = {
  newService: 1,
  setService: 2,
  deleteService: 3,
  getService: 4,
  newDestination: 5,
  setDestination: 6,
  deleteDestination: 7,
  getDestination: 8,
  newDaemon: 9,
  deleteDaemon: 10,
  getDaemon: 11,
  setConfig: 12,
  getConfig: 13,
  flush: 17,
} as const;

/** Attributes of a command. */
export const COMMAND = { service: 1, destination: 2, daemon: 3, tcp: 4, tcpFin: 5, udp: 6 } as const;
/** Attributes of a service. */
export const SERVICE = {
  family: 1,
  protocol: 2,
  address: 3,
  port: 4,
  mark: 5,
  scheduler: 6,
  flags: 7,
  timeout: 8,
  netmask: 9,
  counters: 10,
  engine: 11,
  counters64: 12,
} as const;
/** Attributes of a destination. */
export const DESTINATION = {
  address: 1,
  port: 2,
  method: 3,
  weight: 4,
  upperThreshold: 5,
  lowerThreshold: 6,
  active: 7,
  inactive: 8,
  persistent: 9,
  counters: 10,
  family: 11,
  counters64: 12,
  tunnelType: 13,
  tunnelPort: 14,
  tunnelFlags: 15,
} as const;
/** Attributes of a sync daemon. */
export const DAEMON = {
  state: 1,
  interface: 2,
  id: 3,
  maxLength: 4,
  group: 5,
  group6: 6,
  port: 7,
  ttl: 8,
} as const;
export const DAEMON_STATES = { master: 1, backup: 2 } as const;

export const AF_NUMBERS: Readonly<Record<Family, number>> = { ipv4: 2, ipv6: 10 };
