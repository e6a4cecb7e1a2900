/**
 * What stands in a notify FIFO for an event: one line `TYPE "NAME" STATE PRIORITY` (directives-vrrp section 11).
 * Which FIFOs there are, and what is repeated for whom, is decided in messages.ts; writing is the host's work.
 */
import type { Event } from '../effects.js';

/** The line for a subject in a state, with its newline. `priority` is the effective one, 0 for groups. */
export const stateLine = (
  subject: 'INSTANCE' | 'GROUP',
  name: string,
  state: string,
  priority: number,
): string => `${subject} "${name}" ${state} ${priority}\n`;

/** The same with why behind it, in quotes, for readers that asked for it. */
export function withReason(line: string, event: Event): string {
  if (!('reason' in event)) return line;
  const text = event.reason.text.replaceAll(/["\n]/g, "'").slice(0, LONGEST_REASON);
  return `${line.trimEnd()} "${text}"\n`;
}

/** Characters of a reason: a line is written in one go, and a pipe takes 4096 bytes so. */
const LONGEST_REASON = 2000;

/** Undefined: FIFOs are not told of such an event. `state` is the one of the instance when its priority changes. */
export function fifoLine(event: Event, state: string | undefined): string | undefined {
  switch (event.type) {
    case 'transition':
      // INIT is no state that anybody is told of.
      return event.to === 'INIT' ? undefined : stateLine(event.subject, event.name, event.to, event.priority);
    case 'priority':
      return stateLine(
        'INSTANCE',
        event.name,
        state === 'MASTER' ? 'MASTER_PRIORITY' : 'BACKUP_PRIORITY',
        event.to,
      );
    case 'lower-advert':
      return stateLine('INSTANCE', event.name, 'MASTER_RX_LOWER_PRI', event.priority);
    default:
      return undefined;
  }
}
