/**
 * What a mail about an event says: a subject in the shape that people filter by (runtime reference section 12), and
 * a body that says why. Who gets it, and whether one is sent at all, is decided in messages.ts.
 */
import { formatWallTime } from '../../base/time.js';
import type { Cause, Event } from '../effects.js';

type Transition = Extract<Event, { type: 'transition' }>;

const SUBJECT_STATES: Readonly<Record<string, string>> = {
  MASTER: 'Entering MASTER state',
  BACKUP: 'Entering BACKUP state',
  FAULT: 'Entering FAULT state',
  STOP: 'Stopping',
  DELETED: 'Deleted',
};

const MEANINGS: Readonly<Record<string, string>> = {
  MASTER: 'This router has the addresses now.',
  BACKUP: 'This router waits, and takes over when the master is gone.',
  FAULT: 'This router cannot take over until the cause is mended.',
  STOP: 'The daemon stops; this router has given up the addresses.',
  DELETED: 'A reload removed it from the configuration of this router.',
};

/** Without the `[ROUTER_ID] ` in front; undefined: nobody is written to about such a state. */
export function mailSubject({ subject, name, to }: Transition): string | undefined {
  const state = SUBJECT_STATES[to];
  return state && `VRRP ${subject === 'INSTANCE' ? 'Instance' : 'Group'} ${name} - ${state}`;
}

/** What the script wrote whose outcome moved us, also as a member of a group. */
function outputOf(cause: Cause | undefined): string[] {
  if (cause?.kind === 'member') return outputOf(cause.cause);
  if (cause?.kind !== 'tracker' || cause.output === undefined) return [];
  return ['', 'Its output ends with:', ...cause.output.split('\n').map((line) => `  ${line}`)];
}

/** Lines end with \n; what mail needs instead is the host's affair. */
export function mailBody({ subject, name, from, to, priority, reason, wall }: Transition): string {
  const what = subject === 'INSTANCE' ? 'instance' : 'sync group';
  const lines = [
    `=> VRRP ${what} ${name} is ${to === 'STOP' ? 'stopping' : `in state ${to}`} (it was ${from}) <=`,
    '',
    `Why:      ${reason.text}`,
    // A mail that was put off comes long after that.
    `Since:    ${formatWallTime(wall)}`,
    ...(subject === 'INSTANCE' ? [`Priority: ${priority}`] : []),
    ...outputOf(reason.cause),
    '',
    MEANINGS[to] ?? '',
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
