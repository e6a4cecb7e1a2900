/**
 * Two daemons beside each other, ours and Debian's keepalived, each in a network of its own that has the same addresses,
 * listeners and files; and what can be seen of each: the table as ipvsadm reads it, scripts that ran, lines of the FIFO.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { enterNetworkNamespace } from '../../src/host/linux/namespace.js';
import { PATIENCE } from '../lab/journal.js';
import { ADDRESSES, type Condition, FILES, type Switch } from './fuzz-world.js';
import { KEEPALIVED } from './keepalived.js';
import { ended } from './lvs-lab.js';

const BOOT = fileURLToPath(new URL('../../src/daemon/boot.js', import.meta.url));
/** Another one than Debian's tells whether a difference is one of its version. */
const PROGRAM = process.env['FUZZ_KEEPALIVED'] ?? KEEPALIVED;
/**
 * What a file holds: numbers that are tracked, and exit codes of scripts; those that ask for a weight (`d`) by more than 1.
 */
const contentOf = (name: string, condition: Condition): string =>
  ({ good: name.startsWith('d') ? '4' : '0', bad: '1', closed: '5' })[condition];

export type Program = 'keepalived' | 'holdfast';

/** What can be compared. Each is a list of lines. */
export interface Sight {
  /** `ipvsadm -Sn`, by service: the kernel shows services in an order of its own, servers in that of their coming. */
  readonly table: string[];
  readonly thresholds: string[];
  readonly timeouts: string[];
  readonly daemons: string[];
  /** Calls of scripts and lines of the FIFO, by whom they are about. */
  readonly scripts: ReadonlyMap<string, readonly string[]>;
  readonly fifo: ReadonlyMap<string, readonly string[]>;
}

/** A listener that can be ended at once. */
type Listener = () => Promise<void>;

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
  readonly host: string;
  log = '';
  #child: ChildProcess | undefined;
  #reader: ChildProcess | undefined;

  constructor(
    readonly program: Program,
    name: string,
  ) {
    this.host = `${program[0]}${name}`;
  }

  async build(): Promise<void> {
    const { folder, host } = this;
    mkdirSync(join(folder, 'state'));
    for (const name of FILES) writeFileSync(join(folder, 'state', name), '0\n');
    writeFileSync(join(folder, 'say'), `#!/bin/sh\necho "$#: $*" >>${folder}/said\n`, { mode: 0o755 });
    writeFileSync(join(folder, 'look'), `#!/bin/sh\nread x <${folder}/state/$1\nexit $x\n`, { mode: 0o755 });
    const addresses = [...ADDRESSES[4].map((one) => `${one}/24`), ...ADDRESSES[6].map((one) => `${one}/64`)];
    await output(
      'sh',
      '-ec',
      `ip netns add ${host}; ip -n ${host} link set lo up; ip -n ${host} link add d0 type dummy
       ip -n ${host} link set d0 up
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

  start(): void {
    const { folder, host } = this;
    const pids = ['-p', `${folder}/main.pid`, '-c', `${folder}/checkers.pid`, '-r', `${folder}/vrrp.pid`];
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
      '-C',
      '-f',
      `${folder}/lb.conf`,
      ...pids,
    ];
    const child = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (this.log += data.toString()));
    this.#child = child;
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
    await output('ip', 'netns', 'delete', this.host);
  }

  /** Opens and closes listeners and writes files until all is as it shall be. */
  async turn(conditions: ReadonlyMap<Switch, Condition>): Promise<void> {
    for (const [name, condition] of conditions) {
      const [kind = '', address = '', port] = name.split(' ');
      if (kind === 'file') {
        const path = join(this.folder, 'state', address);
        if (existsSync(path) && readFileSync(path, 'utf8') === `${contentOf(address, condition)}\n`) continue;
        writeFileSync(`${path}.new`, `${contentOf(address, condition)}\n`);
        renameSync(`${path}.new`, path);
        continue;
      }
      const now = this.#listeners.get(name);
      if ((now?.condition ?? 'closed') === condition) continue;
      await now?.end();
      this.#listeners.delete(name);
      if (condition === 'closed') continue;
      const listen = kind === 'udp' ? listenUdp : listenTcp;
      const end = await inNetwork(this.host, () => listen(address, Number(port), kind, condition));
      this.#listeners.set(name, { condition, end });
    }
  }

  /** What was called and told until now is not seen again. */
  forget(): void {
    for (const file of ['said', 'told']) writeFileSync(join(this.folder, file), '');
  }

  async see(): Promise<Sight> {
    const parts = await this.#inside(
      'ipvsadm -Sn; echo ---; ipvsadm -Ln --thresholds; echo ---; ipvsadm -L --timeout; echo ---; ipvsadm -L --daemon',
    );
    const [table = [], thresholds = [], timeouts = [], daemons = []] = parts.split(/^---$/m).map((part) =>
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
      scripts: this.#told('said'),
      fifo: this.#told('told'),
    };
  }

  #told(file: string): Map<string, string[]> {
    const path = join(this.folder, file);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    const told = new Map<string, string[]>();
    for (const line of lines.filter((one) => one !== '')) {
      const key = ownerOf(line);
      told.set(key, [...(told.get(key) ?? []), line]);
    }
    return told;
  }
}

/** Who a call of a script (`3: v7 10.1.0.1 up`) or a line of the FIFO is about: `v7`, or `v7 10.1.0.1`. */
function ownerOf(line: string): string {
  const called = /^\d+: (v\d+)(?: ([0-9a-f.:]*[.:]\S*))?/.exec(line);
  if (called) return called.slice(1).join(' ').trim();
  const server = /^RS \[(\S+?)\]/.exec(line)?.[1] ?? '';
  const service = /(?:\[198\.18\.|\[2001:db8:2:|FWM |\[g)(\d+)(?:\.1\]|::1\]|\]| )/.exec(line)?.[1];
  return `v${service} ${server}`.trim();
}

function byService(lines: readonly string[]): string[] {
  const services: string[][] = [];
  for (const line of lines) {
    if (line.startsWith('-A')) services.push([line]);
    else services.at(-1)?.push(line);
  }
  return services.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)).flat();
}

function listenTcp(address: string, port: number, kind: string, condition: Condition): Promise<Listener> {
  const sockets = new Set<Socket>();
  const good = condition === 'good';
  const server: NetServer = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    let text = '';
    if (kind === 'smtp') socket.write(good ? '220 hello\r\n' : '554 away\r\n');
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (kind === 'smtp') {
        if (text.includes('QUIT\r\n')) socket.end('221 bye\r\n');
        else if (text.endsWith('\r\n')) socket.write('250 ok\r\n');
      } else if (text.endsWith('\r\n\r\n')) socket.end(`HTTP/1.0 ${good ? 200 : 500} so\r\n\r\npage\n`);
    });
  });
  return new Promise((done, reject) => {
    server.on('error', reject);
    server.listen({ host: address, port, ipv6Only: true }, () =>
      done(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      ),
    );
  });
}

/** Says the same again, as an answer of DNS. */
function listenUdp(address: string, port: number, _kind: string, condition: Condition): Promise<Listener> {
  const socket = createSocket(address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
  socket.on('message', (bytes, from) => {
    const reply = Buffer.from(bytes);
    reply.writeUInt16BE(condition === 'good' ? 0x8180 : 0x8182, 2);
    socket.send(reply, from.port, from.address);
  });
  return new Promise((done, reject) => {
    socket.on('error', reject);
    socket.bind({ address, port, exclusive: true }, () =>
      done(() => new Promise((closed) => socket.close(() => closed()))),
    );
  });
}
