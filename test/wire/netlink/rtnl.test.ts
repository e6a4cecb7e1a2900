/** Links and addresses as this kernel reported them, and our requests beside those of iproute2. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../../src/base/bytes.js';
import { familyOf } from '../../../src/base/ip-address.js';
import { readAttributes } from '../../../src/wire/netlink/attributes.js';
import type { AddressFacts, LinkFacts } from '../../../src/wire/netlink/facts.js';
import { type NetlinkMessage, readNetlinkMessages } from '../../../src/wire/netlink/message.js';
import {
  decodeAddress,
  RTM_DELADDR,
  RTM_NEWADDR,
  writeAddressDump,
  writeAddressRequest,
} from '../../../src/wire/netlink/rtnl-address.js';
import {
  decodeLink,
  RTM_DELLINK,
  RTM_NEWLINK,
  writeLinkChange,
  writeLinkCreate,
  writeLinkDelete,
  writeLinkDump,
  writeLinkQuery,
} from '../../../src/wire/netlink/rtnl-link.js';
import { ip, mac } from '../../base/values.js';
import { address, byte, record } from '../arbitraries.js';
import { testCodec, testDecoder } from '../codec-harness.js';
import { fixtureBytes } from '../fixtures.js';
import { itemBoundary, recorded } from './recordings.js';

const linksOf = (messages: readonly NetlinkMessage[], type = RTM_NEWLINK): LinkFacts[] =>
  messages
    .filter((message) => message.type === type)
    .flatMap((message) => {
      const read = decodeLink(message.payload);
      return read.ok ? [read.value] : [];
    });

const addressesOf = (messages: readonly NetlinkMessage[], type = RTM_NEWADDR): AddressFacts[] =>
  messages
    .filter((message) => message.type === type)
    .map((message) => {
      const read = decodeAddress(message.payload);
      assert.ok(read.ok);
      return read.value;
    });

describe('recorded links', () => {
  const links = linksOf(recorded('links'));
  const named = (name: string): LinkFacts => {
    const link = links.find((l) => l.name === name);
    assert.ok(link, name);
    return link;
  };
  test('each with its kind, flags and relations', () => {
    assert.deepEqual(links.map((l) => l.name).sort(), ['a0', 'a1', 'br0', 'lo', 'mv0']);
    const { index, ...lo } = named('lo');
    assert.equal(index, 1);
    assert.deepEqual(lo, {
      name: 'lo',
      up: true,
      running: true,
      loopback: true,
      noArp: false,
      multicast: false,
      mac: mac('00:00:00:00:00:00'),
      mtu: 65536,
    });
    assert.deepEqual(named('a0'), {
      index: named('a0').index,
      name: 'a0',
      up: true,
      running: true,
      loopback: false,
      noArp: false,
      multicast: true,
      mac: mac('02:00:00:00:00:01'),
      mtu: 1500,
      kind: 'veth',
      parent: named('a1').index,
    });
    assert.equal(named('a1').master, named('br0').index);
    assert.equal(named('br0').kind, 'bridge');
    assert.equal(named('mv0').kind, 'macvlan');
    assert.equal(named('mv0').parent, named('a0').index);
    assert.equal(named('mv0').mac, mac('00:00:5e:00:01:33'));
    assert.equal(named('mv0').up, false);
  });
  test('a port that leaves its bridge is not a link that is deleted', () => {
    const messages = recorded('events-left-bridge');
    const deletions = messages.filter((m) => m.type === RTM_DELLINK);
    assert.ok(deletions.length > 0, 'the recording has the trap in it');
    for (const deletion of deletions) {
      assert.deepEqual(decodeLink(deletion.payload), { ok: false, error: 'other-family' });
    }
    assert.equal(linksOf(messages).at(-1)?.master, undefined);
  });
  test('a peer that goes down takes the carrier along: up but not running', () => {
    const last = linksOf(recorded('events-peer-down'))
      .filter((l) => l.name === 'a0')
      .at(-1);
    assert.equal(last?.up, true);
    assert.equal(last?.running, false);
  });
  test('a deleted link says who it was, and so do those that go with it', () => {
    const gone = linksOf(recorded('events-link-deleted'), RTM_DELLINK).map((l) => l.name);
    assert.deepEqual([...new Set(gone)].sort(), ['a0', 'a1', 'mv0']);
  });
  test('a message without name or MTU, as wireless events are, is incomplete', () => {
    const header = new Uint8Array(16);
    assert.deepEqual(decodeLink(header), { ok: false, error: 'incomplete' });
    assert.deepEqual(decodeLink(header.slice(0, 15)), { ok: false, error: 'short' });
    assert.deepEqual(decodeLink(Uint8Array.of(...header, 9, 0, 3, 0)), { ok: false, error: 'attributes' });
  });
  const one = recorded('links').find((m) => linksOf([m])[0]?.name === 'mv0');
  assert.ok(one);
  testDecoder('links', [one.payload], decodeLink);
});

describe('recorded addresses', () => {
  const addresses = addressesOf(recorded('addresses'));
  const of = (text: string): AddressFacts => {
    const found = addresses.find((a) => a.address === text);
    assert.ok(found, text);
    return found;
  };
  test('each with scope, flags, label, peer and mark', () => {
    const { interfaceIndex } = of('192.0.2.1');
    assert.deepEqual(of('192.0.2.1'), {
      interfaceIndex,
      family: 'ipv4',
      address: '192.0.2.1',
      prefixLength: 24,
      scope: 0,
      label: 'a0',
      flags: 0x80,
      broadcast: '192.0.2.255',
    });
    assert.deepEqual(of('192.0.2.100'), {
      interfaceIndex,
      family: 'ipv4',
      address: '192.0.2.100',
      prefixLength: 24,
      scope: 0,
      label: 'a0:vip',
      flags: 0x81,
    });
    assert.deepEqual(of('198.51.100.1'), {
      interfaceIndex,
      family: 'ipv4',
      address: '198.51.100.1',
      prefixLength: 32,
      scope: 253,
      label: 'a0',
      flags: 0x80,
      peer: '198.51.100.2',
    });
    assert.equal(of('203.0.113.9').protocol, 0x48);
    assert.equal(of('127.0.0.1').scope, 254);
    const six = of('2001:db8::100');
    assert.equal(six.family, 'ipv6');
    assert.equal(six.prefixLength, 64);
    assert.equal(six.label, undefined);
    assert.equal(six.peer, undefined);
    assert.equal(six.flags & 0x82, 0x82);
  });
  test('a secondary goes with its primary', () => {
    const gone = addressesOf(recorded('events-primary-deleted'), RTM_DELADDR).map((a) => a.address);
    assert.deepEqual([...gone].sort(), ['192.0.2.1', '192.0.2.100']);
  });
  test('faults have their reasons', () => {
    const good = [2, 24, 0, 0, 1, 0, 0, 0];
    const local = [8, 0, 2, 0, 192, 0, 2, 1];
    const reason = (...bytes: number[]): unknown => {
      const read = decodeAddress(Uint8Array.from(bytes));
      return read.ok ? 'accepted' : read.error;
    };
    assert.equal(reason(...good, ...local), 'accepted');
    assert.equal(reason(...good.slice(0, 7)), 'short');
    assert.equal(reason(7, ...good.slice(1), ...local), 'other-family');
    assert.equal(reason(...good, 9, 0, 2, 0, 192), 'attributes');
    assert.equal(reason(...good), 'incomplete');
    assert.equal(reason(10, ...good.slice(1), ...local), 'incomplete');
    assert.equal(reason(2, 33, ...good.slice(2), ...local), 'incomplete');
  });
});

const facts: fc.Arbitrary<AddressFacts> = fc.constantFrom('ipv4' as const, 'ipv6' as const).chain((family) =>
  record({
    interfaceIndex: fc.integer({ min: 1, max: 0x7fffffff }),
    address: address(family),
    prefixLength: fc.nat(family === 'ipv4' ? 32 : 128),
    scope: byte,
    flags: fc.nat(0xffff),
    label: fc.option(fc.stringMatching(/^[a-z0-9:]{1,15}$/), { nil: undefined }),
    protocol: fc.option(byte, { nil: undefined }),
    peer: fc.option(address(family), { nil: undefined }),
    broadcast: fc.option(address(family), { nil: undefined }),
  }).map(({ label, protocol, peer, broadcast, ...rest }) => ({
    family,
    ...rest,
    ...(label !== undefined && family === 'ipv4' ? { label } : {}),
    ...(protocol !== undefined ? { protocol } : {}),
    ...(peer !== undefined && peer !== rest.address ? { peer } : {}),
    ...(broadcast !== undefined ? { broadcast } : {}),
  })),
);

testCodec<AddressFacts>({
  name: 'rtnetlink address',
  values: facts,
  fidelity: 'value',
  encode: (value) => {
    const writer = new ByteWriter(8);
    writeAddressRequest(writer, 1, 'add', value, false);
    const [message] = readNetlinkMessages(writer.finish()).messages;
    assert.ok(message);
    return message.payload.slice();
  },
  decode: decodeAddress,
  wholePrefix: (bytes, end) =>
    end >= 8 && itemBoundary(bytes, end, 8, (at) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)),
});

interface Understood {
  readonly type: number;
  readonly flags: number;
  readonly fixed: string;
  readonly attributes: unknown;
}

/** Fixed part and attributes, nests opened, whatever their order: what the kernel understands. */
function understood(bytes: Uint8Array, fixedLength: number): Understood {
  const { messages, refused } = readNetlinkMessages(bytes);
  assert.equal(refused, undefined);
  const [message] = messages;
  assert.ok(message && messages.length === 1);
  const LINK_INFO = 18;
  const tree = (part: Uint8Array, path: string): unknown => {
    const attributes = readAttributes(part);
    assert.ok(attributes);
    return Object.fromEntries(
      [...attributes]
        .sort(([a], [b]) => a - b)
        .map(([type, value]) => {
          const here = `${path}/${type}`;
          if (fixedLength === 16 && [`/${LINK_INFO}`, `/${LINK_INFO}/2`].includes(here))
            return [type, tree(value, here)];
          // VETH_INFO_PEER holds an ifinfomsg and attributes again.
          if (fixedLength === 16 && here === `/${LINK_INFO}/2/1`)
            return [type, [Buffer.from(value.slice(0, 16)).toString('hex'), tree(value.slice(16), '')]];
          // Names come with and without their NUL.
          return [
            type,
            Buffer.from(value)
              .toString('hex')
              .replace(/(00)+$/, (zeros) => (zeros.length > 2 ? zeros : '')),
          ];
        }),
    );
  };
  return {
    type: message.type,
    flags: message.flags,
    fixed: Buffer.from(message.payload.slice(0, fixedLength)).toString('hex'),
    attributes: tree(message.payload.slice(fixedLength), ''),
  };
}

