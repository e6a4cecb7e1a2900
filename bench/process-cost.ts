// What a running daemon costs: processor time and memory of a process and all its descendants, as the kernel
// accounts for them. Reading costs the daemon nothing. Deciding when to read is left to the cases.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** The process and everything below it, parents first. */
export function processTree(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readOrEmpty(`/proc/${entry}/stat`);
    // The name in parentheses may hold anything: the fields are counted from the last parenthesis.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found = [pid];
  for (let at = 0; at < found.length; at += 1) found.push(...(children.get(found[at] ?? 0) ?? []));
  return found;
}

/**
 * Processor time used so far, in nanoseconds, by all threads of the given processes, in user and kernel mode.
 * schedstat has nanoseconds; /proc/PID/stat, used where that is missing, has hundredths of a second.
 */
export function processorTime(pids: readonly number[]): bigint {
  let total = 0n;
  for (const pid of pids) {
    for (const thread of listOrEmpty(`/proc/${pid}/task`)) {
      const [onProcessor] = readOrEmpty(`/proc/${pid}/task/${thread}/schedstat`).split(' ');
      if (onProcessor !== undefined && onProcessor !== '') {
        total += BigInt(onProcessor);
        continue;
      }
      const stat = readOrEmpty(`/proc/${pid}/task/${thread}/stat`);
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      total += BigInt(Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10_000_000n;
    }
  }
  return total;
}

export interface Memory {
  /** KiB: every page that is mapped and present, shared ones counted whole. */
  readonly resident: number;
  /** KiB: shared pages divided among those who share them. */
  readonly proportional: number;
}

export function memoryOf(pids: readonly number[]): Memory {
  let resident = 0;
  let proportional = 0;
  for (const pid of pids) {
    const rollup = readOrEmpty(`/proc/${pid}/smaps_rollup`);
    resident += Number(/^Rss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
    proportional += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return { resident, proportional };
}

/** What each daemon with all its processes used of one core during the next `milliseconds`, in per cent. */
export async function sharesOfCore(
  pids: readonly number[],
  milliseconds: number,
): Promise<readonly number[]> {
  const trees = pids.map(processTree);
  const [began, before] = [performance.now(), trees.map(processorTime)];
  await wait(milliseconds);
  const [ended, after] = [performance.now(), trees.map(processorTime)];
  return after.map((total, index) => (Number(total - (before[index] ?? 0n)) / 1e6 / (ended - began)) * 100);
}

/** A process may end between the listing and the reading. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function listOrEmpty(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
