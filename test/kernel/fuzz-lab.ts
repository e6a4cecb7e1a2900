/**
 * Two daemons beside each other, ours and Debian's keepalived, each in a network of its own that has the same addresses,
 * listeners and files; and what can be seen of each: the table as ipvsadm reads it, scripts that ran, lines of the FIFO.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { enterNetworkNamespace } from '../../src/host/linux/namespace.js';
import { PATIENCE } from '../lab/journal.js';
import { type Listener, listenBfd, listenTcp, listenUdp } from './fuzz-listen.js';
import { ADDRESSES, CONTENTS, type Condition, PEERS, type Switch } from './fuzz-world.js';
import { KEEPALIVED } from './keepalived.js';
import { ended } from './lvs-lab.js';

const BOOT = fileURLToPath(new URL('../../src/daemon/boot.js', import.meta.url));
/** Another one than Debian's tells whether a difference is one of its version. */
const PROGRAM = process.env['FUZZ_KEEPALIVED'] ?? KEEPALIVED;
/** An address that went was seen to go by all who wait for it. */
const SEEN_MS = 500;

export type Program = 'keepalived' | 'holdfast';

/** What can be compared. Each is a list of lines. */
export interface Sight {
  /** `ipvsadm -Sn`, by service: the kernel shows services in an order of its own, servers in that of their coming. */
  readonly table: string[];
  readonly thresholds: string[];
  readonly timeouts: string[];
  readonly daemons: string[];
  /** Of VRRP. */
  readonly addresses: string[];
  /** Calls of scripts and lines of the FIFO, by whom they are about. */
  readonly scripts: ReadonlyMap<string, readonly string[]>;
  readonly fifo: ReadonlyMap<string, readonly string[]>;
}

/** The thread is in one network at a time. */
let turn: Promise<unknown> = Promise.resolve();
function inNetwork<T>(host: string, body: () => Promise<T>): Promise<T> {
  const mine = turn.then(async () => {
    const entered = enterNetworkNamespace(host);
    if (!entered.ok) throw new Error(entered.error.message);
    try {
      return await body();
    } finally {
      enterNetworkNamespace('/proc/1/ns/net');
    }
  });
  turn = mine.catch(() => {});
  return mine;
}

/** Output of a command; without blocking, for the listeners answer meanwhile. */
function output(command: string, ...argv: string[]): Promise<string> {
  return new Promise((done, reject) => {
    const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => (text += data));
    child.stderr.on('data', (data: Buffer) => (errors += data));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? done(text) : reject(new Error(`${argv.join(' ')}: ${errors}`)),
    );
  });
}

export class Side {
  readonly folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  readonly #listeners = new Map<Switch, { readonly condition: Condition; readonly end: Listener }>();
  /** How many lines of each file were seen last, and how many of them are forgotten. */
  readonly #seen = new Map<string, number>();
  readonly #forgotten = new Map<string, number>();
  /** Switches of addresses that are there. */
  readonly #vips = new Set<Switch>();
  readonly host: string;
  /** Who answers to BFD lives there. */
  readonly peer: string;
  log = '';
  #child: ChildProcess | undefined;
  #reader: ChildProcess | undefined;

  constructor(
    readonly program: Program,
    name: string,
  ) {
    this.host = `${program[0]}${name}`;
    this.peer = `${this.host}-peer`;
  }

