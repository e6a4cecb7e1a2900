/**
 * Opens the sockets of checks: non-blocking, inherited by nobody, with mark, source address, source port and interface
 * as configured, and begins to connect. Node's `net` can set neither SO_MARK nor SO_BINDTODEVICE, hence through libc
 * (DESIGN section 5). What happens on the socket afterwards is the probe's business. (directives-lvs section 5)
 */
import type { CheckTarget } from '../../config/model-lvs.js';
import type { Failure } from '../../core/inputs.js';
import * as k from '../linux/constants.js';
import * as errno from '../linux/errno.js';
import { bindToDevice, closeFd, openSocket, scratch, setIntOption } from '../linux/fd.js';
import { bindSocket, connect, getsockname } from '../linux/libc.js';
import { putIpSocketAddress } from '../linux/socket-address.js';

/** What came of it. `connecting` becomes writable when it is known. */
export type Dialed =
  | { readonly kind: 'connected' | 'connecting'; readonly fd: number }
  /** The other side is out of reach, as this machine knows at once: a verdict about the server. */
  | { readonly kind: 'unreachable'; readonly error: Failure }
  /** Nothing was learnt about the server. */
  | { readonly kind: 'unmade'; readonly error: Failure };

/** `echo`: an ICMP echo socket, whose identifier is the kernel's choice. `raw-echo`: all ICMP of the other side. */
type Transport = 'stream' | 'datagram' | 'echo' | 'raw-echo';

const TYPES: Readonly<Record<Transport, number>> = {
  stream: k.SOCK_STREAM,
  datagram: k.SOCK_DGRAM,
  echo: k.SOCK_DGRAM,
  'raw-echo': k.SOCK_RAW,
};

/** What connect() may say about the way to the server; everything else is this machine's own trouble. */
const UNREACHABLE = new Set([
  errno.ENETUNREACH,
  errno.EHOSTUNREACH,
  errno.ECONNREFUSED,
  errno.ENETDOWN,
  errno.ECONNRESET,
  errno.ECONNABORTED,
  errno.ETIMEDOUT,
]);

export class Connector {
  readonly #target: CheckTarget;
  readonly #domain: number;
  readonly #type: number;
  readonly #protocol: number;
  readonly #destination: Uint8Array;
  readonly #source: Uint8Array | undefined;
  readonly #window: number | undefined;

  /** `window`: bytes that may wait to be read; absent: as many as the kernel likes. */
  constructor(target: CheckTarget, transport: Transport, window?: number) {
    this.#target = target;
    this.#window = window;
    const ipv4 = !target.address.includes(':');
    this.#domain = ipv4 ? k.AF_INET : k.AF_INET6;
    this.#type = TYPES[transport];
    const icmp = ipv4 ? k.IPPROTO_ICMP : k.IPPROTO_ICMPV6;
    this.#protocol = { stream: k.IPPROTO_TCP, datagram: k.IPPROTO_UDP, echo: icmp, 'raw-echo': icmp }[
      transport
    ];
    const hasPorts = transport === 'stream' || transport === 'datagram';
    this.#destination = socketAddress(target.address, hasPorts ? target.port : 0);
    const { bindAddress } = target;
    const bindPort = hasPorts ? (target.bindPort ?? 0) : 0;
    if (bindAddress !== undefined || bindPort !== 0)
      this.#source = socketAddress(bindAddress ?? (ipv4 ? ANY_IPV4 : ANY_IPV6), bindPort);
  }

  dial(): Dialed {
    const fd = openSocket(this.#domain, this.#type, this.#protocol);
    if (fd < 0) return { kind: 'unmade', error: errno.failureOf(fd, 'opening a socket') };
    const refusal = this.#prepare(fd);
    if (refusal) {
      closeFd(fd);
      return { kind: 'unmade', error: refusal };
    }
    scratch.bytes.set(this.#destination);
    const connected = connect(fd, scratch.address, this.#destination.length);
    if (connected === 0) return { kind: 'connected', fd };
    if (connected === -errno.EINPROGRESS) return { kind: 'connecting', fd };
    closeFd(fd);
    const kind = UNREACHABLE.has(-connected) ? 'unreachable' : 'unmade';
    return { kind, error: this.#failure(connected) };
  }

  /**
   * Whether a connection ends where it began: nobody listens on a port of this machine from which the kernel chose to
   * connect to it.
   */
  isToItself(fd: number): boolean {
    // From ports below the kernel does not choose any.
    if (this.#target.port < 1024) return false;
    const { length } = this.#destination;
    scratch.view.setInt32(64, length, true);
    if (getsockname(fd, scratch.address, scratch.address + 64) < 0) return false;
    // Behind the family: port and address, over IPv6 with a flow label of 0 between them.
    const end = this.#domain === k.AF_INET ? 8 : 24;
    return Buffer.compare(scratch.bytes.subarray(2, end), this.#destination.subarray(2, end)) === 0;
  }

  #failure(outcome: number): Failure {
    const { address, bindPort } = this.#target;
    const what = `connecting to ${address}`;
    if (outcome !== -errno.EADDRNOTAVAIL) return errno.failureOf(outcome, what);
    // Of connect() it says that there is nowhere left to come from, not that an address is missing.
    const message =
      bindPort !== undefined
        ? `port ${bindPort} still belongs to an earlier connection to it`
        : `no source port is free${this.#domain === k.AF_INET ? '' : ', or no source address'}; widen net.ipv4.ip_local_port_range`;
    return { code: 'EADDRNOTAVAIL', message: `${what}: ${message}` };
  }

  /** Everything that has to be set before connecting. */
  #prepare(fd: number): Failure | undefined {
    const { fwmark, bindInterface, bindAddress, bindPort } = this.#target;
    if (this.#window !== undefined) setIntOption(fd, k.SOL_SOCKET, k.SO_RCVBUF, this.#window);
    if (fwmark !== 0) {
      const marked = setIntOption(fd, k.SOL_SOCKET, k.SO_MARK, fwmark | 0);
      if (marked < 0) return errno.failureOf(marked, `setting the mark ${fwmark}`);
    }
    if (bindInterface !== undefined) {
      const bound = bindToDevice(fd, bindInterface);
      if (bound < 0) return errno.failureOf(bound, `binding to ${bindInterface}`);
    }
    if (!this.#source) return undefined;
    // The port of the check before may still be in TIME_WAIT; one that the kernel chooses shall not be taken before
    // it is known to where, or a few ten thousand checks use them up.
    if (bindPort !== undefined) setIntOption(fd, k.SOL_SOCKET, k.SO_REUSEADDR, 1);
    else setIntOption(fd, k.IPPROTO_IP, k.IP_BIND_ADDRESS_NO_PORT, 1);
    scratch.bytes.set(this.#source);
    const bound = bindSocket(fd, scratch.address, this.#source.length);
    const where = [bindAddress, bindPort].filter((part) => part !== undefined).join(' port ');
    return bound < 0 ? errno.failureOf(bound, `binding to ${where}`) : undefined;
  }
}

const ANY_IPV4 = '0.0.0.0' as CheckTarget['address'];
const ANY_IPV6 = '::' as CheckTarget['address'];

function socketAddress(address: CheckTarget['address'], port: number): Uint8Array {
  const length = putIpSocketAddress(scratch, 0, address, 0, port);
  return scratch.bytes.slice(0, length);
}
