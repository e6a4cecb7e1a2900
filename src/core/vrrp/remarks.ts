/**
 * What is said about adverts that were heard: the reason an advert gives for a transition, and the lines for those
 * that change nothing. Which advert deserves which remark is decided by the transition table.
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { Duration } from '../../base/time.js';
import type { Reason } from '../effects.js';
import { OWNER_PRIORITY } from './intervals.js';
import type { Refusals } from './refusals.js';

/** An advert that passed every check. */
export interface AcceptedAdvert {
  readonly source: IpAddress;
  readonly priority: number;
  readonly interval: Duration;
}

export interface Remarks {
  readonly label: string;
  readonly priority: number;
  readonly refusals: Refusals;
}

/** Why an advert moves us, by our priority; `lower`: among equals our address is the higher one. */
export function reasonOfAdvert({ priority, source }: AcceptedAdvert, ours: number, lower: boolean): Reason {
  const cause = { kind: 'advert', sender: source, priority } as const;
  if (priority === 0) return { code: 'goodbye-received', text: `${source} said goodbye`, cause };
  const what = `advert from ${source} with priority ${priority}`;
  const code = 'preempted';
  if (priority !== ours) return { code, text: `${what}, ours is ${ours}`, cause };
  const equal = `${what}, the same as ours, from a ${lower ? 'lower' : 'higher'} address`;
  if (ours !== OWNER_PRIORITY) return { code, text: equal, cause };
  const persists = lower ? ', and it does not give way' : '';
  return {
    code,
    text: `${equal}${persists}: only one router can own the addresses, lower the priority of one`,
    cause,
  };
}

/** Why we shall take over from a router that is worse. */
export const preempting = ({ source, priority }: AcceptedAdvert, ours: number): Reason => ({
  code: 'preempting',
  text: `the master ${source} has only priority ${priority}, ours is ${ours}`,
  cause: { kind: 'advert', sender: source, priority },
});

export function noteLower({ label, priority, refusals }: Remarks, advert: AcceptedAdvert): void {
  const text = `ignores the advert of ${advert.source}: priority ${advert.priority}, ours is ${priority}`;
  refusals.report('info', label, 'note-lower', advert.source, text);
}

export function noteRival(remarks: Remarks, { source, priority }: AcceptedAdvert): void {
  const { label, priority: ours, refusals } = remarks;
  const what = priority < ours ? 'with lower priority' : 'from a lower address with priority';
  const text = `received advert from ${source} ${what} ${priority}, ours ${ours}: stays MASTER`;
  refusals.report('warning', label, 'note-rival', source, text);
}

export function noteTwin({ label, refusals }: Remarks, { source, priority }: AcceptedAdvert): void {
  const text = `received our own priority ${priority} from our own address ${source}: is there a second router with it?`;
  refusals.report('warning', label, 'note-twin', source, text);
}
