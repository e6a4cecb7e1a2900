/** Random edits of a random configuration, as somebody makes them before a reload, and switches that turn. */
import { Prng } from '../../src/base/prng.js';
import type { Condition, Maker, Switch, Virtual, World } from './fuzz-world.js';

/** Another world, and what was done to get there, in words. */
export function edited(world: World, maker: Maker, seed: number): { world: World; edits: string[] } {
  const chance = new Prng(seed);
  const next = structuredClone(world);
  if (chance.chance(0.3) && removes(next)) {
    maker.fill(next);
    return { world: next, edits: ['everything'] };
  }
  const edits: string[] = [];
  const count = chance.integer(1, 5);
  // One of each at most: Keepalived mixes up some pairs of changes of one service.
  const left = new Set(next.virtuals);
  for (let n = 0; n < count && left.size > 0; n++) {
    const one = chance.pick([...left]);
    left.delete(one);
    const what = chance.pick(Object.keys(EDITS));
    if (EDITS[what]?.(one, next, maker, chance)) edits.push(`${what} of ${one.tag}`);
  }
  return { world: next, edits };
}

type Edit = (one: Virtual, world: World, maker: Maker, chance: Prng) => boolean;

/** With lvs_flush_on_stop Keepalived tells nobody of what a reload takes away, and leaves some of it. */
const removes = ({ globals }: World): boolean =>
  !globals.some((line) => line.startsWith('lvs_flush_on_stop'));

/** Each returns whether it did something. */
const EDITS: Readonly<Record<string, Edit>> = {
  'removal of service': (one, world) => {
    if (world.virtuals.length === 1 || !removes(world)) return false;
    world.virtuals = world.virtuals.filter((other) => other !== one);
    return true;
  },
  'addition beside': (_, world, maker) => {
    if (world.virtuals.length > 12) return false;
    world.virtuals.push(maker.virtual());
    return true;
  },
  'removal of server': (one, world, _maker, chance) => {
    if (one.servers.length < 2 || !removes(world)) return false;
    one.servers.splice(chance.integer(0, one.servers.length - 1), 1);
    return true;
  },
  'addition of server': (one, _world, maker) => {
    const before = one.servers.length;
    maker.addServer(one);
    return one.servers.length > before;
  },
  'order of servers': (one) => {
    one.servers.reverse();
    return one.servers.length > 1;
  },
  'weight of server': (one, _world, _maker, chance) => {
    const server = chance.pick(one.servers);
    server.weight = chance.integer(0, 12);
    return true;
  },
  'thresholds of server': (one, _world, _maker, chance) => {
    const server = chance.pick(one.servers);
    server.thresholds = chance.chance(0.3) ? undefined : [chance.integer(5, 50), chance.integer(0, 5)];
    return true;
  },
  // In groups Keepalived loses count of failed servers that lose it.
  'inhibit of server': (one, _world, _maker, chance) => {
    if (one.entries) return false;
    const server = chance.pick(one.servers);
    server.inhibit = chance.pick([true, false, undefined]);
    return true;
  },
  'checkers of server': (one, _world, maker, chance) => {
    const server = chance.pick(one.servers);
    const family = server.address.includes(':') ? 6 : 4;
    const port = server.port ?? 0;
    const kept = server.checkers.filter(() => chance.chance(0.5));
    server.checkers = chance.chance(0.4) ? kept : [...kept, maker.checker(server.address, family, port)];
    return true;
  },
  scheduler: (one, _world, maker, chance) => {
    one.scheduler = chance.pick(['rr', 'wrr', 'sh', 'mh', 'lc', 'sed']);
    one.flags = maker.flags(one.scheduler);
    return true;
  },
  persistence: (one, _world, maker) => {
    one.persistence = maker.persistence(one, one.port === 0 && !one.isMark);
    return true;
  },
  ops: (one) => {
    if (one.protocol !== 'UDP' && !one.isMark) return false;
    one.ops = !one.ops;
    return true;
  },
  protocol: (one, world, _maker, chance) => {
    if (one.isMark || one.entries || !removes(world)) return false;
    one.protocol = chance.pick(['TCP', 'UDP', 'SCTP']);
    if (one.protocol !== 'UDP') one.ops = false;
    if (one.persistence?.engine && one.protocol !== 'UDP')
      one.persistence = { ...one.persistence, engine: false };
    return true;
  },
  weight: (one, _world, _maker, chance) => {
    one.weight = chance.chance(0.3) ? undefined : chance.integer(1, 5);
    return true;
  },
  quorum: (one, _world, _maker, chance) => {
    one.quorum = chance.integer(1, 6);
    one.hysteresis = one.quorum > 1 && chance.chance(0.4) ? chance.integer(0, one.quorum - 1) : undefined;
    return true;
  },
  // Of one that loses its inhibit 2.2.7 does not take it out of the table.
  'sorry server': (one, _world, maker, chance) => {
    const before = one.sorry;
    const next = maker.sorry(one);
    one.sorry =
      chance.chance(0.35) || !next
        ? undefined
        : { ...next, inhibit: next.inhibit || before?.inhibit === true };
    return true;
  },
  'inhibit of sorry server': (one) => {
    if (!one.sorry || one.sorry.inhibit) return false;
    one.sorry = { ...one.sorry, inhibit: true };
    return true;
  },
  alpha: (one) => {
    one.alpha = !one.alpha;
    return true;
  },
  inhibit: (one) => {
    if (one.entries) return false;
    one.inhibit = !one.inhibit;
    return true;
  },
  'scripts of service': (one) => {
    one.quorumUp = !one.quorumUp;
    one.quorumDown = !one.quorumDown;
    return true;
  },
  // Keepalived leaves services of entries that are gone, and gives servers without a port none in those that come.
  'entries of group': (one, _world, maker) => {
    if (!one.entries || one.servers.some(({ port }) => port === undefined)) return false;
    const before = one.entries;
    one.entries = [...new Set([...before, ...maker.entries(one.number, one.family, one.port)])];
    return one.entries.length > before.length;
  },
  timeouts: (_, world, maker) => {
    world.globals = world.globals.filter((line) => !line.startsWith('lvs_timeouts'));
    world.globals.push(maker.timeouts());
    return true;
  },
  nothing: () => true,
};

export const switchesOf = (world: World): Switch[] => [
  ...new Set(
    world.virtuals.flatMap(({ servers }) =>
      servers.flatMap(({ checkers }) => checkers.map(({ at }) => at).filter((at) => !at.startsWith('ping'))),
    ),
  ),
];

/** What is not known yet gets a condition; of what is known some change theirs where `turning`. */
export function turned(
  before: ReadonlyMap<Switch, Condition>,
  world: World,
  seed: number,
  turning: number,
): Map<Switch, Condition> {
  const chance = new Prng(seed);
  const after = new Map(before);
  for (const name of switchesOf(world)) {
    if (!after.has(name) || chance.chance(turning))
      after.set(name, chance.pick(['good', 'good', 'bad', 'closed']));
  }
  return after;
}
