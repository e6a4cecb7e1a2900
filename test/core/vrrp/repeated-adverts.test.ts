/** An advert that comes again is not judged again, and whatever a check looks at makes it another one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Input } from '../../../src/core/inputs.js';
import type { ReceiveCheck } from '../../../src/core/vrrp/receive-check.js';
import { RECEIVE_CHECKS } from '../../../src/core/vrrp/receive-checks.js';
import { configurationOf } from '../../support/configuration.js';
import { address } from '../../support/machine.js';
import { type AdvertOptions, Rig } from '../rig.js';
import { single } from '../texts.js';

/** A backup whose checks are counted, and that has heard a master. */
function backup(text = single(), own = '10.0.0.1') {
  let asked = 0;
  const receiveChecks: readonly ReceiveCheck[] = RECEIVE_CHECKS.map((check) => ({
    ...check,
    fault: (...what) => {
      asked += 1;
      return check.fault(...what);
    },
  }));
  const rig = new Rig(text, {
    receiveChecks,
    addresses: [address(2, own, 24), address(3, '10.0.1.1', 24)],
  }).start();
  const hear = (options: AdvertOptions = {}): number => {
    const before = asked;
    rig.wait(0.5).advert({ priority: 200, ...options });
    return asked - before;
  };
  const counters = () => rig.engine.status().instances[0]?.counters;
  const state = () => rig.engine.status().instances[0]?.state;
  return { rig, hear, counters, state };
}
const identified =
  (id: number) =>
  (packet: Uint8Array): Uint8Array => {
    const copy = packet.slice();
    copy.set([id >> 8, id & 0xff], 4);
    copy.set([id & 0xff, id >> 8], 10);
    return copy;
  };

test('the same advert, whatever its identification: heard, counted, not judged', () => {
  const { rig, hear, counters, state } = backup();
  assert.ok(hear() > 0);
  for (let id = 2; id < 40; id++) assert.equal(hear({ spoil: identified(id) }), 0);
  assert.equal(counters()?.advertReceived, 39);
  assert.equal(state(), 'BACKUP');
  // Each of them has moved the deadline, and the last one does not for ever.
  rig.wait(4);
  assert.equal(state(), 'MASTER');
});

test('every other byte makes it another advert', () => {
  const { hear } = backup();
  hear();
  const length = 40;
  for (let at = 0; at < length; at++) {
    if (at === 4 || at === 5 || at === 10 || at === 11 || at === 21) continue;
    const asked = hear({
      spoil: (packet) => {
        const copy = packet.slice();
        copy[at] = (copy[at] ?? 0) ^ 0x40;
        return copy;
      },
    });
    assert.ok(asked > 0 || at === 0 || at === 9, `byte ${at}`);
    hear();
  }
  assert.ok(hear({ vips: ['10.0.0.100', '10.0.0.101'] }) > 0);
});

test('a refused advert is refused each time, and said to be', () => {
  const { hear, counters } = backup();
  for (let n = 1; n <= 3; n++) {
    assert.ok(hear({ ttl: 254 }) > 0);
    assert.equal(counters()?.ttl, n);
  }
  assert.equal(counters()?.advertReceived, 0);
});

test('one that is obeyed with a remark is counted each time', () => {
  const { hear, counters } = backup();
  for (let n = 1; n <= 3; n++) {
    assert.ok(hear({ vips: ['10.0.0.7'] }) > 0);
    assert.equal(counters()?.addressList, n);
  }
});

test('a reload that asks for more judges what was good enough before', () => {
  const { rig, hear, counters, state } = backup();
  hear();
  assert.equal(hear(), 0);
  rig.handle({
    kind: 'reload',
    configuration: configurationOf(single('authentication {\n auth_type PASS\n auth_pass x\n }')),
  });
  assert.ok(hear() > 0);
  assert.equal(counters()?.authenticationType, 1);
  rig.wait(4);
  assert.equal(state(), 'MASTER');
});

test('who was checked as a familiar sender is checked in full as a stranger', () => {
  const { hear, counters } = backup(
    single('', 'global_defs {\n vrrp_skip_check_adv_addr\n }').replace('script_user root', ''),
  );
  const other = { vips: ['10.0.0.7'] };
  hear();
  // Familiar by now: its list is not looked at.
  hear(other);
  assert.equal(hear(other), 0);
  assert.equal(counters()?.addressList, 0);
  hear({ from: '10.0.0.3' });
  assert.ok(hear(other) > 0);
  assert.equal(counters()?.addressList, 1);
});

test('IPv6: sender, destination and hop limit belong to it', () => {
  const text = single('version 3').replace('10.0.0.100', 'fe80::100');
  const { hear } = backup(text, 'fe80::1');
  const from = 'fe80::2';
  assert.ok(hear({ from }) > 0);
  assert.equal(hear({ from }), 0);
  assert.ok(hear({ from, ttl: 254 }) > 0);
  assert.ok(hear({ from: 'fe80::3' }) > 0);
});

test('a priority that changed meanwhile is not forgotten', () => {
  const { rig, hear, state } = backup(single('track_interface {\n eth1 weight 150\n }'));
  hear({ priority: 200 });
  rig.setLink('eth1', { up: false });
  hear({ priority: 200 });
  assert.equal(hear({ priority: 200 }), 0);
  rig.setLink('eth1', { up: true });
  // Ours is 250 now: the same advert is of a worse master.
  for (let n = 0; n < 10; n++) hear({ priority: 200 });
  assert.equal(state(), 'MASTER');
});

test('one object again is the same advert', () => {
  const { rig, hear } = backup();
  const inputs: Input[] = [];
  const { handle } = rig;
  rig.handle = (input: Input) => {
    inputs.push(input);
    return handle.call(rig, input);
  };
  hear();
  const [packet] = inputs.filter(({ kind }) => kind === 'packet');
  assert.ok(packet);
  rig.handle(packet);
  assert.equal(hear(), 0);
});
