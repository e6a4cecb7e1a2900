// What no start of three processes of Node can go below in the second kernel: three times Node without a program, and the
// kernel's own time for the requests that make the table, which lie ready as bytes. Nothing of Holdfast's start is in it.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteWriter } from '../../src/base/bytes.js';
import type { IpAddress } from '../../src/base/ip-address.js';
import type { BalancerOperation } from '../../src/core/lvs/plan.js';
import { requestsOf } from '../../src/host/balancer/ipvs/words.js';
import { NETLINK_GENERIC } from '../../src/host/linux/constants.js';
import { NetlinkSocket } from '../../src/host/linux/netlink-socket.js';
import { decodeFamily, GENL_ID_CTRL, writeFamilyQuery } from '../../src/wire/netlink/genl-control.js';
import { IPVS_FAMILY_NAME } from '../../src/wire/netlink/ipvs/model.js';
import { writeIpvsRequests } from '../../src/wire/netlink/ipvs/request.js';
import { readNetlinkMessages } from '../../src/wire/netlink/message.js';
import { serverAddress, serviceAddress } from './configuration.js';

/** Milliseconds. */
export interface FloorFigures {
  readonly nodes: number;
  readonly requests: number;
}

const PROCESSES = 3;
/** As bin/holdfast has them. */
const NODE_OPTIONS = ['--max-semi-space-size=1', '--single-threaded-gc', '--v8-pool-size=1'];
/** In one datagram, which the kernel takes in one system call. */
const SERVICES_AT_ONCE = 50;
const MOST_BYTES = 1 << 20;

/** One after the other, each until it has ended. */
export function nodesWithoutProgram(): number {
  const nothing = join(tmpdir(), 'nothing.cjs');
  writeFileSync(nothing, '');
  const began = performance.now();
  for (let n = 0; n < PROCESSES; n += 1) execFileSync(process.execPath, [...NODE_OPTIONS, nothing]);
  return performance.now() - began;
}

/** The table is left as it stands then. */
export function bareRequests(services: number, servers: number): number {
  const socket = new NetlinkSocket(NETLINK_GENERIC);
  try {
    socket.sendBuffer(MOST_BYTES);
    const family = ipvsFamily(socket);
    const datagrams: Uint8Array[] = [];
    for (let first = 0; first < services; first += SERVICES_AT_ONCE) {
      const writer = new ByteWriter(MOST_BYTES);
      const numbers = Array.from(
        { length: Math.min(SERVICES_AT_ONCE, services - first) },
        (_, n) => first + n,
      );
      writeIpvsRequests(writer, family, 1, requestsOf(numbers.flatMap((n) => operationsOf(n, servers))));
      datagrams.push(writer.finish());
    }
    const began = performance.now();
    for (const datagram of datagrams) {
      const sent = socket.send(datagram);
      if (sent < 0) throw new Error(`the kernel refuses the requests: errno ${-sent}`);
      while (typeof socket.receive() !== 'number');
    }
    return performance.now() - began;
  } finally {
    socket.close();
  }
}

function operationsOf(service: number, servers: number): BalancerOperation[] {
  const address = serviceAddress(service) as IpAddress;
  const identity = { kind: 'address', protocol: 'TCP', address, port: 80 } as const;
  const rest = { weight: 1, method: { kind: 'NAT' }, upperThreshold: 0, lowerThreshold: 0 } as const;
  return [
    {
      operation: 'add-service',
      service: { identity, scheduler: 'rr', schedulerFlags: [], onePacket: false },
    },
    ...Array.from({ length: servers }, (_, n) => ({
      operation: 'add-destination' as const,
      identity,
      destination: { ...rest, address: serverAddress(service * servers + n) as IpAddress, port: 80 },
    })),
  ];
}

function ipvsFamily(socket: NetlinkSocket): number {
  const writer = new ByteWriter(64);
  writeFamilyQuery(writer, 1, IPVS_FAMILY_NAME);
  socket.send(writer.finish());
  for (let datagram = socket.receive(); typeof datagram !== 'number'; datagram = socket.receive())
    for (const { type, payload } of readNetlinkMessages(datagram).messages) {
      const family = type === GENL_ID_CTRL ? decodeFamily(payload) : undefined;
      if (family?.ok) return family.value.id;
    }
  throw new Error('this kernel has no IPVS');
}
