/** The addresses an engine moves, with a kernel that is slow, forgetful, in disorder, or says no. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../src/core/effects.js';
import type { AddressOperation } from '../../../src/core/net/facts.js';
import { HOLDFAST_PROTOCOL } from '../../../src/core/net/facts.js';
import { configurationOf } from '../../support/configuration.js';
import { address } from '../../support/machine.js';
import { Rig } from '../rig.js';
import { single } from '../texts.js';

type Asked = Extract<Effect, { kind: 'apply-addresses' }>;

const asked = (rig: Rig): Asked[] => rig.effects.filter((effect) => effect.kind === 'apply-addresses');
const accept = (rig: Rig, request: number, operations: readonly AddressOperation[]): void => {
  const results = operations.map((operation) => ({ operation }));
  rig.handle({ kind: 'addresses-applied', request, results });
};

/** A MASTER whose kernel has not answered yet. */
function waiting(): Rig {
  const rig = new Rig(single());
  rig.kernelAnswers = false;
  return rig.start().wait(3.7);
}

test('announcements wait for the kernel', () => {
  const rig = waiting();
  const [request] = asked(rig);
  assert.ok(request);
  assert.equal(
    rig.lines.some((line) => line.includes('announce')),
    false,
  );
  assert.equal(rig.engine.status().instances[0]?.addresses[0]?.present, false);
  accept(rig, request.request, request.operations);
  assert.equal(rig.lines.filter((line) => line.includes('announce 10.0.0.100')).length, 1);
  assert.equal(rig.engine.status().instances[0]?.addresses[0]?.present, true);
});

test('our own deletion is not a loss, whenever its echo comes', () => {
  const rig = waiting();
  const vip = address(2, '10.0.0.100', 32, { protocol: HOLDFAST_PROTOCOL });
  const add = asked(rig)[0];
  assert.ok(add);
  accept(rig, add.request, add.operations);
  rig.handle({ kind: 'address', change: 'present', address: vip });
  // BACKUP and MASTER again before the echo of the deletion in between comes.
  rig.advert({ priority: 150 }).advert({ priority: 0 }).wait(0.7);
  assert.equal(rig.state(), 'MASTER');
  const [, remove, again] = asked(rig);
  assert.ok(remove && again);
  accept(rig, remove.request, remove.operations);
  accept(rig, again.request, again.operations);
  rig.handle({ kind: 'address', change: 'gone', address: vip });
  rig.handle({ kind: 'address', change: 'present', address: vip });
  assert.equal(rig.state(), 'MASTER');
  rig.handle({ kind: 'address', change: 'gone', address: vip });
  assert.equal(rig.state(), 'BACKUP', 'a second one is somebody else');
});

test('an address that is deleted before the kernel has answered is a loss all the same', () => {
  const rig = waiting();
  const vip = address(2, '10.0.0.100', 32, { protocol: HOLDFAST_PROTOCOL });
  rig.handle({ kind: 'address', change: 'present', address: vip });
  rig.handle({ kind: 'address', change: 'gone', address: vip });
  assert.equal(rig.state(), 'MASTER');
  const [request] = asked(rig);
  assert.ok(request);
  accept(rig, request.request, request.operations);
  assert.equal(rig.state(), 'BACKUP');
  // Nor does it count as there when it is wanted again.
  rig.take();
  rig.wait(1);
  assert.equal(rig.state(), 'MASTER');
  assert.deepEqual(
    asked(rig).flatMap(({ operations }) => operations.map(({ operation }) => operation)),
    ['add'],
  );
  assert.ok(!rig.lines.some((line) => line.includes('announce')));
});

for (const echoed of [false, true])
  test(`an answer that comes after a newer one${echoed ? ' and its echo' : ''} says nothing of the present`, () => {
    const rig = waiting();
    rig.advert({ priority: 150 });
    const [add, remove] = asked(rig);
    assert.ok(add && remove);
    accept(rig, remove.request, remove.operations);
    const vip = address(2, '10.0.0.100', 32, { protocol: HOLDFAST_PROTOCOL });
    if (echoed) rig.handle({ kind: 'address', change: 'gone', address: vip });
    accept(rig, add.request, add.operations);
    rig.take();
    rig.advert({ priority: 0 }).wait(0.7);
    assert.equal(asked(rig).length, 1, 'it is asked for again');
    assert.equal(
      rig.lines.some((line) => line.includes('announce')),
      false,
    );
  });

