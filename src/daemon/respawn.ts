/**
 * Whether and when a worker that ended is started again (runtime reference section 1). Pure: the caller
 * brings the time a worker lived and how it ended, and does the waiting.
 */
import { isPermanent } from './exit-codes.js';

export type WorkerEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string };

export type Decision =
  /** End with this code: starting again would only repeat it. */
  | { readonly kind: 'give-up'; readonly code: number }
  | { readonly kind: 'respawn'; readonly delaySeconds: number };

/** A worker that lived this long died of something new: it is started at once. */
const LONG_LIFE_SECONDS = 60;
const LONGEST_DELAY_SECONDS = 60;

export class RespawnPolicy {
  #delay = 0;

  /** `livedSeconds`: from start to end, on a monotonic clock. */
  decide(end: WorkerEnd, livedSeconds: number): Decision {
    if (end.kind === 'exit' && isPermanent(end.code)) return { kind: 'give-up', code: end.code };
    if (livedSeconds >= LONG_LIFE_SECONDS) this.#delay = 0;
    const delaySeconds = this.#delay;
    // 0, 1, 2, 4 ... 32, 60
    this.#delay = this.#delay === 0 ? 1 : Math.min(this.#delay * 2, LONGEST_DELAY_SECONDS);
    return { kind: 'respawn', delaySeconds };
  }
}
