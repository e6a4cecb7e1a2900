/**
 * Work of a thread that nobody waits for yet: at a lower priority, and twice, for what ran once runs in a fraction of the
 * time. When somebody does wait for the thread, it goes on with the priority that it had, and is content with once. What the
 * work is is configuration-thread.ts's, and when it begins reading-thread.ts's.
 */
import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** The nice value of such work. */
const AHEAD_NICE = 10;

/** Places in the memory that loop and thread share. */
const WANTED = 0;
/** The kernel's number of the thread while it is nice; 0: it is not. */
const THREAD = 1;
/** Its nice value otherwise. */
const NICE = 2;

export const sharedMemory = (): Int32Array => new Int32Array(new SharedArrayBuffer(3 * 4));

/** The loop's side: from now on somebody waits for the thread, until `nobodyWaits`. */
export function somebodyWaits(memory: Int32Array): void {
  Atomics.store(memory, WANTED, 1);
  const thread = Atomics.load(memory, THREAD);
  if (thread !== 0) tryPriority(Atomics.load(memory, NICE), thread);
}

export function nobodyWaits(memory: Int32Array): void {
  Atomics.store(memory, WANTED, 0);
}

/** The thread's side. */
export function ahead<T>(memory: Int32Array, work: () => T): T {
  const wanted = (): boolean => Atomics.load(memory, WANTED) === 1;
  const nice = getPriority();
  Atomics.store(memory, NICE, nice);
  Atomics.store(memory, THREAD, ownNumber());
  try {
    if (nice < AHEAD_NICE && !wanted()) setPriority(AHEAD_NICE);
    // It may have come between.
    if (wanted()) tryPriority(nice);
    const first = work();
    return wanted() ? first : work();
  } finally {
    Atomics.store(memory, THREAD, 0);
    tryPriority(nice);
  }
}

/** Back again is a privilege; who lacks it stays nice. Of ourselves, or of a thread by its number. */
function tryPriority(nice: number, thread = 0): void {
  try {
    setPriority(thread, nice);
  } catch {
    // This reading, and later ones, are slower on a busy machine.
  }
}

/** 0 where /proc does not tell. */
function ownNumber(): number {
  try {
    return Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0] ?? 0);
  } catch {
    return 0;
  }
}
