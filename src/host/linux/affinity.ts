/**
 * On which processors the calling thread may run, sched_setaffinity(2). Threads and processes that it starts
 * afterwards inherit that. Which processors those shall be is the caller's to decide.
 */
import { type Arena, allocateArena, type Outcome, schedGetAffinity, schedSetAffinity } from './libc.js';

/** Bytes of a set: 1024 processors, as the C library has it. */
const SET_SIZE = 128;
const set: Arena = allocateArena(SET_SIZE);

/** Numbers in ascending order, or an errno negated: EINVAL from a kernel for more processors than a set holds. */
export function processorsOfThread(): number[] | number {
  const outcome = schedGetAffinity(0, SET_SIZE, set.address);
  if (outcome < 0) return outcome;
  const out: number[] = [];
  for (let cpu = 0; cpu < SET_SIZE * 8; cpu++)
    if (((set.bytes[cpu >> 3] ?? 0) >> (cpu & 7)) & 1) out.push(cpu);
  return out;
}

/** Numbers 0..1023. EINVAL: none of them is there, or a cpuset forbids them all. */
export function runThreadOn(processors: readonly number[]): Outcome {
  set.bytes.fill(0);
  for (const cpu of processors) set.bytes[cpu >> 3] = (set.bytes[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  return schedSetAffinity(0, SET_SIZE, set.address);
}
