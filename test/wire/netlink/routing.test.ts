/** Routes and rules: what iproute2 asks for reads and writes as it stands, and so does what the kernel says of them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../../src/base/bytes.js';
import type { Family, IpAddress, IpPrefix } from '../../../src/base/ip-address.js';
import { readAttributes } from '../../../src/wire/netlink/attributes.js';
import { type NetlinkMessage, readNetlinkMessages } from '../../../src/wire/netlink/message.js';
import type {
  Route,
  RouteEncapsulation,
  RouteMetrics,
  RouteNexthop,
  Rule,
  RuleRange,
} from '../../../src/wire/netlink/routing.js';
import {
  decodeRoute,
  type RouteVerb,
  RTM_DELROUTE,
  RTM_NEWROUTE,
  writeRoute,
  writeRouteRequest,
} from '../../../src/wire/netlink/rtnl-route.js';
import {
  decodeRule,
  RTM_DELRULE,
  RTM_NEWRULE,
  writeRule,
  writeRuleRequest,
} from '../../../src/wire/netlink/rtnl-rule.js';
import { ip } from '../../base/values.js';
import { address, byte, record, u16, u32 } from '../arbitraries.js';
import { testCodec, testDecoder } from '../codec-harness.js';
import { fixtureBytes } from '../fixtures.js';
import { itemBoundary, recorded } from './recordings.js';

/** Each command of iproute2 with its one request. */
const theirs = new Map<string, NetlinkMessage>(
  new TextDecoder()
    .decode(fixtureBytes('netlink/routing-requests.txt'))
    .trim()
    .split('\n')
    .flatMap((line, i, lines): [string, NetlinkMessage][] => {
      if (!line.startsWith('ip ')) return [];
      const { messages } = readNetlinkMessages(new Uint8Array(Buffer.from(lines[i + 1] ?? '', 'hex')));
      assert.equal(messages.length, 1, line);
      return [[line, messages[0] as NetlinkMessage]];
    }),
);
const named = (part: string): NetlinkMessage => {
  const found = [...theirs].find(([line]) => line.includes(part));
  assert.ok(found, part);
  return found[1];
};

const NESTED: ReadonlySet<number> = new Set([8, 22]);
const RTA_DST = 1;
/** Fixed part and attributes, in whatever order, and without the padding in which iproute2 leaves what was there. */
function understood(payload: Uint8Array): unknown {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const sorted = (bytes: Uint8Array, top: boolean): unknown =>
    [...(readAttributes(bytes) ?? [])]
      // The default route has no address, even where iproute2 writes zeros.
      .filter(([type]) => !(top && type === RTA_DST && payload[1] === 0))
      .sort(([a], [b]) => a - b)
      .map(([type, value]) => [type, top && NESTED.has(type) ? sorted(value, false) : hex(value)]);
  return { fixed: hex(payload.subarray(0, 12)), attributes: sorted(payload.subarray(12), true) };
}

const VERBS: Readonly<Record<string, RouteVerb>> = {
  prepend: 'prepend',
  add: 'add',
  append: 'append',
  replace: 'replace',
};

describe('requests of iproute2 are read and written as they stand', () => {
  for (const [command, message] of theirs) {
    if (message.type !== RTM_NEWROUTE && message.type !== RTM_NEWRULE) continue;
    test(command, () => {
      const writer = new ByteWriter();
      if (message.type === RTM_NEWROUTE) {
        const read = decodeRoute(message.payload);
        assert.ok(read.ok);
        const verb = VERBS[/route (\w+)/.exec(command)?.[1] ?? ''];
        assert.ok(verb);
        writeRouteRequest(writer, message.sequence, verb, read.value, true);
      } else {
        const read = decodeRule(message.payload);
        assert.ok(read.ok);
        writeRuleRequest(writer, message.sequence, 'add', read.value, true);
      }
      const [ours] = readNetlinkMessages(writer.finish()).messages;
      assert.ok(ours);
      assert.deepEqual([ours.type, ours.flags], [message.type, message.flags]);
      assert.deepEqual(understood(ours.payload), understood(message.payload));
    });
  }
});

