/**
 * What every raw socket for VRRP is set up with, and how a packet read from one is told: for the sockets that carry
 * a channel and for those that only listen for strays. RFC 9568 section 5.1, DESIGN section 3.
 */
import { type IpAddress, ipFromBytes, ipToBytes } from '../base/ip-address.js';
import { MAX_PATIENCE } from '../base/limits.js';
import { type Duration, ZERO } from '../base/time.js';
import type { Channel } from '../core/effects.js';
import type { Failure, ReceivedPacket } from '../core/inputs.js';
import { attachFilter, DROP_ALL, type Wrapping } from './linux/bpf.js';
import { readTimespec, wallNow } from './linux/clock.js';
import * as k from './linux/constants.js';
import { failureOf } from './linux/errno.js';
import { bindToInterface, openSocket, setBytesOption, setIntOption } from './linux/fd.js';
import type { Outcome } from './linux/libc.js';
import type { ReceiveBatch } from './linux/receive-batch.js';
import { readIpv6SocketAddress } from './linux/socket-address.js';

const VRRP_HOP_LIMIT = 255;
const TOS_INTERNETWORK_CONTROL = 0xc0;

export const placeOf = ({ interfaceIndex }: Channel): string =>
  interfaceIndex === 0 ? 'any interface' : `interface ${interfaceIndex}`;

/** A descriptor, or an errno negated. */
export const openVrrpSocket = ({ family, protocol }: Channel): Outcome =>
  openSocket(
    family === 'ipv4' ? k.AF_INET : k.AF_INET6,
    k.SOCK_RAW,
    protocol === 'ah' ? k.IPPROTO_AH : k.IPPROTO_VRRP,
  );

export const wrappingOf = ({ family, protocol }: Channel): Wrapping =>
  family === 'ipv4' && protocol === 'ah' ? 'ipv4-ah' : family;

/**
 * Binds the socket, joins its groups and asks for what a packet does not say itself; everything is still filtered out.
 */
export function configureVrrpSocket(fd: number, channel: Channel): Failure | undefined {
  const where = placeOf(channel);
  const ipv4 = channel.family === 'ipv4';
  const index = channel.interfaceIndex;
  const steps: (readonly [what: string, run: () => Outcome])[] = [
    ['closing the filter of the VRRP socket', () => attachFilter(fd, DROP_ALL)],
  ];
  const set = (what: string, level: number, name: number, value: number): void => {
    steps.push([what, () => setIntOption(fd, level, name, value)]);
  };
  if (index !== 0) steps.push([`binding the VRRP socket to ${where}`, () => bindToInterface(fd, index)]);
  set('asking when packets arrive', k.SOL_SOCKET, k.SO_TIMESTAMPNS, 1);
  if (ipv4) {
    set('writing our own IP header', k.IPPROTO_IP, k.IP_HDRINCL, 1);
    set('turning multicast loop off', k.IPPROTO_IP, k.IP_MULTICAST_LOOP, 0);
    set('hearing joined groups only', k.IPPROTO_IP, k.IP_MULTICAST_ALL, 0);
    set('asking for packet information', k.IPPROTO_IP, k.IP_PKTINFO, 1);
    if (index !== 0)
      steps.push([
        `sending multicast on ${where}`,
        () => setBytesOption(fd, k.IPPROTO_IP, k.IP_MULTICAST_IF, multicastRequest(undefined, index)),
      ]);
  } else {
    set('turning multicast loop off', k.IPPROTO_IPV6, k.IPV6_MULTICAST_LOOP, 0);
    set('hearing joined groups only', k.IPPROTO_IPV6, k.IPV6_MULTICAST_ALL, 0);
    set('setting the hop limit', k.IPPROTO_IPV6, k.IPV6_MULTICAST_HOPS, VRRP_HOP_LIMIT);
    set('setting the traffic class', k.IPPROTO_IPV6, k.IPV6_TCLASS, TOS_INTERNETWORK_CONTROL);
    set('asking for packet information', k.IPPROTO_IPV6, k.IPV6_RECVPKTINFO, 1);
    set('asking for the hop limit', k.IPPROTO_IPV6, k.IPV6_RECVHOPLIMIT, 1);
    if (channel.foreignSource) set('sending from a foreign address', k.IPPROTO_IPV6, k.IPV6_FREEBIND, 1);
    if (index !== 0) set(`sending multicast on ${where}`, k.IPPROTO_IPV6, k.IPV6_MULTICAST_IF, index);
  }
  for (const group of channel.groups)
    steps.push([`joining ${group} on ${where}`, () => membership(fd, group, index, 'join')]);
  for (const [what, run] of steps) {
    const outcome = run();
    if (outcome < 0) return failureOf(outcome, what);
  }
  return undefined;
}

