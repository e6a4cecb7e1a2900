/**
 * VRRP whatever its version: dispatch to vrrp-v2 and vrrp-v3, and the one-allocation encoder of what a raw IPv4
 * socket sends. Which checks a received advert must pass, and in which order, is decided in core/vrrp.
 */
import { type Family, type IpAddress, ipv4ToNumber } from '../base/ip-address.js';
import { type Result, refuse } from '../base/result.js';
import { IPV4_HEADER_LENGTH, TOS_INTERNETWORK_CONTROL, writeIpv4Header } from './ipv4.js';
import { AH_LENGTH, AH_PROTOCOL, writeAhHeader } from './vrrp-ah.js';
import {
  addressLength,
  type PseudoHeader,
  readVrrpHeader,
  VRRP_PROTOCOL,
  type VrrpRefusal,
} from './vrrp-header.js';
import { decodeVrrpV2, type VrrpV2Advert, vrrpV2Length, writeVrrpV2 } from './vrrp-v2.js';
import { decodeVrrpV3, type VrrpV3Advert, vrrpV3Length, writeVrrpV3 } from './vrrp-v3.js';

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

/** Writes the advert into room that is there already; returns the offset behind it. */
export const writeVrrp = (
  target: Uint8Array,
  at: number,
  advert: VrrpAdvert,
  pseudo?: PseudoHeader,
): number =>
  advert.version === 2 ? writeVrrpV2(target, at, advert, pseudo) : writeVrrpV3(target, at, advert, pseudo);

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

/** Reads bytes that are exactly one advert of either version, with every check; see decodeVrrpV2 for the order. */
export function decodeVrrp(
  bytes: Uint8Array,
  family: Family,
  pseudo?: PseudoHeader,
): Result<VrrpAdvert, VrrpRefusal> {
  const header = readVrrpHeader(bytes);
  if (!header) return refuse('short');
  if (header.version === 2) return decodeVrrpV2(bytes, family, pseudo);
  if (header.version === 3) return decodeVrrpV3(bytes, family, pseudo);
  return refuse('version');
}
