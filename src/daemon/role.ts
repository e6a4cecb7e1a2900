/**
 * What a process of ours is for, and from where: said by who started it, in its environment, and read once. It loads
 * nothing, since every process needs it first. Who starts whom is start-linked.ts.
 */

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
export const startDirectory = ((): string => {
  try {
    return process.cwd();
  } catch {
    // It was removed under the feet of who stands in it.
    return '/';
  }
})();

/** Reads and removes the role from the environment; undefined for a process that a person started. */
export function takeRole(environment: NodeJS.ProcessEnv): LinkedRole | undefined {
  const role = environment[ROLE_VARIABLE];
  delete environment[ROLE_VARIABLE];
  return role === 'daemon' || role === 'worker' || role === 'successor' || role === 'lvs' ? role : undefined;
}