test('the answer of an earlier mastership announces nothing in this one', () => {
  const rig = waiting();
  rig.advert({ priority: 150 }).advert({ priority: 0 }).wait(0.7);
  assert.equal(rig.state(), 'MASTER');
  const [first, remove, second] = asked(rig);
  assert.ok(first && remove && second);
  const announced = (): number => rig.lines.filter((line) => line.includes('announce 10.0.0.100')).length;
  accept(rig, first.request, first.operations);
  assert.equal(announced(), 0, 'it is to be deleted yet');
  assert.equal(rig.engine.status().instances[0]?.addresses[0]?.present, false);
  accept(rig, remove.request, remove.operations);
  accept(rig, second.request, second.operations);
  assert.equal(announced(), 1);
});

test('events that were lost while a deletion is unanswered: its echo is still to come, and ours', () => {
  const rig = waiting();
  const vip = address(2, '10.0.0.100', 32, { protocol: HOLDFAST_PROTOCOL });
  const latest = (): Asked => asked(rig).at(-1) ?? assert.fail();
  accept(rig, latest().request, latest().operations);
  rig.advert({ priority: 150 });
  const remove = latest();
  rig.handle({ kind: 'resync', links: [...rig.links.values()], addresses: [...rig.addresses, vip] });
  rig.advert({ priority: 0 }).wait(0.7);
  const again = latest();
  rig.handle({ kind: 'address', change: 'gone', address: vip });
  accept(rig, remove.request, remove.operations);
  accept(rig, again.request, again.operations);
  assert.equal(rig.state(), 'MASTER');
  assert.equal(rig.engine.status().instances[0]?.addresses[0]?.present, true);
});

test('a deletion that was refused has no echo: whoever deletes it later is somebody else', () => {
  const EPERM = 1;
  const rig = new Rig(single()).start().wait(4);
  rig.refusals.set('10.0.0.100', EPERM);
  rig.advert({ priority: 150 }).advert({ priority: 0 }).wait(0.7);
  assert.equal(rig.state(), 'MASTER');
  rig.refusals.clear();
  rig.deleteAddress('10.0.0.100');
  assert.equal(rig.state(), 'BACKUP');
});

test('a refusal is news again once it was done in between', () => {
  const EPERM = 1;
  const rig = new Rig(single()).start().wait(4);
  const yields = (): void => {
    rig.refusals.set('10.0.0.100', EPERM);
    rig.advert({ priority: 150 });
    rig.refusals.clear();
    rig.wait(1.1);
    assert.deepEqual(rig.held(), []);
  };
  yields();
  rig.advert({ priority: 0 }).wait(0.7);
  assert.deepEqual(rig.held(), ['10.0.0.100']);
  yields();
  assert.equal(rig.lines.filter((line) => line.includes('refused to delete 10.0.0.100')).length, 2);
});

test('an address that is there already is as good as added', () => {
  const rig = new Rig(single(), {
    addresses: [address(2, '10.0.0.1', 24), address(2, '10.0.0.100', 24)],
  });
  rig.start().wait(3.7);
  assert.deepEqual(rig.lines.filter((line) => line.includes(' add ')).length, 1);
  rig.refusals.set('10.0.0.100', 17);
  rig.take();
  rig.advert({ priority: 150 }).advert({ priority: 0 }).wait(0.7);
  assert.ok(rig.lines.some((line) => line.includes('announce 10.0.0.100')));
});

