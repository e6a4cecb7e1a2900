/**
 * One netlink socket as a stream of messages. It knows the 16-byte header (linux/netlink.h) and nothing of
 * what the messages mean; the codecs are in wire/netlink, and who reads which is in ../netlink-sockets.ts and ../rtnl-pipeline.ts.
 */
import {
  AF_NETLINK,
  MSG_DONTWAIT,
  MSG_TRUNC,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_DROP_MEMBERSHIP,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCK_RAW,
  SOL_NETLINK,
  SOL_SOCKET,
} from './constants.js';
import { EMSGSIZE, required } from './errno.js';
import { closeFd, getIntOption, openSocket, scratch, setIntOption } from './fd.js';
import { type Arena, allocateArena, bindSocket, type Outcome, recv, send } from './libc.js';

/** The kernel's own dumps use up to 32 KiB a datagram when the reader offers that much. */
const RECEIVE_SIZE = 32 * 1024;
const SOCKADDR_NL = 12;

/** Shared by all sockets: there is one thread, and no call uses what an earlier one left here. */
const receiving: Arena = allocateArena(RECEIVE_SIZE);
let sending: Arena = allocateArena(RECEIVE_SIZE);

export class NetlinkSocket {
  readonly fd: number;

  /** Throws SystemError: only during setup. */
  constructor(protocol: number) {
    this.fd = required(openSocket(AF_NETLINK, SOCK_RAW, protocol), 'opening a netlink socket');
    scratch.bytes.fill(0, 0, SOCKADDR_NL);
    scratch.view.setUint16(0, AF_NETLINK, true);
    required(bindSocket(this.fd, scratch.address, SOCKADDR_NL), 'binding a netlink socket');
  }

  /** An option of SOL_NETLINK; older kernels lack some, so the outcome is the caller's to judge. */
  option(name: number, value: number): Outcome {
    return setIntOption(this.fd, SOL_NETLINK, name, value);
  }

  join(group: number): void {
    required(this.option(NETLINK_ADD_MEMBERSHIP, group), `subscribing to netlink group ${group}`);
  }

  tryJoin(group: number): Outcome {
    return this.option(NETLINK_ADD_MEMBERSHIP, group);
  }
  leave(group: number): Outcome {
    return this.option(NETLINK_DROP_MEMBERSHIP, group);
  }

  /** Asks for `bytes` of buffer, beyond the machine's limit where we may, and where `force` is not false. */
  receiveBuffer(bytes: number, force = true): void {
    if (!force || setIntOption(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0)
      setIntOption(this.fd, SOL_SOCKET, SO_RCVBUF, bytes);
  }

  /** Bytes of buffer that the kernel gave, as they were asked for: it doubles them for its own account. */
  get receiveBufferSize(): number {
    return Math.floor(getIntOption(this.fd, SOL_SOCKET, SO_RCVBUF) / 2);
  }

  /** Room for a datagram of `bytes`, beyond the machine's limit where we may. */
  sendBuffer(bytes: number): void {
    if (setIntOption(this.fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes) < 0)
      setIntOption(this.fd, SOL_SOCKET, SO_SNDBUF, bytes);
  }

  /** Sends one datagram of one or more messages to the kernel; an errno negated on failure. */
  send(datagram: Uint8Array): Outcome {
    if (datagram.length > sending.bytes.length) sending = allocateArena(datagram.length);
    sending.bytes.set(datagram);
    return send(this.fd, sending.address, datagram.length, 0);
  }

  /**
   * The next datagram, a view that is valid until any socket receives again, or an errno negated: EAGAIN when nothing
   * waits, ENOBUFS when the kernel dropped something, EMSGSIZE for one larger than there is room for, which is gone.
   */
  receive(): Uint8Array | number {
    const size = recv(this.fd, receiving.address, RECEIVE_SIZE, MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0) return size;
    return size > RECEIVE_SIZE ? -EMSGSIZE : receiving.bytes.subarray(0, size);
  }

  close(): void {
    closeFd(this.fd);
  }
}
