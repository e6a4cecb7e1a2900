/**
 * One host of a lab: its own network, processes, mounts and name, so that it can believe to be a machine. Its
 * /proc shows its processes only, its /run and /usr/local/bin are private (DESIGN section 7, "Lab").
 *
 * The first process of the host reads a pipe that only we hold: when we are gone, however we went, it ends,
 * and the kernel ends all the others and the network with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { enterHost, enterUser, type Rights, TOOL_PATH, unshareHost } from './rights.js';
import { Running, run, type StartOptions } from './running.js';

/**
 * $1 is the host's directory. What stood in /usr/local/bin stays reachable there (Node itself may live in it).
 * The shell waits for a child, and so reaps whatever process is orphaned in the host.
 */
const FIRST_PROCESS = `
set -e
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
[ -L /var/run ] || mount --bind /run /var/run
hostname "$2" || true
if [ -d /usr/local/bin ]; then
  mount --rbind /usr/local/bin "$1/was-bin"
  for f in "$1"/was-bin/*; do [ ! -e "$f" ] || ln -sfn "$f" "$1/bin/\${f##*/}"; done
  mount --bind "$1/bin" /usr/local/bin
fi
exec 3<&0
echo ready
cat <&3 >/dev/null & wait $!
`;

export class LabHost {
  private constructor(
    readonly name: string,
    readonly directory: string,
    /** The `unshare` process: names the host's namespaces for those outside. */
    readonly pid: number,
    private readonly rights: Rights,
    private readonly keeper: ChildProcess,
  ) {}

  /** `owner` is the switch's process: as an ordinary user the host is made inside of its user namespace. */
  static open(rights: Rights, owner: number, name: string, directory: string): Promise<LabHost> {
    for (const part of ['bin', 'was-bin']) mkdirSync(join(directory, part), { recursive: true });
    const words = [
      ...enterUser(rights, owner),
      ...unshareHost(),
      'sh',
      '-c',
      FIRST_PROCESS,
      'sh',
      directory,
      name,
    ];
    const [program = '', ...args] = words;
    const keeper = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: TOOL_PATH } });
    return new Promise((resolve, reject) => {
      let said = '';
      keeper.stderr.on('data', (chunk) => {
        said += String(chunk);
      });
      keeper.stdin.on('error', () => {});
      keeper.on('error', reject);
      keeper.on('close', () => reject(new Error(`host ${name}: ${said.trim()}`)));
      createInterface({ input: keeper.stdout }).on('line', (line) => {
        if (line === 'ready') resolve(new LabHost(name, directory, keeper.pid ?? 0, rights, keeper));
      });
    });
  }

  start(command: readonly string[], options: StartOptions = {}): Promise<Running> {
    return Running.start(enterHost(this.rights, this.pid), command, options);
  }

  /** Runs to the end; rejects unless it ended with status 0. */
  run(command: readonly string[], options: StartOptions = {}): Promise<string> {
    return run(enterHost(this.rights, this.pid), command, options);
  }

  /** A path of the host (under /run, say) as it is reached from here. */
  path(inside: string): string {
    return `/proc/${this.pid}/root${inside}`;
  }

  /** Text of a file as the host sees it; undefined while there is none. */
  read(inside: string): string | undefined {
    try {
      return readFileSync(this.path(inside), 'utf8');
    } catch {
      return undefined;
    }
  }

  /** An executable under /usr/local/bin, seen by this host alone. */
  install(name: string, content: string): void {
    const path = join(this.directory, 'bin', name);
    // It may be a link to the machine's own command of that name, which is not ours to overwrite.
    rmSync(path, { force: true });
    writeFileSync(path, content);
    chmodSync(path, 0o755);
  }

  /** A file in the host's own directory, which has the same path inside and outside. */
  write(name: string, content: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  /** Ends every process of the host, at once. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.keeper.exitCode !== null || this.keeper.signalCode !== null) return resolve();
      this.keeper.on('close', () => resolve());
      this.keeper.stdin?.end();
    });
  }
}
