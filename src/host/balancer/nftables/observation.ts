/** What a look tells of services, as the engine wants it. Pure; what is looked at is decided in nft-balancer.ts. */
import type {
  ConnectionCounts,
  Destination,
  ObservedDestination,
  ObservedService,
} from '../../../core/lvs/table.js';
import type { NftService } from './rules.js';

/** By the numbers of servers: what each was given, and has now; as far as it is known. */
export interface Counted {
  readonly given: ReadonlyMap<number, bigint> | undefined;
  readonly standing: ReadonlyMap<number, ConnectionCounts> | undefined;
}

export const observedService = (
  { service, servers }: NftService,
  { given, standing }: Counted,
): ObservedService => ({
  service,
  destinations: [...servers.values()].map(({ id, destination }) =>
    observed(destination, given?.get(id), standing?.get(id)),
  ),
});

/** nf_tables sees the first packet of a connection only: connections are all that it counts. */
const observed = (
  destination: Destination,
  given: bigint | undefined,
  connections: ConnectionCounts | undefined,
): ObservedDestination => ({
  ...destination,
  ...(given === undefined
    ? {}
    : { counters: { connections: given, packetsIn: 0n, packetsOut: 0n, bytesIn: 0n, bytesOut: 0n } }),
  ...(connections ? { connections } : {}),
});
