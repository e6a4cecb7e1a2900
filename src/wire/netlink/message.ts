/**
 * Netlink framing: many messages in one buffer, both ways, and the answers every family shares (acknowledgement,
 * error, done). Which sequence numbers to use and what an error means is decided by the socket's owner.
 * linux/netlink.h. Little-endian, see base/bytes.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';
import { ok, type Result, refuse } from '../../base/result.js';
import { readAttributes, textOf } from './attributes.js';

export const NETLINK_HEADER_LENGTH = 16;

export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLMSG_OVERRUN = 4;

export const NLM_F_REQUEST = 0x001;
export const NLM_F_MULTI = 0x002;
export const NLM_F_ACK = 0x004;
/** In a dump's messages: the tables changed meanwhile, ask again. */
export const NLM_F_DUMP_INTR = 0x010;
export const NLM_F_DUMP = 0x300;
/** On new objects. */
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
/** In an error message: the request is not quoted whole; attributes follow. */
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** 0 from the kernel's own events. */
  readonly port: number;
  /** A view without padding. */
  readonly payload: Uint8Array;
}

/** `short`: a header or payload is cut off by the end of the buffer; `length`: a length below its own header. */
export type NetlinkRefusal = 'short' | 'length';

/** Offset of the next message or attribute. */
export const align4 = (length: number): number => (length + 3) & ~3;

/**
 * Makes whole messages such as ask for nothing: whatever they hold, the kernel passes over their type and acknowledges
 * those that want it. In place.
 */
export function muteMessages(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + NETLINK_HEADER_LENGTH <= bytes.length) {
    view.setUint16(at + 4, NLMSG_NOOP, true);
    at += Math.max(NETLINK_HEADER_LENGTH, align4(view.getUint32(at, true)));
  }
}

/**
 * Walks a receive buffer. The messages before a malformed one are good (the kernel wrote them whole), so they
 * are returned beside the refusal.
 */
export function readNetlinkMessages(bytes: Uint8Array): {
  readonly messages: NetlinkMessage[];
  readonly refused?: NetlinkRefusal;
} {
  const messages: NetlinkMessage[] = [];
  const reader = new ByteReader(bytes);
  while (reader.remaining > 0) {
    const length = reader.u32Host();
    const type = reader.u16Host();
    const flags = reader.u16Host();
    const sequence = reader.u32Host();
    const port = reader.u32Host();
    if (reader.overrun) return { messages, refused: 'short' };
    if (length < NETLINK_HEADER_LENGTH) return { messages, refused: 'length' };
    const payload = reader.take(length - NETLINK_HEADER_LENGTH);
    if (reader.overrun) return { messages, refused: 'short' };
    messages.push({ type, flags, sequence, port, payload });
    reader.skip(Math.min(align4(length) - length, reader.remaining));
  }
  return { messages };
}

/** Writes a header whose length is still open; returns what endMessage wants. Messages may follow each other. */
export function beginMessage(writer: ByteWriter, type: number, flags: number, sequence: number): number {
  const start = writer.length;
  writer.u32Host(0).u16Host(type).u16Host(flags).u32Host(sequence).u32Host(0);
  return start;
}

/** Fills in the length and pads to four bytes. */
export function endMessage(writer: ByteWriter, start: number): void {
  const length = writer.length - start;
  writer.patchU32Host(start, length);
  writer.zeros(align4(length) - length);
}

/** A message with a payload that is there already. */
export function writeNetlinkMessage(writer: ByteWriter, message: NetlinkMessage): void {
  const start = beginMessage(writer, message.type, message.flags, message.sequence);
  writer.patchU32Host(start + 12, message.port);
  writer.bytes(message.payload);
  endMessage(writer, start);
}

/** The kernel's answer to one request. */
export interface NetlinkAnswer {
  /** Positive errno; 0 is the acknowledgement. */
  readonly errno: number;
  /** Type of the request that is answered; its sequence number is the message's own. */
  readonly requestType: number;
  /** The kernel's sentence, where it was asked for one (NETLINK_EXT_ACK) and has one. */
  readonly text?: string;
}

/** Reads the payload of NLMSG_ERROR. */
export function decodeAnswer(message: NetlinkMessage): Result<NetlinkAnswer, NetlinkRefusal> {
  const reader = new ByteReader(message.payload);
  const errno = Math.abs(reader.i32Host());
  const quoted = reader.u32Host();
  const requestType = reader.u16Host();
  reader.skip(10);
  if (reader.overrun) return refuse('short');
  if ((message.flags & NLM_F_ACK_TLVS) === 0) return ok({ errno, requestType });
  if (quoted < NETLINK_HEADER_LENGTH) return refuse('length');
  if ((message.flags & NLM_F_CAPPED) === 0) reader.skip(align4(quoted) - NETLINK_HEADER_LENGTH);
  if (reader.overrun) return refuse('short');
  const attributes = readAttributes(reader.take(reader.remaining));
  if (!attributes) return refuse('length');
  const sentence = attributes.get(NLMSGERR_ATTR_MSG);
  return ok({ errno, requestType, ...(sentence ? { text: textOf(sentence) } : {}) });
}

/** Positive errno with which a dump ended (NLMSG_DONE): 0 where all is well or nothing is said. */
export function doneErrno(message: NetlinkMessage): number {
  const reader = new ByteReader(message.payload);
  return Math.abs(reader.i32Host());
}
