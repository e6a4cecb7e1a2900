/**
 * The IPv4 header (RFC 791): what we put in front of adverts (the raw socket takes it as it is) and what the
 * kernel gives in front of received ones. The kernel has checked a received header already; who reads a capture
 * wants the checks of `decodeIpv4`. Fragments are not put together here: raw sockets never show them.
 */
import { foldChecksum, sumOfWords } from '../base/checksum.js';
import { type IpAddress, ipv4FromNumber, ipv4ToNumber } from '../base/ip-address.js';
import { ok, type Result, refuse } from '../base/result.js';

export const IPV4_HEADER_LENGTH = 20;
/** Offsets of the fields that are read or changed in a header that is there already. */
export const IPV4_IDENTIFICATION = 4;
export const IPV4_PROTOCOL = 9;
export const IPV4_CHECKSUM = 10;
/** Internetwork control: the type of service of routing protocols. */
export const TOS_INTERNETWORK_CONTROL = 0xc0;

export interface Ipv4Fields {
  /** 0..255 */
  readonly tos: number;
  /** 0..65535 */
  readonly id: number;
  /** Three flag bits and the 13-bit fragment offset, 0..65535. */
  readonly fragment: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

export interface Ipv4Header extends Ipv4Fields {
  /** Bytes of the header with its options: 20..60, where the payload begins. */
  readonly headerLength: number;
  /** Bytes of header and payload as the header says. */
  readonly totalLength: number;
}

/** `header-length`: below 20 or beyond the bytes; `total-length`: shorter than its header or beyond the bytes. */
export type Ipv4Refusal = 'short' | 'version' | 'header-length' | 'total-length' | 'checksum';

/**
 * Writes a header of 20 bytes at `at`. `totalLength` counts the header. The kernel fills in the identification
 * where it is 0, and always the checksum and length; they are right here too, for captures and the simulator.
 */
export function writeIpv4Header(
  target: Uint8Array,
  at: number,
  header: Ipv4Fields,
  totalLength: number,
): number {
  target[at] = 0x45;
  target[at + 1] = header.tos;
  target[at + 2] = totalLength >> 8;
  target[at + 3] = totalLength & 0xff;
  target[at + 4] = header.id >> 8;
  target[at + 5] = header.id & 0xff;
  target[at + 6] = header.fragment >> 8;
  target[at + 7] = header.fragment & 0xff;
  target[at + 8] = header.ttl;
  target[at + 9] = header.protocol;
  target[at + 10] = 0;
  target[at + 11] = 0;
  writeIpv4Address(target, at + 12, header.source);
  writeIpv4Address(target, at + 16, header.destination);
  const checksum = foldChecksum(sumOfWords(target, at, at + IPV4_HEADER_LENGTH));
  target[at + 10] = checksum >> 8;
  target[at + 11] = checksum & 0xff;
  return at + IPV4_HEADER_LENGTH;
}

/** Four bytes in network order at `at`. */
export function writeIpv4Address(target: Uint8Array, at: number, address: IpAddress): void {
  const word = ipv4ToNumber(address);
  target[at] = word >>> 24;
  target[at + 1] = (word >>> 16) & 0xff;
  target[at + 2] = (word >>> 8) & 0xff;
  target[at + 3] = word & 0xff;
}

/** Four bytes in network order at `at`; what lies beyond the end reads as zero. */
export function readIpv4Address(bytes: Uint8Array, at: number): IpAddress {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return ipv4FromNumber(((high << 16) | low) >>> 0);
}

/**
 * Reads a header and makes sure that its payload can be found: refuses `short`, `version` and `header-length`.
 * Whether total length and checksum are right is asked separately, because core asks later (runtime reference
 * section 9).
 */
export function readIpv4Header(bytes: Uint8Array): Result<Ipv4Header, Ipv4Refusal> {
  if (bytes.length < IPV4_HEADER_LENGTH) return refuse('short');
  const first = bytes[0] ?? 0;
  if (first >> 4 !== 4) return refuse('version');
  const headerLength = (first & 0x0f) * 4;
  if (headerLength < IPV4_HEADER_LENGTH || headerLength > bytes.length) return refuse('header-length');
  return ok({
    headerLength,
    tos: bytes[1] ?? 0,
    totalLength: ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0),
    id: ((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0),
    fragment: ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0),
    ttl: bytes[8] ?? 0,
    protocol: bytes[9] ?? 0,
    source: readIpv4Address(bytes, 12),
    destination: readIpv4Address(bytes, 16),
  });
}

/** Whether the header's own checksum is right; `headerLength` as read. */
export const ipv4ChecksumHolds = (bytes: Uint8Array, headerLength: number): boolean =>
  foldChecksum(sumOfWords(bytes, 0, headerLength)) === 0;

export interface Ipv4Packet {
  readonly header: Ipv4Header;
  /** Option bytes as they stand, 0..40. */
  readonly options: Uint8Array;
  /** What the total length says is the payload; padding behind it is left out. */
  readonly payload: Uint8Array;
}

/** Reads a whole packet with every check; views, not copies. */
export function decodeIpv4(bytes: Uint8Array): Result<Ipv4Packet, Ipv4Refusal> {
  const read = readIpv4Header(bytes);
  if (!read.ok) return read;
  const header = read.value;
  if (header.totalLength < header.headerLength || header.totalLength > bytes.length)
    return refuse('total-length');
  if (!ipv4ChecksumHolds(bytes, header.headerLength)) return refuse('checksum');
  return ok({
    header,
    options: bytes.subarray(IPV4_HEADER_LENGTH, header.headerLength),
    payload: bytes.subarray(header.headerLength, header.totalLength),
  });
}

/**
 * Whether the packet `b` and the one at `at` in `a` are the same but for the identification, which is another one each
 * time, and the header checksum that follows it. `length`: bytes of the one in `a`.
 */
export function isSameIpv4Packet(a: Uint8Array, at: number, length: number, b: Uint8Array): boolean {
  if (length !== b.length) return false;
  for (let i = 0; i < length; i++) {
    if (a[at + i] === b[i]) continue;
    if ((i & ~1) !== IPV4_IDENTIFICATION && (i & ~1) !== IPV4_CHECKSUM) return false;
  }
  return true;
}
