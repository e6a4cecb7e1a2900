/**
 * Following processes without the connector: the end of each one that counts is told by its pidfd at once; starts
 * are found by looking at the process numbers given out since the last look (/proc/loadavg names the newest), and
 * what is young is looked at again, for it may still exec. A sweep of /proc now and then finds what slipped by.
 * Cost grows with what starts, not with what runs (DESIGN rule 10; measured in docs/internals/host.md).
 */
import { readdir } from 'node:fs/promises';
import { MAX_NEW_PROCESSES, MAX_PIDFDS, MAX_YOUNG_PROCESSES } from '../base/limits.js';
import { SYS_PIDFD_OPEN } from './linux/constants.js';
import { closeFd } from './linux/fd.js';
import { syscall } from './linux/libc.js';
import type { Poller, Watch } from './linux/poller.js';
import { lastPid } from './linux/proc.js';

const TICK_MS = 50;
/** How long a new process counts as young; it is looked at again at 1, 2, 4, 8, 16 and 32 ticks. */
const YOUNG_TICKS = 32;
/** Ticks after which a new number that nobody has is taken to be one whose process has ended. */
const GONE_FOR_GOOD = 2;
const SWEEP_TICKS = 100;
/** Where /proc/loadavg does not tell the newest number, sweeps are all there is. */
const BLIND_SWEEP_TICKS = 10;
/** Known processes that a sweep looks at again, in turn. */
const SWEEP_SLICE = 128;
const CHUNK = 64;

/** A process as it was seen: it counts for some tracker, or for none, or there is none. */
export type Sight = 'counts' | 'passes' | 'gone';

export interface ScanListener {
  /** Looks at a process. */
  examine(pid: number): Sight;
  ended(pid: number): void;
  /** A round of looking is over. */
  settled(): void;
}

interface Followed {
  readonly fd: number;
  readonly watch: Watch;
}

/** Calls `visit` for every process, a chunk per turn of the loop; false from `going` stops it. */
export async function sweepProcesses(
  visit: (pids: readonly number[]) => void,
  going: () => boolean,
): Promise<void> {
  const names = await readdir('/proc');
  const pids = names.map(Number).filter((pid) => pid > 0);
  for (let at = 0; at < pids.length; at += CHUNK) {
    if (!going()) return;
    visit(pids.slice(at, at + CHUNK));
    await new Promise((next) => setImmediate(next));
  }
}

export class ProcessScan {
  readonly #poller: Poller;
  readonly #listener: ScanListener;
  readonly #followed = new Map<number, Followed>();
  /** Those that count and have no pidfd (an old kernel, too many): they are asked at every tick whether they still live. */
  readonly #unfollowed = new Set<number>();
  /** The age of each young process, in ticks. */
  readonly #young = new Map<number, number>();
  readonly #known = new Set<number>();
  #newest: number | undefined = lastPid();
  #ticks = 0;
  #cursor = 0;
  #sweeping: Promise<void> | undefined;
  #blind: boolean;
  #closed = false;
  readonly #timer: NodeJS.Timeout;

  constructor(poller: Poller, listener: ScanListener) {
    this.#poller = poller;
    this.#listener = listener;
    this.#blind = this.#newest === undefined;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Watches for the end of a process that counts; called again for one that is followed already, it does nothing. */
  follow(pid: number): void {
    if (this.#followed.has(pid)) return;
    const fd = this.#followed.size < MAX_PIDFDS ? syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0) : -1;
    if (fd < 0) {
      this.#unfollowed.add(pid);
      return;
    }
    this.#unfollowed.delete(pid);
    const watch = this.#poller.add(fd, () => {
      this.#unfollow(pid);
      this.#listener.ended(pid);
      this.#listener.settled();
    });
    this.#followed.set(pid, { fd, watch });
    // The number may have been given to somebody else between the look and the descriptor.
    this.#listener.examine(pid);
  }

  #unfollow(pid: number): void {
    this.#unfollowed.delete(pid);
    const followed = this.#followed.get(pid);
    if (!followed) return;
    this.#followed.delete(pid);
    followed.watch.remove();
    closeFd(followed.fd);
  }

  #look(pid: number): void {
    const sight = this.#listener.examine(pid);
    if (sight === 'counts') this.follow(pid);
    else this.#unfollow(pid);
    // Whoever is gone will not exec any more. A number is given out a moment before its process can be seen, though.
    if (sight === 'gone' && (this.#young.get(pid) ?? 0) > GONE_FOR_GOOD) this.#young.delete(pid);
  }

  #tick(): void {
    this.#ticks += 1;
    this.#lookAtNew();
    for (const [pid, age] of this.#young) {
      if (age >= YOUNG_TICKS) this.#young.delete(pid);
      else this.#young.set(pid, age + 1);
      if ((age & (age - 1)) === 0) this.#look(pid);
    }
    for (const pid of this.#unfollowed) this.#look(pid);
    this.#listener.settled();
    if (this.#ticks % (this.#blind ? BLIND_SWEEP_TICKS : SWEEP_TICKS) === 0) this.#sweepNow();
  }

  /** The numbers handed out since the last look, around the end of the range where it wrapped. */
  #lookAtNew(): void {
    const before = this.#newest;
    const newest = lastPid();
    this.#newest = newest;
    if (before === undefined || newest === undefined || newest === before) return;
    if (newest < before || newest - before > MAX_NEW_PROCESSES) {
      this.#sweepNow();
      return;
    }
    for (let pid = before + 1; pid <= newest; pid++) this.#greet(pid);
  }

  #greet(pid: number): void {
    this.#known.add(pid);
    if (this.#young.size < MAX_YOUNG_PROCESSES) this.#young.set(pid, 1);
    this.#look(pid);
  }

  #sweepNow(): void {
    if (!this.#sweeping) void this.sweep(false);
  }

  /** Looks at everything, or at what is not known yet and some of what is; after the sweep that is under way. */
  async sweep(everything: boolean): Promise<void> {
    while (this.#sweeping) await this.#sweeping;
    this.#sweeping = this.#sweep(everything).finally(() => {
      this.#sweeping = undefined;
    });
    await this.#sweeping;
  }

  async #sweep(everything: boolean): Promise<void> {
    const before = [...this.#known];
    const alive = new Set<number>();
    const from = this.#cursor;
    let missed = 0;
    let position = 0;
    const visit = (pids: readonly number[]): void => {
      // Numbers given out between the last tick and the listing are no surprise.
      if (position === 0) this.#lookAtNew();
      for (const pid of pids) {
        alive.add(pid);
        const inSlice = position >= from && position < from + SWEEP_SLICE;
        position += 1;
        if (everything) {
          this.#known.add(pid);
          this.#look(pid);
        } else if (!this.#known.has(pid)) {
          missed += 1;
          this.#greet(pid);
        } else if (inSlice) this.#look(pid);
      }
    };
    // Where /proc is not mounted nothing can be counted; the next sweep tries again.
    await sweepProcesses(visit, () => !this.#closed).catch(() => {});
    if (this.#closed) return;
    this.#cursor = from + SWEEP_SLICE >= position ? 0 : from + SWEEP_SLICE;
    for (const pid of before) if (!alive.has(pid)) this.#known.delete(pid);
    this.#blind = this.#newest === undefined || missed > 0;
    this.#listener.settled();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const pid of [...this.#followed.keys()]) this.#unfollow(pid);
  }
}
