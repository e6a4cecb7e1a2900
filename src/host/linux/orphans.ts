/**
 * Collecting dead children that Node does not know: PID 1 inherits every orphan of its namespace. Which numbers
 * those are is the caller's to find out; Node's own children must not be among them.
 */
import { WNOHANG } from './constants.js';
import { waitpid } from './libc.js';

/** Collects one child if it has died; anything else, also a number that is no child of ours, is left alone. */
export function reapChild(pid: number): void {
  waitpid(pid, 0, WNOHANG);
}
