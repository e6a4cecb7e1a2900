// The place where both daemons are measured: two routers and a client on one network, each daemon with the same
// configuration, started, silenced and killed in the same way. What is measured is decided by the cases.

import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost } from '../src/lab/host.js';
import type { Rights } from '../src/lab/rights.js';
import type { Running } from '../src/lab/running.js';
import { type Cable, Topology } from '../src/lab/topology.js';
import { processTree } from './process-cost.js';
import { projectRoot, type Rival } from './rivals.js';

export interface Router {
  readonly host: LabHost;
  readonly cable: Cable;
}

/** Addresses of the instances: 10.77.1.VRID. More than 254 need not fit: the VRID has eight bits. */
export const virtualAddress = (vrid: number): string => `10.77.1.${vrid}`;

export class Rig {
  private constructor(
    readonly lab: Topology,
    readonly first: Router,
    readonly second: Router,
    readonly client: Router,
  ) {}

  static async open(rights: Rights): Promise<Rig> {
    const lab = await Topology.open(rights);
    await lab.network('lan');
    const router = async (name: string, address: string): Promise<Router> => {
      const host = await lab.host(name);
      return { host, cable: await lab.cable(host, 'eth0', 'lan', [address]) };
    };
    return new Rig(
      lab,
      await router('first', '10.77.0.1/16'),
      await router('second', '10.77.0.2/16'),
      await router('client', '10.77.0.3/16'),
    );
  }

  /** Writes a configuration of `instances` virtual routers and starts the daemon with it. */
  async run(rival: Rival, router: Router, priority: number, instances = 1): Promise<Running> {
    const file = router.host.write(`${rival.name}.conf`, configuration(priority, instances));
    const logFile = join(this.lab.directory, `${router.host.name}-${rival.name}.log`);
    return router.host.start(rival.command(file), { logFile });
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

/** The same text for both daemons: VRRPv2, adverts once a second, everybody begins as BACKUP. */
export function configuration(priority: number, instances: number): string {
  const blocks = Array.from({ length: instances }, (_, index) => {
    const vrid = index + 1;
    return `vrrp_instance VI_${vrid} {
  state BACKUP
  interface eth0
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    ${virtualAddress(vrid)}/16
  }
}
`;
  });
  return `global_defs {\n  router_id bench\n}\n${blocks.join('')}`;
}

/** RFC 3768 section 6.1: three adverts and the skew, in milliseconds, at one advert a second. */
export const masterDownInterval = (priority: number): number => 3000 + ((256 - priority) * 1000) / 256;

/** SIGKILL to the daemon and all its processes, the youngest last: nobody gets to say goodbye or to respawn. */
export async function killSilently(daemon: Running): Promise<void> {
  for (const pid of processTree(daemon.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  await daemon.exited;
}
