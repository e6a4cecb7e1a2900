/**
 * The script runner, a process of its own: starts scripts as whom they shall run, each in its own session and
 * process group, keeps the end of their output, kills what overruns, and outlives the daemon just long enough to
 * end its checks. It decides nothing about when a script runs or what its result means (core/track, core/notify).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fchownSync, realpathSync } from 'node:fs';
import { Socket } from 'node:net';
import { getPriority, setPriority } from 'node:os';
import { MAX_SCRIPT_OUTPUT } from '../base/limits.js';
import type { Duration } from '../base/time.js';
import type { ScriptOutcome } from '../core/inputs.js';
import { makeFifo } from './fifo-maker.js';
import { openPipe } from './linux/fd.js';
import { warnOfRealTime } from './linux/scheduling.js';
import {
  resolveIdentity,
  resolveProgram,
  scriptEnvironment,
  startFailure,
  withAllGroups,
} from './script-command.js';
import { type FromRunner, LineSplitter, type RunScript, type ToRunner } from './script-protocol.js';

/** Milliseconds between SIGTERM and SIGKILL (reference: directives-vrrp section 4). */
const KILL_AFTER_MS = 2000;

interface Running {
  readonly script: RunScript;
  readonly child: ChildProcess;
  readonly output: Output;
  timer: NodeJS.Timeout | undefined;
  reported: boolean;
}

/**
 * What a script writes, the end of it. A pipe, not the socket that Node would make: scripts open /dev/stderr, which
 * a socket refuses; for the same reason it belongs to the user that the script runs as.
 */
class Output {
  readonly writeEnd: number;
  readonly #stream: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #handedOver = false;

  constructor(identity: { uid: number; gid: number } | undefined) {
    const { readEnd, writeEnd } = openPipe();
    this.writeEnd = writeEnd;
    if (identity) fchownSync(writeEnd, identity.uid, identity.gid);
    this.#stream = new Socket({ fd: readEnd, readable: true, writable: false });
    this.#stream.on('data', (chunk: Buffer) => this.#add(chunk));
    this.#stream.on('error', () => this.#stream.destroy());
  }

  #add(chunk: Buffer): void {
    const whole = chunk.length >= MAX_SCRIPT_OUTPUT ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#bytes = Buffer.from(whole.subarray(Math.max(0, whole.length - MAX_SCRIPT_OUTPUT)));
  }
  get text(): string {
    return this.#bytes.toString('utf8');
  }
  /** The script has its own copy of the descriptor, or there will be no script. */
  handedOver(): void {
    if (this.#handedOver) return;
    this.#handedOver = true;
    closeSync(this.writeEnd);
  }
  close(): void {
    this.handedOver();
    this.#stream.destroy();
  }
}

const running = new Map<number, Running>();
const byKey = new Map<string, Running>();
const environment = scriptEnvironment(process.env);
const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

let ending = false;

function answer(line: FromRunner): void {
  if (!ending) process.stdout.write(`${JSON.stringify(line)}\n`);
}

const report = (id: number, outcome: ScriptOutcome): void => answer({ id, outcome });

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group is gone, which is what was wanted.
  }
}

function start(script: RunScript): void {
  const refuse = (error: { code: string; message: string }): void =>
    report(script.id, { kind: 'failed', error });
  const [name = '', ...args] = script.argv;
  const program = resolveProgram(name, environment);
  if (!program.ok) {
    refuse(program.error);
    return;
  }
  const identity = resolveIdentity(script, own);
  if (!identity.ok) {
    refuse(identity.error);
    return;
  }
  if (script.key !== undefined) {
    const previous = byKey.get(script.key);
    if (previous) signalGroup(previous.child, 'SIGKILL');
  }
  const path = script.realPath ? realPathOf(program.value) : program.value;
  launch(script, path, [path, ...args], identity.value, refuse);
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It went away a moment ago: starting it says so.
    return path;
  }
}

