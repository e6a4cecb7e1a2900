/**
 * The kernel as an adversary in the middle of a transition: interfaces that vanish before it has answered, refusals,
 * events that were lost. Each leaves a defined state, nothing behind, and one line that says what was.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Effect } from '../../../src/core/effects.js';
import type { LinkFacts } from '../../../src/core/net/facts.js';
import { address } from '../../support/machine.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';

type Request = Extract<Effect, { kind: 'apply-addresses' }>;
const ENODEV = 19;
const EPERM = 1;
const ENOBUFS = 105;

const requests = (rig: Rig): Request[] => rig.effects.filter((one) => one.kind === 'apply-addresses');
/** The kernel answers a request late, and refuses everything in it. */
const refuse = (rig: Rig, request: Request | undefined, errno: number): void => {
  assert.ok(request);
  const results = request.operations.map((operation) => ({ operation, errno }));
  rig.handle({ kind: 'addresses-applied', request: request.request, results });
};
const said = (rig: Rig, text: string): number => rig.lines.filter((line) => line.includes(text)).length;
/** MASTER by now, and the kernel has not answered. */
function unanswered(text = single()): Rig {
  const rig = new Rig(text).start();
  rig.kernelAnswers = false;
  rig.wait(3.7);
  assert.equal(rig.state(), 'MASTER');
  return rig;
}

test('an interface that vanishes before its addresses are set: FAULT, and all anew when it is back', () => {
  const rig = unanswered();
  const eth0 = rig.links.get('eth0');
  const [adding] = requests(rig);
  rig.take();
  rig.removeLink('eth0');
  rig.addresses.splice(0);
  assert.equal(rig.state(), 'FAULT');
  assert.equal(said(rig, 'Entering FAULT STATE; reason: interface eth0 does not exist'), 1);
  refuse(rig, adding, ENODEV);
  assert.equal(said(rig, 'the kernel refused'), 0, 'an address goes with its link: that is no refusal');
  assert.equal(said(rig, 'announce'), 0);
  rig.kernelAnswers = true;
  rig.wait(2);
  assert.ok(eth0);
  rig.addLink({ ...eth0, index: 12 });
  rig.addAddress(address(12, '10.0.0.1', 24));
  assert.equal(rig.state(), 'BACKUP');
  rig.wait(4);
  assert.equal(rig.state(), 'MASTER');
  assert.deepEqual(rig.held(), ['10.0.0.100']);
  assert.equal(said(rig, 'announce 10.0.0.100'), 1);
});

test('an interface that goes and comes under the same number while an addition is unanswered has nothing yet', () => {
  const rig = unanswered();
  const eth0 = rig.links.get('eth0');
  const [adding] = requests(rig);
  assert.ok(eth0 && adding);
  rig.removeLink('eth0');
  const results = adding.operations.map((operation) => ({ operation }));
  rig.handle({ kind: 'addresses-applied', request: adding.request, results });
  rig.addLink(eth0);
  rig.handle({ kind: 'address', change: 'present', address: address(2, '10.0.0.1', 24) });
  rig.take();
  rig.kernelAnswers = true;
  rig.wait(4);
  assert.equal(rig.state(), 'MASTER');
  assert.equal(requests(rig).length, 1, 'it went with the interface, whatever the late answer says');
});

test('an interface that vanishes while its addresses are taken away leaves nothing to wait for', () => {
  const rig = new Rig(single()).start().wait(4);
  rig.kernelAnswers = false;
  rig.take();
  rig.advert({ priority: 200 });
  assert.equal(rig.state(), 'BACKUP');
  const [deleting] = requests(rig);
  rig.removeLink('eth0');
  refuse(rig, deleting, ENODEV);
  rig.take();
  rig.wait(5).handle({ kind: 'stop', reason: 'test' });
  assert.equal(requests(rig).length, 0, 'nothing is asked for again');
  assert.equal(said(rig, 'stopped'), 1);
});