test('what the kernel says is there already, or gone already, is as it was wanted', () => {
  const EEXIST = 17;
  const EADDRNOTAVAIL = 99;
  const rig = waiting();
  const answer = (errno: number): void => {
    const request = asked(rig).at(-1);
    assert.ok(request);
    const results = request.operations.map((operation) => ({ operation, errno }));
    rig.handle({ kind: 'addresses-applied', request: request.request, results });
  };
  answer(EEXIST);
  assert.equal(rig.engine.status().instances[0]?.addresses[0]?.present, true);
  assert.equal(rig.lines.filter((line) => line.includes('announce 10.0.0.100')).length, 1);
  assert.equal(rig.lines.filter((line) => line.includes('10.0.0.100/32 is on eth0 already')).length, 1);
  rig.advert({ priority: 150 });
  answer(EADDRNOTAVAIL);
  const requests = asked(rig).length;
  rig.wait(3);
  assert.equal(asked(rig).length, requests, 'nothing is asked for again');
  assert.ok(!rig.lines.some((line) => line.includes('refused')));
});

test('an address that somebody has set before us is said, counts as ours, and goes when we leave', () => {
  const rig = new Rig(single()).start();
  rig
    .addAddress(address(2, '10.0.0.100', 32))
    .wait(4)
    .take();
  assert.equal(rig.engine.status().instances[0]?.addresses[0]?.present, true);
  rig.handle({ kind: 'resync', links: [...rig.links.values()], addresses: [...rig.addresses] });
  assert.deepEqual(rig.take(), []);
  rig.advert({ priority: 150 });
  assert.ok(!rig.addresses.some((one) => one.address === '10.0.0.100'));
  const again = new Rig(single()).start();
  again.addAddress(address(2, '10.0.0.100', 32)).wait(4);
  const said = again.lines.filter((line) => line.includes('already'));
  assert.deepEqual(said, [
    '3.609 notice: (VI_1) 10.0.0.100/32 is on eth0 already: it counts as ours from now on',
  ]);
  assert.equal(again.lines.filter((line) => line.includes('announce 10.0.0.100')).length, 1);
});

test('an address that stands there with another prefix is not said to be ours: it stays when we leave', () => {
  const EEXIST = 17;
  const text = single()
    .replace('10.0.0.100', 'fe80::77/64\n2001:db8::1')
    .replace(/authentication \{[^}]*\}/, '');
  const rig = new Rig(text);
  rig.kernelAnswers = false;
  rig
    .start()
    .addAddress(address(2, 'fe80::1', 64, { scope: 253 }))
    .addAddress(address(2, '2001:db8::1', 64))
    .wait(4);
  const add = asked(rig).at(-1);
  assert.ok(add);
  const results = add.operations.map((operation) =>
    operation.address.address === '2001:db8::1' ? { operation, errno: EEXIST } : { operation },
  );
  rig.handle({ kind: 'addresses-applied', request: add.request, results });
  const said = rig.lines.filter((line) => line.includes('2001:db8::1/128'));
  assert.equal(said.filter((line) => line.includes('counts as ours')).length, 0, said.join('\n'));
  assert.match(said.join('\n'), /2001:db8::1\/64 is on eth0 already, and stays when we leave/);
});

/** A second instance beside `single()`, with the same address unless it is changed. */
const second = (): string =>
  single()
    .replace(/global_defs.*/, '')
    .replace('VI_1', 'VI_2')
    .replace('virtual_router_id 51', 'virtual_router_id 52');
const shown = (rig: Rig): (boolean | undefined)[] =>
  rig.engine.status().instances.map(({ addresses }) => addresses[0]?.present);

test('two instances that hold one address find nothing that somebody has set, and each announces it', () => {
  const rig = new Rig(single() + second()).start().wait(4);
  assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['MASTER', 'MASTER']);
  assert.deepEqual(
    rig.lines.filter((line) => line.includes('already')),
    [],
  );
  assert.deepEqual(shown(rig), [true, true]);
});

test('an address of two instances stays until the last of them leaves it', () => {
  const rig = new Rig(single() + second()).start().wait(4);
  rig.advert({ vrid: 52, priority: 200 });
  assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['MASTER', 'BACKUP']);
  assert.deepEqual(rig.held(), ['10.0.0.100']);
  assert.deepEqual(shown(rig), [true, false]);
  rig.advert({ priority: 200 });
  assert.deepEqual(rig.held(), []);
});

