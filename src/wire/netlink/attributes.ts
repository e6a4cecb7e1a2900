/**
 * Netlink attributes: type, length, value, padded to four bytes; nested ones are attributes in a value.
 * linux/netlink.h. What a type means is for the message that carries it.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';

const HEADER = 4;
/** Nested and byte-order bits in the type. */
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;

/** Values by type, as views; where a type comes twice the last one counts, as in the kernel. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** Reads attributes up to the end; undefined where one is cut off or says a length below its own header. */
export function readAttributes(bytes: Uint8Array): Attributes | undefined {
  const attributes = new Map<number, Uint8Array>();
  const reader = new ByteReader(bytes);
  while (reader.remaining > 0) {
    const length = reader.u16Host();
    const type = reader.u16Host() & NLA_TYPE_MASK;
    const value = reader.take(length - HEADER);
    if (reader.overrun) return undefined;
    attributes.set(type, value);
    // The last one of a message may come without its padding.
    reader.skip(Math.min((4 - (length & 3)) & 3, reader.remaining));
  }
  return attributes;
}

/** One attribute of a list in which a type may come again. */
export interface ListedAttribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** As readAttributes, for lists whose members share a type: all of them, in order. */
export function readAttributeList(bytes: Uint8Array): ListedAttribute[] | undefined {
  const list: ListedAttribute[] = [];
  const reader = new ByteReader(bytes);
  while (reader.remaining > 0) {
    const length = reader.u16Host();
    const type = reader.u16Host() & NLA_TYPE_MASK;
    const value = reader.take(length - HEADER);
    if (reader.overrun) return undefined;
    list.push({ type, value });
    reader.skip(Math.min((4 - (length & 3)) & 3, reader.remaining));
  }
  return list;
}

/** 32-bit host-order value; undefined where absent or too short. */
export function u32Of(value: Uint8Array | undefined): number | undefined {
  return value && value.length >= 4 ? new ByteReader(value).u32Host() : undefined;
}

/** 32-bit value in network order, as nf_tables has them; undefined where absent or too short. */
export function u32NetworkOf(value: Uint8Array | undefined): number | undefined {
  return value && value.length >= 4 ? new ByteReader(value).u32() : undefined;
}

/** 64-bit value in network order; undefined where absent or too short. */
export function u64NetworkOf(value: Uint8Array | undefined): bigint | undefined {
  if (!value || value.length < 8) return undefined;
  return new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0);
}

/** 64-bit host-order value; undefined where absent or too short. */
export function u64Of(value: Uint8Array | undefined): bigint | undefined {
  if (!value || value.length < 8) return undefined;
  return new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0, true);
}

/** 16-bit host-order value; undefined where absent or too short. */
export function u16Of(value: Uint8Array | undefined): number | undefined {
  return value && value.length >= 2 ? new ByteReader(value).u16Host() : undefined;
}

/** 8-bit value; undefined where absent or empty. */
export const u8Of = (value: Uint8Array | undefined): number | undefined => value?.[0];

/** Text up to the first NUL, as latin1: names in the kernel are bytes. */
export function textOf(value: Uint8Array): string {
  let text = '';
  for (const byte of value) {
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

function pad(writer: ByteWriter, valueLength: number): void {
  writer.zeros((4 - (valueLength & 3)) & 3);
}

export function writeAttribute(writer: ByteWriter, type: number, value: Uint8Array): void {
  writer
    .u16Host(HEADER + value.length)
    .u16Host(type)
    .bytes(value);
  pad(writer, value.length);
}

export function writeU8Attribute(writer: ByteWriter, type: number, value: number): void {
  writer
    .u16Host(HEADER + 1)
    .u16Host(type)
    .u8(value);
  pad(writer, 1);
}

export function writeU16Attribute(writer: ByteWriter, type: number, value: number): void {
  writer
    .u16Host(HEADER + 2)
    .u16Host(type)
    .u16Host(value);
  pad(writer, 2);
}

export function writeU32Attribute(writer: ByteWriter, type: number, value: number): void {
  writer
    .u16Host(HEADER + 4)
    .u16Host(type)
    .u32Host(value);
}

export function writeU32NetworkAttribute(writer: ByteWriter, type: number, value: number): void {
  writer
    .u16Host(HEADER + 4)
    .u16Host(type)
    .u32(value);
}

export function writeU64NetworkAttribute(writer: ByteWriter, type: number, value: bigint): void {
  writer
    .u16Host(HEADER + 8)
    .u16Host(type)
    .u32(Number((value >> 32n) & 0xffffffffn))
    .u32(Number(value & 0xffffffffn));
}

/** Latin1 text and its NUL. */
export function writeTextAttribute(writer: ByteWriter, type: number, text: string): void {
  writer.u16Host(HEADER + text.length + 1).u16Host(type);
  for (let i = 0; i < text.length; i++) writer.u8(text.charCodeAt(i));
  writer.u8(0);
  pad(writer, text.length + 1);
}

/** Writes the header of a nest whose length is still open; returns what endNest wants. */
export function beginNest(writer: ByteWriter, type: number): number {
  const start = writer.length;
  writer.u16Host(0).u16Host(type | NLA_F_NESTED);
  return start;
}

export function endNest(writer: ByteWriter, start: number): void {
  writer.patchU16Host(start, writer.length - start);
}
