/** Which services of the table a virtual server becomes: addresses, ranges and marks of a group, of one family or both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_GROUP_ADDRESSES } from '../../../src/base/limits.js';
import { configurationOf } from '../../support/configuration.js';
import { firstTable } from '../../support/first-table.js';

/** Services with their servers, as the table has them. */
const table = (text: string): Record<string, string[]> =>
  Object.fromEntries(
    [...firstTable(configurationOf(text))].map(([key, { destinations }]) => [
      key,
      [...destinations].map(([server, { method }]) => `${server} ${method.kind}`),
    ]),
  );
const group = (...entries: string[]): string => `virtual_server_group G {\n${entries.join('\n')}\n}\n`;
const service = (more: string, ...servers: string[]): string =>
  `virtual_server group G {\n lvs_sched rr\n ${more}\n${servers.map((one) => ` real_server ${one} {\n }\n`).join('')}}\n`;
const NAT = 'lvs_method NAT\n protocol TCP';

test('a range, a prefix and an address are a service each, with all servers', () => {
  const servers = ['10.0.0.1:81 NAT', '10.0.0.2:0 NAT'];
  const of = (entry: string): string[] => {
    const found = table(group(entry) + service(NAT, '10.0.0.1 81', '10.0.0.2'));
    for (const held of Object.values(found)) assert.deepEqual(held, servers);
    return Object.keys(found).map((key) => key.replace(/^tcp (.*):80$/, '$1'));
  };
  assert.deepEqual(of('192.0.2.9 80'), ['192.0.2.9']);
  assert.deepEqual(of('192.0.2.9-11 80'), ['192.0.2.9', '192.0.2.10', '192.0.2.11']);
  assert.deepEqual(of('192.0.2.254-192.0.3.1 80'), ['192.0.2.254', '192.0.2.255', '192.0.3.0', '192.0.3.1']);
  assert.deepEqual(of('192.0.2.4/30 80'), ['192.0.2.4', '192.0.2.5', '192.0.2.6', '192.0.2.7']);
  assert.equal(of('10.0.0.0-10.9.0.0 80').length, MAX_GROUP_ADDRESSES);
});

test('IPv6 ranges go over the ends of their groups of digits', () => {
  const found = table(group('2001:db8::fffe-2001:db8::1:1 80') + service(NAT, '2001:db8:1::1'));
  assert.deepEqual(
    Object.keys(found),
    ['fffe', 'ffff', '1:0', '1:1'].map((end) => `tcp [2001:db8::${end}]:80`),
  );
});

test('a server without a port takes that of each entry; with NAT it has none, and packets keep theirs', () => {
  for (const [method, ports] of [
    ['NAT', [0, 0]],
    ['DR', [80, 443]],
  ] as const) {
    const found = table(
      group('192.0.2.1 80', '192.0.2.1 443') + service(NAT.replace('NAT', method), '10.0.0.1'),
    );
    assert.deepEqual(found, {
      'tcp 192.0.2.1:80': [`10.0.0.1:${ports[0]} ${method}`],
      'tcp 192.0.2.1:443': [`10.0.0.1:${ports[1]} ${method}`],
    });
  }
});

test('marks of both families, beside addresses of both, where tunnels lead from one to the other', () => {
  const entries = group('192.0.2.1 80', '2001:db8::1 80', 'fwmark 6 inet', 'fwmark 7 inet6');
  const found = table(entries + service('lvs_method TUN\n protocol TCP', '10.0.0.1', '2001:db8:1::1'));
  const both = (port: number): string[] => [`10.0.0.1:${port} TUN`, `[2001:db8:1::1]:${port} TUN`];
  assert.deepEqual(found, {
    'tcp 192.0.2.1:80': both(80),
    'tcp [2001:db8::1]:80': both(80),
    'mark ipv4 6': both(0),
    'mark ipv6 7': both(0),
  });
});

test('two virtual servers of one group: a service for each protocol, and one mark that holds the servers of both', () => {
  const found = table(
    group('192.0.2.1 53', 'fwmark 6') +
      service(NAT, '10.0.0.1') +
      service(NAT.replace('TCP', 'UDP'), '10.0.0.2'),
  );
  assert.deepEqual(found, {
    'tcp 192.0.2.1:53': ['10.0.0.1:0 NAT'],
    'mark ipv4 6': ['10.0.0.1:0 NAT', '10.0.0.2:0 NAT'],
    'udp 192.0.2.1:53': ['10.0.0.2:0 NAT'],
  });
});
