/**
 * nf_tables' objects as netlink messages: tables, chains, sets, their elements, and rules; adding, deleting,
 * asking for them, and reading what the kernel dumps or reports. linux/netfilter/nf_tables.h. Which objects shall
 * be there is decided by who asks; transactions are in batch.ts, a rule's expressions in expression.ts.
 */
import { ByteReader, type ByteWriter } from '../../../base/bytes.js';
import { ok, type Result, refuse } from '../../../base/result.js';
import {
  type Attributes,
  beginNest,
  endNest,
  readAttributeList,
  readAttributes,
  textOf,
  u32NetworkOf,
  u64NetworkOf,
  writeAttribute,
  writeTextAttribute,
  writeU32NetworkAttribute,
  writeU64NetworkAttribute,
} from '../attributes.js';
import {
  beginMessage,
  endMessage,
  type NetlinkMessage,
  NLM_F_ACK,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_REQUEST,
} from '../message.js';
import {
  type Expression,
  readExpressions,
  readValue,
  readVerdict,
  type Verdict,
  writeExpressions,
  writeValue,
  writeVerdict,
} from './expression.js';

export type NftFamily = 'inet' | 'ip' | 'arp' | 'netdev' | 'bridge' | 'ip6';

/** Where a chain is hooked in. */
export interface ChainHook {
  /** Absent: `filter`. A `nat` chain sees only the first packet of a connection. */
  readonly type?: 'nat';
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
  /** Signed, 32 bits: lower ones come first. */
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
}

export interface NftTable {
  readonly kind: 'table';
  readonly family: NftFamily;
  readonly table: string;
  /** Its chains are not hooked in. */
  readonly dormant?: boolean;
}

export interface NftChain {
  readonly kind: 'chain';
  readonly family: NftFamily;
  readonly table: string;
  readonly chain: string;
  /** Absent: only reached by jump and goto. */
  readonly base?: ChainHook;
}

export interface NftSet {
  readonly kind: 'set';
  readonly family: NftFamily;
  readonly table: string;
  readonly set: string;
  /** As `nft` numbers types (7 ipv4_addr ...): the kernel only hands it on. Concatenations shift by six bits. */
  readonly keyType: number;
  readonly keyLength: number;
  /** Present: a map. */
  readonly data?: { readonly type: number; readonly length: number };
  /** Present: a map to verdicts. */
  readonly verdicts?: boolean;
  /** Rules put elements into it, which go after so many milliseconds if they say nothing else; at most `size`. */
  readonly dynamic?: { readonly timeout: number; readonly size: number };
  /** Each element counts the packets that found it. */
  readonly counted?: boolean;
  /** Its elements may not change once a rule uses it. */
  readonly constant?: boolean;
  /** Its keys and data, or one of them, are numbers as the machine has them: nft shows them wrong if it does not know. */
  readonly hostOrder?: true | 'key' | 'data';
  /** Its keys are numbers that a rule draws, its data priorities: nft can list neither where it does not know that. */
  readonly drawn?: boolean;
  /** Tells sets of one transaction apart, 0 outside. */
  readonly id: number;
}

export interface NftElement {
  readonly key: Uint8Array;
  /** Of a map. */
  readonly data?: Uint8Array;
  /** Of a map to verdicts. */
  readonly verdict?: Verdict;
  /** Packets, of a set that counts; only read. */
  readonly packets?: bigint;
}

export interface NftElements {
  readonly kind: 'elements';
  readonly family: NftFamily;
  readonly table: string;
  readonly set: string;
  /** Deleting none of them means all. */
  readonly elements: readonly NftElement[];
}

export interface NftRule {
  readonly kind: 'rule';
  readonly family: NftFamily;
  readonly table: string;
  readonly chain: string;
  readonly expressions: readonly Expression[];
  /** The kernel's number for it; deleting without one means all rules of the chain. */
  readonly handle?: bigint;
}

export type NftObject = NftTable | NftChain | NftSet | NftElements | NftRule;
export type NftVerb = 'add' | 'delete';

