/**
 * The other end of a BFD session in the lab: Debian's keepalived, bird or FRR's bfdd, each with the same intervals,
 * and how each is asked whether it is up. Recipes: directives-bfd section 6.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost } from '../../src/lab/host.js';
import type { Running } from '../../src/lab/running.js';
import { until } from './journal.js';

export type PartnerKind = 'keepalived' | 'bird' | 'bfdd';

const BFDD = '/usr/lib/frr/bfdd';
const PROGRAMS: Readonly<Record<PartnerKind, string>> = {
  keepalived: '/usr/sbin/keepalived',
  bird: '/usr/sbin/bird',
  bfdd: BFDD,
};
/** Why it cannot play. */
export const missing = (kind: PartnerKind): string | undefined =>
  existsSync(PROGRAMS[kind]) ? undefined : `needs ${kind}`;

export interface Ends {
  /** Of the partner, and of us. */
  readonly local: string;
  readonly remote: string;
  readonly multihop: boolean;
  /** In bird's words; we have `auth_type` and the same key. */
  readonly authentication?: string;
}

/** Of either end: three seconds until silence is a loss, for a machine that is busy with other things. */
export const MULTIPLIER = 60;

/** The key of sessions with authentication, and its number. */
export const KEY = { id: 7, text: 'change-me' } as const;

export class Partner {
  #running: Running | undefined;
  readonly #directory: string;

  constructor(
    readonly host: LabHost,
    readonly kind: PartnerKind,
    readonly ends: Ends,
  ) {
    this.#directory = join(host.directory, 'partner');
    mkdirSync(this.#directory, { recursive: true });
  }

  /** Files, and what must run before it. */
  async prepare(): Promise<void> {
    this.#configure(50);
    if (this.kind !== 'bfdd') return;
    execFileSync('chown', ['-R', 'frr:frr', this.#directory]);
    await this.#frr('zebra');
    await until('zebra serves its clients', () => existsSync(join(this.#directory, 'zserv.api')));
  }

  /** From now on it wants to send so often, milliseconds. */
  async sendEvery(interval: number): Promise<void> {
    this.#configure(interval);
    if (this.kind === 'keepalived') this.#running?.signal('SIGHUP');
    else if (this.kind === 'bird')
      await this.host.run(['birdc', '-s', join(this.#directory, 'bird.ctl'), 'configure']);
    else {
      const lines = ['conf t', 'bfd', this.#peerLine, `transmit-interval ${interval}`];
      await this.host.run([
        'vtysh',
        '--vty_socket',
        this.#directory,
        ...lines.flatMap((line) => ['-c', line]),
      ]);
    }
  }

  get #peerLine(): string {
    const { local, remote, multihop } = this.ends;
    return `peer ${remote} ${multihop ? 'multihop ' : ''}local-address ${local}${multihop ? '' : ' interface eth0'}`;
  }

  #configure(interval: number): void {
    const { local, remote, multihop } = this.ends;
    if (this.kind === 'keepalived') {
      this.host.write(
        'partner/keepalived.conf',
        `bfd_instance p {
  neighbor_ip ${remote}
  source_ip ${local}
  min_rx 50
  min_tx ${interval}
  multiplier ${MULTIPLIER}
  hoplimit 255
${multihop ? '  max_hops 1\n' : ''}}
`,
      );
    } else if (this.kind === 'bird') {
      const { authentication } = this.ends;
      const key = `password "${KEY.text}" { id ${KEY.id}; };`;
      const settings =
        `min rx interval 50 ms; min tx interval ${interval} ms; idle tx interval 1000 ms; multiplier ${MULTIPLIER};` +
        (authentication === undefined ? '' : ` authentication ${authentication}; ${key}`);
      this.host.write(
        'partner/bird.conf',
        `log stderr all;
router id 10.90.1.2;
protocol device { }
protocol bfd b {
  debug { states, events };
  interface "*" { ${settings} };
  multihop { ${settings} };
  neighbor ${remote} ${multihop ? `local ${local} multihop` : 'dev "eth0"'};
}
`,
      );
    } else {
      this.host.write('partner/zebra.conf', '');
      this.host.write(
        'partner/bfdd.conf',
        `bfd
 ${this.#peerLine}
  detect-multiplier ${MULTIPLIER}
  receive-interval 50
  transmit-interval ${interval}
 exit
exit
`,
      );
    }
  }

  async start(): Promise<void> {
    const at = (name: string): string => join(this.#directory, name);
    const logFile = at(`${this.kind}.log`);
    if (this.kind === 'keepalived')
      this.#running = await this.host.start(
        [
          ...['keepalived', '-n', '-l', '-D', '-G', '-f', at('keepalived.conf')],
          ...['-p', at('k.pid'), '-r', at('v.pid'), '-c', at('c.pid'), '-b', at('b.pid')],
        ],
        { logFile },
      );
    else if (this.kind === 'bird')
      this.#running = await this.host.start(
        ['bird', '-f', '-c', at('bird.conf'), '-s', at('bird.ctl'), '-P', at('bird.pid')],
        { logFile },
      );
    else this.#running = await this.#frr('bfdd');
  }

  #frr(daemon: 'zebra' | 'bfdd'): Promise<Running> {
    const at = (name: string): string => join(this.#directory, name);
    return this.host.start(
      [
        ...[`/usr/lib/frr/${daemon}`, '-u', 'frr', '-g', 'frr', '-f', at(`${daemon}.conf`)],
        ...['-i', at(`${daemon}.pid`), '-z', at('zserv.api'), '--vty_socket', this.#directory],
        ...['-A', '127.0.0.1', '--log', 'stdout'],
        ...(daemon === 'bfdd' ? ['--bfdctl', at('bfdd.sock')] : []),
      ],
      { logFile: at(`${daemon}.log`) },
    );
  }

  /** In its own eyes. */
  async untilUp(): Promise<void> {
    const at = (name: string): string => join(this.#directory, name);
    if (this.kind === 'keepalived') {
      await until('keepalived is up', () => {
        const states = [...(this.#running?.output ?? '').matchAll(/\(p\) Entering (\w+) state/g)];
        return states.at(-1)?.[1] === 'Up';
      });
      return;
    }
    const asked =
      this.kind === 'bird'
        ? ['birdc', '-s', at('bird.ctl'), 'show', 'bfd', 'sessions']
        : ['vtysh', '--vty_socket', this.#directory, '-c', 'show bfd peers'];
    const sign = this.kind === 'bird' ? /\bUp\b/ : /Status: up/;
    await until(`${this.kind} is up`, async () => {
      const shown = await this.host.run(asked).catch(() => '');
      return sign.test(shown);
    });
  }

  /** It dies without a word. */
  async kill(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    // Keepalived's child speaks, and its parent would start another one.
    if (this.kind === 'keepalived') {
      running.signal('SIGSTOP');
      execFileSync('sh', ['-c', `pkill -KILL -P ${running.pid} || true`]);
    }
    running.signal('SIGKILL');
    await running.exited;
  }
}
