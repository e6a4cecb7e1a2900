/**
 * The VRRPv3 advertisement, RFC 5798 and RFC 9568 section 5.2, over IPv4 and IPv6. The HMAC trailer that may
 * follow it is vrrp-hmac's affair and not covered by the IPv4 checksum.
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

/** Largest interval that twelve bits of centiseconds can say. */
export const VRRP_V3_LONGEST_INTERVAL = 4095;

export interface VrrpV3Advert {
  readonly version: 3;
  readonly family: Family;
  /** 0..255; 0 is nobody's. */
  readonly virtualRouterId: number;
  /** 0..255; 0 is the goodbye, 255 the owner. */
  readonly priority: number;
  /** Advert interval, hundredths of a second 0..4095. */
  readonly advertCentiseconds: number;
  /** The four reserved bits where a neighbour set them; absent: zero. */
  readonly reserved?: number;
  /** Packed (packAddresses), 0..255 of the advert's family. */
  readonly addresses: Uint8Array;
}

/** Bytes of a whole advert with `count` addresses, without an HMAC trailer. */
export const vrrpV3Length = (family: Family, count: number): number =>
  VRRP_HEADER_LENGTH + count * addressLength(family);

/**
 * Writes the advert at `at` of `target`, which has room for it, and returns the offset behind it. Without
 * `pseudo` the checksum covers the VRRP bytes alone: the variant `v3_checksum_as_v2` of IPv4.
 */
export function writeVrrpV3(
  target: Uint8Array,
  at: number,
  advert: VrrpV3Advert,
  pseudo?: PseudoHeader,
): number {
  const count = advert.addresses.length / addressLength(advert.family);
  const length = vrrpV3Length(advert.family, count);
  target[at] = 0x30 | VRRP_ADVERTISEMENT;
  target[at + 1] = advert.virtualRouterId;
  target[at + 2] = advert.priority;
  target[at + 3] = count;
  target[at + 4] = ((advert.reserved ?? 0) << 4) | (advert.advertCentiseconds >> 8);
  target[at + 5] = advert.advertCentiseconds & 0xff;
  target.set(advert.addresses, at + VRRP_HEADER_LENGTH);
  const checksum = vrrpChecksum(target, at, length, pseudo);
  target[at + 6] = checksum >> 8;
  target[at + 7] = checksum & 0xff;
  return at + length;
}

/**
 * Reads bytes that are exactly one advert. Everything is checked here, in the order short, version, type, length,
 * checksum (with a pseudo-header where one is given); core checks in Keepalived's own order with the pieces of
 * vrrp-header instead.
 */
export function decodeVrrpV3(
  bytes: Uint8Array,
  family: Family,
  pseudo?: PseudoHeader,
): Result<VrrpV3Advert, VrrpRefusal> {
  const header = readVrrpHeader(bytes);
  if (!header) return refuse('short');
  if (header.version !== 3) return refuse('version');
  if (header.type !== VRRP_ADVERTISEMENT) return refuse('type');
  if (bytes.length !== vrrpV3Length(family, header.addressCount)) return refuse('length');
  if (!vrrpChecksumHolds(bytes, 0, bytes.length, pseudo)) return refuse('checksum');
  return ok({
    version: 3,
    family,
    virtualRouterId: header.virtualRouterId,
    priority: header.priority,
    advertCentiseconds: header.advertCentiseconds,
    ...(header.reserved === 0 ? {} : { reserved: header.reserved }),
    addresses: bytes.slice(VRRP_HEADER_LENGTH),
  });
}