test('who had lost an address that another one has set again takes it over from that one', () => {
  const untracked = single().replace('10.0.0.100', '10.0.0.100 no_track');
  const rig = new Rig(untracked + second()).start().wait(3);
  rig.advert({ vrid: 52, priority: 200 }).wait(1);
  rig.deleteAddress('10.0.0.100');
  rig.wait(3);
  assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['MASTER', 'MASTER']);
  assert.deepEqual(shown(rig), [false, true]);
  rig.advert({ vrid: 52, priority: 200 });
  assert.deepEqual(shown(rig), [true, false]);
  rig.advert({ priority: 200 });
  assert.deepEqual(rig.held(), []);
});

test('an address of two instances that somebody deletes is lost to both', () => {
  const rig = new Rig(single() + second()).start().wait(4);
  rig.deleteAddress('10.0.0.100');
  assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['BACKUP', 'BACKUP']);
});

test('a static address that an instance has as well stays when that leaves it', () => {
  const rig = new Rig(`static_ipaddress {\n 10.0.0.100/32 dev eth0\n}\n${single()}`).start().wait(4);
  rig.advert({ priority: 200 });
  assert.equal(rig.state(), 'BACKUP');
  assert.ok(rig.addresses.some((one) => one.address === '10.0.0.100'));
});

/** The kernel takes the other addresses of a subnet along with its first one, and tells of them before. */
function deleteFirstOfSubnet(rig: Rig, act: () => void): void {
  const [first, ...others] = rig.addresses.filter((one) => one.address.startsWith('10.9.0.'));
  assert.ok(first);
  rig.kernelAnswers = false;
  act();
  const [ask] = asked(rig).slice(-1);
  assert.ok(ask);
  rig.kernelAnswers = true;
  for (const one of [...others, first]) rig.deleteAddress(one.address);
  accept(rig, ask.request, ask.operations);
}
const inOneSubnet = (): string => single().replace('10.0.0.100', '10.9.0.1/24\n 10.9.0.2/24');

test('what the kernel takes along with an address that a reload removes comes again at once', () => {
  const rig = new Rig(inOneSubnet()).start().wait(4);
  deleteFirstOfSubnet(rig, () => {
    const configuration = configurationOf(inOneSubnet().replace('10.9.0.1/24\n', ''));
    rig.take();
    rig.handle({ kind: 'reload', configuration });
  });
  assert.equal(rig.state(), 'MASTER');
  assert.deepEqual(rig.held(), ['10.9.0.2']);
  assert.ok(rig.lines.some((line) => line.includes('announce 10.9.0.2')));
});

test('who leaves the first address of a subnet takes none of it from another instance', () => {
  const other = second().replace('10.0.0.100', '10.9.0.2/24');
  const rig = new Rig(single().replace('10.0.0.100', '10.9.0.1/24') + other).start().wait(4);
  deleteFirstOfSubnet(rig, () => rig.advert({ priority: 200 }));
  assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['BACKUP', 'MASTER']);
  assert.deepEqual(rig.held(), ['10.9.0.2']);
  rig.deleteAddress('10.9.0.2');
  assert.equal(rig.state('VI_2'), 'BACKUP', 'later it was somebody else');
});

test('routes whose source went along with another address come again with it', () => {
  const routes = 'virtual_routes {\n src 10.9.0.2 10.77.0.0/24 via 10.0.0.9 dev eth0\n }\n virtual_ipaddress';
  const text = inOneSubnet().replace('virtual_ipaddress', routes);
  const rig = new Rig(text).start().wait(4);
  const route = () => rig.routing.routes.find((one) => one.destination?.address === '10.77.0.0');
  assert.ok(route());
  rig.kernelAnswers = false;
  rig.take();
  const configuration = configurationOf(text.replace('10.9.0.1/24\n', ''));
  rig.handle({ kind: 'reload', configuration });
  const ask = asked(rig).at(-1);
  assert.ok(ask);
  // In the kernel's order; the address is asked for again before the route is told of.
  rig.deleteAddress('10.9.0.2').deleteRoute('10.77.0.0');
  const again = asked(rig).at(-1);
  rig.kernelAnswers = true;
  rig.deleteAddress('10.9.0.1');
  accept(rig, ask.request, ask.operations);
  assert.ok(again);
  accept(rig, again.request, again.operations);
  assert.equal(rig.state(), 'MASTER');
  assert.ok(route(), 'set again');
});

