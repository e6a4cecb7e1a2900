/** Routes and rules, line by line, and what they become. (directives-vrrp sections 7 and 8) */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { load } from './support.js';

const read = (list: 'static_routes' | 'static_rules', line: string) => {
  const { configuration, diagnostics } = load(`${list} {\n${line}\n}`);
  const told = diagnostics.flatMap(({ exit, code }) => (exit > 0 ? code : []));
  const { routes = [], rules = [] } = configuration?.statics ?? {};
  return { route: routes[0], rule: rules[0], told };
};

const routes: readonly (readonly [string, object])[] = [
  ['default via 192.0.2.1', { destination: 'default', via: '192.0.2.1', family: 'ipv4' }],
  ['inet6 default dev eth0', { destination: 'default', family: 'ipv6', device: 'eth0' }],
  ['any dev eth0', { destination: 'default' }],
  ['to 10.0.0.0/8 dev eth0', { destination: { address: '10.0.0.0', length: 8 }, type: 'unicast' }],
  ['192.0.2.7 oif eth0', { destination: { address: '192.0.2.7', length: 32 }, device: 'eth0' }],
  ['unreachable 2001:db8::/32', { type: 'unreachable', family: 'ipv6' }],
  ['10.0.0.0/8 via inet6 fe80::1 dev eth0', { family: 'ipv4', via: 'fe80::1' }],
  [
    '10.0.0.0/8 dev eth0 mtu lock 0x500 advmss 1400',
    { mtu: { value: 1280, locked: true }, advmss: { value: 1400, locked: false } },
  ],
  [
    '10.0.0.0/8 dev eth0 rtt 10ms rttvar 1s rto_min 5',
    {
      rtt: { value: 80, locked: false },
      rttvar: { value: 4000, locked: false },
      rtoMin: { value: 5, locked: false },
    },
  ],
  ['10.0.0.0/8 dev eth0 realms 3/four', { realms: { source: 3, destination: 'four' } }],
  [
    '10.0.0.0/8 dev eth0 quickack 1 fastopen_no_cookie 0 ttl-propagate disabled',
    { quickack: true, fastopenNoCookie: false, ttlPropagate: false },
  ],
  [
    '10.0.0.0/8 dev eth0 congctl lock cubic features ecn',
    { congestionControl: { name: 'cubic', locked: true }, features: 'ecn' },
  ],
  ['10.0.0.0/8 encap mpls 100/200 dev eth0', { encapsulation: { kind: 'mpls', labels: [100, 200] } }],
  [
    '2001:db8::/32 encap ip6 dst 2001:db8:1::1 tc 4 hoplimit 9 dev eth0',
    { encapsulation: { kind: 'ip6', destination: '2001:db8:1::1', trafficClass: 4, hopLimit: 9 } },
  ],
  ['10.0.0.0/8 encap ila 2001:db8:1:2 dev eth0', { encapsulation: { kind: 'ila', locator: '2001:db8:1:2' } }],
  [
    '10.0.0.0/8 append dev eth0 table 7 protocol 18 metric 3',
    { placement: 'append', table: 7, protocol: 18, metric: 3 },
  ],
  [
    '10.0.0.0/8 nexthop via 192.0.2.1 weight 2 nexthop dev eth1 onlink',
    {
      nexthops: [
        { via: '192.0.2.1', weight: 2 },
        { device: 'eth1', onlink: true },
      ],
    },
  ],
];

const refusedRoutes = [
  'via 192.0.2.1',
  '10.0.0.0/33 dev eth0',
  '10.0.0.0/8 via 2001:db8::1',
  '10.0.0.0/8 src 2001:db8::1',
  '10.0.0.0/8 expires 5 dev eth0',
  '2001:db8::/32 tos 4 dev eth0',
  '10.0.0.0/8 junk',
  '10.0.0.0/8 10.1.0.0/16',
  'to blackhole 10.0.0.0/8',
  '10.0.0.0/8 as 192.0.2.1',
  '10.0.0.0/8 encap ip tos 4',
  '10.0.0.0/8 encap foo',
  '10.0.0.0/8 nexthop via 192.0.2.1 weight 257',
  '10.0.0.0/8 nexthop via 192.0.2.1 junk',
  '10.0.0.0/8 hoplimit 256',
  '10.0.0.0/8 mtu x',
  '10.0.0.0/8 dev',
];

