/**
 * Adverts as bytes, proved as the settings of an instance ask for it: behind an authentication header, with an HMAC
 * trailer, or bare. For datagrams that no router of the cluster sends; what is wrong with them is decided in
 * forgeries.ts. Built with the project's own codecs. Runtime reference section 9.
 */
import { type IpAddress, ipv4ToNumber } from '../base/ip-address.js';
import type { InstanceSettings } from '../config/model.js';
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.js';
import { encodeVrrp, encodeVrrpOverIpv4, type VrrpAdvert } from '../wire/vrrp.js';
import { AH_LENGTH, sealAh } from '../wire/vrrp-ah.js';
import { VRRP_CHECKSUM_OFFSET, vrrpChecksum } from '../wire/vrrp-header.js';
import {
  HMAC_LENGTH,
  HMAC_SHA256_128,
  HMAC_TRAILER_LENGTH,
  hmacOf,
  writeHmacTrailer,
} from '../wire/vrrp-hmac.js';
import { passwordData } from '../wire/vrrp-v2.js';
import { provesByAh } from './proof-record.js';

export interface Seal {
  readonly ah?: {
    readonly key: Uint8Array;
    readonly sequence: number;
    readonly spi: IpAddress;
  };
  readonly hmac?: {
    readonly type: number;
    readonly keyId: number;
    readonly key: Uint8Array;
    readonly sequence: bigint;
  };
}

export interface Envelope {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Or hop limit. */
  readonly ttl: number;
}

/** With the right key, and numbers newer than all that was heard: `newest` of AH, `sequence` of HMAC. */
export function sealFor(
  settings: InstanceSettings,
  source: IpAddress,
  { newest, sequence }: { readonly newest: number; readonly sequence: bigint },
): Seal {
  const { authentication, hmac } = settings;
  if (provesByAh(settings) && authentication.type === 'ah')
    return { ah: { key: passwordData(authentication.password), sequence: newest, spi: source } };
  const active = hmac?.keys.find(({ id }) => id === hmac.activeKey);
  if (!active) return {};
  return {
    hmac: { type: HMAC_SHA256_128, keyId: active.id, key: Buffer.from(active.hex, 'hex'), sequence },
  };
}

/** Where the VRRP bytes begin. */
export const startOf = ({ family }: VrrpAdvert, { ah }: Seal): number =>
  family === 'ipv6' ? 0 : IPV4_HEADER_LENGTH + (ah ? AH_LENGTH : 0);

/** As the seal wants it, and not yet sealed. */
export function unsealed(envelope: Envelope, advert: VrrpAdvert, { ah, hmac }: Seal): Uint8Array {
  const { source, destination, ttl } = envelope;
  const trailer = hmac ? HMAC_TRAILER_LENGTH : 0;
  const pseudo = { source, destination };
  if (advert.family === 'ipv4') {
    const header = { source, destination, ttl, id: 1, ah: ah !== undefined, trailer };
    return encodeVrrpOverIpv4(header, advert, advert.version === 3 ? pseudo : undefined);
  }
  const bytes = encodeVrrp(advert, pseudo);
  const roomy = new Uint8Array(bytes.length + trailer);
  roomy.set(bytes);
  return roomy;
}

/** In place. `unicast`: the TTL of the IP header is not proved by AH. */
export function seal(
  bytes: Uint8Array,
  advert: VrrpAdvert,
  { source, destination }: Envelope,
  { ah, hmac }: Seal,
  unicast: boolean,
): void {
  if (ah) {
    new DataView(bytes.buffer).setUint32(IPV4_HEADER_LENGTH + 4, ipv4ToNumber(ah.spi));
    sealAh(bytes, IPV4_HEADER_LENGTH, ah.sequence, ah.key, unicast);
  }
  if (!hmac) return;
  const { family, version, virtualRouterId } = advert;
  const at = startOf(advert, {});
  const trailer = bytes.length - HMAC_TRAILER_LENGTH;
  const { type, keyId, key, sequence } = hmac;
  const prefix = { type, keyId, reserved: 0, sequence };
  writeHmacTrailer(bytes, trailer, { ...prefix, mac: new Uint8Array(HMAC_LENGTH) });
  const mac = hmacOf(key, { family, version, virtualRouterId, source }, bytes, at, trailer - at);
  writeHmacTrailer(bytes, trailer, { ...prefix, mac });
  if (family === 'ipv4') return;
  // Over IPv6 the checksum covers the trailer too.
  const view = new DataView(bytes.buffer);
  view.setUint16(VRRP_CHECKSUM_OFFSET, 0);
  view.setUint16(VRRP_CHECKSUM_OFFSET, vrrpChecksum(bytes, 0, bytes.length, { source, destination }));
}
