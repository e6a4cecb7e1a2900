/**
 * What makes every advert new: the IP identification, the sequence number and ICV of an authentication header, the
 * HMAC trailer. One advert to several peers is one number and one signature. Runtime reference section 9.
 */
import { foldChecksum } from '../../base/checksum.js';
import type { IpAddress } from '../../base/ip-address.js';
import type { WallTime } from '../../base/time.js';
import { IPV4_CHECKSUM, IPV4_HEADER_LENGTH, IPV4_IDENTIFICATION } from '../../wire/ipv4.js';
import { sealAh } from '../../wire/vrrp-ah.js';
import { VRRP_CHECKSUM_OFFSET, vrrpChecksum } from '../../wire/vrrp-header.js';
import {
  HMAC_LENGTH,
  HMAC_SHA256_128,
  HMAC_TRAILER_LENGTH,
  hmacOf,
  writeHmacTrailer,
} from '../../wire/vrrp-hmac.js';
import type { AdvertForm } from './advert.js';
import type { Proofs } from './proofs.js';

/** A copy of an IPv4 advert that has identification 0, with another; the checksum follows. */
export function numbered(advert: Uint8Array, id: number): Uint8Array {
  const copy = advert.slice();
  const checksum = foldChecksum(
    (~((copy[IPV4_CHECKSUM] ?? 0) * 256 + (copy[IPV4_CHECKSUM + 1] ?? 0)) & 0xffff) + id,
  );
  copy[IPV4_IDENTIFICATION] = id >> 8;
  copy[IPV4_IDENTIFICATION + 1] = id & 0xff;
  copy[IPV4_CHECKSUM] = checksum >> 8;
  copy[IPV4_CHECKSUM + 1] = checksum & 0xff;
  return copy;
}

/** One copy of the advert for one destination, ready to leave; undefined where the machine forbids its digest. */
export type Seal = (packet: Uint8Array, destination: IpAddress, ipId: number) => Uint8Array | undefined;

const sealedByNumber: Seal = (packet, _destination, ipId) => numbered(packet, ipId);
const sealedByNothing: Seal = (packet) => packet;

/** For one advert; `sample` is any of its packets, which differ in destination and checksum only. */
export function sealOf(
  form: AdvertForm,
  proofs: Proofs,
  source: IpAddress,
  wall: WallTime,
  sample: Uint8Array,
): Seal {
  const ipv4 = form.settings.family === 'ipv4';
  const { ahKey, hmac, unicast } = form;
  if (ahKey) {
    const sequence = proofs.nextAhSequence();
    return (packet, _destination, ipId) => {
      const copy = numbered(packet, ipId);
      return sealAh(copy, IPV4_HEADER_LENGTH, sequence, ahKey, unicast) ? copy : undefined;
    };
  }
  if (!hmac?.signs) return ipv4 ? sealedByNumber : sealedByNothing;
  const trailer = signed(form, proofs, source, wall, sample);
  return (packet, destination, ipId) => {
    const copy = ipv4 ? numbered(packet, ipId) : packet.slice();
    copy.set(trailer, copy.length - HMAC_TRAILER_LENGTH);
    if (ipv4) return copy;
    // Over IPv6 the checksum covers the trailer too.
    const checksum = vrrpChecksum(copy, 0, copy.length, { source, destination });
    copy[VRRP_CHECKSUM_OFFSET] = checksum >> 8;
    copy[VRRP_CHECKSUM_OFFSET + 1] = checksum & 0xff;
    return copy;
  };
}

/** The trailer that all copies of one advert carry. */
function signed(
  form: AdvertForm,
  proofs: Proofs,
  source: IpAddress,
  wall: WallTime,
  sample: Uint8Array,
): Uint8Array {
  const { hmac, settings } = form;
  const { family, version, virtualRouterId } = settings;
  const bytes = sample.slice();
  const at = family === 'ipv4' ? IPV4_HEADER_LENGTH : 0;
  const end = bytes.length - HMAC_TRAILER_LENGTH;
  if (!hmac) return bytes.subarray(end);
  const sequence = proofs.nextSequence(hmac, wall);
  const empty = new Uint8Array(HMAC_LENGTH);
  const fields = { type: HMAC_SHA256_128, keyId: hmac.activeId, reserved: 0, sequence, mac: empty };
  writeHmacTrailer(bytes, end, fields);
  const mac = hmacOf(hmac.activeKey, { family, version, virtualRouterId, source }, bytes, at, end - at);
  bytes.set(mac, bytes.length - HMAC_LENGTH);
  return bytes.subarray(end);
}
