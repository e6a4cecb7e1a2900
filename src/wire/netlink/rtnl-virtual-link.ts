/**
 * rtnetlink requests about the interfaces that a virtual router makes for itself: a macvlan in private mode with a
 * MAC of its own, or an ipvlan of layer 2; and what is set on one once it is there, which the kernel does not take
 * from the request that makes it. linux/if_link.h. Which are wanted is decided in core/net.
 */
import type { ByteWriter } from '../../base/bytes.js';
import { type MacAddress, macToBytes } from '../../base/mac-address.js';
import {
  beginNest,
  endNest,
  writeAttribute,
  writeTextAttribute,
  writeU8Attribute,
  writeU16Attribute,
  writeU32Attribute,
} from './attributes.js';
import { beginMessage, endMessage, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST } from './message.js';
import { RTM_DELLINK, RTM_NEWLINK, writeIfinfo } from './rtnl-link.js';

const IFF_UP = 0x1;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_IFALIAS = 20;
const IFLA_AF_SPEC = 26;
const IFLA_GROUP = 27;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_MACVLAN_MODE = 1;
const MACVLAN_MODE_PRIVATE = 1;
const IFLA_IPVLAN_MODE = 1;
const IFLA_IPVLAN_FLAGS = 2;
const IPVLAN_MODE_L2 = 0;
const AF_INET = 2;
const AF_INET6 = 10;
const IFLA_INET_CONF = 1;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;

export type VirtualLinkKind =
  | { readonly kind: 'macvlan'; readonly mac: MacAddress }
  | { readonly kind: 'ipvlan'; readonly isolation: 'bridge' | 'private' | 'vepa' };

export type VirtualLinkRequest = VirtualLinkKind & {
  readonly name: string;
  /** Index of the interface underneath. */
  readonly parent: number;
  readonly group?: number;
  /** Index of the VRF that the interface underneath belongs to. */
  readonly master?: number;
};

/** Settings of IPv4 on one interface (linux/ip.h, IPV4_DEVCONF_*) by the names of /proc/sys/net/ipv4/conf. */
const IPV4_DEVCONF = {
  rp_filter: 8,
  arp_ignore: 19,
  promote_secondaries: 20,
  accept_local: 23,
} as const;
export type Ipv4Settings = { readonly [K in keyof typeof IPV4_DEVCONF]?: number };

/** What is set on a link that is there. */
export interface LinkConfiguration {
  readonly ipv4: Ipv4Settings;
  /** No link-local address comes by itself. */
  readonly withoutAddressGeneration?: boolean;
  readonly group?: number;
  readonly master?: number;
  readonly alias?: string;
}

const flags = (acknowledge: boolean): number => NLM_F_REQUEST | (acknowledge ? NLM_F_ACK : 0);

/** Makes it, down. EEXIST where the name is taken, EBUSY where the other kind stands on that parent. */
export function writeVirtualLinkCreate(
  writer: ByteWriter,
  sequence: number,
  link: VirtualLinkRequest,
  acknowledge: boolean,
): void {
  const start = beginMessage(writer, RTM_NEWLINK, flags(acknowledge) | NLM_F_CREATE | NLM_F_EXCL, sequence);
  writeIfinfo(writer, 0, 0, 0);
  if (link.kind === 'macvlan') writeAttribute(writer, IFLA_ADDRESS, macToBytes(link.mac));
  if (link.group !== undefined) writeU32Attribute(writer, IFLA_GROUP, link.group);
  writeU32Attribute(writer, IFLA_LINK, link.parent);
  writeTextAttribute(writer, IFLA_IFNAME, link.name);
  if (link.master !== undefined) writeU32Attribute(writer, IFLA_MASTER, link.master);
  const info = beginNest(writer, IFLA_LINKINFO);
  writeTextAttribute(writer, IFLA_INFO_KIND, link.kind);
  const data = beginNest(writer, IFLA_INFO_DATA);
  if (link.kind === 'macvlan') writeU32Attribute(writer, IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
  else {
    writeU16Attribute(writer, IFLA_IPVLAN_MODE, IPVLAN_MODE_L2);
    writeU16Attribute(writer, IFLA_IPVLAN_FLAGS, ['bridge', 'private', 'vepa'].indexOf(link.isolation));
  }
  endNest(writer, data);
  endNest(writer, info);
  endMessage(writer, start);
}

/** A link is named here, since one that was asked for in the same chunk has no index yet. */
function beginNamed(
  writer: ByteWriter,
  sequence: number,
  name: string,
  up: boolean,
  acknowledge: boolean,
): number {
  const start = beginMessage(writer, RTM_NEWLINK, flags(acknowledge), sequence);
  writeIfinfo(writer, 0, up ? IFF_UP : 0, up ? IFF_UP : 0);
  writeTextAttribute(writer, IFLA_IFNAME, name);
  return start;
}

export function writeLinkConfiguration(
  writer: ByteWriter,
  sequence: number,
  name: string,
  { ipv4, withoutAddressGeneration, group, master, alias }: LinkConfiguration,
  acknowledge: boolean,
): void {
  const start = beginNamed(writer, sequence, name, false, acknowledge);
  if (group !== undefined) writeU32Attribute(writer, IFLA_GROUP, group);
  if (master !== undefined) writeU32Attribute(writer, IFLA_MASTER, master);
  if (alias !== undefined)
    writeAttribute(
      writer,
      IFLA_IFALIAS,
      Uint8Array.from(alias, (character) => character.charCodeAt(0)),
    );
  const families = beginNest(writer, IFLA_AF_SPEC);
  const inet = beginNest(writer, AF_INET);
  const conf = beginNest(writer, IFLA_INET_CONF);
  for (const [setting, number] of Object.entries(IPV4_DEVCONF)) {
    const value = ipv4[setting as keyof Ipv4Settings];
    if (value !== undefined) writeU32Attribute(writer, number, value);
  }
  endNest(writer, conf);
  endNest(writer, inet);
  if (withoutAddressGeneration) {
    const inet6 = beginNest(writer, AF_INET6);
    writeU8Attribute(writer, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    endNest(writer, inet6);
  }
  endNest(writer, families);
  endMessage(writer, start);
}

/** After the configuration: a link that is up already makes itself an address first. */
export function writeLinkUp(writer: ByteWriter, sequence: number, name: string, acknowledge: boolean): void {
  endMessage(writer, beginNamed(writer, sequence, name, true, acknowledge));
}

/** Sets the group that it has: the kernel then tells everybody of the link, with its flags as they are now. */
export function writeLinkTouch(
  writer: ByteWriter,
  sequence: number,
  index: number,
  group: number,
  acknowledge: boolean,
): void {
  const start = beginMessage(writer, RTM_NEWLINK, flags(acknowledge), sequence);
  writeIfinfo(writer, index, 0, 0);
  writeU32Attribute(writer, IFLA_GROUP, group);
  endMessage(writer, start);
}

/** By its index, or by its name where that is not known yet. */
export function writeVirtualLinkDelete(
  writer: ByteWriter,
  sequence: number,
  link: number | string,
  acknowledge: boolean,
): void {
  const start = beginMessage(writer, RTM_DELLINK, flags(acknowledge), sequence);
  writeIfinfo(writer, typeof link === 'number' ? link : 0, 0, 0);
  if (typeof link === 'string') writeTextAttribute(writer, IFLA_IFNAME, link);
  endMessage(writer, start);
}