test('a sync group whose member loses its interface in the middle of becoming MASTER goes to FAULT together', () => {
  const rig = unanswered(pair());
  const [adding] = requests(rig);
  rig.take();
  rig.removeLink('eth1');
  for (const name of ['VI_1', 'VI_2']) assert.equal(rig.state(name), 'FAULT');
  assert.equal(rig.engine.status().syncGroups[0]?.state, 'FAULT');
  refuse(rig, adding, ENODEV);
  assert.equal(said(rig, 'announce'), 0);
  assert.equal(said(rig, 'Entering MASTER'), 0);
});

test('a refusal is said once with its meaning, the state stays, and the addresses come when it ends', () => {
  const rig = new Rig(single()).start();
  rig.refusals.set('10.0.0.100', EPERM);
  rig.wait(8);
  assert.equal(rig.state(), 'MASTER');
  assert.equal(said(rig, 'the kernel refused to add 10.0.0.100/32: errno 1, not permitted'), 1);
  assert.equal(said(rig, 'announce'), 0, 'what is not there is not announced');
  rig.refusals.clear();
  rig.wait(1.1);
  assert.deepEqual(rig.held(), ['10.0.0.100']);
  assert.equal(said(rig, 'announce 10.0.0.100'), 1);
});

test('a deletion that the kernel refuses for lack of room is asked for until it is done', () => {
  const rig = new Rig(single()).start().wait(4);
  rig.refusals.set('10.0.0.100', ENOBUFS);
  rig.advert({ priority: 200 }).wait(1.5);
  assert.deepEqual(rig.held(), ['10.0.0.100']);
  rig.advert({ priority: 200 });
  rig.refusals.clear();
  rig.wait(1.1);
  assert.deepEqual(rig.held(), []);
  assert.equal(rig.state(), 'BACKUP');
});

test('events that were lost: what the whole truth shows counts, and nothing else', () => {
  const rig = new Rig(pair()).start().wait(4);
  rig.take();
  const truth = { links: [...rig.links.values()], addresses: [...rig.addresses] };
  rig.handle({ kind: 'resync', ...truth });
  assert.deepEqual(rig.take(), [], 'the same truth changes nothing');
  // The interface of one member vanished meanwhile, with its addresses.
  rig.handle({
    kind: 'resync',
    links: truth.links.filter(({ name }) => name !== 'eth1'),
    addresses: truth.addresses.filter(({ interfaceIndex }) => interfaceIndex !== 3),
  });
  for (const name of ['VI_1', 'VI_2']) assert.equal(rig.state(name), 'FAULT');
  assert.equal(said(rig, 'interface eth1 does not exist') > 0, true);
  rig.handle({ kind: 'resync', ...truth });
  for (const name of ['VI_1', 'VI_2']) assert.equal(rig.state(name), 'BACKUP');
});

test('events that were lost while additions are unanswered: nobody has deleted what is not there yet', () => {
  const rig = unanswered();
  const [adding] = requests(rig);
  assert.ok(adding);
  rig.take();
  rig.handle({ kind: 'resync', links: [...rig.links.values()], addresses: [...rig.addresses] });
  assert.equal(rig.state(), 'MASTER');
  rig.handle({
    kind: 'addresses-applied',
    request: adding.request,
    results: adding.operations.map((operation) => ({ operation })),
  });
  assert.equal(rig.state(), 'MASTER');
  assert.equal(said(rig, 'announce 10.0.0.100'), 1);
});

test('an interface that is renamed under its instance is gone, and is back under its name', () => {
  const rig = new Rig(single()).start().wait(4);
  const eth0 = rig.links.get('eth0');
  assert.ok(eth0);
  rig.handle({ kind: 'link', change: 'present', link: { ...eth0, name: 'wan0' } });
  assert.equal(rig.state(), 'FAULT');
  assert.equal(said(rig, 'interface eth0 does not exist') > 0, true);
  rig.handle({ kind: 'link', change: 'present', link: eth0 });
  assert.equal(rig.state(), 'BACKUP');
  rig.wait(4);
  assert.deepEqual(rig.held(), ['10.0.0.100']);
});

test('a deletion that is asked for again, and a claim in the same moment: the address is there in the end', () => {
  const rig = new Rig(single()).start().wait(4);
  rig.refusals.set('10.0.0.100', EPERM);
  rig.advert({ priority: 200 });
  assert.deepEqual(rig.held(), ['10.0.0.100'], 'the kernel has refused to delete it');
  rig.refusals.clear();
  // The time to ask again has long come when nobody is heard any more: both fall into one turn.
  rig.stall(10).handle({ kind: 'timeout' });
  assert.equal(rig.state(), 'MASTER');
  assert.deepEqual(rig.held(), ['10.0.0.100']);
});

