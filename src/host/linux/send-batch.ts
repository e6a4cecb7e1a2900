/**
 * Many datagrams by one sendmmsg. What the kernel refuses is reported entry by entry and the rest is sent all
 * the same (DESIGN section 3). Which datagrams belong together is decided by the caller.
 */
import { MSG_DONTWAIT, MSG_NOSIGNAL } from './constants.js';
import { EINTR } from './errno.js';
import { type Arena, allocateArena, layouts, MMSGHDR_SIZE, putPointer, sendmmsg } from './libc.js';

/** Datagrams in one call; more are sent by further calls. */
const SLOTS = 256;
/** A slot's socket address and ancillary data (an in6_pktinfo and a hop limit). */
const NAME_SIZE = 32;
const CONTROL_SIZE = 64;
/** Room for the datagrams of one call: 256 usual adverts, or a few dozen of the longest. */
const DATA_SIZE = 128 * 1024;
const { at: IOV, size: IOV_SIZE } = layouts.iovec;
const { at: MSG } = layouts.msghdr;

/** How something becomes a datagram: one for all that go the same way, since thousands may leave in a moment. */
export interface DatagramForm<T> {
  /** Writes the destination into the arena at `at`; returns its length. */
  destination(item: T, arena: Arena, at: number): number;
  /** Writes ancillary data into the arena at `at` (64 bytes, zeroed); returns its length. */
  control?(item: T, arena: Arena, at: number): number;
}
interface Payload {
  readonly bytes: Uint8Array;
}

export class SendBatch {
  readonly #arena: Arena;
  readonly #names: number;
  readonly #controls: number;
  readonly #vectors: number;
  readonly #data: number;

  constructor() {
    this.#vectors = SLOTS * MMSGHDR_SIZE;
    this.#names = this.#vectors + SLOTS * IOV_SIZE;
    this.#controls = this.#names + SLOTS * NAME_SIZE;
    this.#data = this.#controls + SLOTS * CONTROL_SIZE;
    this.#arena = allocateArena(this.#data + DATA_SIZE);
    const { address } = this.#arena;
    for (let slot = 0; slot < SLOTS; slot++) {
      const header = slot * MMSGHDR_SIZE;
      putPointer(this.#arena, header + MSG.name, address + this.#names + slot * NAME_SIZE);
      putPointer(this.#arena, header + MSG.iov, address + this.#vectors + slot * IOV_SIZE);
      putPointer(this.#arena, header + MSG.iovLength, 1);
    }
  }

  /** `refused(i, errno)` is called for each datagram that the kernel did not take, errno positive. */
  send<T extends Payload>(
    fd: number,
    items: readonly T[],
    form: DatagramForm<T>,
    refused: (index: number, errno: number) => void,
  ): void {
    let from = 0;
    while (from < items.length) {
      const count = this.#fill(items, form, from);
      this.#flush(fd, count, from, refused);
      from += count;
    }
  }

  #fill<T extends Payload>(items: readonly T[], form: DatagramForm<T>, from: number): number {
    const { view, bytes, address } = this.#arena;
    let at = this.#data;
    let slot = 0;
    for (; slot < SLOTS && from + slot < items.length; slot++) {
      const item = items[from + slot];
      if (!item) break;
      const { length } = item.bytes;
      if (at + length > this.#data + DATA_SIZE && slot > 0) break;
      const header = slot * MMSGHDR_SIZE;
      const vector = this.#vectors + slot * IOV_SIZE;
      bytes.set(item.bytes, at);
      putPointer(this.#arena, vector + IOV.base, address + at);
      putPointer(this.#arena, vector + IOV.length, length);
      view.setUint32(
        header + MSG.nameLength,
        form.destination(item, this.#arena, this.#names + slot * NAME_SIZE),
        true,
      );
      const control = this.#controls + slot * CONTROL_SIZE;
      let controlLength = 0;
      if (form.control) {
        bytes.fill(0, control, control + CONTROL_SIZE);
        controlLength = form.control(item, this.#arena, control);
      }
      putPointer(this.#arena, header + MSG.control, controlLength === 0 ? 0 : address + control);
      putPointer(this.#arena, header + MSG.controlLength, controlLength);
      at += length;
    }
    return slot;
  }

  #flush(fd: number, count: number, from: number, refused: (index: number, errno: number) => void): void {
    let sent = 0;
    while (sent < count) {
      const address = this.#arena.address + sent * MMSGHDR_SIZE;
      const outcome = sendmmsg(fd, address, count - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (outcome === -EINTR) continue;
      if (outcome < 0) {
        // The first of those offered was refused: say so, go on behind it.
        refused(from + sent, -outcome);
        sent += 1;
      } else sent += outcome;
    }
  }
}
