/** The plan of the balancer's table: it makes of any table any other, in an order that the kernel takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../../src/base/ip-address.js';
import type { ForwardingMethod } from '../../../src/config/model-lvs.js';
import { everythingOf, planTable } from '../../../src/core/lvs/plan.js';
import {
  type Destination,
  destinationKeyOf,
  type Service,
  serviceKeyOf,
  type Table,
} from '../../../src/core/lvs/table.js';
import { record } from '../../wire/arbitraries.js';
import { applyTo, copyOf } from './apply.js';

const address = (last: number): IpAddress => `192.0.2.${last}` as IpAddress;

const methods: readonly ForwardingMethod[] = [
  { kind: 'NAT' },
  { kind: 'DR' },
  { kind: 'TUN', tunnel: 'ipip' },
  { kind: 'TUN', tunnel: 'gre', checksum: 'csum' },
  { kind: 'TUN', tunnel: 'gre', checksum: 'nocsum' },
  { kind: 'TUN', tunnel: 'gue', port: 6080, checksum: 'csum' },
  { kind: 'TUN', tunnel: 'gue', port: 6081, checksum: 'csum' },
];
const destinations = record({
  address: fc.integer({ min: 1, max: 4 }).map(address),
  port: fc.constantFrom(80, 81),
  weight: fc.integer({ min: 0, max: 2 }),
  method: fc.constantFrom(...methods),
  upperThreshold: fc.constantFrom(0, 9),
  lowerThreshold: fc.constantFrom(0, 5),
});
const services = record({
  identity: fc.oneof(
    record({
      kind: fc.constant('address' as const),
      protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
      address: fc.integer({ min: 100, max: 102 }).map(address),
      port: fc.constantFrom(80, 81),
    }),
    record({
      kind: fc.constant('mark' as const),
      family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
      mark: fc.integer({ min: 1, max: 2 }),
    }),
  ),
  scheduler: fc.constantFrom('rr', 'wrr'),
  schedulerFlags: fc.subarray([1, 2, 3] as const),
  onePacket: fc.boolean(),
  persistence: fc.option(record({ seconds: fc.constantFrom(1, 50), granularity: fc.constantFrom(32, 64) }), {
    nil: undefined,
  }),
});
const tables: fc.Arbitrary<Table> = fc
  .array(fc.tuple(services, fc.array(destinations, { maxLength: 5 })), { maxLength: 6 })
  .map(
    (entries) =>
      new Map(
        entries.map(([{ persistence, ...rest }, servers]) => {
          const service: Service = persistence ? { ...rest, persistence } : rest;
          return [
            serviceKeyOf(service.identity),
            {
              service,
              destinations: new Map(
                servers.map((one): [string, Destination] => [destinationKeyOf(one), one]),
              ),
            },
          ];
        }),
      ),
  );

test('from any table to any other: nothing is refused, the table is what was wanted, and a second plan is empty', () => {
  fc.assert(
    fc.property(tables, tables, (wanted, observed) => {
      const kernel = copyOf(observed);
      for (const operation of planTable(wanted, observed, everythingOf(wanted, observed)))
        assert.equal(applyTo(kernel, operation), undefined, JSON.stringify(operation));
      assert.deepEqual(kernel, new Map([...wanted].map(([key, one]) => [key, { ...one }])));
      assert.deepEqual(planTable(wanted, kernel, everythingOf(wanted, kernel)), []);
    }),
  );
});

test('only what is named as changed is looked at', () => {
  fc.assert(
    fc.property(tables, tables, (wanted, observed) => {
      for (const key of wanted.keys()) {
        const there = observed.get(key);
        const one = [...(there?.destinations.keys() ?? [])][0];
        if (one === undefined) continue;
        for (const operation of planTable(wanted, observed, new Map([[key, new Set([one])]]))) {
          assert.ok('destination' in operation);
          assert.equal(serviceKeyOf(operation.identity), key);
          assert.equal(destinationKeyOf(operation.destination), one);
        }
      }
      assert.deepEqual(planTable(wanted, observed, new Map()), []);
    }),
  );
});

test('a server comes before another goes, and a service goes before the rest is done', () => {
  const web = { kind: 'address', protocol: 'TCP', address: address(100), port: 80 } as const;
  const old = { ...web, port: 81 };
  const service = (identity: Service['identity']): Service => ({
    identity,
    scheduler: 'rr',
    schedulerFlags: [],
    onePacket: false,
  });
  const server = (last: number): Destination => ({
    address: address(last),
    port: 80,
    weight: 1,
    method: { kind: 'NAT' },
    upperThreshold: 0,
    lowerThreshold: 0,
  });
  const table = (...entries: [Service['identity'], readonly number[]][]): Table =>
    new Map(
      entries.map(([identity, servers]) => [
        serviceKeyOf(identity),
        {
          service: service(identity),
          destinations: new Map(servers.map((last) => [destinationKeyOf(server(last)), server(last)])),
        },
      ]),
    );
  const wanted = table([web, [9]]);
  const observed = table([web, [1, 2]], [old, [1]]);
  assert.deepEqual(planTable(wanted, observed, everythingOf(wanted, observed)), [
    { operation: 'delete-service', identity: old },
    { operation: 'add-destination', identity: web, destination: server(9) },
    { operation: 'delete-destination', identity: web, destination: server(1) },
    { operation: 'delete-destination', identity: web, destination: server(2) },
  ]);
});
