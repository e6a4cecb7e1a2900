/**
 * The run directory: ours alone (mode 0700), locked before anything that a dead daemon left in it is removed
 * (DESIGN section 4). Where it is, is decided in admin/socket-path.ts.
 */
import { chmodSync, closeSync, constants, lstatSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SOCKET_NAME } from '../admin/socket-path.js';
import { MAX_SOCKET_PATH } from '../base/limits.js';
import { ok, type Result, refuse } from '../base/result.js';
import { lockFile } from '../host/linux/lock.js';
import { type PidFileRefusal, refusalOf } from './pidfile.js';

export class RunDirectory {
  private constructor(
    readonly path: string,
    readonly lock: number,
  ) {}

  get socket(): string {
    return join(this.path, SOCKET_NAME);
  }

  /** What a daemon changed of the kernel's settings, for the one after it. */
  get sysctlMemory(): string {
    return join(this.path, 'sysctls.json');
  }

  /** Which of the daemon's check scripts run, for the one after it. */
  get scriptMemory(): string {
    return join(this.path, 'scripts');
  }

  /** Makes the directory if need be, takes its lock, and clears away a stale socket. */
  static open(path: string): Result<RunDirectory, PidFileRefusal> {
    const socket = join(path, SOCKET_NAME);
    if (Buffer.byteLength(socket) > MAX_SOCKET_PATH)
      return refuse({
        kind: 'failed',
        text: `The run directory ${path} is too deep: a socket's path may have ${MAX_SOCKET_PATH} bytes`,
      });
    try {
      // With a umask of 0177 a directory made along the way could not be entered by its own maker.
      const before = process.umask(0o022);
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
        mkdirSync(path, { recursive: true, mode: 0o700 });
      } finally {
        process.umask(before);
      }
      const found = lstatSync(path);
      if (!found.isDirectory())
        return refuse({ kind: 'failed', text: `The run directory ${path} is not a directory` });
      const self = process.geteuid?.() ?? 0;
      if (found.uid !== self)
        return refuse({
          kind: 'failed',
          text: `The run directory ${path} belongs to user ${found.uid}, not to us (${self})`,
        });
      chmodSync(path, 0o700);
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
      const lock = openSync(join(path, 'lock'), flags, 0o600);
      const locked = lockFile(lock);
      if (!locked.ok) {
        closeSync(lock);
        if (locked.error.code !== 'EAGAIN' && locked.error.code !== 'EACCES')
          return refuse({ kind: 'failed', text: `${path}/lock cannot be locked: ${locked.error.message}` });
        return refuse({ kind: 'running', text: `daemon is already running: it holds the lock of ${path}` });
      }
      rmSync(socket, { force: true });
      return ok(new RunDirectory(path, lock));
    } catch (error) {
      return refuse(refusalOf(error, `The run directory ${path} cannot be used`));
    }
  }

  /** Leaves the directory and its lock file: removing a lock file would let two daemons hold "the" lock. */
  close(): void {
    rmSync(this.socket, { force: true });
    closeSync(this.lock);
  }
}
