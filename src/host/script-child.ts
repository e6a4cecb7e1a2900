/**
 * Starting a script and hearing of its end. Whoever runs as we do is started by posix_spawn, which copies nothing; who
 * runs as somebody else by Node's fork, for only between fork and exec a child can become another user. Who runs, and
 * what an end means, is decided in script-runner.ts. Runs in the script runner's process.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { WNOHANG } from './linux/constants.js';
import { errnoSymbol } from './linux/errno.js';
import { allocateArena, waitpid } from './linux/libc.js';
import { Spawner } from './linux/spawn.js';
import type { Identity } from './script-command.js';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildListener {
  /** It did not start: the symbol of an errno. Nothing else comes. */
  refused(code: string): void;
  ended(ending: Ending): void;
}

const status = allocateArena(8);
const signals = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

export class ScriptChildren {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #spawner: Spawner;
  /** Those that nobody else reaps. */
  readonly #own = new Map<number, ChildListener>();

  /** Throws SystemError: only during setup. */
  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
    this.#spawner = new Spawner(environment);
    process.on('SIGCHLD', () => this.#reap());
  }

  /** Its process number, which is that of its group, too; undefined: refused, now or in a moment. */
  start(
    argv: readonly [string, ...string[]],
    output: number,
    identity: Identity | undefined,
    listener: ChildListener,
  ): number | undefined {
    return identity === undefined
      ? this.#spawn(argv, output, listener)
      : this.#fork(argv, output, identity, listener);
  }

  #spawn(argv: readonly [string, ...string[]], output: number, listener: ChildListener): number | undefined {
    const pid = this.#spawner.spawn(argv[0], argv, output);
    if (pid < 0) {
      listener.refused(errnoSymbol(pid));
      return undefined;
    }
    this.#own.set(pid, listener);
    return pid;
  }

  #reap(): void {
    for (const [pid, listener] of this.#own) {
      const reaped = waitpid(pid, status.address, WNOHANG);
      // It lives.
      if (reaped === 0) continue;
      this.#own.delete(pid);
      // Its end is ours to ask for: were it taken by somebody else, then nobody knows that it went well.
      const word = reaped < 0 ? 0xff00 : status.view.getInt32(0, true);
      const signal = word & 0x7f;
      listener.ended(
        signal === 0
          ? { code: (word >> 8) & 0xff, signal: null }
          : { code: null, signal: signals.get(signal) ?? 'SIGKILL' },
      );
    }
  }

  #fork(
    [file, ...args]: readonly [string, ...string[]],
    output: number,
    identity: Identity,
    listener: ChildListener,
  ): number | undefined {
    let child: ReturnType<typeof spawn>;
    try {
      child = spawn(file, args, {
        cwd: '/',
        detached: true,
        env: this.#environment,
        stdio: ['ignore', output, output],
        ...identity,
      });
    } catch (error) {
      listener.refused(error instanceof Error && 'code' in error ? String(error.code) : 'EINVAL');
      return undefined;
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) listener.refused(error.code ?? 'EINVAL');
    });
    child.once('exit', (code, signal) => listener.ended({ code, signal }));
    return child.pid;
  }
}
