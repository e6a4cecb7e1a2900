// Looks at the kernel's table of IPVS without costing much: the servers of one service, by one question to the kernel.
// The whole of it is counted in the kernel's own list, which takes a twentieth of what ipvsadm does. When to look is decided
// by the cases.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IpAddress } from '../../src/base/ip-address.js';
import { IpvsSocket } from '../../src/host/balancer/ipvs/ipvs-socket.js';

const SCHEDULERS = ['ip_vs_rr', 'ip_vs_wrr'];
const TCP = 6;
/** Of /proc/net/ip_vs, before a line for each service and each server. */
const HEAD_LINES = 3;

export class TableWatch {
  readonly #socket = new IpvsSocket();

  /**
   * An IPVS that has had no table before: for two minutes the kernel keeps servers that were removed in a list, and looks
   * through it for each that is added. Whoever comes second would pay for the first.
   */
  constructor() {
    const isLoaded = (): boolean => readFileSync('/proc/modules', 'latin1').includes('ip_vs ');
    // Each also tries to take ip_vs with it, and complains while another one needs that.
    for (const name of [...SCHEDULERS, 'ip_vs']) spawnSync('modprobe', ['-r', name]);
    if (isLoaded()) throw new Error('IPVS cannot be unloaded: somebody uses it');
    execFileSync('modprobe', ['-a', 'ip_vs', ...SCHEDULERS]);
    this.#socket.find();
  }

  /** Weights of the servers of a service, by `ADDRESS:PORT`; none where there is no such service. */
  weights(address: string, port: number): ReadonlyMap<string, number> {
    const identity = { family: 'ipv4', protocol: TCP, address: address as IpAddress, port } as const;
    const found = this.#socket.dump('watching', { command: 'getDestination', identity }, 'ipv4');
    return new Map(
      (found.ok ? found.value : []).flatMap((report) =>
        report.kind === 'destination'
          ? [[`${report.destination.address}:${report.destination.port}`, report.destination.weight] as const]
          : [],
      ),
    );
  }

  /** Services and servers together. */
  count(): number {
    return readFileSync('/proc/net/ip_vs', 'latin1').split('\n').length - 1 - HEAD_LINES;
  }

  clear(): void {
    execFileSync('ipvsadm', ['-C']);
  }

  close(): void {
    this.#socket.close();
  }
}
