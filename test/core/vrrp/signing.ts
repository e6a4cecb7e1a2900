/**
 * Neighbours' packets with authentication for tests of the core: functions for `spoil` of Rig.advert, which gives a
 * finished IPv4 packet. Whether such bytes are right is proved in test/wire with captures of Keepalived.
 */
import { foldChecksum, sumOfWords } from '../../../src/base/checksum.js';
import { ipv4ToNumber } from '../../../src/base/ip-address.js';
import { readIpv4Address } from '../../../src/wire/ipv4.js';
import { AH_LENGTH, sealAh, writeAhHeader } from '../../../src/wire/vrrp-ah.js';
import { type PseudoHeader, vrrpChecksum } from '../../../src/wire/vrrp-header.js';
import {
  HMAC_TRAILER_LENGTH,
  hmacOf,
  sequenceOfClock,
  writeHmacTrailer,
} from '../../../src/wire/vrrp-hmac.js';
import { passwordData } from '../../../src/wire/vrrp-v2.js';

export type Spoil = (packet: Uint8Array) => Uint8Array;

/** Header checksum and total length that fit the bytes. */
export function fitted(packet: Uint8Array): Uint8Array {
  packet[2] = packet.length >> 8;
  packet[3] = packet.length & 0xff;
  packet[10] = 0;
  packet[11] = 0;
  const checksum = foldChecksum(sumOfWords(packet, 0, 20));
  packet[10] = checksum >> 8;
  packet[11] = checksum & 0xff;
  return packet;
}

export const KEY = '0123456789abcdef0123456789abcdef';
export const OTHER_KEY = 'fedcba9876543210fedcba9876543210';

export interface Signature {
  /** Wall time, seconds; the sequence is made of it. */
  readonly at?: number;
  readonly sequence?: bigint;
  readonly keyId?: number;
  readonly key?: string;
  readonly type?: number;
  readonly reserved?: number;
  /** Changes the finished packet. */
  readonly spoil?: Spoil;
}

export const signed =
  (signature: Signature): Spoil =>
  (packet) => {
    const bytes = new Uint8Array(packet.length + HMAC_TRAILER_LENGTH);
    bytes.set(packet);
    fitted(bytes);
    const { at = 0, keyId = 1, key = KEY, type = 1, reserved = 0 } = signature;
    const sequence = signature.sequence ?? sequenceOfClock(at * 1e6);
    const mac = new Uint8Array(16);
    writeHmacTrailer(bytes, packet.length, { type, keyId, reserved, sequence, mac });
    const scope = {
      family: 'ipv4',
      version: (packet[20] ?? 0) >> 4,
      virtualRouterId: packet[21] ?? 0,
      source: readIpv4Address(packet, 12),
    } as const;
    const right = hmacOf(Buffer.from(key, 'latin1'), scope, bytes, 20, packet.length - 20);
    bytes.set(right, bytes.length - 16);
    return signature.spoil ? signature.spoil(bytes) : bytes;
  };

export interface Sealing {
  readonly sequence: number;
  readonly password?: string;
  readonly spi?: number;
  readonly unicast?: boolean;
  readonly spoil?: Spoil;
}

/** An authentication header between the IP header and the advert. */
export const withAh =
  ({ sequence, password = 'secret', spi, unicast = false, spoil }: Sealing): Spoil =>
  (packet) => {
    const bytes = new Uint8Array(packet.length + AH_LENGTH);
    bytes.set(packet.subarray(0, 20));
    bytes.set(packet.subarray(20), 20 + AH_LENGTH);
    bytes[9] = 51;
    fitted(bytes);
    writeAhHeader(bytes, 20, spi ?? ipv4ToNumber(readIpv4Address(packet, 12)));
    sealAh(bytes, 20, sequence, passwordData(password), unicast);
    return spoil ? spoil(bytes) : bytes;
  };

/** The advert's checksum made anew over a pseudo-header. */
export function withChecksum(packet: Uint8Array, pseudo: PseudoHeader | undefined): Uint8Array {
  const checksum = vrrpChecksum(packet, 20, packet.length - 20, pseudo);
  return packet.with(26, checksum >> 8).with(27, checksum & 0xff);
}
