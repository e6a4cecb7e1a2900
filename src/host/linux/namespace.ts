/**
 * Network namespaces. setns and unshare move the calling thread only, and Node's pool of threads exists from
 * the start: so the daemon enters its namespace before it opens anything, and nothing that needs the namespace
 * runs on the pool (DESIGN section 5). A child process is born where the calling thread is.
 */
import { ok, type Result, refuse } from '../../base/result.js';
import type { Failure } from '../../core/inputs.js';
import { CLONE_NEWNET, O_CLOEXEC, O_RDONLY } from './constants.js';
import { failureOf, required } from './errno.js';
import { closeFd } from './fd.js';
import { open, setns, unshare } from './libc.js';

const OWN = '/proc/thread-self/ns/net';

/** A descriptor. `name` as in `ip netns` (below /run/netns), or a path such as /proc/1/ns/net. */
export function openNetworkNamespace(name: string): Result<number, Failure> {
  const path = name.includes('/') ? name : `/run/netns/${name}`;
  const fd = open(path, O_RDONLY | O_CLOEXEC, 0);
  return fd < 0 ? refuse(failureOf(fd, `opening the network namespace ${path}`)) : ok(fd);
}

/**
 * For good. `name` as in `ip netns` (below /run/netns), or a path such as /proc/1/ns/net. The descriptor is of the
 * namespace that was left.
 */
export function enterNetworkNamespace(name: string): Result<number, Failure> {
  const fd = openNetworkNamespace(name);
  if (!fd.ok) return fd;
  const left = open(OWN, O_RDONLY | O_CLOEXEC, 0);
  const moved = left < 0 ? left : setns(fd.value, CLONE_NEWNET);
  closeFd(fd.value);
  if (moved >= 0) return ok(left);
  if (left >= 0) closeFd(left);
  return refuse(failureOf(moved, `entering the network namespace ${name}`));
}

/**
 * A new, empty network namespace, without entering it: a descriptor that keeps it alive (close it with closeFd)
 * and can be written into rtnetlink requests. Needs CAP_SYS_ADMIN in the user namespace.
 */
export function createNetworkNamespace(): Result<number, Failure> {
  const own = open(OWN, O_RDONLY | O_CLOEXEC, 0);
  if (own < 0) return refuse(failureOf(own, `opening ${OWN}`));
  const made = unshare(CLONE_NEWNET);
  const fd = made < 0 ? made : open(OWN, O_RDONLY | O_CLOEXEC, 0);
  if (made >= 0) required(setns(own, CLONE_NEWNET), 'returning from a new network namespace');
  closeFd(own);
  return fd < 0 ? refuse(failureOf(fd, 'making a network namespace')) : ok(fd);
}

/**
 * Runs `body`, which must not await, with this thread inside the namespace behind the descriptor: sockets that it
 * opens and children that it spawns belong there for good. Throws SystemError where the way in or out is barred.
 */
export function withNetworkNamespace<T>(fd: number, body: () => T): T {
  const own = required(open(OWN, O_RDONLY | O_CLOEXEC, 0), `opening ${OWN}`);
  try {
    required(setns(fd, CLONE_NEWNET), 'entering a network namespace');
    try {
      return body();
    } finally {
      required(setns(own, CLONE_NEWNET), 'leaving a network namespace');
    }
  } finally {
    closeFd(own);
  }
}