test('an address that a reload moves among those that are not advertised stays in its place', () => {
  const rig = new Rig(inOneSubnet()).start().wait(4);
  rig.take();
  const text = inOneSubnet()
    .replace('10.9.0.1/24\n', '')
    .replace('virtual_ipaddress', 'virtual_ipaddress_excluded {\n 10.9.0.1/24\n }\n virtual_ipaddress');
  rig.handle({ kind: 'reload', configuration: configurationOf(text) });
  assert.deepEqual(asked(rig), []);
  assert.deepEqual(rig.held(), ['10.9.0.1', '10.9.0.2']);
  assert.deepEqual(
    rig.engine.status().instances[0]?.addresses.map(({ present }) => present),
    [true, true],
  );
});

test('the echo of our own deletion that was lost with other events is waited for no more', () => {
  const rig = waiting();
  const vip = address(2, '10.0.0.100', 32, { protocol: HOLDFAST_PROTOCOL });
  const latest = (): Asked => asked(rig).at(-1) ?? assert.fail();
  accept(rig, latest().request, latest().operations);
  rig.advert({ priority: 150 });
  accept(rig, latest().request, latest().operations);
  rig.handle({ kind: 'resync', links: [...rig.links.values()], addresses: [...rig.addresses] });
  rig.advert({ priority: 0 }).wait(0.7);
  accept(rig, latest().request, latest().operations);
  assert.equal(rig.state(), 'MASTER');
  rig.handle({ kind: 'address', change: 'gone', address: vip });
  assert.equal(rig.state(), 'BACKUP', 'this one was somebody else');
});

test('what a killed daemon left behind goes at the start: our mark, and any configured VIP', () => {
  const rig = new Rig(single(), {
    addresses: [
      address(2, '10.0.0.1', 24),
      address(2, '10.0.0.100', 32),
      address(3, '10.9.9.9', 32, { protocol: HOLDFAST_PROTOCOL }),
      address(3, '10.0.1.1', 24),
    ],
  }).start();
  const deleted = rig.lines.filter((line) => line.includes(' del '));
  assert.equal(deleted.length, 1);
  assert.match(deleted[0] ?? '', /del 10\.0\.0\.100\/32 dev eth0; del 10\.9\.9\.9\/32 dev eth1$/);
  assert.deepEqual(rig.addresses.map((one) => one.address).sort(), ['10.0.0.1', '10.0.1.1']);
  assert.equal(rig.state(), 'BACKUP');
});

test('a daemon with a name takes away what it has written, not what another one beside it marked', () => {
  const rig = new Rig(`instance red\n${single()}`, {
    addresses: [
      address(2, '10.0.0.1', 24),
      address(2, '10.0.0.100', 32, { protocol: HOLDFAST_PROTOCOL }),
      address(3, '10.9.9.9', 32, { protocol: HOLDFAST_PROTOCOL }),
    ],
  }).start();
  assert.deepEqual(rig.addresses.map((one) => one.address).sort(), ['10.0.0.1', '10.9.9.9']);
});

test("a VIP of another length, or on another interface, is nobody's leftover: it stays, and is told", () => {
  const rig = new Rig(single(), {
    addresses: [
      address(2, '10.0.0.1', 24),
      address(2, '10.0.0.100', 24),
      address(3, '10.0.0.100', 32),
      address(3, '10.0.1.1', 24),
    ],
  }).start();
  assert.ok(!rig.lines.some((line) => line.includes(' del ')));
  for (const place of ['10.0.0.100/24 on eth0', '10.0.0.100/32 on eth1'])
    assert.ok(
      rig.lines.some((line) =>
        line.includes(`warning: found ${place}: a virtual address, but not as it is configured`),
      ),
      rig.lines.join('\n'),
    );
});

