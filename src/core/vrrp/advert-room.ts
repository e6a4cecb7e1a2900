/**
 * How many addresses an advert has room for: no more than its count can say, and no longer than the interface lets a
 * packet be. The rest is set all the same and not advertised (directives-vrrp section 1.2).
 */
import type { InstanceSettings } from '../../config/model.js';
import { AH_LENGTH } from '../../wire/vrrp-ah.js';
import { addressLength, VRRP_HEADER_LENGTH } from '../../wire/vrrp-header.js';
import { HMAC_TRAILER_LENGTH } from '../../wire/vrrp-hmac.js';
import { AUTH_DATA_LENGTH } from '../../wire/vrrp-v2.js';

const MOST_ADDRESSES = 255;
const IP_HEADER = { ipv4: 20, ipv6: 40 } as const;
/** Keepalived leaves room for this too, although an MTU does not count it: both must find the same number. */
const ETHERNET_HEADER = 14;

/** `mtu` of the interface in bytes; undefined where there is none. */
export function advertRoom(settings: InstanceSettings, mtu: number | undefined): number {
  if (mtu === undefined) return MOST_ADDRESSES;
  const left = mtu - ETHERNET_HEADER - advertOverhead(settings);
  return Math.min(MOST_ADDRESSES, Math.max(0, Math.floor(left / addressLength(settings.family))));
}

/** Bytes of an advert that are not addresses, its IP header included. */
export const advertOverhead = ({ family, version, authentication, hmac }: InstanceSettings): number =>
  IP_HEADER[family] +
  VRRP_HEADER_LENGTH +
  (version === 2 && family === 'ipv4' ? AUTH_DATA_LENGTH : 0) +
  (authentication.type === 'ah' ? AH_LENGTH : 0) +
  (hmac ? HMAC_TRAILER_LENGTH : 0);
