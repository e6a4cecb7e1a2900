/**
 * What the demo shows: two routers running examples/track-process, a client that pings their address, and all
 * that one can do to them. It reports what it sees and draws nothing; who acts is a person at the keys
 * (terminal.ts) or the story that plays by itself (story.ts).
 */
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonStatus } from '../admin/report.js';
import { ask } from '../cli/client.js';
import type { Event, InstanceState } from '../core/effects.js';
import type { InstanceStatus } from '../core/status.js';
import type { LabHost } from '../lab/host.js';
import type { PingReport } from '../lab/pinger.js';
import type { Rights } from '../lab/rights.js';
import type { Running } from '../lab/running.js';
import { type Cable, Topology } from '../lab/topology.js';
import { Pings } from './pings.js';

export const VIRTUAL_ADDRESS = '192.168.56.7';
export const PING_INTERVAL_MS = 50;
const POLL_INTERVAL_MS = 150;
/** Interface and addresses are those of the configurations: the network is made to fit them. */
const INTERFACE = 'enp0s8';
const NETWORK = 'lan';
const CONTROL_SOCKET = '/run/holdfast/control.sock';
const DAEMON = fileURLToPath(new URL('../daemon/boot.js', import.meta.url));
const PINGER = fileURLToPath(new URL('../lab/pinger.js', import.meta.url));
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

export interface Happening {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly who: RouterName | 'client' | 'you';
  readonly text: string;
  /** For colours: what it did to the service. */
  readonly mood: 'good' | 'bad' | 'neutral';
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
  /** Wall time of the newest event that was reported, microseconds. */
  reported: number;
}

export class Cluster {
  readonly pings = new Pings();
  readonly happenings: Happening[] = [];
  readonly #machines: readonly Machine[] = [
    { name: 'srv1', address: '192.168.56.4', cabled: true, reported: 0 },
    { name: 'srv2', address: '192.168.56.5', cabled: true, reported: 0 },
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
    const example = join(examples(), 'track-process', `${machine.name}.conf`);
    const file = host.write('holdfast.conf', readFileSync(example, 'utf8'));
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
    for (const event of instance.history) {
      if (event.wall <= machine.reported) continue;
      machine.reported = event.wall;
      this.#report(machine.name, event);
    }
  }

  #report(name: RouterName, event: Event): void {
    const at = event.wall / 1000;
    if (event.type === 'transition')
      this.#tell(name, `${event.to}: ${event.reason.text}`, MOODS[event.to] ?? 'neutral', at);
    else if (event.type === 'priority')
      this.#tell(name, `priority ${event.from} → ${event.to}: ${event.reason.text}`, 'neutral', at);
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

  #tell(who: Happening['who'], text: string, mood: Happening['mood'], at = Date.now()): void {
    this.happenings.push({ at, who, text, mood });
    this.happenings.sort((a, b) => a.at - b.at);
  }
}

const MOODS: Partial<Record<InstanceState | 'STOP' | 'DELETED', Happening['mood']>> = {
  MASTER: 'good',
  FAULT: 'bad',
};

function startWebServer(host: LabHost): Promise<Running> {
  const program = join(host.directory, 'httpd');
  rmSync(program, { force: true });
  symlinkSync(process.execPath, program);
  return host.start([program, '-e', WEB_SERVER]);
}

/** examples/ of the checkout, from wherever we were compiled to. */
function examples(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'examples');
    if (existsSync(join(candidate, 'track-process'))) return candidate;
    if (dirname(folder) === folder) throw new Error('the folder examples/ is missing from this checkout');
  }
}
