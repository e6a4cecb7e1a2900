/** Routes and rules against the kernel: what `ip` shows after our operations, and what we hear of those of others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Input } from '../../src/core/inputs.js';
import type { Route, RoutingOperation, Rule } from '../../src/core/net/facts.js';
import { withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { Poller } from '../../src/host/linux/poller.js';
import { RtnlEvents } from '../../src/host/netlink-sockets.js';
import { cable, ip, namespacesMissing, Rig, until } from './rig.js';

const skip = namespacesMissing;

const route = (destination: string, more: Partial<Route> = {}): Route => ({
  family: destination.includes(':') ? 'ipv6' : 'ipv4',
  type: 1,
  table: 254,
  protocol: 18,
  scope: 0,
  tos: 0,
  destination: { address: ip(destination), length: destination.includes(':') ? 48 : 24 },
  flags: 0,
  ...more,
});
const rule = (priority: number, more: Partial<Rule> = {}): Rule => ({
  family: 'ipv4',
  action: 1,
  table: 7,
  invert: false,
  tos: 0,
  priority,
  protocol: 18,
  ...more,
});
const add = (what: Route): RoutingOperation => ({ item: 'route', verb: 'prepend', route: what });
const remove = (what: Route): RoutingOperation => ({ item: 'route', verb: 'delete', route: what });

const VIA = ip('10.9.0.254');

test('routes and rules come and go behind the addresses that they need', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const interfaceIndex = net.leftIndex;
  const address = { interfaceIndex, address: ip('192.0.2.1'), prefixLength: 24, scope: 0 };
  const behind = route('198.51.100.0', { via: ip('192.0.2.254'), interfaceIndex, source: ip('192.0.2.1') });
  // Without the address the kernel would refuse gateway and source.
  rig.run(
    { kind: 'apply-addresses', request: 1, operations: [{ operation: 'add', address }] },
    {
      kind: 'apply-routes',
      request: 1,
      operations: [add(behind), { item: 'rule', verb: 'add', rule: rule(100) }],
    },
  );
  const applied = await rig.next('routes-applied');
  assert.deepEqual(
    applied.results.map(({ errno }) => errno),
    [undefined, undefined],
  );
  assert.match(
    rig.ip('route', 'show', '198.51.100.0/24'),
    /198\.51\.100\.0\/24 via 192\.0\.2\.254 dev eth0 proto keepalived src 192\.0\.2\.1/,
  );
  assert.match(rig.ip('rule'), /^100:\tfrom all lookup 7 proto keepalived/m);
  rig.run({
    kind: 'apply-routes',
    request: 2,
    operations: [{ item: 'rule', verb: 'delete', rule: rule(100) }, remove(behind), remove(behind)],
  });
  const gone = await rig.next('routes-applied', ({ request }) => request === 2);
  assert.deepEqual(
    gone.results.map(({ errno }) => errno),
    [undefined, undefined, 3],
  );
  assert.equal(rig.ip('route', 'show', '198.51.100.0/24'), '');
  assert.doesNotMatch(rig.ip('rule'), /^100:/m);
  await rig.host.close();
});

test("a refusal comes with the kernel's own sentence", { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  rig.run({
    kind: 'apply-routes',
    request: 1,
    operations: [
      add(route('198.51.100.0', { via: ip('203.0.113.9'), interfaceIndex: net.leftIndex })),
      add(route('198.51.100.0', { interfaceIndex: 4711 })),
      add(route('198.51.100.7', { via: VIA, interfaceIndex: net.leftIndex })),
    ],
  });
  const { results } = await rig.next('routes-applied');
  assert.deepEqual(
    results.map(({ errno, text }) => [errno, text]),
    [
      [101, 'Nexthop has invalid gateway'],
      [19, undefined],
      [22, 'Invalid prefix for given prefix length'],
    ],
  );
  await rig.host.close();
});

test('deletions by others are heard, our own are not, and of other protocols nothing', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const interfaceIndex = net.leftIndex;
  const mine = [1, 2, 3].map((n) => route(`198.51.${n}.0`, { via: VIA, interfaceIndex }));
  const sixth = route('2001:db8:1::', { interfaceIndex });
  rig.run(
    { kind: 'watch-routing', routes: ['ipv4', 'ipv6'], rules: ['ipv4'] },
    {
      kind: 'apply-routes',
      request: 1,
      operations: [...mine.map(add), add(sixth), { item: 'rule', verb: 'add', rule: rule(100) }],
    },
  );
  await rig.next('routes-applied');
  for (let n = 0; n < 20; n++) rig.ip('route', 'add', `203.0.${n}.0/24`, 'via', VIA, 'proto', 'bgp');
  for (let n = 0; n < 20; n++) rig.ip('route', 'del', `203.0.${n}.0/24`);
  rig.run({ kind: 'apply-routes', request: 2, operations: [remove(mine[0] as Route)] });
  rig.ip('route', 'del', '198.51.2.0/24');
  rig.ip('-6', 'route', 'del', '2001:db8:1::/48');
  rig.ip('rule', 'del', 'pref', '100');
  const heard = await rig.next('rule-gone');
  assert.equal(heard.rule.priority, 100);
  assert.deepEqual(
    rig.of('route-gone').map(({ route: gone }) => gone.destination?.address),
    ['198.51.2.0', '2001:db8:1::'],
  );
  // Nobody wants to hear of it any more.
  rig.forget();
  rig.run({ kind: 'watch-routing', routes: [], rules: [] });
  rig.ip('route', 'del', '198.51.3.0/24');
  rig.ip('addr', 'add', '192.0.2.9/32', 'dev', 'eth0');
  await rig.next('address', ({ address }) => address.address === '192.0.2.9');
  assert.deepEqual(rig.of('route-gone'), []);
  await rig.host.close();
});

test('after an overrun the truth has the routes of our protocol and the rules', { skip }, async (t) => {
  const net = cable();
  const inputs: Input[] = [];
  const poller = new Poller();
  const events = withNetworkNamespace(
    net.left,
    () =>
      new RtnlEvents(
        poller,
        (input) => inputs.push(input),
        () => {},
        { buffer: 1 },
      ),
  );
  t.after(() => {
    events.close();
    poller.close();
  });
  const rig = Rig.create(net.left);
  rig.ip('route', 'add', '203.0.113.0/24', 'via', VIA, 'proto', 'bgp');
  events.watchRouting({ routes: ['ipv4'], rules: ['ipv4', 'ipv6'] });
  const operations = Array.from({ length: 60 }, (_, i) =>
    add(route(`198.51.${i}.0`, { via: VIA, interfaceIndex: net.leftIndex })),
  );
  rig.run({ kind: 'apply-routes', request: 1, operations });
  await rig.next('routes-applied');
  for (const { route: one } of operations.filter((each) => each.item === 'route').slice(0, 40))
    rig.ip('route', 'del', `${one.destination?.address}/24`);
  await until('a resync', () => {
    withNetworkNamespace(net.left, () => poller.poll());
    return inputs.some(({ kind }) => kind === 'resync');
  });
  const resync = inputs.find((input) => input.kind === 'resync');
  assert.ok(resync?.kind === 'resync');
  assert.deepEqual(
    resync.routes?.map(({ destination }) => destination?.address).sort(),
    Array.from({ length: 20 }, (_, i) => `198.51.${i + 40}.0`).sort(),
  );
  assert.ok((resync.rules?.length ?? 0) >= 4, 'the rules that every machine has, of both families');
  await rig.host.close();
});
