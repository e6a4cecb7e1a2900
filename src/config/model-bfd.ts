/**
 * The BFD part of the typed configuration. The protocol's own state is core/bfd's. (directives-bfd section 1)
 */
import type { IpAddress } from '../base/ip-address.js';
import type { Duration } from '../base/time.js';
import type { WeightSettings } from './model.js';

/** A session with one neighbour. */
export interface BfdInstanceSettings extends WeightSettings {
  /** At most 31 bytes, unique. */
  readonly name: string;
  readonly neighbor: IpAddress;
  /** Where a link-local neighbour is; absent otherwise. */
  readonly interface?: string;
  /** Of the same family; undefined: the kernel chooses. */
  readonly source?: IpAddress;
  /** Intervals in whole microseconds. */
  readonly minRx: Duration;
  readonly minTx: Duration;
  /** At least one second. */
  readonly idleTx: Duration;
  /** 1..255 */
  readonly multiplier: number;
  /** Sends nothing until the neighbour does. */
  readonly passive: boolean;
  /** TTL or hop limit of what is sent, 1..255. */
  readonly ttl: number;
  /** Received packets may have crossed so many routers, 0..ttl; 255: not looked at. */
  readonly maxHops: number;
  readonly multihop: boolean;
  readonly authentication?: BfdAuthenticationSettings;
  /** Who is told of the session. */
  readonly consumers: { readonly vrrp: boolean; readonly checker: boolean };
}

/** An extension: Keepalived's sessions have no authentication. RFC 5880 section 6.7. */
export interface BfdAuthenticationSettings {
  readonly type: 'simple-password' | 'keyed-md5' | 'meticulous-md5' | 'keyed-sha1' | 'meticulous-sha1';
  /** The first one signs, all are accepted. */
  readonly keys: readonly [BfdKey, ...BfdKey[]];
}

export interface BfdKey {
  /** 0..255 */
  readonly id: number;
  /** 1 to 16 bytes for a password or MD5, to 20 for SHA1, in hexadecimal digits. */
  readonly hex: string;
}
