/**
 * The one timer of the loop: a timerfd on the poller, armed with the absolute monotonic instant. Measured
 * (docs/internals/host.md) it wakes within tens of microseconds where setTimeout is early or late by a
 * millisecond, and arming costs one system call. DESIGN rules 3 and 4.
 */
import type { Instant } from '../../base/time.js';
import { CLOCK_MONOTONIC, TFD_CLOEXEC, TFD_NONBLOCK, TFD_TIMER_ABSTIME } from './constants.js';
import { required } from './errno.js';
import { closeFd } from './fd.js';
import { allocateArena, layouts, read, timerfdCreate, timerfdSet } from './libc.js';
import type { Poller, Watch } from './poller.js';

const { size: TIMESPEC, at } = layouts.timespec;

export class Timer {
  readonly #fd: number;
  readonly #watch: Watch;
  /** struct itimerspec: interval (always zero) and value; behind it eight bytes to read expirations into. */
  readonly #area = allocateArena(2 * TIMESPEC + 8);
  readonly #tell: (() => void) | undefined;
  #armed: Instant | undefined;

  /** `expired` is called from the poller when it has come. Throws SystemError: only during setup. */
  constructor(poller: Poller, expired?: () => void) {
    this.#tell = expired;
    this.#fd = required(timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), 'creating the timer');
    this.#watch = poller.add(this.#fd, () => this.#expired());
  }

  #expired(): void {
    read(this.#fd, this.#area.address + 2 * TIMESPEC, 8);
    this.#armed = undefined;
    this.#tell?.();
  }

  /** Wakes the poller at `deadline`, at once when that is past; undefined disarms. */
  arm(deadline: Instant | undefined): void {
    if (deadline === this.#armed) return;
    this.#armed = deadline;
    const { view, address } = this.#area;
    // A zero value would disarm, so the earliest instant that can be asked for is one nanosecond after boot.
    const seconds = deadline === undefined ? 0 : Math.floor(Math.max(deadline, 0) / 1_000_000);
    const rest = deadline === undefined ? 0 : Math.max(deadline, 0) - seconds * 1_000_000;
    view.setBigInt64(TIMESPEC + at.seconds, BigInt(seconds), true);
    view.setBigInt64(
      TIMESPEC + at.nanoseconds,
      BigInt(deadline === undefined ? 0 : Math.max(rest * 1000, seconds === 0 ? 1 : 0)),
      true,
    );
    timerfdSet(this.#fd, TFD_TIMER_ABSTIME, address, 0);
  }

  close(): void {
    this.#watch.remove();
    closeFd(this.#fd);
  }
}
