/**
 * ICMPv6 echo (RFC 4443 section 4): the request that a ping sends and the reply that it waits for, from the ICMPv6
 * header on. The kernel puts in and checks the checksum, which covers addresses that only it knows.
 */
import type { Result } from '../base/result.js';
import { type EchoTypes, type IcmpEcho, readEcho, writeEcho } from './icmp-echo.js';

const TYPES: EchoTypes = { request: 128, reply: 129 };

/** `type`: another message, which a raw socket shows as well. */
export type Icmpv6EchoRefusal = 'short' | 'type';

export const encodeIcmpv6Echo = (echo: IcmpEcho): Uint8Array => writeEcho(TYPES, echo);

/** `bytes` begin with the ICMPv6 header; `data` is a view of them. */
export const decodeIcmpv6Echo = (bytes: Uint8Array): Result<IcmpEcho, Icmpv6EchoRefusal> =>
  readEcho(TYPES, bytes);
