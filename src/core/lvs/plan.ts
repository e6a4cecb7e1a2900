/**
 * Wanted minus observed, as ordered operations on the balancer's table. Pure; planning again after the operations were
 * applied gives nothing, and only what is named as changed is looked at (DESIGN rules 7 and 10). A service is edited in
 * place, so its connections stay; within one, servers come before others go, so no connection meets an empty service.
 */
import type { ForwardingMethod } from '../../config/model-lvs.js';
import type {
  Destination,
  DestinationKey,
  Service,
  ServiceIdentity,
  ServiceKey,
  SyncDaemon,
  Table,
  TableService,
  Timeouts,
} from './table.js';

export type BalancerOperation =
  | { readonly operation: 'add-service' | 'edit-service'; readonly service: Service }
  /** Its destinations go with it. */
  | { readonly operation: 'delete-service'; readonly identity: ServiceIdentity }
  | {
      readonly operation: 'add-destination' | 'edit-destination' | 'delete-destination';
      readonly identity: ServiceIdentity;
      readonly destination: Destination;
    }
  /** Everything goes, whoever made it. */
  | { readonly operation: 'flush' }
  /** `before`: what is to be put back one day, also by a later life; absent: nothing any more. */
  | { readonly operation: 'set-timeouts'; readonly timeouts: Timeouts; readonly before?: Timeouts }
  | { readonly operation: 'start-daemon'; readonly daemon: SyncDaemon }
  | { readonly operation: 'stop-daemon'; readonly daemon: Pick<SyncDaemon, 'state'> };

/** Services that may differ; with the destinations that may, or undefined for the service as a whole. */
export type TableChanges = ReadonlyMap<ServiceKey, ReadonlySet<DestinationKey> | undefined>;

/** Services that go come first, then each changed service in the order in which it was named. */
export function planTable(wanted: Table, observed: Table, changes: TableChanges): BalancerOperation[] {
  const gone: BalancerOperation[] = [];
  const rest: BalancerOperation[] = [];
  for (const [key, destinations] of changes) {
    const wish = wanted.get(key);
    const there = observed.get(key);
    if (wish) planService(wish, there, destinations, rest);
    else if (there) gone.push({ operation: 'delete-service', identity: there.service.identity });
  }
  return gone.concat(rest);
}

/** The changes that make planTable look at everything: for a start and for comparing now and then. */
export function everythingOf(wanted: Table, observed: Table): TableChanges {
  const changes = new Map<ServiceKey, undefined>();
  for (const key of observed.keys()) changes.set(key, undefined);
  for (const key of wanted.keys()) changes.set(key, undefined);
  return changes;
}

function planService(
  wish: TableService,
  there: TableService | undefined,
  destinations: ReadonlySet<DestinationKey> | undefined,
  operations: BalancerOperation[],
): void {
  const { service } = wish;
  if (!there) operations.push({ operation: 'add-service', service });
  else if (!destinations && !sameService(service, there.service))
    operations.push({ operation: 'edit-service', service });
  const keys =
    there && destinations
      ? destinations
      : new Set([...wish.destinations.keys(), ...(there?.destinations.keys() ?? [])]);
  const { identity } = service;
  const edited: BalancerOperation[] = [];
  const gone: BalancerOperation[] = [];
  for (const key of keys) {
    const want = wish.destinations.get(key);
    const have = there?.destinations.get(key);
    if (want && !have) operations.push({ operation: 'add-destination', identity, destination: want });
    else if (want && have && !sameDestination(want, have))
      edited.push({ operation: 'edit-destination', identity, destination: want });
    else if (!want && have) gone.push({ operation: 'delete-destination', identity, destination: have });
  }
  for (const operation of edited) operations.push(operation);
  for (const operation of gone) operations.push(operation);
}

/** Whether nothing has to be edited; the identities are the same. */
export const sameService = (a: Service, b: Service): boolean =>
  a.scheduler === b.scheduler &&
  a.onePacket === b.onePacket &&
  a.engine === b.engine &&
  a.persistence?.seconds === b.persistence?.seconds &&
  a.persistence?.granularity === b.persistence?.granularity &&
  a.schedulerFlags.length === b.schedulerFlags.length &&
  a.schedulerFlags.every((flag, i) => flag === b.schedulerFlags[i]);

/** Whether nothing has to be edited; address and port are the same. */
export const sameDestination = (a: Destination, b: Destination): boolean =>
  a.weight === b.weight &&
  a.upperThreshold === b.upperThreshold &&
  a.lowerThreshold === b.lowerThreshold &&
  sameMethod(a.method, b.method);

function sameMethod(a: ForwardingMethod, b: ForwardingMethod): boolean {
  if (a.kind !== 'TUN' || b.kind !== 'TUN') return a.kind === b.kind;
  if (a.tunnel === 'ipip' || b.tunnel === 'ipip') return a.tunnel === b.tunnel;
  if (a.checksum !== b.checksum) return false;
  return a.tunnel === 'gue' && b.tunnel === 'gue' ? a.port === b.port : a.tunnel === b.tunnel;
}