describe('what the requests say', () => {
  const route = (part: string): Route => {
    const read = decodeRoute(named(part).payload);
    assert.ok(read.ok);
    return read.value;
  };
  const rule = (part: string): Rule => {
    const read = decodeRule(named(part).payload);
    assert.ok(read.ok);
    return read.value;
  };
  test('tables beyond 255, gateways of the other family, next hops', () => {
    assert.equal(route('table 70000 onlink').table, 70000);
    assert.equal(route('table 70000 onlink').flags, 4);
    assert.equal(route('via inet6').via, 'fe80::9');
    assert.deepEqual(
      route('nexthop via 192.0.2.254').nexthops?.map(({ via, weight, flags, realms }) => [
        via,
        weight,
        flags,
        realms,
      ]),
      [
        ['192.0.2.254', 3, 0, 0x50006],
        ['192.0.2.253', 1, 4, undefined],
      ],
    );
  });
  test('metrics and which of them are locked', () => {
    assert.deepEqual(route('mtu lock').metrics, {
      values: [
        [2, 1400],
        [3, 70],
        [4, 80],
        [5, 16],
        [6, 12],
        [7, 9],
        [8, 1300],
        [9, 4],
        [10, 33],
        [11, 11],
        [12, 1],
        [13, 200],
        [14, 12],
        [15, 1],
        [17, 1],
      ],
      congestionControl: 'cubic',
      // iproute2 locks rto_min unasked.
      locked: (1 << 2) | (1 << 7) | (1 << 13) | (1 << 16),
    });
  });
  test('encapsulations', () => {
    assert.deepEqual(route('encap mpls').encapsulation, { kind: 'mpls', labels: [100, 200, 300] });
    assert.deepEqual(route('encap ila').encapsulation, {
      kind: 'ila',
      locator: String(0x20010db800010002n),
    });
    assert.deepEqual(route('encap ip id').encapsulation, {
      kind: 'ip',
      id: '7',
      destination: '192.0.2.9',
      source: '192.0.2.1',
      trafficClass: 4,
      hopLimit: 64,
    });
    assert.equal(route('encap ip6').encapsulation?.kind, 'ip6');
  });
  test('IPv6: preference, expiry, source prefix', () => {
    assert.equal(route('pref high').preference, 1);
    assert.equal(route('expires 60').expires, 60);
    assert.deepEqual(route('from 2001:db8:4::/48').from, { address: ip('2001:db8:4::'), length: 48 });
  });
  test('rules', () => {
    assert.deepEqual(rule('uidrange'), {
      family: 'ipv4',
      action: 1,
      table: 9,
      invert: false,
      tos: 0,
      priority: 103,
      userRange: { low: 1000, high: 1999 },
      protocol: 18,
      ipProtocol: 6,
      sourcePorts: { low: 1000, high: 2000 },
      destinationPorts: { low: 80, high: 80 },
    });
    assert.equal(rule('tun_id 18446744073709551615').tunnelId, '18446744073709551615');
    assert.equal(rule('not from').invert, true);
    assert.equal(rule('goto 200').goto, 200);
    assert.equal(rule('l3mdev').l3mdev, true);
    assert.equal(rule('suppress_prefixlength').suppressInterfaceGroup, 5);
    assert.deepEqual(
      ['blackhole pref', 'unreachable pref', 'prohibit pref', 'nop pref'].map((part) => rule(part).action),
      [6, 7, 8, 3],
    );
  });
});