/** `short`: no nfgenmsg; `attributes`: a cut-off one; `type`: none of these objects; `incomplete`: lacks a name. */
export type NftRefusal = 'short' | 'attributes' | 'type' | 'incomplete';

export const NFNL_SUBSYS_NFTABLES = 10;

const FAMILIES: Readonly<Record<NftFamily, number>> = {
  inet: 1,
  ip: 2,
  arp: 3,
  netdev: 5,
  bridge: 7,
  ip6: 10,
};
const HOOKS: readonly ChainHook['hook'][] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];
/** NF_DROP 0, NF_ACCEPT 1. */
const POLICIES: readonly ChainHook['policy'][] = ['drop', 'accept'];
/** NFT_MSG_NEW*, then NFT_MSG_GET*, then NFT_MSG_DEL*. */
const MESSAGES: Readonly<Record<NftObject['kind'], readonly [add: number, get: number, remove: number]>> = {
  table: [0, 1, 2],
  chain: [3, 4, 5],
  rule: [6, 7, 8],
  set: [9, 10, 11],
  elements: [12, 13, 14],
};
const NFTA_TABLE_HANDLE = 4;
const NFT_TABLE_F_DORMANT = 1;
const NFT_SET_CONSTANT = 2;
const NFT_SET_MAP = 8;
const NFT_SET_TIMEOUT = 0x10;
const NFT_SET_EVAL = 0x20;
const NFT_DATA_VERDICT = 0xffffff00;
const NFTA_LIST_ELEM = 1;
/** Notes that nft leaves with a set (libnftnl/udata.h): a kind, a length, a number in host order. */
const UDATA_KEY_BYTEORDER = 0;
const UDATA_DATA_BYTEORDER = 1;
const BYTEORDER_HOST = 1;
const BYTEORDER_NETWORK = 2;
/** As nft writes `typeof numgen inc mod 2 : meta priority`: both in host order, then the two as expressions. */
const DRAWN_NOTES = Uint8Array.from([
  ...[0, 4, 1, 0, 0, 0, 1, 4, 1, 0, 0, 0],
  ...[3, 26, 0, 4, 23, 0, 0, 0, 1, 18, 0, 4, 0, 0, 0, 0, 1, 4, 2, 0, 0, 0, 2, 4, 0, 0, 0, 0],
  ...[4, 14, 0, 4, 9, 0, 0, 0, 1, 6, 0, 4, 2, 0, 0, 0],
]);

const typeOf = (message: number): number => (NFNL_SUBSYS_NFTABLES << 8) | message;

/** nfgenmsg: family, version 0, resource id. */
export function writeNfgenmsg(writer: ByteWriter, family: number, resource: number): void {
  writer.u8(family).u8(0).u16(resource);
}

/**
 * One request of a transaction. Adding what is there already is no error, but elements of a map must agree.
 * `acknowledge` asks for an answer also where all is well; errors come for every request.
 */
export function writeNftRequest(
  writer: ByteWriter,
  sequence: number,
  verb: NftVerb,
  object: NftObject,
  acknowledge = false,
): void {
  const [add, , remove] = MESSAGES[object.kind];
  const flags =
    NLM_F_REQUEST |
    (acknowledge ? NLM_F_ACK : 0) |
    (verb === 'add' ? NLM_F_CREATE : 0) |
    (verb === 'add' && object.kind === 'rule' ? NLM_F_APPEND : 0);
  const start = beginMessage(writer, typeOf(verb === 'add' ? add : remove), flags, sequence);
  writeNfgenmsg(writer, FAMILIES[object.family], 0);
  writeTextAttribute(writer, 1, object.table);
  writeObject(writer, verb, object);
  endMessage(writer, start);
}

