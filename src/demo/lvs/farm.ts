/**
 * What the demo shows: a director running examples/lvs-nat, three web servers behind it, a client in front, and all
 * that one can do to the servers. It reports what it sees and draws nothing; who acts is a person at the keys
 * (lvs.ts) or the story that plays by itself (story.ts).
 */
import { fileURLToPath } from 'node:url';
import type { DaemonStatus, DrainReport, WatchLine } from '../../admin/report.js';
import { ask, askFor, follow } from '../../cli/client.js';
import type { ServerStatus } from '../../core/lvs/status.js';
import type { LabHost } from '../../lab/host.js';
import type { Rights } from '../../lab/rights.js';
import type { Running } from '../../lab/running.js';
import { Topology } from '../../lab/topology.js';
import { readExample } from '../examples.js';
import { type Happening, Happenings, type Mood } from '../happenings.js';
import { InstanceNews } from '../instance-news.js';
import { Requests } from './requests.js';
import { CLIENT_NETWORK, type DownloadReport, type VisitorReport } from './visitor.js';

/** Interfaces and addresses are those of the configuration: the network is made to fit it. */
export const SERVICE_ADDRESS = '192.168.56.205';
const BACK_ADDRESS = '192.168.33.205';
const CLIENT = { interface: 'eth0', address: '192.168.56.1' };
export const REQUEST_INTERVAL_MS = 15;
const POLL_INTERVAL_MS = 150;
const CONTROL_SOCKET = '/run/holdfast/control.sock';
const DAEMON = fileURLToPath(new URL('../../daemon/boot.js', import.meta.url));
const WEB_SERVER = fileURLToPath(new URL('./web-server.js', import.meta.url));
const VISITOR = fileURLToPath(new URL('./visitor.js', import.meta.url));
/** The page whose digest stands in the configuration, and what stands there when it is broken. */
export const PAGE = 'Everything is in its place.';
const BROKEN_PAGE = 'Error establishing a database connection';

export const SERVERS = ['web1', 'web2', 'web3'] as const;
export type ServerName = (typeof SERVERS)[number];

export interface ServerView {
  readonly name: ServerName;
  readonly address: string;
  readonly running: boolean;
  readonly wholePage: boolean;
  /** What the daemon says of it; absent while it says nothing. */
  readonly status?: ServerStatus;
}

export interface DirectorView {
  /** Both addresses are on it. */
  readonly master: boolean;
  /** By what it balances; absent: it did not say yet. */
  readonly plane?: string;
  /** The last thing that the daemon said, if it ended by itself. */
  readonly ended?: string;
}

interface Machine {
  readonly name: ServerName;
  readonly address: string;
  host?: LabHost;
  program?: Running;
  wholePage: boolean;
}

