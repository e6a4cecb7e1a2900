/**
 * What the engine knows and wants of addresses in the kernel; pure data. The facts of links and addresses are
 * declared where they are decoded (wire/netlink/facts); everyone above wire imports them from here.
 */
import type { IpAddress } from '../../base/ip-address.js';

export type { AddressFacts, LinkFacts } from '../../wire/netlink/facts.js';

/** The value of IFA_PROTO (and later of route and rule protocols' mark) on what we put into the kernel. */
export const HOLDFAST_PROTOCOL = 0x48;

/** One address as it shall stand in the kernel. */
export interface WantedAddress {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly scope: number;
  readonly broadcast?: IpAddress;
  readonly label?: string;
  readonly peer?: IpAddress;
  /** Seconds for which IPv6 prefers it as a source; 0: never. Absent: for ever. */
  readonly preferredLifetime?: number;
}

export type AddressOperation =
  | { readonly operation: 'add'; readonly address: WantedAddress }
  | { readonly operation: 'delete'; readonly address: WantedAddress };

/** The kernel's answer to one operation; `errno` is the positive number, absent on success. */
export interface AddressResult {
  readonly operation: AddressOperation;
  readonly errno?: number;
}
