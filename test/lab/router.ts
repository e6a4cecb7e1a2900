/**
 * One router of a story: a host of the lab with a real daemon on it, ours or Debian's keepalived, and the same
 * questions to both. Answers come from outside of the daemon (`ip`, its log); only priorities that no advert
 * carries are asked of our control socket.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonStatus } from '../../src/admin/report.js';
import { ask } from '../../src/cli/client.js';
import type { BfdSessionStatus } from '../../src/core/bfd/session-status.js';
import type { InstanceStatus } from '../../src/core/status.js';
import type { LabHost } from '../../src/lab/host.js';
import type { Exit, Line, Running } from '../../src/lab/running.js';
import { Journal, until } from './journal.js';

export type Kind = 'holdfast' | 'keepalived';

const BOOT = fileURLToPath(new URL('../../src/daemon/boot.js', import.meta.url));
const OPTIONS = ['-n', '-l', '-D', '-G'];

/** What either daemon says when it dislikes a packet of the other's. */
const COMPLAINT =
  /invalid|incorrect|mismatch|bogus|\bbad\b|checksum|not present in|unexpected|wrong|too (short|long)|truncated|dropped|refuse[sd]|unknown (vrid|auth)/i;

export interface AddressOnLink {
  readonly interface: string;
  readonly address: string;
}

export class Router {
  readonly log: Journal<Line>;
  readonly #forgiven: string[] = [];
  #running: Running | undefined;

  constructor(
    readonly host: LabHost,
    readonly kind: Kind,
  ) {
    this.log = new Journal(`the log of ${host.name} (${kind})`, (line) => line.text);
  }

  get name(): string {
    return this.host.name;
  }

  /** Writes the file and starts the daemon on it, in the foreground. */
  async start(configuration: string): Promise<void> {
    this.configure(configuration);
    const program = this.kind === 'holdfast' ? [process.execPath, BOOT] : ['keepalived'];
    const command = [...program, ...OPTIONS, '-f', join(this.host.directory, 'router.conf')];
    this.#running = await this.host.start(command, {
      logFile: join(this.host.directory, `${this.kind}.log`),
      onLine: (line) => this.log.push(line),
    });
  }

  configure(configuration: string): void {
    this.host.write('router.conf', configuration);
  }

  get running(): Running {
    assert.ok(this.#running, `${this.name} was not started`);
    return this.#running;
  }

  signal(signal: NodeJS.Signals): void {
    this.running.signal(signal);
  }

  /** SIGTERM; the daemon has to end by itself, with status 0. */
  async stop(): Promise<void> {
    const exit = await this.running.stop();
    assert.deepEqual(exit, { code: 0, signal: null }, `${this.name} ends in good order`);
  }

  /** The process that speaks VRRP stands still, as on a machine that is suspended; `thaw` lets it run on. */
  freeze(): void {
    // Not the process above it: nsenter would stop with that one, and not go on.
    for (const pid of childrenOf(this.running.pid)) process.kill(pid, 'SIGSTOP');
  }
  thaw(): void {
    for (const pid of childrenOf(this.running.pid)) process.kill(pid, 'SIGCONT');
  }

  /** Silent death. Keepalived's children go with it, or they would say goodbye. */
  async kill(): Promise<Exit> {
    const { running } = this;
    running.signal('SIGSTOP');
    for (const child of childrenOf(running.pid)) process.kill(child, 'SIGKILL');
    running.signal('SIGKILL');
    return running.exited;
  }

  waitForLog(sign: RegExp, after = 0): Promise<Line> {
    return this.log.find(String(sign), (line) => sign.test(line.text), after);
  }

  entered(state: 'MASTER' | 'BACKUP' | 'FAULT', after = 0, instance = 'VI_1'): Promise<Line> {
    return this.waitForLog(new RegExp(`\\(${instance}\\) Entering ${state} STATE`), after);
  }

  /** As `ip -j address` reports them. */
  async addresses(): Promise<AddressOnLink[]> {
    // While much changes, `ip` remarks that it may have missed something: then it is asked again.
    const text = await until(`${this.name} shows its addresses`, async () => {
      const shown = await this.host.run(['ip', '-j', 'address']);
      return shown.includes('Dump was interrupted') ? undefined : shown;
    });
    const links = JSON.parse(text) as {
      ifname: string;
      addr_info: { local: string }[];
    }[];
    return links.flatMap((link) =>
      link.addr_info.map((info) => ({ interface: link.ifname, address: info.local })),
    );
  }

  async holds(address: string): Promise<boolean> {
    return (await this.addresses()).some((entry) => entry.address === address);
  }

  untilHolds(address: string): Promise<boolean> {
    return until(`${this.name} holds ${address}`, () => this.holds(address));
  }

  untilFree(address: string): Promise<boolean> {
    return until(`${this.name} is without ${address}`, async () => !(await this.holds(address)));
  }

  /** What our control socket tells; undefined while it does not answer. */
  async #told(): Promise<DaemonStatus | undefined> {
    const answer = await ask(this.host.path('/run/holdfast/control.sock'), 'GET', '/status');
    return answer.ok ? (answer.value.body as DaemonStatus) : undefined;
  }

  /** The instance as our control socket tells it; undefined while there is none. */
  async status(instance = 'VI_1'): Promise<InstanceStatus | undefined> {
    return (await this.#told())?.instances.find((entry) => entry.name === instance);
  }

  /** The BFD session as our control socket tells it; undefined while there is none. */
  async session(name: string): Promise<BfdSessionStatus | undefined> {
    return (await this.#told())?.bfd?.sessions.find((entry) => entry.name === name);
  }

  /** Waits until the effective priority is this, be the router master or not. */
  async untilPriority(priority: number, after = 0): Promise<void> {
    if (this.kind === 'keepalived') {
      await this.waitForLog(new RegExp(`effective priority from \\d+ to ${priority}$`), after);
      return;
    }
    await until(
      `${this.name} has the effective priority ${priority}`,
      async () => (await this.status())?.effectivePriority === priority,
    );
  }

  /** Lines with this word are about a third party, or about what the story itself did wrong on purpose. */
  forgiveAbout(word: string): void {
    this.#forgiven.push(word);
  }

  /** Neither daemon may have found fault with the other's packets. */
  assertNoComplaints(): void {
    const complaints = this.log.entries.filter(
      ({ text }) =>
        /advert|packet|VRRP|VI_|VRID/i.test(text) &&
        COMPLAINT.test(text) &&
        // Nobody takes mail in the lab. Two adverts that cross are nobody's fault.
        !text.includes(': the mail "') &&
        !text.includes('it crossed one of ours') &&
        !this.#forgiven.some((word) => text.includes(word)),
    );
    assert.deepEqual(
      complaints.map((line) => line.text),
      [],
      `${this.name} (${this.kind}) complains`,
    );
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}
