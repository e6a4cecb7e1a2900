/**
 * A received datagram with its headers read, and nothing believed yet: where the advert begins in it and what the
 * headers promise. Whether it is believed is decided in receive-checks.ts. Runtime reference section 9.
 */
import { type IpAddress, parseIpAddress } from '../../base/ip-address.js';
import { readIpv4Header } from '../../wire/ipv4.js';
import { AH_LENGTH, AH_PROTOCOL, type AhHeader, readAhHeader } from '../../wire/vrrp-ah.js';
import { readVrrpHeader, VRRP_PROTOCOL, type VrrpHeader } from '../../wire/vrrp-header.js';
import { HMAC_TRAILER_LENGTH, type HmacTrailer, readHmacTrailer } from '../../wire/vrrp-hmac.js';
import { vrrpV2Length } from '../../wire/vrrp-v2.js';
import { vrrpV3Length } from '../../wire/vrrp-v3.js';
import type { ReceivedPacket } from '../inputs.js';

export interface OpenedPacket {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly bytes: Uint8Array;
  /** Where the VRRP bytes begin. */
  readonly at: number;
  readonly header: VrrpHeader;
  /** Bytes that version, family and address count of the header ask for: there may be more or fewer. */
  readonly length: number;
  /** Bytes that the IPv4 header promises, itself included. */
  readonly totalLength?: number;
  /** What stands behind the advert, where it is as long as an authentication trailer. */
  readonly trailer?: HmacTrailer;
  /** The authentication header in front of the advert, and where it begins. */
  readonly ah?: AhHeader & { readonly at: number };
}

/** Who sent a datagram that cannot be opened; empty where not even that can be read. */
export function senderOf({ bytes, family, source }: ReceivedPacket): string {
  if (family === 'ipv6') return source ?? '';
  const read = readIpv4Header(bytes);
  return read.ok ? read.value.source : '';
}

/** Undefined: too short to say for which virtual router it is, without a sender, or no VRRP behind its AH. */
export function openPacket(packet: ReceivedPacket): OpenedPacket | undefined {
  return packet.family === 'ipv4' ? openIpv4(packet.bytes) : openIpv6(packet);
}

/** Other versions than 2 are measured as if they were 3: what they are is judged later. */
const lengthOf = (family: 'ipv4' | 'ipv6', { version, addressCount }: VrrpHeader): number =>
  version === 2 ? vrrpV2Length(family, addressCount) : vrrpV3Length(family, addressCount);

function trailerBehind(bytes: Uint8Array, end: number): HmacTrailer | undefined {
  return bytes.length === end + HMAC_TRAILER_LENGTH ? readHmacTrailer(bytes, end) : undefined;
}

function openIpv4(bytes: Uint8Array): OpenedPacket | undefined {
  const read = readIpv4Header(bytes);
  if (!read.ok) return undefined;
  const { headerLength, totalLength, protocol, ttl, source, destination } = read.value;
  const ah = protocol === AH_PROTOCOL ? readAhHeader(bytes, headerLength) : undefined;
  if (protocol === AH_PROTOCOL && ah?.nextHeader !== VRRP_PROTOCOL) return undefined;
  const at = headerLength + (ah ? AH_LENGTH : 0);
  const header = readVrrpHeader(bytes, at);
  if (!header) return undefined;
  const length = lengthOf('ipv4', header);
  const trailer = trailerBehind(bytes, at + length);
  return {
    source,
    destination,
    ttl,
    bytes,
    at,
    header,
    length,
    totalLength,
    ...(trailer ? { trailer } : {}),
    ...(ah ? { ah: { ...ah, at: headerLength } } : {}),
  };
}

function openIpv6(packet: ReceivedPacket): OpenedPacket | undefined {
  const source = parseIpAddress(packet.source ?? '');
  const destination = parseIpAddress(packet.destination ?? '');
  const header = readVrrpHeader(packet.bytes);
  if (!source.ok || !destination.ok || !header) return undefined;
  const length = lengthOf('ipv6', header);
  const trailer = trailerBehind(packet.bytes, length);
  return {
    source: source.value,
    destination: destination.value,
    ttl: packet.hopLimit ?? 0,
    bytes: packet.bytes,
    at: 0,
    header,
    length,
    ...(trailer ? { trailer } : {}),
  };
}
