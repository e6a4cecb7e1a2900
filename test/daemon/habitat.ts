/**
 * Where a test lets the real daemon live: a host of the lab with a network, processes, /run and /tmp of its own.
 * It starts the daemon the ways a person can, and asks it the ways a person can; it asserts nothing.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DaemonStatus } from '../../src/admin/report.js';
import { ask } from '../../src/cli/client.js';
import type { LabHost } from '../../src/lab/host.js';
import { findRights, type Rights } from '../../src/lab/rights.js';
import type { Running } from '../../src/lab/running.js';
import { Topology } from '../../src/lab/topology.js';
import { until } from '../lab/journal.js';
import { projectRoot } from '../wire/fixtures.js';

export const BOOT = fileURLToPath(new URL('../../src/daemon/boot.js', import.meta.url));
const found = await findRights();
/** For the skip option of a test: a reason where there can be no namespaces. */
export const skip: string | false = found.ok ? false : found.error;
/** The same for what a user namespace cannot show: it has one user, and none of the rights over priorities. */
export const skipWithoutRoot: string | false =
  skip || (found.ok && found.value.kind === 'user' ? 'not in a user namespace: needs root' : false);

/** What the daemon is made of: it must stay in sight where it lies below /tmp itself. */
const NEEDED = [projectRoot, dirname(process.execPath)].filter((path) => path.startsWith('/tmp/'));
/** Its arguments run with a private /tmp, so that dumps meet nobody else's. */
const PRIVATE_TMP = [
  ...NEEDED.map((path, i) => `mkdir -p /run/kept-${i}; mount --rbind '${path}' /run/kept-${i}`),
  'mount -t tmpfs tmpfs /tmp',
  ...NEEDED.map((path, i) => `mkdir -p '${path}'; mount --rbind /run/kept-${i} '${path}'`),
  'exec "$@"',
].join('; ');
/** As bin/holdfast does it, without depending on where a build lies. */
const LAUNCH = `trap '' 36 63 64; exec "$0" "$@"`;

export class Habitat {
  private constructor(
    readonly lab: Topology,
    readonly host: LabHost,
  ) {}

  static async with(use: (habitat: Habitat) => Promise<void>): Promise<void> {
    if (!found.ok) throw new Error(found.error);
    const rights: Rights = found.value;
    const lab = await Topology.open(rights);
    try {
      await lab.network('lan');
      const host = await lab.host('router');
      await lab.cable(host, 'eth0', 'lan', ['10.0.0.1/24']);
      await use(new Habitat(lab, host));
    } finally {
      await lab.close();
    }
  }

  /** Writes below /run, where the host alone sees it; returns the path inside. */
  async configure(text: string, name = 'router.conf'): Promise<string> {
    const path = `/run/${name}`;
    const writer = await this.host.start(['sh', '-c', `cat > ${path}`]);
    writer.write(text);
    writer.end();
    await writer.exited;
    return path;
  }

  command(...argv: readonly string[]): string[] {
    return ['sh', '-c', LAUNCH, process.execPath, '--title=holdfast', BOOT, ...argv];
  }

  /** `holdfast ARGS` with a /tmp of its own. */
  start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
    return this.host.start(['unshare', '--mount', 'sh', '-c', PRIVATE_TMP, 'sh', ...this.command(...argv)], {
      env,
    });
  }

  /** Runs to its end. */
  async call(...argv: readonly string[]): Promise<{ code: number | null; output: string }> {
    const running = await this.start(argv);
    const { code } = await running.exited;
    return { code, output: running.output };
  }

  /** The number in a PID file as the host counts, once there is one. */
  pidIn(path = '/run/keepalived.pid'): Promise<number> {
    return until(`${path} names a process`, () => Number(this.host.read(path)) || undefined);
  }

  socket(directory = '/run/holdfast'): string {
    return this.host.path(`${directory}/control.sock`);
  }

  async status(directory?: string): Promise<DaemonStatus | undefined> {
    const answer = await ask(this.socket(directory), 'GET', '/status');
    return answer.ok ? (answer.value.body as DaemonStatus) : undefined;
  }

  /** Waits until the control socket answers. */
  ready(directory?: string): Promise<DaemonStatus> {
    return until('the daemon answers', () => this.status(directory));
  }
}

/** Whether a process of this number outside handles (or ignores) a signal. */
export function disposition(pid: number, signal: number): 'handled' | 'ignored' | 'default' | 'gone' {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return 'gone';
  }
  const has = (field: string): boolean => {
    const mask = BigInt(`0x${new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
    return ((mask >> BigInt(signal - 1)) & 1n) === 1n;
  };
  return has('SigCgt') ? 'handled' : has('SigIgn') ? 'ignored' : 'default';
}

/** A test that is played in one. */
export const inHabitat = (name: string, use: (habitat: Habitat) => Promise<void>): void => {
  test(name, { skip }, () => Habitat.with(use));
};
