/**
 * Whether Node's inspector may be open: it listens, on a socket that nobody gave us. Looking for one costs less than a
 * hundredth of loading what can tell for certain, which every process of ours would do at its start. It loads nothing but
 * Node's own (DESIGN section 4).
 */
import { fstatSync, readdirSync } from 'node:fs';
import { LINK_FD } from './role.js';

/** `own`: sockets that this process has made by now. True also where it cannot be told. */
export function inspectorMayBeOpen(own: number): boolean {
  try {
    const descriptors = readdirSync('/proc/self/fd').map(Number);
    return descriptors.filter((fd) => fd > LINK_FD && isSocket(fd)).length > own;
  } catch {
    return true;
  }
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    // The one that the folder itself was read by.
    return false;
  }
}
