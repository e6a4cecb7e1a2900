/**
 * ICMPv6 echo (RFC 4443 section 4): the request that a ping sends and the reply that it waits for, from the ICMPv6
 * header on. The kernel puts in and checks the checksum, which covers addresses that only it knows.
 */
import { ByteReader, ByteWriter } from '../base/bytes.js';
import { ok, type Result, refuse } from '../base/result.js';
import type { IcmpEcho } from './icmp-echo.js';

const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
const HEADER_LENGTH = 8;

/** `type`: another message, which a raw socket shows as well. */
export type Icmpv6EchoRefusal = 'short' | 'type';

export function encodeIcmpv6Echo(echo: IcmpEcho): Uint8Array {
  const writer = new ByteWriter(HEADER_LENGTH + echo.data.length);
  writer.u8(echo.type === 'request' ? ECHO_REQUEST : ECHO_REPLY).u8(0);
  writer.u16(0).u16(echo.identifier).u16(echo.sequence).bytes(echo.data);
  return writer.finish();
}

/** `bytes` begin with the ICMPv6 header; `data` is a view of them. */
export function decodeIcmpv6Echo(bytes: Uint8Array): Result<IcmpEcho, Icmpv6EchoRefusal> {
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  const code = reader.u8();
  reader.skip(2);
  const identifier = reader.u16();
  const sequence = reader.u16();
  if (reader.overrun) return refuse('short');
  if ((type !== ECHO_REQUEST && type !== ECHO_REPLY) || code !== 0) return refuse('type');
  return ok({
    type: type === ECHO_REQUEST ? 'request' : 'reply',
    identifier,
    sequence,
    data: reader.take(reader.remaining),
  });
}
