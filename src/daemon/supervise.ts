/**
 * The small parent of a daemon that nobody else restarts: it starts the worker, holds the PID file, passes
 * signals on, starts the worker again when it dies (respawn.ts says when), and as PID 1 reaps orphans. It
 * knows nothing of VRRP; DESIGN section 4 and runtime reference section 1 govern it.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { EarlyWorker } from './early-worker.js';
import { EXIT_OK, EXIT_PROGRAM_ERROR } from './exit-codes.js';
import { listenToChild, type PidFileAnswer, passSignal, type Report } from './link.js';
import { PidFile } from './pidfile.js';
import { RespawnPolicy, type WorkerEnd } from './respawn.js';
import type { SignalInbox, SignalRequest } from './signals.js';
import { linkOf, startLinked } from './start-linked.js';

/** After child_wait_time the engine ends by itself; a worker that has not so much later is killed. */
const STOP_GRACE_MS = 2_000;
/** What child_wait_time is where nobody says it, or nobody has said it yet. */
const CHILD_WAIT_MS = 5_000;
/** How long a worker that has ended is listened to, should somebody else hold its end of the link. */
const LAST_WORDS_MS = 5_000;
/** The longest that a timer of Node can wait: 24 days. */
const LONGEST_MS = 0x7fff_ffff;

export interface SupervisorHooks {
  log(level: 'error' | 'warning' | 'info', text: string): void;
  /** The worker's first report, or undefined if it died without one: for a launcher that waits for it. */
  firstReport(report: Report | undefined): void;
  /** Changes our own name. */
  rename(name: string): void;
  /** Collects one dead child by number; used as PID 1 only. */
  reap(pid: number): void;
}

/** Runs until there is no worker and none to come; resolves with our exit code. */
export function supervise(
  argv: readonly string[],
  inbox: SignalInbox,
  first: EarlyWorker,
  hooks: SupervisorHooks,
): Promise<number> {
  return new Promise((done) => {
    const supervisor = new Supervisor(argv, hooks, (code) => {
      inbox.disconnect();
      done(code);
    });
    supervisor.begin(first);
    inbox.connect((request) => supervisor.signal(request));
  });
}

class Supervisor {
  readonly #argv: readonly string[];
  readonly #hooks: SupervisorHooks;
  readonly #done: (code: number) => void;
  readonly #policy = new RespawnPolicy();
  #worker: ChildProcess | undefined;
  #ready = false;
  #started = 0;
  #stopping = false;
  /** Asked for before the worker could bear a signal: until it has said that it lives, one may kill the shell before it. */
  readonly #waiting = new Set<SignalRequest>();
  #pause: NodeJS.Timeout | undefined;
  #pidFile: PidFile | undefined;
  #childWait = CHILD_WAIT_MS;

