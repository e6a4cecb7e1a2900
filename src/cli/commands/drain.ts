/**
 * `holdfast drain`: no new connections for a real server, or new ones again; then, while somebody waits, how many it has
 * left. It asks the control socket and decides nothing itself.
 */
import type { DaemonStatus, DrainReport } from '../../admin/report.js';
import { printable } from '../../base/printable.js';
import { askFor } from '../client.js';
import type { Output } from '../output.js';
import { socketOf, type WhereaboutsOptions } from '../whereabouts.js';

export interface DrainOptions extends WhereaboutsOptions {
  readonly undo?: boolean;
  readonly service?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** How often the connections are counted while somebody waits for them to end. */
const COUNT_EVERY_MS = 1000;

/** Returns the exit code: 0, or 1 when no daemon answers or it knows no such server. */
export async function runDrain(
  server: string,
  options: DrainOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const question = {
    server,
    ...(options.service === undefined ? {} : { service: options.service }),
    ...(options.undo ? { undo: true } : {}),
  };
  const report = await askFor<DrainReport>(socketOf(options), 'POST', '/drain', ['places'], { question });
  if (!report.ok) {
    err.write(`${report.error}\n`);
    return 1;
  }
  const { places } = report.value;
  if (options.json) out.write(`${JSON.stringify({ places }, undefined, 2)}\n`);
  else
    for (const { service, server: name, connections } of places) {
      const left = connections === undefined ? '' : `, ${count(connections)} left`;
      const what = options.undo ? 'gets connections again' : `gets no new connections${left}`;
      out.write(`${printable(name)} of ${printable(service)} ${what}\n`);
    }
  return options.wait && !options.undo ? awaitEnd(places, options, out, err) : 0;
}

const count = (connections: number): string => `${connections} connection${connections === 1 ? '' : 's'}`;

async function awaitEnd(
  places: DrainReport['places'],
  options: DrainOptions,
  out: Output,
  err: Output,
): Promise<number> {
  let told: number | undefined;
  for (;;) {
    const status = await askFor<DaemonStatus>(socketOf(options), 'GET', '/status', ['daemon', 'instances']);
    if (!status.ok) {
      err.write(`${status.error}\n`);
      return 1;
    }
    const left = connectionsOf(status.value, places);
    if (left === undefined) {
      err.write(`${printable(status.value.balancerProblem ?? 'The connections are not counted there.')}\n`);
      return 1;
    }
    if (left !== told && !options.json) out.write(`${count(left)} left\n`);
    told = left;
    if (left === 0) return 0;
    await new Promise((next) => setTimeout(next, COUNT_EVERY_MS));
  }
}

/** Undefined: nobody counts. */
function connectionsOf({ balancer }: DaemonStatus, places: DrainReport['places']): number | undefined {
  let sum: number | undefined;
  for (const { service, server } of places) {
    const counts = balancer?.services
      .find(({ name }) => name === service)
      ?.servers.find(({ name }) => name === server)?.connections;
    if (counts) sum = (sum ?? 0) + counts.active + counts.inactive;
  }
  return sum;
}
