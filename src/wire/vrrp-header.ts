/**
 * What VRRPv2 and VRRPv3 share: the first eight bytes, the list of addresses, the checksum's pseudo-header, and
 * the reasons for which a packet is not VRRP as we know it. Which check comes first is decided in core
 * (receive-checks, runtime reference section 9): nothing here hides one check behind another.
 * RFC 3768 section 5.3, RFC 9568 section 5.2.
 */
import { foldChecksum, sumOfWords } from '../base/checksum.js';
import { type Family, type IpAddress, ipFromBytes, ipToBytes, ipv4ToNumber } from '../base/ip-address.js';

export const VRRP_PROTOCOL = 112;
export const VRRP_ADVERTISEMENT = 1;
export const VRRP_HEADER_LENGTH = 8;
/** Offset of the checksum: what IPV6_CHECKSUM is told. */
export const VRRP_CHECKSUM_OFFSET = 6;

/**
 * Why bytes were refused. `short`: no whole header; `version`: neither 2 nor 3; `type`: no advertisement;
 * `length`: not what version, family and address count ask for; `checksum`.
 */
export type VrrpRefusal = 'short' | 'version' | 'type' | 'length' | 'checksum';

/** The fixed part, unchecked. Bytes 4 and 5 mean different things in version 2 and 3: both readings are given. */
export interface VrrpHeader {
  /** 0..15; 2 or 3 in what we know. */
  readonly version: number;
  /** 0..15; 1 is the advertisement. */
  readonly type: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly addressCount: number;
  /** Version 2. */
  readonly authType: number;
  /** Version 2, seconds 0..255. */
  readonly advertSeconds: number;
  /** Version 3, hundredths of a second 0..4095. */
  readonly advertCentiseconds: number;
  /** Version 3: the four bits above the interval, zero when sent and ignored when received. */
  readonly reserved: number;
  readonly checksum: number;
}

/** Reads the header at `at`; undefined is the refusal `short`. */
export function readVrrpHeader(bytes: Uint8Array, at = 0): VrrpHeader | undefined {
  if (bytes.length - at < VRRP_HEADER_LENGTH) return undefined;
  const first = bytes[at] ?? 0;
  const fourth = bytes[at + 4] ?? 0;
  const fifth = bytes[at + 5] ?? 0;
  return {
    version: first >> 4,
    type: first & 0x0f,
    virtualRouterId: bytes[at + 1] ?? 0,
    priority: bytes[at + 2] ?? 0,
    addressCount: bytes[at + 3] ?? 0,
    authType: fourth,
    advertSeconds: fifth,
    advertCentiseconds: ((fourth & 0x0f) << 8) | fifth,
    reserved: fourth >> 4,
    checksum: ((bytes[at + 6] ?? 0) << 8) | (bytes[at + 7] ?? 0),
  };
}

/** Bytes of one address on the wire. */
export const addressLength = (family: Family): 4 | 16 => (family === 'ipv4' ? 4 : 16);

/** Addresses of one family as they stand in an advert. Done once per configuration, not once per advert. */
export function packAddresses(addresses: readonly IpAddress[]): Uint8Array {
  const parts = addresses.map(ipToBytes);
  const packed = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}

/** The inverse of packAddresses; a rest shorter than an address is left out. */
export function unpackAddresses(packed: Uint8Array, family: Family): IpAddress[] {
  const width = addressLength(family);
  const addresses: IpAddress[] = [];
  for (let at = 0; at + width <= packed.length; at += width) {
    addresses.push(ipFromBytes(packed.subarray(at, at + width)));
  }
  return addresses;
}

/** Source and destination as the checksum sees them. */
export interface PseudoHeader {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** Sum of the words of the pseudo-header (RFC 9568 section 5.2.8); `length` counts VRRP bytes. */
export function pseudoHeaderSum(pseudo: PseudoHeader, length: number): number {
  return sumOfAddress(pseudo.source) + sumOfAddress(pseudo.destination) + VRRP_PROTOCOL + length;
}

function sumOfAddress(address: IpAddress): number {
  if (address.includes(':')) return sumOfWords(ipToBytes(address));
  const word = ipv4ToNumber(address);
  return (word >>> 16) + (word & 0xffff);
}

/**
 * The checksum that belongs into bytes[at, at + length), whatever stands in its field now; over the
 * pseudo-header too where one is given.
 */
export function vrrpChecksum(bytes: Uint8Array, at: number, length: number, pseudo?: PseudoHeader): number {
  const field = at + VRRP_CHECKSUM_OFFSET;
  const sum = sumOfWords(bytes, at, field) + sumOfWords(bytes, field + 2, at + length);
  return foldChecksum(pseudo ? sum + pseudoHeaderSum(pseudo, length) : sum);
}

/** Whether the checksum of bytes[at, at + length) is right; with a pseudo-header where one is given. */
export function vrrpChecksumHolds(
  bytes: Uint8Array,
  at: number,
  length: number,
  pseudo?: PseudoHeader,
): boolean {
  const sum = sumOfWords(bytes, at, at + length);
  return foldChecksum(pseudo ? sum + pseudoHeaderSum(pseudo, length) : sum) === 0;
}
