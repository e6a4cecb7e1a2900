/**
 * A start with many servers: made in pieces, so that no turn is long; the table first and checks after it; nothing that an
 * earlier life left in the table is taken for unwanted before it is known what is wanted.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_SERVERS_MADE } from '../../../src/base/limits.js';
import type { LvsEffect } from '../../../src/core/lvs/effects.js';
import { TABLE_PATIENCE } from '../../../src/core/lvs/engine.js';
import { LvsRig, type TableRig } from './rig.js';

const SERVICES = 30;
const SERVERS = 10;
const service = (n: number): string => `virtual_server 192.0.2.${n} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 2
  warmup 0
${Array.from({ length: SERVERS }, (_, m) => `  real_server 10.1.${n}.${m} 80 {\n    TCP_CHECK {\n      retry 0\n    }\n  }\n`).join('')}}
`;
const TEXT = Array.from({ length: SERVICES }, (_, n) => service(n + 1)).join('');

type Counted = 'apply-balancer' | 'define-checker' | 'start-check' | 'table-stands';
const count = (effects: readonly LvsEffect[], kind: Counted): number =>
  effects.filter((effect) => effect.kind === kind).length;

test('servers, their operations and their checkers come some at a time', () => {
  const rig = new LvsRig(TEXT);
  rig.start();
  const most = MAX_SERVERS_MADE + SERVERS;
  let turns = 0;
  for (; !rig.lines.some((line) => line.includes('Load balancing starts')); turns++) {
    rig.take();
    rig.wait(0.000001);
    for (const effect of rig.effects)
      if (effect.kind === 'apply-balancer') assert.ok(effect.operations.length <= most);
    assert.ok(count(rig.effects, 'define-checker') <= most);
  }
  assert.ok(turns >= (SERVICES * SERVERS) / most - 1, `${turns} turns`);
  assert.equal(rig.table.services.size, SERVICES);
  for (let n = 0; n < SERVICES; n++) {
    rig.take();
    rig.wait(0.000001);
    assert.ok(count(rig.effects, 'define-checker') <= most);
  }
  assert.equal(rig.checkers.size, SERVICES * SERVERS);
});

test('no check begins before the table stands, and that is told once', () => {
  const rig = new LvsRig(TEXT);
  rig.applyTakes = 5_000_000;
  rig.start();
  rig.wait(4.9);
  assert.equal(rig.checkers.size, 0);
  assert.equal(count(rig.effects, 'table-stands'), 0);
  rig.take();
  rig.wait(0.2);
  assert.equal(count(rig.effects, 'table-stands'), 1);
  assert.equal(rig.checkers.size, SERVICES * SERVERS);
  assert.equal(count(rig.effects, 'start-check'), 0, 'and the first comes a second later');
  rig.wait(1);
  assert.equal(count(rig.effects, 'start-check'), SERVICES * SERVERS);
  rig.wait(100);
  assert.equal(count(rig.effects, 'table-stands'), 1);
});

test('a table that takes for ever holds up no check for longer than its patience', () => {
  const rig = new LvsRig(TEXT);
  rig.applyTakes = 3_600_000_000;
  rig.start();
  rig.wait(TABLE_PATIENCE / 1e6);
  rig.wait(0.01);
  assert.equal(rig.checkers.size, SERVICES * SERVERS);
  rig.wait(4);
  assert.ok(count(rig.effects, 'start-check') >= SERVICES * SERVERS);
  assert.equal(count(rig.effects, 'table-stands'), 0);
});

test('a table that is refused holds up no check', () => {
  const rig = new LvsRig(TEXT);
  rig.table.missing = true;
  rig.start();
  rig.wait(2);
  assert.ok(count(rig.effects, 'start-check') >= SERVICES * SERVERS);
});

/** The table of a life that was killed, and what that life had and nobody wants any more. */
function leftTable(): TableRig {
  const before = new LvsRig(TEXT + service(SERVICES + 1));
  before.start();
  before.wait(1);
  return before.table;
}
const operationsOf = (rig: LvsRig): string[] =>
  rig.effects.flatMap((effect) =>
    effect.kind === 'apply-balancer' ? effect.operations.map(({ operation }) => operation) : [],
  );

test('what an earlier life left stays untouched until all that is wanted stands; then the rest goes', () => {
  const rig = new LvsRig(TEXT, { table: leftTable() });
  rig.start();
  rig.wait(1);
  assert.deepEqual(operationsOf(rig), ['delete-service']);
  assert.equal(rig.table.services.size, SERVICES);
  const said = rig.lines.map((line) => line.replace(/^\S+ log /, ''));
  assert.ok(
    said.includes(
      `Balancer's table: ${SERVICES} services were there already and stay, with their connections`,
    ),
  );
  assert.ok(
    said.some((line) =>
      line.includes(`192.0.2.${SERVICES + 1}:80 is left over from an earlier life; it is put right`),
    ),
  );
});

test('what is wrong in any piece of it is said, and put right', () => {
  const table = leftTable();
  for (const n of [1, SERVICES]) {
    const there = [...table.services].find(([key]) => key.includes(`192.0.2.${n}:`))?.[1];
    assert.ok(there);
    for (const [key, destination] of [...there.destinations].slice(0, 1))
      there.destinations.set(key, { ...destination, weight: 77 });
  }
  const rig = new LvsRig(TEXT, { table });
  rig.start();
  rig.wait(1);
  const said = rig.lines.filter((line) => line.includes('has weight 77 instead of 1'));
  assert.equal(said.length, 2);
  assert.deepEqual(operationsOf(rig).sort(), ['delete-service', 'edit-destination', 'edit-destination']);
});

