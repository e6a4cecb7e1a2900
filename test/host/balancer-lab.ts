/**
 * Three network namespaces for a balancer: a client, a director, and a machine with all real servers, one address each.
 * Servers answer with the address and port at which they were met, and by whom. All of it is gone with the test.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createNetworkNamespace, withNetworkNamespace } from '../../src/host/linux/namespace.js';

const SERVER = `
const net = require('net');
const at = process.argv.slice(1);
let left = at.length;
for (const place of at) {
  const [host, port] = place.split(' ');
  net.createServer((socket) => {
    socket.on('error', () => {});
    const text = socket.localAddress + ' ' + socket.localPort + ' ' + socket.remoteAddress + '\\n';
    socket.on('data', () => socket.write(text));
    socket.write(text);
  }).listen(Number(port), host, () => { if (--left === 0) console.log('ready'); });
}`;
/** Answers each line "HOST PORT [SOURCE]" by what the server said, or the error; "hold" keeps one connection and asks it again. */
const CLIENT = `
const net = require('net');
let held;
const first = (socket) => new Promise((done) => {
  socket.setTimeout(20000, () => { socket.destroy(); done('timeout'); });
  socket.once('data', (data) => done(String(data).trim()));
  socket.once('error', (error) => done(error.code));
});
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const [host, port, localAddress, hold] = line.split(' ');
  if (host === 'again') { held.write('x'); console.log(await first(held)); return; }
  const socket = net.connect({ host, port: Number(port), ...(localAddress && localAddress !== '-' ? { localAddress } : {}) });
  const answer = await first(socket);
  if (hold) held = socket; else socket.destroy();
  console.log(answer);
});`;

export class BalancerLab {
  readonly client = make();
  readonly director = make();
  readonly servers = make();
  readonly #children: ChildProcess[] = [];
  #client: ChildProcess | undefined;
  readonly #waiting: ((line: string) => void)[] = [];

  /** Clients are 192.0.2.1 and up to .9, servers 10.1.0.11 and up; IPv6 likewise in 2001:db8:1:: and 2001:db8:2::. */
  constructor() {
    const into = (fd: number): string => `/proc/${process.pid}/fd/${fd}`;
    this.run(
      this.director,
      'ip',
      'link',
      'add',
      'cl',
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      into(this.client),
    );
    this.run(
      this.director,
      'ip',
      'link',
      'add',
      'sv',
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      into(this.servers),
    );
    this.shell(
      this.director,
      `ip link set lo up; ip link set cl up; ip link set sv up
       for d in all cl sv; do echo 0 >/proc/sys/net/ipv6/conf/$d/accept_dad; done
       ip addr add 192.0.2.254/24 dev cl; ip addr add 10.1.0.254/24 dev sv
       ip addr add 2001:db8:1::254/64 dev cl nodad; ip addr add 2001:db8:2::254/64 dev sv nodad
       ip addr add 192.0.2.100/32 dev cl; ip addr add 2001:db8:1::100/128 dev cl nodad
       echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding`,
    );
    const far = (net4: string, net6: string, from: number, to: number): string =>
      `ip link set lo up; ip link set eth0 up
       for n in $(seq ${from} ${to}); do
         ip addr add ${net4}.$n/24 dev eth0; ip addr add ${net6}::$n/64 dev eth0 nodad
       done
       ip route add default via ${net4}.254; ip route add default via ${net6}::254`;
    this.shell(this.client, far('192.0.2', '2001:db8:1', 1, 9));
    this.shell(this.servers, far('10.1.0', '2001:db8:2', 11, 14));
  }

  run(namespace: number, file: string, ...args: string[]): string {
    return withNetworkNamespace(namespace, () => execFileSync(file, args, { encoding: 'utf8' }));
  }
  shell(namespace: number, text: string): string {
    return this.run(namespace, 'sh', '-ec', text);
  }

  /** Loads a ruleset that is too long for a command line. */
  load(namespace: number, ruleset: string): void {
    withNetworkNamespace(namespace, () => execFileSync('nft', ['-f', '-'], { input: ruleset }));
  }

  /** Opens servers at `ADDRESS PORT` each. */
  async serve(...places: string[]): Promise<ChildProcess> {
    const child = this.#spawn(this.servers, SERVER, places);
    await new Promise((ready) => child.stdout?.once('data', ready));
    return child;
  }

  /** Connects, and returns what the server said: its address, its port, and whom it sees. */
  ask(line: string): Promise<string> {
    if (!this.#client) {
      const child = this.#spawn(this.client, CLIENT, []);
      this.#client = child;
      if (child.stdout)
        createInterface({ input: child.stdout }).on('line', (answer) => this.#waiting.shift()?.(answer));
    }
    const answer = new Promise<string>((resolve) => this.#waiting.push(resolve));
    this.#client.stdin?.write(`${line}\n`);
    return answer;
  }

  /** The servers that `count` connections met, in order. */
  async met(line: string, count: number): Promise<string[]> {
    const answers: string[] = [];
    for (let i = 0; i < count; i++) answers.push((await this.ask(line)).split(' ')[0] ?? '');
    return answers;
  }

  #spawn(namespace: number, script: string, args: readonly string[]): ChildProcess {
    const child = withNetworkNamespace(namespace, () =>
      spawn(process.execPath, ['-e', script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    this.#children.push(child);
    return child;
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

function make(): number {
  const made = createNetworkNamespace();
  if (!made.ok) throw new Error(made.error.message);
  return made.value;
}
