/**
 * The client's pings as they were answered or lost, in the order of sending, and the outages among them. When a
 * ping counts as lost is decided by the pinger (lab/pinger.ts).
 */
import type { PingReport } from '../../lab/pinger.js';
import { InOrder } from '../in-order.js';

export interface Ping {
  /** Milliseconds since the epoch. */
  readonly sent: number;
  readonly answered: boolean;
}

export interface Outage {
  /** Milliseconds since the epoch: the last ping answered before, and the first one after; absent: it lasts. */
  readonly from: number;
  readonly to?: number;
}

export class Pings {
  /** Judged pings, in order. */
  readonly all: Ping[] = [];
  readonly outages: Outage[] = [];
  answered = 0;
  lost = 0;
  readonly #order = new InOrder<PingReport>(({ sent, took }) =>
    this.#judge({ sent, answered: took !== undefined }),
  );

  take(report: PingReport): void {
    this.#order.take(report);
  }

  #judge(ping: Ping): void {
    const before = this.all.at(-1);
    this.all.push(ping);
    if (ping.answered) this.answered++;
    else this.lost++;
    // Before the first answer there is nothing that could go out.
    if (this.answered === 0) return;
    const last = this.outages.at(-1);
    if (!ping.answered && before?.answered === true) this.outages.push({ from: before.sent });
    else if (ping.answered && last !== undefined && last.to === undefined)
      this.outages[this.outages.length - 1] = { from: last.from, to: ping.sent };
  }

  /** Pings answered in a row up to now. */
  get streak(): number {
    const loss = this.all.findLastIndex((ping) => !ping.answered);
    return this.all.length - 1 - loss;
  }

  /** The longest outage that touches the time from `since` on, in milliseconds; 0 where no ping was lost. */
  longestOutage(since: number): number {
    const now = this.all.at(-1)?.sent ?? since;
    return Math.max(
      0,
      ...this.outages.filter((o) => (o.to ?? now) > since).map((outage) => (outage.to ?? now) - outage.from),
    );
  }
}
