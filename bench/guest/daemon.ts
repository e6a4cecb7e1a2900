// A daemon inside of the second kernel: started with a configuration in a folder of its own, told to reload and to stop,
// its log kept for who wonders. What is measured of it is decided by the cases beside this file.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot, type RivalName } from '../rivals.js';

/** VRRP and load balancing, in the foreground, with the log on standard error alone. */
const FOREGROUND = ['-n', '-l', '-G'];

export class GuestDaemon {
  readonly #child: ChildProcess;
  readonly #file: string;
  readonly #log: string;
  readonly #checkers: string;
  readonly #ended: Promise<void>;

  constructor(name: RivalName, configuration: string) {
    const folder = mkdtempSync(join(tmpdir(), `${name}-`));
    this.#file = join(folder, 'lb.conf');
    this.#log = join(folder, 'log');
    writeFileSync(this.#file, configuration, { mode: 0o600 });
    const program = name === 'holdfast' ? join(projectRoot(), 'bin/holdfast') : 'keepalived';
    const log = openSync(this.#log, 'w');
    this.#checkers = join(folder, 'checkers.pid');
    const pidFiles = ['-p', join(folder, 'main.pid'), '-r', join(folder, 'vrrp.pid'), '-c', this.#checkers];
    this.#child = spawn(program, [...FOREGROUND, ...pidFiles, '-f', this.#file], {
      stdio: ['ignore', log, log],
    });
    this.#ended = new Promise((done) => this.#child.once('exit', () => done()));
  }

  /** The process that makes the checks; there is one as soon as its servers are in the table. */
  get checker(): number {
    return Number(readFileSync(this.#checkers, 'utf8'));
  }

  /** What the next reload will find. */
  rewrite(configuration: string): void {
    writeFileSync(this.#file, configuration, { mode: 0o600 });
  }
  reload(): void {
    this.#child.kill('SIGHUP');
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  /** Resolves with the milliseconds until it is so; gives up with the end of the log. */
  async until(what: string, patience: number, holds: () => boolean, every = 10): Promise<number> {
    const began = performance.now();
    while (!holds()) {
      if (performance.now() - began > patience)
        throw new Error(`${what}: not within ${patience} ms\n${this.log.slice(-2000)}`);
      await wait(every);
    }
    return performance.now() - began;
  }

  get log(): string {
    return readFileSync(this.#log, 'utf8');
  }
}
