/**
 * rtnetlink messages about routes: RTM_NEWROUTE and RTM_DELROUTE to Route and back, and the request for all that one
 * protocol put there. linux/rtnetlink.h. Which routes are wanted, and what a refusal means, is decided in core/net.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';
import {
  bitsOf,
  type Family,
  familyOf,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
} from '../../base/ip-address.js';
import { ok, type Result, refuse } from '../../base/result.js';
import {
  type Attributes,
  beginNest,
  endNest,
  readAttributes,
  textOf,
  u8Of,
  u32Of,
  writeAttribute,
  writeU8Attribute,
  writeU32Attribute,
} from './attributes.js';
import { readEncapsulation, writeEncapsulation } from './lwtunnel.js';
import {
  beginMessage,
  endMessage,
  NLM_F_ACK,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
} from './message.js';
import {
  AF_INET,
  AF_INET6,
  familyNumber,
  familyOfNumber,
  type Route,
  type RouteMetrics,
  type RouteNexthop,
} from './routing.js';

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;
/** Where rtm_protocol stands in the payload: kernel filters look there. */
export const RTM_PROTOCOL_OFFSET = 5;

export const RTN_UNICAST = 1;
export const RT_TABLE_MAIN = 254;
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_NOWHERE = 255;
export const RTNH_F_ONLINK = 4;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_HOST = 254;
/** The widest scope that IPv4 takes for a type of route, where it is not everything: RTN_LOCAL, _BROADCAST, _ANYCAST. */
export const SCOPES_OF_TYPES: ReadonlyMap<number, number> = new Map([
  [2, RT_SCOPE_HOST],
  [3, RT_SCOPE_LINK],
  [4, RT_SCOPE_LINK],
]);

const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_FLOW = 11;
const RTA_CACHEINFO = 12;
const RTA_TABLE = 15;
const RTA_VIA = 18;
const RTA_PREF = 20;
const RTA_EXPIRES = 23;
const RTA_TTL_PROPAGATE = 26;

const RTAX_LOCK = 1;
/** RTAX_*, ascending. */
export const RTAX = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hopLimit: 10,
  initcwnd: 11,
  features: 12,
  rtoMin: 13,
  initrwnd: 14,
  quickack: 15,
  congestionControl: 16,
  fastopenNoCookie: 17,
} as const;
const RTAX_CC_ALGO = RTAX.congestionControl;

/** struct rtnexthop */
const NEXTHOP_HEADER = 8;
/** Where rta_expires stands in struct rta_cacheinfo, in hundredths of a second. */
const CACHEINFO_EXPIRES = 8;
const TICKS_PER_SECOND = 100;

/**
 * `other-family`: neither IPv4 nor IPv6; `incomplete`: a prefix without its address, or longer than its family has;
 * `unknown`: by a next hop object, or wrapped in something that is not known here: nothing that was asked for by us.
 */
export type RouteRefusal = 'short' | 'attributes' | 'other-family' | 'incomplete' | 'unknown';

/** Reads the payload of RTM_NEWROUTE or RTM_DELROUTE. */
export function decodeRoute(payload: Uint8Array): Result<Route, RouteRefusal> {
  const reader = new ByteReader(payload);
  const family = familyOfNumber(reader.u8());
  const destinationLength = reader.u8();
  const fromLength = reader.u8();
  const tos = reader.u8();
  const shortTable = reader.u8();
  const protocol = reader.u8();
  const scope = reader.u8();
  const type = reader.u8();
  const flags = reader.u32Host();
  if (reader.overrun) return refuse('short');
  if (!family) return refuse('other-family');
  const attributes = readAttributes(reader.take(reader.remaining));
  if (!attributes) return refuse('attributes');
  const destination = prefixOf(family, destinationLength, attributes.get(RTA_DST));
  const from = prefixOf(family, fromLength, attributes.get(RTA_SRC));
  if (destination === null || from === null) return refuse('incomplete');
  const encapsulation = readEncapsulation(attributes);
  const nexthops = readNexthops(family, attributes.get(RTA_MULTIPATH));
  const metrics = readMetrics(attributes.get(RTA_METRICS));
  if (encapsulation === 'other' || nexthops === null || metrics === null) return refuse('unknown');
  const source = addressOf(family, attributes.get(RTA_PREFSRC));
  const metric = u32Of(attributes.get(RTA_PRIORITY));
  const interfaceIndex = u32Of(attributes.get(RTA_OIF));
  const via = viaOf(family, attributes);
  const realms = u32Of(attributes.get(RTA_FLOW));
  const preference = u8Of(attributes.get(RTA_PREF));
  const expires = u32Of(attributes.get(RTA_EXPIRES)) ?? remainingOf(attributes.get(RTA_CACHEINFO));
  const ttlPropagate = u8Of(attributes.get(RTA_TTL_PROPAGATE));
  return ok({
    family,
    type,
    table: u32Of(attributes.get(RTA_TABLE)) ?? shortTable,
    protocol,
    scope,
    tos,
    ...(destination ? { destination } : {}),
    ...(from ? { from } : {}),
    ...(source === undefined ? {} : { source }),
    ...(metric === undefined ? {} : { metric }),
    ...(interfaceIndex === undefined ? {} : { interfaceIndex }),
    ...(via === undefined ? {} : { via }),
    flags,
    ...(encapsulation ? { encapsulation } : {}),
    ...(realms === undefined ? {} : { realms }),
    ...(preference === undefined ? {} : { preference }),
    ...(expires === undefined ? {} : { expires }),
    ...(ttlPropagate === undefined ? {} : { ttlPropagate: ttlPropagate !== 0 }),
    ...(metrics ? { metrics } : {}),
    ...(nexthops ? { nexthops } : {}),
  });
}

