/** The kernel model against what Linux does: errors, secondaries, events, sockets with filters and bounds. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { IpAddress } from '../../src/base/ip-address.js';
import { MAX_PACKETS_PER_TURN } from '../../src/base/limits.js';
import type { MacAddress } from '../../src/base/mac-address.js';
import type { Channel } from '../../src/core/effects.js';
import type { Input } from '../../src/core/inputs.js';
import type { AddressOperation } from '../../src/core/net/facts.js';
import type { Flight } from '../../src/sim/flight.js';
import {
  EADDRNOTAVAIL,
  EEXIST,
  EINVAL,
  ENODEV,
  EPERM,
  EVENT_CAPACITY,
  Kernel,
} from '../../src/sim/kernel.js';
import { SOCKET_CAPACITY } from '../../src/sim/kernel-sockets.js';

const ip = (text: string): IpAddress => text as IpAddress;
let kernel: Kernel;
const now = 0;

beforeEach(() => {
  kernel = new Kernel(
    () => now,
    () => true,
    () => {},
  );
  kernel.addInterface('lo', '');
  kernel.addInterface('eth0', 'lan0', '02:00:00:00:00:01' as MacAddress);
  kernel.listen();
});

const index = (): number => kernel.linkOf('eth0')?.index ?? 0;
function operation(
  kind: 'add' | 'delete',
  address: string,
  prefixLength: number,
  scope = 0,
): AddressOperation {
  return { operation: kind, address: { interfaceIndex: index(), address: ip(address), prefixLength, scope } };
}
const errno = (...operations: AddressOperation[]): (number | undefined)[] =>
  kernel.apply(operations).map((result) => result.errno);
const told = (): string[] =>
  kernel.takeEvents().map((event: Input) => {
    if (event.kind === 'address') return `${event.change} ${event.address.address} ${event.address.flags}`;
    if (event.kind === 'link')
      return `link ${event.change} ${event.link.name} ${event.link.up} ${event.link.running}`;
    return event.kind;
  });

test('adding twice is EEXIST, deleting what is not there EADDRNOTAVAIL, no interface ENODEV', () => {
  assert.deepEqual(errno(operation('add', '10.0.0.1', 24)), [undefined]);
  assert.deepEqual(errno(operation('add', '10.0.0.1', 24)), [EEXIST]);
  assert.deepEqual(errno(operation('add', '10.0.0.1', 32)), [undefined]);
  assert.deepEqual(errno(operation('delete', '10.0.0.9', 24)), [EADDRNOTAVAIL]);
  assert.deepEqual(errno(operation('add', '10.0.0.3', 24, 253)), [EINVAL]);
  const gone = operation('add', '10.0.0.7', 32);
  kernel.removeInterface('eth0');
  assert.deepEqual(errno(gone), [ENODEV]);
});

test('secondaries go with their primary, before it', () => {
  kernel.addAddress('eth0', ip('10.0.0.1'), 24);
  errno(operation('add', '10.0.0.2', 24), operation('add', '10.0.0.3', 24), operation('add', '10.0.0.4', 32));
  told();
  kernel.deleteAddress('eth0', ip('10.0.0.1'));
  assert.deepEqual(told(), ['gone 10.0.0.2 129', 'gone 10.0.0.3 129', 'gone 10.0.0.1 128']);
  assert.equal(kernel.hasAddress('eth0', ip('10.0.0.4')), true);
});

test('with promote_secondaries the first secondary becomes primary', () => {
  kernel.promoteSecondaries = true;
  kernel.addAddress('eth0', ip('10.0.0.1'), 24);
  errno(operation('add', '10.0.0.2', 24), operation('add', '10.0.0.3', 24));
  told();
  kernel.deleteAddress('eth0', ip('10.0.0.1'));
  assert.deepEqual(told(), ['gone 10.0.0.1 128', 'present 10.0.0.2 128']);
});

test('an interface takes its addresses with it and comes back with another index', () => {
  kernel.addAddress('eth0', ip('10.0.0.1'), 24);
  const before = index();
  told();
  kernel.removeInterface('eth0');
  assert.deepEqual(told(), ['gone 10.0.0.1 128', 'link gone eth0 false false']);
  kernel.addInterface('eth0', 'lan0', '02:00:00:00:00:01' as MacAddress);
  assert.notEqual(index(), before);
  assert.equal(kernel.hasAddress('eth0', ip('10.0.0.1')), false);
});

test('link events come only for changes; no carrier and down are told apart', () => {
  kernel.setLink('eth0', { carrier: false });
  kernel.setLink('eth0', { carrier: false });
  kernel.setLink('eth0', { admin: false });
  assert.deepEqual(told(), ['link present eth0 true false', 'link present eth0 false false']);
});

test('a refusal answers with its errno, changes nothing and is remembered until an operation gets through', () => {
  kernel.refusal = { operation: 'add', errno: EPERM, probability: 1 };
  assert.deepEqual(errno(operation('add', '10.0.0.8', 32)), [EPERM]);
  assert.deepEqual(told(), []);
  assert.equal(kernel.wasRefused(ip('10.0.0.8'), 'add'), true);
  assert.deepEqual(errno(operation('delete', '10.0.0.8', 32)), [EADDRNOTAVAIL]);
  assert.equal(kernel.wasRefused(ip('10.0.0.8'), 'add'), false);
});

test('an overrun event socket tells the whole truth once', () => {
  for (let n = 0; n <= EVENT_CAPACITY; n++) kernel.setLink('eth0', { carrier: n % 2 === 1 });
  assert.deepEqual(told(), ['resync']);
  assert.deepEqual(told(), []);
  assert.equal(kernel.eventsWaiting, false);
});

function channel(changes: Partial<Channel> = {}): Channel {
  const id = `${index()}/ipv4`;
  return {
    id,
    family: 'ipv4',
    interfaceIndex: index(),
    groups: [ip('224.0.0.18')],
    virtualRouterIds: [51],
    ...changes,
  };
}
function flight(changes: Partial<Flight> = {}): Flight {
  return {
    family: 'ipv4',
    source: ip('10.0.0.2'),
    destination: ip('224.0.0.18'),
    multicast: true,
    bytes: new Uint8Array(28),
    at: 20,
    hopLimit: 255,
    virtualRouterId: 51,
    priority: 100,
    sender: 1,
    genuine: true,
    ...changes,
  };
}

test('a socket takes its groups, its own addresses and its VRIDs, on a running interface', () => {
  kernel.addAddress('eth0', ip('10.0.0.1'), 24);
  assert.equal(kernel.sockets.receive('lan0', flight(), 0), false, 'no socket');
  kernel.sockets.open(channel());
  assert.equal(kernel.sockets.receive('lan0', flight(), 0), true);
  assert.equal(kernel.sockets.receive('lan1', flight(), 0), false, 'another segment');
  assert.equal(kernel.sockets.receive('lan0', flight({ virtualRouterId: 52 }), 0), false, 'another VRID');
  assert.equal(
    kernel.sockets.receive('lan0', flight({ destination: ip('224.0.0.5') }), 0),
    false,
    'another group',
  );
  const unicast = { multicast: false, destination: ip('10.0.0.1') };
  assert.equal(kernel.sockets.receive('lan0', flight(unicast), 0), true);
  assert.equal(
    kernel.sockets.receive('lan0', flight({ ...unicast, destination: ip('10.0.0.9') }), 0),
    false,
    'not ours',
  );
  kernel.setLink('eth0', { carrier: false });
  assert.equal(kernel.sockets.receive('lan0', flight(), 0), false, 'no carrier');
});

test('a full buffer drops and counts; a drain is bounded and says where more waits', () => {
  kernel.sockets.open(channel());
  for (let n = 0; n < SOCKET_CAPACITY + 5; n++) kernel.sockets.receive('lan0', flight(), 0);
  assert.equal(kernel.sockets.overflows, 5);
  let taken = 0;
  const drain = (): readonly string[] => {
    taken = 0;
    return kernel.sockets.drain(() => {
      taken++;
    });
  };
  for (let left = SOCKET_CAPACITY; left > 0; left -= MAX_PACKETS_PER_TURN) {
    const held = drain();
    assert.equal(taken, MAX_PACKETS_PER_TURN);
    assert.deepEqual(held, left > MAX_PACKETS_PER_TURN ? [channel().id] : []);
  }
  drain();
  assert.equal(taken, 0);
});

test('sending fails where Linux fails it, and goes nowhere without a carrier', () => {
  kernel.sockets.open(channel());
  const { id } = channel();
  assert.deepEqual(kernel.sockets.route(id, ip('10.0.0.1')), { segment: 'lan0' });
  kernel.setLink('eth0', { carrier: false });
  assert.deepEqual(kernel.sockets.route(id, ip('10.0.0.1')), { segment: '' });
  kernel.setLink('eth0', { admin: false });
  const down = kernel.sockets.route(id, ip('10.0.0.1'));
  assert.equal('error' in down && down.error.code, 'ENETDOWN');
  kernel.removeInterface('eth0');
  const gone = kernel.sockets.route(id, ip('10.0.0.1'));
  assert.equal('error' in gone && gone.error.code, 'ENODEV');
});
