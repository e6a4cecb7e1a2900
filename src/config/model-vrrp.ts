/** Parts of an instance that stand on their own: virtual interfaces and HMAC keys. (directives-vrrp sections 1.4, 1.8) */
import type { IpAddress } from '../base/ip-address.js';
import type { Duration } from '../base/time.js';

/** `use_vmac` and what belongs to it. */
export interface VirtualMacSettings {
  /** Absent: made from the prefix and the virtual router id. */
  readonly name?: string;
  /** Six octets as `02:00:5e:10:00:01`; absent: the one of the standard. */
  readonly mac?: string;
  /** Number or name of a group of interfaces. */
  readonly group?: number | string;
  readonly netlinkNotify?: boolean;
  /** `vmac_xmit_base`: adverts leave by the interface underneath. */
  readonly transmitBase: boolean;
}

/** `use_ipvlan` */
export interface IpvlanSettings {
  readonly name?: string;
  /** Source of the adverts; needed for IPv4. */
  readonly address?: { readonly address: IpAddress; readonly length: number };
  readonly mode: 'bridge' | 'private' | 'vepa';
  readonly group?: number | string;
}

/** `auth_hmac` */
export interface HmacSettings {
  readonly keys: readonly HmacKey[];
  /** The key that signs. */
  readonly activeKey: number;
  readonly antiReplay: 'time' | 'monotonic';
  readonly timeWindow: Duration;
  readonly mode: 'enforce' | 'permissive' | 'receive-only';
}

/** 32 to 64 bytes in hexadecimal, from the configuration or from the file that it names. */
export interface HmacKey {
  readonly id: number;
  readonly hex: string;
}
