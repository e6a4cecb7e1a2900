/**
 * rtnetlink messages about links: RTM_NEWLINK and RTM_DELLINK to LinkFacts, and the requests that make, change and
 * remove links. linux/rtnetlink.h, linux/if_link.h. Which links are wanted is decided by who asks.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';
import { type MacAddress, macFromBytes, macToBytes } from '../../base/mac-address.js';
import { ok, type Result, refuse } from '../../base/result.js';
import {
  beginNest,
  endNest,
  readAttributes,
  textOf,
  u16Of,
  u32Of,
  writeAttribute,
  writeTextAttribute,
  writeU32Attribute,
} from './attributes.js';
import type { LinkFacts } from './facts.js';
import {
  beginMessage,
  endMessage,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
} from './message.js';

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
/** Multicast group of link events, as a bit of sockaddr_nl.nl_groups. */
export const RTMGRP_LINK = 0x1;

const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;
const IFF_NOARP = 0x80;
const IFF_MULTICAST = 0x1000;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const IFLA_NET_NS_PID = 19;
const IFLA_NET_NS_FD = 28;
const IFLA_IFALIAS = 20;
const IFLA_GROUP = 27;
const IFLA_EXT_MASK = 29;
const IFLA_LINK_NETNSID = 37;
const AF_INET6 = 10;
/** The settings of net.ipv6.conf.IF as an array of 32-bit numbers; the first is forwarding (linux/ipv6.h). */
const IFLA_INET6_CONF = 2;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_VRF_TABLE = 1;
const VETH_INFO_PEER = 1;
const RTEXT_FILTER_SKIP_STATS = 0x8;

const IFLA_MACVLAN_MODE = 1;
const IFLA_IPVLAN_MODE = 1;
const IFLA_IPVLAN_FLAGS = 2;
const MACVLAN_MODES: ReadonlyMap<number, string> = new Map([
  [1, 'private'],
  [2, 'vepa'],
  [4, 'bridge'],
  [8, 'passthru'],
  [16, 'source'],
]);
const IPVLAN_MODES = ['l2', 'l3', 'l3s'];
/** IPVLAN_F_PRIVATE is 1, IPVLAN_F_VEPA 2. */
const IPVLAN_ISOLATIONS = ['bridge', 'private', 'vepa'] as const;

/**
 * `other-family`: about a bridge port or a protocol's settings (AF_BRIDGE and others use the same messages on the
 * same group, and their RTM_DELLINK removes no link); `incomplete`: without name or MTU, as wireless events are.
 */
export type LinkRefusal = 'short' | 'attributes' | 'other-family' | 'incomplete';

/** Reads the payload of RTM_NEWLINK or RTM_DELLINK. */
export function decodeLink(payload: Uint8Array): Result<LinkFacts, LinkRefusal> {
  const reader = new ByteReader(payload);
  const family = reader.u8();
  reader.skip(3);
  const index = reader.i32Host();
  const flags = reader.u32Host();
  reader.skip(4);
  if (reader.overrun) return refuse('short');
  if (family !== 0) return refuse('other-family');
  const attributes = readAttributes(reader.take(reader.remaining));
  if (!attributes) return refuse('attributes');
  const name = attributes.get(IFLA_IFNAME);
  const mtu = u32Of(attributes.get(IFLA_MTU));
  if (!name || mtu === undefined) return refuse('incomplete');
  const mac = attributes.get(IFLA_ADDRESS);
  const info = attributes.get(IFLA_LINKINFO);
  const details = info && readAttributes(info);
  const kind = details?.get(IFLA_INFO_KIND);
  const vrfTable = kind && textOf(kind) === 'vrf' ? vrfTableOf(details?.get(IFLA_INFO_DATA)) : undefined;
  const group = u32Of(attributes.get(IFLA_GROUP)) ?? 0;
  const alias = attributes.get(IFLA_IFALIAS);
  const forwarding = ipv6Forwarding(attributes.get(IFLA_AF_SPEC));
  const parent = u32Of(attributes.get(IFLA_LINK));
  const master = u32Of(attributes.get(IFLA_MASTER));
  return ok({
    index,
    name: textOf(name),
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    noArp: (flags & IFF_NOARP) !== 0,
    multicast: (flags & IFF_MULTICAST) !== 0,
    ...(mac?.length === 6 ? { mac: macFromBytes(mac) } : {}),
    mtu,
    ...(forwarding ? { forwardsIpv6: true } : {}),
    ...(kind ? { kind: textOf(kind) } : {}),
    ...(parent !== undefined ? { parent } : {}),
    ...(vrfTable !== undefined ? { vrfTable } : {}),
    ...(attributes.has(IFLA_LINK_NETNSID) ? { parentElsewhere: true as const } : {}),
    ...(master !== undefined ? { master } : {}),
    ...(group !== 0 ? { group } : {}),
    ...(alias ? { alias: textOf(alias) } : {}),
    ...(kind ? modeOf(textOf(kind), details?.get(IFLA_INFO_DATA)) : {}),
  });
}

function ipv6Forwarding(families: Uint8Array | undefined): number | undefined {
  const ipv6 = families && readAttributes(families)?.get(AF_INET6);
  const settings = ipv6 && readAttributes(ipv6)?.get(IFLA_INET6_CONF);
  return settings && settings.length >= 4 ? u32Of(settings.subarray(0, 4)) : undefined;
}

