/** Polling of links against real interfaces: what the thread says when the other end of a cable goes down. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cable, namespacesMissing, Rig, until } from './rig.js';

const skip = namespacesMissing;

test('a polled link is told once, and again when the other end of the cable changes', { skip }, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const other = Rig.create(net.right);
  // A veth has no MII: what works is used, and that is said.
  rig.run({ kind: 'watch-linkbeat', interface: 'eth0', method: 'MII' });
  await until('the first answer', () => rig.of('linkbeat').length > 0);
  assert.deepEqual(rig.of('linkbeat')[0], {
    kind: 'linkbeat',
    interface: 'eth0',
    up: true,
    method: 'ETHTOOL',
  });
  assert.ok(rig.lines.some((line) => line.includes('cannot be asked for its link by MII')));
  other.ip('link', 'set', 'eth0', 'down');
  await until('the loss is told', () => rig.of('linkbeat').at(-1)?.up === false);
  other.ip('link', 'set', 'eth0', 'up');
  await until('the return is told', () => rig.of('linkbeat').at(-1)?.up === true);
  assert.equal(rig.of('linkbeat').length, 3);
  rig.run({ kind: 'unwatch-linkbeat', interface: 'eth0' });
});

test('flags alone count with IOCTL, and an interface that appears later is asked then', {
  skip,
}, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  rig.run({ kind: 'watch-linkbeat', interface: 'late0', method: 'IOCTL' });
  rig.ip('link', 'add', 'late0', 'type', 'veth', 'peer', 'name', 'late1');
  rig.ip('link', 'set', 'late0', 'up');
  await until('it is asked', () => rig.of('linkbeat').length > 0);
  assert.equal(rig.of('linkbeat')[0]?.up, false);
  assert.equal(rig.of('linkbeat')[0]?.method, 'IOCTL');
  rig.ip('link', 'set', 'late1', 'up');
  await until('both ends are up', () => rig.of('linkbeat').at(-1)?.up === true);
});
