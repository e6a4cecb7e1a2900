/**
 * What two processes of ours, one of which started the other (start-linked.ts), say to each other over descriptor 3, a
 * JSON value a line. The child says once that it is ready or why it will not be; before that a supervised
 * child asks for the PID file, which names its parent. The parent's end closing tells a supervised child that
 * the parent is gone. Who starts whom is main.ts.
 */
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { MAX_CHILD_REPORT } from '../base/limits.js';
import { closeOnExec } from '../host/linux/fd.js';
import type { PidFileRefusal } from './pidfile.js';
import { LINK_FD, type LinkedRole } from './role.js';
import { SIGNAL_NUMBERS, type SignalRequest } from './signals.js';
import { linkOf } from './start-linked.js';

export type Report =
  | { readonly kind: 'ready' }
  /** It ends with `code`; `text` is what a person should read. */
  | { readonly kind: 'refused'; readonly code: number; readonly text: string };

/** What a child may say: a report, or the path of the PID file that its supervisor shall take for both. */
type FromChild =
  | Report
  | { readonly kind: 'pid-file'; readonly path: string }
  /** Its end takes that long, in milliseconds: it is not to be killed before. */
  | { readonly kind: 'patience'; readonly milliseconds: number }
  | ({ readonly kind: 'parent' } & ParentSettings);

/** What the configuration says about the parent, which does not read it. */
export interface ParentSettings {
  readonly name: string;
  /** How long a worker that stops may take, in milliseconds. */
  readonly patience: number;
}

/** The supervisor's answer; a refusal is the child's own from then on. */
export type PidFileAnswer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly why: PidFileRefusal['kind']; readonly text: string };

export interface ChildTalk {
  /** Called once: with the report, or with undefined if the child ended without one. */
  report(report: Report | undefined): void;
  /** Only a supervisor is asked. */
  pidFile?(path: string): PidFileAnswer;
  patience?(milliseconds: number): void;
  settings?(settings: ParentSettings): void;
}

/** The parent's side of the conversation. */
export function listenToChild(child: ChildProcess, talk: ChildTalk): void {
  const stream = linkOf(child);
  let done = false;
  const finish = (report: Report | undefined): void => {
    if (done) return;
    done = true;
    talk.report(report);
  };
  if (!stream || stream.destroyed) {
    finish(undefined);
    return;
  }
  // From now on it is read (early-worker.ts).
  stream.removeAllListeners('readable');
  onLines(stream, (line) => {
    const said = parseFromChild(line);
    if (said?.kind === 'pid-file') {
      const answer = talk.pidFile?.(said.path) ?? { kind: 'refused', why: 'failed', text: 'nobody asked' };
      stream.write(`${JSON.stringify(answer)}\n`);
    } else if (said?.kind === 'patience') talk.patience?.(said.milliseconds);
    else if (said?.kind === 'parent') talk.settings?.(said);
    else if (said) finish(said);
  });
  stream.on('error', () => finish(undefined));
  stream.on('close', () => finish(undefined));
}

function onLines(stream: Socket, receive: (line: string) => void): void {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (part: string) => {
    if (text.length > MAX_CHILD_REPORT) return;
    text += part;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      receive(line);
    }
  });
}

function parseObject(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseFromChild(line: string): FromChild | undefined {
  const value = parseObject(line);
  if (!value || !('kind' in value)) return undefined;
  if (value.kind === 'ready') return { kind: 'ready' };
  if (value.kind === 'pid-file' && 'path' in value && typeof value.path === 'string')
    return { kind: 'pid-file', path: value.path };
  if (value.kind === 'patience' && 'milliseconds' in value && typeof value.milliseconds === 'number')
    return { kind: 'patience', milliseconds: value.milliseconds };
  if (value.kind === 'parent' && 'name' in value && 'patience' in value)
    return { kind: 'parent', name: String(value.name), patience: Number(value.patience) };
  if (value.kind !== 'refused' || !('code' in value) || !('text' in value)) return undefined;
  return typeof value.code === 'number' && typeof value.text === 'string'
    ? { kind: 'refused', code: value.code, text: value.text }
    : undefined;
}

function parseAnswer(line: string): PidFileAnswer {
  const value = parseObject(line);
  if (value && 'kind' in value) {
    if (value.kind === 'taken') return { kind: 'taken' };
    if ('text' in value && 'why' in value) {
      const why = value.why === 'running' || value.why === 'forbidden' ? value.why : 'failed';
      return { kind: 'refused', why, text: String(value.text) };
    }
  }
  return { kind: 'refused', why: 'failed', text: 'the supervising process gave no sensible answer' };
}

/** ChildProcess.kill() refuses real-time signals; a child that is gone has no use for any. */
export function passSignal(child: ChildProcess, request: SignalRequest): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (request === 'XCPU') return;
  try {
    process.kill(child.pid, SIGNAL_NUMBERS[request]);
  } catch {
    // It ended a moment ago; its exit is about to be told.
  }
}

/** The child's side. */
export class ParentLink {
  readonly #socket: Socket;
  #reported = false;
  #answered: ((answer: PidFileAnswer) => void) | undefined;

  constructor(readonly role: LinkedRole) {
    // Scripts must not hold the lifeline open, or speak through it.
    closeOnExec(LINK_FD);
    this.#socket = new Socket({ fd: LINK_FD, readable: true, writable: true });
    this.#socket.on('error', () => {});
    onLines(this.#socket, (line) => this.#answered?.(parseAnswer(line)));
    this.#socket.on('close', () =>
      this.#answered?.({ kind: 'refused', why: 'failed', text: 'the supervising process is gone' }),
    );
  }

  /** Calls back when a supervisor is gone. */
  onOrphaned(orphaned: () => void): void {
    this.#socket.on('close', orphaned);
  }

  /** Asks the supervisor to hold the PID file at `path` for itself. */
  requestPidFile(path: string): Promise<PidFileAnswer> {
    return new Promise((done) => {
      this.#answered = done;
      this.#say({ kind: 'pid-file', path });
    });
  }

  /** Only the first report counts. A launcher has no further use for us, so its end is closed. */
  async report(report: Report): Promise<void> {
    if (this.#reported) return;
    this.#reported = true;
    await new Promise<void>((done) => this.#say(report, done));
    if (this.role === 'daemon') this.#socket.destroy();
    // What remains is a lifeline: it must not keep alive a process that has nothing else to do.
    else this.#socket.unref();
  }

  /** Asks not to be killed for that long although a stop was asked for. */
  askPatience(milliseconds: number): void {
    this.#say({ kind: 'patience', milliseconds });
  }

  /** Again after every reload. */
  tellSettings(settings: ParentSettings): void {
    this.#say({ kind: 'parent', ...settings });
  }

  #say(what: FromChild, then?: () => void): void {
    this.#socket.write(`${JSON.stringify(what)}\n`, () => then?.());
  }
}
