/** nf_tables messages as nft, Keepalived and the kernel write them, read and written by us. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../../src/base/bytes.js';
import { ok, refuse } from '../../../src/base/result.js';
import { type NetlinkMessage, NLMSG_DONE, readNetlinkMessages } from '../../../src/wire/netlink/message.js';
import { isBatchMark, readNftAuthor, writeNftBatch } from '../../../src/wire/netlink/nftables/batch.js';
import type { Expression } from '../../../src/wire/netlink/nftables/expression.js';
import {
  decodeNftMessage,
  type NftObject,
  type NftReport,
  type NftRule,
  writeNftDump,
  writeNftQuery,
  writeNftRequest,
} from '../../../src/wire/netlink/nftables/object.js';
import { octets, record, u32 } from '../arbitraries.js';
import { testCodec, testDecoder } from '../codec-harness.js';
import { projectRoot } from '../fixtures.js';
import { recorded } from './recordings.js';

const objectOf = (message: NetlinkMessage): NftReport => {
  const read = decodeNftMessage(message);
  assert.ok(read.ok, `message of type ${message.type} is refused`);
  return read.value;
};
/** The kernel also tells what is not asked for: what a fixture is about is in here. */
const reports = (name: string): NftReport[] =>
  recorded(name)
    .filter((message) => message.type !== NLMSG_DONE && !isBatchMark(message) && !readNftAuthor(message))
    .map(objectOf);

/** Bytes as `nft --debug=netlink` shows them: 32-bit words in host order. */
function words(bytes: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    let text = '';
    for (let i = 3; i >= 0; i--) text += (bytes[at + i] ?? 0).toString(16).padStart(2, '0');
    texts.push(text);
  }
  return texts.join(' ');
}
const hexWords = (bytes: Uint8Array): string =>
  words(bytes)
    .split(' ')
    .map((word) => `0x${word}`)
    .join(' ');

function shown(one: Expression): string {
  switch (one.kind) {
    case 'meta':
      return `meta load ${one.key} => reg ${one.register}`;
    case 'meta-set':
      return `meta set ${one.key} with reg ${one.register}`;
    case 'payload':
      return `payload load ${one.length}b @ ${one.base} header + ${one.offset} => reg ${one.register}`;
    case 'compare':
      return `cmp ${one.comparison === '==' ? 'eq' : 'neq'} reg ${one.register} ${hexWords(one.value)}`;
    case 'mask':
      return `bitwise reg ${one.register} = ( reg ${one.register} & ${hexWords(one.mask)} ) ^ ${hexWords(one.xor)}`;
    case 'lookup': {
      const into = one.into === undefined ? '' : ` dreg ${one.into}`;
      return `lookup reg ${one.register} set ${one.set}${into} ${one.inverted ? '0x1' : '0x0'}`;
    }
    case 'immediate':
      return `immediate reg ${one.register} ${hexWords(one.value)}`;
    case 'verdict':
      return `immediate reg 0 ${one.verdict.kind}${'chain' in one.verdict ? ` -> ${one.verdict.chain}` : ''}`;
    case 'counter':
      return `counter pkts ${one.packets} bytes ${one.bytes}`;
    case 'duplicate':
      return `dup sreg_addr ${one.addressRegister} sreg_dev ${one.deviceRegister}`;
    case 'other':
      return one.name;
  }
}

