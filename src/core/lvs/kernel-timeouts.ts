/**
 * The timeouts of connections, which the kernel has once for all services: set where the configuration says so, put back
 * where it does not any more and at the end, also by the successor of a life that was killed. (directives-lvs section 8)
 */
import type { Duration } from '../../base/time.js';
import type { GlobalSettings } from '../../config/model-globals.js';
import type { BalancerOperation } from './plan.js';
import type { Timeouts } from './table.js';

const KINDS = ['tcp', 'tcpFin', 'udp'] as const;

export class KernelTimeouts {
  /** Absent: the kernel's are left alone. */
  #wanted: Timeouts | undefined;
  /** As they were before us; unknown until the kernel was asked. */
  #before: Timeouts | undefined;
  /** They are not as they were before us. */
  #set = false;
  #ended = false;

  constructor(readonly ask: (operation: BalancerOperation) => void) {}

  configure(settings: GlobalSettings['lvsTimeouts']): void {
    const before = this.#wanted;
    this.#wanted = settings && {
      ...wholeSeconds('tcp', settings.tcp),
      ...wholeSeconds('tcpFin', settings.tcpFin),
      ...wholeSeconds('udp', settings.udp),
    };
    if (KINDS.some((kind) => before?.[kind] !== this.#wanted?.[kind])) this.#settle();
  }

  /** What they are at the start, and what they were before an earlier life that has not put them back. */
  found(now: Timeouts, before: Timeouts | undefined): void {
    this.#before = before ?? now;
    this.#set = before !== undefined;
    this.#settle();
  }

  /** What they are now, when nothing is on its way: others may have been at them, or the kernel refused ours. */
  seen(now: Timeouts): void {
    const isDifferent = (kind: (typeof KINDS)[number]): boolean => {
      const wanted = this.#wanted?.[kind];
      return wanted !== undefined && now[kind] !== undefined && now[kind] !== wanted;
    };
    if (KINDS.some(isDifferent)) this.#ask({});
  }

  #settle(): void {
    if (!this.#wanted && !this.#set) return;
    // What a reload says nothing of any more is as it was before us.
    this.#ask(this.#set ? (this.#before ?? {}) : {});
  }

  /** `besides`: of what is not configured. */
  #ask(besides: Timeouts): void {
    const before = this.#before;
    if (!before || this.#ended) return;
    this.#set = this.#wanted !== undefined;
    const timeouts = { ...besides, ...this.#wanted };
    this.ask({ operation: 'set-timeouts', timeouts, ...(this.#set ? { before } : {}) });
  }

  /** Also where services stay (`-I`); `succeeded`: they are left to another life. */
  end(succeeded: boolean): void {
    this.#ended = true;
    if (!succeeded && this.#before && this.#set)
      this.ask({ operation: 'set-timeouts', timeouts: this.#before });
  }
}

const wholeSeconds = (kind: (typeof KINDS)[number], time: Duration | undefined): Timeouts =>
  time === undefined ? {} : { [kind]: Math.round(time / 1e6) };
