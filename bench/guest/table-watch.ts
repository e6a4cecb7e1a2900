// Looks at the kernel's table of IPVS without costing much: the servers of one service, by one question to the kernel.
// The whole of it is counted by ipvsadm, which is slow and nobody's of ours. When to look is decided by the cases.

import { execFileSync } from 'node:child_process';
import type { IpAddress } from '../../src/base/ip-address.js';
import { IpvsSocket } from '../../src/host/balancer/ipvs/ipvs-socket.js';

const TCP = 6;

export class TableWatch {
  readonly #socket = new IpvsSocket();

  constructor() {
    execFileSync('modprobe', ['-a', 'ip_vs', 'ip_vs_rr', 'ip_vs_wrr']);
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
    return execFileSync('ipvsadm', ['-Sn'], { encoding: 'utf8', maxBuffer: 64 << 20 }).split('\n').length - 1;
  }

  clear(): void {
    execFileSync('ipvsadm', ['-C']);
  }

  close(): void {
    this.#socket.close();
  }
}
