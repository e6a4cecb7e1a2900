/**
 * The expressions of an nf_tables rule: what is loaded into which register, compared, looked up, and what happens
 * then. linux/netfilter/nf_tables.h. Which expressions a rule needs is decided by who writes the rule. Registers
 * are the 16-byte ones, 1 to 4; register 0 takes the verdict.
 */
import type { ByteWriter } from '../../../base/bytes.js';
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

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export type PayloadBase = 'link' | 'network' | 'transport';
/** What `meta` can load; the rest of the kernel's list is of no use here. */
export type MetaKey =
  | 'priority'
  | 'mark'
  | 'iif'
  | 'oif'
  | 'iifname'
  | 'oifname'
  | 'l4proto'
  | 'iifkind'
  | 'oifkind';
export type Comparison = '==' | '!=';

export type Expression =
  | { readonly kind: 'meta'; readonly key: MetaKey; readonly register: number }
  /** Writes a register into the packet's data, such as its mark. */
  | { readonly kind: 'meta-set'; readonly key: MetaKey; readonly register: number }
  | {
      readonly kind: 'payload';
      readonly base: PayloadBase;
      readonly offset: number;
      readonly length: number;
      readonly register: number;
    }
  | {
      readonly kind: 'compare';
      readonly comparison: Comparison;
      readonly register: number;
      readonly value: Uint8Array;
    }
  /** register = (register & mask) ^ xor; both as long as the data. */
  | {
      readonly kind: 'mask';
      readonly register: number;
      readonly mask: Uint8Array;
      readonly xor: Uint8Array;
    }
  /** Goes on if the register's value is in the set; a map puts its data into `into`. */
  | {
      readonly kind: 'lookup';
      readonly set: string;
      readonly register: number;
      readonly into?: number;
      readonly inverted?: boolean;
    }
  | { readonly kind: 'immediate'; readonly register: number; readonly value: Uint8Array }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'counter'; readonly packets: bigint; readonly bytes: bigint }
  /** Sends a copy of the packet to the address in one register, out of the device in another. */
  | { readonly kind: 'duplicate'; readonly addressRegister: number; readonly deviceRegister?: number }
  /** Anything else, as it came. */
  | { readonly kind: 'other'; readonly name: string; readonly data: Uint8Array };

const NFTA_LIST_ELEM = 1;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;
const VERDICT_REGISTER = 0;
/** As the kernel counts them: 32-bit, signed. */
const VERDICT_CODES: Readonly<Record<Verdict['kind'], number>> = {
  drop: 0,
  accept: 1,
  jump: 0xfffffffd,
  goto: 0xfffffffc,
  return: 0xfffffffb,
};
const META_KEYS: Readonly<Record<MetaKey, number>> = {
  priority: 2,
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  l4proto: 16,
  iifkind: 26,
  oifkind: 27,
};
const PAYLOAD_BASES: readonly PayloadBase[] = ['link', 'network', 'transport'];
const COMPARISONS: readonly Comparison[] = ['==', '!='];
const NFT_LOOKUP_F_INV = 1;

/** Writes a rule's expressions as the list that NFTA_RULE_EXPRESSIONS holds. */
export function writeExpressions(writer: ByteWriter, type: number, expressions: readonly Expression[]): void {
  const list = beginNest(writer, type);
  for (const expression of expressions) {
    const element = beginNest(writer, NFTA_LIST_ELEM);
    writeExpression(writer, expression);
    endNest(writer, element);
  }
  endNest(writer, list);
}

function writeExpression(writer: ByteWriter, expression: Expression): void {
  writeTextAttribute(writer, NFTA_EXPR_NAME, nameOf(expression));
  if (expression.kind === 'other') {
    writeAttribute(writer, NFTA_EXPR_DATA, expression.data);
    return;
  }
  const data = beginNest(writer, NFTA_EXPR_DATA);
  writeParameters(writer, expression);
  endNest(writer, data);
}

function nameOf(expression: Expression): string {
  switch (expression.kind) {
    case 'meta-set':
      return 'meta';
    case 'compare':
      return 'cmp';
    case 'mask':
      return 'bitwise';
    case 'verdict':
      return 'immediate';
    case 'duplicate':
      return 'dup';
    case 'other':
      return expression.name;
    default:
      return expression.kind;
  }
}

