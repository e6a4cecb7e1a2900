/**
 * Check and notify scripts, seen from the daemon: each run is a line to the script runner (script-runner.ts), each
 * outcome a line back. It starts the runner, and again when it dies, and says what then became of the scripts.
 * DESIGN rule 11: nothing forks on the packet loop.
 */
import type { ChildProcess } from 'node:child_process';
import { getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MAX_RUNNER_RESTARTS, MAX_TIMER_MS, RUNNER_REST_MS } from '../base/limits.js';
import type { Command } from '../config/model.js';
import type { Effect } from '../core/effects.js';
import type { Failure, Input, ScriptOutcome } from '../core/inputs.js';
import { realTimeWarning } from './linux/scheduling.js';
import { ScriptLedger } from './script-ledger.js';
import {
  type FifoOutcome,
  type FromRunner,
  LineSplitter,
  type MakeFifo,
  type RunScript,
  type ToRunner,
} from './script-protocol.js';
import { startProcess } from './start-process.js';

type RunCheck = Extract<Effect, { kind: 'run-check' }>;
type RunNotify = Extract<Effect, { kind: 'run-notify' }>;

/** One small heap and no compiler threads: the runner does little, and forks faster the less it maps. */
const RUNNER_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64', '--v8-pool-size=0'];
const RUNNER = fileURLToPath(new URL('./script-runner.js', import.meta.url));

type Answer = Partial<{ readonly outcome: ScriptOutcome; readonly fifo: FifoOutcome }>;

/** Scripts run as the daemon was started, not as vrrp_priority and vrrp_rlimit_rttime make it. */
const AS_AT_START = [getPriority(), realTimeWarning() ?? ''].map(String);

export class Scripts {
  readonly #push: (input: Input) => void;
  readonly #warn: (text: string) => void;
  /** Who waits for what the runner answers, by the number of the request. */
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #checks = new Map<string, number>();
  #runner: ChildProcess | undefined;
  #restarts = 0;
  #nextId = 1;
  #requests = '';
  readonly #restMs: number;
  /** Until then no runner is started, since several in a row did not live; by performance.now(). */
  #restsUntil = 0;
  #closed = false;
  readonly #ledger: ScriptLedger | undefined;

  /**
   * `memory`: the file that lets checks be ended whose runner was killed; without one they then go on. `restMs`: how long
   * no runner is started after several in a row did not live.
   */
  constructor(
    push: (input: Input) => void,
    warn: (text: string) => void,
    memory?: string,
    restMs = RUNNER_REST_MS,
  ) {
    this.#push = push;
    this.#warn = warn;
    this.#restMs = restMs;
    if (memory !== undefined) this.#ledger = new ScriptLedger(memory, warn);
  }

  /** The runner's process id while there is one, for dumps and tests. */
  get runnerPid(): number | undefined {
    return this.#runner?.pid;
  }

  /** Starts the runner before it is needed; without this the first script starts it. */
  prepare(): void {
    if (this.#runner || this.#closed) return;
    const runner = startProcess(process.execPath, [...RUNNER_FLAGS, RUNNER, ...AS_AT_START], {
      cwd: '/',
      // Out of our session: a terminal's ^C is not for it.
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit', this.#ledger?.fd ?? 'ignore'],
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
    this.#ledger?.endAll();
    this.#restarts += 1;
    const rests = this.#restarts > MAX_RUNNER_RESTARTS;
    if (rests) this.#restsUntil = performance.now() + this.#restMs;
    this.#warn(
      `the script runner has ended (${how}); ${this.#waiting.size} scripts were running${rests ? `; since it does not live here, the next one is started in ${this.#restMs / 1000} s, and scripts fail until then` : ''}`,
    );
    const error = {
      code: 'ERUNNER',
      message: `the script runner ended (${how}) while the script was running`,
    };
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#checks.clear();
    for (const take of waiting) take(failing(error));
  }

  #finished(answer: FromRunner): void {
    if ('remark' in answer) {
      this.#warn(answer.remark);
      return;
    }
    const take = this.#waiting.get(answer.id);
    if (!take) return;
    this.#waiting.delete(answer.id);
    this.#restarts = 0;
    this.#restsUntil = 0;
    take(answer);
  }

  /** One run; a run of the same script that has not answered is forgotten and killed. */
  check({ script, command, timeout }: RunCheck): void {
    this.probe(script, command, Math.ceil(timeout / 1000), (outcome) =>
      this.#push({ kind: 'check-finished', script, outcome }),
    );
  }

  /** SIGTERM to its group, SIGKILL later; no answer comes. */
  cancel(script: string): void {
    this.endProbe(script);
  }

  notify({ run, command }: RunNotify): void {
    this.#ask({ type: 'run', ...command, dependent: false }, ({ outcome }) => {
      if (outcome) this.#push({ kind: 'notify-finished', run, outcome });
    });
  }

