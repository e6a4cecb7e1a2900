/**
 * Open-file-description locks, as Keepalived takes on its PID files: the lock belongs to the descriptor and
 * goes when the process dies, however it dies (DESIGN section 4; runtime reference section 4).
 */
import type { Result } from '../../base/result.js';
import { ok, refuse } from '../../base/result.js';
import type { Failure } from '../../core/inputs.js';
import { F_OFD_SETLK, F_WRLCK, SEEK_SET } from './constants.js';
import { failureOf } from './errno.js';
import { scratch } from './fd.js';
import { fcntl, layouts } from './libc.js';

/** Write-locks the whole file behind `fd`, opened for writing; EAGAIN or EACCES: somebody else holds it. */
export function lockFile(fd: number): Result<void, Failure> {
  const { size, at } = layouts.flock;
  scratch.bytes.fill(0, 0, size);
  scratch.view.setInt16(at.type, F_WRLCK, true);
  scratch.view.setInt16(at.whence, SEEK_SET, true);
  const outcome = fcntl(fd, F_OFD_SETLK, scratch.address);
  return outcome < 0 ? refuse(failureOf(outcome, 'locking')) : ok(undefined);
}
