/** Sessions as trackers: weight, FAULT, what stays when the neighbour is administratively down or the file is read again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { factOf } from '../../../src/core/bfd/told.js';
import { configurationOf } from '../../support/configuration.js';
import { Rig } from '../rig.js';
import { sessionOf, withLines } from './rig-session.js';

const tracking = (line: string, priority = 100, more = ''): string => `${withLines(more)}
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 priority ${priority}
 virtual_ipaddress {
  10.0.0.100
 }
 track_bfd {
  ${line}
 }
}
`;
const priority = (rig: Rig): number | undefined => rig.engine.status().instances[0]?.effectivePriority;
const up = (rig: Rig): Rig => rig.bfd('b', { state: 'Init' }).bfd('b', { state: 'Up', final: true });

describe('weights as the reference has them', () => {
  // directives-bfd section 1: base 100; before the first event as down.
  for (const [line, down, raised] of [
    ['b weight 20', 100, 120],
    ['b weight -20', 80, 100],
    ['b weight 20 reverse', 100, 80],
    ['b', 'FAULT', 100],
    ['b weight 0 reverse', 100, 'FAULT'],
  ] as const)
    test(line, () => {
      const rig = new Rig(tracking(line)).start();
      const seen = (): number | string | undefined => (rig.state() === 'FAULT' ? 'FAULT' : priority(rig));
      assert.equal(seen(), down);
      up(rig);
      assert.equal(seen(), raised);
      rig.wait(0.05);
      assert.equal(sessionOf(rig).state, 'Down');
      assert.equal(seen(), down);
    });
});

describe('a session that goes', () => {
  const master = (): Rig => {
    const rig = up(new Rig(tracking('b')).start());
    for (let n = 0; n < 400; n++) rig.wait(0.01).bfd('b', { state: 'Up' });
    assert.equal(rig.state(), 'MASTER');
    rig.take();
    return rig;
  };
  test('puts a master into FAULT at once, with its goodbye', () => {
    const rig = master();
    rig.bfd('b', { state: 'Down' });
    assert.equal(rig.state(), 'FAULT');
    assert.ok(rig.lines.some((line) => / advert VI_1 0 /.test(line)));
  });
  test('because the neighbour is administratively down is no failure, and status says so', () => {
    const rig = master();
    rig.bfd('b', { state: 'AdminDown', diagnostic: 7 });
    assert.equal(sessionOf(rig).state, 'Down');
    assert.equal(rig.state(), 'MASTER');
    const tracker = rig.engine.status().instances[0]?.trackers.find(({ kind }) => kind === 'bfd');
    assert.deepEqual([tracker?.state, tracker?.detail], ['up', 'the neighbor is administratively down']);
    // Nor is that it falls silent afterwards; but a session that came up again and fell is.
    rig.wait(5);
    assert.equal(rig.state(), 'MASTER');
    rig.bfd('b', { state: 'Init' }).bfd('b', { state: 'Up' });
    rig.wait(0.05);
    assert.equal(rig.state(), 'FAULT');
  });
  test('a reload keeps what is known, with the session up and with it gone', () => {
    const rig = master();
    rig.handle({ kind: 'reload', configuration: configurationOf(tracking('b', 110)) });
    assert.equal(rig.state(), 'MASTER');
    rig.bfd('b', { state: 'AdminDown' });
    rig.handle({ kind: 'reload', configuration: configurationOf(tracking('b', 120)) });
    assert.equal(rig.state(), 'MASTER');
  });
  test('is another one where a reload gave it another neighbour: down until that one answers', () => {
    const rig = master();
    const other = tracking('b').replace(/neighbor_ip \S+/, 'neighbor_ip 10.0.0.77');
    rig.handle({ kind: 'reload', configuration: configurationOf(other) });
    assert.equal(rig.state(), 'FAULT');
    assert.equal(rig.engine.status().instances[0]?.trackers[0]?.state, 'down');
  });
});

test('a session that is up counts so for who follows it since a reload', () => {
  const rig = up(new Rig(tracking('b weight 20').replace('b weight 20', '')).start());
  assert.equal(priority(rig), 100);
  rig.handle({ kind: 'reload', configuration: configurationOf(tracking('b weight 20')) });
  assert.equal(priority(rig), 120);
});

test('facts for checkers: that a session came up, that it was lost, and not that its neighbour was stopped', () => {
  const rig = new Rig(withLines('')).start();
  up(rig).wait(0.05);
  up(rig).bfd('b', { state: 'AdminDown', diagnostic: 7 });
  const told = rig.effects.flatMap((effect) => (effect.kind === 'event' ? (factOf(effect.event) ?? []) : []));
  assert.deepEqual(told, [
    { session: 'b', up: true },
    { session: 'b', up: false },
    { session: 'b', up: true },
  ]);
});
