/** rtnetlink against the kernel: what `ip` shows after our operations, what we see after those of `ip`. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { MAX_NETLINK_OPERATIONS } from '../../src/base/limits.js';
import { refuse } from '../../src/base/result.js';
import type { Input } from '../../src/core/inputs.js';
import { type AddressOperation, HOLDFAST_PROTOCOL } from '../../src/core/net/facts.js';
import { withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { Poller } from '../../src/host/linux/poller.js';
import { RtnlClient } from '../../src/host/linux/rtnl-client.js';
import { RtnlEvents, readSnapshot } from '../../src/host/netlink-sockets.js';
import { RtnlPipeline } from '../../src/host/rtnl-pipeline.js';
import { writeLinkQuery } from '../../src/wire/netlink/rtnl-link.js';
import { cable, ip, namespacesMissing, Rig, until } from './rig.js';

const skip = namespacesMissing;

const operation = (
  verb: 'add' | 'delete',
  interfaceIndex: number,
  address: string,
  more: object = {},
): AddressOperation => ({
  operation: verb,
  address: { interfaceIndex, address: ip(address), prefixLength: 24, scope: 0, ...more },
});

interface Shown {
  readonly addr_info: readonly { readonly local: string; readonly label?: string; readonly scope: string }[];
}
const shown = (rig: Rig): Shown['addr_info'] =>
  (JSON.parse(rig.ip('-j', 'addr', 'show', 'eth0')) as Shown[])[0]?.addr_info ?? [];

test('addresses are added and deleted as iproute2 sees them, marked as ours', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  rig.run({
    kind: 'apply-addresses',
    request: 7,
    operations: [
      operation('add', net.leftIndex, '10.9.0.100', { label: 'eth0:vip' }),
      operation('add', net.leftIndex, '192.0.2.101', { scope: 253 }),
    ],
  });
  const applied = await rig.next('addresses-applied');
  assert.equal(applied.request, 7);
  assert.deepEqual(
    applied.results.map(({ errno }) => errno),
    [undefined, undefined],
  );
  const vip = shown(rig).find(({ local }) => local === '10.9.0.100');
  assert.equal(vip?.label, 'eth0:vip');
  assert.equal(shown(rig).find(({ local }) => local === '192.0.2.101')?.scope, 'link');
  const { addresses } = await rig.inside(() => rig.host.inventory());
  assert.deepEqual(
    addresses
      .filter(({ protocol }) => protocol === HOLDFAST_PROTOCOL)
      .map(({ address }) => address)
      .sort(),
    ['10.9.0.100', '192.0.2.101'],
  );
  rig.run({
    kind: 'apply-addresses',
    request: 8,
    operations: [operation('delete', net.leftIndex, '10.9.0.100')],
  });
  await rig.next('addresses-applied', ({ request }) => request === 8);
  assert.equal(
    shown(rig).some(({ local }) => local === '10.9.0.100'),
    false,
  );
  await rig.next('address', ({ change, address }) => change === 'gone' && address.address === '10.9.0.100');
  // The answer has told of what we added, and a thousand events more would only cost time.
  assert.ok(!rig.inputs.some((input) => input.kind === 'address' && input.change === 'present'));
  await rig.host.close();
});

test('IPv6 addresses skip duplicate detection', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const address = {
    interfaceIndex: net.leftIndex,
    address: ip('2001:db8::100'),
    prefixLength: 64,
    scope: 0,
    flags: 0x02,
  };
  rig.run({ kind: 'apply-addresses', request: 1, operations: [{ operation: 'add', address }] });
  await rig.next('addresses-applied');
  assert.match(
    rig.ip('-6', 'addr', 'show', 'dev', 'eth0'),
    /2001:db8::100\/64 scope global nodad\b(?!.*tentative)/,
  );
  await rig.host.close();
});

test('an IPv6 address that nobody prefers is there, and deprecated', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const address = {
    interfaceIndex: net.leftIndex,
    address: ip('2001:db8::100'),
    prefixLength: 128,
    scope: 0,
    preferredLifetime: 0,
  };
  rig.run({ kind: 'apply-addresses', request: 1, operations: [{ operation: 'add', address }] });
  const { results } = await rig.next('addresses-applied');
  assert.deepEqual(
    results.map(({ errno }) => errno),
    [undefined],
  );
  const lifetimes = (): string => rig.ip('-6', 'addr', 'show', 'dev', 'eth0', 'to', '2001:db8::100');
  await until('the kernel has deprecated it', () => lifetimes().includes('deprecated'));
  assert.match(lifetimes(), /valid_lft forever preferred_lft 0sec/);
  rig.run({ kind: 'apply-addresses', request: 2, operations: [{ operation: 'delete', address }] });
  const gone = await rig.next('addresses-applied', ({ request }) => request === 2);
  assert.equal(gone.results[0]?.errno, undefined);
  await rig.host.close();
});

test('whether an interface forwards IPv6 is known at the start, and followed', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const forwarding = (value: '0' | '1'): void =>
    rig.inside(() => writeFileSync('/proc/sys/net/ipv6/conf/eth0/forwarding', value));
  const known = async (): Promise<boolean> => {
    const { links } = await rig.inside(() => rig.host.inventory());
    return links.find(({ index }) => index === net.leftIndex)?.forwardsIpv6 ?? false;
  };
  assert.equal(await known(), false);
  forwarding('1');
  const on = await rig.next('forwarding', ({ interfaceIndex }) => interfaceIndex === net.leftIndex);
  assert.equal(on.ipv6, true);
  assert.equal(await known(), true);
  rig.forget();
  forwarding('0');
  const off = await rig.next('forwarding', ({ interfaceIndex }) => interfaceIndex === net.leftIndex);
  assert.equal(off.ipv6, false);
  await rig.host.close();
});

test('errors are told for the very operation that failed, the others are done', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const operations = [
    operation('add', net.leftIndex, '10.9.0.100'),
    operation('add', net.leftIndex, '10.9.0.100'),
    operation('add', 4711, '10.9.0.101'),
    operation('delete', net.leftIndex, '10.9.0.222'),
    operation('add', net.leftIndex, '10.9.0.102'),
  ];
  rig.run({ kind: 'apply-addresses', request: 1, operations });
  const { results } = await rig.next('addresses-applied');
  assert.deepEqual(
    results.map(({ errno }) => errno),
    [undefined, 17, 19, 99, undefined],
  );
  assert.deepEqual(
    results.map((result) => result.operation),
    operations,
  );
  // The last of a chunk fails: its error is its acknowledgement.
  rig.run({
    kind: 'apply-addresses',
    request: 2,
    operations: [
      operation('delete', net.leftIndex, '10.9.0.100'),
      operation('add', net.leftIndex, '10.9.0.102'),
    ],
  });
  const second = await rig.next('addresses-applied', ({ request }) => request === 2);
  assert.deepEqual(
    second.results.map(({ errno }) => errno),
    [undefined, 17],
  );
  await rig.host.close();
});

test('a thousand addresses, twice: all added, then a thousand refusals, none lost', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const operations = Array.from({ length: 1000 }, (_, i) =>
    operation('add', net.leftIndex, `10.${20 + Math.floor(i / 250)}.0.${1 + (i % 250)}`),
  );
  assert.ok(operations.length > 3 * MAX_NETLINK_OPERATIONS);
  rig.run({ kind: 'apply-addresses', request: 1, operations });
  // One chunk per turn: what else waits gets its turn in between.
  assert.equal(rig.of('addresses-applied').length, 0);
  const first = await rig.next('addresses-applied');
  assert.equal(first.results.filter(({ errno }) => errno !== undefined).length, 0);
  assert.equal(shown(rig).filter(({ local }) => /^10\.2/.test(local)).length, 1000);
  rig.run({ kind: 'apply-addresses', request: 2, operations });
  const second = await rig.next('addresses-applied', ({ request }) => request === 2);
  assert.deepEqual([...new Set(second.results.map(({ errno }) => errno))], [17]);
  assert.equal(second.results.length, 1000);
  await rig.host.close();
});

test('requests are answered in order, empty ones too', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const many = Array.from({ length: 300 }, (_, i) =>
    operation('delete', net.leftIndex, `10.30.${i >> 8}.${i & 255}`),
  );
  rig.run(
    { kind: 'apply-addresses', request: 1, operations: many },
    { kind: 'apply-addresses', request: 2, operations: [] },
    { kind: 'apply-addresses', request: 3, operations: [operation('add', net.leftIndex, '10.9.0.100')] },
  );
  await rig.next('addresses-applied', ({ request }) => request === 3);
  assert.deepEqual(
    rig.of('addresses-applied').map(({ request }) => request),
    [1, 2, 3],
  );
  await rig.host.close();
});

test('links and addresses of others are seen as they come, change and go', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const { links } = await rig.inside(() => rig.host.inventory());
  assert.deepEqual(
    links.map(({ name }) => name),
    ['lo', 'eth0'],
  );
  rig.ip('link', 'add', 'br0', 'type', 'bridge');
  const born = await rig.next('link', ({ link }) => link.name === 'br0');
  assert.equal(born.change, 'present');
  assert.equal(born.link.kind, 'bridge');
  rig.ip('link', 'set', 'br0', 'up');
  await rig.next('link', ({ link }) => link.name === 'br0' && link.up);
  rig.ip('addr', 'add', '192.0.2.1/24', 'dev', 'br0');
  await rig.next('address', ({ address }) => address.address === '192.0.2.1');
  rig.ip('link', 'del', 'br0');
  const gone = await rig.next('link', ({ change }) => change === 'gone');
  assert.equal(gone.link.name, 'br0');
  rig.forget();
  // A bridge port's messages share the group; they are not news of links that come and go.
  rig.ip('link', 'set', 'eth0', 'down');
  await rig.next('link', ({ link }) => link.name === 'eth0' && !link.up);
  await rig.host.close();
});

test('lost events are made good by the whole truth', { skip }, async (t) => {
  const net = cable();
  const inputs: Input[] = [];
  const lines: string[] = [];
  const poller = new Poller();
  let failures = 1;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  // The smallest buffer that the kernel gives holds a handful of events.
  const events = withNetworkNamespace(
    net.left,
    () =>
      new RtnlEvents(
        poller,
        (input) => inputs.push(input),
        (text) => lines.push(text),
        {
          buffer: 1,
          read: () => {
            const client = new RtnlClient();
            const truth = readSnapshot(client);
            client.close();
            return failures-- > 0 ? refuse({ code: 'EMFILE', message: 'no descriptor is left' }) : truth;
          },
        },
      ),
  );
  t.after(() => {
    events.close();
    poller.close();
  });
  const rig = Rig.create(net.left);
  const operations = Array.from({ length: 60 }, (_, i) =>
    operation('add', net.leftIndex, `10.40.0.${i + 1}`),
  );
  rig.run({ kind: 'apply-addresses', request: 1, operations });
  withNetworkNamespace(net.left, () => poller.poll());
  assert.match(lines.at(-1) ?? '', /no descriptor is left; it is tried again/);
  assert.ok(!inputs.some(({ kind }) => kind === 'resync'));
  withNetworkNamespace(net.left, () => t.mock.timers.tick(1000));
  t.mock.timers.reset();
  const resync = inputs.find((input) => input.kind === 'resync');
  assert.ok(resync?.kind === 'resync');
  assert.equal(resync.addresses.filter(({ address }) => address.startsWith('10.40.')).length, 60);
  assert.deepEqual(
    resync.links.map(({ name }) => name),
    ['lo', 'eth0'],
  );
  assert.equal(lines.length, 3);
  // What waited was older than the truth. And it goes on hearing.
  inputs.length = 0;
  rig.ip('addr', 'add', '192.0.2.9/24', 'dev', 'eth0');
  await until('the next event', () => {
    withNetworkNamespace(net.left, () => poller.poll());
    return inputs.some((input) => input.kind === 'address' && input.address.address === '192.0.2.9');
  });
  assert.ok(!inputs.some((input) => input.kind === 'address' && input.address.address.startsWith('10.40.')));
  await rig.host.close();
});

test('what is sent mute is acknowledged, and nothing comes of it', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const inputs: Input[] = [];
  const before = rig.ip('-d', 'addr', 'show');
  rig.inside(() => {
    const pipeline = new RtnlPipeline(
      (input) => inputs.push(input),
      () => {},
      () => {},
      true,
    );
    const { leftIndex } = net;
    pipeline.addresses(1, [
      operation('add', leftIndex, '10.9.0.100'),
      operation('add', leftIndex, '2001:db8::9', { prefixLength: 64 }),
      operation('delete', leftIndex, '10.9.0.1'),
    ]);
    pipeline.close();
  });
  const [applied] = inputs;
  assert.ok(applied?.kind === 'addresses-applied');
  assert.deepEqual(
    applied.results.map(({ errno }) => errno),
    [undefined, undefined, undefined],
  );
  assert.equal(rig.ip('-d', 'addr', 'show'), before);
  await rig.host.close();
});

test('what cannot even be sent is refused, each operation with why', () => {
  const EBADF = 9;
  const inputs: Input[] = [];
  const pipeline = new RtnlPipeline(
    (input) => inputs.push(input),
    () => {},
    () => {},
  );
  pipeline.close();
  pipeline.addresses(1, [operation('add', 1, '10.9.0.100'), operation('delete', 1, '10.9.0.101')]);
  const [applied] = inputs;
  assert.ok(applied?.kind === 'addresses-applied');
  assert.deepEqual(
    applied.results.map(({ errno }) => errno),
    [EBADF, EBADF],
  );
});

test('a refused request says what was tried and why', { skip }, () => {
  const net = cable();
  withNetworkNamespace(net.left, () => {
    const client = new RtnlClient();
    const missing = client.request('looking for eth9', (writer, sequence) =>
      writeLinkQuery(writer, sequence, 'eth9'),
    );
    assert.deepEqual(missing, {
      ok: false,
      error: { code: 'ENODEV', message: 'looking for eth9: there is no such device' },
    });
    client.close();
  });
});
