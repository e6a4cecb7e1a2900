/**
 * Decides how network namespaces can be had on this machine: as root, or by an ordinary user through a user
 * namespace; and which words util-linux needs for each. What is put into the namespaces is topology.ts's
 * affair. A refusal is a value with the remedy in it: callers skip or explain (DESIGN section 5).
 */
import { spawn } from 'node:child_process';
import { ok, type Result, refuse } from '../base/result.js';

export interface Rights {
  /** `user`: everything lives in a user namespace in which only one user, who looks like root, exists. */
  readonly kind: 'root' | 'user';
}

/** PATH of the tools: an ordinary user's often lacks the sbin directories. */
export const TOOL_PATH = `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`;

const NAMESPACES = ['--net', '--mount', '--uts'];

/** `unshare ...` for the first process: the switch. In the user's case it makes the user namespace as well. */
export const unshareSwitch = (rights: Rights): string[] => [
  'unshare',
  ...(rights.kind === 'user' ? ['--user', '--map-root-user'] : []),
  ...NAMESPACES,
];

/** `unshare ...` for a host: with its own processes too. Those end when the first of them does. */
export const unshareHost = (): string[] => ['unshare', ...NAMESPACES, '--pid', '--fork', '--kill-child'];

/** `nsenter ...` into the user namespace alone, so that what is made there belongs to it. */
export const enterUser = (rights: Rights, pid: number): string[] =>
  rights.kind === 'user' ? ['nsenter', '--target', String(pid), '--user', '--preserve-credentials'] : [];

/** `nsenter ...` into everything that `unshareSwitch` made; `pid` is that process. */
export const enterSwitch = (rights: Rights, pid: number): string[] => [
  'nsenter',
  '--target',
  String(pid),
  ...(rights.kind === 'user' ? ['--user', '--preserve-credentials'] : []),
  '--net',
  '--mount',
  '--uts',
];

/** The same for a host: its `unshare` process stays outside of the process namespace that it made. */
export const enterHost = (rights: Rights, pid: number): string[] => [
  ...enterSwitch(rights, pid),
  `--pid=/proc/${pid}/ns/pid_for_children`,
];

/**
 * Tries it: root's way, then the user's. The error says what stands in the way, in words for the person who
 * wanted to see the demo or ran the tests.
 */
export async function findRights(): Promise<Result<Rights>> {
  const inside = ['--net', '--mount', '--uts', '--pid', '--fork', '--mount-proc', 'mount'];
  const onto = ['-t', 'tmpfs', 'tmpfs', '/run'];
  if (process.getuid?.() === 0) {
    const asRoot = await attempt('unshare', [...inside, ...onto]);
    if (asRoot === undefined) return ok({ kind: 'root' });
  }
  const asUser = await attempt('unshare', ['--user', '--map-root-user', ...inside, ...onto]);
  if (asUser === undefined) return ok({ kind: 'user' });
  return refuse(
    `network namespaces cannot be made here (${asUser}). Run this as root, or allow user namespaces ` +
      '(sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000; on Ubuntu also ' +
      'kernel.apparmor_restrict_unprivileged_userns=0; in a container: start it with --privileged)',
  );
}

/** Undefined on success, else what the command said. */
function attempt(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: TOOL_PATH } });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    child.on('error', () => resolve(`the command "${command}" of util-linux is missing`));
    child.on('close', (code) =>
      resolve(
        code === 0 ? undefined : said.trim().split('\n')[0] || `"${command}" failed with status ${code}`,
      ),
    );
  });
}
