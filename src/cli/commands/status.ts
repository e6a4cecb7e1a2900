/**
 * `holdfast status`: who is master, since when and why, as a table for people or as the daemon's own JSON.
 * It asks the control socket and decides nothing itself.
 */
import type { DaemonStatus } from '../../admin/report.js';
import { printable } from '../../base/printable.js';
import type { AddressStatus, InstanceStatus, RoutingStatus, TrackerStatus } from '../../core/status.js';
import { askFor } from '../client.js';
import { type Cell, formatAge, type Output, type Style, styled, table } from '../output.js';
import { socketOf, type WhereaboutsOptions } from '../whereabouts.js';
import { balancerText } from './status-balancer.js';
import { bfdTable } from './status-bfd.js';

export interface StatusOptions extends WhereaboutsOptions {
  readonly json?: boolean;
}

/** Returns the exit code: 0, or 1 when no daemon answers. */
export async function runStatus(options: StatusOptions, out: Output, err: Output): Promise<number> {
  const status = await askFor<DaemonStatus>(socketOf(options), 'GET', '/status', ['daemon', 'instances']);
  if (!status.ok) {
    err.write(`${status.error}\n`);
    return 1;
  }
  if (options.json) out.write(`${JSON.stringify(status.value, undefined, 2)}\n`);
  else out.write(statusText(out, status.value, Date.now() * 1000));
  return 0;
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  MASTER: 'green',
  BACKUP: 'yellow',
  FAULT: 'red',
  INIT: 'dim',
};

/** `now`: microseconds since the epoch. */
export function statusText(output: Output, status: DaemonStatus, now: number): string {
  const { daemon } = status;
  const lines = [
    styled(
      output,
      'dim',
      printable(
        `Holdfast ${daemon.version}, process ${daemon.pid}, up ${formatAge(now - daemon.started)}, ` +
          `configuration ${daemon.configuration.path}`,
      ),
    ),
  ];
  if (daemon.lastReload?.outcome === 'refused')
    lines.push(
      styled(
        output,
        'red',
        `The reload ${formatAge(now - daemon.lastReload.at)} ago was refused: the configuration before it is still in use. ` +
          'See the log, or "holdfast check".',
      ),
    );
  if (status.firewall)
    lines.push(
      styled(
        output,
        'red',
        printable(
          `no_accept and virtual MACs are not kept: ${status.firewall.message} (${status.firewall.code})`,
        ),
      ),
    );
  if (status.balancerProblem !== undefined)
    lines.push(styled(output, 'red', printable(status.balancerProblem)));
  lines.push('');
  if (
    status.instances.length === 0 &&
    !status.balancer &&
    status.balancerProblem === undefined &&
    !status.bfd
  )
    lines.push('No VRRP instance is configured.', '');
  else if (status.instances.length === 0) lines.push('');
  else
    lines.push(
      table(
        output,
        ['INSTANCE', 'STATE', 'SINCE', 'PRIORITY', 'MASTER', 'ADDRESSES', 'TRACKERS', 'WHY'],
        status.instances.map((instance) => row(instance, now)),
      ),
    );
  const items = [
    ...status.instances.flatMap(({ name, routing = [] }) => routing.map((one) => routed(name, one))),
    ...(status.statics?.addresses ?? []).map(
      (one) => ['static', `address ${address(one)}`, one.present] as const,
    ),
    ...(status.statics?.routing ?? []).map((one) => routed('static', one)),
  ];
  if (items.length > 0)
    lines.push(
      table(
        output,
        ['OF', 'ROUTES, RULES AND WHAT IS STATIC', 'HERE'],
        items.map(([of, text, present]): Cell[] => [
          { lines: [printable(of)] },
          { lines: [printable(text)] },
          { lines: [present ? 'yes' : 'no'] },
        ]),
      ),
    );
  if (status.bfd && status.bfd.sessions.length > 0) lines.push(bfdTable(output, status.bfd.sessions, now));
  if (status.syncGroups.length > 0)
    lines.push(
      table(
        output,
        ['SYNC GROUP', 'STATE', 'MEMBERS'],
        status.syncGroups.map((group): Cell[] => [
          { lines: [printable(group.name)] },
          stateCell(group.state),
          { lines: [printable(group.members.join(' '))] },
        ]),
      ),
    );
  if (status.balancer) lines.push(balancerText(output, status.balancer, now));
  return lines.join('\n');
}

const stateCell = (state: string): Cell => {
  const style = STATE_STYLES[state];
  return { lines: [state], ...(style ? { style } : {}) };
};

function row(instance: InstanceStatus, now: number): Cell[] {
  return [
    { lines: [printable(instance.name)] },
    stateCell(instance.state),
    { lines: [formatAge(now - instance.since)] },
    { lines: [priority(instance)] },
    { lines: [master(instance)] },
    { lines: instance.addresses.map(address) },
    { lines: instance.trackers.map(tracker) },
    { lines: why(instance) },
  ].map((cell) => ({ ...cell, lines: cell.lines.map(printable) }));
}

function priority({ basePriority, effectivePriority }: InstanceStatus): string {
  return basePriority === effectivePriority
    ? `${effectivePriority}`
    : `${effectivePriority} (base ${basePriority})`;
}

function master({ master: known, state }: InstanceStatus): string {
  if (!known) return state === 'MASTER' ? 'this router' : '-';
  return known.self ? 'this router' : `${known.address} (${known.priority})`;
}

function address(one: AddressStatus): string {
  const device = one.interface === undefined ? '' : ` ${one.interface}`;
  return `${one.address}${device}${one.present ? '' : ' (not here)'}`;
}

const routed = (of: string, { kind, text, present }: RoutingStatus): readonly [string, string, boolean] => [
  of,
  `${kind} ${text}`,
  present,
];

function tracker(one: TrackerStatus): string {
  const effect = one.faulting
    ? ' FAULT'
    : one.weight === 0
      ? ''
      : ` ${one.contribution >= 0 ? '+' : ''}${one.contribution}`;
  return `${one.kind} ${one.name} ${one.state}${effect}`;
}

/** The reason of the state; in FAULT every fault that still holds it there. */
function why(instance: InstanceStatus): string[] {
  if (instance.faults.length > 0) return instance.faults.map((fault) => fault.text);
  return [instance.reason.text];
}
