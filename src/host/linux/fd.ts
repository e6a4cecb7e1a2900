/**
 * Descriptors: opened close-on-exec and non-blocking without exception, so that no script inherits one and
 * nothing on the loop blocks (DESIGN rule 11 and section 5). Failures are errnos negated, as in libc.ts.
 */
import { readdirSync } from 'node:fs';
import {
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  O_CLOEXEC,
  O_NONBLOCK,
  SO_BINDTODEVICE,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from './constants.js';
import { ENOENT, required, SystemError } from './errno.js';
import {
  type Arena,
  allocateArena,
  close,
  fcntl,
  getsockopt,
  interfaceName,
  type Outcome,
  pipe,
  setsockopt,
  socket,
} from './libc.js';

/** For arguments of a few bytes that live during one call only. */
export const scratch: Arena = allocateArena(512);

/** A non-blocking socket that no child inherits. */
export const openSocket = (domain: number, type: number, protocol: number): Outcome =>
  socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

/** Closes; an error would only say that the descriptor is gone, which is what was wanted. */
export function closeFd(fd: number): void {
  close(fd);
}

/** Both ends of a new pipe, inherited by nobody. Throws SystemError where there are no descriptors left. */
export function openPipe(): { readonly readEnd: number; readonly writeEnd: number } {
  required(pipe(scratch.address, O_CLOEXEC), 'making a pipe');
  return { readEnd: scratch.view.getInt32(0, true), writeEnd: scratch.view.getInt32(4, true) };
}

export function setIntOption(fd: number, level: number, name: number, value: number): Outcome {
  scratch.view.setInt32(0, value, true);
  return setsockopt(fd, level, name, scratch.address, 4);
}

/** Its value, or an errno negated. */
export function getIntOption(fd: number, level: number, name: number): number {
  scratch.view.setInt32(8, 4, true);
  const outcome = getsockopt(fd, level, name, scratch.address, scratch.address + 8);
  return outcome < 0 ? outcome : scratch.view.getInt32(0, true);
}

/** `bytes` at most 256. */
export function setBytesOption(fd: number, level: number, name: number, bytes: Uint8Array): Outcome {
  scratch.bytes.set(bytes, 0);
  return setsockopt(fd, level, name, scratch.address, bytes.length);
}

/** Binds by name, since binding by index needs Linux 5.0; the name is looked up in the same breath. */
export function bindToInterface(fd: number, interfaceIndex: number): Outcome {
  scratch.bytes.fill(0, 0, 16);
  const named = interfaceName(interfaceIndex, scratch.address);
  return named < 0 ? named : setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, scratch.address, 16);
}

/** Binds by name; what is longer than a name can be is no device. */
export function bindToDevice(fd: number, name: string): Outcome {
  scratch.bytes.fill(0, 0, 16);
  scratch.bytes.set(Buffer.from(name, 'latin1').subarray(0, 15), 0);
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, scratch.address, 16);
}

/** The error that waits on a socket, positive, or 0; reading it takes it away. An errno negated where it fails. */
export function takeSocketError(fd: number): Outcome {
  scratch.view.setInt32(4, 4, true);
  const asked = getsockopt(fd, SOL_SOCKET, SO_ERROR, scratch.address, scratch.address + 4);
  return asked < 0 ? asked : scratch.view.getInt32(0, true);
}

/**
 * Descriptors that whoever started us left open behind standard error: no script shall have them either. Throws SystemError
 * where nobody can tell which they are.
 */
export function closeInheritedOnExec(): void {
  for (const name of ownDescriptors()) if (Number(name) > 2) closeOnExec(Number(name));
}

function ownDescriptors(): readonly string[] {
  try {
    return readdirSync('/proc/self/fd');
  } catch (error) {
    const errno = error instanceof Error && 'errno' in error ? Number(error.errno) : ENOENT;
    throw new SystemError(errno, 'reading /proc/self/fd, which needs /proc to be mounted');
  }
}

/** Reading and writing by this end of a pipe never waits; the other end is not touched. */
export const neverWait = (fd: number): Outcome => fcntl(fd, F_SETFL, O_NONBLOCK);

/** For a descriptor that was handed to us: those that we open ourselves are born so. */
export const closeOnExec = (fd: number): Outcome => fcntl(fd, F_SETFD, FD_CLOEXEC);