  constructor(argv: readonly string[], hooks: SupervisorHooks, done: (code: number) => void) {
    this.#argv = argv;
    this.#hooks = hooks;
    this.#done = done;
    if (process.pid === 1) process.on('SIGCHLD', () => this.#reapOrphans());
  }

  /** With the one that was started before us. */
  begin({ child, failure }: EarlyWorker): void {
    this.#watch(child);
    // What happened before somebody listened is not told again.
    if (failure) child.emit('error', failure);
    else if (child.exitCode !== null || child.signalCode !== null)
      child.emit('exit', child.exitCode, child.signalCode);
  }

  #watch(worker: ChildProcess): void {
    this.#started = performance.now();
    this.#ready = false;
    this.#worker = worker;
    this.#hooks.log('info', `Starting the worker process, pid=${worker.pid ?? 'none'}`);
    let told = false;
    let end: WorkerEnd | undefined;
    let patience: NodeJS.Timeout | undefined;
    const conclude = (): void => {
      if (!told || !end || this.#worker !== worker) return;
      clearTimeout(patience);
      this.#ended(end);
    };
    listenToChild(worker, {
      report: (report) => {
        told = true;
        this.#ready = report?.kind === 'ready';
        this.#hooks.firstReport(report);
        if (this.#ready) for (const request of this.#waiting) this.#pass(request);
        this.#waiting.clear();
        conclude();
      },
      pidFile: (path) => this.#takePidFile(path),
      patience: (milliseconds) => {
        if (this.#stopping) this.#killAfter(milliseconds);
      },
      settings: ({ name, patience }) => {
        this.#hooks.rename(name);
        this.#childWait = patience;
      },
    });
    worker.once('error', (error) => {
      this.#hooks.log('error', `The worker process cannot be started: ${error.message}`);
      this.#ended({ kind: 'exit', code: EXIT_PROGRAM_ERROR });
    });
    worker.once('exit', (code, signal) => {
      end = code === null ? { kind: 'signal', signal: signal ?? 'unknown' } : { kind: 'exit', code };
      // Why it ended may reach us after the news that it did, the more so where that was before we listened.
      if (!told) patience = setTimeout(() => linkOf(worker)?.destroy(), LAST_WORDS_MS);
      conclude();
    });
  }

  signal(request: SignalRequest): void {
    if (request === 'STOP') this.#stop();
    else if (!this.#ready) this.#waiting.add(request);
    else this.#pass(request);
  }

  #pass(request: SignalRequest): void {
    if (this.#worker) passSignal(this.#worker, request);
  }

  #stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    clearTimeout(this.#pause);
    if (!this.#worker) {
      this.#finish(EXIT_OK);
      return;
    }
    this.#pass('STOP');
    this.#killAfter(this.#childWait + STOP_GRACE_MS);
  }

  #killAfter(milliseconds: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(
      () => {
        this.#hooks.log('error', 'The worker process does not end: it is killed');
        this.#worker?.kill('SIGKILL');
      },
      Math.min(milliseconds, LONGEST_MS),
    );
  }

  #takePidFile(path: string): PidFileAnswer {
    if (this.#pidFile?.path === path) return { kind: 'taken' };
    const acquired = PidFile.acquire(path, process.pid);
    if (!acquired.ok) return { kind: 'refused', why: acquired.error.kind, text: acquired.error.text };
    this.#pidFile?.remove();
    this.#pidFile = acquired.value;
    return { kind: 'taken' };
  }

  #ended(end: WorkerEnd): void {
    if (!this.#worker) return;
    this.#worker = undefined;
    if (this.#stopping) {
      this.#finish(EXIT_OK);
      return;
    }
    // "Already running" is no failure: the worker ended well, before it was ever ready.
    if (end.kind === 'exit' && end.code === EXIT_OK && !this.#ready) {
      this.#finish(EXIT_OK);
      return;
    }
    const lived = (performance.now() - this.#started) / 1000;
    const how = end.kind === 'exit' ? `exit code ${end.code}` : `signal ${end.signal}`;
    const decision = this.#policy.decide(end, lived);
    if (decision.kind === 'give-up') {
      this.#hooks.log('error', `The worker process ended with ${how}, which would only repeat: stopping`);
      this.#finish(decision.code);
      return;
    }
    const when = decision.delaySeconds === 0 ? 'at once' : `in ${decision.delaySeconds} s`;
    this.#hooks.log(
      'error',
      `The worker process died after ${lived.toFixed(1)} s (${how}): starting it ${when}`,
    );
    this.#pause = setTimeout(
      () => this.#watch(startLinked('successor', this.#argv, 'inherit')),
      decision.delaySeconds * 1000,
    );
  }

  #finish(code: number): void {
    clearTimeout(this.#pause);
    this.#pidFile?.remove();
    this.#done(code);
  }

  /** As PID 1 we inherit every orphan. Node collects its own children; the others are collected by number. */
  #reapOrphans(): void {
    let children = '';
    try {
      children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1');
    } catch {
      return;
    }
    for (const word of children.split(' ')) {
      const pid = Number(word);
      if (pid > 0 && pid !== this.#worker?.pid) this.#hooks.reap(pid);
    }
  }
}
