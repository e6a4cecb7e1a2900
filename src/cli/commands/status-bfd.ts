/** BFD sessions in `holdfast status`: state, how soon a loss is noticed, and why it is so. */
import { printable } from '../../base/printable.js';
import { type Duration, formatDuration } from '../../base/time.js';
import type { BfdSessionStatus } from '../../core/bfd/session-status.js';
import { type Cell, formatAge, type Output, type Style, table } from '../output.js';

const STYLES: Readonly<Record<string, Style>> = {
  Up: 'green',
  Init: 'yellow',
  Down: 'red',
  AdminDown: 'dim',
};

/** `now`: microseconds since the epoch. */
export const bfdTable = (output: Output, sessions: readonly BfdSessionStatus[], now: number): string =>
  table(
    output,
    ['BFD SESSION', 'STATE', 'SINCE', 'NEIGHBOR', 'DETECTION', 'WHY'],
    sessions.map((session) => row(session, now)),
  );

function row(session: BfdSessionStatus, now: number): Cell[] {
  const { name, state, since, neighbor, detectionTime, reason, fault } = session;
  const device = session.interface === undefined ? '' : `%${session.interface}`;
  const style = STYLES[state];
  return [
    { lines: [name] },
    { lines: [state], ...(style ? { style } : {}) },
    { lines: [formatAge(now - since)] },
    { lines: [`${neighbor}${device}`] },
    { lines: [detectionTime === 0 ? '-' : formatDuration(detectionTime as Duration)] },
    { lines: [fault ? `${fault.message} (${fault.code})` : reason] },
  ].map((cell) => ({ ...cell, lines: cell.lines.map(printable) }));
}
