/**
 * The seams between the machines and the world. The host implements them on Linux, the simulator in memory.
 * All methods return at once; what the outside answers comes back as inputs through a Feed.
 */
import type { Instant, Moment } from '../base/time.js';
import type { Effect } from '../core/effects.js';
import type { Input } from '../core/inputs.js';

/** Where the outside puts what it saw; the loop hands it to the machine. */
export type Feed<I = Input> = (input: I) => void;

/** Effects that the host carries out; `log`, `event` and `stopped` stay with the daemon. */
export type HostEffect = Exclude<Effect, { kind: 'log' | 'event' | 'stopped' }>;

/** The world as the loop drives it: of VRRP's engine by default, of another machine with its inputs and effects. */
export interface World<I = Input, E = HostEffect> {
  moment(): Moment;
  /** Called when a descriptor is readable, an answer waits or the armed instant has come. */
  onWake(wake: () => void): void;
  /**
   * Reads everything that waits, bounded per socket (limits.ts), and feeds it. Returns the channels on which
   * the bound was reached: their adverts are not all read yet, so nobody may be declared dead (DESIGN section 3).
   */
  drain(feed: Feed<I>): readonly string[];
  /** Carries out one turn's effects in order, batching what the kernel can batch. */
  run(effects: readonly E[]): void;
  /**
   * Feeds what answers the effects just run, and nothing else: the kernel acknowledges an address while it is asked
   * for it. What is not answered yet comes with a later drain.
   */
  answers(feed: Feed<I>): void;
  /** Arms the one timer; undefined disarms it. */
  arm(deadline: Instant | undefined): void;
  /** Ends scripts, closes descriptors. */
  close(): Promise<void>;
}

export interface Host extends World {
  /** The kernel's links and addresses, for the `start` input; their events are subscribed to before. */
  inventory(): Promise<Omit<Extract<Input, { kind: 'start' }>, 'kind'>>;
}
