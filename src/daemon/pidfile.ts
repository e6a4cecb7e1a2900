/**
 * PID files where Keepalived has them, with its locks, so that the two cannot run at once by accident (runtime
 * reference section 4). Newer Keepalived holds an OFD write lock for as long as it lives, older ones only leave
 * their number: both are recognised, and both recognise us.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ok, type Result, refuse } from '../base/result.js';
import { lockFile } from '../host/linux/lock.js';

export const PID_DIRECTORY = '/run/keepalived';

export type PidFileRefusal =
  /** Somebody runs already: Keepalived ends with 0 then, and so do we. */
  | { readonly kind: 'running'; readonly text: string }
  /** We may not: another user could. */
  | { readonly kind: 'forbidden'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string };

/**
 * /run/keepalived.pid; with a namespace or an instance name, or where use_pid_dir asks for it,
 * /run/keepalived/keepalived[_NAMESPACE][_INSTANCE].pid.
 */
export function defaultPidFile(
  role: 'keepalived' | 'vrrp' | 'checkers' | 'bfd',
  namespace: string | undefined,
  instance: string | undefined,
  usePidDirectory = false,
): string {
  if (namespace === undefined && instance === undefined && !usePidDirectory) return `/run/${role}.pid`;
  const suffix = [namespace, instance].map((part) => (part === undefined ? '' : `_${part}`)).join('');
  return `${PID_DIRECTORY}/${role}${suffix}.pid`;
}

export class PidFile {
  private constructor(
    readonly path: string,
    readonly fd: number,
  ) {}

  /** Creates or takes over the file, locks it and writes `pid`; the lock lasts until `remove` or our death. */
  static acquire(path: string, pid: number): Result<PidFile, PidFileRefusal> {
    try {
      return acquire(path, pid, (fd) => new PidFile(path, fd));
    } catch (error) {
      return refuse(refusalOf(error, `The PID file ${path} cannot be written`));
    }
  }

  /** Only what is still ours is removed: somebody may have put another file there. */
  remove(): void {
    try {
      if (isSameFile(this.path, this.fd)) unlinkSync(this.path);
    } catch {
      // It is gone already, which is what was wanted.
    }
    closeSync(this.fd);
  }
}

function acquire<T>(path: string, pid: number, made: (fd: number) => T): Result<T, PidFileRefusal> {
  if (dirname(path) === PID_DIRECTORY) {
    // With our umask it would be a directory that nobody may enter.
    const before = process.umask(0o022);
    try {
      mkdirSync(PID_DIRECTORY, { recursive: true, mode: 0o755 });
    } finally {
      process.umask(before);
    }
  }
  // Whoever had the lock may have removed the file between our open and our lock: then it is not the file at
  // the path any more, and we begin again.
  for (let attempt = 0; attempt < 10; attempt++) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
    const locked = lockFile(fd);
    if (!locked.ok) {
      closeSync(fd);
      const { code, message: text } = locked.error;
      return code === 'EAGAIN' || code === 'EACCES'
        ? refuse({ kind: 'running', text: `daemon is already running: it holds the lock of ${path}` })
        : refuse({ kind: 'failed', text: `The PID file ${path} cannot be locked: ${text}` });
    }
    if (!isSameFile(path, fd)) {
      closeSync(fd);
      continue;
    }
    const other = readPid(fd);
    if (other !== undefined && other !== pid && isDaemon(other)) {
      closeSync(fd);
      return refuse({
        kind: 'running',
        text: `daemon is already running: ${path} names process ${other}, which is alive`,
      });
    }
    try {
      ftruncateSync(fd, 0);
      writeSync(fd, `${pid}\n`, 0);
      // The umask is narrow; this file is for everybody to read.
      fchmodSync(fd, 0o644);
    } catch (error) {
      // On a full disk a file can be made and not be written: an empty one would name nobody.
      unlinkSync(path);
      closeSync(fd);
      throw error;
    }
    return ok(made(fd));
  }
  return refuse({ kind: 'failed', text: `The PID file ${path} keeps being replaced` });
}

function isSameFile(path: string, fd: number): boolean {
  const ours = fstatSync(fd);
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

function readPid(fd: number): number | undefined {
  const buffer = Buffer.alloc(16);
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  const digits = /^([1-9][0-9]*)\s*$/.exec(buffer.toString('latin1', 0, length))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A number alone proves little: after a crash some other program may have it by now. */
function isDaemon(pid: number): boolean {
  try {
    const name = readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
    return name.startsWith('keepalived') || name.startsWith('holdfast');
  } catch {
    return false;
  }
}

/** What a failed system call means for the start. */
export function refusalOf(error: unknown, what: string): PidFileRefusal {
  const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EPERM' ? { kind: 'forbidden', text } : { kind: 'failed', text };
}
