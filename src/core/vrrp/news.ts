/**
 * How an instance tells what became of it: events for whoever listens, its history, its notify scripts. What happened, and why, is decided by the instance; which script is run with which
 * arguments in notify/content.ts, and in which order in notify/dispatch.ts. Directives-vrrp section 11.
 */
import { MAX_HISTORY } from '../../base/limits.js';
import type { InstanceSettings } from '../../config/model.js';
import type { Event, InstanceState, NotifyState, Reason } from '../effects.js';
import type { House } from '../house.js';
import { notifyCommands } from '../notify/content.js';
import { NotifyQueue } from '../notify/dispatch.js';

/** What is read of the instance. */
export interface NewsOf {
  readonly name: string;
  readonly settings: InstanceSettings;
  readonly priority: number;
}

export class News {
  readonly history: Event[] = [];
  readonly notifies: NotifyQueue;
  #notified: NotifyState | undefined;
  /** The reason that was told last. */
  #told = '';

  constructor(
    readonly instance: NewsOf,
    readonly house: House,
  ) {
    this.notifies = new NotifyQueue(instance, house.notifies);
  }

  transition(from: InstanceState, to: InstanceState | 'STOP' | 'DELETED', reason: Reason): void {
    const { name, priority } = this.instance;
    const { now: at, wall } = this.house.outbox;
    this.#told = reason.text;
    this.#remember({ type: 'transition', subject: 'INSTANCE', name, from, to, priority, reason, at, wall });
  }

  priorityChanged(from: number, to: number, reason: Reason): void {
    const { name } = this.instance;
    const { now: at, wall } = this.house.outbox;
    this.#remember({ type: 'priority', name, from, to, reason, at, wall });
  }

  /** What holds it in FAULT may become another thing meanwhile. */
  heldBy({ text }: Reason): void {
    if (text === this.#told) return;
    this.#told = text;
    this.house.outbox.log('info', `(${this.instance.name}) stays in FAULT; reason: ${text}`);
  }

  /** A MASTER heard a worse one. */
  lowerAdvert(): void {
    const { name, priority, settings } = this.instance;
    const { masterRxLowerPriority } = settings.notify;
    if (masterRxLowerPriority) this.notifies.addEvent('MASTER_RX_LOWER_PRI', masterRxLowerPriority);
    const { now: at, wall } = this.house.outbox;
    this.house.outbox.event({ type: 'lower-advert', name, priority, at, wall });
  }

  /** Scripts hear of a state once, however often it is entered. */
  notify(state: NotifyState): void {
    if (this.#notified === state) return;
    this.#notified = state;
    const { name, priority, settings } = this.instance;
    this.notifies.add(state, notifyCommands(settings.notify, 'INSTANCE', name, state, priority));
  }

  #remember(event: Event): void {
    this.house.outbox.event(event);
    this.history.push(event);
    if (this.history.length > MAX_HISTORY) this.history.shift();
  }
}
