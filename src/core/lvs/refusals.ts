/**
 * What a data plane has refused: said once, kept for people until it is done or nothing is to be done about it any more.
 * When it is tried again is upkeep.ts's to decide. (DESIGN rule 8)
 */
import { MAX_TABLE_REMARKS } from '../../base/limits.js';
import type { Failure } from '../inputs.js';
import type { LvsOutbox } from './outbox.js';
import type { BalancerOperation } from './plan.js';
import { destinationKeyOf, type ServiceKey, serviceKeyOf } from './table.js';

/** The table as a whole, when it cannot be read. */
const WHOLE = 'table';

export class Refusals {
  /** By their subjects: as said, and the service that it is about. */
  readonly #refused = new Map<string, { readonly text: string; readonly service: ServiceKey | undefined }>();

  /** How many of them are about each service. */
  readonly #services = new Map<ServiceKey, number>();

  constructor(readonly outbox: Pick<LvsOutbox, 'log'>) {}

  get size(): number {
    return this.#refused.size;
  }
  /** For people. */
  get texts(): readonly string[] {
    return [...this.#refused.values()].map(({ text }) => text);
  }

  /** Whether the service itself is refused. */
  has(service: ServiceKey): boolean {
    return this.#refused.has(service);
  }
  /** Whether the service, or a server of it, is. */
  concern(service: ServiceKey): boolean {
    return this.#services.has(service);
  }

  /** Whether that is news. */
  add(operation: BalancerOperation, failure: Failure): boolean {
    return this.#add(subjectOf(operation), serviceOf(operation), "Balancer's table", failure);
  }
  unreadable(failure: Failure): boolean {
    return this.#add(WHOLE, undefined, 'The table of the balancer cannot be read', failure);
  }

  #add(subject: string, service: ServiceKey | undefined, what: string, { code, message }: Failure): boolean {
    const text = `${what}: ${message} (${code})`;
    const known = this.#refused.get(subject);
    if (known?.text === text) return false;
    if (this.#refused.size < MAX_TABLE_REMARKS) this.outbox.log('error', `${text}; it is tried again`);
    else if (this.#refused.size === MAX_TABLE_REMARKS)
      this.outbox.log('error', `Balancer's table: more was refused; "status" tells all of it`);
    this.#refused.set(subject, { text, service });
    if (service !== undefined && !known) this.#services.set(service, (this.#services.get(service) ?? 0) + 1);
    return true;
  }

  done(operation: BalancerOperation): void {
    if (this.#refused.size > 0) this.#recovered(subjectOf(operation));
  }
  readable(): void {
    this.#recovered(WHOLE);
  }
  #recovered(subject: string): void {
    if (this.#forget(subject)) this.outbox.log('notice', `Balancer's table: ${subject} is right now`);
  }

  #forget(subject: string): boolean {
    const service = this.#refused.get(subject)?.service;
    if (!this.#refused.delete(subject)) return false;
    if (service !== undefined) {
      const left = (this.#services.get(service) ?? 0) - 1;
      if (left > 0) this.#services.set(service, left);
      else this.#services.delete(service);
    }
    return true;
  }

  /** Only these have still to be done: whatever else was refused is right, or nobody wants it any more. */
  leave(operations: readonly BalancerOperation[]): void {
    if (this.#refused.size === 0) return;
    const left = new Set(operations.map(subjectOf));
    for (const subject of [...this.#refused.keys()])
      if (!left.has(subject) && this.#forget(subject))
        this.outbox.log('notice', `Balancer's table: nothing has to be done about ${subject} any more`);
  }
}

const serviceOf = (operation: BalancerOperation): ServiceKey | undefined =>
  'identity' in operation
    ? serviceKeyOf(operation.identity)
    : 'service' in operation
      ? serviceKeyOf(operation.service.identity)
      : undefined;

const subjectOf = (operation: BalancerOperation): string => {
  switch (operation.operation) {
    case 'add-service':
    case 'edit-service':
      return serviceKeyOf(operation.service.identity);
    case 'delete-service':
      return serviceKeyOf(operation.identity);
    case 'add-destination':
    case 'edit-destination':
    case 'delete-destination':
      return `${destinationKeyOf(operation.destination)} of ${serviceKeyOf(operation.identity)}`;
    case 'flush':
      return 'the whole table';
    case 'set-timeouts':
      return 'lvs_timeouts';
    case 'start-daemon':
    case 'stop-daemon':
      return `the ${operation.daemon.state} sync daemon`;
  }
};
