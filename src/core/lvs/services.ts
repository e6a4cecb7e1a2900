/**
 * From a virtual server's settings to the services and destinations of the balancer's table: group ranges one by one,
 * marks, families, ports. Pure mapping; which servers are in the table, and with which weight, is decided by the engine.
 * directives-lvs sections 1 to 4.
 */
import {
  bitsOf,
  type Family,
  familyOf,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
} from '../../base/ip-address.js';
import { MAX_GROUP_ADDRESSES } from '../../base/limits.js';
import { toSeconds } from '../../base/time.js';
import type {
  ForwardingMethod,
  GroupEntry,
  RealServerSettings,
  SorryServerSettings,
  VirtualServerGroupSettings,
  VirtualServerSettings,
} from '../../config/model-lvs.js';
import { type Destination, familyOfService, type Service, type ServiceIdentity } from './table.js';

/** Every service of a virtual server, in the order of its group; `groups` by name. An unknown group has none. */
export function servicesOf(
  settings: VirtualServerSettings,
  groups: ReadonlyMap<string, VirtualServerGroupSettings>,
): Service[] {
  return identitiesOf(settings, groups).map((identity) => serviceOf(settings, identity));
}

function identitiesOf(
  { selector, protocol = 'TCP', family }: VirtualServerSettings,
  groups: ReadonlyMap<string, VirtualServerGroupSettings>,
): ServiceIdentity[] {
  switch (selector.kind) {
    case 'address':
      return [{ kind: 'address', protocol, address: selector.address, port: selector.port }];
    case 'mark':
      return [{ kind: 'mark', family, mark: selector.mark }];
    case 'group': {
      const identities: ServiceIdentity[] = [];
      for (const entry of groups.get(selector.group)?.entries ?? []) {
        if (entry.kind === 'mark')
          identities.push({ kind: 'mark', family: entry.family ?? family, mark: entry.mark });
        else
          for (const address of addressesOf(entry))
            identities.push({ kind: 'address', protocol, address, port: entry.port });
      }
      return identities;
    }
  }
}

/** From the first to the last, at most MAX_GROUP_ADDRESSES. */
function* addressesOf({ first, last }: Extract<GroupEntry, { kind: 'addresses' }>): Iterable<IpAddress> {
  const bytes = ipToBytes(first);
  for (let count = 0; count < MAX_GROUP_ADDRESSES; count++) {
    const address = ipFromBytes(bytes);
    yield address;
    if (address === last) return;
    let at = bytes.length - 1;
    while (at >= 0 && bytes[at] === 0xff) bytes[at--] = 0;
    if (at < 0) return;
    bytes[at] = (bytes[at] ?? 0) + 1;
  }
}

function serviceOf(settings: VirtualServerSettings, identity: ServiceIdentity): Service {
  const { scheduler, schedulerFlags, onePacket, persistence, persistenceEngine } = settings;
  const family = familyOfService(identity);
  return {
    identity,
    scheduler,
    schedulerFlags: [...schedulerFlags].sort(),
    onePacket,
    ...(persistence
      ? {
          persistence: {
            seconds: Math.max(1, Math.round(toSeconds(persistence.timeout))),
            granularity: family === settings.family ? persistence.granularity : wholeAddress(family),
          },
        }
      : {}),
    ...(persistenceEngine === undefined ? {} : { engine: persistenceEngine }),
  };
}

/** The granularity of single clients. */
export const wholeAddress = (family: Family): IpAddress | number =>
  family === 'ipv4' ? ('255.255.255.255' as IpAddress) : bitsOf(family);

/**
 * A real server as a destination of one of its services. Undefined where the kernel has no way from this service to
 * it: only a tunnel leads from one family to the other.
 */
export function destinationOf(
  { address, port, method, upperThreshold, lowerThreshold }: Omit<RealServerSettings, 'weight'>,
  identity: ServiceIdentity,
  weight: number,
): Destination | undefined {
  if (method.kind !== 'TUN' && familyOf(address) !== familyOfService(identity)) return undefined;
  return {
    address,
    port: portTo(method, port, identity),
    weight,
    method,
    upperThreshold,
    lowerThreshold,
  };
}

/** The sorry server likewise. */
export function sorryDestinationOf(
  { address, port, method }: SorryServerSettings,
  identity: ServiceIdentity,
  weight: number,
): Destination | undefined {
  if (method.kind !== 'TUN' && familyOf(address) !== familyOfService(identity)) return undefined;
  return {
    address,
    port: portTo(method, port, identity),
    weight,
    method,
    upperThreshold: 0,
    lowerThreshold: 0,
  };
}

const portOf = (identity: ServiceIdentity): number => (identity.kind === 'mark' ? 0 : identity.port);
/**
 * With NAT and no port of its own (a server of a group, or a sorry server) it has port 0 in the table, as in Keepalived's:
 * packets keep the port that they come with.
 */
const portTo = (method: ForwardingMethod, own: number, identity: ServiceIdentity): number =>
  method.kind === 'NAT' ? own : portOf(identity);
