/**
 * Random lives of the engine: reloads, servers that turn, addresses that come and go, successors. Whatever it has lived
 * through, at rest it wants of the table what an engine wants that has just begun with the same file and the same servers,
 * and its FIFO has told each turn once. LIVES_RUNS lives begin with the seed LIVES_SEED and have LIVES_STAGES stages.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { microseconds } from '../../../src/base/time.js';
import { edited } from '../../kernel/fuzz-edit.js';
import { Maker } from '../../kernel/fuzz-maker.js';
import { textOf } from '../../kernel/fuzz-text.js';
import { ADDRESSES, FILES, PEERS, PORTS, type World } from '../../kernel/fuzz-world.js';
import { type Behaviour, LvsRig, REFUSED, TableRig } from './rig.js';

const LIVES = Number(process.env['LIVES_RUNS'] ?? 20);
const FIRST = Number(process.env['LIVES_SEED'] ?? 1);
const STAGES = Number(process.env['LIVES_STAGES'] ?? 15);
/** Virtual; the longest that a check with all its retries and URLs takes. */
const REST_S = 70;

const PATHS = ['a', 'p', 's'].map((name) => `/${name}`);
const SCRIPTS = ['m0', 'm1', 'm2', 'd0', 'd1', 'd2'];

/** What depends on what was is left out; and scripts are told apart by their paths here. */
const text = (world: World): string =>
  textOf(world)
    .replaceAll(/^ *hysteresis .*\n/gm, '')
    .replaceAll('0 reverse', '0')
    .replaceAll(/@\/look (\S+)"/g, '/$1"');

const good = (weight?: number): Behaviour => ({
  kind: 'good',
  detail: '',
  elapsed: microseconds(0),
  ...(weight === undefined ? {} : { weight }),
});

/** How everything that may be looked at answers. */
class Surroundings {
  readonly behaviours = new Map<string, Behaviour>();
  readonly files = new Map<string, string>();
  readonly sessions = new Map<string, boolean>();

  turn(chance: Prng, turning: number): void {
    const places = [...ADDRESSES[4], ...ADDRESSES[6]].flatMap((address) =>
      [...PORTS, 8025, 0].map((port) => `${address}:${port}`),
    );
    for (const place of places.flatMap((one) => [one, ...PATHS.map((path) => `${one} ${path}`)]))
      if (chance.chance(turning)) this.behaviours.set(place, chance.chance(0.6) ? good() : REFUSED);
    for (const name of SCRIPTS)
      if (chance.chance(turning)) {
        const weight = name.startsWith('d') && chance.chance(0.8) ? chance.integer(0, 9) : undefined;
        this.behaviours.set(`/${name}`, chance.chance(0.6) ? good(weight) : REFUSED);
      }
    for (const name of Object.keys(PEERS))
      if (chance.chance(turning)) this.sessions.set(name, chance.chance(0.6));
    for (const name of FILES)
      if (chance.chance(turning))
        this.files.set(name, chance.pick(['0', '1', '5', '-3', '-2147483648', 'x']));
  }

  apply(rig: LvsRig): void {
    rig.behaviours.clear();
    for (const [place, behaviour] of this.behaviours) rig.behaviours.set(place, behaviour);
    for (const [name, content] of this.files) if (rig.files.get(name) !== content) rig.file(name, content);
    for (const [name, up] of this.sessions) if (rig.sessions.get(name) !== up) rig.session(name, up);
  }
}

const vipsOf = (world: World): string[] => world.virtuals.flatMap(({ vip }) => vip ?? []);

function fresh(world: World, surroundings: Surroundings): LvsRig {
  const rig = new LvsRig(text(world), { addresses: vipsOf(world), table: new TableRig() });
  for (const [name, content] of surroundings.files) rig.files.set(name, content);
  for (const [name, up] of surroundings.sessions) rig.sessions.set(name, up);
  surroundings.apply(rig);
  rig.start();
  rig.wait(REST_S);
  return rig;
}

/** What can be compared of a rig at rest. */
function standing({ table, engine }: LvsRig): unknown {
  return {
    services: [...table.services]
      .map(([key, { service, destinations }]) => [key, service, sorted([...destinations])])
      .sort(byKey),
    daemons: sorted([...table.daemons]),
    timeouts: table.timeouts,
    states: engine.inspect().map(({ name, up, sorryServes, weight, servers }) => ({
      ...{ name, up, sorryServes, weight },
      servers: servers.map((one) => [one.name, one.alive, one.weight, one.failed]),
    })),
  };
}
const byKey = (a: readonly unknown[], b: readonly unknown[]): number =>
  String(a[0]) < String(b[0]) ? -1 : 1;
const sorted = <T extends readonly unknown[]>(all: T[]): T[] => all.sort(byKey);

/** Nobody is told twice of one state, and the last that was told is true. */
class Told {
  readonly #states = new Map<string, string>();

  hear(lines: readonly string[], at: string): void {
    for (const line of lines) {
      const [, subject, state] = / fifo \S+ (.*) (UP|DOWN)$/.exec(line) ?? [];
      if (subject === undefined || state === undefined) continue;
      // What has gone may come again, and is alive without a word.
      assert.ok(this.#states.get(subject) !== state || state === 'DOWN', `${at}: twice ${line}`);
      this.#states.set(subject, state);
    }
  }

  /** A successor tells anew which services serve, and of servers where that is wanted at a start. */
  succeed({ globals }: World): void {
    const all = globals.includes('rs_init_notifies');
    for (const subject of this.#states.keys())
      if (all || subject.startsWith('VS ')) this.#states.delete(subject);
  }

  judge({ engine }: LvsRig, at: string): void {
    for (const { name, up, servers } of engine.inspect()) {
      const told = this.#states.get(`VS ${name}`);
      if (told !== undefined) assert.equal(told, up ? 'UP' : 'DOWN', `${at}: ${name}`);
      for (const server of servers) {
        const said = this.#states.get(`RS ${server.name} ${name}`);
        // One that was told as down may have gone, and come again without a word.
        if (said === 'UP') assert.ok(server.alive, `${at}: ${server.name} of ${name}`);
      }
    }
  }
}

/** Edits that Keepalived does not get over. */
function beyondKeepalived(world: World, maker: Maker, chance: Prng): string[] {
  const edits: string[] = [];
  if (chance.chance(0.3) && world.virtuals.length < 12) {
    maker.add(world);
    edits.push('one more, in a group perhaps');
  }
  for (const { tag, servers } of world.virtuals)
    for (const server of servers)
      if (chance.chance(0.05)) {
        server.thresholds = chance.chance(0.3) ? undefined : [chance.integer(5, 50), chance.integer(0, 5)];
        edits.push(`thresholds of ${tag}`);
      }
  const owners = world.virtuals.filter(({ entries }) => entries);
  if (owners.length > 0 && chance.chance(0.3)) {
    // Its group stays, for others.
    const owner = chance.pick(owners);
    owner.servers = [];
    edits.push(`no servers of ${owner.tag}`);
  }
  for (const owner of owners) {
    if (!chance.chance(0.2) || owner.servers.length === 0) continue;
    // Its own, or one that other groups have, too.
    const mark = chance.pick([100 + owner.number, 90, 91]);
    const entry = `fwmark ${mark}${owner.family === 6 ? ' inet6' : ''}`;
    const has = owner.entries?.includes(entry) === true;
    owner.entries = has
      ? owner.entries?.filter((one) => one !== entry || owner.entries?.length === 1)
      : [...(owner.entries ?? []), entry];
    edits.push(`mark ${mark} of ${owner.tag}`);
  }
  return edits;
}

function live(seed: number): void {
  const chance = new Prng(seed);
  const maker = new Maker(seed);
  let world = maker.world();
  const surroundings = new Surroundings();
  surroundings.turn(chance, 1);
  const rig = fresh(world, surroundings);
  const told = new Told();
  told.hear(rig.take(), `seed ${seed}, the start`);
  for (let n = 1; n < STAGES; n++) {
    const what = chance.pick([
      ...(['reload', 'reload', 'reload at once', 'turn', 'away', 'successor', 'refused', 'meddled'] as const),
    ]);
    rig.applyTakes = chance.pick([0, 0, 1000, 3_000_000]);
    rig.readTakes = chance.pick([0, 0, 1000, 3_000_000]);
    let at = `seed ${seed}, stage ${n}: ${what}`;
    switch (what) {
      case 'reload':
      case 'reload at once': {
        const next = edited(world, maker, seed * 1000 + n);
        world = next.world;
        at += ` with ${[...next.edits, ...beyondKeepalived(world, maker, chance)].join(', ')}`;
        for (const vip of vipsOf(world)) rig.address('present', vip);
        if (what === 'reload at once') {
          surroundings.turn(chance, 0.4);
          surroundings.apply(rig);
          rig.wait(chance.fraction() * 3);
        }
        rig.reload(text(world));
        break;
      }
      case 'refused': {
        // Some of what comes, for a while.
        const some = ['198.18', '10.1.0.1', '10.1.0.3', '2001:db8:1::2', 'mark'].filter(() =>
          chance.chance(0.3),
        );
        rig.table.refused = some;
        world = edited(world, maker, seed * 1000 + n).world;
        for (const vip of vipsOf(world)) rig.address('present', vip);
        rig.reload(text(world));
        surroundings.turn(chance, 0.4);
        surroundings.apply(rig);
        rig.wait(chance.fraction() * 8);
        rig.table.refused = [];
        break;
      }
      case 'meddled':
        for (const [key, { destinations }] of [...rig.table.services]) {
          for (const at of [...destinations.keys()]) if (chance.chance(0.2)) destinations.delete(at);
          if (chance.chance(0.2)) rig.table.services.delete(key);
        }
        break;
      case 'turn':
        surroundings.turn(chance, 0.4);
        surroundings.apply(rig);
        break;
      case 'away':
        for (const vip of vipsOf(world)) rig.address('gone', vip);
        surroundings.turn(chance, 0.4);
        surroundings.apply(rig);
        rig.wait(chance.fraction() * 5);
        for (const vip of vipsOf(world)) rig.address('present', vip);
        break;
      case 'successor':
        told.succeed(world);
        rig.respawn(text(world), vipsOf(world));
        break;
    }
    rig.wait(REST_S);
    told.hear(rig.take(), at);
    assert.deepEqual(standing(rig), standing(fresh(world, surroundings)), at);
    told.judge(rig, at);
  }
  rig.handle({ kind: 'stop', reason: 'the test is over', keep: false });
  rig.wait(10);
  assert.equal(rig.stopped, true);
  assert.deepEqual([...rig.table.services.keys()], [], `seed ${seed}: after the stop`);
  assert.deepEqual(rig.table.timeouts, new TableRig().timeouts, `seed ${seed}: after the stop`);
}

test('after whatever life the table is that of a fresh start, and who is told is told once', () => {
  for (let seed = FIRST; seed < FIRST + LIVES; seed++) live(seed);
});
