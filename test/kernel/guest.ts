/**
 * A second kernel, running as a process: boots in a second or two, reads this machine's files, forgets what it
 * writes, and answers questions one at a time: they come to it as a file, since a console of this kernel loses
 * input that comes while nobody reads. It does not outlive us. What is asked is decided in suite.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { firstStage, secondStage } from './init.js';
import type { KernelParts } from './parts.js';

/** MiB; the guest holds two or three Node processes and what they write. */
const MEMORY = 1024;
/** File systems that nobody mounts here: their self-tests would take a second. */
const LEFT_OUT = 'raid6_select_algo,init_btrfs_fs,init_zswap,init_xfs_fs,init_jfs_fs';

/**
 * The kernel and each process of its guest are processes out here that wait for each other at every system call and page
 * fault of the guest. On one processor they hand over three to five times as fast as from one to another.
 */
const ON_ONE_PROCESSOR = ['taskset', '-c'];

/**
 * Starts the kernel and ends it, with all the processes that its guest consists of (the kernel makes a process
 * group of them), as soon as our end of the shell's input is closed, in whatever way that came about.
 */
const KEEPER = `
exec 6<&0
"$@" 6<&- </dev/null & kernel=$!
{ cat <&6 >/dev/null; kill -s KILL -- -$kernel $kernel; } &
wait $kernel
kill -s KILL 0
`;

/** The file in the folder JOB_VARIABLE names with the next question; who reads it removes it. */
export const QUESTION = 'question';
export const JOB_VARIABLE = 'HOLDFAST_KERNEL_JOB';

export interface GuestOptions {
  /** Argv of what answers each question by one line of output, and ends by itself only when it must. */
  readonly command: readonly [string, ...string[]];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Folders that exist, in which what the guest writes stays. */
  readonly shared: readonly string[];
}

export class Guest {
  readonly #child: ChildProcess;
  readonly #job: string;
  readonly #ended: Promise<void>;
  #waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;
  #over = false;

  constructor(parts: KernelParts, options: GuestOptions) {
    this.#job = mkdtempSync(join(tmpdir(), 'holdfast-kernel-'));
    const job = this.#job;
    const first = join(job, 'first');
    writeFileSync(first, firstStage(parts, job, options.shared), { mode: 0o755 });
    const { directory, command } = options;
    const environment = { ...options.environment, [JOB_VARIABLE]: job };
    writeFileSync(join(job, 'second'), secondStage(parts, job, directory, environment, command));
    const messages = openSync(join(job, 'console'), 'w');
    const words = [
      ...[
        `mem=${MEMORY}M`,
        'root=/dev/root',
        'rootfstype=hostfs',
        'rootflags=/',
        'ro',
        'quiet',
        'loglevel=3',
      ],
      ...['selinux=0', `initcall_blacklist=${LEFT_OUT}`],
      ...['con=null', 'con0=null,fd:3', 'con1=null,fd:4', 'ssl=null', `uml_dir=${job}/`, `init=${first}`],
    ];
    const kernel = [...ON_ONE_PROCESSOR, `${someProcessor()}`, parts.kernel];
    this.#child = spawn('sh', ['-c', KEEPER, 'sh', ...kernel, ...words], {
      detached: true,
      stdio: ['pipe', messages, messages, messages, 'pipe'],
      env: { PATH: '/usr/bin:/bin', TMPDIR: process.env['TMPDIR'] ?? '/tmp' },
    });
    closeSync(messages);
    this.#child.stdin?.on('error', () => {});
    createInterface({ input: this.#child.stdio[4] as Readable }).on('line', (line) => {
      this.#waiting?.resolve(line);
      this.#waiting = undefined;
    });
    this.#ended = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#over = true;
        this.#waiting?.reject(new Error(`${why}\n${this.#told()}`));
        this.#waiting = undefined;
        resolve();
      };
      this.#child.on('error', (error) => end(`the kernel could not be started: ${error.message}`));
      this.#child.on('close', () => end('the kernel ended'));
    });
  }

  /** The answer is the next line. One question at a time. */
  ask(question: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new Error(`the kernel has ended\n${this.#told()}`));
      this.#waiting = { resolve, reject };
      const file = join(this.#job, QUESTION);
      writeFileSync(`${file}.new`, question);
      renameSync(`${file}.new`, file);
    });
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
    rmSync(this.#job, { recursive: true, force: true });
  }

  /** What kernel and command have said, for who wonders why. */
  #told(): string {
    return ['console', 'stderr']
      .map((name) => {
        try {
          return readFileSync(join(this.#job, name), 'utf8').trim();
        } catch {
          return '';
        }
      })
      .filter((text) => text !== '')
      .join('\n');
  }
}

/** One of those that we may use; guests of several suites at once are spread over them. */
function someProcessor(): number {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const allowed = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
  return allowed[process.pid % allowed.length] ?? 0;
}
