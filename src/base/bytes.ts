/**
 * Bounded reading and growing writing of binary messages. A reader never throws on short input: it returns
 * zeros and remembers the overrun, so a codec checks `reader.overrun` once. Network order unless the name
 * says `Host` (netlink is little-endian here; big-endian machines are refused at start, DESIGN section 5).
 */
export class ByteReader {
  #offset: number;
  #overrun = false;
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    offset = 0,
  ) {
    this.#offset = offset;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }
  get remaining(): number {
    return Math.max(0, this.bytes.length - this.#offset);
  }
  /** True once any read went past the end; everything read since then is zero. */
  get overrun(): boolean {
    return this.#overrun;
  }

  #take(n: number): number {
    const at = this.#offset;
    if (this.#overrun || n < 0 || at + n > this.bytes.length) {
      this.#overrun = true;
      return -1;
    }
    this.#offset = at + n;
    return at;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }
  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at);
  }
  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at);
  }
  u16Host(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at, true);
  }
  u32Host(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at, true);
  }
  i32Host(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getInt32(at, true);
  }
  /** A view of the next `n` bytes, not a copy; empty on overrun (a negative `n` is one). */
  take(n: number): Uint8Array {
    const at = this.#take(n);
    return at < 0 ? new Uint8Array(0) : this.bytes.subarray(at, at + n);
  }
  skip(n: number): void {
    this.#take(n);
  }
}

export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(n: number): number {
    const at = this.#length;
    if (at + n > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, at + n));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = at + n;
    return at;
  }

  u8(value: number): this {
    // Reserve first: growing replaces the view.
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }
  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }
  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }
  u16Host(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
    return this;
  }
  u32Host(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }
  i32Host(value: number): this {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value, true);
    return this;
  }
  bytes(part: Uint8Array): this {
    const at = this.#reserve(part.length);
    this.#bytes.set(part, at);
    return this;
  }
  /** The same bytes again that stand at `from`, which were written already. */
  again(from: number, length: number): this {
    const at = this.#reserve(length);
    this.#bytes.copyWithin(at, from, from + length);
    return this;
  }
  zeros(n: number): this {
    // What lies behind the length was never written.
    this.#reserve(n);
    return this;
  }
  /** Overwrites two bytes already written, in network order: for checksums and lengths. */
  patchU16(at: number, value: number): this {
    this.#view.setUint16(at, value);
    return this;
  }
  patchU16Host(at: number, value: number): this {
    this.#view.setUint16(at, value, true);
    return this;
  }
  patchU32(at: number, value: number): this {
    this.#view.setUint32(at, value);
    return this;
  }
  patchU32Host(at: number, value: number): this {
    this.#view.setUint32(at, value, true);
    return this;
  }
  /** A copy of what was written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Whether `b` stands in `a` at `at`. */
export function standsAt(a: Uint8Array, at: number, b: Uint8Array): boolean {
  for (let i = 0; i < b.length; i++) if (a[at + i] !== b[i]) return false;
  return true;
}
