/**
 * The IPsec authentication header in front of VRRPv2 over IPv4 (auth_type AH): HMAC-MD5-96 over the IP header, the
 * header itself and the advert. RFC 2402 and RFC 2403 as Keepalived follows them (runtime reference section 9): of
 * the IP header's mutable fields the TTL counts, except for unicast, and the SPI is the sender's address. When a
 * sequence number is good is decided in core.
 */
import { hmacMd5 } from '../base/digest.js';
import { VRRP_PROTOCOL } from './vrrp-header.js';

/** IP protocol 51. */
export const AH_PROTOCOL = 51;
export const AH_LENGTH = 24;
export const AH_ICV_LENGTH = 12;
/** Length of the header in words of four bytes, less two. */
const PAYLOAD_LENGTH = AH_LENGTH / 4 - 2;
const ICV = AH_LENGTH - AH_ICV_LENGTH;
/** Largest sequence number; it must not come round (RFC 2402 section 3.3.2). */
export const AH_LAST_SEQUENCE = 0xffff_ffff;

export interface AhHeader {
  /** 112 in front of VRRP. */
  readonly nextHeader: number;
  /** The sender's IPv4 address as a number. */
  readonly spi: number;
  readonly sequence: number;
  readonly icv: Uint8Array;
}

/** Reads the header at `at`; undefined where it does not fit. Reserved bits and the payload length are not judged. */
export function readAhHeader(bytes: Uint8Array, at: number): AhHeader | undefined {
  if (bytes.length - at < AH_LENGTH) return undefined;
  return {
    nextHeader: bytes[at] ?? 0,
    spi: readWord(bytes, at + 4),
    sequence: readWord(bytes, at + 8),
    icv: bytes.subarray(at + ICV, at + AH_LENGTH),
  };
}

/** Writes the header with an empty ICV at `at`; `sealAh` gives it its sequence number and its ICV. */
export function writeAhHeader(target: Uint8Array, at: number, spi: number): number {
  target.fill(0, at, at + AH_LENGTH);
  target[at] = VRRP_PROTOCOL;
  target[at + 1] = PAYLOAD_LENGTH;
  writeWord(target, at + 4, spi);
  return at + AH_LENGTH;
}

/**
 * The ICV that belongs into a whole IPv4 packet whose authentication header begins at `at`; `mutableTtl` for
 * unicast. Undefined where the machine forbids MD5.
 */
export function ahIcv(
  packet: Uint8Array,
  at: number,
  key: Uint8Array,
  mutableTtl: boolean,
): Uint8Array | undefined {
  const covered = packet.slice();
  covered[1] = 0; // type of service
  covered[6] = 0; // flags and fragment offset
  covered[7] = 0;
  if (mutableTtl) covered[8] = 0;
  covered[10] = 0; // header checksum
  covered[11] = 0;
  covered.fill(0, at + ICV, at + AH_LENGTH);
  return hmacMd5(key, covered)?.subarray(0, AH_ICV_LENGTH);
}

/** Completes a packet that is otherwise ready to leave, in place. False where the machine forbids MD5. */
export function sealAh(
  packet: Uint8Array,
  at: number,
  sequence: number,
  key: Uint8Array,
  mutableTtl: boolean,
): boolean {
  writeWord(packet, at + 8, sequence);
  const icv = ahIcv(packet, at, key, mutableTtl);
  if (!icv) return false;
  packet.set(icv, at + ICV);
  return true;
}

const readWord = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0;

function writeWord(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = (value >>> 16) & 0xff;
  target[at + 2] = (value >>> 8) & 0xff;
  target[at + 3] = value & 0xff;
}