/** How long the packet in a slot had been there, as far as that was patience (MAX_PATIENCE). */
export function waitedOf(batch: ReceiveBatch, slot: number): Duration {
  const stamp = batch.stampAt(slot);
  if (stamp === undefined) return ZERO;
  // A clock that was set says nothing.
  const waited = wallNow() - readTimespec(batch.arena.view, stamp);
  return Math.min(Math.max(waited, 0), MAX_PATIENCE) as Duration;
}

/** The packet in a slot of the batch, read from the channel's socket. */
export function packetOf(batch: ReceiveBatch, channel: Channel, slot: number): ReceivedPacket {
  const { arena } = batch;
  // Its header says all that is not known already.
  if (channel.family === 'ipv4' && channel.interfaceIndex !== 0)
    return { family: 'ipv4', interfaceIndex: channel.interfaceIndex, bytes: batch.bytes(slot) };
  let interfaceIndex = channel.interfaceIndex;
  let destination: IpAddress | undefined;
  let hopLimit: number | undefined;
  batch.eachControl(slot, (level, type, at) => {
    if (level === k.IPPROTO_IP && type === k.IP_PKTINFO) {
      if (interfaceIndex === 0) interfaceIndex = arena.view.getInt32(at, true);
    } else if (level === k.IPPROTO_IPV6 && type === k.IPV6_PKTINFO) {
      destination = ipFromBytes(arena.bytes.subarray(at, at + 16));
      if (interfaceIndex === 0) interfaceIndex = arena.view.getInt32(at + 16, true);
    } else if (level === k.IPPROTO_IPV6 && type === k.IPV6_HOPLIMIT) {
      hopLimit = arena.view.getInt32(at, true);
    }
  });
  const bytes = batch.bytes(slot);
  if (channel.family === 'ipv4') return { family: 'ipv4', interfaceIndex, bytes };
  return {
    family: 'ipv6',
    interfaceIndex,
    bytes,
    source: readIpv6SocketAddress(arena, batch.nameAt(slot)),
    ...(destination !== undefined ? { destination } : {}),
    ...(hopLimit !== undefined ? { hopLimit } : {}),
  };
}

/** struct ip_mreqn, for membership and for the sending interface. */
function multicastRequest(group: IpAddress | undefined, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(12);
  if (group !== undefined) bytes.set(ipToBytes(group), 0);
  new DataView(bytes.buffer).setInt32(8, interfaceIndex, true);
  return bytes;
}

export function membership(
  fd: number,
  group: IpAddress,
  interfaceIndex: number,
  verb: 'join' | 'leave',
): Outcome {
  const address = ipToBytes(group);
  if (address.length === 4) {
    const name = verb === 'join' ? k.IP_ADD_MEMBERSHIP : k.IP_DROP_MEMBERSHIP;
    return setBytesOption(fd, k.IPPROTO_IP, name, multicastRequest(group, interfaceIndex));
  }
  const request = new Uint8Array(20);
  request.set(address, 0);
  new DataView(request.buffer).setInt32(16, interfaceIndex, true);
  const name = verb === 'join' ? k.IPV6_JOIN_GROUP : k.IPV6_LEAVE_GROUP;
  return setBytesOption(fd, k.IPPROTO_IPV6, name, request);
}