test('an owner that finds its address left over has it again in the same request', () => {
  const rig = new Rig(single().replace('priority 100', 'priority 255'), {
    addresses: [address(2, '10.0.0.1', 24), address(2, '10.0.0.100', 32, { protocol: HOLDFAST_PROTOCOL })],
  }).start();
  const [request] = asked(rig);
  assert.deepEqual(
    request?.operations.map(({ operation }) => operation),
    ['delete', 'add'],
  );
  assert.equal(rig.state(), 'MASTER');
  assert.deepEqual(rig.held(), ['10.0.0.100']);
});

test('a deletion that the kernel refuses is asked for again, but not once it is ours again', () => {
  const rig = new Rig(single()).start().wait(3.7);
  rig.refusals.set('10.0.0.100', 16);
  rig.advert({ priority: 150 }).take();
  rig.wait(1);
  assert.ok(rig.lines.some((line) => line.includes('del 10.0.0.100')));
  rig.refusals.clear();
  rig.wait(1);
  assert.deepEqual(rig.held(), []);
  rig.advert({ priority: 0 }).wait(0.7);
  rig.refusals.set('10.0.0.100', 16);
  rig.advert({ priority: 150 }).advert({ priority: 0 }).wait(0.7);
  assert.equal(rig.state(), 'MASTER');
  rig.refusals.clear();
  rig.wait(1);
  assert.deepEqual(rig.held(), ['10.0.0.100']);
});

test('what was left over and could be neither taken away nor taken over goes when its time as ours is over', () => {
  const left = address(2, '10.0.0.100', 32, { protocol: HOLDFAST_PROTOCOL });
  const rig = new Rig(single(), { addresses: [address(2, '10.0.0.1', 24), left] });
  rig.refusals.set('10.0.0.100', 105);
  rig.start().wait(3.7);
  assert.equal(rig.state(), 'MASTER');
  rig.wait(2).advert({ priority: 150 });
  assert.deepEqual(rig.held(), ['10.0.0.100']);
  rig.refusals.clear();
  rig.wait(1.1);
  assert.equal(rig.state(), 'BACKUP');
  assert.deepEqual(rig.held(), []);
});

test('a lasting refusal is said once, another one anew, and so is the same in the next mastership', () => {
  const said = (rig: Rig): number => rig.take().filter((line) => line.includes('refused to add')).length;
  const rig = new Rig(single());
  rig.refusals.set('10.0.0.100', 13);
  rig.start().wait(3.7).wait(5);
  assert.equal(said(rig), 1);
  rig.refusals.set('10.0.0.100', 22);
  rig.wait(3);
  assert.equal(said(rig), 1);
  rig.advert({ priority: 150 }).wait(3.7);
  assert.equal(said(rig), 1);
});

test('a thousand addresses of one transition travel in one request', () => {
  const vips = Array.from({ length: 200 }, (_, n) => `10.0.9.${n}`).join('\n');
  const rig = new Rig(single().replace('10.0.0.100', vips)).start().wait(3.7);
  assert.equal(asked(rig).length, 1);
  assert.equal(asked(rig)[0]?.operations.length, 200);
});

test('a VIP on a link that comes later is set when it comes', () => {
  const rig = new Rig(single().replace('10.0.0.100', '10.0.0.100\n 10.0.2.100 dev eth2 no_track')).start();
  rig.wait(3.7);
  assert.ok(rig.lines.some((line) => line.includes('waits for interface eth2')));
  assert.deepEqual(rig.held(), ['10.0.0.100']);
  const eth1 = rig.links.get('eth1');
  assert.ok(eth1);
  rig.addLink({ ...eth1, index: 9, name: 'eth2' });
  assert.deepEqual(rig.held(), ['10.0.0.100', '10.0.2.100']);
});