describe('an address that nobody tracks, on another interface', () => {
  const beside = (more = ''): string =>
    single(more).replace('10.0.0.100', '10.0.0.100\n  10.0.1.200 dev eth1 no_track');
  /** The kernel takes the addresses of a link away first, and tells so. */
  const unplug = (rig: Rig): LinkFacts => {
    const eth1 = rig.links.get('eth1');
    assert.ok(eth1);
    for (const { address: text, interfaceIndex } of [...rig.addresses])
      if (interfaceIndex === eth1.index) rig.deleteAddress(text);
    rig.removeLink('eth1');
    return eth1;
  };
  const shown = (rig: Rig) =>
    rig.engine.status().instances[0]?.addresses.find(({ address: text }) => text.startsWith('10.0.1.200'));

  test('goes with it, is not claimed to be there, and comes again with it', () => {
    const rig = new Rig(beside()).start().wait(4);
    assert.equal(shown(rig)?.present, true);
    rig.take();
    const eth1 = unplug(rig);
    assert.equal(rig.state(), 'MASTER');
    assert.equal(shown(rig)?.present, false);
    assert.equal(said(rig, '10.0.1.200/32 waits for interface eth1'), 1);
    rig.addLink({ ...eth1, index: 13 });
    assert.equal(rig.state(), 'MASTER');
    assert.deepEqual(rig.held(), ['10.0.0.100', '10.0.1.200']);
    assert.equal(said(rig, 'announce 10.0.1.200'), 1);
    assert.equal(shown(rig)?.present, true);
  });

  test('deleted by somebody, it stays so: that is what was asked for', () => {
    const rig = new Rig(beside()).start().wait(4);
    rig.deleteAddress('10.0.1.200');
    rig.wait(3);
    assert.equal(rig.state(), 'MASTER');
    assert.deepEqual(rig.held(), ['10.0.0.100']);
    assert.equal(shown(rig)?.present, false);
    rig.setLink('eth1', { mtu: 1400 });
    assert.deepEqual(rig.held(), ['10.0.0.100']);
  });

  test('of IPv6, on an interface that goes down: it is set again, for the kernel took it and nobody else', () => {
    const six = 'virtual_ipaddress_excluded {\n fd00::200 dev eth1 no_track\n }';
    const rig = new Rig(single(six)).start().wait(4);
    rig.setLink('eth1', { up: false, running: false }).deleteAddress('fd00::200');
    rig.setLink('eth1', { up: true, running: true });
    assert.deepEqual(rig.held(), ['10.0.0.100', 'fd00::200']);
  });

  test('unanswered when its interface goes and comes under the same number: it is asked for again', () => {
    const rig = new Rig(beside()).start();
    rig.kernelAnswers = false;
    rig.wait(4);
    const [adding] = requests(rig);
    assert.ok(adding);
    const eth1 = unplug(rig);
    const results = adding.operations.map((operation) => ({ operation }));
    rig.handle({ kind: 'addresses-applied', request: adding.request, results });
    assert.equal(shown(rig)?.present, false);
    assert.equal(said(rig, 'announce 10.0.1.200'), 0);
    rig.kernelAnswers = true;
    rig.addLink(eth1);
    assert.ok(rig.held().includes('10.0.1.200'));
    assert.equal(said(rig, 'announce 10.0.1.200'), 1);
  });

  test('with no_accept its traffic is stopped while it is there, and where it is', () => {
    const rig = new Rig(beside('no_accept')).start().wait(4);
    const guarded = (): boolean => shown(rig)?.guarded === true;
    assert.ok(guarded());
    const eth1 = unplug(rig);
    assert.equal(said(rig, 'let in 10.0.1.200'), 1);
    rig.addLink({ ...eth1, index: 13 });
    assert.ok(guarded());
    rig.advert({ priority: 200 });
    assert.equal(rig.state(), 'BACKUP');
    assert.equal(said(rig, 'let in 10.0.1.200'), 2);
  });
});