function writeObject(writer: ByteWriter, verb: NftVerb, object: NftObject): void {
  switch (object.kind) {
    case 'table':
      if (verb === 'add') writeU32NetworkAttribute(writer, 2, object.dormant ? NFT_TABLE_F_DORMANT : 0);
      break;
    case 'chain':
      writeTextAttribute(writer, 3, object.chain);
      if (verb === 'add' && object.base) writeBase(writer, object.base);
      break;
    case 'set':
      writeTextAttribute(writer, 2, object.set);
      if (verb === 'add') writeSet(writer, object);
      break;
    case 'elements':
      writeTextAttribute(writer, 2, object.set);
      if (object.elements.length > 0) writeElements(writer, object.elements);
      break;
    case 'rule':
      writeTextAttribute(writer, 2, object.chain);
      if (object.handle !== undefined) writeU64NetworkAttribute(writer, 3, object.handle);
      if (verb === 'add') writeExpressions(writer, 4, object.expressions);
      break;
  }
}

function writeBase(writer: ByteWriter, { hook, priority, policy, type }: ChainHook): void {
  const nest = beginNest(writer, 4);
  writeU32NetworkAttribute(writer, 1, HOOKS.indexOf(hook));
  writeU32NetworkAttribute(writer, 2, priority >>> 0);
  endNest(writer, nest);
  writeU32NetworkAttribute(writer, 5, POLICIES.indexOf(policy));
  writeTextAttribute(writer, 7, type ?? 'filter');
}

function writeSet(writer: ByteWriter, set: NftSet): void {
  const flags =
    (set.constant ? NFT_SET_CONSTANT : 0) |
    (set.data || set.verdicts ? NFT_SET_MAP : 0) |
    (set.dynamic ? NFT_SET_TIMEOUT | NFT_SET_EVAL : 0);
  writeU32NetworkAttribute(writer, 3, flags);
  writeU32NetworkAttribute(writer, 4, set.keyType);
  writeU32NetworkAttribute(writer, 5, set.keyLength);
  if (set.data) {
    writeU32NetworkAttribute(writer, 6, set.data.type);
    writeU32NetworkAttribute(writer, 7, set.data.length);
  } else if (set.verdicts) {
    writeU32NetworkAttribute(writer, 6, NFT_DATA_VERDICT);
    writeU32NetworkAttribute(writer, 7, 0);
  }
  if (set.dynamic) {
    const description = beginNest(writer, 9);
    writeU32NetworkAttribute(writer, 1, set.dynamic.size);
    endNest(writer, description);
    writeU64NetworkAttribute(writer, 11, BigInt(set.dynamic.timeout));
  }
  if (set.counted) writeCounter(writer, 17);
  writeU32NetworkAttribute(writer, 10, set.id);
  if (set.drawn) writeAttribute(writer, 13, DRAWN_NOTES);
  if (!set.hostOrder) return;
  const note = (kind: number, order: number): number[] => [kind, 4, order, 0, 0, 0];
  const notes = [
    ...note(UDATA_KEY_BYTEORDER, set.hostOrder === 'data' ? BYTEORDER_NETWORK : BYTEORDER_HOST),
    ...(set.data && set.hostOrder !== 'key' ? note(UDATA_DATA_BYTEORDER, BYTEORDER_HOST) : []),
  ];
  writeAttribute(writer, 13, Uint8Array.from(notes));
}

function writeCounter(writer: ByteWriter, type: number): void {
  const nest = beginNest(writer, type);
  writeTextAttribute(writer, 1, 'counter');
  endNest(writer, nest);
}

function writeElements(writer: ByteWriter, elements: readonly NftElement[]): void {
  const list = beginNest(writer, 3);
  for (const { key, data, verdict } of elements) {
    const element = beginNest(writer, NFTA_LIST_ELEM);
    writeValue(writer, 1, key);
    if (data) writeValue(writer, 2, data);
    if (verdict) writeVerdict(writer, 2, verdict);
    endNest(writer, element);
  }
  endNest(writer, list);
}

/** Asks for one table by its name, or for one of its sets: answered by it, or ENOENT. */
export function writeNftQuery(
  writer: ByteWriter,
  sequence: number,
  family: NftFamily,
  table: string,
  set?: string,
): void {
  const [, get] = set === undefined ? MESSAGES.table : MESSAGES.set;
  const start = beginMessage(writer, typeOf(get), NLM_F_REQUEST | NLM_F_ACK, sequence);
  writeNfgenmsg(writer, FAMILIES[family], 0);
  writeTextAttribute(writer, 1, table);
  if (set !== undefined) writeTextAttribute(writer, 2, set);
  endMessage(writer, start);
}

