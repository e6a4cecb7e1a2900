/**
 * What the host and the simulator drive. The engine is one of these; so will be the load balancer's.
 * `handle` appends to `effects` and never throws on what came from outside.
 */
import type { Instant, Moment } from '../base/time.js';
import type { Effect } from './effects.js';
import type { Input } from './inputs.js';

export interface Machine {
  handle(moment: Moment, input: Input, effects: Effect[]): void;
  /** When it next wants a `timeout`; undefined: not at all. */
  readonly nextDeadline: Instant | undefined;
  /** Whether that deadline may make us MASTER: what is done then must be quick. Absent: it never does. */
  readonly nextIsTakeover?: boolean;
}