export class Farm {
  readonly requests = new Requests();
  /** By number. */
  readonly downloads: DownloadReport[] = [];
  readonly #happenings = new Happenings();
  readonly #machines: readonly Machine[] = SERVERS.map((name, n) => ({
    name,
    address: `192.168.33.${n + 1}`,
    wholePage: true,
  }));
  #director: LabHost | undefined;
  #daemon: Running | undefined;
  #visitor: Running | undefined;
  #status: DaemonStatus | undefined;
  #poll: NodeJS.Timeout | undefined;
  #following = false;
  readonly #news = new Map<string, InstanceNews>();
  readonly #left = new Map<ServerName, number | undefined>();
  #ended: string | undefined;
  #closing = false;

  private constructor(private readonly lab: Topology) {}

  /** Makes the network and starts everything; the director needs a moment more to find that it is alone. */
  static async open(rights: Rights): Promise<Farm> {
    const farm = new Farm(await Topology.open(rights));
    try {
      await farm.#build();
    } catch (error) {
      await farm.close();
      throw error;
    }
    return farm;
  }

  async #build(): Promise<void> {
    await this.lab.network('front');
    await this.lab.network('back');
    const client = await this.lab.host('client');
    await this.lab.cable(client, CLIENT.interface, 'front', [`${CLIENT.address}/24`]);
    await this.lab.behind(client, CLIENT_NETWORK);
    for (const machine of this.#machines) {
      machine.host = await this.lab.host(machine.name);
      await this.lab.cable(machine.host, 'eth0', 'back', [`${machine.address}/24`]);
      await this.lab.route(machine.host, BACK_ADDRESS);
      await this.#run(machine);
    }
    await this.#startDirector();
    this.#visitor = await client.start(
      [process.execPath, VISITOR, SERVICE_ADDRESS, String(REQUEST_INTERVAL_MS)],
      {
        onLine: ({ text }) => {
          if (text.startsWith('{')) this.#visited(JSON.parse(text) as VisitorReport);
        },
      },
    );
    const poll = async (): Promise<void> => {
      await this.#look();
      if (!this.#closing) this.#poll = setTimeout(() => void poll(), POLL_INTERVAL_MS);
    };
    void poll();
  }

  async #startDirector(): Promise<void> {
    const host = await this.lab.host('lb1');
    await this.lab.cable(host, 'eth1', 'front', ['192.168.56.101/24']);
    await this.lab.cable(host, 'eth2', 'back', ['192.168.33.101/24']);
    await this.lab.route(host, CLIENT.address);
    await host.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
    const file = host.write('holdfast.conf', readExample('lvs-nat', 'director.conf'));
    const daemon = await host.start([process.execPath, DAEMON, '-n', '-l', '-D', '-G', '-f', file]);
    this.#director = host;
    this.#daemon = daemon;
    void daemon.exited.then((exit) => {
      if (this.#closing) return;
      this.#ended = daemon.lines.at(-1)?.text ?? `status ${exit.code}`;
      this.#status = undefined;
      this.#tell('lb1', `the daemon ended: ${this.#ended}`, 'bad');
    });
  }

  get happenings(): readonly Happening[] {
    return this.#happenings.all;
  }

  get servers(): readonly ServerView[] {
    const known = this.#status?.balancer?.services[0]?.servers;
    return this.#machines.map(({ name, address, program, wholePage }) => {
      const status = known?.find((server) => server.name.includes(`[${address}]`));
      return {
        name,
        address,
        running: program !== undefined,
        wholePage,
        ...(status === undefined ? {} : { status }),
      };
    });
  }

  server(name: ServerName): ServerView {
    return this.servers[SERVERS.indexOf(name)] as ServerView;
  }

  get director(): DirectorView {
    const instances = this.#status?.instances ?? [];
    const plane = this.#daemon?.lines.map(({ text }) => /Balancing by (\w+)/.exec(text)?.[1]).find(Boolean);
    return {
      master: instances.length > 0 && instances.every(({ state }) => state === 'MASTER'),
      ...(plane === undefined ? {} : { plane }),
      ...(this.#ended === undefined ? {} : { ended: this.#ended }),
    };
  }

  async stop(name: ServerName): Promise<void> {
    const machine = this.#machine(name);
    const { program } = machine;
    if (program === undefined) return;
    delete machine.program;
    this.#tell('you', `stopped ${name}`, 'bad');
    await program.stop();
  }

  async start(name: ServerName): Promise<void> {
    const machine = this.#machine(name);
    if (machine.program !== undefined) return;
    this.#tell('you', `started ${name}`, 'good');
    await this.#run(machine);
  }

  async breakPage(name: ServerName): Promise<void> {
    this.#setPage(this.#machine(name), false);
    this.#tell('you', `broke the page of ${name}: the server runs, and says "${BROKEN_PAGE}"`, 'bad');
  }

  async mendPage(name: ServerName): Promise<void> {
    this.#setPage(this.#machine(name), true);
    this.#tell('you', `mended the page of ${name}`, 'good');
  }

  async drain(name: ServerName): Promise<void> {
    this.#tell('you', `drain ${name}: holdfast drain ${this.#machine(name).address}`, 'neutral');
    await this.#drain(name, false);
  }

  async fill(name: ServerName): Promise<void> {
    this.#tell('you', `fill ${name}: holdfast drain ${this.#machine(name).address} --undo`, 'good');
    await this.#drain(name, true);
  }

  /** So many downloads begin, each from an address of its own. */
  download(count: number): void {
    this.#tell('client', `begins ${count} downloads`, 'neutral');
    this.#visitor?.write('download\n'.repeat(count));
  }

  /** The last lines that the director's daemon has logged. */
  log(lines: number): readonly string[] {
    return (this.#daemon?.lines ?? []).slice(-lines).map((line) => line.text);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#poll);
    await this.lab.close();
  }

  #machine(name: ServerName): Machine {
    return this.#machines[SERVERS.indexOf(name)] as Machine;
  }

  async #run(machine: Machine): Promise<void> {
    const { host, name } = machine;
    if (host === undefined) return;
    const program = await host.start([process.execPath, WEB_SERVER, name, this.#pageOf(machine)]);
    machine.program = program;
  }

  #pageOf = ({ wholePage }: Machine): string => (wholePage ? PAGE : BROKEN_PAGE);

  #setPage(machine: Machine, whole: boolean): void {
    machine.wholePage = whole;
    machine.program?.write(`${this.#pageOf(machine)}\n`);
  }

  async #drain(name: ServerName, undo: boolean): Promise<void> {
    const socket = this.#director?.path(CONTROL_SOCKET) ?? '';
    const question = { server: this.#machine(name).address, ...(undo ? { undo } : {}) };
    const answer = await askFor<DrainReport>(socket, 'POST', '/drain', ['places'], { question });
    if (!answer.ok) this.#tell('lb1', answer.error, 'bad');
  }

  async #look(): Promise<void> {
    const host = this.#director;
    if (host === undefined || this.#ended !== undefined) return;
    const socket = host.path(CONTROL_SOCKET);
    const answer = await ask(socket, 'GET', '/status');
    if (!answer.ok || this.#closing) return;
    this.#status = answer.value.body as DaemonStatus;
    this.#countLeft();
    for (const instance of this.#status.instances) {
      const { name } = instance;
      const news =
        this.#news.get(name) ??
        new InstanceNews((text, mood, at) => this.#tell('lb1', text, mood, at), `${name} `);
      this.#news.set(name, news);
      news.take(instance);
    }
    if (this.#following) return;
    this.#following = true;
    void follow(socket, '/events', (line) => this.#happened(line as WatchLine)).then(() => {
      this.#following = false;
    });
  }

  /** How many connections drained servers have left, each time that it is another number. */
  #countLeft(): void {
    for (const { name, status } of this.servers) {
      const left = status?.drained === true ? status.connections?.active : undefined;
      if (left !== undefined && left !== this.#left.get(name))
        this.#tell(name, `drained: ${left} connection${left === 1 ? '' : 's'} left`, 'neutral');
      this.#left.set(name, left);
    }
  }

  #happened(line: WatchLine): void {
    const at = 'wall' in line ? line.wall / 1000 : undefined;
    if (line.type === 'server')
      this.#tell(
        this.#machines.find(({ address }) => line.server?.includes(`[${address}]`))?.name ?? 'lb1',
        line.state === 'UP' ? `in again: ${line.reason}` : `out: ${line.reason}`,
        line.state === 'UP' ? 'good' : 'bad',
        at,
      );
    else if (line.type === 'service')
      this.#tell(
        'lb1',
        `the service is ${line.state}: ${line.reason}`,
        line.state === 'UP' ? 'good' : 'bad',
        at,
      );
  }

  #visited(report: VisitorReport): void {
    if (report.kind === 'request') this.requests.take(report);
    else this.downloads[report.number] = report;
  }

  #tell(who: ServerName | 'lb1' | 'client' | 'you', text: string, mood: Mood, at?: number): void {
    this.#happenings.tell(who, text, mood, at);
  }
}
