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
  /** Who is told of the session. */
  readonly consumers: { readonly vrrp: boolean; readonly checker: boolean };
}
