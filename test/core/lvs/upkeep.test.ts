/** Looks at the table and changes of it that overtake each other: no change waits, and no answer of yesterday counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_TABLE_REMARKS } from '../../../src/base/limits.js';
import { LVS_STOP_PATIENCE } from '../../../src/core/lvs/engine.js';
import { LvsRig, REFUSED, type TableRig } from './rig.js';

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
const OTHER = TEXT.replace('192.0.2.1', '192.0.2.2').replaceAll('10.1.0', '10.2.0');

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

const KEY = 'tcp 192.0.2.1:80';
/** What somebody else does to the table, and the words for it. */
const MEDDLING: readonly (readonly [words: string, meddle: (table: TableRig) => void])[] = [
  ['its scheduler is wlc instead of rr', (table) => change(table, { scheduler: 'wlc' })],
  [
    'its options are others than configured',
    (table) => change(table, { persistence: { seconds: 9, granularity: 32 } }),
  ],
  [`server ${SERVER} has weight 7 instead of 1`, (table) => changeServer(table, { weight: 7 })],
  [`server ${SERVER} is set up differently`, (table) => changeServer(table, { method: { kind: 'DR' } })],
  ['server 10.9.9.9:80 is not configured, or is down', (table) => addServer(table)],
  [
    'tcp 192.0.2.9:80 is left over from an earlier life',
    (table) => {
      const there = serviceIn(table);
      const identity = { ...there.service.identity, address: '192.0.2.9' } as typeof there.service.identity;
      table.services.set('tcp 192.0.2.9:80', {
        service: { ...there.service, identity },
        destinations: new Map(),
      });
      table.ours.add('tcp 192.0.2.9:80');
    },
  ],
];
type Entry = TableRig['services'] extends Map<string, infer One> ? One : never;
function serviceIn(table: TableRig): Entry {
  const there = table.services.get(KEY);
  assert.ok(there);
  return there;
}
function change(table: TableRig, more: Partial<Entry['service']>): void {
  const there = serviceIn(table);
  there.service = { ...there.service, ...more };
}
type Server = Entry['destinations'] extends Map<string, infer One> ? One : never;
function serverIn(table: TableRig): Server {
  const there = serviceIn(table).destinations.get(SERVER);
  assert.ok(there);
  return there;
}
function changeServer(table: TableRig, more: Partial<Server>): void {
  serviceIn(table).destinations.set(SERVER, { ...serverIn(table), ...more });
}
function addServer(table: TableRig): void {
  const address = '10.9.9.9' as Server['address'];
  serviceIn(table).destinations.set('10.9.9.9:80', { ...serverIn(table), address });
}

for (const [words, meddle] of MEDDLING)
  test(`at the start and within a minute: ${words}; it is put right, which is said`, () => {
    const first = new LvsRig(TEXT);
    first.start();
    const right = structuredClone(first.table.services);
    meddle(first.table);
    const rig = new LvsRig(TEXT, { table: first.table });
    rig.start();
    assert.deepEqual(rig.table.services, right);
    const said = (lines: readonly string[]): number =>
      lines.filter((line) => line.includes(words) && line.endsWith('; it is put right')).length;
    assert.equal(said(rig.take()), 1);
    meddle(rig.table);
    rig.wait(61);
    assert.deepEqual(rig.table.services, right);
    assert.equal(said(rig.take()), 1);
    rig.wait(200);
    assert.equal(said(rig.take()), 0);
  });

test('a server, or a whole service, that somebody took away is there again within a minute, and that is said', () => {
  const rig = new LvsRig(TEXT);
  rig.start();
  const right = structuredClone(rig.table.services);
  serviceIn(rig.table).destinations.delete(SERVER);
  rig.wait(61);
  assert.deepEqual(
    new Set(serviceIn(rig.table).destinations.keys()),
    new Set(right.get(KEY)?.destinations.keys()),
  );
  assert.ok(rig.take().some((line) => line.includes(`server ${SERVER} is missing; it is put right`)));
  rig.table.services.clear();
  rig.wait(61);
  assert.deepEqual(rig.table.services, right);
  assert.ok(rig.take().some((line) => line.includes(`${KEY} is missing; it is put right`)));
});

test('a table that somebody emptied stands again within seconds; who empties it again, within a minute', () => {
  const rig = new LvsRig(`${TEXT}\n${OTHER}`);
  rig.start();
  const right = structuredClone(rig.table.services);
  rig.wait(17);
  rig.take();
  rig.table.services.clear();
  rig.wait(5);
  assert.deepEqual(rig.table.services, right);
  const missing = rig.take().filter((line) => line.endsWith(' is missing; it is put right'));
  assert.equal(missing.length, 2, 'one was looked at, all are told of');
  rig.table.services.clear();
  rig.wait(50);
  assert.equal(rig.table.services.size, 0);
  rig.wait(11);
  assert.deepEqual(rig.table.services, right);
});

test('a look at one service is of each in its turn, and says nothing where it was overtaken', () => {
  const rig = new LvsRig(`${TEXT}\n${OTHER}`);
  rig.start();
  rig.wait(12);
  const looks = rig.effects.flatMap((effect) =>
    effect.kind === 'read-balancer' && effect.services
      ? effect.services.map((one) => (one.kind === 'address' ? one.address : ''))
      : [],
  );
  assert.deepEqual(looks, ['192.0.2.1', '192.0.2.2']);
  // It was read while the server was down, and is answered when it is up again.
  const whole = (): number =>
    rig.effects.filter((effect) => effect.kind === 'read-balancer' && !effect.services).length;
  const before = whole();
  rig.readTakes = 2_500_000;
  rig.behaviours.set(SERVER, REFUSED);
  rig.wait(4);
  assert.equal(rig.table.show()[0]?.includes(SERVER), false);
  rig.behaviours.delete(SERVER);
  rig.wait(12);
  assert.equal(rig.table.show()[0]?.includes(SERVER), true);
  assert.equal(whole(), before);
});

