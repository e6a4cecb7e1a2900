/**
 * The state machine as a table: which row applies in a state to an event, what follows, and which clause asks for
 * it. Data only, so that a test or the simulator can break a copy and must notice. What a guard asks and what an
 * action does is decided in instance.ts. RFC 3768, 5798 and 9568 section 6.4, by the lines that RFC 5798 numbers;
 * runtime reference section 6.
 */
import type { InstanceState } from '../effects.js';

export type MachineEvent =
  /** Nothing holds the instance in INIT any more. */
  | 'start'
  /** Something holds it in FAULT. */
  | 'fault'
  /** Nothing holds it in FAULT any more. */
  | 'recovered'
  /** An advert that passed every check. */
  | 'advert'
  /** The master-down deadline (or the skew after a goodbye) passed. */
  | 'master-down'
  | 'advert-due'
  /** What was heard shows that the other owner, who was yielded to, claims the addresses no longer. */
  | 'rival-gone'
  /** No advert was sent for so long that another router may be MASTER (timer_expired_backup). */
  | 'outlived'
  /** Somebody else deleted one of our VIPs. */
  | 'address-lost'
  /** The sync group becomes MASTER, goes to BACKUP, or leaves MASTER while nobody else is: a member lost an address. */
  | 'group-master'
  | 'group-backup'
  | 'group-lost'
  /** Shutdown, or removal by a reload. */
  | 'stop';

export type Guard =
  /** Configured as MASTER, and so is the whole sync group. */
  | 'eager'
  /** Priority 255. */
  | 'owner'
  /** The advert has priority 0. */
  | 'goodbye'
  /** nopreempt, or at least our priority, or the preempt delay has not passed. */
  | 'acceptable'
  /** Higher priority, or the same from a higher address. */
  | 'better'
  /** Our priority from our own address. */
  | 'same-candidate'
  /** Every other member of the sync group wants to be MASTER too, or there is no group. */
  | 'group-agrees'
  /** No startup delay is running. */
  | 'no-delay'
  /** The advert and we have priority 255. */
  | 'rival-owner'
  /** A rival owner was warned for long enough. */
  | 'rival-stays';

export type Action =
  | 'adopt-own-interval'
  /** An advert with the effective priority; the next one follows an interval later. */
  | 'send-advert'
  /** As send-advert, unless we sent one a moment ago. */
  | 'answer-advert'
  /** As answer-advert, unless lower_prio_no_advert. */
  | 'answer-lower'
  /** As send-advert, if higher_prio_send_advert, or where two may have been master for a while. */
  | 'advert-first'
  | 'send-goodbye'
  | 'claim-addresses'
  | 'release-addresses'
  /** The burst of garp_lower_prio_repeat and garp_lower_prio_delay, and one when the rival is heard no more. */
  | 'announce-again'
  /** A burst in any case, and one more a little later. */
  | 'announce-after'
  /** The source address of a unicast instance, for the peers that are to reach it. */
  | 'announce-source'
  | 'learn-master'
  /** AH: the number that a master who is still there may use in this very moment is passed over. */
  | 'count-past-master'
  | 'time-preemption'
  | 'withdraw-wish'
  | 'wish-master'
  | 'arm-start'
  | 'arm-now'
  | 'arm-master-down'
  | 'arm-skew'
  | 'stop-timers'
  /** Two adverts of ours, and a little more than an interval, for a rival owner to give way. */
  | 'warn-owner'
  /** Priority 254 until the rival owner is silent. */
  | 'yield-ownership'
  /** Priority 255 again, if it was yielded. */
  | 'reclaim-ownership'
  | 'note-lower'
  | 'note-rival'
  | 'note-twin';

export interface TransitionRow {
  readonly id: string;
  readonly state: InstanceState;
  readonly event: MachineEvent;
  /** All must hold; the first row of a state and event whose guards hold applies. */
  readonly when?: readonly Guard[];
  readonly next: InstanceState;
  readonly actions: readonly Action[];
  readonly clause: string;
}

const BECOME_MASTER: readonly Action[] = ['adopt-own-interval', 'send-advert', 'claim-addresses'];
const TAKE_OVER: readonly Action[] = ['reclaim-ownership', 'count-past-master', ...BECOME_MASTER];

