/**
 * Between the balancer's table (core/lvs/table) and IPVS's messages (wire/netlink/ipvs): how each side says the same
 * service, destination and operation. Pure; when anything is sent is decided in ipvs-balancer.ts. linux/ip_vs.h
 */
import { bitsOf, ipv4FromNumber, ipv4ToNumber } from '../../../base/ip-address.js';
import type { ForwardingMethod, Protocol } from '../../../config/model-lvs.js';
import type { BalancerOperation } from '../../../core/lvs/plan.js';
import {
  type Destination,
  familyOfService,
  type ObservedDestination,
  type Service,
  type ServiceIdentity,
} from '../../../core/lvs/table.js';
import {
  IP_VS_CONN_F_DROUTE,
  IP_VS_CONN_F_MASQ,
  IP_VS_CONN_F_TUNNEL,
  IP_VS_SVC_F_ONEPACKET,
  IP_VS_SVC_F_PERSISTENT,
  IP_VS_SVC_F_SCHED1,
  type IpvsDestination,
  type IpvsIdentity,
  type IpvsService,
  TUNNEL_CSUM,
  TUNNEL_GRE,
  TUNNEL_GUE,
  TUNNEL_IPIP,
  TUNNEL_REMCSUM,
} from '../../../wire/netlink/ipvs/model.js';
import type { IpvsReport } from '../../../wire/netlink/ipvs/report.js';
import type { IpvsRequest } from '../../../wire/netlink/ipvs/request.js';

const PROTOCOLS: Readonly<Record<Protocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 };
const FLAGS = [1, 2, 3] as const;
const WHOLE_IPV4 = 0xffff_ffff;

/** Those about the same service share how it is named, by which the writer sees that they are. */
export function requestsOf(operations: readonly BalancerOperation[]): IpvsRequest[] {
  let service: ServiceIdentity | undefined;
  let identity: IpvsIdentity | undefined;
  return operations.map((operation) => {
    if (!('destination' in operation)) return requestOf(operation);
    if (!identity || operation.identity !== service) {
      service = operation.identity;
      identity = toIdentity(service);
    }
    return destinationRequest(operation, identity);
  });
}

function requestOf(operation: BalancerOperation): IpvsRequest {
  switch (operation.operation) {
    case 'add-service':
      return { command: 'newService', service: toService(operation.service) };
    case 'edit-service':
      return { command: 'setService', service: toService(operation.service) };
    case 'delete-service':
      return { command: 'deleteService', identity: toIdentity(operation.identity) };
    case 'add-destination':
    case 'edit-destination':
    case 'delete-destination':
      return destinationRequest(operation, toIdentity(operation.identity));
    case 'set-timeouts':
      return { command: 'setConfig', timeouts: operation.timeouts };
    case 'start-daemon':
      return { command: 'newDaemon', daemon: operation.daemon };
    case 'stop-daemon':
      return { command: 'deleteDaemon', daemon: operation.daemon };
    case 'flush':
      return { command: 'flush' };
  }
}

const DESTINATION_COMMANDS = {
  'add-destination': 'newDestination',
  'edit-destination': 'setDestination',
  'delete-destination': 'deleteDestination',
} as const;

const destinationRequest = (
  { operation, destination }: Extract<BalancerOperation, { readonly destination: Destination }>,
  identity: IpvsIdentity,
): IpvsRequest => ({
  command: DESTINATION_COMMANDS[operation],
  identity,
  destination: toDestination(destination),
});

export const toIdentity = (identity: ServiceIdentity): IpvsIdentity =>
  identity.kind === 'mark'
    ? { family: identity.family, mark: identity.mark }
    : {
        family: familyOfService(identity),
        protocol: PROTOCOLS[identity.protocol],
        address: identity.address,
        port: identity.port,
      };

function toService(service: Service): IpvsService {
  const { identity, scheduler, schedulerFlags, onePacket, persistence, engine } = service;
  const family = familyOfService(identity);
  let flags = (onePacket ? IP_VS_SVC_F_ONEPACKET : 0) | (persistence ? IP_VS_SVC_F_PERSISTENT : 0);
  for (const flag of schedulerFlags) flags |= IP_VS_SVC_F_SCHED1 << (flag - 1);
  const granularity = persistence?.granularity;
  return {
    identity: toIdentity(identity),
    scheduler,
    flags,
    timeout: persistence?.seconds ?? 0,
    netmask:
      family === 'ipv6'
        ? typeof granularity === 'number'
          ? granularity
          : bitsOf(family)
        : typeof granularity === 'string'
          ? ipv4ToNumber(granularity)
          : WHOLE_IPV4,
    ...(engine === undefined ? {} : { engine }),
  };
}

