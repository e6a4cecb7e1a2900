/**
 * The four steps of every wake-up (DESIGN section 3): drain what waits, fire what is due, carry out the
 * effects in order, arm the one timer. It decides only order and bounds; what inputs mean is the machine's,
 * how effects are done is the host's. Everything runs to completion on one thread.
 */
import {
  MAX_ANSWER_ROUNDS,
  MAX_AWAKE_WAITS,
  MAX_HELD_TURNS,
  MAX_TIMEOUTS_PER_TURN,
  MAX_UNSAID,
} from '../base/limits.js';
import { after, type Duration, formatDuration, type Instant, milliseconds, seconds } from '../base/time.js';
import type { ChannelId, Event, LogLevel } from '../core/effects.js';
import type { Input } from '../core/inputs.js';
import type { Machine, Timeout } from '../core/machine.js';
import type { HostEffect, World } from '../ports/ports.js';

/** Effects that stay in the daemon; `V` is what the machine tells those who watch. */
type Said<V> =
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly kind: 'event'; readonly event: V }
  | { readonly kind: 'stopped' };

/** Who takes them. */
export interface Outlets<V = Event> {
  log(level: LogLevel, text: string): void;
  event(event: V): void;
  /** A takeover is some milliseconds away: until `relax` this process should be woken before all others. */
  prepare(): void;
  /** Whatever makes it quicker may be done now, if it takes less than REHEARSAL_TIME. */
  rehearse(): void;
  /** It is due at once, and until `relax` nothing shall come in between. */
  hurry(): void;
  /** That takeover is done, or was called off: others may have the processor again. */
  relax(): void;
  /** A deadline was met so much after its time, by however little. */
  late(by: Duration): void;
  /** The machine has undone everything: the process may end. */
  stopped(): void;
}

/** Waking this much later than the armed instant is said in the log: adverts may have been missed meanwhile. */
const NOTEWORTHY_LATENESS: Duration = milliseconds(500);

/**
 * We wake so long before a takeover that a rehearsal fits in, even if others have the processor for some milliseconds;
 * and not so long that a living master with the shortest interval would make us rehearse.
 */
export const REHEARSAL_LEAD: Duration = milliseconds(8);
/** What a rehearsal may take, on a machine that has not thought of us for a while. */
export const REHEARSAL_TIME: Duration = milliseconds(3);
/** So long before a takeover we wake for the last time and begin to hurry. */
export const HURRY_LEAD: Duration = milliseconds(0.5);
/** Within that time we wake so long before each of them: what is known still is fast, but waking takes its time. */
export const AWAKE_LEAD: Duration = milliseconds(1);
/** After a rehearsal, or what came of it, the next takeovers need none: bounds what near deadlines can cost. */
export const REHEARSAL_LASTS: Duration = seconds(1);

/** `I` and `E` are the inputs of the machine and the effects that its world carries out: VRRP's unless said. */
export class Loop<I = Input, E extends { readonly kind: string } = HostEffect, V = Event> {
  readonly #host: World<I, E>;
  readonly #machine: Machine<I, E | Said<V>>;
  readonly #outlets: Outlets<V>;
  readonly #inbox: I[] = [];
  readonly #saturated = new Map<ChannelId, number>();
  #effects: (E | Said<V>)[] = [];
  /** What is still to be said, in the order of decision. */
  readonly #unsaid: Said<V>[] = [];
  #armed: Instant | undefined;
  #rehearsed: Instant | undefined;
  /** So many were waited for without one since. */
  #waits = 0;
  /** The takeover that was prepared for. */
  #readyFor: Instant | undefined;
  /** What whoever takes the outlets was told last about a takeover. */
  #pace: 'usual' | 'prepared' | 'hurried' = 'usual';
  #turning = false;
  /** A turn is already queued behind whatever else Node has to do. */
  #soon = false;
  #again = false;
  #ended = false;

  constructor(host: World<I, E>, machine: Machine<I, E | Said<V>>, outlets: Outlets<V>) {
    this.#host = host;
    this.#machine = machine;
    this.#outlets = outlets;
    host.onWake(() => this.turn());
  }

  /** An input from inside the daemon (start, reload, stop): handled in a turn of its own, at once. */
  offer(input: I): void {
    this.#inbox.push(input);
    this.turn();
  }

