/** What a kernel makes of operations, in memory: a small model of the balancer's table for tests. */
import type { BalancerOperation } from '../../../src/core/lvs/plan.js';
import {
  type Destination,
  type DestinationKey,
  destinationKeyOf,
  type Service,
  type ServiceKey,
  serviceKeyOf,
  type Table,
} from '../../../src/core/lvs/table.js';

export type MutableTable = Map<
  ServiceKey,
  { service: Service; destinations: Map<DestinationKey, Destination> }
>;

export const copyOf = (table: Table): MutableTable =>
  new Map(
    [...table].map(([key, { service, destinations }]) => [
      key,
      { service, destinations: new Map(destinations) },
    ]),
  );

/** The symbolic errno that the kernel would answer; undefined when it is done. */
export function applyTo(table: MutableTable, operation: BalancerOperation): string | undefined {
  switch (operation.operation) {
    case 'add-service': {
      const key = serviceKeyOf(operation.service.identity);
      if (table.has(key)) return 'EEXIST';
      table.set(key, { service: operation.service, destinations: new Map() });
      return undefined;
    }
    case 'edit-service': {
      const there = table.get(serviceKeyOf(operation.service.identity));
      if (!there) return 'ESRCH';
      there.service = operation.service;
      return undefined;
    }
    case 'delete-service':
      return table.delete(serviceKeyOf(operation.identity)) ? undefined : 'ESRCH';
    case 'add-destination':
    case 'edit-destination':
    case 'delete-destination': {
      const there = table.get(serviceKeyOf(operation.identity));
      if (!there) return 'ESRCH';
      const key = destinationKeyOf(operation.destination);
      const known = there.destinations.has(key);
      if (operation.operation === 'add-destination' && known) return 'EEXIST';
      if (operation.operation !== 'add-destination' && !known) return 'ENOENT';
      if (operation.operation === 'delete-destination') there.destinations.delete(key);
      else there.destinations.set(key, operation.destination);
      return undefined;
    }
    case 'flush':
      table.clear();
      return undefined;
    case 'set-timeouts':
    case 'start-daemon':
    case 'stop-daemon':
      return undefined;
  }
}
