/**
 * The delay before VRRP begins (vrrp_startup_delay, vrrp_delay_after_boot: the longer one counts). While it runs
 * adverts are thrown away, and timers count from its end; a reload moves the end, but never begins a delay.
 * Runtime reference section 5. What an instance does meanwhile is decided by its transition table.
 */
import { after, type Duration, formatDuration, type Instant, ZERO } from '../base/time.js';
import type { GlobalSettings } from '../config/model.js';
import type { Deadline, Deadlines } from './deadlines.js';
import type { Outbox } from './outbox.js';

export class StartupDelay {
  /** When the daemon started, and how long the machine had been up by then. */
  #started = 0 as Instant;
  #uptime: Duration | undefined;
  #ends: Instant | undefined;
  readonly #deadline: Deadline;

  constructor(
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
  ) {
    this.#deadline = { what: 'startup delay', periodic: false, fire: () => this.#end() };
  }

  /** By the clock, not by its deadline: who was stalled over its end hears what waited in the sockets before that fires. */
  get running(): boolean {
    return this.#ends !== undefined && this.outbox.now < this.#ends;
  }

  /** The daemon starts now; `uptime` of the machine, where it is known. */
  begin(globals: GlobalSettings, uptime: Duration | undefined): void {
    this.#started = this.outbox.now;
    this.#uptime = uptime;
    const length = this.#lengthOf(globals);
    if (length <= 0) return;
    this.#ends = after(this.#started, length);
    this.deadlines.arm(this.#deadline, this.#ends);
    this.outbox.log('notice', `VRRP begins in ${formatDuration(length)}: adverts are ignored until then`);
  }

  /** From when a timer counts that is armed now. */
  get base(): Instant {
    const { now } = this.outbox;
    return this.#ends !== undefined && this.#ends > now ? this.#ends : now;
  }

  /** A new configuration: by how much the end of a running delay moves, and timers with it. */
  reconfigure(globals: GlobalSettings): Duration {
    if (this.#ends === undefined || !this.running) return 0 as Duration;
    const { now } = this.outbox;
    const ends = Math.max(now, after(this.#started, this.#lengthOf(globals))) as Instant;
    const moved = (ends - this.#ends) as Duration;
    if (moved === 0) return moved;
    this.#ends = ends;
    if (ends === now) this.#end();
    else {
      this.deadlines.arm(this.#deadline, ends);
      const left = formatDuration((ends - now) as Duration);
      this.outbox.log('notice', `VRRP begins in ${left} from now: the startup delay was changed`);
    }
    return moved;
  }

  #lengthOf({ startupDelay = ZERO, delayAfterBoot = ZERO }: GlobalSettings): Duration {
    const sinceBoot = this.#uptime === undefined ? 0 : delayAfterBoot - this.#uptime;
    return Math.max(startupDelay, sinceBoot, 0) as Duration;
  }

  #end(): void {
    this.#ends = undefined;
    this.deadlines.disarm(this.#deadline);
    this.outbox.log('notice', 'the startup delay is over: adverts count from now on');
  }
}