describe('what the kernel dumps', () => {
  const listing = readFileSync(join(projectRoot, 'test/fixtures/netlink/nft-listing.txt'), 'latin1');
  const objects = reports('nft-dump').map((one) => one.object);

  test('reads as nft reads it: every rule, expression by expression', () => {
    const expected = listing.split('\n').flatMap((line) => /^ {2}\[ (.*) \]$/.exec(line)?.[1] ?? []);
    const rules = objects.filter((one) => one.kind === 'rule');
    assert.deepEqual(
      rules.flatMap((one) => one.expressions.map((each) => shown(each).replaceAll(/\s+/g, ' '))),
      expected.map((text) => text.replaceAll(/\s+/g, ' ')),
    );
    assert.equal(rules.flatMap((one) => one.expressions).filter(({ kind }) => kind === 'other').length, 0);
    assert.ok(rules.every((one) => one.handle !== undefined && one.handle > 0n));
  });

  test('reads as nft reads it: every element', () => {
    const expected = [...listing.matchAll(/^\telement (.*?) +: (.*?) \[end\]$/gm)].map(
      ([, key = '', data = '']) => [key, data.split(' ').length > 1 ? data.split(' ')[0] : undefined],
    );
    const elements = objects.flatMap((one) => (one.kind === 'elements' ? one.elements : []));
    assert.deepEqual(
      elements.map(({ key, data }) => [words(key), data && words(data)]).sort(),
      expected.sort(),
    );
  });

  test('tables, chains and sets with all that was said of them', () => {
    assert.deepEqual(
      objects.filter(({ kind }) => kind === 'table'),
      [
        { kind: 'table', family: 'ip', table: 't' },
        { kind: 'table', family: 'ip6', table: 't' },
      ],
    );
    const chains = objects.filter((one) => one.kind === 'chain');
    assert.deepEqual(
      chains.map(({ family, chain, base }) => [family, chain, base?.hook, base?.priority, base?.policy]),
      [
        ['ip', 'in', 'input', -1, 'accept'],
        ['ip', 'out', 'output', -1, 'accept'],
        ['ip6', 'in_link_local', undefined, undefined, undefined],
        ['ip6', 'in', 'input', -1, 'accept'],
      ],
    );
    const sets = objects.filter((one) => one.kind === 'set');
    assert.deepEqual(
      sets.filter(({ hostOrder }) => hostOrder).map(({ set }) => set),
      ['vmac_map'],
    );
    assert.deepEqual(
      sets.map(({ set, keyType, keyLength, data, constant }) => [
        set,
        keyType,
        keyLength,
        data?.type,
        data?.length,
        constant ?? false,
      ]),
      [
        ['vmac_map', 20, 4, 20, 4, false],
        ['vips', 7, 4, undefined, undefined, false],
        ['vips', 8, 16, undefined, undefined, false],
        ['neighbor-discovery', 29, 1, undefined, undefined, true],
        ['vips_link_local', (8 << 6) | 20, 20, undefined, undefined, false],
        ['vips_link_local_name', (8 << 6) | 41, 32, undefined, undefined, false],
      ],
    );
  });
});

/** Without what only the kernel knows. */
const plain = (object: NftObject): unknown => {
  if (object.kind === 'set') return { ...object, id: 0 };
  if (object.kind !== 'rule') return object;
  const { handle: _, ...rest } = object;
  return rest;
};

test('what nft asked for is what the kernel then has', () => {
  const asked = reports('nft-request');
  assert.ok(asked.every(({ verb }) => verb === 'add'));
  const dumped = reports('nft-dump').map(({ object }) => object);
  for (const kind of ['table', 'chain', 'rule', 'set'] as const) {
    const of = (list: readonly NftObject[]): unknown[] =>
      list.filter((one) => one.kind === kind).map((one) => JSON.stringify(plain(one), bigints));
    assert.deepEqual(of(asked.map(({ object }) => object)).sort(), of(dumped).sort(), kind);
  }
});
const bigints = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

