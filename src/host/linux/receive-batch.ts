/**
 * Many datagrams by one recvmmsg into memory that is set up once. What a datagram means is the caller's; the
 * bound per turn as well.
 */
import { MSG_DONTWAIT, SO_TIMESTAMPNS, SOL_SOCKET } from './constants.js';
import {
  type Arena,
  allocateArena,
  layouts,
  MMSGHDR_LENGTH,
  MMSGHDR_SIZE,
  type Outcome,
  putPointer,
  recvmmsg,
} from './libc.js';

const NAME_SIZE = 32;
const CONTROL_SIZE = 128;
const { at: IOV, size: IOV_SIZE } = layouts.iovec;
const { at: MSG } = layouts.msghdr;
const { at: CMSG, size: CMSG_SIZE } = layouts.cmsghdr;
/** A control message with a struct timespec. */
const STAMP_SIZE = CMSG_SIZE + layouts.timespec.size;
const align8 = (n: number): number => (n + 7) & ~7;

export class ReceiveBatch {
  readonly arena: Arena;
  readonly slots: number;
  readonly #names: number;
  readonly #controls: number;
  readonly #data: number;
  readonly #slotSize: number;

  /** `size`: bytes kept of one datagram, the rest is cut off. */
  constructor(slots: number, size: number) {
    this.slots = slots;
    this.#slotSize = align8(size);
    const vectors = slots * MMSGHDR_SIZE;
    this.#names = vectors + slots * IOV_SIZE;
    this.#controls = this.#names + slots * NAME_SIZE;
    this.#data = this.#controls + slots * CONTROL_SIZE;
    this.arena = allocateArena(this.#data + slots * this.#slotSize);
    const { address } = this.arena;
    for (let slot = 0; slot < slots; slot++) {
      const header = slot * MMSGHDR_SIZE;
      const vector = vectors + slot * IOV_SIZE;
      putPointer(this.arena, header + MSG.name, address + this.#names + slot * NAME_SIZE);
      putPointer(this.arena, header + MSG.iov, address + vector);
      putPointer(this.arena, header + MSG.iovLength, 1);
      putPointer(this.arena, header + MSG.control, address + this.#controls + slot * CONTROL_SIZE);
      putPointer(this.arena, vector + IOV.base, address + this.#data + slot * this.#slotSize);
      putPointer(this.arena, vector + IOV.length, this.#slotSize);
      this.#reset(slot);
    }
  }

  /** The kernel shortens both lengths to what it wrote; they are offered whole again. */
  #reset(slot: number): void {
    const header = slot * MMSGHDR_SIZE;
    this.arena.view.setUint32(header + MSG.nameLength, NAME_SIZE, true);
    this.arena.view.setUint32(header + MSG.controlLength, CONTROL_SIZE, true);
  }

  /** Number of datagrams now in the slots, at most `limit`, or an errno negated. Fewer than asked: no more wait. */
  receive(fd: number, limit: number): Outcome {
    for (let slot = 0; slot < this.#used; slot++) this.#reset(slot);
    const count = recvmmsg(fd, this.arena.address, Math.min(limit, this.slots), MSG_DONTWAIT, 0);
    this.#used = Math.max(count, 0);
    return count;
  }
  #used = 0;

  /** Where the datagram lies in the arena, and how many bytes of it. */
  dataAt(slot: number): number {
    return this.#data + slot * this.#slotSize;
  }
  lengthOf(slot: number): number {
    return Math.min(this.arena.view.getUint32(slot * MMSGHDR_SIZE + MMSGHDR_LENGTH, true), this.#slotSize);
  }
  /** A copy, for the slot's memory is used again. */
  bytes(slot: number): Uint8Array {
    const start = this.dataAt(slot);
    return this.arena.bytes.slice(start, start + this.lengthOf(slot));
  }

  /** Where the sender's socket address lies in the arena. */
  nameAt(slot: number): number {
    return this.#names + slot * NAME_SIZE;
  }

  /** The sender's socket address and all ancillary values but the time, as they lie in the arena: a copy. */
  envelope(slot: number): Uint8Array {
    const { bytes } = this.arena;
    const [name, names] = [this.nameAt(slot), this.#nameLength(slot)];
    const stamp = this.#stampLength(slot);
    const [control, controls] = [this.#controlAt(slot) + stamp, this.#controlLength(slot) - stamp];
    const copy = new Uint8Array(names + controls);
    copy.set(bytes.subarray(name, name + names));
    copy.set(bytes.subarray(control, control + controls), names);
    return copy;
  }
  /** Whether it came in just this envelope, but for `ignored` bytes of it from `ignoredAt` on. */
  cameIn(slot: number, envelope: Uint8Array, ignoredAt = envelope.length, ignored = 0): boolean {
    const [name, names] = [this.nameAt(slot), this.#nameLength(slot)];
    const stamp = this.#stampLength(slot);
    const control = this.#controlAt(slot) + stamp - names;
    if (envelope.length !== names + this.#controlLength(slot) - stamp) return false;
    const { bytes } = this.arena;
    for (let i = 0; i < envelope.length; i++) {
      if (i === ignoredAt) i += ignored;
      if (envelope[i] !== bytes[(i < names ? name : control) + i]) return false;
    }
    return true;
  }
  /** Where the byte of an envelope stands that lies in the arena at `at`, which is that of an ancillary value. */
  placeInEnvelope(slot: number, at: number): number {
    return at - this.#controlAt(slot) + this.#nameLength(slot);
  }
  /** The other way round. */
  placeInArena(slot: number, place: number): number {
    return place + this.#controlAt(slot) - this.#nameLength(slot);
  }

  #nameLength(slot: number): number {
    return Math.min(this.arena.view.getUint32(slot * MMSGHDR_SIZE + MSG.nameLength, true), NAME_SIZE);
  }
  #controlAt(slot: number): number {
    return this.#controls + slot * CONTROL_SIZE;
  }
  #controlLength(slot: number): number {
    return Math.min(this.arena.view.getUint32(slot * MMSGHDR_SIZE + MSG.controlLength, true), CONTROL_SIZE);
  }

  /**
   * Where the kernel wrote when it arrived (SO_TIMESTAMPNS), a struct timespec of CLOCK_REALTIME: before all else that it
   * says about a datagram. Undefined: it did not.
   */
  stampAt(slot: number): number | undefined {
    return this.#stampLength(slot) > 0 ? this.#controlAt(slot) + CMSG_SIZE : undefined;
  }
  #stampLength(slot: number): number {
    const { view } = this.arena;
    const at = this.#controlAt(slot);
    const isStamp =
      this.#controlLength(slot) >= STAMP_SIZE &&
      view.getInt32(at + CMSG.level, true) === SOL_SOCKET &&
      view.getInt32(at + CMSG.type, true) === SO_TIMESTAMPNS;
    return isStamp ? STAMP_SIZE : 0;
  }

  /** Calls `found` with the place in the arena of each ancillary value. */
  eachControl(slot: number, found: (level: number, type: number, at: number) => void): void {
    const { view } = this.arena;
    let at = this.#controlAt(slot);
    const end = at + this.#controlLength(slot);
    while (at + CMSG_SIZE <= end) {
      const length = view.getUint32(at + CMSG.length, true);
      if (length < CMSG_SIZE || at + length > end) return;
      found(view.getInt32(at + CMSG.level, true), view.getInt32(at + CMSG.type, true), at + CMSG_SIZE);
      at += align8(length);
    }
  }
}