/** Asks for all chains, sets or rules of a table; `of` names the set of elements, or the chain of rules. */
export function writeNftDump(
  writer: ByteWriter,
  sequence: number,
  kind: Exclude<NftObject['kind'], 'table'>,
  family: NftFamily,
  table: string,
  of?: string,
): void {
  const start = beginMessage(writer, typeOf(MESSAGES[kind][1]), NLM_F_REQUEST | NLM_F_DUMP, sequence);
  writeNfgenmsg(writer, FAMILIES[family], 0);
  writeTextAttribute(writer, 1, table);
  if (of !== undefined) writeTextAttribute(writer, 2, of);
  endMessage(writer, start);
}

/** What a message of the kernel says: an answer to a question, or the report of a change. */
export interface NftReport {
  readonly verb: NftVerb;
  readonly object: NftObject;
}

/** The table that a report is about, without reading the rest of it; undefined: it is about something else. */
export function tableOf({ type, payload }: NetlinkMessage): string | undefined {
  if (type >> 8 !== NFNL_SUBSYS_NFTABLES || (type & 0xff) > MESSAGES.elements[2]) return undefined;
  const reader = new ByteReader(payload);
  reader.skip(4);
  const length = reader.u16Host();
  const attribute = reader.u16Host();
  const value = reader.take(length - 4);
  return reader.overrun || attribute !== 1 ? undefined : textOf(value);
}

/** The kernel's number of a table, which no other one gets; 0 where it has none (before Linux 4.16); undefined: no table. */
export function tableHandleIn({ type, payload }: NetlinkMessage): bigint | undefined {
  if (type !== typeOf(MESSAGES.table[0])) return undefined;
  return u64NetworkOf(readAttributes(payload.subarray(4))?.get(NFTA_TABLE_HANDLE)) ?? 0n;
}

export function decodeNftMessage(message: NetlinkMessage): Result<NftReport, NftRefusal> {
  const kind = (Object.keys(MESSAGES) as NftObject['kind'][]).find((one) => {
    const [add, , remove] = MESSAGES[one];
    return message.type === typeOf(add) || message.type === typeOf(remove);
  });
  if (!kind) return refuse('type');
  const reader = new ByteReader(message.payload);
  const family = (Object.keys(FAMILIES) as NftFamily[]).find((one) => FAMILIES[one] === message.payload[0]);
  reader.skip(4);
  if (reader.overrun) return refuse('short');
  const attributes = readAttributes(reader.take(reader.remaining));
  if (!attributes) return refuse('attributes');
  const table = attributes.get(1);
  const object = family && table && readObject(kind, family, textOf(table), attributes);
  if (!object) return refuse('incomplete');
  return ok({ verb: message.type === typeOf(MESSAGES[kind][0]) ? 'add' : 'delete', object });
}

function readObject(
  kind: NftObject['kind'],
  family: NftFamily,
  table: string,
  attributes: Attributes,
): NftObject | undefined {
  const text = (type: number): string | undefined => {
    const value = attributes.get(type);
    return value && textOf(value);
  };
  switch (kind) {
    case 'table': {
      const dormant = ((u32NetworkOf(attributes.get(2)) ?? 0) & NFT_TABLE_F_DORMANT) !== 0;
      return { kind, family, table, ...(dormant ? { dormant } : {}) };
    }
    case 'chain': {
      const chain = text(3);
      const base = readBase(attributes);
      return chain === undefined ? undefined : { kind, family, table, chain, ...(base ? { base } : {}) };
    }
    case 'set': {
      const set = text(2);
      return set === undefined ? undefined : { kind, family, table, set, ...readSet(attributes) };
    }
    case 'elements': {
      const set = text(2);
      const elements = readElements(attributes.get(3));
      return set === undefined || !elements ? undefined : { kind, family, table, set, elements };
    }
    case 'rule': {
      const chain = text(2);
      const handle = u64NetworkOf(attributes.get(3));
      const expressions = readExpressions(attributes.get(4) ?? new Uint8Array(0));
      if (chain === undefined || !expressions) return undefined;
      return {
        kind,
        family,
        table,
        chain,
        expressions,
        ...(handle === undefined ? {} : { handle }),
      };
    }
  }
}