test('what Keepalived 2.2.7 sends reads whole: chains, sets, rules', () => {
  const objects = reports('nft-keepalived').map(({ object }) => object);
  const rules = objects.filter((one): one is NftRule => one.kind === 'rule');
  assert.deepEqual(
    rules
      .filter(({ family }) => family === 'ip')
      .map(({ chain, expressions }) => [chain, ...expressions.map(shown)]),
    [
      [
        'in',
        'payload load 4b @ network header + 16 => reg 1',
        'lookup reg 1 set vips 0x0',
        'immediate reg 0 drop',
      ],
      [
        'out',
        'payload load 4b @ network header + 12 => reg 1',
        'lookup reg 1 set vips 0x0',
        'immediate reg 0 drop',
      ],
    ],
  );
  assert.equal(rules.flatMap((one) => one.expressions).filter(({ kind }) => kind === 'other').length, 0);
  const chains = objects.filter((one) => one.kind === 'chain');
  assert.deepEqual(
    chains.map(
      ({ family, chain, base }) => `${family} ${chain} ${base?.hook ?? '-'} ${base?.priority ?? ''}`,
    ),
    [
      'ip out output -1',
      'ip in input -1',
      'ip6 out output -1',
      'ip6 in input -1',
      'ip6 in_link_local - ',
      'ip6 out_link_local - ',
    ],
  );
});

test('changes are reported with who made them', () => {
  const made = recorded('nft-events-made');
  assert.equal(made.flatMap((one) => readNftAuthor(one) ?? []).at(0)?.name, 'nft');
  const [first] = reports('nft-events-made');
  assert.deepEqual(first, { verb: 'add', object: { kind: 'table', family: 'ip', table: 't' } });
  const deleted = reports('nft-events-deleted');
  assert.ok(deleted.some(({ verb, object }) => verb === 'delete' && object.kind === 'table'));
  assert.ok(deleted.every(({ object }) => object.table === 't' && object.family === 'ip'));
  assert.equal(readNftAuthor(made[0] as NetlinkMessage), undefined);
});

test('a transaction is numbered, marked, and acknowledged at its end', () => {
  const writer = new ByteWriter();
  const table: NftObject = { kind: 'table', family: 'ip', table: 'x' };
  writeNftBatch(writer, 0xfffffffe, [
    { verb: 'add', object: table },
    { verb: 'delete', object: table },
  ]);
  const { messages } = readNetlinkMessages(writer.finish());
  assert.deepEqual(messages.map(isBatchMark), [true, false, false, true]);
  assert.deepEqual(
    messages.map(({ sequence }) => sequence),
    [0xfffffffe, 0xffffffff, 0, 1],
  );
  assert.deepEqual(
    messages.map(({ flags }) => (flags & 4) !== 0),
    [false, false, true, false],
  );
});

test('questions name their table and set', () => {
  const writer = new ByteWriter();
  writeNftQuery(writer, 1, 'ip6', 'abc');
  writeNftDump(writer, 2, 'elements', 'ip', 'abc', 'vips');
  const { messages } = readNetlinkMessages(writer.finish());
  assert.deepEqual(
    messages.map(({ type, payload }) => [type, payload[0]]),
    [
      [0x0a01, 10],
      [0x0a0d, 2],
    ],
  );
  assert.match(Buffer.from(messages[1]?.payload ?? []).toString('latin1'), /abc.*vips/s);
});