describe('what the kernel says', () => {
  test('every recorded route and rule reads, and reads the same when it is written again', () => {
    let routes = 0;
    let rules = 0;
    for (const name of ['routes', 'rules', 'events-routing', 'events-routing-deleted']) {
      for (const { type, payload } of recorded(name)) {
        const writer = new ByteWriter();
        if (type === RTM_NEWROUTE || type === RTM_DELROUTE) {
          const read = decodeRoute(payload);
          assert.ok(read.ok, `${name}: ${Buffer.from(payload).toString('hex')}`);
          writeRoute(writer, read.value);
          assert.deepEqual(decodeRoute(writer.finish()), read);
          routes++;
        } else if (type === RTM_NEWRULE || type === RTM_DELRULE) {
          const read = decodeRule(payload);
          assert.ok(read.ok);
          writeRule(writer, read.value);
          assert.deepEqual(decodeRule(writer.finish()), read);
          rules++;
        }
      }
    }
    assert.ok(routes > 40 && rules > 26, `${routes} routes, ${rules} rules`);
  });
  test('a dump of one protocol has nothing of another', () => {
    for (const { type, payload } of recorded('routes')) {
      if (type !== RTM_NEWROUTE) continue;
      const read = decodeRoute(payload);
      assert.equal(read.ok && read.value.protocol, 18);
    }
  });
  test('an expiring route tells what is left, a rule without suppression none', () => {
    const routes = recorded('routes').flatMap(({ type, payload }) => {
      const read = type === RTM_NEWROUTE ? decodeRoute(payload) : undefined;
      return read?.ok ? [read.value] : [];
    });
    const left = routes.find(({ destination }) => destination?.address === '2001:db8:2::')?.expires;
    assert.ok(left !== undefined && left > 0 && left <= 60, String(left));
    const rules = recorded('rules').flatMap(({ type, payload }) => {
      const read = type === RTM_NEWRULE ? decodeRule(payload) : undefined;
      return read?.ok ? [read.value] : [];
    });
    assert.equal(rules.find(({ priority }) => priority === 100)?.suppressPrefixLength, undefined);
    assert.equal(rules.find(({ priority }) => priority === 102)?.suppressPrefixLength, 8);
  });
  test('deletions are told with all that they were', () => {
    const gone = recorded('events-routing-deleted').flatMap(({ type, payload }) => {
      const read = type === RTM_DELROUTE ? decodeRoute(payload) : undefined;
      return read?.ok ? [read.value] : [];
    });
    assert.deepEqual(
      gone.map(({ destination, via }) => [destination?.address, via]),
      [
        ['10.1.0.0', '192.0.2.254'],
        ['2001:db8:5::', '2001:db8::fe'],
      ],
    );
  });
});

test('of routes that go with their link IPv6 tells, IPv4 does not', () => {
  const gone = recorded('events-routing-link-down').flatMap(({ type, payload }) => {
    const read = type === RTM_DELROUTE ? decodeRoute(payload) : undefined;
    return read?.ok && read.value.protocol === 18 ? [read.value] : [];
  });
  assert.ok(gone.some(({ destination }) => destination?.address === '2001:db8:1::'));
  assert.deepEqual([...new Set(gone.map(({ family: of }) => of))], ['ipv6']);
});

const family = fc.constantFrom<Family>('ipv4', 'ipv6');
const prefix = (of: Family): fc.Arbitrary<IpPrefix> =>
  record<IpPrefix>({ address: address(of), length: fc.integer({ min: 1, max: of === 'ipv4' ? 32 : 128 }) });
const wide = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String);
const either: fc.Arbitrary<IpAddress> = family.chain(address);

/** Keys that may be missing are missing, not undefined. */
const optional = <T extends object>(
  model: { [K in keyof T]-?: fc.Arbitrary<NonNullable<T[K]>> },
): fc.Arbitrary<T> =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
const tunnel = (kind: 'ip' | 'ip6'): fc.Arbitrary<RouteEncapsulation> => {
  const of: Family = kind === 'ip' ? 'ipv4' : 'ipv6';
  return optional<Omit<Extract<RouteEncapsulation, { kind: 'ip' | 'ip6' }>, 'kind'>>({
    id: wide,
    destination: address(of),
    source: address(of),
    trafficClass: byte,
    hopLimit: byte,
    flags: u16,
  }).map((rest) => ({ kind, ...rest }));
};
const encapsulation: fc.Arbitrary<RouteEncapsulation> = fc.oneof(
  tunnel('ip'),
  tunnel('ip6'),
  fc
    .array(fc.nat(0xfffff), { minLength: 1, maxLength: 4 })
    .map((labels): RouteEncapsulation => ({ kind: 'mpls', labels })),
  wide.map((locator): RouteEncapsulation => ({ kind: 'ila', locator })),
);
const nexthop: fc.Arbitrary<RouteNexthop> = fc
  .tuple(
    optional<Pick<RouteNexthop, 'via' | 'interfaceIndex' | 'realms' | 'encapsulation'>>({
      via: either,
      interfaceIndex: fc.integer({ min: 1, max: 0x7fffffff }),
      realms: u32,
      encapsulation,
    }),
    fc.integer({ min: 1, max: 256 }),
    byte,
  )
  .map(([rest, weight, flags]) => ({ ...rest, weight, flags }));
