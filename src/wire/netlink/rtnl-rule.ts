/**
 * rtnetlink messages about rules of policy routing: RTM_NEWRULE and RTM_DELRULE to Rule and back, and the request for
 * all of them. linux/fib_rules.h. Which rules are wanted, and what a refusal means, is decided in core/net.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';
import { bitsOf, type Family, ipFromBytes, ipToBytes } from '../../base/ip-address.js';
import { ok, type Result, refuse } from '../../base/result.js';
import {
  readAttributes,
  textOf,
  u8Of,
  u32Of,
  u64NetworkOf,
  writeAttribute,
  writeTextAttribute,
  writeU8Attribute,
  writeU32Attribute,
  writeU64NetworkAttribute,
} from './attributes.js';
import { beginMessage, endMessage, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST } from './message.js';
import { familyNumber, familyOfNumber, type Rule, type RuleRange } from './routing.js';

export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;

export const FR_ACT_TO_TBL = 1;
export const FR_ACT_GOTO = 2;
export const FR_ACT_NOP = 3;
export const FR_ACT_BLACKHOLE = 6;
export const FR_ACT_UNREACHABLE = 7;
export const FR_ACT_PROHIBIT = 8;

const FIB_RULE_INVERT = 2;
/** What the kernel says of an option that is not set. */
const NOT_SET = 0xffff_ffff;

const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_GOTO = 4;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_FLOW = 11;
const FRA_TUN_ID = 12;
const FRA_SUPPRESS_IFGROUP = 13;
const FRA_SUPPRESS_PREFIXLEN = 14;
const FRA_TABLE = 15;
const FRA_FWMASK = 16;
const FRA_OIFNAME = 17;
const FRA_L3MDEV = 19;
const FRA_UID_RANGE = 20;
const FRA_PROTOCOL = 21;
const FRA_IP_PROTO = 22;
const FRA_SPORT_RANGE = 23;
const FRA_DPORT_RANGE = 24;

/** `other-family`: neither IPv4 nor IPv6; `incomplete`: a prefix without its address, or longer than its family has. */
export type RuleRefusal = 'short' | 'attributes' | 'other-family' | 'incomplete';

/** Reads the payload of RTM_NEWRULE or RTM_DELRULE. */
export function decodeRule(payload: Uint8Array): Result<Rule, RuleRefusal> {
  const reader = new ByteReader(payload);
  const family = familyOfNumber(reader.u8());
  const toLength = reader.u8();
  const fromLength = reader.u8();
  const tos = reader.u8();
  const shortTable = reader.u8();
  reader.skip(2);
  const action = reader.u8();
  const flags = reader.u32Host();
  if (reader.overrun) return refuse('short');
  if (!family) return refuse('other-family');
  const attributes = readAttributes(reader.take(reader.remaining));
  if (!attributes) return refuse('attributes');
  const from = prefixOf(family, fromLength, attributes.get(FRA_SRC));
  const to = prefixOf(family, toLength, attributes.get(FRA_DST));
  if (from === null || to === null) return refuse('incomplete');
  const number = (type: number): number | undefined => u32Of(attributes.get(type));
  const set = (type: number): number | undefined => {
    const value = number(type);
    return value === NOT_SET ? undefined : value;
  };
  const iif = attributes.get(FRA_IIFNAME);
  const oif = attributes.get(FRA_OIFNAME);
  const optional = {
    from,
    to,
    priority: number(FRA_PRIORITY),
    inputInterface: iif && textOf(iif),
    outputInterface: oif && textOf(oif),
    fwmark: number(FRA_FWMARK),
    fwmask: number(FRA_FWMASK),
    realms: number(FRA_FLOW),
    tunnelId: u64NetworkOf(attributes.get(FRA_TUN_ID))?.toString(),
    userRange: rangeOf(attributes.get(FRA_UID_RANGE), 4),
    l3mdev: u8Of(attributes.get(FRA_L3MDEV)) ? (true as const) : undefined,
    protocol: u8Of(attributes.get(FRA_PROTOCOL)),
    ipProtocol: u8Of(attributes.get(FRA_IP_PROTO)),
    sourcePorts: rangeOf(attributes.get(FRA_SPORT_RANGE), 2),
    destinationPorts: rangeOf(attributes.get(FRA_DPORT_RANGE), 2),
    goto: number(FRA_GOTO),
    suppressPrefixLength: set(FRA_SUPPRESS_PREFIXLEN),
    suppressInterfaceGroup: set(FRA_SUPPRESS_IFGROUP),
  };
  const table = number(FRA_TABLE) ?? shortTable;
  const fixed = { family, action, table, invert: (flags & FIB_RULE_INVERT) !== 0, tos };
  return ok({ ...fixed, ...said(optional) });
}

