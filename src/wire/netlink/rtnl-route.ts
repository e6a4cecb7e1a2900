/**
 * rtnetlink's request to add a unicast route to the main table: what a laboratory needs. linux/rtnetlink.h.
 */
import type { ByteWriter } from '../../base/bytes.js';
import { type Family, type IpAddress, type IpPrefix, ipToBytes } from '../../base/ip-address.js';
import { writeAttribute, writeU32Attribute } from './attributes.js';
import { beginMessage, endMessage, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST } from './message.js';

export const RTM_NEWROUTE = 24;

const AF_INET = 2;
const AF_INET6 = 10;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;
const RTNH_F_ONLINK = 4;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;

export interface RouteRequest {
  readonly family: Family;
  /** Absent: the default route. */
  readonly destination?: IpPrefix;
  /** Absent: the destination is on the link. */
  readonly gateway?: IpAddress;
  readonly interfaceIndex: number;
  /** The gateway is reached through the interface although no address says so. */
  readonly onlink?: boolean;
}

/** Acknowledged; EEXIST where there is one already. */
export function writeRouteAdd(writer: ByteWriter, sequence: number, route: RouteRequest): void {
  const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  const start = beginMessage(writer, RTM_NEWROUTE, flags, sequence);
  writer
    .u8(route.family === 'ipv4' ? AF_INET : AF_INET6)
    .u8(route.destination?.length ?? 0)
    .u8(0)
    .u8(0)
    .u8(RT_TABLE_MAIN)
    .u8(RTPROT_BOOT)
    .u8(route.gateway === undefined && route.family === 'ipv4' ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE)
    .u8(RTN_UNICAST)
    .u32Host(route.onlink ? RTNH_F_ONLINK : 0);
  if (route.destination) writeAttribute(writer, RTA_DST, ipToBytes(route.destination.address));
  if (route.gateway !== undefined) writeAttribute(writer, RTA_GATEWAY, ipToBytes(route.gateway));
  writeU32Attribute(writer, RTA_OIF, route.interfaceIndex);
  endMessage(writer, start);
}
