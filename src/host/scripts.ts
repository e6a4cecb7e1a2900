/**
 * Check and notify scripts, seen from the daemon: each run is a line to the script runner (script-runner.ts), each
 * outcome a line back. It starts the runner, and again when it dies, and says what then became of the scripts.
 * DESIGN rule 11: nothing forks on the packet loop.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MAX_RUNNER_RESTARTS } from '../base/limits.js';
import type { Effect } from '../core/effects.js';
import type { Input, ScriptOutcome } from '../core/inputs.js';
import { type FromRunner, LineSplitter, type RunScript, type ToRunner } from './script-protocol.js';

type RunCheck = Extract<Effect, { kind: 'run-check' }>;
type RunNotify = Extract<Effect, { kind: 'run-notify' }>;

/** One small heap and no compiler threads: the runner does little, and forks faster the less it maps. */
const RUNNER_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64', '--v8-pool-size=0'];
const RUNNER = fileURLToPath(new URL('./script-runner.js', import.meta.url));

export class Scripts {
  readonly #push: (input: Input) => void;
  readonly #warn: (text: string) => void;
  /** How the outcome of a run becomes an input, by the run's number. */
  readonly #waiting = new Map<number, (outcome: ScriptOutcome) => Input>();
  readonly #checks = new Map<string, number>();
  #runner: ChildProcess | undefined;
  #restarts = 0;
  #nextId = 1;
  #closed = false;

  constructor(push: (input: Input) => void, warn: (text: string) => void) {
    this.#push = push;
    this.#warn = warn;
  }

  /** The runner's process id while there is one, for dumps and tests. */
  get runnerPid(): number | undefined {
    return this.#runner?.pid;
  }

  /** Starts the runner before it is needed; without this the first script starts it. */
  prepare(): void {
    if (this.#runner || this.#closed) return;
    const runner = spawn(process.execPath, [...RUNNER_FLAGS, RUNNER], {
      cwd: '/',
      // Out of our session: a terminal's ^C is not for it.
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#runner = runner;
    const lines = new LineSplitter();
    runner.stdout?.setEncoding('utf8');
    runner.stdout?.on('data', (chunk: string) => {
      for (const line of lines.take(chunk)) this.#finished(JSON.parse(line) as FromRunner);
    });
    // A write to a runner that has just died: its end is reported by `exit`.
    runner.stdin?.on('error', () => {});
    runner.stdout?.on('error', () => {});
    runner.once('error', (error) => this.#ended(runner, error.message));
    runner.once('exit', (code, signal) => this.#ended(runner, signal ?? `exit code ${code}`));
  }

  #ended(runner: ChildProcess, how: string): void {
    if (this.#runner !== runner) return;
    this.#runner = undefined;
    if (this.#closed) return;
    this.#restarts += 1;
    this.#warn(`the script runner has ended (${how}); ${this.#waiting.size} scripts were running`);
    const error = {
      code: 'ERUNNER',
      message: `the script runner ended (${how}) while the script was running`,
    };
    for (const toInput of [...this.#waiting.values()]) this.#push(toInput({ kind: 'failed', error }));
    this.#waiting.clear();
    this.#checks.clear();
  }

  #finished({ id, outcome }: FromRunner): void {
    const toInput = this.#waiting.get(id);
    if (!toInput) return;
    this.#waiting.delete(id);
    this.#restarts = 0;
    this.#push(toInput(outcome));
  }

  /** One run; a run of the same script that has not answered is forgotten and killed. */
  check({ script, command, timeout }: RunCheck): void {
    this.#forget(script);
    const id = this.#start(
      {
        argv: command.argv,
        ...(command.user !== undefined ? { user: command.user } : {}),
        ...(command.group !== undefined ? { group: command.group } : {}),
        key: script,
        timeout: Math.ceil(timeout / 1000),
        dependent: true,
      },
      (outcome) => ({ kind: 'check-finished', script, outcome }),
    );
    if (id !== undefined) this.#checks.set(script, id);
  }

  /** SIGTERM to its group, SIGKILL later; no answer comes. */
  cancel(script: string): void {
    if (this.#forget(script)) this.#tell({ type: 'cancel', key: script });
  }

  notify({ run, command }: RunNotify): void {
    this.#start(
      {
        argv: command.argv,
        ...(command.user !== undefined ? { user: command.user } : {}),
        ...(command.group !== undefined ? { group: command.group } : {}),
        dependent: false,
      },
      (outcome) => ({ kind: 'notify-finished', run, outcome }),
    );
  }

  #forget(script: string): boolean {
    const id = this.#checks.get(script);
    this.#checks.delete(script);
    return id !== undefined && this.#waiting.delete(id);
  }

  #start(
    script: Omit<RunScript, 'type' | 'id'>,
    toInput: (outcome: ScriptOutcome) => Input,
  ): number | undefined {
    if (this.#restarts > MAX_RUNNER_RESTARTS) {
      const message = 'the script runner died again and again; see the log, and restart holdfast';
      this.#push(toInput({ kind: 'failed', error: { code: 'ERUNNER', message } }));
      return undefined;
    }
    this.prepare();
    const id = this.#nextId++;
    this.#waiting.set(id, toInput);
    this.#tell({ type: 'run', id, ...script });
    return id;
  }

  #tell(message: ToRunner): void {
    this.#runner?.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** Ends the checks; notify scripts that still run are left to finish. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    const runner = this.#runner;
    runner?.stdin?.end();
    // Nothing of it keeps our loop alive, however long a notify script takes.
    runner?.stdout?.destroy();
    runner?.unref();
  }
}
