/**
 * The VRRPv2 advertisement, RFC 3768 section 5.3, with the eight bytes of authentication data that RFC 2338
 * defined and that Keepalived always sends over IPv4. Over IPv6 (a version 2 that no RFC knows, but Keepalived
 * does) there is no authentication data and the checksum has a pseudo-header. Reading and writing it is vrrp's affair, AH
 * vrrp-ah's.
 */
import type { Family } from '../base/ip-address.js';
import { addressLength, VRRP_HEADER_LENGTH } from './vrrp-header.js';

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
