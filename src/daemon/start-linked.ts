/**
 * One process of ours starting another: how it is spawned. It loads nothing but Node's own, because a supervising process
 * does this before all else. How the child knows what it is for is role.ts, what the two then say to each other link.ts.
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { startProcess } from '../host/start-process.js';
import { LINK_FD, type LinkedRole, ROLE_VARIABLE, startDirectory } from './role.js';
import { REAL_TIME_REQUESTS, SIGNAL_NUMBERS } from './signals.js';

/**
 * Starts this program again in `role`. Real-time signals kill a Node process that has not yet loaded what handles them, and
 * signals that are ignored stay ignored over exec: where this process does not ignore them any more, a shell goes first.
 * Never throws: what cannot be started has an 'error' in the next turn, whatever the kernel's reason.
 */
export function startLinked(
  role: LinkedRole,
  argv: readonly string[],
  stdio: 'inherit' | 'ignore',
): ChildProcess {
  const numbers = REAL_TIME_REQUESTS.map((request) => SIGNAL_NUMBERS[request]);
  // The bundle or the single modules: whichever we were started from.
  const [, boot = ''] = process.argv;
  const words = [...process.execArgv, boot, ...argv];
  const options: SpawnOptions = {
    stdio: [stdio === 'ignore' ? 'ignore' : 'inherit', stdio, stdio, 'pipe'],
    cwd: startDirectory,
    detached: role === 'daemon',
    env: { ...process.env, [ROLE_VARIABLE]: role },
  };
  if (ignores(numbers)) return startProcess(process.execPath, words, options);
  const script = `trap '' ${numbers.join(' ')}; exec "$@"`;
  return startProcess('/bin/sh', ['-c', script, process.title, process.execPath, ...words], options);
}

/** What we talk to it over. Undefined where it could not be started: without free descriptors it has no streams at all. */
export function linkOf(child: ChildProcess): Socket | undefined {
  const stream = (child.stdio as ChildProcess['stdio'] | undefined)?.[LINK_FD];
  return stream instanceof Socket ? stream : undefined;
}

/** Node empties the pipes of a child that has ended where nobody listens: what it said is left to who will. */
export function keepUnread(child: ChildProcess): void {
  linkOf(child)?.on('readable', () => {});
}

/** Whether this process ignores all of these signals. */
function ignores(numbers: readonly number[]): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    const ignored = BigInt(`0x${mask}`);
    return numbers.every((number) => (ignored >> BigInt(number - 1)) & 1n);
  } catch {
    return false;
  }
}