export const TRANSITIONS: readonly TransitionRow[] = [
  {
    id: 'init.fault',
    state: 'INIT',
    event: 'fault',
    next: 'FAULT',
    actions: ['stop-timers'],
    clause: 'runtime 7: fault causes',
  },
  {
    id: 'init.owner',
    state: 'INIT',
    event: 'start',
    when: ['eager', 'owner', 'no-delay'],
    next: 'MASTER',
    actions: BECOME_MASTER,
    clause: 'RFC 5798 6.4.1 (105)-(145): the owner is Master at once; runtime 16, timeline 2',
  },
  {
    id: 'init.delayed-owner',
    state: 'INIT',
    event: 'start',
    when: ['eager', 'owner'],
    next: 'BACKUP',
    actions: ['arm-now'],
    clause: 'runtime 5: with a startup delay timers start from its end; runtime 6, start timers',
  },
  {
    id: 'init.eager',
    state: 'INIT',
    event: 'start',
    when: ['eager'],
    next: 'BACKUP',
    actions: ['arm-start'],
    clause: 'runtime 6, start timers: wanted MASTER below 255 listens for one interval',
  },
  {
    id: 'init.backup',
    state: 'INIT',
    event: 'start',
    next: 'BACKUP',
    actions: ['arm-master-down'],
    clause: 'RFC 5798 6.4.1 (150)-(165); runtime 16, timeline 1',
  },
  {
    id: 'init.stop',
    state: 'INIT',
    event: 'stop',
    next: 'INIT',
    actions: ['stop-timers'],
    clause: 'runtime 5, stop',
  },
  {
    id: 'backup.rival-gone',
    state: 'BACKUP',
    event: 'rival-gone',
    next: 'BACKUP',
    actions: ['reclaim-ownership'],
    clause: 'runtime 6.3, both 255: 254 until the rival stops; what shows it is then judged with 255',
  },
  {
    id: 'backup.goodbye',
    state: 'BACKUP',
    event: 'advert',
    when: ['goodbye'],
    next: 'BACKUP',
    actions: ['arm-skew'],
    clause: 'RFC 5798 6.4.2 (425)-(430); runtime 16, timeline 5',
  },
  {
    id: 'backup.accept',
    state: 'BACKUP',
    event: 'advert',
    when: ['acceptable'],
    next: 'BACKUP',
    actions: ['learn-master', 'time-preemption', 'withdraw-wish', 'arm-master-down'],
    clause: 'RFC 5798 6.4.2 (440)-(460); runtime 6.1; timelines 6 to 9',
  },
  {
    id: 'backup.discard',
    state: 'BACKUP',
    event: 'advert',
    next: 'BACKUP',
    actions: ['note-lower'],
    clause: 'RFC 5798 6.4.2 (465)-(470); runtime 16, timeline 6',
  },
  {
    id: 'backup.takeover',
    state: 'BACKUP',
    event: 'master-down',
    when: ['group-agrees'],
    next: 'MASTER',
    actions: TAKE_OVER,
    clause: 'RFC 5798 6.4.2 (365)-(410); runtime 6.2',
  },
  {
    id: 'backup.wait',
    state: 'BACKUP',
    event: 'master-down',
    next: 'BACKUP',
    actions: ['wish-master', 'arm-master-down'],
    clause: 'runtime 7, sync groups: the member re-arms its timer and waits; timeline 15',
  },
  {
    id: 'backup.group-master',
    state: 'BACKUP',
    event: 'group-master',
    next: 'MASTER',
    actions: TAKE_OVER,
    clause: 'runtime 7, sync groups; timeline 15',
  },
  {
    id: 'backup.fault',
    state: 'BACKUP',
    event: 'fault',
    next: 'FAULT',
    actions: ['withdraw-wish', 'stop-timers'],
    clause: 'runtime 7: fault causes',
  },
  {
    id: 'backup.stop',
    state: 'BACKUP',
    event: 'stop',
    next: 'INIT',
    actions: ['stop-timers'],
    clause: 'RFC 5798 6.4.2 (345)-(355)',
  },
  {
    id: 'master.goodbye',
    state: 'MASTER',
    event: 'advert',
    when: ['goodbye'],
    next: 'MASTER',
    actions: ['answer-advert', 'announce-after'],
    clause: 'RFC 5798 6.4.3 (705)-(715); runtime 6.3',
  },
  {
    id: 'master.yield',
    state: 'MASTER',
    event: 'advert',
    when: ['better'],
    next: 'BACKUP',
    actions: ['advert-first', 'learn-master', 'withdraw-wish', 'release-addresses', 'arm-master-down'],
    clause: 'RFC 5798 6.4.3 (725)-(765); runtime 6.3; timeline 4',
  },
  {
    id: 'master.twin',
    state: 'MASTER',
    event: 'advert',
    when: ['same-candidate'],
    next: 'MASTER',
    actions: ['note-twin'],
    clause: 'runtime 6.3: equal priority from our own address is only a warning',
  },
  {
    id: 'master.owner-yields',
    state: 'MASTER',
    event: 'advert',
    when: ['rival-owner', 'rival-stays'],
    next: 'BACKUP',
    actions: ['yield-ownership', 'learn-master', 'withdraw-wish', 'release-addresses', 'arm-master-down'],
    clause: 'runtime 6.3, both 255: a rival that does not give way is yielded to with priority 254',
  },
  {
    id: 'master.rival-owner',
    state: 'MASTER',
    event: 'advert',
    when: ['rival-owner'],
    next: 'MASTER',
    actions: ['note-rival', 'answer-lower', 'warn-owner', 'announce-again'],
    clause: 'runtime 6.3, both 255: the lower address is borne for two adverts of ours and 1.2 intervals',
  },
  {
    id: 'master.insist',
    state: 'MASTER',
    event: 'advert',
    next: 'MASTER',
    actions: ['note-rival', 'answer-lower', 'announce-again'],
    clause: 'RFC 9568 6.4.3, in the place of RFC 5798 6.4.3 (770)-(775); runtime 6.3; timeline 3',
  },
  {
    id: 'master.advert',
    state: 'MASTER',
    event: 'advert-due',
    next: 'MASTER',
    actions: ['send-advert'],
    clause: 'RFC 5798 6.4.3 (680)-(690)',
  },
  {
    id: 'master.outlived',
    state: 'MASTER',
    event: 'outlived',
    next: 'BACKUP',
    actions: ['withdraw-wish', 'release-addresses', 'arm-master-down'],
    clause: 'directives-vrrp 1.1, timer_expired_backup; runtime 1, late timers',
  },
  {
    id: 'master.address-lost',
    state: 'MASTER',
    event: 'address-lost',
    next: 'BACKUP',
    actions: ['withdraw-wish', 'send-goodbye', 'release-addresses', 'arm-skew'],
    clause: 'runtime 8; runtime 16, timeline 12',
  },
  {
    id: 'master.group-lost',
    state: 'MASTER',
    event: 'group-lost',
    next: 'BACKUP',
    actions: ['withdraw-wish', 'send-goodbye', 'release-addresses', 'arm-skew'],
    clause: 'runtime 8: group members follow; timeline 12',
  },
  {
    id: 'master.group-backup',
    state: 'MASTER',
    event: 'group-backup',
    next: 'BACKUP',
    actions: ['withdraw-wish', 'release-addresses', 'arm-master-down'],
    clause: 'runtime 7, sync groups: a member that goes to BACKUP pulls all',
  },
  {
    id: 'master.fault',
    state: 'MASTER',
    event: 'fault',
    next: 'FAULT',
    actions: ['withdraw-wish', 'send-goodbye', 'release-addresses', 'stop-timers'],
    clause: 'runtime 6.4: to FAULT always with a goodbye; timeline 14',
  },
  {
    id: 'master.stop',
    state: 'MASTER',
    event: 'stop',
    next: 'INIT',
    actions: ['send-goodbye', 'release-addresses', 'stop-timers'],
    clause: 'RFC 5798 6.4.3 (655)-(670); runtime 5, stop; timeline 21',
  },
  {
    id: 'fault.owner',
    state: 'FAULT',
    event: 'recovered',
    when: ['eager', 'owner'],
    next: 'BACKUP',
    actions: ['adopt-own-interval', 'arm-start', 'announce-source'],
    clause: 'runtime 7: an owner that wants MASTER waits one interval and the skew',
  },
  {
    id: 'fault.recovered',
    state: 'FAULT',
    event: 'recovered',
    next: 'BACKUP',
    actions: ['adopt-own-interval', 'arm-master-down', 'announce-source'],
    clause: 'runtime 7: leaving FAULT with a full master-down interval; timeline 14',
  },
  {
    id: 'fault.stop',
    state: 'FAULT',
    event: 'stop',
    next: 'INIT',
    actions: ['stop-timers'],
    clause: 'runtime 5, stop',
  },
];

/** The rows by state and event, so that finding one costs no scan of the table. */
export class TransitionTable {
  readonly #rows = new Map<InstanceState, Map<MachineEvent, TransitionRow[]>>();

  constructor(rows: readonly TransitionRow[]) {
    for (const row of rows) {
      const ofState = this.#rows.get(row.state) ?? new Map<MachineEvent, TransitionRow[]>();
      this.#rows.set(row.state, ofState);
      const known = ofState.get(row.event);
      if (known) known.push(row);
      else ofState.set(row.event, [row]);
    }
  }

  /** The first row whose guards all hold; undefined: the event means nothing in this state. */
  select(
    state: InstanceState,
    event: MachineEvent,
    holds: (guard: Guard) => boolean,
  ): TransitionRow | undefined {
    return this.#rows
      .get(state)
      ?.get(event)
      ?.find((row) => row.when?.every(holds) ?? true);
  }
}
