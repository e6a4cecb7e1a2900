/**
 * `holdfast watch`: transitions as they happen, one line each, for people or as the daemon's own JSON lines.
 * It starts with where everybody stands and ends when the daemon does.
 */
import type { WatchLine } from '../../admin/report.js';
import { printable } from '../../base/printable.js';
import { follow } from '../client.js';
import { formatTime, type Output, type Style, styled } from '../output.js';
import { socketOf, type WhereaboutsOptions } from '../whereabouts.js';

export interface WatchOptions extends WhereaboutsOptions {
  readonly json?: boolean;
}

/** Returns the exit code: 0 when the daemon said goodbye, 1 when it could not be reached or just vanished. */
export async function runWatch(options: WatchOptions, out: Output, err: Output): Promise<number> {
  let farewell = false;
  const ended = await follow(socketOf(options), '/events', (value) => {
    const line = value as WatchLine;
    if (line.type === 'stopping') farewell = true;
    if (options.json) out.write(`${JSON.stringify(value)}\n`);
    else for (const text of watchText(out, line)) out.write(`${text}\n`);
  });
  if (!ended.ok) {
    err.write(`${ended.error}\n`);
    return 1;
  }
  if (farewell) return 0;
  err.write('The daemon ended the connection without a word: it died, or we read too slowly.\n');
  return 1;
}

const STYLES: Readonly<Record<string, Style>> = {
  MASTER: 'green',
  BACKUP: 'yellow',
  FAULT: 'red',
  UP: 'green',
  DOWN: 'red',
};
const state = (output: Output, name: string): string => {
  const style = STYLES[name];
  return style ? styled(output, style, name) : name;
};

/** The lines for one event; none for kinds that a newer daemon may send and we do not know. */
export function watchText(output: Output, line: WatchLine): readonly string[] {
  switch (line.type) {
    case 'snapshot':
      return line.instances.map(
        (one) =>
          `${formatTime(line.wall)}  ${printable(one.name)}  ${state(output, one.state)}` +
          `  priority ${one.effectivePriority}  ${printable(one.reason.text)}`,
      );
    case 'transition': {
      const subject = line.subject === 'GROUP' ? `group ${line.name}` : line.name;
      const priority = line.subject === 'GROUP' ? '' : `  priority ${line.priority}`;
      return [
        `${formatTime(line.wall)}  ${printable(subject)}  ${state(output, line.from)} -> ${state(output, line.to)}` +
          `${priority}  ${printable(line.reason.text)}`,
      ];
    }
    case 'priority':
      return [
        `${formatTime(line.wall)}  ${printable(line.name)}  priority ${line.from} -> ${line.to}` +
          `  ${printable(line.reason.text)}`,
      ];
    case 'tracker':
      return [`${formatTime(line.wall)}  ${line.tracker} ${printable(line.name)}  ${printable(line.state)}`];
    case 'server':
    case 'service': {
      const subject = line.server === undefined ? line.service : `${line.server} of ${line.service}`;
      return [
        `${formatTime(line.wall)}  ${printable(subject)}  ${state(output, line.state)}  ${printable(line.reason)}`,
      ];
    }
    case 'bfd':
      return [
        `${formatTime(line.wall)}  bfd ${printable(line.name)}  ${line.from} -> ${line.to}  ${printable(line.why)}`,
      ];
    case 'stopping':
      return [`${formatTime(line.wall)}  the daemon is stopping`];
    default:
      return [];
  }
}
