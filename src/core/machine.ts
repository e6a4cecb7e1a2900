/**
 * What the loop and the simulator drive: the engine of VRRP is one of these, that of the load balancer another, each
 * with its own inputs and effects. `handle` appends to `effects` and never throws on what came from outside.
 */
import type { Instant, Moment } from '../base/time.js';
import type { Effect } from './effects.js';
import type { Input } from './inputs.js';

/** The one input that all of them know: time has come. */
export type Timeout = Extract<Input, { kind: 'timeout' }>;

export interface Machine<I = Input, E = Effect> {
  handle(moment: Moment, input: I | Timeout, effects: E[]): void;
  /** When it next wants a `timeout`; undefined: not at all. */
  readonly nextDeadline: Instant | undefined;
  /**
   * Whether that deadline may make us MASTER, or take a dead server out: what is done then must be quick. Absent: it never
   * does.
   */
  readonly nextIsTakeover?: boolean;
}