  async build(): Promise<void> {
    const { folder, host, peer } = this;
    mkdirSync(join(folder, 'state'));
    for (const name of Object.keys(CONTENTS)) writeFileSync(join(folder, 'state', name), '0\n');
    writeFileSync(join(folder, 'say'), `#!/bin/sh\necho "$#: $*" >>${folder}/said\n`, { mode: 0o755 });
    writeFileSync(join(folder, 'look'), `#!/bin/sh\nread x <${folder}/state/$1\nexit $x\n`, { mode: 0o755 });
    const addresses = [...ADDRESSES[4].map((one) => `${one}/24`), ...ADDRESSES[6].map((one) => `${one}/64`)];
    await output(
      'sh',
      '-ec',
      `ip netns add ${host}; ip -n ${host} link set lo up; ip -n ${host} link add d0 type dummy
       ip -n ${host} link set d0 up; ip -n ${host} link add v0 type dummy; ip -n ${host} link set v0 up
       ip netns add ${peer}; ip -n ${host} link add e0 type veth peer name e1 netns ${peer}
       ip -n ${peer} link set e1 up; ip -n ${host} address add 10.9.0.1/24 dev e0; ip -n ${host} link set e0 up
       ${Object.values(PEERS)
         .map((one) => `ip -n ${peer} address add ${one}/24 dev e1`)
         .join('\n')}
       ${addresses.map((one) => `ip -n ${host} address add ${one} dev d0${one.includes(':') ? ' nodad' : ''}`).join('\n')}
       mkfifo -m 600 ${folder}/fifo`,
    );
    // Open for both, so that it lives longer than who writes.
    this.#reader = spawn('sh', ['-c', `exec cat <>${folder}/fifo >>${folder}/told`], { stdio: 'ignore' });
  }

  /** Lines for ipvsadm, before anybody starts. */
  prepare(lines: string): Promise<string> {
    return this.#inside(`ipvsadm -R <<'END'\n${lines}\nEND`);
  }

