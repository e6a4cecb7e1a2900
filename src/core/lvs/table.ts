/**
 * The balancer's table as plain data: services, their destinations, the sync daemons and timeouts, as they are wanted or
 * as a data plane reports them. Keys by which the same thing is known again. What shall be in it is decided by the
 * engine, what has to be done for it in plan.ts. directives-lvs section 8; linux/ip_vs.h
 */
import { type Family, familyOf, type IpAddress } from '../../base/ip-address.js';
import type { ForwardingMethod, Protocol } from '../../config/model-lvs.js';

/** What a service takes connections for: two with the same identity are one service. */
export type ServiceIdentity =
  | {
      readonly kind: 'address';
      readonly protocol: Protocol;
      readonly address: IpAddress;
      /** 0: any; only with persistence. */
      readonly port: number;
    }
  /** Mark 1..2^32-1 set by the firewall; one service for each family. */
  | { readonly kind: 'mark'; readonly family: Family; readonly mark: number };

export interface ServicePersistence {
  /** Whole seconds, at least 1. */
  readonly seconds: number;
  /** A netmask for IPv4, a prefix length 1..128 for IPv6: clients within it keep the same server. */
  readonly granularity: IpAddress | number;
}

export interface Service {
  readonly identity: ServiceIdentity;
  /** As the kernel names it: what is found there may be one that no configuration knows. */
  readonly scheduler: string;
  /** In ascending order. */
  readonly schedulerFlags: readonly (1 | 2 | 3)[];
  readonly onePacket: boolean;
  readonly persistence?: ServicePersistence;
  readonly engine?: string;
}

export interface Destination {
  readonly address: IpAddress;
  /** 0 under a mark, and where the service has none. */
  readonly port: number;
  /** 0..2^31-1 */
  readonly weight: number;
  readonly method: ForwardingMethod;
  /** Connection limits, 0: none. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** Since the service or destination was made; 64 bits each. */
export interface Counters {
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}

/** How many connections a destination has now. */
export interface ConnectionCounts {
  readonly active: number;
  readonly inactive: number;
  readonly persistent: number;
}

/** A destination as a data plane reports it. */
export interface ObservedDestination extends Destination {
  readonly connections?: ConnectionCounts;
  readonly counters?: Counters;
}

/** A service as a data plane reports it. */
export interface ObservedService {
  readonly service: Service;
  readonly destinations: readonly ObservedDestination[];
  readonly counters?: Counters;
}

/** Whole seconds; what is absent stays as it is (or was not reported). */
export interface Timeouts {
  readonly tcp?: number;
  readonly tcpFin?: number;
  readonly udp?: number;
}

/** A thread of the kernel that sends its connections to other directors, or learns theirs. */
export interface SyncDaemon {
  readonly state: 'master' | 'backup';
  readonly interface: string;
  /** 0..255 */
  readonly id: number;
  /** Of these, what is absent is the kernel's choice (1472 on Ethernet, 8848, 1, 224.0.0.81). */
  readonly maxLength?: number;
  readonly port?: number;
  readonly ttl?: number;
  readonly group?: IpAddress;
}

export type ServiceKey = string;
export type DestinationKey = string;

/** `tcp 192.0.2.1:80`, `udp [2001:db8::1]:53`, `mark ipv6 7`. */
export const serviceKeyOf = (identity: ServiceIdentity): ServiceKey =>
  identity.kind === 'mark'
    ? `mark ${identity.family} ${identity.mark}`
    : `${identity.protocol.toLowerCase()} ${endpoint(identity.address, identity.port)}`;

/** `192.0.2.11:80`, `[2001:db8::11]:0`. */
export const destinationKeyOf = ({ address, port }: Pick<Destination, 'address' | 'port'>): DestinationKey =>
  endpoint(address, port);

const endpoint = (address: IpAddress, port: number): string =>
  familyOf(address) === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;

export const familyOfService = (identity: ServiceIdentity): Family =>
  identity.kind === 'mark' ? identity.family : familyOf(identity.address);

/** A service and what belongs to it, for looking up. */
export interface TableService {
  readonly service: Service;
  readonly destinations: ReadonlyMap<DestinationKey, Destination>;
}
export type Table = ReadonlyMap<ServiceKey, TableService>;

/** What was reported, for looking up. */
export function tableOf(services: readonly ObservedService[]): Map<ServiceKey, TableService> {
  return new Map(
    services.map(({ service, destinations }) => [
      serviceKeyOf(service.identity),
      { service, destinations: new Map(destinations.map((one) => [destinationKeyOf(one), one])) },
    ]),
  );
}
