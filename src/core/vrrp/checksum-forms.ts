/**
 * Which checksum a version 3 advert over IPv4 has: the right one with the pseudo-header, the one without it
 * (`v3_checksum_as_v2`), or that of Keepalived up to 1.3.6, which counted unicast as if sent to the multicast group
 * (`old_unicast_checksum`). Each peer is answered in the form it last used, and the right form is never refused:
 * where Keepalived differs stands on the differences page (timeline 19). RFC 9568 section 5.2.8; runtime 9.
 */
import type { IpAddress } from '../../base/ip-address.js';
import { type PseudoHeader, vrrpChecksumHolds } from '../../wire/vrrp-header.js';
import type { AdvertForm } from './advert.js';
import type { OpenedPacket } from './opened-packet.js';

/** `right`: as the version and the settings have it. Undefined: no accepted form. */
export function checksumFormOf(packet: OpenedPacket, form: AdvertForm): 'right' | 'old' | undefined {
  const { bytes, at, length, source, destination } = packet;
  const { family, version, v3ChecksumAsV2 } = form.settings;
  const ends = { source, destination };
  // Over IPv6 it covers all that stands behind it, trailer and padding included.
  if (family === 'ipv6') return vrrpChecksumHolds(bytes, at, bytes.length - at, ends) ? 'right' : undefined;
  const holds = (pseudo?: PseudoHeader): boolean => vrrpChecksumHolds(bytes, at, length, pseudo);
  if (version === 2) return holds() ? 'right' : undefined;
  if (holds(ends) || (v3ChecksumAsV2 && holds())) return 'right';
  return knowsOld(form) && holds({ source, destination: form.settings.multicastGroup }) ? 'old' : undefined;
}

const knowsOld = ({ unicast, settings }: AdvertForm): boolean =>
  unicast && settings.version === 3 && settings.family === 'ipv4' && settings.oldUnicastChecksum !== 'never';

/** What the checksum of an advert of ours to `destination` covers beside the advert; undefined: nothing. */
export function pseudoHeaderFor(
  form: AdvertForm,
  ends: PseudoHeader,
  old: boolean,
): PseudoHeader | undefined {
  if (form.settings.family === 'ipv4' && form.settings.v3ChecksumAsV2) return undefined;
  return old ? { source: ends.source, destination: form.settings.multicastGroup } : ends;
}

export class ChecksumForms {
  /** Made for the first peer of that kind. */
  #old: Set<IpAddress> | undefined;
  #changes = 0;

  /** Grows whenever an answer of `usesOld` may have changed. */
  get changes(): number {
    return this.#changes;
  }

  usesOld(peer: IpAddress, form: AdvertForm): boolean {
    return knowsOld(form) && (form.settings.oldUnicastChecksum === 'on' || this.#old?.has(peer) === true);
  }

  /** An advert was accepted; what its peer's form changed to, if it did. */
  heard(packet: OpenedPacket, form: AdvertForm): 'right' | 'old' | undefined {
    const { source } = packet;
    if (!knowsOld(form) || !form.peers.has(source)) return undefined;
    const used = checksumFormOf(packet, form);
    if (used === undefined || (used === 'old') === (this.#old?.has(source) ?? false)) return undefined;
    this.#old ??= new Set();
    if (used === 'old') this.#old.add(source);
    else this.#old.delete(source);
    this.#changes++;
    return used;
  }
}