  /** After this no turn does anything: the machine has stopped and the host is being closed. */
  end(): void {
    this.#ended = true;
    this.#host.arm(undefined);
  }

  turn(): void {
    if (this.#ended) return;
    if (this.#turning) {
      // Somebody offers from within an outlet: the turn that is under way comes back to it.
      this.#again = true;
      return;
    }
    this.#turning = true;
    try {
      do {
        this.#again = false;
        const { now } = this.#host.moment();
        this.#sayIfLate(now);
        const held = this.#drain();
        this.#offered();
        this.#fire(held, now);
        this.#carryOut();
      } while ((this.#speak() || this.#again || this.#getReady()) && !this.#ended);
      if (!this.#awaitsTakeover) this.#relax();
      if (!this.#ended) this.#arm();
    } finally {
      this.#turning = false;
    }
  }

  #sayIfLate(now: Instant): void {
    if (this.#armed === undefined) return;
    const late = (now - this.#armed) as Duration;
    if (late > 0) this.#outlets.late(late);
    if (late >= NOTEWORTHY_LATENESS)
      this.#outlets.log(
        'warning',
        `This process did not run for ${formatDuration(late)} after a deadline: ` +
          'what waits in its sockets is read before anything is decided',
      );
    this.#armed = undefined;
  }

  readonly #feed = (input: I): void => {
    this.#machine.handle(this.#host.moment(), input, this.#effects);
  };

  /** Step 1. Returns the channels whose unread adverts hold their master-down deadlines in this turn. */
  #drain(): readonly ChannelId[] {
    const full = this.#host.drain(this.#feed);
    if (full.length === 0) {
      if (this.#saturated.size > 0) this.#saturated.clear();
      return full;
    }
    const held: ChannelId[] = [];
    for (const channel of full) {
      const turns = (this.#saturated.get(channel) ?? 0) + 1;
      this.#saturated.set(channel, turns);
      if (turns <= MAX_HELD_TURNS) held.push(channel);
    }
    for (const channel of this.#saturated.keys())
      if (!full.includes(channel)) this.#saturated.delete(channel);
    return held;
  }

  #offered(): void {
    if (this.#inbox.length === 0) return;
    for (let input = this.#inbox.shift(); input; input = this.#inbox.shift()) this.#feed(input);
  }

  /**
   * Step 2. A deadline that stays where it is after a timeout is held: another timeout would change nothing. `read`:
   * what the sockets held then is known. The processor may have been somebody else's ever since.
   */
  #fire(held: readonly ChannelId[], read: Instant): void {
    const timeout: Timeout = { kind: 'timeout', ...(held.length > 0 ? { held } : {}), read };
    for (let n = 0; n < MAX_TIMEOUTS_PER_TURN; n++) {
      const deadline = this.#machine.nextDeadline;
      if (deadline === undefined) return;
      const moment = this.#host.moment();
      if (deadline > moment.now) return;
      if (deadline > read && this.#machine.nextIsTakeover === true) {
        // It came while the sockets were read: who takes over reads them once more, in a turn of its own.
        this.#again = true;
        return;
      }
      this.#machine.handle(moment, timeout, this.#effects);
      if (this.#machine.nextDeadline === deadline) return;
    }
  }

  /**
   * Step 3. What the kernel answers at once is acted on at once: an address that is there is announced in the same
   * turn.
   */
  #carryOut(): void {
    for (let round = 0; round < MAX_ANSWER_ROUNDS && this.#effects.length > 0; round++) {
      const effects = this.#effects;
      this.#effects = [];
      const forHost: E[] = [];
      // The wire and the kernel first: nobody waits for an advert because a log line is written.
      for (const effect of effects) {
        if (isSaid(effect)) this.#unsaid.push(effect);
        else forHost.push(effect);
      }
      if (forHost.length === 0) break;
      this.#host.run(forHost);
      // Of the last round what is answered comes with the next drain: effects must not wait for a wake-up.
      if (round < MAX_ANSWER_ROUNDS - 1) this.#host.answers(this.#feed);
    }
  }

  /**
   * Then log lines and events, in the order of decision, one by one: an advert that becomes due meanwhile does not wait
   * for the rest of them. True: something is due.
   */
  #speak(): boolean {
    let stopped = false;
    let said = 0;
    if (this.#unsaid.length > 0) this.#relax();
    for (const effect of this.#unsaid) {
      if (said > 0 && this.#unsaid.length - said <= MAX_UNSAID && this.#isDue()) break;
      said += 1;
      if (effect.kind === 'log') this.#outlets.log(effect.level, effect.text);
      else if (effect.kind === 'event') this.#outlets.event(effect.event);
      else if (said < this.#unsaid.length) this.#unsaid.push(effect);
      else stopped = true;
    }
    this.#unsaid.splice(0, said);
    if (stopped) this.#outlets.stopped();
    return this.#unsaid.length > 0;
  }

  #isDue(): boolean {
    const deadline = this.#machine.nextDeadline;
    return deadline !== undefined && deadline <= this.#host.moment().now;
  }

  /**
   * A takeover may come after days of sleep, when neither the machine's caches nor the kernel's hold anything of it.
   * So it is rehearsed a moment before; what is left of the time is slept through, in real time where that is admitted,
   * until HURRY_LEAD: who computes meanwhile keeps others from the processor, and whose answers they wait for. Then the
   * sockets are read again and again until the deadline has come, or an advert has moved it. True: take another turn at
   * once.
   */
  #getReady(): boolean {
    const deadline = this.#machine.nextIsTakeover === true ? this.#machine.nextDeadline : undefined;
    if (deadline === undefined) return false;
    const { now } = this.#host.moment();
    const left = deadline - now;
    if (left > REHEARSAL_LEAD) return false;
    if (this.#readyFor === deadline) {
      if (left > HURRY_LEAD) return false;
      if (this.#pace !== 'hurried') {
        this.#pace = 'hurried';
        this.#outlets.hurry();
      }
      // It came while the sockets were read: they are read once more, and then it counts.
      if (left <= 0) this.#readyFor = undefined;
      return true;
    }
    if (left <= 0) return false;
    const isReady = this.#isReady(now);
    if (isReady) {
      if (left > AWAKE_LEAD || this.#waits >= MAX_AWAKE_WAITS) return false;
      this.#waits += 1;
    }
    this.#readyFor = deadline;
    this.#pace = 'prepared';
    this.#outlets.prepare();
    if (isReady || left < REHEARSAL_TIME) return true;
    this.#rehearsed = now;
    this.#waits = 0;
    this.#outlets.rehearse();
    return true;
  }

  /** The next deadline is the takeover that was prepared for. */
  get #awaitsTakeover(): boolean {
    return (
      this.#readyFor !== undefined &&
      this.#machine.nextIsTakeover === true &&
      this.#machine.nextDeadline === this.#readyFor
    );
  }

  #relax(): void {
    if (this.#pace === 'usual') return;
    this.#pace = 'usual';
    this.#outlets.relax();
  }

  #isReady(at: Instant): boolean {
    return this.#rehearsed !== undefined && at < after(this.#rehearsed, REHEARSAL_LASTS);
  }

  readonly #next = (): void => {
    this.#soon = false;
    this.turn();
  };

  /** Step 4. With packets unread or a deadline held, the next turn follows as soon as others had theirs. */
  #arm(): void {
    const deadline = this.#machine.nextDeadline;
    if (this.#saturated.size > 0) {
      this.#host.arm(undefined);
      if (!this.#soon) setImmediate(this.#next);
      this.#soon = true;
      return;
    }
    this.#armed = deadline;
    this.#host.arm(deadline === undefined ? undefined : this.#wakeFor(deadline));
  }

  /** When to wake for a deadline: earlier where there is something to rehearse. */
  #wakeFor(deadline: Instant): Instant {
    if (this.#machine.nextIsTakeover !== true) return deadline;
    const { now } = this.#host.moment();
    const before = (lead: Duration) => (deadline - lead) as Instant;
    if (this.#awaitsTakeover) return before(HURRY_LEAD) > now ? before(HURRY_LEAD) : deadline;
    if (before(REHEARSAL_LEAD) > now && !this.#isReady(deadline)) return before(REHEARSAL_LEAD);
    return before(AWAKE_LEAD) > now && this.#waits < MAX_AWAKE_WAITS ? before(AWAKE_LEAD) : deadline;
  }
}

const isSaid = <E extends { readonly kind: string }, V>(effect: E | Said<V>): effect is Said<V> =>
  effect.kind === 'log' || effect.kind === 'event' || effect.kind === 'stopped';
