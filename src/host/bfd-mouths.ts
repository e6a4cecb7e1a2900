/**
 * The sockets that BFD packets leave from: one for each session, bound to its address and source port (RFC 5881 section
 * 4, RFC 5883 section 5). What comes to them is for nobody. Addresses and packets lie in memory that the kernel reads;
 * a packet that is said again is there already. When which packet leaves is the engine's.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { BfdPath } from '../core/bfd/facts.js';
import type { Failure } from '../core/inputs.js';
import { BFD_LONGEST } from '../wire/bfd-control.js';
import { attachFilter, DROP_ALL } from './linux/bpf.js';
import * as k from './linux/constants.js';
import { EINTR, EINVAL, failureOf } from './linux/errno.js';
import { closeFd, openSocket, scratch, setIntOption } from './linux/fd.js';
import { type Arena, allocateArena, bindSocket, type Outcome, sendto } from './linux/libc.js';
import { putIpSocketAddress } from './linux/socket-address.js';

/** DSCP CS6, as bird and FRR mark theirs: control traffic of a network. */
const TRAFFIC_CLASS = 0xc0;
const ANY = { ipv4: '0.0.0.0' as IpAddress, ipv6: '::' as IpAddress } as const;
/** Of a socket address, and of a packet behind it. */
const ADDRESS_ROOM = 32;
const PLACE_SIZE = ADDRESS_ROOM + BFD_LONGEST + 4;
const PLACES = 64;

interface Mouth {
  readonly fd: number;
  readonly at: number;
  readonly arena: Arena;
  readonly addressLength: number;
  /** What lies behind the address. */
  packet: Uint8Array | undefined;
}

/** Places that are free, for all: arenas live as long as the process. */
const places: { readonly arena: Arena; readonly at: number }[] = [];

export class BfdMouths {
  readonly #mouths = new Map<string, Mouth>();
  readonly #openFor: (path: BfdPath) => number | Failure;

  constructor(openFor: (path: BfdPath) => number | Failure = openBoundTo) {
    this.#openFor = openFor;
  }

  /** The kernel refuses all that is sent. */
  static leadingNowhere(): BfdMouths {
    // A socket of this kind takes no address of the Internet.
    return new BfdMouths(() => {
      const fd = openSocket(k.AF_UNIX, k.SOCK_DGRAM, 0);
      return fd < 0 ? failureOf(fd, 'opening a socket to nowhere') : fd;
    });
  }

  open(path: BfdPath): Failure | undefined {
    this.close(path.session);
    const { neighbor, interfaceIndex = 0, port } = path;
    const fd = this.#openFor(path);
    if (typeof fd !== 'number') return fd;
    const { arena, at } = this.#place();
    const addressLength = putIpSocketAddress(arena, at, neighbor, interfaceIndex, port);
    this.#mouths.set(path.session, { fd, at, arena, addressLength, packet: undefined });
    return undefined;
  }

  #place(): { readonly arena: Arena; readonly at: number } {
    if (places.length === 0) {
      const arena = allocateArena(PLACES * PLACE_SIZE);
      for (let n = 0; n < PLACES; n++) places.push({ arena, at: n * PLACE_SIZE });
    }
    return places.pop() as { arena: Arena; at: number };
  }

  close(session: string): void {
    const mouth = this.#mouths.get(session);
    if (!mouth) return;
    this.#mouths.delete(session);
    places.push({ arena: mouth.arena, at: mouth.at });
    closeFd(mouth.fd);
  }

  closeAll(): void {
    for (const session of [...this.#mouths.keys()]) this.close(session);
  }

  /** The same array means the same bytes. */
  send(session: string, bytes: Uint8Array): Failure | undefined {
    const mouth = this.#mouths.get(session);
    if (!mouth) return failureOf(EINVAL, 'sending without a BFD socket');
    const { fd, at, arena, addressLength } = mouth;
    if (mouth.packet !== bytes) {
      arena.bytes.set(bytes, at + ADDRESS_ROOM);
      mouth.packet = bytes;
    }
    const address = arena.address + at;
    const flags = k.MSG_DONTWAIT | k.MSG_NOSIGNAL;
    let outcome: Outcome;
    do {
      outcome = sendto(fd, address + ADDRESS_ROOM, bytes.length, flags, address, addressLength);
    } while (outcome === -EINTR);
    return outcome < 0 ? failureOf(outcome, 'sending') : undefined;
  }
}

function openBoundTo({
  neighbor,
  source,
  sourcePort,
  interfaceIndex = 0,
  hopLimit,
}: BfdPath): number | Failure {
  const ipv4 = !neighbor.includes(':');
  const from = source ?? ANY[ipv4 ? 'ipv4' : 'ipv6'];
  const fd = openSocket(ipv4 ? k.AF_INET : k.AF_INET6, k.SOCK_DGRAM, k.IPPROTO_UDP);
  if (fd < 0) return failureOf(fd, 'opening a BFD socket');
  const steps: readonly (readonly [what: string, run: () => Outcome])[] = [
    // What comes to the port that we only send from is for nobody.
    ['closing the BFD socket for what arrives', () => attachFilter(fd, DROP_ALL)],
    [
      `setting its hop limit to ${hopLimit}`,
      () =>
        ipv4
          ? setIntOption(fd, k.IPPROTO_IP, k.IP_TTL, hopLimit)
          : setIntOption(fd, k.IPPROTO_IPV6, k.IPV6_UNICAST_HOPS, hopLimit),
    ],
    [
      'setting its traffic class',
      () =>
        ipv4
          ? setIntOption(fd, k.IPPROTO_IP, k.IP_TOS, TRAFFIC_CLASS)
          : setIntOption(fd, k.IPPROTO_IPV6, k.IPV6_TCLASS, TRAFFIC_CLASS),
    ],
    [
      `binding a BFD socket to ${from} port ${sourcePort}`,
      () => bindSocket(fd, scratch.address, putIpSocketAddress(scratch, 0, from, interfaceIndex, sourcePort)),
    ],
  ];
  for (const [what, run] of steps) {
    const outcome = run();
    if (outcome >= 0) continue;
    closeFd(fd);
    return failureOf(outcome, what);
  }
  return fd;
}
