/**
 * A datagram between routers, as the world sees it: its bytes, and what the world must know of it to deliver and to judge
 * it. What is done with it is decided in network.ts and kernel.ts.
 */
import { type Family, familyOf, type IpAddress, isMulticast } from '../base/ip-address.js';

/** A datagram on its way, with what only the world knows of it. */
export interface Flight {
  readonly family: Family;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly multicast: boolean;
  /** As a raw socket gives it: with the IP header for IPv4, without for IPv6. */
  readonly bytes: Uint8Array;
  /** Where the VRRP bytes begin in it. */
  readonly at: number;
  /** Of IPv6, whose header the socket does not give. */
  readonly hopLimit: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** Index of the router that sent it; -1 for a stranger's. */
  readonly sender: number;
  /** False for junk and for damaged copies: no router may let it count. */
  readonly genuine: boolean;
}

/** A datagram as it leaves somebody. */
export interface Datagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly bytes: Uint8Array;
  /** Of IPv6; undefined: 255. */
  readonly hopLimit?: number | undefined;
}

/** IP protocol of the authentication header, its place in the IPv4 header, and the length of the former. */
const AH = { protocol: 51, field: 9, length: 24 } as const;

/** Where the VRRP bytes of an advert begin. */
export function vrrpStart(bytes: Uint8Array, family: Family): number {
  if (family === 'ipv6') return 0;
  return ((bytes[0] ?? 0) & 0x0f) * 4 + (bytes[AH.field] === AH.protocol ? AH.length : 0);
}

/** Reads from an advert's bytes what the world needs to deliver and to judge it. */
export function flightOf(
  { source, destination, bytes, hopLimit = 255 }: Datagram,
  sender: number,
  genuine = true,
): Flight {
  const family = familyOf(source);
  const at = vrrpStart(bytes, family);
  return {
    family,
    source,
    destination,
    multicast: isMulticast(destination),
    bytes,
    at,
    hopLimit,
    virtualRouterId: bytes[at + 1] ?? 0,
    priority: bytes[at + 2] ?? 0,
    sender,
    genuine,
  };
}