const rules: readonly (readonly [string, object])[] = [
  [
    'from 10.0.0.0/8 table main priority 5',
    { from: { address: '10.0.0.0', length: 8 }, action: { kind: 'table', table: 254 }, preference: 5 },
  ],
  [
    'not to 2001:db8::/32 lookup 9 order 5',
    { not: true, family: 'ipv6', action: { kind: 'table', table: 9 } },
  ],
  [
    'inet6 from all unreachable preference 5',
    { family: 'ipv6', from: 'default', action: { kind: 'unreachable' } },
  ],
  ['type blackhole preference 5', { action: { kind: 'blackhole' } }],
  ['fwmark 0x10/0xff table 3 preference 5', { fwmark: { mark: 16, mask: 255 } }],
  [
    'iif eth0 oif eth1 l3mdev preference 5',
    { inputInterface: 'eth0', outputInterface: 'eth1', action: { kind: 'l3mdev' } },
  ],
  [
    'uidrange 5-9 sport 80 dport 1-2 ipproto tcp table 3 preference 5',
    {
      userRange: { low: 5, high: 9 },
      sourcePorts: { low: 80, high: 80 },
      destinationPorts: { low: 1, high: 2 },
      ipProtocol: 6,
    },
  ],
  ['tunnel-id 0xffffffffffffffff table 3 preference 5', { tunnelId: '18446744073709551615' }],
  [
    'sup_pl 0 sup_group 4 realms 7 table 3 preference 5',
    { suppressPrefixLength: 0, suppressInterfaceGroup: 4, realms: { destination: 7 } },
  ],
  ['preference 5 goto 6', { action: { kind: 'goto', target: 6 } }],
];

const refusedRules = [
  'from 10.0.0.0/8 preference 5',
  'from x table 3 preference 5',
  'from 10.0.0.0/8 to 2001:db8::/32 table 3 preference 5',
  'table 0 preference 5',
  'table 3 blackhole preference 5',
  'preference 5 goto 5',
  'realms 3 blackhole preference 5',
  'uidrange 9-5 table 3 preference 5',
  'tunnel-id 0x10000000000000000 table 3 preference 5',
  'junk table 3 preference 5',
  'protocol 256 table 3 preference 5',
];

const picked = (found: object | undefined, wanted: object): object =>
  Object.fromEntries(
    Object.keys(wanted).map((key) => [key, (found as Record<string, unknown> | undefined)?.[key]]),
  );

describe('routes', () => {
  for (const [line, wanted] of routes) {
    test(line, () => {
      const { route, told } = read('static_routes', line);
      assert.deepEqual(told, []);
      assert.deepEqual(picked(route, wanted), wanted);
    });
  }
  for (const line of refusedRoutes) {
    test(`not ${line}`, () => {
      const { route, told } = read('static_routes', line);
      assert.equal(route, undefined);
      assert.equal(told.length, 1, told.join());
    });
  }
  for (const line of ['10.0.0.0/8 gw 192.0.2.1', '10.0.0.0/8 via 192.0.2.1 or 192.0.2.2']) {
    test(`deprecated: ${line}`, () => {
      const { route, told } = read('static_routes', line);
      assert.deepEqual(told, ['HF0206']);
      assert.ok(route);
    });
  }
});

test('an entry may begin with an option that is a keyword of the block around it', () => {
  const { configuration, diagnostics } = load(`vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress { 10.0.0.1 }
    virtual_rules {
      priority 105 goto 200
      priority 106 from 10.0.0.0/8 table 7
    }
  }`);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    configuration?.instances[0]?.virtualRules?.map(({ preference }) => preference),
    [105, 106],
  );
});

describe('rules', () => {
  for (const [line, wanted] of rules) {
    test(line, () => {
      const { rule, told } = read('static_rules', line);
      assert.deepEqual(told, []);
      assert.deepEqual(picked(rule, wanted), wanted);
    });
  }
  for (const line of refusedRules) {
    test(`not ${line}`, () => {
      const { rule, told } = read('static_rules', line);
      assert.equal(rule, undefined);
      assert.equal(told.length, 1, told.join());
    });
  }
});
