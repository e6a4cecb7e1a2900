/**
 * rtnetlink messages about addresses: RTM_NEWADDR and RTM_DELADDR to AddressFacts, and requests that add, replace
 * and delete. linux/if_addr.h. Which addresses are wanted, and whether a refusal matters, is decided in core/net.
 */
import { ByteReader, ByteWriter } from '../../base/bytes.js';
import { bitsOf, familyOf, type IpAddress, ipFromBytes, ipToBytes } from '../../base/ip-address.js';
import { ok, type Result, refuse } from '../../base/result.js';
import {
  readAttributes,
  textOf,
  u8Of,
  u32Of,
  writeAttribute,
  writeTextAttribute,
  writeU8Attribute,
  writeU32Attribute,
} from './attributes.js';
import type { AddressFacts } from './facts.js';
import {
  beginMessage,
  endMessage,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
} from './message.js';

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
/** Multicast groups of address events, as bits of sockaddr_nl.nl_groups. */
export const RTMGRP_IPV4_IFADDR = 0x10;
export const RTMGRP_IPV6_IFADDR = 0x100;

export const IFA_F_SECONDARY = 0x01;
export const IFA_F_NODAD = 0x02;
/** The home address of a mobile host. */
export const IFA_F_HOMEADDRESS = 0x10;
export const IFA_F_DADFAILED = 0x08;
export const IFA_F_DEPRECATED = 0x20;
export const IFA_F_TENTATIVE = 0x40;
export const IFA_F_PERMANENT = 0x80;
/** Temporary addresses are made of it. */
export const IFA_F_MANAGETEMPADDR = 0x100;
export const IFA_F_NOPREFIXROUTE = 0x200;
/** A multicast address: its group is joined. */
export const IFA_F_MCAUTOJOIN = 0x400;

const AF_INET = 2;
const AF_INET6 = 10;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_BROADCAST = 4;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;
const FOR_EVER = 0xffff_ffff;

/** `other-family`: neither IPv4 nor IPv6; `incomplete`: without an address of its family's length. */
export type AddressRefusal = 'short' | 'attributes' | 'other-family' | 'incomplete';

/** Reads the payload of RTM_NEWADDR or RTM_DELADDR. */
export function decodeAddress(payload: Uint8Array): Result<AddressFacts, AddressRefusal> {
  const reader = new ByteReader(payload);
  const familyNumber = reader.u8();
  const prefixLength = reader.u8();
  const shortFlags = reader.u8();
  const scope = reader.u8();
  const interfaceIndex = reader.u32Host();
  if (reader.overrun) return refuse('short');
  if (familyNumber !== AF_INET && familyNumber !== AF_INET6) return refuse('other-family');
  const family = familyNumber === AF_INET ? 'ipv4' : 'ipv6';
  const attributes = readAttributes(reader.take(reader.remaining));
  if (!attributes) return refuse('attributes');
  const bytesOf = (type: number): IpAddress | undefined => {
    const value = attributes.get(type);
    return value?.length === bitsOf(family) / 8 ? ipFromBytes(value) : undefined;
  };
  const remote = bytesOf(IFA_ADDRESS);
  const address = bytesOf(IFA_LOCAL) ?? remote;
  if (!address || prefixLength > bitsOf(family)) return refuse('incomplete');
  const label = family === 'ipv4' ? attributes.get(IFA_LABEL) : undefined;
  const protocol = u8Of(attributes.get(IFA_PROTO));
  const broadcast = bytesOf(IFA_BROADCAST);
  return ok({
    interfaceIndex,
    family,
    address,
    prefixLength,
    scope,
    ...(label ? { label: textOf(label) } : {}),
    flags: u32Of(attributes.get(IFA_FLAGS)) ?? shortFlags,
    ...(protocol !== undefined ? { protocol } : {}),
    ...(remote !== undefined && remote !== address ? { peer: remote } : {}),
    ...(broadcast !== undefined ? { broadcast } : {}),
  });
}

/** An address as a request names it; core's WantedAddress is one. */
export interface AddressRequest {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** 0..32 or 0..128; of the peer's prefix where there is a peer. */
  readonly prefixLength: number;
  /** RT_SCOPE_*: 0 global, 253 link, 254 host. */
  readonly scope: number;
  readonly broadcast?: IpAddress;
  /** At most 15 bytes; IPv4 only. */
  readonly label?: string;
  readonly peer?: IpAddress;
  /** IFA_F_*. */
  readonly flags?: number;
  /** Seconds, 0 to be deprecated at once; absent: for ever. It is valid for ever in any case. */
  readonly preferredLifetime?: number;
  /** The mark IFA_PROTO, 1..255; ignored by kernels before 5.18. */
  readonly protocol?: number;
}

/**
 * `add` refuses with EEXIST what is there; `replace` takes it over with these settings; `delete` finds it by
 * interface, address and prefix (and peer) and answers EADDRNOTAVAIL where there is none.
 */
export type AddressVerb = 'add' | 'replace' | 'delete';

/**
 * Appends one request to a chunk. Only the last of a chunk should ask for an acknowledgement (DESIGN section 5);
 * errors come for every one.
 */
export function writeAddressRequest(
  writer: ByteWriter,
  sequence: number,
  verb: AddressVerb,
  request: AddressRequest,
  acknowledge: boolean,
  protocol = request.protocol,
): void {
  const type = verb === 'delete' ? RTM_DELADDR : RTM_NEWADDR;
  const flags =
    NLM_F_REQUEST |
    (acknowledge ? NLM_F_ACK : 0) |
    (verb === 'add' ? NLM_F_CREATE | NLM_F_EXCL : 0) |
    (verb === 'replace' ? NLM_F_CREATE | NLM_F_REPLACE : 0);
  const start = beginMessage(writer, type, flags, sequence);
  const ipv4 = familyOf(request.address) === 'ipv4';
  const addressFlags = request.flags ?? 0;
  writer
    .u8(ipv4 ? AF_INET : AF_INET6)
    .u8(request.prefixLength)
    .u8(addressFlags & 0xff)
    .u8(request.scope)
    .u32Host(request.interfaceIndex);
  const local = ipToBytes(request.address);
  writeAttribute(writer, IFA_LOCAL, local);
  writeAttribute(writer, IFA_ADDRESS, request.peer === undefined ? local : ipToBytes(request.peer));
  if (request.broadcast !== undefined) writeAttribute(writer, IFA_BROADCAST, ipToBytes(request.broadcast));
  if (request.label !== undefined && ipv4) writeTextAttribute(writer, IFA_LABEL, request.label);
  if (request.preferredLifetime !== undefined && verb !== 'delete') {
    const lifetimes = new ByteWriter(16).u32Host(request.preferredLifetime).u32Host(FOR_EVER).zeros(8);
    writeAttribute(writer, IFA_CACHEINFO, lifetimes.finish());
  }
  if (addressFlags > 0xff) writeU32Attribute(writer, IFA_FLAGS, addressFlags);
  if (protocol !== undefined) writeU8Attribute(writer, IFA_PROTO, protocol);
  endMessage(writer, start);
}

/** Asks for every address of both families. */
export function writeAddressDump(writer: ByteWriter, sequence: number): void {
  const start = beginMessage(writer, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  writer.zeros(8);
  endMessage(writer, start);
}