/** Without the keys that say nothing. */
function said<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined | null> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined | null>;
  };
}

/** Undefined: everything; null: not readable. */
function prefixOf(family: Family, length: number, value: Uint8Array | undefined) {
  if (length === 0) return undefined;
  if (value?.length !== bitsOf(family) / 8 || length > bitsOf(family)) return null;
  return { address: ipFromBytes(value), length };
}

function rangeOf(value: Uint8Array | undefined, width: 2 | 4): RuleRange | undefined {
  if (!value || value.length < 2 * width) return undefined;
  const reader = new ByteReader(value);
  const next = (): number => (width === 2 ? reader.u16Host() : reader.u32Host());
  return { low: next(), high: next() };
}

/** `add` answers EEXIST where there is one like it; `delete` finds it by all that it says, ENOENT where there is none. */
export type RuleVerb = 'add' | 'delete';

/** Appends one request to a chunk; only the last of a chunk should ask for an acknowledgement. */
export function writeRuleRequest(
  writer: ByteWriter,
  sequence: number,
  verb: RuleVerb,
  rule: Rule,
  acknowledge: boolean,
): void {
  const flags =
    NLM_F_REQUEST | (acknowledge ? NLM_F_ACK : 0) | (verb === 'add' ? NLM_F_CREATE | NLM_F_EXCL : 0);
  const start = beginMessage(writer, verb === 'add' ? RTM_NEWRULE : RTM_DELRULE, flags, sequence);
  writeRule(writer, rule);
  endMessage(writer, start);
}

/** The payload of RTM_NEWRULE. */
export function writeRule(writer: ByteWriter, rule: Rule): void {
  const { from, to, table, userRange, sourcePorts, destinationPorts } = rule;
  const short = table < 256;
  writer
    .u8(familyNumber(rule.family))
    .u8(to?.length ?? 0)
    .u8(from?.length ?? 0)
    .u8(rule.tos)
    .u8(short ? table : 0)
    .zeros(2)
    .u8(rule.action)
    .u32Host(rule.invert ? FIB_RULE_INVERT : 0);
  if (!short) writeU32Attribute(writer, FRA_TABLE, table);
  if (to) writeAttribute(writer, FRA_DST, ipToBytes(to.address));
  if (from) writeAttribute(writer, FRA_SRC, ipToBytes(from.address));
  if (rule.inputInterface !== undefined) writeTextAttribute(writer, FRA_IIFNAME, rule.inputInterface);
  if (rule.outputInterface !== undefined) writeTextAttribute(writer, FRA_OIFNAME, rule.outputInterface);
  const numbers: readonly (readonly [number, number | undefined])[] = [
    [FRA_PRIORITY, rule.priority],
    [FRA_FWMARK, rule.fwmark],
    [FRA_FWMASK, rule.fwmask],
    [FRA_FLOW, rule.realms],
    [FRA_GOTO, rule.goto],
    [FRA_SUPPRESS_PREFIXLEN, rule.suppressPrefixLength],
    [FRA_SUPPRESS_IFGROUP, rule.suppressInterfaceGroup],
  ];
  for (const [attribute, value] of numbers)
    if (value !== undefined) writeU32Attribute(writer, attribute, value);
  if (rule.tunnelId !== undefined) writeU64NetworkAttribute(writer, FRA_TUN_ID, BigInt(rule.tunnelId));
  if (userRange) writeAttribute(writer, FRA_UID_RANGE, rangeBytes(userRange, 4));
  if (rule.l3mdev) writeU8Attribute(writer, FRA_L3MDEV, 1);
  if (rule.protocol !== undefined) writeU8Attribute(writer, FRA_PROTOCOL, rule.protocol);
  if (rule.ipProtocol !== undefined) writeU8Attribute(writer, FRA_IP_PROTO, rule.ipProtocol);
  if (sourcePorts) writeAttribute(writer, FRA_SPORT_RANGE, rangeBytes(sourcePorts, 2));
  if (destinationPorts) writeAttribute(writer, FRA_DPORT_RANGE, rangeBytes(destinationPorts, 2));
}

/** Two numbers in the byte order of the machine, which is little-endian (base/bytes). */
function rangeBytes({ low, high }: RuleRange, width: 2 | 4): Uint8Array {
  const bytes = new Uint8Array(2 * width);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of [low, high].entries()) {
    if (width === 2) view.setUint16(i * width, value, true);
    else view.setUint32(i * width, value, true);
  }
  return bytes;
}
