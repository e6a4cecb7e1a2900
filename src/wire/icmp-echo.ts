/**
 * ICMP echo (RFC 792): the request that a ping sends and the reply that it waits for, from the ICMP header on.
 * When to send and what a missing reply means is decided by who pings.
 */
import { ByteReader, ByteWriter } from '../base/bytes.js';
import { internetChecksum } from '../base/checksum.js';
import { ok, type Result, refuse } from '../base/result.js';

const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
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

export function encodeIcmpEcho(echo: IcmpEcho): Uint8Array {
  const writer = new ByteWriter(HEADER_LENGTH + echo.data.length);
  writer.u8(echo.type === 'request' ? ECHO_REQUEST : ECHO_REPLY).u8(0);
  writer.u16(0).u16(echo.identifier).u16(echo.sequence).bytes(echo.data);
  const bytes = writer.finish();
  const checksum = internetChecksum(bytes);
  bytes[2] = checksum >> 8;
  bytes[3] = checksum & 0xff;
  return bytes;
}

/** `bytes` begin with the ICMP header; `data` is a view of them. */
export function decodeIcmpEcho(bytes: Uint8Array): Result<IcmpEcho, IcmpEchoRefusal> {
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  const code = reader.u8();
  reader.skip(2);
  const identifier = reader.u16();
  const sequence = reader.u16();
  if (reader.overrun) return refuse('short');
  if ((type !== ECHO_REPLY && type !== ECHO_REQUEST) || code !== 0) return refuse('type');
  if (internetChecksum(bytes) !== 0) return refuse('checksum');
  return ok({
    type: type === ECHO_REQUEST ? 'request' : 'reply',
    identifier,
    sequence,
    data: reader.take(reader.remaining),
  });
}
