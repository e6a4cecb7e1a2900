/**
 * The authentication trailer of Keepalived 2.4 (`auth_hmac`): 28 bytes behind the advert with the number of a key,
 * a 64-bit sequence made of the sender's clock, and the first half of an HMAC-SHA256. Runtime reference section 9.
 * Whether a sequence is fresh is decided in core.
 */
import { hmacSha256 } from '../base/digest.js';
import { type Family, type IpAddress, ipToBytes } from '../base/ip-address.js';
import { VRRP_CHECKSUM_OFFSET } from './vrrp-header.js';

export const HMAC_TRAILER_LENGTH = 28;
export const HMAC_LENGTH = 16;
/** HMAC-SHA256 truncated to 128 bits: the only type there is. */
export const HMAC_SHA256_128 = 1;
const PREFIX_LENGTH = HMAC_TRAILER_LENGTH - HMAC_LENGTH;
const PSEUDO_LENGTH = 20;
const ZEROS = new Uint8Array(HMAC_LENGTH);

export interface HmacTrailer {
  readonly type: number;
  /** 1..255 */
  readonly keyId: number;
  /** Zero when sent. */
  readonly reserved: number;
  /** UTC seconds (32 bits), 1/65536 seconds (16), a counter (16): compared as serial number, RFC 1982. */
  readonly sequence: bigint;
  readonly mac: Uint8Array;
}

/** What the MAC binds beside the bytes of the advert. */
export interface HmacScope {
  readonly family: Family;
  readonly version: number;
  readonly virtualRouterId: number;
  readonly source: IpAddress;
}

/** Reads the trailer at `at`; undefined where it does not fit. */
export function readHmacTrailer(bytes: Uint8Array, at: number): HmacTrailer | undefined {
  if (at < 0 || bytes.length - at < HMAC_TRAILER_LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HMAC_TRAILER_LENGTH);
  return {
    type: view.getUint8(0),
    keyId: view.getUint8(1),
    reserved: view.getUint16(2),
    sequence: view.getBigUint64(4),
    mac: bytes.slice(at + PREFIX_LENGTH, at + HMAC_TRAILER_LENGTH),
  };
}

/** The inverse of readHmacTrailer. */
export function writeHmacTrailer(target: Uint8Array, at: number, trailer: HmacTrailer): number {
  const view = new DataView(target.buffer, target.byteOffset + at, HMAC_TRAILER_LENGTH);
  view.setUint8(0, trailer.type);
  view.setUint8(1, trailer.keyId);
  view.setUint16(2, trailer.reserved);
  view.setBigUint64(4, trailer.sequence);
  target.set(trailer.mac, at + PREFIX_LENGTH);
  return at + HMAC_TRAILER_LENGTH;
}

/**
 * The MAC of an advert of `length` bytes at `at` with its trailer's first twelve bytes behind it. Checksum and MAC
 * count as zero; destination and IP header do not count, so all unicast peers get the same.
 */
export function hmacOf(
  key: Uint8Array,
  scope: HmacScope,
  bytes: Uint8Array,
  at: number,
  length: number,
): Uint8Array {
  const pseudo = new Uint8Array(PSEUDO_LENGTH);
  pseudo[0] = scope.family === 'ipv6' ? 6 : 4;
  pseudo[1] = scope.version;
  pseudo[2] = scope.virtualRouterId;
  pseudo.set(ipToBytes(scope.source), 4);
  const covered = bytes.slice(at, at + length + PREFIX_LENGTH);
  covered[VRRP_CHECKSUM_OFFSET] = 0;
  covered[VRRP_CHECKSUM_OFFSET + 1] = 0;
  return hmacSha256(key, pseudo, covered, ZEROS).subarray(0, HMAC_LENGTH);
}

/** Microseconds since the epoch as the sequence that they begin; the counter is zero. */
export function sequenceOfClock(wallMicroseconds: number): bigint {
  const seconds = Math.floor(wallMicroseconds / 1e6);
  const fraction = Math.floor(((wallMicroseconds - seconds * 1e6) * 0x10000) / 1e6);
  return (BigInt(seconds % 0x1_0000_0000) << 32n) | (BigInt(fraction) << 16n);
}

/** The seconds of a sequence, 0..2^32-1. */
export const secondsOfSequence = (sequence: bigint): number => Number(sequence >> 32n);

/** Whether `a` comes after `b`, across the wrap. */
export const sequenceAfter = (a: bigint, b: bigint): boolean => BigInt.asIntN(64, a - b) > 0n;

/** Seconds from the clock `b` to the clock `a`, both 32 bits, across the wrap. */
export const secondsBetween = (a: number, b: number): number => (a - b) | 0;
