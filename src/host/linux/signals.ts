/**
 * Real-time signals: they kill a Node process that has no handler, and `process.on` cannot install one, so
 * libuv is asked directly (reference: runtime section 3; DESIGN section 5).
 */
import type { Result } from '../../base/result.js';
import { ok, refuse } from '../../base/result.js';
import type { Failure } from '../../core/inputs.js';
import { SIGRTMAX, SIGRTMIN } from './constants.js';
import { failureOf } from './errno.js';
import { watchSignal } from './libc.js';

/** SIGRTMIN+2: write JSON. */
export const SIGNAL_JSON = SIGRTMIN + 2;
/** SIGRTMAX-1: statistics, then clear them. */
export const SIGNAL_STATS_CLEAR = SIGRTMAX - 1;
/** SIGRTMAX: dump of the deadlines. */
export const SIGNAL_DEADLINES = SIGRTMAX;

/** For the life of the process; main thread only. Several callbacks may be given for one number. */
export function onRealTimeSignal(signal: number, callback: () => void): Result<void, Failure> {
  const outcome = watchSignal(signal, callback);
  return outcome < 0 ? refuse(failureOf(outcome, `handling signal ${signal}`)) : ok(undefined);
}
