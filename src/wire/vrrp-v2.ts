/**
 * The VRRPv2 advertisement, RFC 3768 section 5.3, with the eight bytes of authentication data that RFC 2338
 * defined and that Keepalived always sends over IPv4. Over IPv6 (a version 2 that no RFC knows, but Keepalived
 * does) there is no authentication data and the checksum has a pseudo-header. AH is vrrp-ah's affair.
 */
import type { Family } from '../base/ip-address.js';
import { ok, type Result, refuse } from '../base/result.js';
import {
  addressLength,
  type PseudoHeader,
  readVrrpHeader,
  VRRP_ADVERTISEMENT,
  VRRP_HEADER_LENGTH,
  type VrrpRefusal,
  vrrpChecksum,
  vrrpChecksumHolds,
} from './vrrp-header.js';

export const AUTH_NONE = 0;
export const AUTH_PASS = 1;
export const AUTH_AH = 2;
export const AUTH_DATA_LENGTH = 8;

export interface VrrpV2Advert {
  readonly version: 2;
  readonly family: Family;
  /** 0..255; 0 is nobody's. */
  readonly virtualRouterId: number;
  /** 0..255; 0 is the goodbye, 255 the owner. */
  readonly priority: number;
  /** Advert interval, seconds 0..255. */
  readonly advertSeconds: number;
  /** AUTH_NONE, AUTH_PASS, AUTH_AH, or what a neighbour made of it. */
  readonly authType: number;
  /** Eight bytes over IPv4, none over IPv6. */
  readonly authData: Uint8Array;
  /** Packed (packAddresses), 0..255 of the advert's family. */
  readonly addresses: Uint8Array;
}

/** The authentication data of an advert without a password, or under AH. */
export const NO_AUTH_DATA: Uint8Array = new Uint8Array(AUTH_DATA_LENGTH);

/** The first eight bytes of a latin1 password, padded with zeros. */
export function passwordData(password: string): Uint8Array {
  const data = new Uint8Array(AUTH_DATA_LENGTH);
  for (let i = 0; i < AUTH_DATA_LENGTH && i < password.length; i++) data[i] = password.charCodeAt(i) & 0xff;
  return data;
}

/** Bytes of a whole advert with `count` addresses. */
export const vrrpV2Length = (family: Family, count: number): number =>
  VRRP_HEADER_LENGTH + count * addressLength(family) + (family === 'ipv4' ? AUTH_DATA_LENGTH : 0);

/**
 * Writes the advert at `at` of `target`, which has room for it, and returns the offset behind it. `pseudo` is
 * for IPv6; the IPv4 checksum covers the VRRP bytes alone.
 */
export function writeVrrpV2(
  target: Uint8Array,
  at: number,
  advert: VrrpV2Advert,
  pseudo?: PseudoHeader,
): number {
  const count = advert.addresses.length / addressLength(advert.family);
  const length = vrrpV2Length(advert.family, count);
  target[at] = 0x20 | VRRP_ADVERTISEMENT;
  target[at + 1] = advert.virtualRouterId;
  target[at + 2] = advert.priority;
  target[at + 3] = count;
  target[at + 4] = advert.authType;
  target[at + 5] = advert.advertSeconds;
  target.set(advert.addresses, at + VRRP_HEADER_LENGTH);
  if (advert.family === 'ipv4') target.set(advert.authData, at + length - AUTH_DATA_LENGTH);
  const checksum = vrrpChecksum(target, at, length, advert.family === 'ipv6' ? pseudo : undefined);
  target[at + 6] = checksum >> 8;
  target[at + 7] = checksum & 0xff;
  return at + length;
}

/**
 * Reads bytes that are exactly one advert. Everything is checked here, in the order short, version, type, length,
 * checksum; core checks in Keepalived's own order with the pieces of vrrp-header instead.
 */
export function decodeVrrpV2(
  bytes: Uint8Array,
  family: Family,
  pseudo?: PseudoHeader,
): Result<VrrpV2Advert, VrrpRefusal> {
  const header = readVrrpHeader(bytes);
  if (!header) return refuse('short');
  if (header.version !== 2) return refuse('version');
  if (header.type !== VRRP_ADVERTISEMENT) return refuse('type');
  if (bytes.length !== vrrpV2Length(family, header.addressCount)) return refuse('length');
  if (!vrrpChecksumHolds(bytes, 0, bytes.length, family === 'ipv6' ? pseudo : undefined))
    return refuse('checksum');
  const end = VRRP_HEADER_LENGTH + header.addressCount * addressLength(family);
  return ok({
    version: 2,
    family,
    virtualRouterId: header.virtualRouterId,
    priority: header.priority,
    advertSeconds: header.advertSeconds,
    authType: header.authType,
    authData: bytes.slice(end),
    addresses: bytes.slice(VRRP_HEADER_LENGTH, end),
  });
}
