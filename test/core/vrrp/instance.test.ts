/** What an instance does around the table: stalls, held channels, lost sockets, late deadlines, status. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_HISTORY } from '../../../src/base/limits.js';
import { CHANNEL_RETRY } from '../../../src/core/net/channels.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';

test('a channel that is held keeps its master-down deadlines due, and nothing else', () => {
  const rig = new Rig(pair().replace(/vrrp_sync_group[^}]*}[^}]*}/, '')).start();
  rig.stall(5).handle({ kind: 'timeout', held: ['2/ipv4'] });
  assert.equal(rig.state('VI_1'), 'BACKUP');
  assert.equal(rig.state('VI_2'), 'MASTER');
  assert.ok((rig.engine.nextDeadline ?? Number.POSITIVE_INFINITY) <= rig.now, 'it is still due');
  rig.handle({ kind: 'timeout' });
  assert.equal(rig.state('VI_1'), 'MASTER');
});

test('an advert that waited while we were stalled counts before the deadline that passed', () => {
  const rig = new Rig(single()).start().advert({ priority: 150 });
  rig.stall(60).advert({ priority: 150 }).handle({ kind: 'timeout' });
  assert.equal(rig.state(), 'BACKUP');
  assert.ok(rig.lines.some((line) => line.includes('was stalled') && line.includes('56.391s')));
});

test('an advert counts from its arrival, as do the skew after a goodbye and what status says', () => {
  const due = (priority: number, waited?: number): number => {
    const rig = new Rig(single()).start().advert({ priority: 150 }).wait(0.5);
    rig.advert({ priority, ...(waited === undefined ? {} : { waited }) });
    return (rig.engine.nextDeadline ?? Number.NaN) - rig.now;
  };
  for (const priority of [150, 0]) assert.equal(due(priority) - due(priority, 0.004), 4000);
  // Only what the advert itself leads to: whatever comes later counts from its own moment.
  const rig = new Rig(single()).start().advert({ priority: 150, waited: 0.004 }).wait(0.5);
  rig.advert({ priority: 150 });
  assert.equal((rig.engine.nextDeadline ?? 0) - rig.now, due(150));
});

test('a stall without a waiting advert is said with its length before we take over', () => {
  const rig = new Rig(single()).start();
  rig.stall(60).handle({ kind: 'timeout' });
  assert.equal(rig.state(), 'MASTER');
  assert.ok(rig.lines.some((line) => line.includes('handled 56.391s late')));
});

test('a stall with an advert waiting that is not obeyed says that we take over all the same, and why', () => {
  const rig = new Rig(single()).start().advert({ priority: 150 });
  rig.stall(10).advert({ priority: 50 }).handle({ kind: 'timeout' });
  assert.equal(rig.state(), 'MASTER');
  const said = rig.lines.filter((line) => line.includes('was stalled')).map((line) => line.split(': ').pop());
  assert.deepEqual(said, [
    'the master-down deadline passed 6.391s ago, but an advert from 10.0.0.2 waited in the socket and counts first',
    'the master-down deadline is handled 6.391s late; what waited in the socket is not obeyed, so it counts',
  ]);
});

test('a stall with an advert waiting that was obeyed, and was the last one: nothing is said to be disobeyed', () => {
  for (const [priority, seconds] of [
    [150, 10],
    [0, 5],
  ] as const) {
    const rig = new Rig(single()).start().advert({ priority: 150 });
    // It came right after the stall began, and whoever sent it is dead.
    rig
      .stall(seconds)
      .advert({ priority, waited: seconds - 0.001 })
      .handle({ kind: 'timeout' });
    assert.equal(rig.state(), 'MASTER');
    const said = rig.lines.filter((line) => line.includes('was stalled')).join('\n');
    assert.match(said, /no later advert waited in the socket, so it counts$/);
    assert.doesNotMatch(said, /not obeyed/);
  }
});

test('a socket that cannot be opened is a FAULT, tried again, and no longer one once it opens', () => {
  const rig = new Rig(single()).start();
  rig.handle({ kind: 'channel', channel: '2/ipv4', error: { code: 'EPERM', message: 'not permitted' } });
  assert.equal(rig.state(), 'FAULT');
  assert.equal(rig.engine.status().instances[0]?.reason.code, 'channel-failed');
  rig.take();
  rig.wait(CHANNEL_RETRY / 1e6);
  assert.ok(rig.lines.some((line) => line.includes('open 2/ipv4')));
  assert.equal(rig.state(), 'BACKUP');
});

test('configured as MASTER it listens for a whole interval once it can hear, however late that is', () => {
  const rig = new Rig(single('state MASTER'));
  rig.channelsOpen = false;
  rig.start().wait(0.9).handle({ kind: 'channel', channel: '2/ipv4' });
  rig.wait(0.9).advert({ priority: 150 });
  assert.equal(rig.state(), 'BACKUP');
  assert.ok(!rig.lines.some((line) => line.includes('MASTER STATE')), 'and was none in between');
  const quick = new Rig(single('state MASTER'));
  quick.channelsOpen = false;
  quick.start().wait(0.003).handle({ kind: 'channel', channel: '2/ipv4' });
  assert.equal(quick.wait(1.002).state(), 'MASTER', 'a socket that opens at once costs nothing');
  const open = new Rig(single('state MASTER')).start();
  open.wait(0.9).handle({ kind: 'channel', channel: '2/ipv4' });
  assert.equal(
    open.wait(0.11).state(),
    'MASTER',
    'asked for again with other members it was open all the while',
  );
});

test('a send that fails is counted and said once per kind', () => {
  const rig = new Rig(single()).start();
  rig.take();
  for (let n = 0; n < 3; n++)
    rig.handle({ kind: 'send-failed', instance: 'VI_1', error: { code: 'ENOBUFS', message: 'no room' } });
  assert.equal(rig.engine.status().instances[0]?.counters.sendErrors, 3);
  assert.equal(rig.lines.length, 1);
});

test('an interface that comes back under another index is opened and used again', () => {
  const rig = new Rig(single()).start().wait(4);
  const eth0 = rig.links.get('eth0');
  assert.ok(eth0);
  rig.removeLink('eth0');
  assert.equal(rig.state(), 'FAULT');
  rig.take();
  rig.addLink({ ...eth0, index: 12 });
  const [, source] = rig.addresses.map((one) => one);
  assert.ok(source);
  rig.addAddress({ ...source, interfaceIndex: 12, address: rig.addresses[0]?.address ?? source.address });
  assert.equal(rig.state(), 'BACKUP');
  rig.wait(4);
  assert.ok(rig.lines.some((line) => line.includes('open 12/ipv4')));
  assert.ok(rig.lines.some((line) => line.includes('add 10.0.0.100/32 dev eth0')));
});

test('events before the snapshot of the start count after it', () => {
  const rig = new Rig(single());
  const links = [...rig.links.values()];
  const [source] = rig.addresses.splice(0, 1);
  assert.ok(source);
  rig.handle({ kind: 'address', change: 'present', address: source });
  rig.handle({ kind: 'start', links, addresses: [] });
  assert.equal(rig.state(), 'BACKUP');
});

test('a resync that finds a VIP gone is a lost address, one that finds everything changes nothing', () => {
  const rig = new Rig(single()).start().wait(4);
  rig.take();
  const links = [...rig.links.values()];
  rig.handle({ kind: 'resync', links, addresses: [...rig.addresses] });
  assert.deepEqual(rig.take(), []);
  const addresses = rig.addresses.filter((one) => one.address !== '10.0.0.100');
  rig.handle({ kind: 'resync', links, addresses });
  assert.equal(rig.state(), 'BACKUP');
  assert.equal(rig.engine.status().instances[0]?.reason.code, 'address-lost');
});

test('the history is bounded and every entry has its reason', () => {
  const rig = new Rig(single()).start();
  for (let n = 0; n < MAX_HISTORY; n++) rig.setLink('eth0', { up: false }).setLink('eth0', { up: true });
  const history = rig.engine.status().instances[0]?.history ?? [];
  assert.equal(history.length, MAX_HISTORY);
  for (const event of history) assert.ok(event.type === 'transition' && event.reason.text.length > 0);
});

test('status names the master, ourselves included, and what stands in the kernel', () => {
  const rig = new Rig(single()).start().advert({ priority: 150 });
  assert.deepEqual(rig.engine.status().instances[0]?.master, {
    address: '10.0.0.2',
    priority: 150,
    self: false,
  });
  rig.wait(4);
  const status = rig.engine.status().instances[0];
  assert.deepEqual(status?.master, { address: '10.0.0.1', priority: 100, self: true });
  assert.deepEqual(status?.addresses, [{ address: '10.0.0.100/32', interface: 'eth0', present: true }]);
});

test('instances that advertise at almost the same instant share a wake-up and keep their own rhythm', () => {
  const rig = new Rig(
    pair()
      .replace(/vrrp_sync_group[^}]*}[^}]*}/, '')
      .replace('priority 90', 'priority 100'),
  );
  rig.start().wait(0.0001).setLink('eth1', { up: false }).setLink('eth1', { up: true });
  rig.wait(10);
  const times = rig.adverts();
  const first = times.filter((line) => line.includes('VI_1')).map((line) => line.split(' ')[0]);
  const second = times.filter((line) => line.includes('VI_2')).map((line) => line.split(' ')[0]);
  assert.deepEqual(second, first);
  assert.equal(first[6], '9.609');
});

test('the same inputs give the same effects', () => {
  const play = (): unknown => {
    const rig = new Rig(pair()).start().wait(4);
    rig.advert({ priority: 150 }).wait(5).setLink('eth1', { running: false }).wait(1);
    rig.setLink('eth1', { running: true }).wait(5).handle({ kind: 'stop', reason: 'test' });
    return rig.effects;
  };
  assert.deepEqual(play(), play());
});

test('after it stopped, nothing moves it any more', () => {
  const rig = new Rig(single()).start().wait(4).handle({ kind: 'stop', reason: 'test' });
  assert.ok(rig.lines.at(-1)?.endsWith('stopped'));
  rig.take();
  rig.setLink('eth0', { up: false }).advert({ priority: 10 }).wait(20).handle({ kind: 'stop', reason: 'x' });
  assert.deepEqual(rig.take(), []);
  assert.equal(rig.engine.nextDeadline, undefined);
});

test('while it stops, a link that returns starts nothing', () => {
  const rig = new Rig(single()).start().wait(4);
  rig.kernelAnswers = false;
  rig.handle({ kind: 'stop', reason: 'test' }).take();
  rig.setLink('eth0', { up: false }).setLink('eth0', { up: true }).wait(4);
  assert.deepEqual(rig.take(), []);
  rig.wait(1.1);
  assert.ok(rig.lines.at(-1)?.endsWith('stopped'), 'the bound for it passed');
});