function writeParameters(writer: ByteWriter, expression: Exclude<Expression, { kind: 'other' }>): void {
  const number = (type: number, value: number): void => writeU32NetworkAttribute(writer, type, value);
  switch (expression.kind) {
    case 'meta':
      number(2, META_KEYS[expression.key]);
      number(1, expression.register);
      break;
    case 'meta-set':
      number(2, META_KEYS[expression.key]);
      number(3, expression.register);
      break;
    case 'payload':
      number(1, expression.register);
      number(2, PAYLOAD_BASES.indexOf(expression.base));
      number(3, expression.offset);
      number(4, expression.length);
      break;
    case 'compare':
      number(1, expression.register);
      number(2, COMPARISONS.indexOf(expression.comparison));
      writeValue(writer, 3, expression.value);
      break;
    case 'mask':
      number(1, expression.register);
      number(2, expression.register);
      number(3, expression.mask.length);
      writeValue(writer, 4, expression.mask);
      writeValue(writer, 5, expression.xor);
      break;
    case 'lookup':
      writeTextAttribute(writer, 1, expression.set);
      number(2, expression.register);
      if (expression.into !== undefined) number(3, expression.into);
      if (expression.inverted) number(5, NFT_LOOKUP_F_INV);
      break;
    case 'immediate':
      number(1, expression.register);
      writeValue(writer, 2, expression.value);
      break;
    case 'verdict':
      number(1, VERDICT_REGISTER);
      writeVerdict(writer, 2, expression.verdict);
      break;
    case 'counter':
      writeU64NetworkAttribute(writer, 1, expression.bytes);
      writeU64NetworkAttribute(writer, 2, expression.packets);
      break;
    case 'duplicate':
      number(1, expression.addressRegister);
      if (expression.deviceRegister !== undefined) number(2, expression.deviceRegister);
      break;
  }
}

/** NFTA_DATA_VALUE in a nest: how nf_tables writes bytes. */
export function writeValue(writer: ByteWriter, type: number, value: Uint8Array): void {
  const nest = beginNest(writer, type);
  writeAttribute(writer, NFTA_DATA_VALUE, value);
  endNest(writer, nest);
}

export function writeVerdict(writer: ByteWriter, type: number, verdict: Verdict): void {
  const data = beginNest(writer, type);
  const nest = beginNest(writer, NFTA_DATA_VERDICT);
  writeU32NetworkAttribute(writer, NFTA_VERDICT_CODE, VERDICT_CODES[verdict.kind]);
  if ('chain' in verdict) writeTextAttribute(writer, NFTA_VERDICT_CHAIN, verdict.chain);
  endNest(writer, nest);
  endNest(writer, data);
}

/** The expressions of a rule; undefined where one is malformed. */
export function readExpressions(bytes: Uint8Array): Expression[] | undefined {
  const list = readAttributeList(bytes);
  if (!list) return undefined;
  const expressions: Expression[] = [];
  for (const { type, value } of list) {
    const attributes = type === NFTA_LIST_ELEM ? readAttributes(value) : undefined;
    const name = attributes?.get(NFTA_EXPR_NAME);
    if (!name) return undefined;
    const data = attributes?.get(NFTA_EXPR_DATA) ?? new Uint8Array(0);
    const known = readKnown(textOf(name), data);
    expressions.push(known ?? { kind: 'other', name: textOf(name), data });
  }
  return expressions;
}

/** Undefined: something that is not in our vocabulary, kept as it came. */
function readKnown(name: string, data: Uint8Array): Expression | undefined {
  const attributes = readAttributes(data);
  return attributes && READERS.get(name)?.(attributes, (type) => u32NetworkOf(attributes.get(type)));
}

type Reader = (
  attributes: Attributes,
  number: (type: number) => number | undefined,
) => Expression | undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['meta', readMeta],
  ['payload', readPayload],
  ['cmp', readCompare],
  ['bitwise', readMask],
  ['lookup', readLookup],
  ['immediate', readImmediate],
  ['counter', readCounter],
  ['dup', readDuplicate],
]);

