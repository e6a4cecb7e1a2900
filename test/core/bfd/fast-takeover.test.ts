/** Fast takeover: what makes a backup take over at once, and each guard with the same loss beside it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { address } from '../../support/machine.js';
import { Rig } from '../rig.js';

const session = (name: string, neighbor: string): string =>
  `bfd_instance ${name} {\n neighbor_ip ${neighbor}\n multiplier 3\n}\n`;
const cluster = (...more: string[]): string => `${session('m', '10.0.0.2')}${more.join('')}
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 dont_track_primary
 virtual_ipaddress {
  10.0.0.100
 }
 track_bfd {
  m fast_takeover
 }
}
`;
const raise = (rig: Rig, ...names: string[]): void => {
  for (const name of names) rig.bfd(name, { state: 'Init' }).bfd(name, { state: 'Up', final: true });
};

/** Backup of 10.0.0.2, with these sessions up, half a second after its last advert. */
function backup(others: readonly string[] = [], text = cluster()): Rig {
  const rig = new Rig(text).start();
  raise(rig, 'm', ...others);
  rig.advert({ priority: 150 });
  for (let n = 0; n < 50; n++) {
    rig.wait(0.01);
    for (const name of ['m', ...others]) rig.bfd(name, { state: 'Up' });
  }
  assert.equal(rig.state(), 'BACKUP');
  rig.take();
  return rig;
}

describe('the master dies', () => {
  test('master-down expires with the session, thirty milliseconds after its last packet', () => {
    const rig = backup();
    rig.wait(0.0299);
    assert.equal(rig.state(), 'BACKUP');
    rig.wait(0.0002);
    assert.equal(rig.state(), 'MASTER');
    assert.ok(
      rig.lines.some((line) =>
        /Entering MASTER STATE; reason: BFD session m with the master 10\.0\.0\.2 went down: nothing heard for 30ms/.test(
          line,
        ),
      ),
      rig.lines.join('\n'),
    );
  });
  test('without the word it waits for its adverts, and a session without weight is no FAULT', () => {
    const rig = backup([], cluster().replace('m fast_takeover', 'm weight 1'));
    rig.wait(0.1);
    assert.equal(rig.state(), 'BACKUP');
  });
  test('a neighbour that is not the master is none of its business', () => {
    const rig = new Rig(cluster()).start();
    raise(rig, 'm');
    rig.advert({ priority: 150, from: '10.0.0.9' });
    rig.wait(0.1);
    assert.equal(rig.state(), 'BACKUP');
  });
  test('a session that the sync group tracks does it for each of its members', () => {
    const alone = cluster().replace(/ track_bfd \{[^}]*\}\n/, '');
    const rig = backup(
      [],
      `${alone}vrrp_sync_group G {\n group {\n  VI_1\n }\n track_bfd {\n  m fast_takeover\n }\n}\n`,
    );
    rig.wait(0.0299);
    assert.equal(rig.state(), 'BACKUP');
    rig.wait(0.0002);
    assert.equal(rig.state(), 'MASTER');
  });
  test('a session over another interface is with another neighbour of the same address', () => {
    for (const [device, state] of [
      ['eth0', 'MASTER'],
      ['eth1', 'BACKUP'],
    ] as const) {
      const six = cluster().replace('neighbor_ip 10.0.0.2', `neighbor_ip fe80::2%${device}\n hoplimit 255`);
      const addresses = [address(2, 'fe80::1', 64, { scope: 253 })];
      const rig = new Rig(six.replace('10.0.0.100', 'fe80::100'), { addresses }).start();
      for (const its of ['Init', 'Up'] as const) rig.bfd('m', { state: its, device });
      rig.advert({ priority: 150, from: 'fe80::2' });
      rig.wait(0.04);
      assert.equal(rig.state(), state, device);
    }
  });
  test('a neighbour that says Down lives', () => {
    const rig = backup();
    rig.bfd('m', { state: 'Down' });
    rig.wait(0.01);
    assert.equal(rig.state(), 'BACKUP');
  });
});

