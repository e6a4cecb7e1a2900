/**
 * A systemd as PID 1 of namespaces of its own, in the booted kernel: with journald and nothing else running, an
 * interface eth0 without a partner, and holdfast installed as README.md says. It asserts nothing.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { until } from '../lab/journal.js';
import { projectRoot } from '../wire/fixtures.js';

export const SYSTEMD = '/lib/systemd/systemd';
export const UNITS = '/etc/systemd/system';
/** Where Keepalived has its own, read where there is no other. */
export const CONFIGURATION = '/etc/keepalived/keepalived.conf';

/** For cases that need it. */
export const withoutSystemd = existsSync(SYSTEMD)
  ? undefined
  : `needs Debian's package systemd: no ${SYSTEMD}`;

/** Wants the journal and nothing else of what this machine has installed. */
const TARGET = `[Unit]
DefaultDependencies=no
Wants=systemd-journald.service
After=systemd-journald.service
`;

/**
 * $1: systemd; $2: the target. What a service's usual dependencies bring along is masked, but for the journal: it takes its
 * time, and would empty /tmp, where the project may lie. It is its own root of control groups, since the namespace begins
 * where it stands.
 */
const BEGIN = `set -e
mount --make-rprivate /
mount -t proc proc /proc
umount /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/systemd/system
printf '%s' "$2" >/run/systemd/system/booted.target
for target in sysinit local-fs timers; do
  for unit in /lib/systemd/system/$target.target.wants/* /etc/systemd/system/$target.target.wants/*; do
    case $unit in
      *journald*) ;;
      *) ln -sf /dev/null "/run/systemd/system/\${unit##*/}" ;;
    esac
  done
done
ip link set lo up
ip link add eth0 type veth peer name peer0
ip link set peer0 up
ip link set eth0 up
ip addr add 192.0.2.1/24 dev eth0
export container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec "$1" --system --unit=booted.target --log-target=journal --show-status=no
`;

const NAMESPACES = ['--pid', '--mount', '--net', '--ipc', '--uts', '--cgroup'];
const run = promisify(execFile);

export interface Answer {
  readonly code: number;
  /** What it said, errors behind the rest. */
  readonly text: string;
}

/** A line of the journal. */
export interface Line {
  readonly ident: string;
  /** As syslog counts: 3 an error, 6 information. */
  readonly priority: number;
  readonly text: string;
}

export class Systemd {
  private constructor(private readonly pid: number) {}

  /** There can be one in a guest. Resolves when it has started what it shall start. */
  static async boot(): Promise<Systemd> {
    install();
    const unshare = spawn(
      'unshare',
      [...NAMESPACES, '--fork', '--kill-child', 'sh', '-c', BEGIN, 'sh', SYSTEMD, TARGET],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const children = `/proc/${unshare.pid}/task/${unshare.pid}/children`;
    const pid = await until('systemd is PID 1', () => {
      const child = Number(readFileSync(children, 'latin1'));
      return child > 0 && readFileSync(`/proc/${child}/comm`, 'latin1') === 'systemd\n' && child;
    });
    const systemd = new Systemd(pid);
    await until('it has booted', async () => {
      const { text } = await systemd.run('systemctl', 'is-active', 'booted.target');
      return text === 'active\n';
    });
    return systemd;
  }

  /** Runs a command where systemd is. */
  async run(...command: readonly string[]): Promise<Answer> {
    const argv = ['-t', String(this.pid), '-m', '-u', '-i', '-n', '-p', '-C', ...command];
    try {
      const { stdout, stderr } = await run('nsenter', argv);
      return { code: 0, text: stdout + stderr };
    } catch (error) {
      const { code, stdout = '', stderr = '' } = error as { code: unknown; stdout?: string; stderr?: string };
      if (typeof code !== 'number') throw error;
      return { code, text: stdout + stderr };
    }
  }

  async property(unit: string, name: string): Promise<string> {
    const { text } = await this.run('systemctl', 'show', unit, '-p', name, '--value');
    return text.trim();
  }

  /** What a unit has logged since `moment()` said so. */
  async journal(unit: string, cursor: string): Promise<readonly Line[]> {
    await this.run('journalctl', '--sync');
    const { text } = await this.run('journalctl', '-u', unit, '--after-cursor', cursor, '-o', 'json');
    return text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => {
        const fields = JSON.parse(line) as Record<string, string | undefined>;
        return {
          ident: fields['SYSLOG_IDENTIFIER'] ?? '',
          priority: Number(fields['PRIORITY']),
          text: fields['MESSAGE'] ?? '',
        };
      });
  }

  /** The place in the journal behind everything said so far. */
  async moment(): Promise<string> {
    await this.run('journalctl', '--sync');
    const { text } = await this.run('journalctl', '-n', '1', '--show-cursor', '-q');
    const cursor = /^-- cursor: (.*)$/m.exec(text)?.[1];
    if (cursor === undefined) throw new Error(`the journal has no place: ${text}`);
    return cursor;
  }
}

/** As README.md says; in the guest it is forgotten with it. */
function install(): void {
  symlinkSync(`${projectRoot}/bin/holdfast`, '/usr/sbin/holdfast');
  mkdirSync(UNITS, { recursive: true });
  writeFileSync(`${UNITS}/holdfast.service`, readFileSync(`${projectRoot}/packaging/holdfast.service`));
  mkdirSync('/etc/keepalived', { recursive: true });
  // A Node.js that is not where services look for programs.
  if (!existsSync('/usr/bin/node') && !existsSync('/usr/local/bin/node'))
    symlinkSync(process.execPath, '/usr/local/bin/node');
}
