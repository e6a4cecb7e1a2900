/**
 * Instances that change state together (runtime reference section 7): what a member's move means for the others,
 * who holds the whole group in FAULT, and when the group itself is notified. What a member does when it is told
 * is decided by its own transition table.
 */
import type { SyncGroupSettings } from '../../config/model.js';
import type { InstanceState, NotifyState, Reason } from '../effects.js';
import type { House } from '../house.js';
import { notifyCommands } from '../notify/content.js';
import { NotifyQueue } from '../notify/dispatch.js';
import type { SyncGroupStatus } from '../status.js';
import type { Instance } from './instance.js';
import { OWNER_PRIORITY } from './intervals.js';
import type { GroupCount } from './proofs.js';
import type { MachineEvent } from './transitions.js';

export class SyncGroup {
  settings: SyncGroupSettings;
  state: InstanceState = 'INIT';
  members: readonly Instance[] = [];
  /** How far its members have come with AH (proofs.ts). */
  readonly count: GroupCount = { highest: 0 };
  #notified: NotifyState | undefined;
  /** While the group itself moves its members, their moves are not news to it. */
  #moving = false;
  readonly notifies: NotifyQueue;

  constructor(
    settings: SyncGroupSettings,
    readonly house: House,
  ) {
    this.settings = settings;
    this.notifies = new NotifyQueue(this, house.notifies);
  }

  get name(): string {
    return this.settings.name;
  }
  /** The initial wish is MASTER only if every member is an owner that wants it. */
  get eager(): boolean {
    return this.members.every(
      ({ settings }) => settings.initialState === 'MASTER' && settings.priority === OWNER_PRIORITY,
    );
  }
  status(): SyncGroupStatus {
    return { name: this.name, state: this.state, members: this.members.map(({ name }) => name) };
  }

  /** Whether every member but `asking` is MASTER or waits to become it. */
  agrees(asking: Instance): boolean {
    return this.members.every((member) => member === asking || member.wishesMaster);
  }

  /** Some member's holds changed: one that faults takes all with it, and all come back together. */
  settle(cause?: Reason): void {
    this.#together(() => {
      const starting =
        this.state === 'INIT' && this.members.every(({ free, state }) => free && state === 'INIT');
      if (starting && !this.eager) this.#enter('BACKUP', startup);
      for (const member of this.members) member.settle(this.#holdsFor(member), cause);
    });
    const states = new Set(this.members.map((member) => member.state));
    if (states.has('FAULT')) {
      const cause = this.members.find((member) => member.state === 'FAULT')?.reason;
      this.#enter('FAULT', cause ?? startup);
    } else if (this.state === 'FAULT' && !states.has('INIT'))
      this.#enter('BACKUP', { code: 'faults-cleared', text: 'no member is in FAULT any more' });
    else if (this.state === 'INIT' && !states.has('INIT')) {
      if (states.has('BACKUP'))
        this.#unite('a new sync group begins as BACKUP unless every member is MASTER');
      else this.#enter('MASTER', startup);
    } else if (this.state === 'BACKUP' && states.has('MASTER') && states.has('BACKUP'))
      this.#unite('who joins a sync group that is BACKUP is BACKUP, too');
  }

  /** A member moved by an event of its own: the others follow, then the group is notified. */
  moved(member: Instance, event: MachineEvent, from: InstanceState, reason: Reason): void {
    if (this.#moving || member.state === from) return;
    const because: Reason = reason.code === 'sync-group' ? reason : memberReason(member.name, reason);
    if (member.state === 'MASTER') {
      this.#tell(member, 'group-master', because);
      this.#enter('MASTER', reason);
    } else if (from === 'MASTER' && event === 'address-lost') {
      this.#tell(member, 'group-lost', because);
      // Timeline 12: usually the group is MASTER again after a moment, and is not notified of the BACKUP between.
      this.state = 'BACKUP';
      this.#notified = undefined;
    } else if (from === 'MASTER' && member.state === 'BACKUP') {
      this.#tell(member, 'group-backup', because);
      this.#enter('BACKUP', reason);
    }
  }

  /**
   * A member that is BACKUP obeys another master: a BACKUP of the group that was not notified is no passing one, and a
   * group that it joined while the others were MASTER cannot stay so. They say goodbye, for nobody has taken over from them.
   */
  obeysMaster(member: Instance, reason: Reason): void {
    if (this.state === 'MASTER') this.#tell(member, 'group-lost', memberReason(member.name, reason));
    else if (this.state !== 'BACKUP' || this.#notified !== undefined) return;
    this.#enter('BACKUP', reason);
  }

  stop(reason: Reason): void {
    this.#said('STOP', reason);
  }

  /**
   * A reload made a group of instances in different states: one that is BACKUP pulls all. With a goodbye: nobody has taken
   * over from those that were MASTER.
   */
  #unite(text: string): void {
    this.#tell(undefined, 'group-lost', { code: 'reload', text });
    this.#enter('BACKUP', { code: 'reload', text });
  }

  #tell(mover: Instance | undefined, event: MachineEvent, reason: Reason): void {
    this.#together(() => {
      for (const member of this.members) if (member !== mover) member.apply(event, reason);
    });
  }
  #together(move: () => void): void {
    const before = this.#moving;
    this.#moving = true;
    move();
    this.#moving = before;
  }

  /** What the other members do to this one. */
  #holdsFor(member: Instance): { faults: Reason[]; pending: Reason[] } {
    const others = this.members.filter((other) => other !== member);
    const because = (kind: 'faults' | 'pending'): Reason[] =>
      others.flatMap((other) => {
        const first = other.own[kind][0];
        return first ? [memberReason(other.name, first)] : [];
      });
    return { faults: because('faults'), pending: because('pending') };
  }

  #enter(state: 'MASTER' | 'BACKUP' | 'FAULT', reason: Reason): void {
    if (this.state === state && this.#notified === state) return;
    this.#said(state, reason);
  }

  #said(state: Exclude<NotifyState, 'DELETED'>, reason: Reason): void {
    const { outbox } = this.house;
    const from = this.state;
    const to = state;
    if (state !== 'STOP') this.state = state;
    this.#notified = state;
    const verb = state === 'STOP' ? 'Stopping' : `Syncing instances to ${state} state`;
    outbox.log('notice', `VRRP_Group(${this.name}) ${verb}; reason: ${reason.text}`);
    const { now: at, wall } = outbox;
    outbox.event({
      type: 'transition',
      subject: 'GROUP',
      name: this.name,
      from,
      to,
      priority: 0,
      reason,
      at,
      wall,
    });
    this.notifies.add(state, notifyCommands(this.settings.notify, 'GROUP', this.name, state, 0));
  }
}

function memberReason(name: string, { text, cause }: Reason): Reason {
  return {
    code: 'sync-group',
    text: `member ${name}: ${text}`,
    cause: { kind: 'member', name, ...(cause ? { cause } : {}) },
  };
}

const startup: Reason = { code: 'startup', text: 'start' };
