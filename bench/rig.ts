// The place where both daemons are measured: two routers and a client on one network, each daemon with the same
// configuration, started, silenced and killed in the same way. What is measured is decided by the cases.

import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabHost } from '../src/lab/host.js';
import type { Rights } from '../src/lab/rights.js';
import type { Running } from '../src/lab/running.js';
import { type Cable, Topology } from '../src/lab/topology.js';
import { processTree } from './process-cost.js';
import { projectRoot, type Rival } from './rivals.js';

export interface Router {
  readonly host: LabHost;
  /** That of eth0. */
  readonly cable: Cable;
  /** Those of eth0, eth1 and so on. */
  readonly cables: readonly Cable[];
}

/** Addresses of the instances: 10.77.1.VRID on the first interface. More than 254 need not fit: the VRID has eight bits. */
export const virtualAddress = (vrid: number, link = 0): string => `10.${FIRST_NET + link}.1.${vrid}`;

const FIRST_NET = 77;

export class Rig {
  private constructor(
    readonly lab: Topology,
    readonly first: Router,
    readonly second: Router,
    readonly client: Router,
  ) {}

  /** `interfaces`: how many networks join the two routers; the client is in the first. */
  static async open(rights: Rights, interfaces = 1): Promise<Rig> {
    const lab = await Topology.open(rights);
    for (let link = 0; link < interfaces; link++) await lab.network(`lan${link}`);
    const router = async (name: string, last: number, links: number): Promise<Router> => {
      const host = await lab.host(name);
      const cables: Cable[] = [];
      for (let link = 0; link < links; link++) {
        const address = `10.${FIRST_NET + link}.0.${last}/16`;
        cables.push(await lab.cable(host, `eth${link}`, `lan${link}`, [address]));
      }
      const [cable] = cables;
      if (cable === undefined) throw new Error('a router without a cable');
      return { host, cable, cables };
    };
    return new Rig(
      lab,
      await router('first', 1, interfaces),
      await router('second', 2, interfaces),
      await router('client', 3, 1),
    );
  }

  /** Processes that only burn time, at the priority that every process has; they end with the client's host. */
  async burn(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.client.host.start(['sh', '-c', 'while :; do :; done']);
  }

  /** The client asks for the first virtual address, every so many milliseconds, until its host ends. */
  async ask(interval: number): Promise<Running> {
    const script = fileURLToPath(new URL('asker.js', import.meta.url));
    return this.client.host.start([process.execPath, script, virtualAddress(1), String(interval)]);
  }

  /** The hardware address of a router's first interface. */
  async macOf(router: Router): Promise<string> {
    const shown = await router.host.run(['ip', '-j', 'link', 'show', 'dev', 'eth0']);
    const [link] = JSON.parse(shown) as [{ address: string }];
    return link.address;
  }

  /** What a killed daemon leaves behind, and the next one must not find. */
  async clean(router: Router): Promise<void> {
    for (const [link, { interfaceName }] of router.cables.entries())
      await router.host.run([
        'ip',
        'address',
        'flush',
        'dev',
        interfaceName,
        'to',
        `10.${FIRST_NET + link}.1.0/24`,
      ]);
    await router.host.run(['find', '/run', '-name', '*.pid', '-delete']);
  }

  /** Writes the configuration of what it shall run and starts the daemon with it, behind the words of `first`. */
  async run(rival: Rival, router: Router, plan: RouterPlan, first: readonly string[] = []): Promise<Running> {
    const file = router.host.write(`${rival.name}.conf`, configuration(plan));
    const logFile = join(this.lab.directory, `${router.host.name}-${rival.name}.log`);
    return router.host.start([...first, ...rival.command(file)], { logFile });
  }

  /** Keeps the daemons' logs where they can be read after a failure. */
  keepLogs(label: string): string {
    const folder = join(projectRoot(), 'artifacts', 'bench', 'logs');
    mkdirSync(folder, { recursive: true });
    for (const router of [this.first, this.second]) {
      for (const name of ['holdfast', 'keepalived']) {
        const log = `${router.host.name}-${name}.log`;
        try {
          copyFileSync(join(this.lab.directory, log), join(folder, `${label}-${log}`));
        } catch {
          // That daemon was not started here.
        }
      }
    }
    return folder;
  }

  close(): Promise<void> {
    return this.lab.close();
  }
}

/** What one router is told to do. */
export interface RouterPlan {
  readonly priority: number;
  /** Virtual routers on each interface; 1 unless said. */
  readonly instances?: number;
  /** Interfaces, eth0 and on; 1 unless said. */
  readonly interfaces?: number;
  /** Milliseconds between adverts; 1000 unless said. With another value VRRPv3 is spoken. */
  readonly interval?: number;
  readonly noPreempt?: boolean;
  /** Further addresses of each instance, beside the one that is advertised. */
  readonly excluded?: readonly string[];
  /** Lines for `global_defs`. */
  readonly globals?: readonly string[];
}

/** The same text for both daemons: everybody begins as BACKUP. */
export function configuration(plan: RouterPlan): string {
  const { priority, instances = 1, interfaces = 1, interval = SECOND, noPreempt, excluded = [] } = plan;
  const version = interval === SECOND ? '' : '  version 3\n';
  const preempt = noPreempt === true ? '  nopreempt\n' : '';
  const more =
    excluded.length === 0
      ? ''
      : `  virtual_ipaddress_excluded {\n${excluded.map((address) => `    ${address}/16\n`).join('')}  }\n`;
  const blocks = Array.from({ length: interfaces * instances }, (_, index) => {
    const [link, vrid] = [Math.floor(index / instances), (index % instances) + 1];
    return `vrrp_instance VI_${index + 1} {
  state BACKUP
  interface eth${link}
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int ${interval / SECOND}
${version}${preempt}  virtual_ipaddress {
    ${virtualAddress(vrid, link)}/16
  }
${more}}
`;
  });
  const globals = ['router_id bench', ...(plan.globals ?? [])].map((line) => `  ${line}\n`).join('');
  return `global_defs {\n${globals}}\n${blocks.join('')}`;
}

const SECOND = 1000;

/** RFC 3768 and RFC 9568 section 6.1, milliseconds: what a router waits before it takes over, beside the adverts. */
export const skewTime = (priority: number, interval = SECOND): number => ((256 - priority) * interval) / 256;

/** The protocol's own bound: three adverts and the skew, in milliseconds. */
export const masterDownInterval = (priority: number, interval = SECOND): number =>
  3 * interval + skewTime(priority, interval);

/**
 * A machine that is gone takes nobody's processor: all processes of its daemon stand still from now on. Whoever kills them at
 * once measures how two processes give back their memory beside what is measured; `killSilently` is for later.
 */
export function freeze(daemon: Running): void {
  signalAll(daemon, 'SIGSTOP');
}

/** SIGKILL to the daemon and all its processes, the youngest last: nobody gets to say goodbye or to respawn. */
export async function killSilently(daemon: Running): Promise<void> {
  signalAll(daemon, 'SIGKILL');
  await daemon.exited;
}

/** To the daemon and all its processes; one that is gone already is no error. */
export function signalAll(daemon: Running, signal: NodeJS.Signals): void {
  for (const pid of processTree(daemon.pid)) {
    if (pid === daemon.pid) continue;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  daemon.signal(signal);
}
