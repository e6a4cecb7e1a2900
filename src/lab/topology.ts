/**
 * A lab: hosts joined by cables to networks (bridges), all of it in namespaces of its own and gone when this
 * process is, however it goes. What the hosts run is left to the demo, the lab's stories and the benchmarks.
 *
 *   const lab = await Topology.open(rights);
 *   await lab.network('lan');
 *   const srv1 = await lab.host('srv1');
 *   const cable = await lab.cable(srv1, 'enp0s8', 'lan', ['192.168.56.4/24']);
 *   await cable.cut();
 *   await lab.close();
 */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../base/invariant.js';
import { LabHost } from './host.js';
import { enterSwitch, type Rights, unshareSwitch } from './rights.js';
import { Running, run, type StartOptions } from './running.js';
import type { SwitchAnswer, SwitchCommand } from './switch-protocol.js';

/** The kernel's limit for the name of an interface, without the final NUL. */
const MAX_INTERFACE_NAME = 15;

export class Topology {
  readonly #hosts: LabHost[] = [];
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #nextId = 1;

  private constructor(
    readonly rights: Rights,
    /** Working directory: logs, captures, configurations. Removed at the end. */
    readonly directory: string,
    private readonly agent: Running,
  ) {
    agent.onLine((line) => this.#answer(line.text));
    void agent.exited.then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the switch ended: ${agent.output}`));
    });
  }

  static async open(rights: Rights): Promise<Topology> {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-lab-'));
    chmodSync(directory, 0o755);
    const script = fileURLToPath(new URL('./switch.js', import.meta.url));
    const agent = await Running.start(unshareSwitch(rights), [process.execPath, script, directory]);
    return new Topology(rights, directory, agent);
  }

  #answer(text: string): void {
    if (!text.startsWith('{')) return;
    const answer = JSON.parse(text) as SwitchAnswer;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve();
    else waiting?.reject(new Error(answer.error));
  }

  #ask(command: SwitchCommand): Promise<void> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.agent.exit) return reject(new Error(`the switch ended: ${this.agent.output}`));
      this.#waiting.set(id, { resolve, reject });
      this.agent.write(`${JSON.stringify({ ...command, id })}\n`);
    });
  }

  network(name: string): Promise<void> {
    return this.#ask({ do: 'network', name });
  }

  async host(name: string): Promise<LabHost> {
    const host = await LabHost.open(this.rights, this.agent.pid, name, join(this.directory, name));
    this.#hosts.push(host);
    await this.#ask({ do: 'link', host: host.pid, interface: 'lo', up: true });
    return host;
  }

  /** To a network behind its own loopback: the host answers to every address of `prefix` (CIDR form). */
  behind(host: LabHost, prefix: string): Promise<void> {
    return this.#ask({ do: 'address', change: 'add', host: host.pid, interface: 'lo', address: prefix });
  }

  async cable(
    host: LabHost,
    name: string,
    network: string,
    addresses: readonly string[] = [],
  ): Promise<Cable> {
    const port = `${host.name}-${name}`;
    invariant(port.length <= MAX_INTERFACE_NAME, `"${port}" is too long for an interface`);
    await this.#ask({ do: 'cable', network, port, host: host.pid, interface: name, addresses });
    return new Cable(host, name, port, network, (command) => this.#ask(command));
  }

  /** What `host` sends by `via`: everything, or what goes to `destination` (CIDR form). */
  route(host: LabHost, via: string, destination?: string): Promise<void> {
    return this.#ask({
      do: 'route',
      host: host.pid,
      via,
      ...(destination === undefined ? {} : { destination }),
    });
  }

  /** In the switch's network: what runs here sees every port. */
  start(command: readonly string[], options: StartOptions = {}): Promise<Running> {
    return Running.start(enterSwitch(this.rights, this.agent.pid), command, options);
  }

  run(command: readonly string[], options: StartOptions = {}): Promise<string> {
    return run(enterSwitch(this.rights, this.agent.pid), command, options);
  }

  /** Ends all processes in it; the directory goes too, so copy first what is to be kept. */
  async close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()));
    this.agent.end();
    await this.agent.exited;
  }
}

/** One interface of a host and the port of the switch at its other end. */
export class Cable {
  constructor(
    readonly host: LabHost,
    readonly interfaceName: string,
    /** The port's name in the switch: HOST-INTERFACE. */
    readonly port: string,
    private readonly network: string,
    private readonly ask: (command: SwitchCommand) => Promise<void>,
  ) {}

  /** The host loses its carrier, as when a cable is pulled. */
  cut(): Promise<void> {
    return this.ask({ do: 'link', interface: this.port, up: false });
  }

  mend(): Promise<void> {
    return this.ask({ do: 'link', interface: this.port, up: true });
  }

  /** Frames are lost on their way while both ends believe in the link. */
  async silence(): Promise<void> {
    await this.ask({ do: 'plug', port: this.port });
  }

  async unsilence(): Promise<void> {
    await this.ask({ do: 'plug', port: this.port, network: this.network });
  }

  /** `address` in CIDR form. */
  addAddress(address: string): Promise<void> {
    return this.#address('add', address);
  }

  deleteAddress(address: string): Promise<void> {
    return this.#address('delete', address);
  }

  #address(change: 'add' | 'delete', address: string): Promise<void> {
    return this.ask({ do: 'address', change, host: this.host.pid, interface: this.interfaceName, address });
  }

  /** Both ends vanish. */
  remove(): Promise<void> {
    return this.ask({ do: 'remove', interface: this.port });
  }
}
