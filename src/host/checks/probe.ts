/**
 * What a kind of check is to those who start, time and end it: a probe makes attempts, one at a time, and each of
 * them answers its flight once. The probe decides what it says and expects on the wire; deadlines, verdicts and
 * bookkeeping are the flight's (checks.ts).
 */
import type { Duration } from '../../base/time.js';
import type { CheckFailure, GoodVerdict } from '../../core/health/check.js';
import type { Failure } from '../../core/inputs.js';

/** The way back from an attempt. Only the first verdict counts; with it the attempt is over and its deadline gone. */
export interface Flight {
  /** Sets or moves the moment at which `expire` of the attempt is called. */
  within(wait: Duration): void;
  /** No deadline: whoever works on it now has a bound of its own. */
  wait(): void;
  good(detail: string, more?: Pick<GoodVerdict, 'weight' | 'odd'>): void;
  bad(reason: CheckFailure): void;
  unmade(error: Failure): void;
}

export interface Attempt {
  /** Its deadline has come: it gives its verdict. */
  expire(): void;
  /** Nobody waits for it any more, or it has just given its verdict: it closes what it holds open. */
  end(): void;
}

export interface Probe {
  /** Begins to look. May answer at once; then `end` follows on what it returns. */
  start(part: number, flight: Flight): Attempt;
  /** The checker is gone, or has a new probe; attempts that are in flight still end by themselves. */
  close?(): void;
}

/** For a probe that has answered already: nothing is open. */
export const ANSWERED: Attempt = { expire: () => {}, end: () => {} };
