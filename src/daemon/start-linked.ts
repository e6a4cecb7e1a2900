/**
 * One process of ours starting another: how it is spawned. It loads nothing but Node's own, because a supervising process
 * does this before all else. How the child knows what it is for is role.ts, what the two then say to each other link.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type LinkedRole, ROLE_VARIABLE, startDirectory } from './role.js';
import { REAL_TIME_REQUESTS, SIGNAL_NUMBERS } from './signals.js';

/**
 * Starts this program again in `role`. A shell goes first because signals that are ignored stay ignored
 * over exec: real-time signals kill a Node process that has not yet loaded what handles them.
 */
export function startLinked(
  role: LinkedRole,
  argv: readonly string[],
  stdio: 'inherit' | 'ignore',
): ChildProcess {
  const numbers = REAL_TIME_REQUESTS.map((request) => SIGNAL_NUMBERS[request]).join(' ');
  // The bundle or the single modules: whichever we were started from.
  const [, boot = ''] = process.argv;
  return spawn(
    '/bin/sh',
    [
      '-c',
      `trap '' ${numbers}; exec "$@"`,
      process.title,
      process.execPath,
      ...process.execArgv,
      boot,
      ...argv,
    ],
    {
      stdio: [stdio === 'ignore' ? 'ignore' : 'inherit', stdio, stdio, 'pipe'],
      cwd: startDirectory,
      detached: role === 'daemon',
      env: { ...process.env, [ROLE_VARIABLE]: role },
    },
  );
}