const name = fc.stringMatching(/^[a-z_]{1,12}$/);
const register = fc.integer({ min: 1, max: 4 });
const value = fc.constantFrom(1, 2, 4, 16).chain(octets);
const key = fc.constantFrom('mark', 'iif', 'oif', 'iifname', 'oifname', 'l4proto', 'iifkind', 'oifkind');
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const expression = fc.oneof(
  record({ kind: fc.constant('meta' as const), key, register }),
  record({ kind: fc.constant('meta-set' as const), key, register }),
  record({
    kind: fc.constant('payload' as const),
    base: fc.constantFrom('link', 'network', 'transport'),
    offset: u32,
    length: u32,
    register,
  }),
  record({ kind: fc.constant('compare' as const), comparison: fc.constantFrom('==', '!='), register, value }),
  record({ kind: fc.constant('mask' as const), register, mask: value, xor: value }),
  record({ kind: fc.constant('lookup' as const), set: name, register }),
  record({ kind: fc.constant('lookup' as const), set: name, register, into: register }),
  record({ kind: fc.constant('lookup' as const), set: name, register, inverted: fc.constant(true) }),
  record({ kind: fc.constant('immediate' as const), register, value }),
  record({
    kind: fc.constant('verdict' as const),
    verdict: fc.oneof(
      record({ kind: fc.constantFrom('accept', 'drop', 'return') }),
      record({ kind: fc.constantFrom('jump', 'goto'), chain: name }),
    ),
  }),
  record({ kind: fc.constant('counter' as const), packets: u64, bytes: u64 }),
  record({ kind: fc.constant('duplicate' as const), addressRegister: register, deviceRegister: register }),
  record({ kind: fc.constant('duplicate' as const), addressRegister: register }),
  record({ kind: fc.constant('other' as const), name: fc.constant('limit'), data: fc.nat(9).chain(octets) }),
) as fc.Arbitrary<Expression>;
const family = fc.constantFrom('inet', 'ip', 'arp', 'netdev', 'bridge', 'ip6');
const element = fc.oneof(record({ key: value }), record({ key: value, data: value }));
const object = fc.oneof(
  record({ kind: fc.constant('table' as const), family, table: name }),
  record({ kind: fc.constant('chain' as const), family, table: name, chain: name }),
  record({
    kind: fc.constant('chain' as const),
    family,
    table: name,
    chain: name,
    base: record({
      hook: fc.constantFrom('prerouting', 'input', 'forward', 'output', 'postrouting'),
      priority: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      policy: fc.constantFrom('accept', 'drop'),
    }),
  }),
  record({
    kind: fc.constant('set' as const),
    family,
    table: name,
    set: name,
    keyType: u32,
    keyLength: u32,
    id: u32,
  }),
  record({
    kind: fc.constant('set' as const),
    family,
    table: name,
    set: name,
    keyType: u32,
    keyLength: u32,
    data: record({ type: u32, length: u32 }),
    constant: fc.constant(true),
    hostOrder: fc.constantFrom(true as const, 'key' as const, 'data' as const),
    id: u32,
  }),
  record({
    kind: fc.constant('set' as const),
    family,
    table: name,
    set: name,
    keyType: u32,
    keyLength: u32,
    data: record({ type: u32, length: u32 }),
    drawn: fc.constant(true),
    id: u32,
  }),
  record({
    kind: fc.constant('elements' as const),
    family,
    table: name,
    set: name,
    elements: fc.array(element, { maxLength: 3 }),
  }),
  record({
    kind: fc.constant('rule' as const),
    family,
    table: name,
    chain: name,
    expressions: fc.array(expression, { maxLength: 4 }),
    handle: u64,
  }),
) as fc.Arbitrary<NftObject>;

testCodec<NftObject>({
  name: 'nf_tables objects',
  values: object,
  fidelity: 'value',
  encode: (one) => {
    const writer = new ByteWriter();
    writeNftRequest(writer, 7, 'add', one);
    return writer.finish();
  },
  decode: (bytes) => {
    const { messages, refused } = readNetlinkMessages(bytes);
    const [message] = messages;
    if (refused || !message || messages.length > 1) return refuse(refused ?? 'count');
    const read = decodeNftMessage(message);
    return read.ok ? ok(structuredClone(read.value.object)) : read;
  },
});
testDecoder(
  'nf_tables reports',
  recorded('nft-dump').map(({ payload }) => payload),
  (payload) => decodeNftMessage({ type: 0x0a06, flags: 0, sequence: 0, port: 0, payload }),
);
test('objects that are nobody we know are refused with the reason', () => {
  const of = (type: number, bytes: number[]): unknown =>
    decodeNftMessage({ type, flags: 0, sequence: 0, port: 0, payload: Uint8Array.from(bytes) });
  assert.deepEqual(of(0x0a12, [2, 0, 0, 0]), { ok: false, error: 'type' });
  assert.deepEqual(of(0x0a00, [2, 0, 0]), { ok: false, error: 'short' });
  assert.deepEqual(of(0x0a00, [2, 0, 0, 0, 9, 0, 1, 0]), { ok: false, error: 'attributes' });
  assert.deepEqual(of(0x0a00, [2, 0, 0, 0]), { ok: false, error: 'incomplete' });
});