const vrfTableOf = (data: Uint8Array | undefined): number | undefined =>
  data && u32Of(readAttributes(data)?.get(IFLA_VRF_TABLE));

/** What only macvlans and ipvlans have. */
function modeOf(
  kind: string,
  data: Uint8Array | undefined,
): Pick<LinkFacts, 'macvlanMode' | 'ipvlanMode' | 'ipvlanIsolation'> {
  const details = data && readAttributes(data);
  if (kind === 'macvlan') {
    const mode = MACVLAN_MODES.get(u32Of(details?.get(IFLA_MACVLAN_MODE)) ?? 0);
    return mode === undefined ? {} : { macvlanMode: mode };
  }
  if (kind !== 'ipvlan') return {};
  const mode = IPVLAN_MODES[u16Of(details?.get(IFLA_IPVLAN_MODE)) ?? 0];
  const isolation = IPVLAN_ISOLATIONS[u16Of(details?.get(IFLA_IPVLAN_FLAGS)) ?? 0];
  return {
    ...(mode === undefined ? {} : { ipvlanMode: mode }),
    ...(isolation === undefined ? {} : { ipvlanIsolation: isolation }),
  };
}

export function writeIfinfo(writer: ByteWriter, index: number, flags: number, change: number): void {
  writer.zeros(4).i32Host(index).u32Host(flags).u32Host(change);
}

/** Asks for every link, without statistics. */
export function writeLinkDump(writer: ByteWriter, sequence: number): void {
  const start = beginMessage(writer, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  writeIfinfo(writer, 0, 0, 0);
  writeU32Attribute(writer, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  endMessage(writer, start);
}

/** The network namespace a link is put into: an open descriptor of one, or a process in it. */
export type NamespaceReference = { readonly fd: number } | { readonly pid: number };

/** What can be said of a link, new or there already; what is absent stays as it is. */
export interface LinkSettings {
  readonly name?: string;
  readonly up?: boolean;
  readonly mac?: MacAddress;
  readonly mtu?: number;
  /** Index of a bridge, bond or VRF; 0 leaves it. */
  readonly master?: number;
  readonly namespace?: NamespaceReference;
}

export type NewLink = LinkSettings & { readonly name: string } & (
    | { readonly kind: 'bridge' }
    /** `peer` is the other end, which may be born in another namespace and may be named as this one there. */
    | { readonly kind: 'veth'; readonly peer: LinkSettings & { readonly name: string } }
  );

function writeSettings(writer: ByteWriter, index: number, settings: LinkSettings): void {
  const change = settings.up === undefined ? 0 : IFF_UP;
  writeIfinfo(writer, index, settings.up ? IFF_UP : 0, change);
  if (settings.name !== undefined) writeTextAttribute(writer, IFLA_IFNAME, settings.name);
  if (settings.mac !== undefined) writeAttribute(writer, IFLA_ADDRESS, macToBytes(settings.mac));
  if (settings.mtu !== undefined) writeU32Attribute(writer, IFLA_MTU, settings.mtu);
  if (settings.master !== undefined) writeU32Attribute(writer, IFLA_MASTER, settings.master);
  const namespace = settings.namespace;
  if (!namespace) return;
  if ('fd' in namespace) writeU32Attribute(writer, IFLA_NET_NS_FD, namespace.fd);
  else writeU32Attribute(writer, IFLA_NET_NS_PID, namespace.pid);
}

/** Makes a link; answered by an acknowledgement, EEXIST where the name is taken. */
export function writeLinkCreate(writer: ByteWriter, sequence: number, link: NewLink): void {
  const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  const start = beginMessage(writer, RTM_NEWLINK, flags, sequence);
  writeSettings(writer, 0, link);
  const info = beginNest(writer, IFLA_LINKINFO);
  writeTextAttribute(writer, IFLA_INFO_KIND, link.kind);
  if (link.kind === 'veth') {
    const data = beginNest(writer, IFLA_INFO_DATA);
    const peer = beginNest(writer, VETH_INFO_PEER);
    writeSettings(writer, 0, link.peer);
    endNest(writer, peer);
    endNest(writer, data);
  }
  endNest(writer, info);
  endMessage(writer, start);
}

/**
 * Changes a link that is there: up or down, name (the kernel before 6.2 wants it down for that), MAC, MTU, master,
 * namespace. Acknowledged.
 */
export function writeLinkChange(
  writer: ByteWriter,
  sequence: number,
  index: number,
  settings: LinkSettings,
): void {
  const start = beginMessage(writer, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, sequence);
  writeSettings(writer, index, settings);
  endMessage(writer, start);
}

/** Removes a link, with its peer where it is a veth. Acknowledged. */
export function writeLinkDelete(writer: ByteWriter, sequence: number, index: number): void {
  const start = beginMessage(writer, RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, sequence);
  writeIfinfo(writer, index, 0, 0);
  endMessage(writer, start);
}

/** Asks for one link by its name. Answered by RTM_NEWLINK, or ENODEV. */
export function writeLinkQuery(writer: ByteWriter, sequence: number, name: string): void {
  const start = beginMessage(writer, RTM_GETLINK, NLM_F_REQUEST, sequence);
  writeIfinfo(writer, 0, 0, 0);
  writeTextAttribute(writer, IFLA_IFNAME, name);
  writeU32Attribute(writer, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  endMessage(writer, start);
}