test('while tracked files are waited for, the table of an earlier life stays', () => {
  const tracked = `track_file load {\n  file /run/load\n}\n${TEXT.replace('real_server 10.1.1.0 80 {\n', 'real_server 10.1.1.0 80 {\n    FILE_CHECK {\n      track_file load\n    }\n')}`;
  const rig = new LvsRig(tracked, { table: leftTable() });
  rig.filesComeLater = true;
  rig.start();
  rig.wait(0.5);
  assert.deepEqual(operationsOf(rig), []);
  rig.file('load', '0');
  rig.wait(1);
  assert.deepEqual(operationsOf(rig), ['delete-service']);
});

test('a tracked file that nobody tells of holds up the start for five seconds', () => {
  const tracked = `track_file load {\n  file /run/load\n}\n${service(1).replace('10.1.1.0 80 {\n', '10.1.1.0 80 {\n    FILE_CHECK {\n      track_file load\n    }\n')}`;
  const rig = new LvsRig(tracked);
  rig.filesComeLater = true;
  rig.start();
  rig.wait(4.9);
  assert.equal(rig.table.services.size, 0);
  rig.wait(0.2);
  assert.equal(rig.table.services.size, 1);
});

test('who was kept from running at the start reads its tracked files before it gives up on them', () => {
  const tracked = `track_file load {\n  file /run/load\n}\n${service(1).replace('10.1.1.0 80 {\n', '10.1.1.0 80 {\n    FILE_CHECK {\n      track_file load\n      weight 1\n    }\n')}`;
  const rig = new LvsRig(tracked);
  rig.filesComeLater = true;
  rig.start();
  rig.now += 3_000_000;
  rig.handle({ kind: 'timeout' });
  rig.file('load', '7');
  rig.wait(0.1);
  assert.ok(
    !rig.lines.some((line) => line.includes('Changing weight')),
    'its weight is the right one at once',
  );
  assert.equal(rig.table.services.size, 1);
});

test('a reload that brings a tracked file waits for it, for five seconds at most', () => {
  const tracked = `track_file load {\n  file /run/load\n}\n${service(1).replace('10.1.1.0 80 {\n', '10.1.1.0 80 {\n    FILE_CHECK {\n      track_file load\n      weight 0\n    }\n')}`;
  const held = ({ table }: LvsRig): number =>
    table
      .show()
      .join(' ')
      .match(/10\.1\.1\.[0-9]+:80/g)?.length ?? 0;
  const begun = (): LvsRig => {
    const rig = new LvsRig(service(2));
    rig.filesComeLater = true;
    rig.start();
    rig.wait(2);
    rig.take();
    rig.reload(tracked);
    rig.wait(0.5);
    assert.deepEqual(operationsOf(rig), []);
    return rig;
  };
  const told = begun();
  told.file('load', '1');
  assert.equal(held(told), SERVERS - 1);
  assert.ok(!operationsOf(told).includes('delete-destination'), 'who is dead was never alive');
  const another = begun();
  another.reload(service(1));
  assert.equal(held(another), SERVERS, 'nobody waits for a file that is not wanted any more');
  const silent = begun();
  silent.wait(4.4);
  assert.equal(held(silent), 0);
  silent.wait(0.2);
  assert.equal(held(silent), SERVERS);
});

test('a tracked file that is 0 says nothing at first, even reversed, and even where it is told of late', () => {
  for (const late of [false, true]) {
    const tracked = `track_file load {\n  file /run/load\n}\n${service(1).replace('10.1.1.0 80 {\n', '10.1.1.0 80 {\n    FILE_CHECK {\n      track_file load\n      weight 0 reverse\n    }\n')}`;
    const rig = new LvsRig(tracked);
    rig.filesComeLater = late;
    rig.start();
    rig.wait(6);
    if (late) rig.file('load', '0');
    assert.ok(!operationsOf(rig).includes('delete-destination'), `told of late: ${late}`);
    rig.file('load', '1');
    rig.file('load', '0');
    assert.equal(operationsOf(rig).at(-1), 'delete-destination');
  }
});

test('a stop in the middle takes away what stands, and what an earlier life left, or keeps both', () => {
  for (const keep of [false, true]) {
    const rig = new LvsRig(TEXT, { table: leftTable() });
    rig.start();
    rig.wait(0.000002);
    assert.ok(!rig.lines.some((line) => line.includes('Load balancing starts')), 'it is in the middle');
    // The turn that would make more comes while the stop waits for the table.
    rig.applyTakes = 500_000;
    rig.handle({ kind: 'stop', reason: 'the test', keep });
    rig.wait(1);
    assert.equal(rig.stopped, true);
    assert.equal(rig.table.services.size, keep ? SERVICES + 1 : 0);
    assert.equal(rig.checkers.size, 0);
  }
});

test('a reload that comes in the middle is carried out when all are made', () => {
  const rig = new LvsRig(TEXT);
  rig.start();
  rig.reload(service(2) + service(40));
  rig.wait(1);
  assert.deepEqual(
    [...rig.table.services.keys()].map((key) => /192\.0\.2\.\d+/.exec(key)?.[0]),
    ['192.0.2.2', '192.0.2.40'],
  );
  assert.equal(rig.checkers.size, 2 * SERVERS);
});
