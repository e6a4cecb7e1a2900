/** What the kernel tells us of links and addresses, decoded from rtnetlink by the host; pure data. */
import type { Family, IpAddress } from '../../base/ip-address.js';
import type { MacAddress } from '../../base/mac-address.js';

export interface LinkFacts {
  readonly index: number;
  readonly name: string;
  /** IFF_UP */
  readonly up: boolean;
  /** IFF_RUNNING */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly noArp: boolean;
  readonly multicast: boolean;
  /** Absent where the link has no six-byte hardware address. */
  readonly mac?: MacAddress;
  readonly mtu: number;
  /** IFLA_INFO_KIND: veth, bridge, macvlan ... */
  readonly kind?: string;
  /** The lower device of a macvlan, vlan ...: IFLA_LINK. */
  readonly parent?: number;
}

export interface AddressFacts {
  readonly interfaceIndex: number;
  readonly family: Family;
  /** IFA_LOCAL, else IFA_ADDRESS. */
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly scope: number;
  readonly label?: string;
  /** IFA_F_* flags: 0x01 secondary, 0x40 tentative ... */
  readonly flags: number;
  /** IFA_PROTO; HOLDFAST_PROTOCOL marks ours. Absent before Linux 5.18. */
  readonly protocol?: number;
}

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
}

export type AddressOperation =
  | { readonly operation: 'add'; readonly address: WantedAddress }
  | { readonly operation: 'delete'; readonly address: WantedAddress };

/** The kernel's answer to one operation; `errno` is the positive number, absent on success. */
export interface AddressResult {
  readonly operation: AddressOperation;
  readonly errno?: number;
}
