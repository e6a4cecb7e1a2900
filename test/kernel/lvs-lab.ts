/**
 * A load balancer's network inside of the guest: a client with many addresses, two directors, three web servers, on a
 * front and a back switch. What runs there, and what is asked of it, is decided in lvs-cases.ts.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enterNetworkNamespace } from '../../src/host/linux/namespace.js';

const BOOT = fileURLToPath(new URL('../../src/daemon/boot.js', import.meta.url));
export const run = (line: string): string => execFileSync('sh', ['-c', line], { encoding: 'utf8' });
export const inside = (host: string, line: string): string => run(`ip netns exec ${host} ${line}`);

export const VIP = '192.168.56.205';
export const BACK_VIP = '192.168.33.205';
export const CLIENTS = Array.from({ length: 60 }, (_, n) => `192.168.56.${n + 11}`);
export const WEB = ['r1', 'r2', 'r3'] as const;
export type Web = (typeof WEB)[number];
const webAddress = (name: Web): string => `192.168.33.${WEB.indexOf(name) + 1}`;

export function removeNetwork(): void {
  for (const name of ['sw', 'cl', 'lb1', 'lb2', ...WEB]) run(`ip netns delete ${name} 2>/dev/null || true`);
}

/** `dr`: the web servers hold the address themselves, silently, and answer the client directly. */
export function buildNetwork(dr: boolean): void {
  run('modprobe -a ip_vs ip_vs_rr ip_vs_wrr 2>/dev/null || true');
  for (const name of ['sw', 'cl', 'lb1', 'lb2', ...WEB])
    run(`ip netns add ${name}; ip -n ${name} link set lo up`);
  for (const bridge of ['front', 'back'])
    run(`ip -n sw link add ${bridge} type bridge; ip -n sw link set ${bridge} up`);
  const cable = (host: string, device: string, bridge: string): string =>
    run(
      `ip -n sw link add ${host}${device} type veth peer name ${device} netns ${host}; ` +
        `ip -n sw link set ${host}${device} master ${bridge} up; ip -n ${host} link set ${device} up`,
    );
  cable('cl', 'eth1', 'front');
  for (const address of CLIENTS) run(`ip -n cl address add ${address}/24 dev eth1`);
  for (const [n, host] of ['lb1', 'lb2'].entries()) {
    cable(host, 'eth1', 'front');
    cable(host, 'eth2', 'back');
    run(`ip -n ${host} address add 192.168.56.${101 + n}/24 dev eth1`);
    run(`ip -n ${host} address add 192.168.33.${101 + n}/24 dev eth2`);
    // A connection is synchronised by every second packet of its client, its first request among them.
    inside(
      host,
      "sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 2 >/proc/sys/net/ipv4/vs/sync_threshold'",
    );
  }
  for (const name of WEB) {
    cable(name, 'eth0', 'back');
    run(`ip -n ${name} address add ${webAddress(name)}/24 dev eth0`);
    if (!dr) run(`ip -n ${name} route add default via ${BACK_VIP}`);
    else {
      cable(name, 'eth1', 'front');
      run(`ip -n ${name} address add 192.168.56.${WEB.indexOf(name) + 201}/24 dev eth1`);
      run(`ip -n ${name} address add ${VIP}/32 dev lo`);
      inside(
        name,
        "sh -c 'for s in all eth0 eth1; do echo 1 >/proc/sys/net/ipv4/conf/$s/arp_ignore; echo 2 >/proc/sys/net/ipv4/conf/$s/arp_announce; echo 0 >/proc/sys/net/ipv4/conf/$s/rp_filter; done'",
      );
    }
  }
  if (dr)
    for (const host of ['lb1', 'lb2'])
      inside(
        host,
        "sh -c 'for s in all eth1 eth2; do echo 0 >/proc/sys/net/ipv4/conf/$s/send_redirects; done'",
      );
}

/** The page that is checked; all servers have the same. */
export const PROBE = 'the probe page\n';

/** A web server that says its name; /probe is what `probe` says at the time. */
export class WebServer {
  #server: Server | undefined;
  probe = PROBE;
  status = 200;

  constructor(readonly name: Web) {}

  get address(): string {
    return webAddress(this.name);
  }