function launch(
  script: RunScript,
  path: string,
  argv: readonly string[],
  identity: { uid: number; gid: number } | undefined,
  refuse: (error: { code: string; message: string }) => void,
): void {
  const withGroups = script.supplementaryGroups === true && identity !== undefined;
  const [file = '', ...args] = withGroups ? withAllGroups(identity, argv) : argv;
  let child: ChildProcess;
  let output: Output | undefined;
  try {
    output = new Output(identity);
    child = spawn(file, args, {
      cwd: '/',
      detached: true,
      env: environment,
      stdio: ['ignore', output.writeEnd, output.writeEnd],
      ...(withGroups ? {} : identity),
    });
  } catch (error) {
    output?.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EINVAL';
    refuse(startFailure(code, path, script.user));
    return;
  }
  output.handedOver();
  child.once('error', (error: NodeJS.ErrnoException) => {
    if (child.pid !== undefined) return;
    output.close();
    const code = error.code ?? 'EINVAL';
    // A text without #! is a shell script, as execvp(3) has it.
    if (code === 'ENOEXEC' && file !== '/bin/sh')
      launch(script, path, ['/bin/sh', ...argv], identity, refuse);
    else refuse(startFailure(code, path, script.user));
  });
  if (child.pid === undefined) return;
  follow({ script, child, output, timer: undefined, reported: false });
}

function follow(run: Running): void {
  const { script, child, output } = run;
  running.set(script.id, run);
  if (script.key !== undefined) byKey.set(script.key, run);
  if (script.timeout !== undefined)
    run.timer = setTimeout(() => {
      // The result is known now; the killing goes on by itself.
      run.reported = true;
      report(script.id, { kind: 'timeout', ...outputOf(output) });
      terminate(run);
    }, script.timeout);
  child.once('exit', (code, signal) => {
    clearTimeout(run.timer);
    running.delete(script.id);
    if (script.key !== undefined && byKey.get(script.key) === run) byKey.delete(script.key);
    // What the script itself wrote is in the pipe by now: two rounds of the loop read it. Grandchildren that
    // hold the pipe open are not waited for.
    setImmediate(() =>
      setImmediate(() => {
        if (!run.reported)
          report(
            script.id,
            signal === null
              ? { kind: 'exit', code: code ?? 0, ...outputOf(output) }
              : { kind: 'signal', signal, ...outputOf(output) },
          );
        output.close();
        leaveWhenIdle();
      }),
    );
  });
}

const outputOf = ({ text }: Output): { output?: string } => (text === '' ? {} : { output: text });

/** SIGTERM to the group, SIGKILL to what is left of it: also to what the leader leaves behind. */
function terminate(run: Running): void {
  signalGroup(run.child, 'SIGTERM');
  clearTimeout(run.timer);
  setTimeout(() => signalGroup(run.child, 'SIGKILL'), KILL_AFTER_MS);
}

function cancel(key: string): void {
  const run = byKey.get(key);
  // Whoever cancelled a check no longer listens; a reader's end is waited for.
  if (run && !run.reported) terminate(run);
}

/**
 * The daemon is gone, by its own will or not: its checks end at once. Notify scripts finish their work, and we stay
 * until then, for they write into our pipes.
 */
function end(): void {
  if (ending) return;
  ending = true;
  for (const { script, child } of running.values()) if (script.dependent) signalGroup(child, 'SIGKILL');
  leaveWhenIdle();
}

function leaveWhenIdle(): void {
  if (ending && running.size === 0) process.exit(0);
}

const [nice = 0, limit = 0] = process.argv.slice(2).map(Number);
if (getPriority() !== nice) {
  try {
    setPriority(nice);
  } catch {
    // Without the right to be less nice than the daemon, scripts are as nice as it is.
  }
}

// Scripts that run in real time by their own doing are limited as the daemon was when it started.
warnOfRealTime(limit > 0 ? (limit as Duration) : undefined);

// Signals meant for the daemon reach us too (a terminal's ^C, systemd's stop): only the end of our input ends us,
// so that the scripts of a shutdown still run.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGQUIT'] as const)
  process.on(signal, () => {});
process.stdout.on('error', end);

const lines = new LineSplitter();
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  for (const line of lines.take(chunk)) {
    const message = JSON.parse(line) as ToRunner;
    if (message.type === 'run') start(message);
    else if (message.type === 'make-fifo') answer({ id: message.id, fifo: makeFifo(message, own) });
    else cancel(message.key);
  }
});
process.stdin.on('end', end);
process.stdin.on('close', end);