/** Undefined: everything; null: not readable. */
function prefixOf(family: Family, length: number, value: Uint8Array | undefined) {
  if (length === 0) return undefined;
  const address = addressOf(family, value);
  return address === undefined || length > bitsOf(family) ? null : { address, length };
}

function addressOf(family: Family, value: Uint8Array | undefined): IpAddress | undefined {
  return value?.length === bitsOf(family) / 8 ? ipFromBytes(value) : undefined;
}

/** RTA_GATEWAY of the route's own family, or RTA_VIA, which says its family. */
function viaOf(family: Family, attributes: Attributes): IpAddress | undefined {
  const gateway = addressOf(family, attributes.get(RTA_GATEWAY));
  const tagged = attributes.get(RTA_VIA);
  if (gateway !== undefined || !tagged) return gateway;
  const theirs = familyOfNumber(new ByteReader(tagged).u16Host());
  return theirs && addressOf(theirs, tagged.subarray(2));
}

/** Undefined where there are none; null where they cannot be read. */
function readNexthops(family: Family, value: Uint8Array | undefined): RouteNexthop[] | undefined | null {
  if (!value) return undefined;
  const reader = new ByteReader(value);
  const nexthops: RouteNexthop[] = [];
  while (reader.remaining > 0) {
    const length = reader.u16Host();
    const flags = reader.u8();
    const weight = reader.u8() + 1;
    const interfaceIndex = reader.u32Host();
    const attributes = readAttributes(reader.take(length - NEXTHOP_HEADER));
    if (reader.overrun || !attributes) return null;
    const encapsulation = readEncapsulation(attributes);
    if (encapsulation === 'other') return null;
    const via = viaOf(family, attributes);
    const realms = u32Of(attributes.get(RTA_FLOW));
    nexthops.push({
      ...(via === undefined ? {} : { via }),
      ...(interfaceIndex === 0 ? {} : { interfaceIndex }),
      weight,
      flags,
      ...(realms === undefined ? {} : { realms }),
      ...(encapsulation ? { encapsulation } : {}),
    });
    reader.skip(Math.min((4 - (length & 3)) & 3, reader.remaining));
  }
  return nexthops;
}

function readMetrics(value: Uint8Array | undefined): RouteMetrics | undefined | null {
  if (!value) return undefined;
  const attributes = readAttributes(value);
  if (!attributes) return null;
  const values: [number, number][] = [];
  for (const [metric, bytes] of attributes) {
    const found = u32Of(bytes);
    if (metric !== RTAX_LOCK && metric !== RTAX_CC_ALGO && found !== undefined) values.push([metric, found]);
  }
  values.sort(([a], [b]) => a - b);
  const name = attributes.get(RTAX_CC_ALGO);
  return {
    values,
    ...(name ? { congestionControl: textOf(name) } : {}),
    locked: u32Of(attributes.get(RTAX_LOCK)) ?? 0,
  };
}

/** What a dump says of a route that expires: the time that is left, in ticks. */
function remainingOf(cacheinfo: Uint8Array | undefined): number | undefined {
  if (!cacheinfo || cacheinfo.length < CACHEINFO_EXPIRES + 4) return undefined;
  const ticks = new ByteReader(cacheinfo.subarray(CACHEINFO_EXPIRES)).i32Host();
  return ticks > 0 ? Math.ceil(ticks / TICKS_PER_SECOND) : undefined;
}

/**
 * How a route enters: `add` only where none has its destination, class and metric; `prepend` before those that have,
 * `append` behind them; `replace` in the place of the first. All answer EEXIST where the very same stands already,
 * except `replace`. `delete` finds it by all that it says, and answers ESRCH where there is none.
 */
