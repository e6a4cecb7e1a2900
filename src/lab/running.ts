/**
 * One process started in the lab: its output line by line with the time of arrival, its real pid as seen from
 * here, its end. Where it runs is decided by the words in front of the command (rights.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { TOOL_PATH } from './rights.js';

export interface Line {
  /** Milliseconds since the epoch, when the line was read here. */
  readonly at: number;
  readonly text: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Every line is appended here too. */
  readonly logFile?: string;
  /** Called for every line, before anybody who waits for it. */
  readonly onLine?: (line: Line) => void;
}

/** Tells the pid inside by descriptor 3, then becomes the command; nothing of the shell stays. */
const ANNOUNCE = 'echo $$ >&3; exec 3>&-; exec "$@"';

/**
 * What a child says, line by line, from the first moment on: Node throws away what nobody listens for once the child
 * has ended, and a quick one may have ended, all said, before it is known to have begun.
 */
class Output {
  readonly #early: Line[] = [];
  #take = (line: Line): void => {
    this.#early.push(line);
  };

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream)
        createInterface({ input: stream }).on('line', (text) => this.#take({ at: Date.now(), text }));
    }
  }

  /** Said before anybody took it. */
  get text(): string {
    return this.#early.map(({ text }) => text).join('\n');
  }

  to(take: (line: Line) => void): void {
    for (const line of this.#early.splice(0)) take(line);
    this.#take = take;
  }
}

export class Running {
  readonly lines: Line[] = [];
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;
  #listeners = new Set<(line: Line) => void>();

  private constructor(
    readonly command: readonly string[],
    /** The pid of the command itself in our own process namespace; not that of the nsenter before it. */
    readonly pid: number,
    private readonly child: ChildProcess,
    output: Output,
    options: StartOptions,
  ) {
    output.to((line) => {
      this.lines.push(line);
      if (options.logFile !== undefined) appendFileSync(options.logFile, `${line.text}\n`);
      options.onLine?.(line);
      for (const listener of this.#listeners) listener(line);
    });
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  /**
   * Starts `command` behind `enter` (an nsenter with a fork in it, or nothing). Resolves once the command is
   * about to be executed; rejects when nsenter itself failed.
   */
  static start(
    enter: readonly string[],
    command: readonly string[],
    options: StartOptions = {},
  ): Promise<Running> {
    const [program = 'sh', ...args] = [...enter, 'sh', '-c', ANNOUNCE, 'sh', ...command];
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), ...options.env },
    });
    // Nobody reads our input at first: a command that ends early must not take us with it.
    child.stdin?.on('error', () => {});
    return new Promise((resolve, reject) => {
      const announced = child.stdio[3] as Readable;
      const output = new Output(child);
      child.on('error', reject);
      const refused = (): void => reject(new Error(`${command.join(' ')}: ${output.text}`));
      child.once('close', refused);
      // The end of this pipe says nothing: nsenter keeps it open for as long as it waits for the command.
      announced.once('data', () => {
        child.off('close', refused);
        const forked = enter.some((part) => part.startsWith('--pid'));
        const pid = forked ? childOf(child.pid ?? 0) : (child.pid ?? 0);
        resolve(new Running(command, pid, child, output, options));
      });
    });
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  get output(): string {
    return this.lines.map((line) => line.text).join('\n');
  }

  /** Returns a function that ends the listening. */
  onLine(listener: (line: Line) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Ends its standard input. */
  end(): void {
    this.child.stdin?.end();
  }

  /** To the command itself; a process that is gone already is no error. */
  signal(signal: NodeJS.Signals | number): void {
    if (this.#exit !== undefined || this.pid <= 0) return;
    try {
      process.kill(this.pid, signal);
      // An nsenter stops together with its command and would not notice the end of it.
      if (signal === 'SIGKILL' || signal === 'SIGCONT') this.child.kill('SIGCONT');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** SIGTERM, and SIGKILL when it is still there after `patience` milliseconds. */
  async stop(patience = 60_000): Promise<Exit> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), patience);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }
}

/** Runs to the end and returns what it printed; rejects on another status than 0. */
export async function run(
  enter: readonly string[],
  command: readonly string[],
  options: StartOptions = {},
): Promise<string> {
  const running = await Running.start(enter, command, options);
  const { code, signal } = await running.exited;
  if (code !== 0) {
    throw new Error(`${command.join(' ')}: ${signal ?? `status ${code}`}: ${running.output}`);
  }
  return running.output;
}

/** Ours, without what a test runner put there for its own children, and with the system directories in PATH. */
function cleanEnvironment(): Record<string, string> {
  const kept: Record<string, string> = { PATH: TOOL_PATH, LC_ALL: 'C' };
  for (const name of ['HOME', 'TMPDIR', 'TERM', 'LD_LIBRARY_PATH']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** nsenter forks into a process namespace and waits: its only child is what we started. 0 when it is gone. */
function childOf(parent: number): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      // The name in parentheses may hold blanks and parentheses: count from the last one.
      const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(ppid) === parent) return Number(entry);
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return 0;
}
