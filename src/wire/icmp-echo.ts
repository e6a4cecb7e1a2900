/**
 * ICMP echo (RFC 792): the request that a ping sends and the reply that it waits for, from the ICMP header on.
 * When to send and what a missing reply means is decided by who pings.
 */
import { ByteReader, ByteWriter } from '../base/bytes.js';
import { internetChecksum } from '../base/checksum.js';
import { ok, type Result, refuse } from '../base/result.js';

const HEADER_LENGTH = 8;

export interface IcmpEcho {
  readonly type: 'request' | 'reply';
  /** 0..65535: tells the replies of one pinging process from those of another. */
  readonly identifier: number;
  /** 0..65535 */
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** `type`: another ICMP message, which a raw socket shows as well. */
export type IcmpEchoRefusal = 'short' | 'type' | 'checksum';

/** The numbers of both messages, which ICMP and ICMPv6 do not share. */
export interface EchoTypes {
  readonly request: number;
  readonly reply: number;
}
const TYPES: EchoTypes = { request: 8, reply: 0 };

/** Without its checksum. */
export function writeEcho(types: EchoTypes, { type, identifier, sequence, data }: IcmpEcho): Uint8Array {
  const writer = new ByteWriter(HEADER_LENGTH + data.length);
  writer.u8(types[type]).u8(0);
  writer.u16(0).u16(identifier).u16(sequence).bytes(data);
  return writer.finish();
}

/** Whatever its checksum is; `data` is a view of `bytes`. */
export function readEcho(types: EchoTypes, bytes: Uint8Array): Result<IcmpEcho, 'short' | 'type'> {
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  const code = reader.u8();
  reader.skip(2);
  const identifier = reader.u16();
  const sequence = reader.u16();
  if (reader.overrun) return refuse('short');
  if ((type !== types.reply && type !== types.request) || code !== 0) return refuse('type');
  return ok({
    type: type === types.request ? 'request' : 'reply',
    identifier,
    sequence,
    data: reader.take(reader.remaining),
  });
}

export function encodeIcmpEcho(echo: IcmpEcho): Uint8Array {
  const bytes = writeEcho(TYPES, echo);
  const checksum = internetChecksum(bytes);
  bytes[2] = checksum >> 8;
  bytes[3] = checksum & 0xff;
  return bytes;
}

/** `bytes` begin with the ICMP header; `data` is a view of them. */
export function decodeIcmpEcho(bytes: Uint8Array): Result<IcmpEcho, IcmpEchoRefusal> {
  const echo = readEcho(TYPES, bytes);
  return echo.ok && internetChecksum(bytes) !== 0 ? refuse('checksum') : echo;
}
