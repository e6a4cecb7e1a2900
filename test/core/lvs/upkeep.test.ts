/** Looks at the table and changes of it that overtake each other: no change waits, and no answer of yesterday counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LvsRig, REFUSED } from './rig.js';

const TEXT = `virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 2
  warmup 0
  real_server 10.1.0.1 80 {
    TCP_CHECK {
      retry 0
    }
  }
  real_server 10.1.0.2 80 {
    TCP_CHECK {
      retry 0
    }
  }
}`;
const SERVER = '10.1.0.2:80';

const changesIn = (lines: readonly string[]): string[] =>
  lines.filter((line) => / [-+~]server | put right| tried again/.test(line));

test('a server that fails or returns while the table is read is taken out or in at once, and once', () => {
  for (const [before, after, sign] of [
    [undefined, REFUSED, '-'],
    [REFUSED, undefined, '+'],
  ] as const) {
    const rig = new LvsRig(TEXT);
    if (before) rig.behaviours.set(SERVER, before);
    rig.start();
    rig.wait(59);
    rig.take();
    rig.readTakes = 5_000_000;
    if (after) rig.behaviours.set(SERVER, after);
    else rig.behaviours.delete(SERVER);
    rig.wait(3.9);
    const [change, ...more] = changesIn(rig.take());
    assert.ok(change?.includes(`${sign}server ${SERVER}`), 'while the look, from 60 to 65, lasts');
    assert.deepEqual(more, []);
    rig.wait(10);
    assert.deepEqual(changesIn(rig.take()), [], 'and its answer, from before, changes nothing');
    assert.equal(rig.table.show()[0]?.includes(SERVER), sign === '+');
  }
});

test('a change that is on its way when the look begins is not taken back', () => {
  const rig = new LvsRig(TEXT);
  rig.start();
  rig.wait(57);
  rig.take();
  rig.applyTakes = 4_000_000;
  rig.behaviours.set(SERVER, REFUSED);
  // Checks are two seconds apart: one of them fails before the look of second 60, and is carried out after it.
  rig.wait(2.9);
  assert.equal(changesIn(rig.take()).filter((line) => line.includes(`-server ${SERVER}`)).length, 1);
  rig.wait(10);
  assert.deepEqual(changesIn(rig.take()), []);
  assert.equal(rig.table.show()[0]?.includes(SERVER), false);
});

test('what was overtaken is looked at the next time, and what was not at once', () => {
  const rig = new LvsRig(`${TEXT}\n${TEXT.replace('192.0.2.1', '192.0.2.2').replaceAll('10.1.0', '10.2.0')}`);
  rig.start();
  rig.wait(59);
  rig.take();
  for (const { destinations } of rig.table.services.values()) destinations.clear();
  rig.readTakes = 5_000_000;
  rig.behaviours.set(SERVER, REFUSED);
  rig.wait(7);
  const first = rig.take().filter((line) => line.includes('put right'));
  assert.equal(first.length, 2, 'the two servers of the service that nobody changed');
  assert.ok(first.every((line) => line.includes('10.2.0.')));
  rig.wait(65);
  assert.deepEqual(
    rig.take().filter((line) => line.includes('put right')).length,
    1,
    'the one server that is left of the other',
  );
});

test('a life that ends before it has read the table leaves it as it is where it shall, and clears it where not', () => {
  for (const keep of [true, false]) {
    const first = new LvsRig(TEXT);
    first.start();
    const rig = new LvsRig(TEXT.replace('192.0.2.1', '192.0.2.9'), { table: first.table });
    rig.readTakes = 1_000_000;
    rig.start();
    rig.handle({ kind: 'stop', reason: 'SIGTERM', keep });
    rig.wait(5);
    assert.equal(rig.stopped, true);
    assert.equal(rig.table.show().length, keep ? 1 : 0);
  }
});