  /** A program that runs until it ends or `endReader` is called with its key. */
  reader(key: string, command: Command, ended: (outcome: ScriptOutcome) => void): void {
    this.#ask({ type: 'run', ...command, key, dependent: true }, ({ outcome }) => {
      if (outcome) ended(outcome);
    });
  }
  /** SIGTERM to its group, SIGKILL later. */
  endReader(key: string): void {
    this.#tell({ type: 'cancel', key });
  }

  /** One run of a script of a health checker, or `endProbe`: then no answer comes. */
  probe(key: string, command: Command, timeoutMs: number, done: (outcome: ScriptOutcome) => void): void {
    this.#forget(key);
    const id = this.#ask(
      { type: 'run', ...command, key, timeout: Math.min(timeoutMs, MAX_TIMER_MS), dependent: true },
      ({ outcome }) => {
        if (outcome) done(outcome);
      },
    );
    if (id !== undefined) this.#checks.set(key, id);
  }
  /** SIGTERM to its group, SIGKILL later. */
  endProbe(key: string): void {
    if (this.#forget(key)) this.#tell({ type: 'cancel', key });
  }

  /** A program of the system that the host itself needs, as root and off the loop. */
  tool(argv: Command['argv'], timeoutMs: number, done: (outcome: ScriptOutcome) => void): void {
    const run = { argv, user: 'root', timeout: timeoutMs, dependent: true };
    this.#ask({ type: 'run', ...run }, ({ outcome }) => {
      if (outcome) done(outcome);
    });
  }

  makeFifo(fifo: Omit<MakeFifo, 'type' | 'id'>, done: (outcome: FifoOutcome) => void): void {
    this.#ask({ type: 'make-fifo', ...fifo }, ({ fifo: outcome }) => {
      if (outcome) done(outcome);
    });
  }

  #forget(script: string): boolean {
    const id = this.#checks.get(script);
    this.#checks.delete(script);
    return id !== undefined && this.#waiting.delete(id);
  }

  /** Undefined: there is no runner just now, and `take` was told so. */
  #ask(request: WithoutId<RunScript | MakeFifo>, take: (answer: Answer) => void): number | undefined {
    if (performance.now() < this.#restsUntil) {
      take(
        failing({
          code: 'ERUNNER',
          message:
            'the script runner died again and again, and is tried again soon; the log says why it died',
        }),
      );
      return undefined;
    }
    this.prepare();
    const id = this.#nextId++;
    this.#waiting.set(id, take);
    this.#tell({ ...request, id });
    return id;
  }

  /** What is asked in one turn is one write. */
  #tell(message: ToRunner): void {
    if (this.#requests === '') queueMicrotask(() => this.#flush());
    this.#requests += `${JSON.stringify(message)}\n`;
  }

  #flush(): void {
    this.#runner?.stdin?.write(this.#requests);
    this.#requests = '';
  }

  /** Ends the checks; notify scripts that still run are left to finish. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    const runner = this.#runner;
    if (this.#requests !== '') this.#flush();
    runner?.stdin?.end();
    // Nothing of it keeps our loop alive, however long a notify script takes.
    runner?.stdout?.destroy();
    runner?.unref();
    this.#ledger?.close();
  }
}

type WithoutId<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never;

/** What whoever waits is told when there will be no answer: a script and a FIFO alike. */
const failing = (error: Failure): Answer => ({
  outcome: { kind: 'failed', error },
  fifo: { kind: 'failed', error },
});
