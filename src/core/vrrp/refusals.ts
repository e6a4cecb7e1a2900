/**
 * How loudly refused packets are reported: one line per kind and sender in a while, with the number of those
 * that were silent meanwhile; spoofed senders cannot grow the memory or the log (DESIGN rule 9).
 */
import { MAX_REFUSAL_SENDERS } from '../../base/limits.js';
import { after, type Duration, type Instant, seconds } from '../../base/time.js';
import type { LogLevel } from '../effects.js';
import type { Outbox } from '../outbox.js';

/** At most one line per kind and sender in this time. */
export const REFUSAL_LOG_INTERVAL: Duration = seconds(60);

/** Longer than any process runs. */
const NEVER: Duration = seconds(1e9);

interface Told {
  again: Instant;
  silent: number;
}

export class Refusals {
  /** Made for the first one. */
  #told: Map<string, Told> | undefined;

  constructor(readonly outbox: Outbox) {}

  /** Once, and not again while it goes on: what is no fault, but worth knowing. */
  reportOnce(level: LogLevel, subject: string, kind: string, sender: string, text: string): void {
    this.report(level, subject, kind, sender, text, NEVER);
  }

  report(
    level: LogLevel,
    subject: string,
    kind: string,
    sender: string,
    text: string,
    interval: Duration = REFUSAL_LOG_INTERVAL,
  ): void {
    const { now } = this.outbox;
    this.#told ??= new Map();
    const all = this.#told;
    let key = `${kind} ${sender}`;
    if (!all.has(key) && all.size >= MAX_REFUSAL_SENDERS) {
      forget(all, now);
      if (all.size >= MAX_REFUSAL_SENDERS) key = `${kind} others`;
    }
    const told = all.get(key);
    if (told && told.again > now) {
      told.silent++;
      return;
    }
    const silent = told && told.silent > 0 ? ` (and ${told.silent} more like it since the last line)` : '';
    all.set(key, { again: after(now, interval), silent: 0 });
    this.outbox.log(level, `${subject} ${text}${silent}`);
  }
}

/** Senders that were quiet long enough make room. */
function forget(all: Map<string, Told>, now: Instant): void {
  for (const [key, told] of all) if (told.again <= now) all.delete(key);
}
