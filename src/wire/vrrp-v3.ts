/**
 * The VRRPv3 advertisement, RFC 5798 and RFC 9568 section 5.2, over IPv4 and IPv6. The HMAC trailer that may
 * follow it is vrrp-hmac's affair and not covered by the IPv4 checksum; reading and writing the advert is vrrp's.
 */
import type { Family } from '../base/ip-address.js';
import { addressLength, VRRP_HEADER_LENGTH } from './vrrp-header.js';

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
