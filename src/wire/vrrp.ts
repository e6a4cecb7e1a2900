/**
 * VRRP whatever its version: reading and writing what vrrp-v2 and vrrp-v3 describe, and the one-allocation encoder of what
 * a raw IPv4 socket sends. Which checks a received advert must pass, and in which order, is decided in core/vrrp.
 */
import { type Family, type IpAddress, ipv4ToNumber } from '../base/ip-address.js';
import { ok, type Result, refuse } from '../base/result.js';
import { IPV4_HEADER_LENGTH, TOS_INTERNETWORK_CONTROL, writeIpv4Header } from './ipv4.js';
import { AH_LENGTH, AH_PROTOCOL, writeAhHeader } from './vrrp-ah.js';
import {
  addressLength,
  type PseudoHeader,
  readVrrpHeader,
  VRRP_ADVERTISEMENT,
  VRRP_CHECKSUM_OFFSET,
  VRRP_HEADER_LENGTH,
  VRRP_PROTOCOL,
  type VrrpRefusal,
  vrrpChecksum,
  vrrpChecksumHolds,
} from './vrrp-header.js';
import { AUTH_DATA_LENGTH, type VrrpV2Advert, vrrpV2Length } from './vrrp-v2.js';
import { type VrrpV3Advert, vrrpV3Length } from './vrrp-v3.js';

export type VrrpAdvert = VrrpV2Advert | VrrpV3Advert;

/** Bytes that version, family and address count ask for, without trailers; undefined for an unknown version. */
export function vrrpLength(version: number, family: Family, count: number): number | undefined {
  if (version === 2) return vrrpV2Length(family, count);
  return version === 3 ? vrrpV3Length(family, count) : undefined;
}

/** Bytes of this advert, without IP header and trailers. */
export const advertLength = (advert: VrrpAdvert): number => {
  const count = advert.addresses.length / addressLength(advert.family);
  return advert.version === 2 ? vrrpV2Length(advert.family, count) : vrrpV3Length(advert.family, count);
};

/** What of a pseudo-header counts: version 2 over IPv4 has a checksum of the VRRP bytes alone. */
const covered = (version: number, family: Family, pseudo: PseudoHeader | undefined) =>
  version === 2 && family === 'ipv4' ? undefined : pseudo;

/**
 * Writes the advert at `at` of `target`, which has room for it, and returns the offset behind it. Without `pseudo` the
 * checksum covers the VRRP bytes alone: version 2 over IPv4 always, version 3 with `v3_checksum_as_v2`.
 */
export function writeVrrp(target: Uint8Array, at: number, advert: VrrpAdvert, pseudo?: PseudoHeader): number {
  const { version, family, addresses } = advert;
  const length = advertLength(advert);
  target[at] = (version << 4) | VRRP_ADVERTISEMENT;
  target[at + 1] = advert.virtualRouterId;
  target[at + 2] = advert.priority;
  target[at + 3] = addresses.length / addressLength(family);
  if (version === 2) {
    target[at + 4] = advert.authType;
    target[at + 5] = advert.advertSeconds;
    if (family === 'ipv4') target.set(advert.authData, at + length - AUTH_DATA_LENGTH);
  } else {
    target[at + 4] = ((advert.reserved ?? 0) << 4) | (advert.advertCentiseconds >> 8);
    target[at + 5] = advert.advertCentiseconds & 0xff;
  }
  target.set(addresses, at + VRRP_HEADER_LENGTH);
  const checksum = vrrpChecksum(target, at, length, covered(version, family, pseudo));
  target[at + VRRP_CHECKSUM_OFFSET] = checksum >> 8;
  target[at + VRRP_CHECKSUM_OFFSET + 1] = checksum & 0xff;
  return at + length;
}

/**
 * The payload alone, as an IPv6 raw socket sends it. `pseudo` enters the checksum of version 3, and of both
 * versions over IPv6; without it version 3 has its `v3_checksum_as_v2` form.
 */
export function encodeVrrp(advert: VrrpAdvert, pseudo?: PseudoHeader): Uint8Array {
  const bytes = new Uint8Array(advertLength(advert));
  writeVrrp(bytes, 0, advert, pseudo);
  return bytes;
}

/** What the IPv4 header of an advert says. */
export interface AdvertEnvelope {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** 255, or the TTL of unicast. */
  readonly ttl: number;
  /** IP identification, 0..65535; Keepalived counts from 1. */
  readonly id: number;
  /** An authentication header stands in front of the advert; its number and ICV are still to come (sealAh). */
  readonly ah?: boolean;
  /** Bytes left empty behind the advert, for an HMAC trailer. */
  readonly trailer?: number;
}

/**
 * Header and payload in one allocation. `pseudo` is for version 3: normally the envelope itself; absent for
 * `v3_checksum_as_v2`; with the multicast group as destination for the old unicast checksum. It covers the advert
 * alone, whatever stands before and behind it.
 */
export function encodeVrrpOverIpv4(
  envelope: AdvertEnvelope,
  advert: VrrpAdvert,
  pseudo?: PseudoHeader,
): Uint8Array {
  const { ah = false, trailer = 0 } = envelope;
  const total = IPV4_HEADER_LENGTH + (ah ? AH_LENGTH : 0) + advertLength(advert) + trailer;
  const bytes = new Uint8Array(total);
  const header = {
    tos: TOS_INTERNETWORK_CONTROL,
    id: envelope.id,
    fragment: 0,
    ttl: envelope.ttl,
    protocol: ah ? AH_PROTOCOL : VRRP_PROTOCOL,
    source: envelope.source,
    destination: envelope.destination,
  };
  let at = writeIpv4Header(bytes, 0, header, total);
  if (ah) at = writeAhHeader(bytes, at, ipv4ToNumber(envelope.source));
  writeVrrp(bytes, at, advert, pseudo);
  return bytes;
}

/**
 * Reads bytes that are exactly one advert. Everything is checked here, in the order short, version, type, length,
 * checksum (with a pseudo-header where one is given and the version has one); core checks in Keepalived's own order with
 * the pieces of vrrp-header instead.
 */
export function decodeVrrp(
  bytes: Uint8Array,
  family: Family,
  pseudo?: PseudoHeader,
): Result<VrrpAdvert, VrrpRefusal> {
  const header = readVrrpHeader(bytes);
  if (!header) return refuse('short');
  const { version, addressCount, virtualRouterId, priority } = header;
  const length = vrrpLength(version, family, addressCount);
  if (length === undefined) return refuse('version');
  if (header.type !== VRRP_ADVERTISEMENT) return refuse('type');
  if (bytes.length !== length) return refuse('length');
  if (!vrrpChecksumHolds(bytes, 0, length, covered(version, family, pseudo))) return refuse('checksum');
  const end = VRRP_HEADER_LENGTH + addressCount * addressLength(family);
  const common = { family, virtualRouterId, priority, addresses: bytes.slice(VRRP_HEADER_LENGTH, end) };
  if (version === 2) {
    const { advertSeconds, authType } = header;
    return ok({ version: 2, ...common, advertSeconds, authType, authData: bytes.slice(end) });
  }
  const { advertCentiseconds, reserved } = header;
  return ok({ version: 3, ...common, advertCentiseconds, ...(reserved === 0 ? {} : { reserved }) });
}
