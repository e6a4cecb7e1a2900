/** Virtual and real servers in `holdfast status`, as a table for people. */
import { printable } from '../../base/printable.js';
import type { LvsStatus, ServerStatus, ServiceStatus } from '../../core/lvs/status.js';
import { type Cell, formatAge, type Output, styled, table } from '../output.js';

/** `now`: microseconds since the epoch. */
export function balancerText(output: Output, { services, problems }: LvsStatus, now: number): string {
  const rows = services.flatMap((service) => [
    serviceRow(service),
    ...service.servers.map((server) => serverRow(server, now)),
    ...(service.sorryServer ? [sorryRow(service.sorryServer)] : []),
  ]);
  return [
    ...problems.map((problem) => styled(output, 'red', printable(problem))),
    table(output, ['VIRTUAL SERVER', 'STATE', 'SINCE', 'WEIGHT', 'CONNECTIONS', 'WHY'], rows),
  ].join('\n');
}

const plain = (text: string): Cell => ({ lines: [printable(text)] });

function serviceRow(service: ServiceStatus): Cell[] {
  const { name, up, suspended, quorum, hysteresis, weight } = service;
  const needed = `${weight} of ${quorum}${hysteresis > 0 ? ` +-${hysteresis}` : ''}`;
  return [
    plain(name),
    { lines: [up ? 'UP' : 'DOWN'], style: up ? 'green' : 'red' },
    plain(''),
    plain(needed),
    plain(''),
    plain(`${service.scheduler} ${service.method}${suspended ? ', checks wait for its address' : ''}`),
  ];
}

function serverRow(server: ServerStatus, now: number): Cell[] {
  const { alive, configuredWeight, connections, drained, since, tableWeight } = server;
  const state = !alive ? 'DOWN' : drained ? 'DRAINED' : 'UP';
  const weight = tableWeight === undefined ? `- (${configuredWeight})` : `${tableWeight}`;
  const configured =
    tableWeight === undefined || tableWeight === configuredWeight ? '' : ` (${configuredWeight})`;
  return [
    plain(`  ${server.name}`),
    { lines: [state], style: !alive ? 'red' : drained ? 'yellow' : 'green' },
    plain(since === undefined ? '' : formatAge(now - since)),
    plain(`${weight}${configured}`),
    plain(connections ? `${connections.active} + ${connections.inactive}` : ''),
    plain(whyText(server)),
  ];
}

/**
 * What took it out, or brought it in; behind that what keeps it out, where that has become something else since, and
 * checks that this machine cannot make: of a server that counts as up for want of them nobody knows anything.
 */
function whyText({ alive, checkers, reason }: ServerStatus): string {
  const since = checkers.flatMap(({ kind, last, unmade, up }) =>
    last === undefined || last === reason || (!unmade && (alive || up)) ? [] : [`${kind}: ${last}`],
  );
  return since.length === 0 ? reason : `${reason}; now ${since.join('; ')}`;
}

const sorryRow = ({ name, serving }: NonNullable<ServiceStatus['sorryServer']>): Cell[] => [
  plain(`  ${name} (sorry)`),
  { lines: [serving ? 'SERVING' : 'IDLE'], style: serving ? 'yellow' : 'dim' },
  plain(''),
  plain(''),
  plain(''),
  plain(''),
];