  #inside(line: string): Promise<string> {
    return output('ip', 'netns', 'exec', this.host, 'sh', '-c', line);
  }

  write(text: string): void {
    const file = join(this.folder, 'lb.conf');
    writeFileSync(file, text.replaceAll('@', this.folder), { mode: 0o600 });
  }

  /** `whole`: VRRP and BFD, too. */
  start(whole: boolean): void {
    const { folder, host } = this;
    const pids = [
      '-p',
      `${folder}/main.pid`,
      '-c',
      `${folder}/checkers.pid`,
      '-r',
      `${folder}/vrrp.pid`,
      '-b',
      `${folder}/bfd.pid`,
    ];
    const what = this.program === 'keepalived' ? [PROGRAM] : [process.execPath, BOOT, '--run-dir', folder];
    const argv = [
      'netns',
      'exec',
      host,
      ...what,
      '-n',
      '-R',
      '-l',
      '-D',
      ...(whole ? [] : ['-C']),
      '-f',
      `${folder}/lb.conf`,
      ...pids,
    ];
    const child = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (this.log += data.toString()));
    this.#child = child;
  }

  get runs(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What a life may have left behind is nothing to the next one. */
  clear(): Promise<string> {
    return this.#inside('ipvsadm -C; ipvsadm --stop-daemon master; ipvsadm --stop-daemon backup; true');
  }

  async reload(): Promise<void> {
    this.log += '--- reload\n';
    const mark = this.log.length;
    this.#child?.kill('SIGHUP');
    const end = Date.now() + PATIENCE;
    while (!/Reload complete|: Reloaded/.test(this.log.slice(mark))) {
      if (Date.now() > end) throw new Error(`${this.program} does not reload:\n${this.log.slice(mark)}`);
      await delay(50);
    }
  }

  async stop(): Promise<void> {
    if (!this.#child) return;
    this.log += '--- stop\n';
    this.#child.kill('SIGTERM');
    await ended(this.#child);
    this.#child = undefined;
  }

  async remove(): Promise<void> {
    this.#child?.kill('SIGKILL');
    this.#reader?.kill();
    await Promise.all([...this.#listeners.values()].map(({ end }) => end()));
    this.#listeners.clear();
    await output('sh', '-ec', `ip netns delete ${this.host}; ip netns delete ${this.peer}`);
  }

  /**
   * Opens and closes listeners, writes files and brings addresses until all is as it shall be. Who waits for an address that
   * goes sees nothing of what turns beside it, and of one that comes all: addresses go first and come last.
   */
  async turn(conditions: ReadonlyMap<Switch, Condition>): Promise<void> {
    const kept = [...conditions].filter(([, condition]) => condition === 'good').map(([name]) => name);
    const gone = [...this.#vips].filter((name) => !kept.includes(name));
    await this.#address('delete', gone);
    if (gone.length > 0) await delay(SEEN_MS);
    for (const [name, condition] of conditions) {
      const [kind = '', address = '', port] = name.split(' ');
      if (kind === 'vip') continue;
      if (kind === 'file') {
        const path = join(this.folder, 'state', address);
        const content = `${CONTENTS[address]?.[condition]}\n`;
        if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
        writeFileSync(`${path}.new`, content);
        renameSync(`${path}.new`, path);
        continue;
      }
      const now = this.#listeners.get(name);
      if ((now?.condition ?? 'closed') === condition) continue;
      await now?.end();
      this.#listeners.delete(name);
      if (condition === 'closed') continue;
      const listen = kind === 'bfd' ? listenBfd : kind === 'udp' ? listenUdp : listenTcp;
      const where = kind === 'bfd' ? this.peer : this.host;
      const end = await inNetwork(where, () => listen(address, Number(port), kind, condition));
      this.#listeners.set(name, { condition, end });
    }
    await this.#address(
      'add',
      kept.filter((name) => name.startsWith('vip ') && !this.#vips.has(name)),
    );
  }

  async #address(verb: 'add' | 'delete', names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const lines = names.map((name) => {
      if (verb === 'add') this.#vips.add(name);
      else this.#vips.delete(name);
      const [, address = ''] = name.split(' ');
      return `address ${verb} ${address}/${address.includes(':') ? '128 nodad' : '32'} dev v0`;
    });
    await output('sh', '-ec', `ip -n ${this.host} -batch - <<'END'\n${lines.join('\n')}\nEND`);
  }

  /** What was seen of calls and lines is not seen again; what came since is. */
  forget(): void {
    for (const [file, lines] of this.#seen) this.#forgotten.set(file, lines);
  }

  async see(): Promise<Sight> {
    const parts = await this.#inside(
      'ipvsadm -Sn; echo ---; ipvsadm -Ln --thresholds; echo ---; ipvsadm -L --timeout; echo ---; ipvsadm -L --daemon; echo ---; ip -o address show dev e0',
    );
    const [table = [], thresholds = [], timeouts = [], daemons = [], addresses = []] = parts
      .split(/^---$/m)
      .map((part) =>
        part
          .trim()
          .split('\n')
          .filter((line) => line !== ''),
      );
    return {
      table: byService(table),
      thresholds: thresholds
        .filter(
          (line) => /\s[1-9]\d*\s+\d+\s+\d+\s+\d+$/.test(line) || /\s\d+\s+[1-9]\d*\s+\d+\s+\d+$/.test(line),
        )
        .map((line) => line.replace(/(\s+\d+){2}$/, ''))
        .sort(),
      timeouts,
      daemons,
      addresses: addresses
        .flatMap((line) => / inet6? ([0-9a-f]\S+)/.exec(line)?.[1] ?? [])
        .filter((one) => !one.startsWith('fe80'))
        .sort(),
      scripts: this.#told('said'),
      fifo: this.#told('told'),
    };
  }

  #told(file: string): Map<string, string[]> {
    const path = join(this.folder, file);
    // The last one may be half of one.
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    this.#seen.set(file, lines.length);
    const told = new Map<string, string[]>();
    for (const line of lines.slice(this.#forgotten.get(file) ?? 0)) {
      const key = ownerOf(line);
      told.set(key, [...(told.get(key) ?? []), line]);
    }
    return told;
  }
}

/** Who a call of a script (`3: v7 10.1.0.1 up`, `2: v7_1 quorum up`) or a line of the FIFO is about: `v7`, or `v7 10.1.0.1`. */
function ownerOf(line: string): string {
  const called = /^\d+: (v\d+(?:_\d+)?)(?: ([0-9a-f.:]*[.:]\S*))?/.exec(line);
  if (called) return called.slice(1).join(' ').trim();
  const server = /^RS \[(\S+?)\]/.exec(line)?.[1] ?? '';
  const [, number, nth] =
    /(?:\[198\.18\.|\[2001:db8:2:|FWM |\[g)(\d+)(?:\.1\]|::1\]|\]:(\d+)| )/.exec(line) ?? [];
  return `v${number}${nth === undefined || nth === '0' ? '' : `_${nth}`} ${server}`.trim();
}

function byService(lines: readonly string[]): string[] {
  const services: string[][] = [];
  for (const line of lines) {
    if (line.startsWith('-A')) services.push([line]);
    else services.at(-1)?.push(line);
  }
  return services.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)).flat();
}
