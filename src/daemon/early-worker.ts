/**
 * The worker of a supervising process is started before that process loads what it needs itself: two starts of Node then
 * go on side by side. It decides whether there will be a worker at all, and keeps how one ended that nobody watched yet.
 * It loads nothing but Node's own and the table of options (DESIGN section 4).
 */
import type { ChildProcess } from 'node:child_process';
import { type DaemonOptions, parseArguments } from './args.js';
import { ROLE_VARIABLE } from './role.js';

export interface EarlyWorker {
  readonly child: ChildProcess;
  /** Why it could not be started. */
  readonly failure: Error | undefined;
}

/** Undefined: this process will be no supervisor. The environment is left as it is. */
export async function startWorkerEarly(
  programName: string,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<EarlyWorker | undefined> {
  if (programName === 'genhash') return undefined;
  const parsed = parseArguments(argv);
  if (!parsed.ok || parsed.value.kind !== 'run') return undefined;
  const { options } = parsed.value;
  if (isMistyped(programName, options) || !supervises(options, environment)) return undefined;
  const { keepUnread, startLinked } = await import('./start-linked.js');
  const child = startLinked('worker', argv, 'inherit');
  keepUnread(child);
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  return {
    child,
    get failure() {
      return failure;
    },
  };
}

/** Keepalived only remarks on stray words; under its name so do we. Under ours it is likelier a mistyped command. */
export const isMistyped = (programName: string, { strayArguments }: DaemonOptions): boolean =>
  strayArguments.length > 0 && programName !== 'keepalived';

/** A first process that stays in the foreground watches over a worker, unless told not to or watched over itself. */
function supervises(options: DaemonOptions, environment: NodeJS.ProcessEnv): boolean {
  const role = environment[ROLE_VARIABLE];
  const isFirst = role === undefined ? options.foreground : role === 'daemon';
  return isFirst && options.respawn && (environment['NOTIFY_SOCKET'] ?? '') === '';
}
