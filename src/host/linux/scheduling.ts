/**
 * How the kernel schedules the calling thread, and how long it may compute in real time: sched_setscheduler(2),
 * sched_setattr(2), setrlimit(2). Threads and processes that it starts are scheduled as usual; the limit they inherit, and it means
 * nothing to them. When which is wanted is decided elsewhere (daemon/realtime.ts).
 */
import { getPriority } from 'node:os';
import type { Duration } from '../../base/time.js';
import {
  allocateArena,
  getResourceLimit,
  type Outcome,
  schedSetScheduler,
  setResourceLimit,
  syscall,
} from './libc.js';

const SCHED_OTHER = 0;
const SCHED_RR = 2;
/** What it starts does not inherit that. */
const SCHED_RESET_ON_FORK = 0x40000000;
const RLIMIT_RTTIME = 15;

const parameter = allocateArena(4);
const limit = allocateArena(16);

/** 1..99, round robin. EPERM: without CAP_SYS_NICE and beyond RLIMIT_RTPRIO. */
export function runInRealTime(priority: number): Outcome {
  return schedule(SCHED_RR | SCHED_RESET_ON_FORK, priority);
}
export const runAsUsual = (): Outcome => schedule(SCHED_OTHER, 0);

/** sched_setattr, which C libraries before glibc 2.41 do not wrap. */
const SET_ATTRIBUTES: Readonly<Partial<Record<NodeJS.Architecture, number>>> = {
  x64: 314,
  arm64: 274,
  riscv64: 274,
  loong64: 274,
  ppc64: 355,
};
const SCHED_FLAG_RESET_ON_FORK = 1n;
/** struct sched_attr as its first version was. */
const ATTRIBUTES_SIZE = 48;
const attributes = allocateArena(ATTRIBUTES_SIZE);
/** The shortest that Linux grants, in nanoseconds. */
const SHORT_SLICE = 100_000n;

/**
 * As usual, with the same share of the processor as everybody and the same nice value, but in short slices: since Linux
 * 6.12 whoever asks for those is preferred when it wakes, because it gives the processor back soon. Anybody may ask.
 * An older kernel ignores the wish.
 */
export const runInShortSlices = (): Outcome => runInSlices(SHORT_SLICE);

/**
 * The same in the slices that everybody has. Who runs in short ones is interrupted after each by whoever waits: that is
 * not wanted of somebody who has to do something without a pause.
 */
export const runInUsualSlices = (): Outcome => runInSlices(0n);

function runInSlices(slice: bigint): Outcome {
  const number = SET_ATTRIBUTES[process.arch];
  if (number === undefined) return runAsUsual();
  const { view, address } = attributes;
  const nice = getPriority();
  view.setUint32(0, ATTRIBUTES_SIZE, true);
  view.setUint32(4, SCHED_OTHER, true);
  // The flag would also take from a script the good nice value with which the whole daemon was started.
  view.setBigUint64(8, nice < 0 ? 0n : SCHED_FLAG_RESET_ON_FORK, true);
  view.setInt32(16, nice, true);
  view.setBigUint64(24, slice, true);
  return syscall(number, 0, address, 0, 0) < 0 ? runAsUsual() : 0;
}

function schedule(policy: number, priority: number): Outcome {
  parameter.view.setInt32(0, priority, true);
  return schedSetScheduler(0, policy, parameter.address);
}

const INFINITE = 2n ** 64n - 1n;

/**
 * RLIMIT_RTTIME, the soft one: SIGXCPU after so much processor time without a pause, and again every second;
 * undefined: never. The hard one, at which the kernel kills, stays: once lowered only CAP_SYS_RESOURCE lifts it.
 */
export function warnOfRealTime(after: Duration | undefined): Outcome {
  const known = getResourceLimit(RLIMIT_RTTIME, limit.address);
  if (known < 0) return known;
  const most = limit.view.getBigUint64(8, true);
  const wanted = after === undefined ? INFINITE : BigInt(after);
  limit.view.setBigUint64(0, wanted < most ? wanted : most, true);
  return setResourceLimit(RLIMIT_RTTIME, limit.address);
}

/** Undefined where there is none, or the kernel does not tell. */
export function realTimeWarning(): Duration | undefined {
  if (getResourceLimit(RLIMIT_RTTIME, limit.address) < 0) return undefined;
  const value = limit.view.getBigUint64(0, true);
  return value === INFINITE ? undefined : (Number(value) as Duration);
}
