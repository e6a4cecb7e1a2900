/**
 * An attempt that lives on one socket: connecting within connect_timeout, sending, reading a bounded piece per turn,
 * and closing whatever happens. What is said, and what an answer means, is decided by the classes that extend it.
 */
import type { Duration } from '../../base/time.js';
import { MSG_ERRQUEUE, MSG_NOSIGNAL } from '../linux/constants.js';
import { EAGAIN, EINTR, EMSGSIZE, ENOBUFS, ENOMEM, EPERM, failureOf, SystemError } from '../linux/errno.js';
import { closeFd, takeSocketError } from '../linux/fd.js';
import { allocateArena, recv, send } from '../linux/libc.js';
import type { Direction, Poller, Watch } from '../linux/poller.js';
import type { Dialed } from './connector.js';
import type { Attempt, Flight } from './probe.js';

/**
 * Bytes that pass between a socket and an attempt in one go: also all that one check gets in a round of the poller,
 * so that a server that sends without end holds nobody up.
 */
const PIECE = 64 * 1024;
const area = allocateArena(PIECE);

/** A piece is a view of shared memory: whoever keeps it copies it. */
export type Received =
  | { readonly kind: 'piece'; readonly bytes: Uint8Array }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly errno: number };

const NOTHING: Received = { kind: 'nothing' };
const END: Received = { kind: 'end' };

export abstract class SocketAttempt implements Attempt {
  protected readonly flight: Flight;
  readonly #poller: Poller;
  #fd = -1;
  #watch: Watch | undefined;
  #unsent: Uint8Array | undefined;
  protected waiting: 'connection' | 'tls' | 'reply' | 'rest' = 'connection';

  constructor(poller: Poller, flight: Flight) {
    this.#poller = poller;
    this.flight = flight;
  }

  /** Call it once, first. */
  protected begin(dialed: Dialed, patience: Duration): void {
    if (dialed.kind === 'unmade') this.flight.unmade(dialed.error);
    else if (dialed.kind === 'unreachable') this.flight.bad({ kind: 'unreachable', error: dialed.error });
    else {
      this.#fd = dialed.fd;
      this.flight.within(patience);
      const isConnected = dialed.kind === 'connected';
      if (this.#listen(isConnected ? 'readable' : 'writable') && isConnected) this.#established();
    }
  }

  #listen(direction: Direction): boolean {
    try {
      this.#watch = this.#poller.add(this.#fd, (failed) => this.#ready(failed), direction);
      return true;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.flight.unmade(error.failure);
      return false;
    }
  }

  protected get fd(): number {
    return this.#fd;
  }

  /** The connection stands. */
  protected abstract connected(): void;
  /** There is something to read, or the other side has closed. */
  protected abstract readable(): void;

  #ready(failed: boolean): void {
    if (this.#fd < 0) return;
    if (this.waiting === 'connection') {
      const error = failed ? takeSocketError(this.#fd) : 0;
      if (error === 0) this.#established();
      else this.flight.bad({ kind: 'connection', error: failureOf(error, 'connecting') });
    } else if (this.#unsent) this.#flush();
    else this.readable();
  }

  #established(): void {
    this.waiting = 'reply';
    this.connected();
  }

  /** Sends all of it, at once or when the socket takes it; then what comes back is listened for. */
  protected send(bytes: Uint8Array): void {
    this.#unsent = bytes;
    this.#flush();
  }

  #flush(): void {
    const rest = this.#unsent;
    if (!rest) return;
    const piece = rest.subarray(0, PIECE);
    area.bytes.set(piece);
    const sent = send(this.#fd, area.address, piece.length, MSG_NOSIGNAL);
    if (sent === -EAGAIN || sent === -EINTR || (sent >= 0 && sent < rest.length)) {
      if (sent > 0) this.#unsent = rest.subarray(sent);
      this.#watch?.turn('writable');
    } else if (sent < 0) {
      this.#unsent = undefined;
      this.#refused(sent);
    } else {
      this.#unsent = undefined;
      this.#watch?.turn('readable');
    }
  }

  /** What did not leave this machine for want of room says nothing about the server. */
  #refused(errno: number): void {
    if (errno === -ENOBUFS || errno === -ENOMEM) this.flight.unmade(failureOf(errno, 'sending'));
    else if (errno === -EPERM)
      this.flight.bad({ kind: 'write', error: { code: 'EPERM', message: 'a firewall of this machine' } });
    else this.flight.bad({ kind: 'write', error: failureOf(errno, 'sending') });
  }

  protected receive(): Received {
    const size = recv(this.#fd, area.address, PIECE, 0);
    if (size > 0) return { kind: 'piece', bytes: area.bytes.subarray(0, size) };
    if (size === 0) return END;
    // "Fragmentation needed" tells the kernel something about the path, and nobody about the server.
    if (size === -EMSGSIZE) this.#passOver();
    return size === -EAGAIN || size === -EINTR || size === -EMSGSIZE
      ? NOTHING
      : { kind: 'error', errno: -size };
  }

  /** Takes the last error out of the queue of errors where there is one (IP_RECVERR): as long as it lies there it wakes us. */
  #passOver(): void {
    recv(this.#fd, area.address, PIECE, MSG_ERRQUEUE);
  }

  /** Gives the connected descriptor away; from now on somebody else closes it. */
  protected handOver(): number {
    const fd = this.#fd;
    this.#watch?.remove();
    this.#watch = undefined;
    this.#fd = -1;
    return fd;
  }

  expire(): void {
    this.flight.bad({ kind: 'timeout', waiting: this.waiting });
  }

  end(): void {
    if (this.#fd < 0) return;
    this.#watch?.forget();
    closeFd(this.#fd);
    this.#fd = -1;
  }
}
