/**
 * The receive buffer of one netlink socket: so large as the configuration says, or as is usual. Where the kernel gives
 * less than was asked for, that is said.
 */
import type { BufferSize } from '../core/kernel-buffers.js';
import type { NetlinkSocket } from './linux/netlink-socket.js';

export class ReceiveRoom {
  readonly #keyword: string;
  readonly #warn: (text: string) => void;
  readonly #least: number;
  #usual: number | undefined;
  #size: BufferSize | undefined;

  /**
   * `usual` bytes where nobody says how many; absent: what the kernel gives by itself. Fewer than `least` are never
   * asked for, whatever the configuration says.
   */
  constructor(
    keyword: string,
    warn: (text: string) => void,
    { usual, least = 0 }: { readonly usual?: number; readonly least?: number },
  ) {
    this.#keyword = keyword;
    this.#warn = warn;
    this.#usual = usual;
    this.#least = least;
  }

  /** Of a new socket. */
  fit(socket: NetlinkSocket): void {
    if (this.#usual === undefined) this.#usual = socket.receiveBufferSize;
    else if (!this.#size) socket.receiveBuffer(this.#usual);
    if (this.#size) this.#give(socket, this.#size);
  }

  /** From now on; `socket` is the one that is open, if any. */
  set(size: BufferSize | undefined, socket: NetlinkSocket | undefined): void {
    if (size?.bytes === this.#size?.bytes && size?.force === this.#size?.force) return;
    this.#size = size;
    if (!socket) return;
    if (size) this.#give(socket, size);
    else if (this.#usual !== undefined) socket.receiveBuffer(this.#usual);
  }

  #give(socket: NetlinkSocket, { bytes, force }: BufferSize): void {
    socket.receiveBuffer(Math.max(bytes, this.#least), force);
    const given = socket.receiveBufferSize;
    if (given >= bytes) return;
    const remedy = force
      ? 'it needs CAP_NET_ADMIN to go beyond net.core.rmem_max'
      : `raise net.core.rmem_max, or add ${this.#keyword}_force`;
    this.#warn(`${this.#keyword} ${bytes}: the kernel gives ${given} bytes; ${remedy}`);
  }
}