describe('our requests say what iproute2 says', () => {
  const lines = Buffer.from(fixtureBytes('netlink/requests.txt')).toString('utf8').trim().split('\n');
  const theirs = new Map<string, Uint8Array>();
  for (let i = 0; i + 1 < lines.length; i += 2)
    theirs.set(lines[i] ?? '', new Uint8Array(Buffer.from(lines[i + 1] ?? '', 'hex')));

  const A1 = 6;
  const A0 = 7;
  const BR0 = 8;
  const on = { interfaceIndex: A0, scope: 0 };
  const vip = { ...on, address: ip('192.0.2.100'), prefixLength: 24 };
  const rows: readonly (readonly [string, number, (writer: ByteWriter) => void])[] = [
    [
      'ip link add a0 address 02:00:00:00:00:01 type veth peer name a1 address 02:00:00:00:00:02',
      16,
      (w) =>
        writeLinkCreate(w, 1, {
          name: 'a0',
          mac: mac('02:00:00:00:00:01'),
          kind: 'veth',
          peer: { name: 'a1', mac: mac('02:00:00:00:00:02') },
        }),
    ],
    ['ip link add br0 type bridge', 16, (w) => writeLinkCreate(w, 1, { name: 'br0', kind: 'bridge' })],
    ['ip link set a1 master br0', 16, (w) => writeLinkChange(w, 1, A1, { master: BR0 })],
    ['ip link set a1 nomaster', 16, (w) => writeLinkChange(w, 1, A1, { master: 0 })],
    ['ip link set a0 up', 16, (w) => writeLinkChange(w, 1, A0, { up: true })],
    ['ip link set a0 down', 16, (w) => writeLinkChange(w, 1, A0, { up: false })],
    ['ip link set a0 name a9', 16, (w) => writeLinkChange(w, 1, A0, { name: 'a9' })],
    [
      'ip link set a9 address 02:00:00:00:00:07',
      16,
      (w) => writeLinkChange(w, 1, A0, { mac: mac('02:00:00:00:00:07') }),
    ],
    ['ip link del a9', 16, (w) => writeLinkDelete(w, 1, A0)],
    [
      'ip address add 192.0.2.1/24 brd 192.0.2.255 dev a9',
      8,
      (w) =>
        writeAddressRequest(
          w,
          1,
          'add',
          { ...on, address: ip('192.0.2.1'), prefixLength: 24, broadcast: ip('192.0.2.255') },
          true,
        ),
    ],
    [
      'ip address add 192.0.2.100/24 dev a9 label a9:vip',
      8,
      (w) => writeAddressRequest(w, 1, 'add', { ...vip, label: 'a9:vip' }, true),
    ],
    [
      'ip address replace 192.0.2.100/24 dev a9 label a9:vip',
      8,
      (w) => writeAddressRequest(w, 1, 'replace', { ...vip, label: 'a9:vip' }, true),
    ],
    ['ip address del 192.0.2.100/24 dev a9', 8, (w) => writeAddressRequest(w, 1, 'delete', vip, true)],
    [
      'ip address add 198.51.100.1 peer 198.51.100.2/32 dev a9 scope link',
      8,
      (w) =>
        writeAddressRequest(
          w,
          1,
          'add',
          { ...on, address: ip('198.51.100.1'), prefixLength: 32, peer: ip('198.51.100.2'), scope: 253 },
          true,
        ),
    ],
    [
      'ip address add 2001:db8::100/64 dev a9 nodad',
      8,
      (w) =>
        writeAddressRequest(
          w,
          1,
          'add',
          { ...on, address: ip('2001:db8::100'), prefixLength: 64, flags: 0x02 },
          true,
        ),
    ],
    [
      'ip address add 2001:db8::102/128 dev a9 preferred_lft 0 nodad',
      8,
      (w) =>
        writeAddressRequest(
          w,
          1,
          'add',
          { ...on, address: ip('2001:db8::102'), prefixLength: 128, flags: 0x02, preferredLifetime: 0 },
          true,
        ),
    ],
  ];
  for (const [command, fixedLength, write] of rows) {
    test(command, () => {
      const reference = theirs.get(command);
      assert.ok(reference, 'not recorded');
      const writer = new ByteWriter(8);
      write(writer);
      assert.deepEqual(understood(writer.finish(), fixedLength), understood(reference, fixedLength));
    });
  }
  test('flags beyond eight bits go into their attribute', () => {
    const reference = theirs.get('ip address add 2001:db8::101/64 dev a9 nodad noprefixroute');
    assert.ok(reference);
    const writer = new ByteWriter();
    writeAddressRequest(
      writer,
      1,
      'add',
      { ...on, address: ip('2001:db8::101'), prefixLength: 64, flags: 0x202 },
      true,
    );
    const ours = understood(writer.finish(), 8);
    const theirsRead = understood(reference, 8);
    assert.deepEqual(ours.attributes, theirsRead.attributes);
  });
});

