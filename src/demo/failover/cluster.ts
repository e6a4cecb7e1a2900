/**
 * What the demo shows: two routers running examples/track-process, a client that pings their address, and all
 * that one can do to them. It reports what it sees and draws nothing; who acts is a person at the keys
 * (terminal.ts) or the story that plays by itself (story.ts).
 */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonStatus } from '../../admin/report.js';
import { ask } from '../../cli/client.js';
import type { InstanceStatus } from '../../core/status.js';
import type { LabHost } from '../../lab/host.js';
import type { PingReport } from '../../lab/pinger.js';
import type { Rights } from '../../lab/rights.js';
import type { Running } from '../../lab/running.js';
import { type Cable, Topology } from '../../lab/topology.js';
import { readExample } from '../examples.js';
import { type Happening, Happenings, type Mood } from '../happenings.js';
import { InstanceNews } from '../instance-news.js';
import { Pings } from './pings.js';

export const VIRTUAL_ADDRESS = '192.168.56.7';
export const PING_INTERVAL_MS = 50;
const POLL_INTERVAL_MS = 150;
/** Interface and addresses are those of the configurations: the network is made to fit them. */
const INTERFACE = 'enp0s8';
const NETWORK = 'lan';
const CONTROL_SOCKET = '/run/holdfast/control.sock';
const DAEMON = fileURLToPath(new URL('../../daemon/boot.js', import.meta.url));
const PINGER = fileURLToPath(new URL('../../lab/pinger.js', import.meta.url));
/** Named httpd by the file it is started as and by its title: to every tracker that is its name. */
const WEB_SERVER = "process.title = 'httpd'; process.stdin.resume()";

export type RouterName = 'srv1' | 'srv2';

export interface RouterView {
  readonly name: RouterName;
  readonly address: string;
  readonly power: boolean;
  readonly cable: boolean;
  readonly httpd: boolean;
  /** What the daemon says of its instance; absent while it is off or not yet up. */
  readonly instance?: InstanceStatus;
  /** The last thing a daemon said that ended by itself. */
  readonly ended?: string;
}

interface Machine {
  readonly name: RouterName;
  readonly address: string;
  host?: LabHost;
  cable?: Cable;
  daemon?: Running;
  httpd?: Running;
  cabled: boolean;
  instance?: InstanceStatus;
  ended?: string;
  readonly news: InstanceNews;
}

