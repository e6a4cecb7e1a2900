/**
 * What an errno means: its symbol for programs, a sentence part for people, with the remedy where we know one.
 * Symbols are Node's; the sentences are ours where the kernel's own says too little (DESIGN rule 8).
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { Failure } from '../../core/inputs.js';

const symbols = new Map<number, string>();
// EWOULDBLOCK and EOPNOTSUPP share numbers with EAGAIN and ENOTSUP; the names people know come first.
const PREFERRED = new Set(['EAGAIN', 'EOPNOTSUPP']);
for (const [name, number] of Object.entries(constants.errno)) {
  if (!symbols.has(number) || PREFERRED.has(name)) symbols.set(number, name);
}

const SENTENCES: Readonly<Record<string, string>> = {
  EPERM: 'not permitted; run as root, or with CAP_NET_ADMIN and CAP_NET_RAW',
  EACCES: 'permission denied',
  ENODEV: 'there is no such device',
  ENXIO: 'there is no such device',
  ENOENT: 'no such file or directory',
  ENETDOWN: 'the interface is down',
  ENETUNREACH: 'no route to that network',
  EHOSTUNREACH: 'no route to that host',
  EADDRNOTAVAIL: 'the address is not on this machine',
  EEXIST: 'it exists already',
  ENOBUFS: "the kernel's buffer is full",
  EAFNOSUPPORT: 'this kernel does not have the address family',
  EPROTONOSUPPORT: 'this kernel does not have the protocol',
  EMFILE: 'too many open descriptors; raise LimitNOFILE or ulimit -n',
  ENFILE: 'too many open descriptors on this machine; raise fs.file-max',
  ENOSPC: 'a limit of the kernel is reached; for inotify raise fs.inotify.max_user_watches',
};

/** `ENODEV` for 19; `E4711` for a number nobody knows. */
export const errnoSymbol = (errno: number): string => symbols.get(Math.abs(errno)) ?? `E${Math.abs(errno)}`;

/** A sentence part, without capital and full stop. */
export function errnoText(errno: number): string {
  const symbol = errnoSymbol(errno);
  return SENTENCES[symbol] ?? getSystemErrorMap().get(-Math.abs(errno))?.[1] ?? `error ${Math.abs(errno)}`;
}

/** `what` says what was tried: "binding to eth0". Accepts the number with either sign. */
export const failureOf = (errno: number, what: string): Failure => ({
  code: errnoSymbol(errno),
  message: `${what}: ${errnoText(errno)}`,
});

const of = (name: keyof typeof constants.errno): number => constants.errno[name];
export const EPERM = of('EPERM');
export const E2BIG = of('E2BIG');
export const ENOENT = of('ENOENT');
export const ESRCH = of('ESRCH');
export const EINTR = of('EINTR');
export const EAGAIN = of('EAGAIN');
export const EACCES = of('EACCES');
export const ENODEV = of('ENODEV');
export const EINVAL = of('EINVAL');
export const ENOBUFS = of('ENOBUFS');
export const ENOMEM = of('ENOMEM');
export const EBUSY = of('EBUSY');
export const EEXIST = of('EEXIST');
export const EADDRINUSE = of('EADDRINUSE');
export const EADDRNOTAVAIL = of('EADDRNOTAVAIL');
export const EMSGSIZE = of('EMSGSIZE');
export const ENETDOWN = of('ENETDOWN');
export const EOPNOTSUPP = of('EOPNOTSUPP');
export const ECONNREFUSED = of('ECONNREFUSED');
export const ECONNRESET = of('ECONNRESET');
export const ECONNABORTED = of('ECONNABORTED');
export const EHOSTUNREACH = of('EHOSTUNREACH');
export const ENETUNREACH = of('ENETUNREACH');
export const EINPROGRESS = of('EINPROGRESS');
export const ETIMEDOUT = of('ETIMEDOUT');

/** Thrown only while the host is being set up, where there is nobody yet to take an input; see createHost. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly failure: Failure;

  constructor(errno: number, what: string) {
    const failure = failureOf(errno, what);
    super(failure.message);
    this.failure = failure;
  }
}

/** The outcome of a call that has to succeed during setup; throws SystemError. */
export function required(outcome: number, what: string): number {
  if (outcome < 0) throw new SystemError(outcome, what);
  return outcome;
}
