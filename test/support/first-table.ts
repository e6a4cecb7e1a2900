/**
 * The table of a configuration at its start, before any check has run: every server without alpha with its weight, and
 * what inhibit keeps in with 0. directives-lvs sections 1 to 4 and 7.
 */
import type { Configuration } from '../../src/config/model.js';
import { destinationOf, servicesOf, sorryDestinationOf } from '../../src/core/lvs/services.js';
import {
  type Destination,
  destinationKeyOf,
  type Service,
  serviceKeyOf,
  type Table,
} from '../../src/core/lvs/table.js';

export function firstTable({ virtualServers, virtualServerGroups }: Configuration): Table {
  const groups = new Map(virtualServerGroups.map((group) => [group.name, group]));
  const table = new Map<string, { service: Service; destinations: Map<string, Destination> }>();
  for (const settings of virtualServers)
    for (const service of servicesOf(settings, groups)) {
      const key = serviceKeyOf(service.identity);
      const entry = table.get(key) ?? { service, destinations: new Map() };
      table.set(key, entry);
      const put = (destination: Destination | undefined): void => {
        if (destination && !entry.destinations.has(destinationKeyOf(destination)))
          entry.destinations.set(destinationKeyOf(destination), destination);
      };
      for (const server of settings.realServers) {
        const alpha = server.alpha || server.checkers.some((one) => 'alpha' in one && one.alpha);
        if (alpha && !server.inhibitOnFailure) continue;
        put(destinationOf(server, service.identity, alpha ? 0 : server.weight));
      }
      const sorry = settings.sorryServer;
      if (sorry?.inhibit) put(sorryDestinationOf(sorry, service.identity, 0));
    }
  return table;
}