function readBase(attributes: Attributes): ChainHook | undefined {
  const nest = attributes.get(4);
  const inner = nest && readAttributes(nest);
  const hook = HOOKS[u32NetworkOf(inner?.get(1)) ?? -1];
  const priority = u32NetworkOf(inner?.get(2));
  const policy = POLICIES[u32NetworkOf(attributes.get(5)) ?? 1];
  if (!hook || priority === undefined || !policy) return undefined;
  const kind = attributes.get(7);
  const nat = kind && textOf(kind) === 'nat' ? { type: 'nat' as const } : {};
  return { ...nat, hook, priority: priority | 0, policy };
}

function readSet(attributes: Attributes): Omit<NftSet, 'kind' | 'family' | 'table' | 'set'> {
  const number = (type: number): number => u32NetworkOf(attributes.get(type)) ?? 0;
  const flags = number(3);
  const notes = attributes.get(13);
  const drawn = notes?.join() === DRAWN_NOTES.join();
  const hostOrder = drawn ? undefined : hostOrderIn(notes, (flags & NFT_SET_MAP) !== 0);
  return {
    keyType: number(4),
    keyLength: number(5),
    ...mapOf(flags, number),
    ...dynamicOf(flags, attributes),
    ...((flags & NFT_SET_CONSTANT) !== 0 ? { constant: true } : {}),
    ...(hostOrder ? { hostOrder } : {}),
    ...(drawn ? { drawn } : {}),
    id: number(10),
  };
}

function hostOrderIn(notes: Uint8Array | undefined, map: boolean): NftSet['hostOrder'] {
  const noted = (at: number, kind: number): boolean =>
    notes?.[at] === kind && notes[at + 1] === 4 && notes[at + 2] === BYTEORDER_HOST;
  const key = noted(0, UDATA_KEY_BYTEORDER);
  const data = noted(6, UDATA_DATA_BYTEORDER);
  if (key) return map && !data ? 'key' : true;
  return map && data ? 'data' : undefined;
}

function mapOf(flags: number, number: (type: number) => number): Pick<NftSet, 'data' | 'verdicts'> {
  if ((flags & NFT_SET_MAP) === 0) return {};
  return number(6) === NFT_DATA_VERDICT
    ? { verdicts: true }
    : { data: { type: number(6), length: number(7) } };
}

function dynamicOf(flags: number, attributes: Attributes): Pick<NftSet, 'dynamic'> {
  if ((flags & NFT_SET_EVAL) === 0 || (flags & NFT_SET_TIMEOUT) === 0) return {};
  const description = attributes.get(9);
  const size = description && u32NetworkOf(readAttributes(description)?.get(1));
  return { dynamic: { timeout: Number(u64NetworkOf(attributes.get(11)) ?? 0n), size: size ?? 0 } };
}

function readElements(nest: Uint8Array | undefined): NftElement[] | undefined {
  if (!nest) return [];
  const list = readAttributeList(nest);
  if (!list) return undefined;
  const elements: NftElement[] = [];
  // Their types are mere numbers: nft counts them through, the kernel looks at none.
  for (const { value } of list) {
    const attributes = readAttributes(value);
    const key = readValue(attributes?.get(1));
    if (!attributes || !key) return undefined;
    const held = attributes.get(2);
    const data = readValue(held);
    const packets = readPackets(attributes.get(7));
    const verdict = held && !data ? readVerdict(held) : undefined;
    elements.push({
      key,
      ...(data ? { data } : {}),
      ...(verdict ? { verdict } : {}),
      ...(packets === undefined ? {} : { packets }),
    });
  }
  return elements;
}

/** The counter of an element: a single expression. */
function readPackets(nest: Uint8Array | undefined): bigint | undefined {
  const data = nest && readAttributes(nest)?.get(2);
  return data && u64NetworkOf(readAttributes(data)?.get(2));
}
