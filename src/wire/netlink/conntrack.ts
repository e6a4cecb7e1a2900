/**
 * Connections as the kernel tracks them: asking for all of one family, reading what the kernel dumps, as far as it
 * says who speaks with whom and whether they still do, and making it forget one. linux/netfilter/nfnetlink_conntrack.h. Whose connections count
 * is decided by who asks.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';
import { type Family, type IpAddress, ipFromBytes } from '../../base/ip-address.js';
import { ok, type Result, refuse } from '../../base/result.js';
import {
  type Attributes,
  beginNest,
  endNest,
  readAttributes,
  u8Of,
  writeAttribute,
  writeU32Attribute,
} from './attributes.js';
import {
  beginMessage,
  endMessage,
  type NetlinkMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
} from './message.js';
import { familyNumber } from './routing.js';

const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_NEW = NFNL_SUBSYS_CTNETLINK << 8;
const IPCTNL_MSG_CT_GET = IPCTNL_MSG_CT_NEW | 1;
const IPCTNL_MSG_CT_DELETE = IPCTNL_MSG_CT_NEW | 2;
const NFGENMSG = 4;

const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_PROTOINFO = 4;
const CTA_ID = 12;
const CTA_ZONE = 18;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
/** Of the kernel's own numbering (net/netfilter/nf_internals.h): by the protocol of the tuple. */
const CTA_FILTER_F_PROTO_NUM = 1 << 3;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_SRC_PORT = 2;
const CTA_PROTO_DST_PORT = 3;
/** Of each family: the source's attribute, then the destination's. */
const CTA_IP_SOURCE = [1, 3] as const;
const CTA_IP_DESTINATION = [2, 4] as const;
/** The protocol's own nest; its state is the first attribute in it. */
const STATES: Readonly<Record<number, { readonly nest: number; readonly established: number }>> = {
  6: { nest: 1, established: 3 },
  132: { nest: 3, established: 4 },
};

export interface TrackedConnection {
  /** IPPROTO_* */
  readonly protocol: number;
  /** To whom the client spoke. */
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** Who answers it: another one where the destination was translated. */
  readonly answerer: IpAddress;
  readonly answererPort: number;
  /** Both sides have agreed to speak, and neither has begun to end it. Always false where a protocol has no states. */
  readonly established: boolean;
}

/** Asks for all connections of a family, or those of one protocol; before Linux 5.8 the others come, too. */
export function writeConntrackDump(
  writer: ByteWriter,
  sequence: number,
  family: Family,
  protocol?: number,
): void {
  const start = beginMessage(writer, IPCTNL_MSG_CT_GET, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  writer.u8(familyNumber(family)).u8(0).u16(0);
  if (protocol !== undefined) {
    const tuple = beginNest(writer, CTA_TUPLE_ORIG);
    const ports = beginNest(writer, CTA_TUPLE_PROTO);
    writeAttribute(writer, CTA_PROTO_NUM, Uint8Array.of(protocol));
    endNest(writer, ports);
    endNest(writer, tuple);
    const filter = beginNest(writer, CTA_FILTER);
    writeU32Attribute(writer, CTA_FILTER_ORIG_FLAGS, CTA_FILTER_F_PROTO_NUM);
    writeU32Attribute(writer, CTA_FILTER_REPLY_FLAGS, 0);
    endNest(writer, filter);
  }
  endMessage(writer, start);
}

/** Makes the kernel forget the connection that a message of a dump tells of; ENOENT: it ended by itself. */
export function writeConntrackDelete(
  writer: ByteWriter,
  sequence: number,
  { payload }: NetlinkMessage,
): void {
  const start = beginMessage(writer, IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST | NLM_F_ACK, sequence);
  writer.bytes(payload.subarray(0, NFGENMSG));
  const all = readAttributes(payload.subarray(NFGENMSG));
  for (const type of [CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID]) {
    const value = all?.get(type);
    if (value) writeAttribute(writer, type, value);
  }
  endMessage(writer, start);
}

export type ConntrackRefusal = 'other-message' | 'attributes' | 'incomplete';

export function decodeConntrack({
  type,
  payload,
}: NetlinkMessage): Result<TrackedConnection, ConntrackRefusal> {
  if (type !== IPCTNL_MSG_CT_NEW || payload.length < NFGENMSG) return refuse('other-message');
  const all = readAttributes(payload.subarray(NFGENMSG));
  if (!all) return refuse('attributes');
  const asked = tupleOf(all.get(CTA_TUPLE_ORIG));
  const answered = tupleOf(all.get(CTA_TUPLE_REPLY));
  if (!asked || !answered || asked.destination === undefined || answered.source === undefined)
    return refuse('incomplete');
  return ok({
    protocol: asked.protocol,
    destination: asked.destination,
    destinationPort: asked.destinationPort,
    answerer: answered.source,
    answererPort: answered.sourcePort,
    established: isEstablished(asked.protocol, all.get(CTA_PROTOINFO)),
  });
}

interface Tuple {
  readonly protocol: number;
  readonly source: IpAddress | undefined;
  readonly destination: IpAddress | undefined;
  /** 0 where a protocol has none. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

function tupleOf(bytes: Uint8Array | undefined): Tuple | undefined {
  const parts = bytes && readAttributes(bytes);
  const addresses = nested(parts, CTA_TUPLE_IP);
  const ports = nested(parts, CTA_TUPLE_PROTO);
  const protocol = u8Of(ports?.get(CTA_PROTO_NUM));
  if (!addresses || !ports || protocol === undefined) return undefined;
  return {
    protocol,
    source: addressOf(addresses, CTA_IP_SOURCE),
    destination: addressOf(addresses, CTA_IP_DESTINATION),
    sourcePort: portOf(ports.get(CTA_PROTO_SRC_PORT)),
    destinationPort: portOf(ports.get(CTA_PROTO_DST_PORT)),
  };
}

function nested(attributes: Attributes | undefined, type: number): Attributes | undefined {
  const bytes = attributes?.get(type);
  return bytes && readAttributes(bytes);
}

function addressOf(addresses: Attributes, [v4, v6]: readonly [number, number]): IpAddress | undefined {
  const four = addresses.get(v4);
  if (four) return four.length === 4 ? ipFromBytes(four) : undefined;
  const six = addresses.get(v6);
  return six?.length === 16 ? ipFromBytes(six) : undefined;
}

const portOf = (bytes: Uint8Array | undefined): number =>
  bytes?.length === 2 ? new ByteReader(bytes).u16() : 0;

function isEstablished(protocol: number, bytes: Uint8Array | undefined): boolean {
  const known = STATES[protocol];
  const state = known && nested(bytes && readAttributes(bytes), known.nest)?.get(1);
  return known !== undefined && u8Of(state) === known.established;
}
