/** The client's requests in the order of sending, and how they were shared. Who answered is the visitor's report. */
import { InOrder } from '../in-order.js';
import type { RequestReport } from './visitor.js';

export interface Request {
  /** Milliseconds since the epoch. */
  readonly sent: number;
  /** Who answered; undefined: nobody. */
  readonly server: string | undefined;
}

/** Answers of each server; `failed` counts those without one. */
export interface Shares {
  readonly answers: ReadonlyMap<string, number>;
  readonly failed: number;
}

export class Requests {
  /** Judged requests, in order. */
  readonly all: Request[] = [];
  failed = 0;
  readonly #order = new InOrder<RequestReport>(({ sent, server }) => {
    if (server === undefined) this.failed++;
    this.all.push({ sent, server });
  });

  take(report: RequestReport): void {
    this.#order.take(report);
  }

  /** Of the requests with these numbers: `from` on, `to` not included. */
  shares(from: number, to?: number): Shares {
    const answers = new Map<string, number>();
    let failed = 0;
    for (const { server } of this.all.slice(Math.max(0, from), to)) {
      if (server === undefined) failed++;
      else answers.set(server, (answers.get(server) ?? 0) + 1);
    }
    return { answers, failed };
  }
}
