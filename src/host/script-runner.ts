/**
 * The script runner, a process of its own: starts scripts as whom they shall run, each in its own session and
 * process group, keeps the end of their output, kills what overruns, and outlives the daemon just long enough to
 * end its checks. It decides nothing about when a script runs or what its result means (core/track, core/notify).
 */
import { realpathSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { MAX_SCRIPT_OUTPUT, MAX_SCRIPT_REMARKS } from '../base/limits.js';
import type { Duration } from '../base/time.js';
import type { Failure, ScriptOutcome } from '../core/inputs.js';
import { makeFifo } from './fifo-maker.js';
import { SystemError } from './linux/errno.js';
import { closeOnExec } from './linux/fd.js';
import { Poller } from './linux/poller.js';
import { warnOfRealTime } from './linux/scheduling.js';
import { type Ending, ScriptChildren } from './script-child.js';
import {
  type Identity,
  resolveIdentity,
  resolveProgram,
  scriptEnvironment,
  startFailure,
  withAllGroups,
} from './script-command.js';
import { LEDGER_FD, LedgerWriter } from './script-ledger.js';
import { ScriptOutput } from './script-output.js';
import { type FromRunner, LineSplitter, type RunScript, type ToRunner } from './script-protocol.js';

/** Milliseconds between SIGTERM and SIGKILL (reference: directives-vrrp section 4). */
const KILL_AFTER_MS = 2000;

/** Milliseconds after a script's end until what it left behind is remarked on. */
const LEAVING_MS = 200;

interface Running {
  readonly script: RunScript;
  readonly path: string;
  readonly pid: number;
  readonly output: ScriptOutput;
  timer: NodeJS.Timeout | undefined;
  reported: boolean;
}

const running = new Map<number, Running>();
/** Groups that got SIGTERM and get SIGKILL in a moment, though their leaders may have ended. */
const doomed = new Set<number>();
const byKey = new Map<string, Running>();
const environment = scriptEnvironment(process.env);
const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

const poller = new Poller();
poller.onWake(() => poller.poll());
const children = new ScriptChildren(environment);
closeOnExec(LEDGER_FD);
const ledger = new LedgerWriter(LEDGER_FD);

let ending = false;
let answers = '';

/** What is answered in one turn is one write. */
function answer(line: FromRunner): void {
  if (ending) return;
  if (answers === '') queueMicrotask(flush);
  answers += `${JSON.stringify(line)}\n`;
}

function flush(): void {
  process.stdout.write(answers);
  answers = '';
}

const report = (id: number, outcome: ScriptOutcome): void => answer({ id, outcome });

/** What was remarked on, by the program: once is enough. */
const remarked = new Set<string>();

/** What a script does that its author did not mean, with what to do about it. */
function remark(path: string, text: string): void {
  const line = `${path} ${text}`;
  if (remarked.has(line) || remarked.size >= MAX_SCRIPT_REMARKS) return;
  remarked.add(line);
  answer({ remark: line });
}

/** Returns whether there was anybody left. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    // The whole group is gone, which is what was wanted.
    return false;
  }
}

function start(script: RunScript): void {
  const refuse = (error: Failure): void => report(script.id, { kind: 'failed', error });
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
    if (previous) signalGroup(previous.pid, 'SIGKILL');
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
  argv: readonly [string, ...string[]],
  identity: Identity | undefined,
  refuse: (error: Failure) => void,
): void {
  let words = argv;
  let whom = identity;
  if (script.supplementaryGroups === true && identity) {
    const stepper = resolveProgram('setpriv', environment);
    if (!stepper.ok) {
      const message = `${path} cannot be started with all groups of ${script.user}: setpriv is missing; install util-linux`;
      refuse({ code: stepper.error.code, message });
      return;
    }
    words = [stepper.value, ...withAllGroups(identity, argv).slice(1)];
    whom = undefined;
  }
  let output: ScriptOutput;
  try {
    output = new ScriptOutput(poller, identity);
  } catch (error) {
    refuse(startFailure(error instanceof SystemError ? error.failure.code : 'EIO', path, script.user));
    return;
  }
  let run: Running | undefined;
  const pid = children.start(words, output.writeEnd, whom, {
    refused: (code) => {
      output.close();
      // A text without #! is a shell script, as execvp(3) has it.
      if (code === 'ENOEXEC' && argv[0] !== '/bin/sh')
        launch(script, path, ['/bin/sh', ...argv], identity, refuse);
      else refuse(startFailure(code, path, script.user));
    },
    ended: (how) => {
      if (run) ended(run, how);
    },
  });
  if (pid === undefined) return;
  output.handedOver();
  run = { script, path, pid, output, timer: undefined, reported: false };
  follow(run);
}

function follow(run: Running): void {
  const { script } = run;
  running.set(script.id, run);
  if (script.dependent) ledger.enter(run.pid);
  if (script.key !== undefined) byKey.set(script.key, run);
  if (script.timeout !== undefined)
    run.timer = setTimeout(() => {
      // The result is known now; the killing goes on by itself.
      run.reported = true;
      report(script.id, { kind: 'timeout', ...outputOf(run.output) });
      terminate(run);
    }, script.timeout);
}

/** Grandchildren that hold the pipe open are not waited for. */
function ended(run: Running, { code, signal }: Ending): void {
  const { script, path, output } = run;
  clearTimeout(run.timer);
  running.delete(script.id);
  if (!doomed.has(run.pid)) ledger.leave(run.pid);
  if (script.key !== undefined && byKey.get(script.key) === run) byKey.delete(script.key);
  const held = output.finish();
  if (!run.reported)
    report(
      script.id,
      signal === null
        ? { kind: 'exit', code: code ?? 0, ...outputOf(output) }
        : { kind: 'signal', signal, ...outputOf(output) },
    );
  if (output.overflowed)
    remark(
      path,
      `writes more than ${MAX_SCRIPT_OUTPUT} bytes, of which the last are kept; let it write less`,
    );
  if (held && !run.reported) setTimeout(() => leave(path, output), LEAVING_MS);
  else output.close();
  leaveWhenIdle();
}

/** What a script started may have needed a moment to turn its output elsewhere. */
function leave(path: string, output: ScriptOutput): void {
  if (output.finish())
    remark(
      path,
      'has ended, but what it started still holds its output, which nobody reads; start that with >/dev/null 2>&1',
    );
  output.close();
}

const outputOf = ({ text }: ScriptOutput): { output?: string } => (text === '' ? {} : { output: text });

/** SIGTERM to the group, SIGKILL to what is left of it: also to what the leader leaves behind. */
function terminate(run: Running): void {
  const { script, path, pid } = run;
  signalGroup(pid, 'SIGTERM');
  doomed.add(pid);
  clearTimeout(run.timer);
  setTimeout(() => {
    const stayed = running.get(script.id) === run;
    doomed.delete(pid);
    if (!stayed) ledger.leave(pid);
    if (signalGroup(pid, 'SIGKILL') && stayed)
      remark(
        path,
        `still ran ${KILL_AFTER_MS / 1000} s after SIGTERM and was killed; let it end at SIGTERM, or give it more time to finish`,
      );
  }, KILL_AFTER_MS);
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
  for (const { script, pid } of running.values()) if (script.dependent) signalGroup(pid, 'SIGKILL');
  for (const pid of doomed) signalGroup(pid, 'SIGKILL');
  leaveWhenIdle();
}

function leaveWhenIdle(): void {
  if (!ending || running.size > 0) return;
  poller.close();
  process.exit(0);
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