  start(): Promise<void> {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/probe' ? this.status : 200;
      response.setHeader('connection', request.url === '/kept' ? 'keep-alive' : 'close');
      response.end(request.url === '/probe' ? this.probe : this.name);
    });
    // A connection that waits for its next request is not ended by the server.
    server.keepAliveTimeout = 0;
    this.#server = server;
    return new Promise((done) => {
      // Without a host there is no lookup, and the socket is bound at once: here.
      within(this.name, () => server.listen(80));
      server.once('listening', done);
    });
  }

  stop(): Promise<void> {
    return new Promise((done) => {
      this.#server?.close(() => done());
      this.#server?.closeAllConnections();
    });
  }
}

/** This thread moves there and back: a socket that is bound meanwhile belongs there. */
/** Runs what must not await in the network of a host. */
export function within(host: string, body: () => void): void {
  const entered = enterNetworkNamespace(host);
  if (!entered.ok) throw new Error(entered.error.message);
  try {
    body();
  } finally {
    enterNetworkNamespace('/proc/1/ns/net');
  }
}

/** One request from one of the client's addresses: the server's name, or the symbol of what went wrong. */
export function fetchFrom(client: string, port = 80): Promise<string> {
  return new Promise((done) => {
    let text = '';
    const request = get({ host: VIP, port, path: '/', localAddress: client, agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => done(text));
    });
    request.setTimeout(60_000, () => request.destroy(Object.assign(new Error('late'), { code: 'LATE' })));
    request.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}

/** One connection that stays open, on which can be asked again and again. */
export class KeptConnection {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static open(localAddress: string): Promise<KeptConnection> {
    // Node makes the socket a little later: until then we stay there.
    enterNetworkNamespace('cl');
    const socket = connect({ host: VIP, port: 80, localAddress });
    return new Promise<KeptConnection>((done, reject) => {
      socket.once('connect', () => done(new KeptConnection(socket)));
      socket.once('error', reject);
    }).finally(() => enterNetworkNamespace('/proc/1/ns/net'));
  }

  get port(): number {
    return this.#socket.localPort ?? 0;
  }

  /** The name of the server; rejects where the connection has ended, or none answers in time. */
  ask(): Promise<string> {
    return new Promise((done, reject) => {
      let text = '';
      const timer = setTimeout(() => finish(new Error(`no answer, only "${text}"`)), 120_000);
      const finish = (outcome: string | Error): void => {
        clearTimeout(timer);
        this.#socket.off('data', onData).off('close', onClose).off('error', onClose);
        if (typeof outcome === 'string') done(outcome);
        else reject(outcome);
      };
      const onData = (part: Buffer): void => {
        text += part.toString();
        const name = /\r\n\r\n(?:\w+\r\n)?(r\d)/.exec(text)?.[1];
        if (name !== undefined) finish(name);
      };
      const onClose = (): void => finish(new Error('the connection has ended'));
      this.#socket.on('data', onData).on('close', onClose).on('error', onClose);
      this.#socket.write('GET /kept HTTP/1.1\r\nHost: www\r\n\r\n');
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** How often each answer came, over all of the client's addresses. */
export async function shares(clients: readonly string[] = CLIENTS): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  enterNetworkNamespace('cl');
  try {
    for (const client of clients) {
      const answer = await fetchFrom(client);
      counts[answer] = (counts[answer] ?? 0) + 1;
    }
  } finally {
    enterNetworkNamespace('/proc/1/ns/net');
  }
  return counts;
}

export interface Director {
  readonly host: string;
  readonly process: ChildProcess;
  readonly lines: string[];
  readonly folder: string;
  readonly file: string;
}

/** A daemon of ours on one of the directors. */
export function startDirector(host: string, text: string): Director {
  const folder = mkdtempSync(join(tmpdir(), `lvs-${host}-`));
  const file = join(folder, 'lb.conf');
  writeFileSync(file, text, { mode: 0o600 });
  const places = [
    '--run-dir',
    folder,
    '-p',
    `${folder}/main.pid`,
    '-r',
    `${folder}/vrrp.pid`,
    '-c',
    `${folder}/checkers.pid`,
  ];
  const child = spawn(
    'ip',
    ['netns', 'exec', host, process.execPath, BOOT, '-n', '-l', '-D', '-G', '-f', file, ...places],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => lines.push(...data.toString().split('\n')));
  return { host, process: child, lines, folder, file };
}

export const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once('exit', () => done());
  });

/** `ipvsadm -Ln` in words that do not change: without counters. */
export const table = (host: string): string =>
  inside(host, 'ipvsadm -Sn')
    .split('\n')
    .filter((line) => line !== '')
    .sort()
    .join('\n');