function toDestination(destination: Destination): IpvsDestination {
  const { address, port, weight, upperThreshold, lowerThreshold, method } = destination;
  return { address, port, weight, upperThreshold, lowerThreshold, ...toMethod(method) };
}

type Method = Pick<IpvsDestination, 'method' | 'tunnelType' | 'tunnelPort' | 'tunnelFlags'>;
const BY_NAT: Method = {
  method: IP_VS_CONN_F_MASQ,
  tunnelType: TUNNEL_IPIP,
  tunnelPort: 0,
  tunnelFlags: 0,
};
const BY_ROUTE: Method = { ...BY_NAT, method: IP_VS_CONN_F_DROUTE };
const CHECKSUMS = { nocsum: 0, csum: TUNNEL_CSUM, remcsum: TUNNEL_REMCSUM } as const;

function toMethod(method: ForwardingMethod): Method {
  if (method.kind !== 'TUN') return method.kind === 'NAT' ? BY_NAT : BY_ROUTE;
  const tunnel = { ...BY_NAT, method: IP_VS_CONN_F_TUNNEL };
  if (method.tunnel === 'ipip') return tunnel;
  const tunnelFlags = CHECKSUMS[method.checksum];
  return method.tunnel === 'gre'
    ? { ...tunnel, tunnelType: TUNNEL_GRE, tunnelFlags }
    : { ...tunnel, tunnelType: TUNNEL_GUE, tunnelPort: method.port, tunnelFlags };
}

/** Undefined for a protocol that no configuration can name: that service is nobody's business of ours. */
export function serviceFrom(service: IpvsService): Service | undefined {
  const identity = identityFrom(service.identity);
  if (!identity) return undefined;
  const { flags, timeout, netmask, engine } = service;
  return {
    identity,
    scheduler: service.scheduler,
    schedulerFlags: FLAGS.filter((flag) => (flags & (IP_VS_SVC_F_SCHED1 << (flag - 1))) !== 0),
    onePacket: (flags & IP_VS_SVC_F_ONEPACKET) !== 0,
    ...((flags & IP_VS_SVC_F_PERSISTENT) !== 0
      ? {
          persistence: {
            seconds: timeout,
            granularity: service.identity.family === 'ipv6' ? netmask : ipv4FromNumber(netmask),
          },
        }
      : {}),
    ...(engine === undefined || engine === '' ? {} : { engine }),
  };
}

function identityFrom(identity: IpvsIdentity): ServiceIdentity | undefined {
  if ('mark' in identity) return { kind: 'mark', family: identity.family, mark: identity.mark };
  const protocol = (Object.keys(PROTOCOLS) as Protocol[]).find((one) => PROTOCOLS[one] === identity.protocol);
  const { address, port } = identity;
  return protocol && { kind: 'address', protocol, address, port };
}

export function destinationFrom(
  report: Extract<IpvsReport, { kind: 'destination' }>,
  statistics: boolean,
): ObservedDestination {
  const { destination, connections, counters } = report;
  const { address, port, weight, upperThreshold, lowerThreshold } = destination;
  return {
    address,
    port,
    weight,
    upperThreshold,
    lowerThreshold,
    method: methodFrom(destination),
    ...(statistics ? { connections, ...(counters ? { counters } : {}) } : {}),
  };
}

/** Of methods that are not ours (local node, bypass) none is what is wanted: they read as the plainest. */
function methodFrom({ method, tunnelType, tunnelPort, tunnelFlags }: IpvsDestination): ForwardingMethod {
  if (method === IP_VS_CONN_F_DROUTE) return { kind: 'DR' };
  if (method !== IP_VS_CONN_F_TUNNEL) return { kind: 'NAT' };
  const checksum = (tunnelFlags & TUNNEL_CSUM) !== 0 ? 'csum' : 'nocsum';
  if (tunnelType === TUNNEL_GRE) return { kind: 'TUN', tunnel: 'gre', checksum };
  if (tunnelType !== TUNNEL_GUE) return { kind: 'TUN', tunnel: 'ipip' };
  const remote = (tunnelFlags & TUNNEL_REMCSUM) !== 0;
  return { kind: 'TUN', tunnel: 'gue', port: tunnelPort, checksum: remote ? 'remcsum' : checksum };
}