const metrics: fc.Arbitrary<RouteMetrics> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom(2, 3, 4, 5, 10, 15, 17), u32), { selector: ([key]) => key }),
    optional<Pick<RouteMetrics, 'congestionControl'>>({ congestionControl: fc.constantFrom('cubic', 'bbr') }),
    u32,
  )
  .map(([values, name, locked]) => ({ values: values.sort(([a], [b]) => a - b), ...name, locked }));
const routes: fc.Arbitrary<Route> = family.chain((of) =>
  fc
    .tuple(
      record({ type: byte, table: u32, protocol: byte, scope: byte, tos: byte, flags: u32 }),
      optional<Omit<Route, 'family' | 'type' | 'table' | 'protocol' | 'scope' | 'tos' | 'flags'>>({
        destination: prefix(of),
        from: prefix(of),
        source: address(of),
        metric: u32,
        interfaceIndex: u32,
        via: either,
        encapsulation,
        realms: u32,
        preference: byte,
        expires: u32,
        ttlPropagate: fc.boolean(),
        metrics,
        nexthops: fc.array(nexthop, { minLength: 1, maxLength: 3 }),
      }),
    )
    .map(([fixed, rest]) => ({ family: of, ...fixed, ...rest })),
);
const rangeOf = (value: fc.Arbitrary<number>): fc.Arbitrary<RuleRange> =>
  record<RuleRange>({ low: value, high: value });
const set = fc.nat(0xfffffffe);
const rules: fc.Arbitrary<Rule> = family.chain((of) =>
  fc
    .tuple(
      record({ action: byte, table: u32, invert: fc.boolean(), tos: byte }),
      optional<Omit<Rule, 'family' | 'action' | 'table' | 'invert' | 'tos'>>({
        from: prefix(of),
        to: prefix(of),
        priority: u32,
        inputInterface: fc.constantFrom('eth0', 'a'),
        outputInterface: fc.constantFrom('eth1', 'interface-15ch'),
        fwmark: u32,
        fwmask: u32,
        realms: u32,
        tunnelId: wide,
        userRange: rangeOf(u32),
        l3mdev: fc.constant<true>(true),
        protocol: byte,
        ipProtocol: byte,
        sourcePorts: rangeOf(u16),
        destinationPorts: rangeOf(u16),
        goto: u32,
        suppressPrefixLength: set,
        suppressInterfaceGroup: set,
      }),
    )
    .map(([fixed, rest]) => ({ family: of, ...fixed, ...rest })),
);

const attributeBoundary = (bytes: Uint8Array, length: number): boolean =>
  itemBoundary(bytes, length, 12, (at) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
const written = (write: (writer: ByteWriter) => void): Uint8Array => {
  const writer = new ByteWriter();
  write(writer);
  return writer.finish();
};
testCodec<Route>({
  name: 'rtnetlink route',
  values: routes,
  encode: (route) => written((writer) => writeRoute(writer, route)),
  decode: decodeRoute,
  fidelity: 'value',
  wholePrefix: attributeBoundary,
});
testCodec<Rule>({
  name: 'rtnetlink rule',
  values: rules,
  encode: (rule) => written((writer) => writeRule(writer, rule)),
  decode: decodeRule,
  fidelity: 'value',
  wholePrefix: attributeBoundary,
});
testDecoder(
  'of recorded routes and rules',
  [...recorded('routes'), ...recorded('rules')].map(({ payload }) => payload),
  (bytes) => (bytes.length % 2 === 0 ? decodeRoute(bytes) : decodeRule(bytes)),
);
