/** Virtual and real servers as `status` shows them, with what the data plane counts. It decides nothing. */
import type { BalancerTable } from './balancer.js';
import { verdictWords } from './check-words.js';
import type { RealServer } from './real-server.js';
import { ProbeCheck } from './server-checks.js';
import type { ServerStatus, ServiceStatus } from './status.js';
import { type ConnectionCounts, destinationKeyOf, type ObservedService, serviceKeyOf } from './table.js';
import type { VirtualServer } from './virtual-server.js';

export function servicesStatus(services: readonly VirtualServer[], table: BalancerTable): ServiceStatus[] {
  const seen = byKey(table);
  return services.map((service) => {
    const { settings, sorryName } = service;
    return {
      name: service.name,
      scheduler: settings.scheduler,
      method: settings.method.kind,
      ...(settings.protocol === undefined ? {} : { protocol: settings.protocol }),
      up: service.up,
      quorum: settings.quorum,
      hysteresis: settings.hysteresis,
      weight: service.weight,
      ...(service.suspended ? { suspended: true } : {}),
      ...(sorryName === undefined ? {} : { sorryServer: { name: sorryName, serving: service.sorryServes } }),
      servers: service.servers.map((server) => serverStatus(service, server, seen)),
    };
  });
}

function serverStatus(
  service: VirtualServer,
  server: RealServer,
  seen: ReadonlyMap<string, ObservedService>,
): ServerStatus {
  const tableWeight = service.wantedWeight(server);
  const connections = countsOf(service, server, seen);
  return {
    name: server.name,
    alive: server.alive,
    ...(server.drained ? { drained: true } : {}),
    method: server.settings.method.kind,
    configuredWeight: server.settings.weight,
    weight: server.weight,
    ...(tableWeight === undefined ? {} : { tableWeight }),
    ...(server.since === undefined ? {} : { since: server.since }),
    reason: server.reason,
    ...(connections ? { connections } : {}),
    checkers: server.checks.map((check) => {
      const last = check instanceof ProbeCheck ? check.monitor.last : undefined;
      return {
        kind: check.settings.kind,
        up: check.up,
        contribution: check.contribution,
        ...(last && check instanceof ProbeCheck
          ? {
              last: verdictWords(last.verdict, check.settings, last.part),
              ...(last.verdict.kind === 'unmade' ? { unmade: true } : {}),
            }
          : {}),
      };
    }),
  };
}

/** Connections that a server has in all services of its virtual server; undefined: not counted. */
export function connectionsOf(
  service: VirtualServer,
  server: RealServer,
  table: BalancerTable,
): number | undefined {
  const counts = countsOf(service, server, byKey(table));
  return counts && counts.active + counts.inactive;
}

const byKey = (table: BalancerTable): Map<string, ObservedService> =>
  new Map(table.services.map((one) => [serviceKeyOf(one.service.identity), one]));

function countsOf(
  service: VirtualServer,
  server: RealServer,
  seen: ReadonlyMap<string, ObservedService>,
): ConnectionCounts | undefined {
  let found: ConnectionCounts | undefined;
  for (const { identity } of service.services) {
    const wanted = service.destinationFor(server, identity);
    if (!wanted) continue;
    const key = destinationKeyOf(wanted);
    const there = seen.get(serviceKeyOf(identity))?.destinations.find((one) => destinationKeyOf(one) === key);
    const counts = there?.connections;
    if (!counts) continue;
    found = found
      ? {
          active: found.active + counts.active,
          inactive: found.inactive + counts.inactive,
          persistent: found.persistent + counts.persistent,
        }
      : counts;
  }
  return found;
}
