/** Wanted minus observed: applying the plan gives what was wanted, and planning again gives nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AddressFacts, HOLDFAST_PROTOCOL, type WantedAddress } from '../../../src/core/net/facts.js';
import { Inventory, keyOf } from '../../../src/core/net/inventory.js';
import { asFacts, planAddresses, satisfies } from '../../../src/core/net/plan.js';
import { resolveAddress } from '../../../src/core/net/resolve.js';
import { ip } from '../../base/values.js';
import { link } from '../../support/machine.js';

const wishes: fc.Arbitrary<WantedAddress> = fc.record(
  {
    interfaceIndex: fc.integer({ min: 1, max: 3 }),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1').map(ip),
    prefixLength: fc.constantFrom(24, 32),
    scope: fc.constantFrom(0, 253),
    label: fc.constantFrom('eth0:1', 'eth0:2'),
    broadcast: fc.constantFrom('10.0.0.255').map(ip),
  },
  { requiredKeys: ['interfaceIndex', 'address', 'prefixLength', 'scope'] },
);
const standing: fc.Arbitrary<AddressFacts> = fc
  .tuple(wishes, fc.constantFrom(0, 3, HOLDFAST_PROTOCOL))
  .map(([wanted, protocol]) => asFacts({ ...wanted, protocol }));
const distinct = <T extends WantedAddress | AddressFacts>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(one, { selector: keyOf, maxLength: 8 });

const ours = (facts: AddressFacts): boolean => facts.protocol === HOLDFAST_PROTOCOL;

test('the plan leads to what is wanted, touches nobody else, and is done once', () => {
  fc.assert(
    fc.property(distinct(wishes), distinct(standing), (wanted, observed) => {
      const kernel = new Map(observed.map((facts) => [keyOf(facts), facts]));
      for (const { operation, address } of planAddresses(wanted, observed, ours)) {
        if (operation === 'delete') assert.ok(kernel.delete(keyOf(address)), 'deletes only what is there');
        else {
          assert.equal(kernel.has(keyOf(address)), false, 'adds only what is not there');
          kernel.set(keyOf(address), asFacts(address));
        }
      }
      for (const wish of wanted) {
        const facts = kernel.get(keyOf(wish));
        assert.ok(facts && satisfies(facts, wish));
      }
      const wishKeys = new Set(wanted.map(keyOf));
      for (const facts of observed) {
        if (!ours(facts) && !wishKeys.has(keyOf(facts))) assert.equal(kernel.get(keyOf(facts)), facts);
      }
      assert.deepEqual(planAddresses(wanted, kernel.values(), ours), []);
    }),
  );
});

test('an address line becomes an address of its interface, or waits for it', () => {
  const inventory = new Inventory();
  inventory.linkPresent(link(2, 'eth0'));
  const base = { address: ip('10.0.0.100'), prefixLength: 24 };
  assert.deepEqual(resolveAddress(base, 'eth0', inventory), { interfaceIndex: 2, ...base, scope: 0 });
  assert.equal(resolveAddress(base, 'eth9', inventory), undefined);
  assert.equal(resolveAddress({ ...base, broadcast: '+' }, 'eth0', inventory)?.broadcast, '10.0.0.255');
  assert.equal(resolveAddress({ ...base, broadcast: '-' }, 'eth0', inventory)?.broadcast, '10.0.0.0');
  const odd = { ...base, prefixLength: 22, broadcast: '+' } as const;
  assert.equal(resolveAddress(odd, 'eth0', inventory)?.broadcast, '10.0.3.255');
  const host = { ...base, prefixLength: 32, broadcast: '+' } as const;
  assert.equal(resolveAddress(host, 'eth0', inventory)?.broadcast, undefined);
  const peer = { ...base, prefixLength: 32, peer: { address: ip('10.0.0.9'), length: 30 } };
  const resolved = resolveAddress(peer, 'eth0', inventory);
  assert.deepEqual([resolved?.peer, resolved?.prefixLength], ['10.0.0.9', 30]);
});

test('a renamed link leaves its old name, a link that goes takes its addresses along', () => {
  const inventory = new Inventory();
  inventory.linkPresent(link(2, 'eth0'));
  inventory.addressPresent(
    asFacts({ interfaceIndex: 2, address: ip('10.0.0.1'), prefixLength: 24, scope: 0, protocol: 0 }),
  );
  assert.deepEqual(inventory.linkPresent(link(2, 'lan')), [
    { kind: 'link', name: 'eth0' },
    { kind: 'link', name: 'lan', appeared: true },
  ]);
  assert.equal(inventory.linkByName('eth0'), undefined);
  assert.equal(inventory.linkPresent(link(2, 'lan')).length, 0, 'the same again is no change');
  assert.deepEqual(
    inventory.linkGone(2).map((change) => change.kind),
    ['address', 'link'],
  );
  assert.deepEqual([...inventory.allAddresses()], []);
});

test('a name that another link has by now stays with that one', () => {
  const inventory = new Inventory();
  for (const one of [link(2, 'eth0'), link(3, 'eth1')]) inventory.linkPresent(one);
  // Swapped while events were lost.
  inventory.resync([link(2, 'eth1'), link(3, 'eth0')], []);
  assert.deepEqual([inventory.linkByName('eth1')?.index, inventory.linkByName('eth0')?.index], [2, 3]);
  inventory.linkPresent(link(4, 'eth0'));
  inventory.linkGone(3);
  assert.equal(inventory.linkByName('eth0')?.index, 4);
});

test('the own address of a link is the first primary one that does not move', () => {
  const inventory = new Inventory();
  inventory.linkPresent(link(2, 'eth0'));
  const put = (text: string, flags: number, protocol = 0): void => {
    const wanted = { interfaceIndex: 2, address: ip(text), prefixLength: 24, scope: 0 };
    inventory.addressPresent({ ...asFacts({ ...wanted, protocol }), flags });
  };
  put('10.0.0.100', 0, HOLDFAST_PROTOCOL);
  put('10.0.0.101', 0);
  put('10.0.0.7', 1);
  put('10.0.0.8', 0);
  put('fe80::1', 0x40);
  put('fe80::2', 0);
  const moves = (address: string): boolean => address === '10.0.0.101';
  assert.equal(inventory.primaryAddress(2, 'ipv4', moves), '10.0.0.8');
  assert.equal(inventory.primaryAddress(2, 'ipv6', moves), 'fe80::2');
  assert.equal(inventory.primaryAddress(3, 'ipv4', moves), undefined);
});
