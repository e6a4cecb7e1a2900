/**
 * Connections as the kernel tracks them: asking for all of one family, and reading what the kernel dumps, as far as it
 * says who speaks with whom and whether they still do. linux/netfilter/nfnetlink_conntrack.h. Whose connections count
 * is decided by who asks.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';
import { type Family, type IpAddress, ipFromBytes } from '../../base/ip-address.js';
import { ok, type Result, refuse } from '../../base/result.js';
import { type Attributes, readAttributes, u8Of } from './attributes.js';
import { beginMessage, endMessage, type NetlinkMessage, NLM_F_DUMP, NLM_F_REQUEST } from './message.js';
import { familyNumber } from './routing.js';

const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_NEW = NFNL_SUBSYS_CTNETLINK << 8;
const IPCTNL_MSG_CT_GET = IPCTNL_MSG_CT_NEW | 1;
const NFGENMSG = 4;

const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_PROTOINFO = 4;
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

/** Asks for all connections of a family. */
export function writeConntrackDump(writer: ByteWriter, sequence: number, family: Family): void {
  const start = beginMessage(writer, IPCTNL_MSG_CT_GET, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  writer.u8(familyNumber(family)).u8(0).u16(0);
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