describe('guards', () => {
  const declined = (rig: Rig, why: RegExp): void => {
    assert.equal(rig.state(), 'BACKUP');
    assert.ok(
      rig.lines.some((line) => why.test(line)),
      rig.lines.join('\n'),
    );
  };

  test('not while adverts still arrive', () => {
    const rig = backup();
    rig.wait(0.02).advert({ priority: 150 });
    rig.wait(0.02);
    declined(rig, /BFD session m with the master 10\.0\.0\.2 went down, but adverts still arrive/);
    // The last advert before the death is no sign of life.
    const dead = backup();
    dead.wait(0.005).advert({ priority: 150 });
    dead.wait(0.03);
    assert.equal(dead.state(), 'MASTER');
  });
  test('not while adverts wait unread', () => {
    const rig = backup();
    rig.stall(0.04);
    rig.handle({ kind: 'timeout', held: ['2/ipv4'] });
    assert.equal(rig.state(), 'BACKUP');
    rig.advert({ priority: 150 });
    rig.handle({ kind: 'timeout' });
    assert.equal(rig.state(), 'BACKUP');
    const silent = backup();
    silent.stall(0.04);
    silent.handle({ kind: 'timeout', held: ['2/ipv4'] });
    silent.handle({ kind: 'timeout' });
    assert.equal(silent.state(), 'MASTER');
  });
  test('not when our own link went down in the same moment', () => {
    const rig = backup();
    rig.setLink('eth0', { running: false });
    rig.wait(0.05);
    declined(rig, /but our own link eth0 is down/);
  });
  const three = cluster(session('x', '10.0.0.3'), session('y', '10.0.0.4'));
  test('not when every other session went down in the same moment', () => {
    const rig = backup(['x', 'y'], three);
    // x is silent for a little longer, y a little less than the master.
    rig.wait(0.004).bfd('x', { state: 'Up' });
    rig.wait(0.05);
    declined(rig, /but every other session went down in the same moment/);
  });
  test('nor when the last packet of the master was late by more than an interval', () => {
    const rig = backup(['x', 'y'], three);
    rig.wait(0.012);
    for (const name of ['x', 'y']) rig.bfd(name, { state: 'Up' });
    rig.wait(0.05);
    declined(rig, /but every other session went down in the same moment/);
  });
  test('at once when another neighbour was heard since', () => {
    const rig = backup(['x', 'y'], three);
    rig.wait(0.02).bfd('x', { state: 'Up' });
    rig.wait(0.0102);
    assert.equal(rig.state(), 'MASTER');
  });
  test('as soon as another one is heard', () => {
    const rig = backup(['x', 'y'], three);
    rig.wait(0.008);
    for (const name of ['x', 'y']) rig.bfd(name, { state: 'Up', detectMultiplier: 9 });
    rig.wait(0.03);
    assert.equal(rig.state(), 'BACKUP');
    rig.bfd('y', { state: 'Up' });
    rig.handle({ kind: 'timeout' });
    assert.equal(rig.state(), 'MASTER');
  });
  test('one that had gone before does not count', () => {
    const rig = backup(['x'], cluster(session('x', '10.0.0.3')));
    for (let n = 0; n < 10; n++) rig.wait(0.01).bfd('m', { state: 'Up' });
    rig.wait(0.031);
    assert.equal(rig.state(), 'MASTER');
  });
  test('not twice in a minute for the same master: it lived', () => {
    const rig = backup();
    rig.wait(0.04);
    assert.equal(rig.state(), 'MASTER');
    rig.advert({ priority: 150 });
    assert.equal(rig.state(), 'BACKUP');
    raise(rig, 'm');
    rig.take();
    rig.wait(0.05);
    declined(rig, /but it was taken for dead .* ago: its adverts are waited for/);
  });
});