export class Cluster {
  readonly pings = new Pings();
  readonly #happenings = new Happenings();
  readonly #machines: readonly Machine[] = [
    this.#newMachine('srv1', '192.168.56.4'),
    this.#newMachine('srv2', '192.168.56.5'),
  ];
  #poll: NodeJS.Timeout | undefined;
  #outagesReported = 0;
  #closing = false;

  private constructor(private readonly lab: Topology) {}

  /** Makes the network and starts everything; the routers need a moment more to agree. */
  static async open(rights: Rights): Promise<Cluster> {
    const cluster = new Cluster(await Topology.open(rights));
    try {
      await cluster.#build();
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  async #build(): Promise<void> {
    await this.lab.network(NETWORK);
    const client = await this.lab.host('client');
    await this.lab.cable(client, 'eth0', NETWORK, ['192.168.56.100/24']);
    for (const machine of this.#machines) await this.#switchOn(machine);
    await client.start([process.execPath, PINGER, VIRTUAL_ADDRESS, String(PING_INTERVAL_MS)], {
      onLine: ({ text }) => {
        if (text.startsWith('{')) this.#ping(JSON.parse(text) as PingReport);
      },
    });
    const poll = async (): Promise<void> => {
      await Promise.all(this.#machines.map((machine) => this.#look(machine)));
      if (!this.#closing) this.#poll = setTimeout(() => void poll(), POLL_INTERVAL_MS);
    };
    void poll();
  }

  get happenings(): readonly Happening[] {
    return this.#happenings.all;
  }

  get routers(): readonly RouterView[] {
    return this.#machines.map((machine) => ({
      name: machine.name,
      address: machine.address,
      power: machine.host !== undefined,
      cable: machine.cabled,
      httpd: machine.httpd !== undefined,
      ...(machine.instance === undefined ? {} : { instance: machine.instance }),
      ...(machine.ended === undefined ? {} : { ended: machine.ended }),
    }));
  }

  router(name: RouterName): RouterView {
    return this.routers[name === 'srv1' ? 0 : 1] as RouterView;
  }

  /** The one router that is MASTER; undefined while none is, or both are. */
  get master(): RouterName | undefined {
    const masters = this.#machines.filter((machine) => machine.instance?.state === 'MASTER');
    return masters.length === 1 ? masters[0]?.name : undefined;
  }

  async stopHttpd(name: RouterName): Promise<void> {
    const machine = this.#machine(name);
    const { httpd } = machine;
    if (httpd === undefined) return;
    delete machine.httpd;
    this.#tell('you', `stopped httpd on ${name}`, 'bad');
    await httpd.stop();
  }

  async startHttpd(name: RouterName): Promise<void> {
    const machine = this.#machine(name);
    if (machine.httpd !== undefined || machine.host === undefined) return;
    this.#tell('you', `started httpd on ${name}`, 'good');
    machine.httpd = await startWebServer(machine.host);
  }

  async cutCable(name: RouterName): Promise<void> {
    const machine = this.#machine(name);
    if (!machine.cabled || machine.cable === undefined) return;
    machine.cabled = false;
    this.#tell('you', `cut the cable of ${name}`, 'bad');
    await machine.cable.cut();
  }

  async mendCable(name: RouterName): Promise<void> {
    const machine = this.#machine(name);
    if (machine.cabled || machine.cable === undefined) return;
    machine.cabled = true;
    this.#tell('you', `mended the cable of ${name}`, 'good');
    await machine.cable.mend();
  }

  /** As when somebody pulls the plug: nothing on it has the time to say a word. */
  async switchOff(name: RouterName): Promise<void> {
    const machine = this.#machine(name);
    const { host, cable } = machine;
    if (host === undefined || cable === undefined) return;
    this.#tell('you', `pulled the plug of ${name}`, 'bad');
    for (const part of ['host', 'cable', 'daemon', 'httpd', 'instance'] as const) delete machine[part];
    await host.close();
    // The kernel takes its time to clear a network away; the dead must not answer meanwhile.
    await cable.remove();
  }

  async switchOn(name: RouterName): Promise<void> {
    const machine = this.#machine(name);
    if (machine.host !== undefined) return;
    this.#tell('you', `switched ${name} on again`, 'good');
    await this.#switchOn(machine);
  }

  /** The last lines that a router's daemon has logged. */
  logOf(name: RouterName, lines: number): readonly string[] {
    return (this.#machine(name).daemon?.lines ?? []).slice(-lines).map((line) => line.text);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#poll);
    await this.lab.close();
  }

  #newMachine(name: RouterName, address: string): Machine {
    const news = new InstanceNews((text, mood, at) => this.#tell(name, text, mood, at));
    return { name, address, cabled: true, news };
  }

  #machine(name: RouterName): Machine {
    return this.#machines[name === 'srv1' ? 0 : 1] as Machine;
  }

  async #switchOn(machine: Machine): Promise<void> {
    const host = await this.lab.host(machine.name);
    machine.host = host;
    machine.cable = await this.lab.cable(host, INTERFACE, NETWORK, [`${machine.address}/24`]);
    machine.cabled = true;
    machine.httpd = await startWebServer(host);
    delete machine.ended;
    const file = host.write('holdfast.conf', readExample('track-process', `${machine.name}.conf`));
    const daemon = await host.start([process.execPath, DAEMON, '-n', '-l', '-D', '-G', '-f', file]);
    machine.daemon = daemon;
    void daemon.exited.then((exit) => {
      if (machine.daemon !== daemon || this.#closing) return;
      machine.ended = daemon.lines.at(-1)?.text ?? `status ${exit.code}`;
      delete machine.instance;
      this.#tell(machine.name, `the daemon ended: ${machine.ended}`, 'bad');
    });
  }

  async #look(machine: Machine): Promise<void> {
    const { host } = machine;
    if (host === undefined) return;
    const answer = await ask(host.path(CONTROL_SOCKET), 'GET', '/status');
    // It may have been switched off while we asked.
    if (!answer.ok || machine.host !== host) return;
    const instance = (answer.value.body as DaemonStatus).instances[0];
    if (instance === undefined) return;
    machine.instance = instance;
    machine.news.take(instance);
  }

  #ping(report: PingReport): void {
    this.pings.take(report);
    for (const outage of this.pings.outages.slice(this.#outagesReported)) {
      if (outage.to === undefined) return;
      this.#outagesReported++;
      this.#tell(
        'client',
        `had no answer for ${((outage.to - outage.from) / 1000).toFixed(2)} s`,
        'bad',
        outage.to,
      );
    }
  }

  #tell(who: RouterName | 'client' | 'you', text: string, mood: Mood, at?: number): void {
    this.#happenings.tell(who, text, mood, at);
  }
}

function startWebServer(host: LabHost): Promise<Running> {
  const program = join(host.directory, 'httpd');
  rmSync(program, { force: true });
  symlinkSync(process.execPath, program);
  return host.start([program, '-e', WEB_SERVER]);
}
