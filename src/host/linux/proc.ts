/**
 * Small files of /proc, read whole in three calls: the kernel makes them up while they are read, so nothing waits
 * on a disk. What they say of a process is parsed here; who matters is decided in ../process-table.ts.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { O_CLOEXEC, O_RDONLY } from './constants.js';
import { closeFd } from './fd.js';
import { allocateArena, open, read } from './libc.js';

/** Command lines beyond this are compared by their beginning only. */
const SIZE = 4096;
const area = allocateArena(SIZE);

/** As latin1, at most 4096 bytes; undefined where the process is gone or closed to us. */
function readProc(path: string): string | undefined {
  const fd = open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return undefined;
  const size = read(fd, area.address, SIZE);
  closeFd(fd);
  return size < 0 ? undefined : Buffer.from(area.bytes.subarray(0, size)).toString('latin1');
}

/** The command name (15 bytes at most) of a process that runs; undefined for none and for zombies. */
export function commandName(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // `PID (NAME) STATE ...`: a name may itself hold parentheses and blanks.
  const end = stat.lastIndexOf(')');
  const state = stat[end + 2];
  return end < 0 || state === 'Z' || state === 'X' ? undefined : stat.slice(stat.indexOf('(') + 1, end);
}

/** When a process started, in ticks since boot, zombies too; undefined where there is none of that number. */
export function startTime(pid: number): number | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  // Behind the name come the third field and the rest; this is the twenty-second.
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return started === undefined ? undefined : Number(started);
}

/** The words of the command line; empty for kernel threads. */
export function commandLine(pid: number): string[] {
  const text = readProc(`/proc/${pid}/cmdline`) ?? '';
  return text === '' ? [] : (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
}

/** The effective capabilities of this process as a bit mask; undefined where /proc does not tell. */
export function effectiveCapabilities(): bigint | undefined {
  const mask = /^CapEff:\t([0-9a-f]+)$/m.exec(readProc('/proc/self/status') ?? '')?.[1];
  return mask === undefined ? undefined : BigInt(`0x${mask}`);
}

/** capabilities(7) */
const CAP_SYS_NICE = 1n << 23n;
/** The first user namespace maps every number to itself. */
const EVERYBODY = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * Whether this process may go back to a nice value (-20 to 19) after it has been nicer: setpriority(2) wants CAP_SYS_NICE of
 * the first user namespace for that, or a limit that allows it.
 */
export function mayBeNice(nice: number): boolean {
  const limit = Number(/^Max nice priority\s+(\d+)/m.exec(readProc('/proc/self/limits') ?? '')?.[1] ?? 0);
  if (20 - nice <= limit) return true;
  const rights = effectiveCapabilities() ?? 0n;
  return (rights & CAP_SYS_NICE) !== 0n && EVERYBODY.test(readProc('/proc/self/uid_map') ?? '');
}

/** Whether this number names a process and not one of its further threads: /proc answers for those too. */
export function isProcess(pid: number): boolean {
  return readProc(`/proc/${pid}/status`)?.includes(`\nTgid:\t${pid}\n`) ?? false;
}

/** The number that was last given to a process or thread in our PID namespace; undefined where it is not told. */
export function lastPid(): number | undefined {
  const last = Number(readProc('/proc/loadavg')?.trim().split(' ').at(-1));
  return Number.isSafeInteger(last) && last > 0 ? last : undefined;
}

/** Gives ourselves the name that we have: seen from outside, an event of the process connector. */
export function renameSelf(): void {
  const name = readProc('/proc/self/comm');
  if (name === undefined) return;
  const fd = openSync('/proc/self/comm', 'w');
  writeSync(fd, name.trimEnd());
  closeSync(fd);
}
