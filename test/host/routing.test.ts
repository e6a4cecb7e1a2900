/** Routes and rules against the kernel: what `ip` shows after our operations, and what we hear of those of others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route, RoutingOperation, Rule } from '../../src/core/net/facts.js';
import { cable, ip, namespacesMissing, Rig } from './rig.js';

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
const EEXIST = 17;

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
      operations: [
        ...mine.map(add),
        add(sixth),
        { item: 'rule', verb: 'add', rule: rule(99) },
        { item: 'rule', verb: 'add', rule: rule(100) },
      ],
    },
  );
  await rig.next('routes-applied');
  for (let n = 0; n < 20; n++) rig.ip('route', 'add', `203.0.${n}.0/24`, 'via', VIA, 'proto', 'bgp');
  for (let n = 0; n < 20; n++) rig.ip('route', 'del', `203.0.${n}.0/24`);
  rig.run({
    kind: 'apply-routes',
    request: 2,
    operations: [remove(mine[0] as Route), { item: 'rule', verb: 'delete', rule: rule(99) }],
  });
  rig.ip('route', 'del', '198.51.2.0/24');
  rig.ip('-6', 'route', 'del', '2001:db8:1::/48');
  rig.ip('rule', 'del', 'pref', '100');
  await rig.next('rule-gone', ({ rule: gone }) => gone.priority === 100);
  assert.equal(rig.of('rule-gone').length, 1);
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

test('asked for again, what stands says so, whatever is beside it, and what was lost comes back', {
  skip,
}, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  rig.ip('-6', 'addr', 'add', '2001:db8:9::1/64', 'dev', 'eth0', 'nodad');
  const there = { interfaceIndex: net.leftIndex };
  const wanted: Route[] = [
    ...Array.from({ length: 20 }, (_, i) => route(`198.51.${i}.0`, { via: VIA, ...there })),
    ...['a', 'b'].map((word) => route(`2001:db8:${word}::`, { via: ip('2001:db8:9::2'), ...there })),
    route('192.0.2.0', {
      nexthops: [
        { via: VIA, weight: 1, flags: 0, ...there },
        { via: ip('10.9.0.253'), weight: 2, flags: 0, ...there },
      ],
    }),
  ];
  const again: RoutingOperation[] = [
    ...wanted.map((one): RoutingOperation => ({ item: 'route', verb: 'append', route: one })),
    { item: 'rule', verb: 'add', rule: rule(200) },
    { item: 'rule', verb: 'add', rule: rule(201, { family: 'ipv6' }) },
  ];
  rig.run({ kind: 'apply-routes', request: 1, operations: again });
  await rig.next('routes-applied');
  // Others stand beside two of them; four are deleted.
  rig.ip('route', 'prepend', '198.51.5.0/24', 'via', '10.9.0.252', 'proto', 'bgp');
  rig.ip('-6', 'route', 'append', '2001:db8:b::/48', 'via', '2001:db8:9::3', 'dev', 'eth0', 'proto', 'bgp');
  rig.ip('route', 'del', '198.51.3.0/24');
  rig.ip('-6', 'route', 'del', '2001:db8:a::/48');
  rig.ip('route', 'del', '192.0.2.0/24');
  rig.ip('rule', 'del', 'preference', '200');
  rig.run({ kind: 'apply-routes', request: 2, operations: again });
  const { results } = await rig.next('routes-applied', ({ request }) => request === 2);
  const lost = [3, 20, 22, 23];
  assert.deepEqual(
    results.map(({ errno }) => errno),
    again.map((_, i) => (lost.includes(i) ? undefined : EEXIST)),
  );
  assert.equal(rig.ip('route', 'show', '198.51.3.0/24').trim().split('\n').length, 1);
  await rig.host.close();
});
