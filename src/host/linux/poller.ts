/**
 * All descriptors of the host in one epoll descriptor, which Node's loop watches: one wake-up whatever became
 * readable, and a drain by hand before deadlines are fired (DESIGN section 3, "receive before expire").
 * It decides nothing about what a handler reads; handlers are bounded by themselves (limits.ts).
 */
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
} from './constants.js';
import { EINTR, required } from './errno.js';
import { closeFd, scratch } from './fd.js';
import {
  allocateArena,
  epollControl,
  epollCreate,
  epollWait,
  type LoopWatch,
  layouts,
  watchOnLoop,
} from './libc.js';

/** Events taken from the kernel at once; the rest stays ready and is taken in the next round. */
const BATCH = 64;
const { size: EVENT_SIZE, at: EVENT } = layouts.epollEvent;

/** One descriptor's place in the poller. Remove it before the descriptor is closed. */
export interface Watch {
  /** Whether readability wakes us and is dispatched; a paused watch stays registered. */
  pause(paused: boolean): void;
  /** From now on this is what counts as ready. */
  turn(direction: Direction): void;
  remove(): void;
  /** In place of `remove`, when the descriptor is closed in the same breath: the kernel forgets it by itself. */
  forget(): void;
}

/** What counts as ready; errors always do. */
export type Direction = 'readable' | 'writable';

/** Called when a descriptor is ready. `failed`: an error waits on it, or the other side has hung up altogether. */
type Ready = (failed: boolean) => void;

const eventsOf = (direction: Direction): number => (direction === 'readable' ? EPOLLIN : EPOLLOUT);

/** Of nothing. */
export const UNWATCHED: Watch = { pause: () => {}, turn: () => {}, remove: () => {}, forget: () => {} };

export class Poller {
  readonly #epoll: number;
  readonly #events = allocateArena(BATCH * EVENT_SIZE);
  /** Keyed by a number of our own, not the descriptor: one that was closed and reused is not taken for it. */
  readonly #entries = new Map<number, Ready>();
  readonly #loop: LoopWatch;
  /** Those that may wait: in an epoll descriptor within ours, which is then not looked at from Node's loop. */
  #patient: { readonly epoll: number; readonly watch: Watch } | undefined;
  #resting = false;
  #nextKey: number;
  #wake: (() => void) | undefined;
  #closed = false;

  /**
   * `firstKey`: an integer below 2^53. Every check of a server takes a key, and a few thousand a second take more than 2^32
   * within ten days. Throws SystemError: only during setup.
   */
  constructor(firstKey = 1) {
    this.#nextKey = firstKey;
    this.#epoll = required(epollCreate(EPOLL_CLOEXEC), 'creating the epoll descriptor');
    this.#loop = watchOnLoop(this.#epoll, () => this.#wake?.());
  }

  /** Called from Node's loop whenever something is readable, again and again until it is read. */
  onWake(wake: () => void): void {
    this.#wake = wake;
  }

  /** `direction` is what counts as ready. `ready` must read or write until nothing is left, within a bound. */
  add(fd: number, ready: Ready, direction: Direction = 'readable'): Watch {
    return this.#add(this.#epoll, fd, ready, direction);
  }

  /** As `add`, of a descriptor that may wait for the next poll() while the poller rests. */
  addPatient(fd: number, ready: Ready): Watch {
    return this.#add(this.#waiting(), fd, ready, 'readable');
  }

  /** Whether patient descriptors wait for the next poll(), which then comes soon. */
  rest(resting: boolean): void {
    if (resting === this.#resting || !this.#patient) return;
    this.#resting = resting;
    this.#patient.watch.pause(resting);
  }

  #waiting(): number {
    if (!this.#patient) {
      const epoll = required(
        epollCreate(EPOLL_CLOEXEC),
        'creating the epoll descriptor of those who may wait',
      );
      // It only wakes: what is ready in it every poll() sees for itself.
      this.#patient = { epoll, watch: this.#add(this.#epoll, epoll, () => {}, 'readable') };
    }
    return this.#patient.epoll;
  }

  #add(epoll: number, fd: number, ready: Ready, direction: Direction): Watch {
    const key = this.#nextKey++;
    let wanted = eventsOf(direction);
    required(this.#control(epoll, EPOLL_CTL_ADD, fd, key, wanted), 'watching a descriptor');
    this.#entries.set(key, ready);
    return {
      pause: (paused) => {
        if (this.#entries.has(key)) this.#control(epoll, EPOLL_CTL_MOD, fd, key, paused ? 0 : wanted);
      },
      turn: (other) => {
        wanted = eventsOf(other);
        if (this.#entries.has(key)) this.#control(epoll, EPOLL_CTL_MOD, fd, key, wanted);
      },
      remove: () => {
        if (this.#entries.delete(key) && !this.#closed) this.#control(epoll, EPOLL_CTL_DEL, fd, key, 0);
      },
      forget: () => {
        this.#entries.delete(key);
      },
    };
  }

  #control(epoll: number, operation: number, fd: number, key: number, events: number): number {
    const { view, address } = scratch;
    view.setUint32(EVENT.events, events, true);
    view.setFloat64(EVENT.data, key, true);
    return epollControl(epoll, operation, fd, address);
  }

  /** Dispatches everything that is ready now, without waiting. What could wait has, and so came first. */
  poll(): void {
    if (this.#patient) this.#dispatch(this.#patient.epoll);
    if (!this.#closed) this.#dispatch(this.#epoll);
  }

  #dispatch(epoll: number): void {
    // Level-triggered: an entry whose handler reached its bound is reported again, so the rounds are bounded.
    const rounds = Math.floor(this.#entries.size / BATCH) + 1;
    for (let round = 0; round < rounds && !this.#closed; round++) {
      const count = epollWait(epoll, this.#events.address, BATCH, 0);
      if (count === -EINTR) continue;
      for (let i = 0; i < count; i++) {
        const { view } = this.#events;
        const key = view.getFloat64(i * EVENT_SIZE + EVENT.data, true);
        const events = view.getUint32(i * EVENT_SIZE + EVENT.events, true);
        this.#entries.get(key)?.((events & (EPOLLERR | EPOLLHUP)) !== 0);
      }
      if (count < BATCH) return;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake = undefined;
    this.#entries.clear();
    this.#loop.stop();
    if (this.#patient) closeFd(this.#patient.epoll);
    closeFd(this.#epoll);
  }
}
