/** Virtual interfaces as a kernel with macvlan and ipvlan reported them, and our requests beside iproute2's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteWriter } from '../../../src/base/bytes.js';
import { readAttributes } from '../../../src/wire/netlink/attributes.js';
import type { LinkFacts } from '../../../src/wire/netlink/facts.js';
import { readNetlinkMessages } from '../../../src/wire/netlink/message.js';
import { decodeLink } from '../../../src/wire/netlink/rtnl-link.js';
import {
  writeLinkConfiguration,
  writeLinkTouch,
  writeLinkUp,
  writeVirtualLinkCreate,
  writeVirtualLinkDelete,
} from '../../../src/wire/netlink/rtnl-virtual-link.js';
import { mac } from '../../base/values.js';
import { fixtureBytes } from '../fixtures.js';
import { recorded } from './recordings.js';

describe('recorded virtual interfaces', () => {
  const links = new Map<string, LinkFacts>();
  for (const message of recorded('virtual-links')) {
    const read = decodeLink(message.payload);
    if (read.ok) links.set(read.value.name, read.value);
  }
  const indexOf = (name: string): number | undefined => links.get(name)?.index;

  test('macvlans with mode, group, remark, parent and the VRF they belong to', () => {
    const { index: _index, ...mv0 } = links.get('mv0') ?? assert.fail();
    assert.deepEqual(mv0, {
      name: 'mv0',
      up: false,
      running: false,
      loopback: false,
      noArp: false,
      multicast: true,
      mac: mac('00:00:5e:00:01:33'),
      mtu: 1500,
      kind: 'macvlan',
      parent: indexOf('a0'),
      master: indexOf('red'),
      macvlanMode: 'private',
    });
    const mv1 = links.get('mv1');
    assert.equal(mv1?.macvlanMode, 'bridge');
    assert.equal(mv1.group, 7);
    assert.equal(mv1.alias, 'holdfast');
    assert.equal(links.get('a0')?.group, 5);
  });
  test('ipvlans with layer and isolation', () => {
    for (const [isolation, parent] of [
      ['private', 'a1'],
      ['vepa', 'b0'],
      ['bridge', 'b1'],
    ] as const) {
      const link = links.get(`iv-${isolation}`);
      assert.equal(link?.kind, 'ipvlan');
      assert.equal(link.ipvlanMode, 'l2');
      assert.equal(link.ipvlanIsolation, isolation);
      assert.equal(link.parent, indexOf(parent));
    }
  });
});

/** Fixed part and attributes, those of nests by the path of their types, in any order. */
function understood(datagram: Uint8Array) {
  const { messages, refused } = readNetlinkMessages(datagram);
  const [message] = messages;
  assert.ok(message && messages.length === 1 && refused === undefined);
  const found: Record<string, string> = {};
  const NESTS = /^(18|18\/2|26|26\/\d+|26\/2\/1)$/;
  const walk = (bytes: Uint8Array, path: string): void => {
    for (const [type, value] of readAttributes(bytes) ?? assert.fail()) {
      const here = path === '' ? `${type}` : `${path}/${type}`;
      if (NESTS.test(here)) walk(value, here);
      // Names come with and without their NUL.
      else
        found[here] = Buffer.from(value)
          .toString('latin1')
          .replace(/(?<=\w)\0$/, '');
    }
  };
  walk(message.payload.slice(16), '');
  const fixed = Buffer.from(message.payload.slice(0, 16)).toString('hex');
  return { type: message.type, flags: message.flags, fixed, attributes: found };
}

describe('our requests for virtual interfaces say what iproute2 says', () => {
  const lines = Buffer.from(fixtureBytes('netlink/virtual-requests.txt')).toString('utf8').trim().split('\n');
  const theirs = new Map<string, Uint8Array>();
  for (let i = 0; i + 1 < lines.length; i += 2)
    theirs.set(lines[i] ?? '', new Uint8Array(Buffer.from(lines[i + 1] ?? '', 'hex')));
  const written = (write: (writer: ByteWriter) => void): Uint8Array => {
    const writer = new ByteWriter(8);
    write(writer);
    return writer.finish();
  };
  const A0 = 3;
  const A1 = 2;
  const macvlan = { kind: 'macvlan', parent: A0 } as const;
  const isolation = (name: string, one: 'bridge' | 'private' | 'vepa') =>
    [
      `ip link add link a1 name ${name} type ipvlan mode l2 ${one}`,
      (w: ByteWriter) =>
        writeVirtualLinkCreate(w, 1, { kind: 'ipvlan', name, parent: A1, isolation: one }, true),
    ] as const;
  const rows: readonly (readonly [string, (writer: ByteWriter) => void])[] = [
    [
      'ip link add link a0 name mv0 address 00:00:5e:00:01:33 type macvlan mode private',
      (w) => writeVirtualLinkCreate(w, 1, { ...macvlan, name: 'mv0', mac: mac('00:00:5e:00:01:33') }, true),
    ],
    [
      'ip link add link a0 name mv1 address 00:00:5e:00:02:33 group 7 type macvlan mode private',
      (w) =>
        writeVirtualLinkCreate(
          w,
          1,
          { ...macvlan, name: 'mv1', mac: mac('00:00:5e:00:02:33'), group: 7 },
          true,
        ),
    ],
    isolation('iv0', 'bridge'),
    isolation('iv1', 'private'),
    isolation('iv2', 'vepa'),
    ['ip link set mv1 group 9', (w) => writeLinkTouch(w, 1, 6, 9, true)],
  ];
  for (const [command, write] of rows) {
    test(command, () => {
      const reference = theirs.get(command);
      assert.ok(reference, 'not recorded');
      assert.deepEqual(understood(written(write)), understood(reference));
    });
  }
  test('ip link del', () => {
    const last = [...lines].reverse().find((line) => line.startsWith('20000000'));
    const reference = new Uint8Array(Buffer.from(last ?? '', 'hex'));
    assert.deepEqual(
      understood(written((w) => writeVirtualLinkDelete(w, 1, 9, true))),
      understood(reference),
    );
  });

  test('what is set on a link that is there: as iproute2 sets it one by one, but by the name', () => {
    const ours = understood(
      written((w) =>
        writeLinkConfiguration(
          w,
          1,
          'mv0',
          {
            ipv4: { arp_ignore: 1, rp_filter: 0 },
            withoutAddressGeneration: true,
            group: 9,
            master: 4,
            alias: 'holdfast',
          },
          true,
        ),
      ),
    );
    const attributes = (command: string) => understood(theirs.get(command) ?? assert.fail()).attributes;
    assert.deepEqual(ours.attributes, {
      '3': 'mv0',
      ...attributes('ip link set mv1 group 9'),
      ...attributes('ip link set mv0 master red'),
      ...attributes('ip link set mv1 alias holdfast'),
      ...attributes('ip link set mv0 addrgenmode none'),
      // IPV4_DEVCONF_ARP_IGNORE and IPV4_DEVCONF_RP_FILTER: iproute2 has no word for them.
      '26/2/1/8': '\0\0\0\0',
      '26/2/1/19': '\x01\0\0\0',
    });
    assert.equal(ours.fixed, '0'.repeat(32));
  });
  test('up, and nothing else', () => {
    const up = understood(written((w) => writeLinkUp(w, 1, 'mv0', false)));
    assert.deepEqual(up, {
      type: 16,
      flags: 1,
      fixed: '00000000000000000100000001000000',
      attributes: { '3': 'mv0' },
    });
  });
});
