/**
 * One process of ours starting another: how it is spawned, and how the child knows what it is for. It loads nothing but
 * Node's own, because a supervising process does this before all else. What the two then say to each other is link.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { REAL_TIME_REQUESTS, SIGNAL_NUMBERS } from './signals.js';

/** The descriptor on which a child finds its parent. */
export const LINK_FD = 3;
/** Names the role to the child; taken out of its environment at once, so that scripts do not see it. */
export const ROLE_VARIABLE = 'HOLDFAST_ROLE';

/**
 * `daemon`: started by a launcher that wants to leave. `worker`: started by a supervisor that stays; `successor`: in
 * the place of a worker that died; `lvs`: the load balancer's process of a daemon, which talks otherwise (lvs/talk.ts).
 */
export type LinkedRole = 'daemon' | 'worker' | 'successor' | 'lvs';

/** Where a person started us: a child shall understand relative paths as they were meant. */
const startDirectory = process.cwd();

/**
 * Starts this program again in `role`. A shell goes first because signals that are ignored stay ignored
 * over exec: real-time signals kill a Node process that has not yet loaded what handles them. Of `nodeOptions` the last
 * word counts: what this process itself was started with comes before.
 */
export function startLinked(
  role: LinkedRole,
  argv: readonly string[],
  stdio: 'inherit' | 'ignore',
  nodeOptions: readonly string[] = [],
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
      ...nodeOptions,
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

/** Reads and removes the role from the environment; undefined for a process that a person started. */
export function takeRole(environment: NodeJS.ProcessEnv): LinkedRole | undefined {
  const role = environment[ROLE_VARIABLE];
  delete environment[ROLE_VARIABLE];
  return role === 'daemon' || role === 'worker' || role === 'successor' || role === 'lvs' ? role : undefined;
}