function readMeta(_attributes: Attributes, number: (type: number) => number | undefined) {
  const key = (Object.keys(META_KEYS) as MetaKey[]).find((one) => META_KEYS[one] === number(2));
  const into = number(1);
  const from = number(3);
  if (key === undefined || (into === undefined) === (from === undefined)) return undefined;
  return into !== undefined
    ? ({ kind: 'meta', key, register: into } as const)
    : ({ kind: 'meta-set', key, register: from ?? 0 } as const);
}

function readPayload(
  attributes: Attributes,
  number: (type: number) => number | undefined,
): Expression | undefined {
  const base = PAYLOAD_BASES[number(2) ?? -1];
  const [register, offset, length] = [number(1), number(3), number(4)];
  // More attributes mean that it writes instead of reading.
  if (!base || register === undefined || offset === undefined || length === undefined || attributes.has(5))
    return undefined;
  return { kind: 'payload', base, offset, length, register };
}

function readCompare(attributes: Attributes, number: (type: number) => number | undefined) {
  const comparison = COMPARISONS[number(2) ?? -1];
  const register = number(1);
  const value = readValue(attributes.get(3));
  if (!comparison || register === undefined || !value) return undefined;
  return { kind: 'compare', comparison, register, value } as const;
}

function readMask(attributes: Attributes, number: (type: number) => number | undefined) {
  const [register, into] = [number(1), number(2)];
  const mask = readValue(attributes.get(4));
  const xor = readValue(attributes.get(5));
  // Operation 0 is the mask; newer kernels name it, older ones have no other.
  if (register === undefined || register !== into || !mask || !xor || (number(6) ?? 0) !== 0)
    return undefined;
  return { kind: 'mask', register, mask, xor } as const;
}

function readLookup(attributes: Attributes, number: (type: number) => number | undefined) {
  const set = attributes.get(1);
  const [register, into, flags] = [number(2), number(3), number(5) ?? 0];
  if (!set || register === undefined || (flags & ~NFT_LOOKUP_F_INV) !== 0) return undefined;
  return {
    kind: 'lookup',
    set: textOf(set),
    register,
    ...(into === undefined ? {} : { into }),
    ...(flags === NFT_LOOKUP_F_INV ? { inverted: true } : {}),
  } as const;
}

function readImmediate(
  attributes: Attributes,
  number: (type: number) => number | undefined,
): Expression | undefined {
  const register = number(1);
  const data = attributes.get(2);
  if (register === undefined || !data) return undefined;
  const value = readValue(data);
  if (value) return { kind: 'immediate', register, value };
  const verdict = register === VERDICT_REGISTER ? readVerdict(data) : undefined;
  return verdict && { kind: 'verdict', verdict };
}

export function readVerdict(data: Uint8Array): Verdict | undefined {
  const nest = readAttributes(data)?.get(NFTA_DATA_VERDICT);
  const attributes = nest && readAttributes(nest);
  const code = u32NetworkOf(attributes?.get(NFTA_VERDICT_CODE));
  const kind = (Object.keys(VERDICT_CODES) as Verdict['kind'][]).find((one) => VERDICT_CODES[one] === code);
  if (kind === undefined) return undefined;
  if (kind !== 'jump' && kind !== 'goto') return { kind };
  const chain = attributes?.get(NFTA_VERDICT_CHAIN);
  return chain && { kind, chain: textOf(chain) };
}

/** What a request leaves out begins at zero. */
function readCounter(attributes: Attributes): Expression {
  return {
    kind: 'counter',
    packets: u64NetworkOf(attributes.get(2)) ?? 0n,
    bytes: u64NetworkOf(attributes.get(1)) ?? 0n,
  };
}

function readDuplicate(
  _attributes: Attributes,
  number: (type: number) => number | undefined,
): Expression | undefined {
  const [addressRegister, deviceRegister] = [number(1), number(2)];
  if (addressRegister === undefined) return undefined;
  return {
    kind: 'duplicate',
    addressRegister,
    ...(deviceRegister === undefined ? {} : { deviceRegister }),
  };
}

/** The bytes of NFTA_DATA_VALUE; undefined where there are none. */
export const readValue = (nest: Uint8Array | undefined): Uint8Array | undefined =>
  nest && readAttributes(nest)?.get(NFTA_DATA_VALUE);
