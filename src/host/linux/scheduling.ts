/**
 * How the kernel schedules the calling thread, and how long it may compute in real time: sched_setscheduler(2),
 * setrlimit(2). Threads and processes that it starts are scheduled as usual; the limit they inherit, and it means
 * nothing to them. When which is wanted is decided elsewhere (daemon/realtime.ts).
 */
import type { Duration } from '../../base/time.js';
import {
  allocateArena,
  getResourceLimit,
  type Outcome,
  schedSetScheduler,
  setResourceLimit,
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
