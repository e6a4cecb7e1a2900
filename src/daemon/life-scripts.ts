/**
 * `startup_script` and `shutdown_script`: one before anything else begins, one after everything else has ended, each
 * waited for within its timeout (directives-global section 3.3). Nothing runs beside them, so they are started right
 * here and not by the script runner. How a run ended is only said: it decides nothing.
 */
import type { ChildProcess } from 'node:child_process';
import type { Duration } from '../base/time.js';
import { formatDuration } from '../base/time.js';
import type { Command } from '../config/model.js';
import type { LogLevel } from '../core/effects.js';
import {
  resolveIdentity,
  resolveProgram,
  scriptEnvironment,
  startFailure,
  withAllGroups,
} from '../host/script-command.js';
import { startProcess } from '../host/start-process.js';

/** After SIGTERM at the timeout: SIGKILL, once more SIGKILL, and then it is left to itself. */
const STEPS_MS = [2000, 2000, 10_000] as const;

/** Resolves when it has ended, or when nobody waits for it any longer. */
export async function runLifeScript(
  what: 'startup_script' | 'shutdown_script',
  command: Command,
  timeout: Duration,
  log: (level: LogLevel, text: string) => void,
): Promise<void> {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const environment = scriptEnvironment(process.env);
  const program = resolveProgram(command.argv[0], environment);
  const identity = resolveIdentity(command, own);
  const refused = !program.ok ? program.error : !identity.ok ? identity.error : undefined;
  if (refused || !program.ok || !identity.ok) {
    log('error', `${what} cannot run: ${refused?.message}`);
    return;
  }
  const argv = [program.value, ...command.argv.slice(1)];
  const whom = identity.value;
  const [file = '', ...args] = command.supplementaryGroups && whom ? withAllGroups(whom, argv) : argv;
  log('info', `Running ${what} ${command.argv.join(' ')}`);
  await new Promise<void>((done) => {
    const child = startProcess(file, args, {
      cwd: '/',
      detached: true,
      env: environment,
      stdio: 'ignore',
      ...(command.supplementaryGroups ? {} : whom),
    });
    const end = endWithin(child, timeout, (text) => {
      log('error', `${what} ${text}`);
      done();
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(end.timer);
      log('error', `${what} cannot run: ${startFailure(error.code ?? 'EINVAL', file, command.user).message}`);
      done();
    });
    child.once('exit', (code, signal) => {
      clearTimeout(end.timer);
      const late = end.late ? `, ${formatDuration(timeout)} were too short for it` : '';
      if (code === 0) log('info', `${what} has ended${late}`);
      else log('warning', `${what} ended with ${signal ?? `exit code ${code}`}${late}`);
      done();
    });
  });
}

function endWithin(
  child: ChildProcess,
  timeout: Duration,
  givenUp: (text: string) => void,
): { timer: NodeJS.Timeout; late: boolean } {
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Its whole group is gone, which is what was wanted.
    }
  };
  const [toKill, toKillAgain, toLeave] = STEPS_MS;
  const end = {
    late: false,
    timer: setTimeout(() => {
      end.late = true;
      signal('SIGTERM');
      end.timer = setTimeout(() => {
        signal('SIGKILL');
        end.timer = setTimeout(() => {
          signal('SIGKILL');
          end.timer = setTimeout(
            () => givenUp('does not end, even when it is killed: going on without it'),
            toLeave,
          );
        }, toKillAgain);
      }, toKill);
    }, timeout / 1000),
  };
  return end;
}

/** Milliseconds that a run may take altogether: for whoever waits for us. */
export const longestRun = (timeout: Duration): number => timeout / 1000 + STEPS_MS.reduce((a, b) => a + b, 0);