describe('requests that iproute2 words differently', () => {
  const bytesOf = (write: (writer: ByteWriter) => void): Uint8Array => {
    const writer = new ByteWriter(8);
    write(writer);
    return writer.finish();
  };
  const only = (bytes: Uint8Array): NetlinkMessage => {
    const { messages } = readNetlinkMessages(bytes);
    const [message] = messages;
    assert.ok(message && messages.length === 1);
    return message;
  };
  test('a chunk is many messages; only who asks gets an acknowledgement', () => {
    const chunk = bytesOf((writer) => {
      for (let i = 1; i <= 3; i++)
        writeAddressRequest(
          writer,
          i,
          'add',
          { interfaceIndex: 2, address: ip(`192.0.2.${i}`), prefixLength: 24, scope: 0, protocol: 0x48 },
          i === 3,
        );
    });
    const { messages, refused } = readNetlinkMessages(chunk);
    assert.equal(refused, undefined);
    assert.deepEqual(
      messages.map((m) => [m.sequence, m.flags & 0x4]),
      [
        [1, 0],
        [2, 0],
        [3, 4],
      ],
    );
    assert.deepEqual(
      addressesOf(messages).map((a) => [a.address, a.protocol, familyOf(a.address)]),
      [
        ['192.0.2.1', 0x48, 'ipv4'],
        ['192.0.2.2', 0x48, 'ipv4'],
        ['192.0.2.3', 0x48, 'ipv4'],
      ],
    );
  });
  test('a link moves into a namespace by descriptor or by process', () => {
    const of = (namespace: { fd: number } | { pid: number }) =>
      readAttributes(only(bytesOf((w) => writeLinkChange(w, 1, 3, { namespace }))).payload.subarray(16));
    assert.deepEqual(
      [...(of({ fd: 7 }) ?? [])].map(([type, value]) => [type, value[0]]),
      [[28, 7]],
    );
    assert.deepEqual(
      [...(of({ pid: 9 }) ?? [])].map(([type, value]) => [type, value[0]]),
      [[19, 9]],
    );
  });
  // record.py asked the kernel for links.bin and addresses.bin with these bodies.
  test('dumps and queries', () => {
    const hex = (write: (writer: ByteWriter) => void): string => Buffer.from(bytesOf(write)).toString('hex');
    const header = (length: string, type: string, flags: string): string =>
      `${length}000000${type}00${flags}0500000000000000`;
    assert.equal(
      hex((w) => writeLinkDump(w, 5)),
      `${header('28', '12', '0103')}${'00'.repeat(16)}08001d0008000000`,
    );
    assert.equal(
      hex((w) => writeAddressDump(w, 5)),
      `${header('18', '16', '0103')}${'00'.repeat(8)}`,
    );
    assert.equal(
      hex((w) => writeLinkQuery(w, 5, 'eth0')),
      `${header('34', '12', '0100')}${'00'.repeat(16)}09000300657468300000000008001d0008000000`,
    );
  });
});