test('what is refused is not looked at: that would be more often than it is tried', () => {
  const rig = new LvsRig(TEXT);
  rig.table.refusals.set(KEY, 'EPERM');
  rig.start();
  rig.wait(120);
  const looks = rig.effects.filter((effect) => effect.kind === 'read-balancer' && effect.services);
  assert.deepEqual(looks, []);
});

test('a sync daemon that somebody stopped runs again within a minute', () => {
  const rig = new LvsRig(`global_defs {\n lvs_sync_daemon eth9 id 7\n}\n${TEXT}`);
  rig.start();
  assert.equal(rig.table.daemons.size, 2);
  rig.table.daemons.delete('master');
  rig.wait(61);
  assert.equal(rig.table.daemons.get('master')?.id, 7);
});

for (const code of ['ENOENT', 'EEXIST', 'ENOSPC', 'ENOMEM', 'EPERM'])
  test(`refused with ${code}: said once, tried again ever more seldom, holds up nothing else, and its end is said`, () => {
    const rig = new LvsRig(`${TEXT}\n${OTHER}`);
    rig.table.refusals.set(KEY, code);
    rig.start();
    rig.behaviours.set('10.2.0.1:80', REFUSED);
    rig.wait(300);
    const said = (words: string): number => rig.lines.filter((line) => line.includes(words)).length;
    assert.equal(said(`refused by the test (${code}); it is tried again`), 1);
    const tries = rig.lines
      .filter((line) => line.includes(`+service ${KEY}`))
      .map((line) => Number.parseFloat(line));
    assert.deepEqual(tries.slice(0, 4), [0, 1, 3, 7]);
    assert.ok(tries.length < 15, `${tries.length} tries in five minutes`);
    assert.deepEqual(rig.table.show(), ['tcp 192.0.2.2:80 rr  10.2.0.2:80=1']);
    rig.take();
    rig.table.refusals.clear();
    rig.wait(61);
    assert.equal(serviceIn(rig.table).destinations.size, 2);
    assert.equal(said(`${KEY} is right now`), 1);
  });

test('a kernel without IPVS is asked again, and the whole table is made once it has it', () => {
  const rig = new LvsRig(TEXT);
  rig.table.missing = true;
  rig.start();
  rig.behaviours.set(SERVER, REFUSED);
  rig.wait(100);
  const told = rig.take().filter((line) => line.includes('cannot be read'));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /no IPVS \(ENOPROTOOPT\); it is tried again$/);
  assert.equal(rig.table.services.size, 0);
  rig.table.missing = false;
  rig.wait(61);
  assert.deepEqual(rig.table.show(), [`${KEY} rr  10.1.0.1:80=1`], 'without who died meanwhile');
  assert.ok(rig.take().some((line) => line.endsWith('table is right now')));
});

test('what is refused, or found different, a hundred times is said a few times', () => {
  const text = Array.from({ length: 100 }, (_, n) => TEXT.replace('192.0.2.1', `192.0.2.${n + 1}`)).join(
    '\n',
  );
  const rig = new LvsRig(text);
  for (let n = 1; n <= 100; n++) rig.table.refusals.set(`tcp 192.0.2.${n}:80`, 'ENOSPC');
  rig.start();
  rig.wait(0.5);
  const told = rig.take().filter((line) => line.includes("log Balancer's table"));
  assert.equal(told.length, MAX_TABLE_REMARKS + 1);
  assert.match(told.at(-1) ?? '', /more was refused; "status" tells all of it/);
  rig.table.refusals.clear();
  rig.wait(70);
  rig.take();
  for (const { destinations } of rig.table.services.values()) destinations.delete(SERVER);
  rig.wait(65);
  const found = rig.take().filter((line) => line.includes("log Balancer's table"));
  assert.equal(found.length, MAX_TABLE_REMARKS + 1);
  assert.match(found.at(-1) ?? '', /80 more differences are put right/);
});

test('who is gone from the table already is what was wanted', () => {
  const rig = new LvsRig(TEXT);
  rig.start();
  rig.wait(2);
  rig.take();
  serviceIn(rig.table).destinations.delete(SERVER);
  rig.behaviours.set(SERVER, REFUSED);
  rig.wait(4);
  const lines = rig.take();
  assert.ok(lines.some((line) => line.includes(`-server ${SERVER}`)));
  assert.ok(!lines.some((line) => line.includes("log Balancer's table")), lines.join('\n'));
});

test('a table that never answers holds up a stop for a bounded time', () => {
  const rig = new LvsRig(TEXT);
  rig.start();
  rig.wait(2);
  rig.applyTakes = 3_600_000_000;
  rig.handle({ kind: 'stop', reason: 'SIGTERM', keep: false });
  rig.wait(LVS_STOP_PATIENCE / 1e6 - 0.1);
  assert.equal(rig.stopped, false);
  rig.wait(0.2);
  assert.equal(rig.stopped, true);
  assert.ok(rig.take().some((line) => line.includes('stopping without waiting any longer')));
});

test('a reload with another data plane says that it counts from the next start, and once', () => {
  const rig = new LvsRig(TEXT);
  rig.start();
  rig.take();
  const other = `global_defs {\n  balancer nftables\n}\n${TEXT}`;
  const said = (text: string): number => {
    rig.reload(text);
    return rig.take().filter((line) => /balancer \w+ counts from the next start/.test(line)).length;
  };
  assert.deepEqual([said(other), said(other), said(TEXT)], [1, 0, 1]);
});
