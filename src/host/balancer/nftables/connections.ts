/**
 * How many connections each server has now, by the kernel's table of connections: those whose answers come from it
 * though they were made to a service of ours. Asked for only when somebody wants to know. What is shown of it is decided
 * in core/lvs. linux/netfilter/nfnetlink_conntrack.h
 */
import { MAX_TRACKED_CONNECTIONS } from '../../../base/limits.js';
import type { ConnectionCounts, ServiceIdentity } from '../../../core/lvs/table.js';
import {
  decodeConntrack,
  type TrackedConnection,
  writeConntrackDump,
} from '../../../wire/netlink/conntrack.js';
import { NETLINK_NETFILTER } from '../../linux/constants.js';
import { RtnlClient } from '../../linux/rtnl-client.js';
import { familyOfNft, type NftService, PROTOCOLS } from './rules.js';

/** Servers by `ADDRESS PORT`; undefined: more than one service has it, and none can be told. */
type Servers = Map<string, number | undefined>;

/** Where connections belong. */
export interface Places {
  /** By protocol, address and port of the service; port 0 is every port. */
  readonly services: Map<string, Servers>;
  /** What was marked has no address by which it could be known. */
  readonly marked: Servers;
}

/**
 * By the numbers of the servers; yields between parts of the answer. Undefined: the kernel does not tell, or there are
 * more connections than are looked at.
 */
export function* standingConnections(
  services: readonly NftService[],
): Generator<void, ReadonlyMap<number, ConnectionCounts> | undefined> {
  const places = placesOf(services);
  const counts = new Map<number, ConnectionCounts>();
  for (const service of services)
    for (const { id } of service.servers.values()) counts.set(id, { active: 0, inactive: 0, persistent: 0 });
  const families = new Set(services.map(familyOfNft));
  const client = new RtnlClient(NETLINK_NETFILTER);
  let seen = 0;
  try {
    for (const family of families) {
      const parts = client.dumpInParts('counting connections', (writer, sequence) =>
        writeConntrackDump(writer, sequence, family === 'ip' ? 'ipv4' : 'ipv6'),
      );
      for (;;) {
        const part = parts.next();
        if (part.done) {
          // A table that changes while it is read is what it is: somebody comes or goes all the time.
          if (part.value !== undefined && part.value !== 'interrupted') return undefined;
          break;
        }
        seen += part.value.length;
        if (seen > MAX_TRACKED_CONNECTIONS) return undefined;
        for (const message of part.value) {
          const read = decodeConntrack(message);
          const id = read.ok ? serverOf(read.value, places) : undefined;
          if (read.ok && id !== undefined) count(counts, id, read.value.established);
        }
        yield;
      }
    }
    return counts;
  } finally {
    client.close();
  }
}

function count(counts: Map<number, ConnectionCounts>, id: number, established: boolean): void {
  const before = counts.get(id);
  if (!before) return;
  counts.set(id, {
    ...before,
    active: before.active + (established ? 1 : 0),
    inactive: before.inactive + (established ? 0 : 1),
  });
}

export function placesOf(services: readonly NftService[]): Places {
  const places: Places = { services: new Map(), marked: new Map() };
  for (const { service, servers } of services) {
    const { identity } = service;
    const at = identity.kind === 'mark' ? undefined : keyOf(identity);
    const own: Servers = at === undefined ? places.marked : (places.services.get(at) ?? new Map());
    for (const { id, destination } of servers.values()) {
      const key = `${destination.address} ${destination.port}`;
      own.set(key, own.has(key) ? undefined : id);
    }
    if (at !== undefined) places.services.set(at, own);
  }
  return places;
}

const keyOf = ({ protocol, address, port }: Extract<ServiceIdentity, { kind: 'address' }>): string =>
  serviceKey(PROTOCOLS[protocol], address, port);
const serviceKey = (protocol: number, address: string, port: number): string =>
  `${protocol} ${address} ${port}`;

/** The number of the server that has a connection; undefined: none of these, or it cannot be told. */
export function serverOf(connection: TrackedConnection, places: Places): number | undefined {
  const { destination, answerer, answererPort } = connection;
  const servers = serversAsked(connection, places) ?? (destination === answerer ? undefined : places.marked);
  return servers?.get(`${answerer} ${answererPort}`) ?? servers?.get(`${answerer} 0`);
}

/** The servers of the service that a connection was made to, by its address. */
export const serversAsked = (
  { protocol, destination, destinationPort }: TrackedConnection,
  { services }: Places,
): Servers | undefined =>
  services.get(serviceKey(protocol, destination, destinationPort)) ??
  services.get(serviceKey(protocol, destination, 0));
