// tcpdump inside of the second kernel, into a file that is read at the end. The times are that kernel's.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** Frames lie in the kernel for a second before tcpdump gets them. */
const UNTIL_WRITTEN_MS = 1500;
/** In a user namespace, too, the only user is root. */
const TCPDUMP = ['tcpdump', '-Z', 'root', '-nn'];

export class FileCapture {
  private constructor(
    private readonly child: ChildProcess,
    private readonly file: string,
  ) {}

  /** Resolves once it captures. `filter` as tcpdump has it; `namespace` by its name. */
  static async start(link: string, file: string, filter?: string, namespace?: string): Promise<FileCapture> {
    const [program, ...words] = [
      ...(namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]),
      ...[...TCPDUMP, '-U', '-i', link, '-w', file],
      ...(filter === undefined ? [] : [filter]),
    ];
    const child = spawn(program ?? '', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((listening, failed) => {
      let said = '';
      child.stderr.on('data', (piece: Buffer) => {
        said += piece.toString();
        if (said.includes('listening on')) listening();
      });
      child.once('exit', () => failed(new Error(`tcpdump: ${said}`)));
    });
    return new FileCapture(child, file);
  }

  /** Resolves with the file when all is in it. */
  async end(): Promise<string> {
    await wait(UNTIL_WRITTEN_MS);
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGINT');
    await ended;
    return this.file;
  }

  /** What tcpdump says of a file, with times in seconds since the epoch. */
  static read(file: string): string {
    const words = [...TCPDUMP.slice(1), '-tt', '-r', file];
    return execFileSync('tcpdump', words, { encoding: 'utf8', maxBuffer: 64 << 20, stdio: 'pipe' });
  }
}
