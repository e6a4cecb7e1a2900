/**
 * The unsolicited neighbour advertisement, RFC 4861 sections 4.4 and 7.2.6, with its IPv6 header (RFC 8200) and
 * without the Ethernet header: how an IPv6 address is announced. When it is sent, and on which interface, is decided
 * in core/vrrp/announcements and core/net/announcer.
 */
import { foldChecksum, sumOfWords } from '../base/checksum.js';
import { type IpAddress, ipFromBytes, ipToBytes, isMulticast } from '../base/ip-address.js';
import { type MacAddress, macFromBytes, macToBytes } from '../base/mac-address.js';
import { ok, type Result, refuse } from '../base/result.js';

export const ETHERTYPE_IPV6 = 0x86dd;
/** ff02::1 as Ethernet addresses it (RFC 2464 section 7). */
export const ALL_NODES_MAC = '33:33:00:00:00:01' as MacAddress;
const ALL_NODES = 'ff02::1' as IpAddress;

const IPV6_HEADER_LENGTH = 40;
/** Type, code, checksum, flags, target; then one option of eight bytes with the Ethernet address. */
const ADVERTISEMENT_LENGTH = 24 + 8;
export const NEIGHBOUR_ADVERTISEMENT_LENGTH = IPV6_HEADER_LENGTH + ADVERTISEMENT_LENGTH;
const ICMPV6 = 58;
const HOP_LIMIT = 255;
const TYPE_NEIGHBOUR_ADVERTISEMENT = 136;
const OPTION_TARGET_LINK_ADDRESS = 2;
const ROUTER = 0x80;
const SOLICITED = 0x40;
const OVERRIDE = 0x20;
const KNOWN_FLAGS = ROUTER | SOLICITED | OVERRIDE;

export interface NeighbourAdvertisement {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly target: IpAddress;
  readonly mac: MacAddress;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
}

/**
 * `header`: no plain IPv6 header with hop limit 255 before ICMPv6; `type`: another message; `format`: reserved bits, a
 * multicast target, a solicited one to many, or other options than the one; `checksum`. RFC 4861 section 7.1.2.
 */
export type NeighbourRefusal = 'short' | 'length' | 'header' | 'type' | 'format' | 'checksum';

/** 72 bytes. */
export function encodeNeighbourAdvertisement(message: NeighbourAdvertisement): Uint8Array {
  const bytes = new Uint8Array(NEIGHBOUR_ADVERTISEMENT_LENGTH);
  bytes[0] = 0x60;
  bytes[5] = ADVERTISEMENT_LENGTH;
  bytes[6] = ICMPV6;
  bytes[7] = HOP_LIMIT;
  bytes.set(ipToBytes(message.source), 8);
  bytes.set(ipToBytes(message.destination), 24);
  bytes[40] = TYPE_NEIGHBOUR_ADVERTISEMENT;
  bytes[44] =
    (message.router ? ROUTER : 0) | (message.solicited ? SOLICITED : 0) | (message.override ? OVERRIDE : 0);
  bytes.set(ipToBytes(message.target), 48);
  bytes[64] = OPTION_TARGET_LINK_ADDRESS;
  bytes[65] = 1;
  bytes.set(macToBytes(message.mac), 66);
  const checksum = foldChecksum(sumOf(bytes));
  bytes[42] = checksum >> 8;
  bytes[43] = checksum & 0xff;
  return bytes;
}

/** The announcement of `address` at `mac`: from the address itself, to all nodes, Override set. */
export const encodeUnsolicitedAdvertisement = (
  mac: MacAddress,
  address: IpAddress,
  router: boolean,
): Uint8Array =>
  encodeNeighbourAdvertisement({
    source: address,
    destination: ALL_NODES,
    target: address,
    mac,
    router,
    solicited: false,
    override: true,
  });

/** Reads exactly one, as we send them: traffic class and flow label zero, one option. */
export function decodeNeighbourAdvertisement(
  bytes: Uint8Array,
): Result<NeighbourAdvertisement, NeighbourRefusal> {
  const byte = (at: number): number => bytes[at] ?? 0;
  if (bytes.length < NEIGHBOUR_ADVERTISEMENT_LENGTH) return refuse('short');
  if (bytes.length > NEIGHBOUR_ADVERTISEMENT_LENGTH) return refuse('length');
  const first = byte(0) === 0x60 && byte(1) === 0 && byte(2) === 0 && byte(3) === 0;
  if (!first || byte(4) !== 0 || byte(5) !== ADVERTISEMENT_LENGTH) return refuse('header');
  if (byte(6) !== ICMPV6 || byte(7) !== HOP_LIMIT) return refuse('header');
  if (byte(40) !== TYPE_NEIGHBOUR_ADVERTISEMENT || byte(41) !== 0) return refuse('type');
  if (foldChecksum(sumOf(bytes)) !== 0) return refuse('checksum');
  const flags = byte(44);
  const reserved = (flags & ~KNOWN_FLAGS) | byte(45) | byte(46) | byte(47);
  if (reserved !== 0 || byte(64) !== OPTION_TARGET_LINK_ADDRESS || byte(65) !== 1) return refuse('format');
  const destination = ipFromBytes(bytes.subarray(24, 40));
  const target = ipFromBytes(bytes.subarray(48, 64));
  const solicited = (flags & SOLICITED) !== 0;
  if (isMulticast(target) || (solicited && isMulticast(destination))) return refuse('format');
  return ok({
    source: ipFromBytes(bytes.subarray(8, 24)),
    destination,
    target,
    mac: macFromBytes(bytes.subarray(66, 72)),
    router: (flags & ROUTER) !== 0,
    solicited,
    override: (flags & OVERRIDE) !== 0,
  });
}

/** Sum over pseudo-header and message (RFC 8200 section 8.1); the addresses stand together in the IPv6 header. */
const sumOf = (bytes: Uint8Array): number => sumOfWords(bytes, 8) + ADVERTISEMENT_LENGTH + ICMPV6;
