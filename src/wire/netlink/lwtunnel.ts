/**
 * What a route wraps packets in (light-weight tunnels): RTA_ENCAP_TYPE and RTA_ENCAP, of a route and of each of its next
 * hops. linux/lwtunnel.h, linux/mpls_iptunnel.h, linux/ila.h.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';
import { type IpAddress, ipFromBytes, ipToBytes } from '../../base/ip-address.js';
import {
  type Attributes,
  beginNest,
  endNest,
  readAttributes,
  u8Of,
  u16Of,
  u64NetworkOf,
  writeAttribute,
  writeU8Attribute,
  writeU16Attribute,
  writeU64NetworkAttribute,
} from './attributes.js';
import type { RouteEncapsulation } from './routing.js';

const RTA_ENCAP_TYPE = 21;
const RTA_ENCAP = 22;
const ENCAP_MPLS = 1;
const ENCAP_IP = 2;
const ENCAP_ILA = 3;
const ENCAP_IP6 = 4;

/** LWTUNNEL_IP_*; the numbers of LWTUNNEL_IP6_* are the same, their hop limit and class stand where TTL and TOS do. */
const IP_ID = 1;
const IP_DST = 2;
const IP_SRC = 3;
const IP_TTL = 4;
const IP_TOS = 5;
const IP_FLAGS = 6;
const MPLS_DST = 1;
const ILA_LOCATOR = 1;

/** A label stack entry (RFC 3032): label 20 bits, class 3, bottom of stack 1, TTL 8. */
const LABEL_SHIFT = 12;
const BOTTOM_OF_STACK = 0x100;

export function writeEncapsulation(writer: ByteWriter, encapsulation: RouteEncapsulation): void {
  const nest = beginNest(writer, RTA_ENCAP);
  switch (encapsulation.kind) {
    case 'mpls': {
      const entries = new Uint8Array(encapsulation.labels.length * 4);
      const view = new DataView(entries.buffer);
      for (const [i, label] of encapsulation.labels.entries()) {
        const bottom = i === encapsulation.labels.length - 1 ? BOTTOM_OF_STACK : 0;
        view.setUint32(i * 4, label * 2 ** LABEL_SHIFT + bottom);
      }
      writeAttribute(writer, MPLS_DST, entries);
      break;
    }
    case 'ila':
      writeU64NetworkAttribute(writer, ILA_LOCATOR, BigInt(encapsulation.locator));
      break;
    default:
      writeTunnel(writer, encapsulation);
  }
  endNest(writer, nest);
  writeU16Attribute(writer, RTA_ENCAP_TYPE, TYPES[encapsulation.kind]);
}

const TYPES = { mpls: ENCAP_MPLS, ip: ENCAP_IP, ila: ENCAP_ILA, ip6: ENCAP_IP6 } as const;

function writeTunnel(writer: ByteWriter, tunnel: Extract<RouteEncapsulation, { kind: 'ip' | 'ip6' }>): void {
  const { id, destination, source, trafficClass, hopLimit, flags } = tunnel;
  if (id !== undefined) writeU64NetworkAttribute(writer, IP_ID, BigInt(id));
  if (destination !== undefined) writeAttribute(writer, IP_DST, ipToBytes(destination));
  if (source !== undefined) writeAttribute(writer, IP_SRC, ipToBytes(source));
  if (trafficClass !== undefined) writeU8Attribute(writer, IP_TOS, trafficClass);
  if (hopLimit !== undefined) writeU8Attribute(writer, IP_TTL, hopLimit);
  if (flags !== undefined) writeU16Attribute(writer, IP_FLAGS, flags);
}

/** Undefined where there is none; `'other'` where it is of a kind that is not known here, or not readable. */
export function readEncapsulation(attributes: Attributes): RouteEncapsulation | 'other' | undefined {
  const type = u16Of(attributes.get(RTA_ENCAP_TYPE));
  if (type === undefined || type === 0) return undefined;
  const parts = readAttributes(attributes.get(RTA_ENCAP) ?? new Uint8Array());
  if (!parts) return 'other';
  if (type === ENCAP_MPLS) return readLabels(parts.get(MPLS_DST));
  if (type === ENCAP_ILA) {
    const locator = u64NetworkOf(parts.get(ILA_LOCATOR));
    return locator === undefined ? 'other' : { kind: 'ila', locator: String(locator) };
  }
  if (type !== ENCAP_IP && type !== ENCAP_IP6) return 'other';
  const width = type === ENCAP_IP ? 4 : 16;
  const addressOf = (attribute: number): IpAddress | undefined => {
    const value = parts.get(attribute);
    return value?.length === width ? ipFromBytes(value) : undefined;
  };
  const id = u64NetworkOf(parts.get(IP_ID));
  const destination = addressOf(IP_DST);
  const source = addressOf(IP_SRC);
  const trafficClass = u8Of(parts.get(IP_TOS));
  const hopLimit = u8Of(parts.get(IP_TTL));
  const flags = u16Of(parts.get(IP_FLAGS));
  return {
    kind: type === ENCAP_IP ? 'ip' : 'ip6',
    ...(id === undefined ? {} : { id: String(id) }),
    ...(destination === undefined ? {} : { destination }),
    ...(source === undefined ? {} : { source }),
    ...(trafficClass === undefined ? {} : { trafficClass }),
    ...(hopLimit === undefined ? {} : { hopLimit }),
    ...(flags === undefined ? {} : { flags }),
  };
}

function readLabels(stack: Uint8Array | undefined): RouteEncapsulation | 'other' {
  if (!stack || stack.length === 0 || stack.length % 4 !== 0) return 'other';
  const reader = new ByteReader(stack);
  const labels: number[] = [];
  while (reader.remaining > 0) labels.push(reader.u32() >>> LABEL_SHIFT);
  return { kind: 'mpls', labels };
}
