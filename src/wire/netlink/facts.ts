/**
 * What rtnetlink says of links and addresses, as plain data: the result of decoding, whoever asked. What it
 * means for an instance is decided in core/net; how the bytes look is in rtnl-link.ts and rtnl-address.ts.
 */
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
  /** net.ipv6.conf.IF.forwarding; absent where it does not. */
  readonly forwardsIpv6?: true;
  /** IFLA_INFO_KIND: veth, bridge, macvlan ... */
  readonly kind?: string;
  /** IFLA_LINK: the lower device of a macvlan, vlan ..., the other end of a veth pair. */
  readonly parent?: number;
  /** IFLA_VRF_TABLE of a VRF. */
  readonly vrfTable?: number;
  /** The parent is in another network namespace, where the index means nothing to us. */
  readonly parentElsewhere?: true;
  /** IFLA_MASTER: the bridge, bond or VRF that it belongs to. */
  readonly master?: number;
  /** IFLA_GROUP; absent: 0. */
  readonly group?: number;
  /** IFLA_IFALIAS: a remark that somebody left on it. */
  readonly alias?: string;
  /** Of a macvlan: private, vepa, bridge, passthru, source. */
  readonly macvlanMode?: string;
  /** Of an ipvlan: l2, l3, l3s, and who hears whom among those of one parent. */
  readonly ipvlanMode?: string;
  readonly ipvlanIsolation?: 'bridge' | 'private' | 'vepa';
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
  /** IFA_PROTO; HOLDFAST_PROTOCOL (core/net/facts) marks ours. Absent before Linux 5.18. */
  readonly protocol?: number;
  /** IFA_ADDRESS where it differs from IFA_LOCAL. */
  readonly peer?: IpAddress;
  readonly broadcast?: IpAddress;
}