export type RouteVerb = 'add' | 'prepend' | 'append' | 'replace' | 'delete';

const VERB_FLAGS: Readonly<Record<RouteVerb, number>> = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  prepend: NLM_F_CREATE,
  append: NLM_F_CREATE | NLM_F_APPEND,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  delete: 0,
};

/** Appends one request to a chunk; only the last of a chunk should ask for an acknowledgement. */
export function writeRouteRequest(
  writer: ByteWriter,
  sequence: number,
  verb: RouteVerb,
  route: Route,
  acknowledge: boolean,
): void {
  const type = verb === 'delete' ? RTM_DELROUTE : RTM_NEWROUTE;
  const flags = NLM_F_REQUEST | (acknowledge ? NLM_F_ACK : 0) | VERB_FLAGS[verb];
  const start = beginMessage(writer, type, flags, sequence);
  // A deletion fits any scope: the kernel may have narrowed it.
  writeRoute(writer, verb === 'delete' ? { ...route, scope: RT_SCOPE_NOWHERE } : route);
  endMessage(writer, start);
}

/** The payload of RTM_NEWROUTE. */
export function writeRoute(writer: ByteWriter, route: Route): void {
  const { family, destination, from, table, metrics, nexthops, encapsulation } = route;
  const short = table < 256;
  writer
    .u8(familyNumber(family))
    .u8(destination?.length ?? 0)
    .u8(from?.length ?? 0)
    .u8(route.tos)
    .u8(short ? table : 0)
    .u8(route.protocol)
    .u8(route.scope)
    .u8(route.type)
    .u32Host(route.flags);
  if (!short) writeU32Attribute(writer, RTA_TABLE, table);
  if (destination) writeAttribute(writer, RTA_DST, ipToBytes(destination.address));
  if (from) writeAttribute(writer, RTA_SRC, ipToBytes(from.address));
  if (route.source !== undefined) writeAttribute(writer, RTA_PREFSRC, ipToBytes(route.source));
  if (route.via !== undefined) writeVia(writer, family, route.via);
  if (encapsulation) writeEncapsulation(writer, encapsulation);
  const numbers: readonly (readonly [number, number | undefined])[] = [
    [RTA_OIF, route.interfaceIndex],
    [RTA_PRIORITY, route.metric],
    [RTA_FLOW, route.realms],
    [RTA_EXPIRES, route.expires],
  ];
  for (const [attribute, value] of numbers)
    if (value !== undefined) writeU32Attribute(writer, attribute, value);
  if (route.preference !== undefined) writeU8Attribute(writer, RTA_PREF, route.preference);
  if (route.ttlPropagate !== undefined)
    writeU8Attribute(writer, RTA_TTL_PROPAGATE, route.ttlPropagate ? 1 : 0);
  if (metrics) writeMetrics(writer, metrics);
  if (nexthops) writeNexthops(writer, family, nexthops);
}

function writeVia(writer: ByteWriter, family: Family, via: IpAddress): void {
  const theirs = familyOf(via);
  if (theirs === family) {
    writeAttribute(writer, RTA_GATEWAY, ipToBytes(via));
    return;
  }
  const address = ipToBytes(via);
  const tagged = new Uint8Array(2 + address.length);
  tagged[0] = theirs === 'ipv4' ? AF_INET : AF_INET6;
  tagged.set(address, 2);
  writeAttribute(writer, RTA_VIA, tagged);
}

function writeMetrics(writer: ByteWriter, { values, congestionControl, locked }: RouteMetrics): void {
  const nest = beginNest(writer, RTA_METRICS);
  if (locked !== 0) writeU32Attribute(writer, RTAX_LOCK, locked);
  for (const [metric, value] of values) writeU32Attribute(writer, metric, value);
  if (congestionControl !== undefined) writeAttribute(writer, RTAX_CC_ALGO, latin1(congestionControl));
  endNest(writer, nest);
}

/** Without a final NUL, as iproute2 sends it. */
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function writeNexthops(writer: ByteWriter, family: Family, nexthops: readonly RouteNexthop[]): void {
  const list = beginNest(writer, RTA_MULTIPATH);
  for (const { via, interfaceIndex, weight, flags, realms, encapsulation } of nexthops) {
    const start = writer.length;
    writer
      .u16Host(0)
      .u8(flags)
      .u8(weight - 1)
      .u32Host(interfaceIndex ?? 0);
    if (via !== undefined) writeVia(writer, family, via);
    if (realms !== undefined) writeU32Attribute(writer, RTA_FLOW, realms);
    if (encapsulation) writeEncapsulation(writer, encapsulation);
    writer.patchU16Host(start, writer.length - start);
  }
  endNest(writer, list);
}
