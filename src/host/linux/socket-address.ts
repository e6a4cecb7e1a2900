/** Socket addresses in memory the kernel reads: sockaddr_in, sockaddr_in6, sockaddr_ll (netinet/in.h, linux/if_packet.h). */
import { type IpAddress, ipFromBytes, ipToBytes } from '../../base/ip-address.js';
import { AF_INET, AF_INET6, AF_PACKET } from './constants.js';
import type { Arena } from './libc.js';

/** `interfaceIndex` is the scope of an IPv6 address. Returns the length. */
export function putIpSocketAddress(
  arena: Arena,
  at: number,
  address: IpAddress,
  interfaceIndex: number,
  port = 0,
): number {
  const bytes = ipToBytes(address);
  const length = bytes.length === 4 ? 16 : 28;
  arena.bytes.fill(0, at, at + length);
  arena.view.setUint16(at, bytes.length === 4 ? AF_INET : AF_INET6, true);
  arena.view.setUint16(at + 2, port);
  arena.bytes.set(bytes, at + (bytes.length === 4 ? 4 : 8));
  if (bytes.length === 16) arena.view.setUint32(at + 24, interfaceIndex, true);
  return length;
}

/** The IPv6 address of a sockaddr_in6. */
export const readIpv6SocketAddress = (arena: Arena, at: number): IpAddress =>
  ipFromBytes(arena.bytes.subarray(at + 8, at + 24));

/** Returns the length. */
export function putLinkSocketAddress(
  arena: Arena,
  at: number,
  interfaceIndex: number,
  etherType: number,
  destination: Uint8Array,
): number {
  arena.bytes.fill(0, at, at + 20);
  arena.view.setUint16(at, AF_PACKET, true);
  arena.view.setUint16(at + 2, etherType);
  arena.view.setInt32(at + 4, interfaceIndex, true);
  arena.view.setUint8(at + 11, destination.length);
  arena.bytes.set(destination.subarray(0, 8), at + 12);
  return 20;
}
