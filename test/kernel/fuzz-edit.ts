/** Random edits of a random configuration, as somebody makes them before a reload, and switches that turn. */
import { Prng } from '../../src/base/prng.js';
import { isTracked, randomChecker, untouched } from './fuzz-checks.js';
import { inGroup, type Maker } from './fuzz-maker.js';
import type { Checker, Condition, Switch, Virtual, World } from './fuzz-world.js';

/** Another world, and what was done to get there, in words. */
export function edited(world: World, maker: Maker, seed: number): { world: World; edits: string[] } {
  const chance = new Prng(seed);
  const next = structuredClone(world);
  if (chance.chance(0.3) && removes(next)) {
    maker.fill(next);
    onDuty(next, world);
    return { world: next, edits: ['everything'] };
  }
  const edits: string[] = [];
  const count = chance.integer(1, 5);
  // One of each at most: Keepalived mixes up some pairs of changes of one service.
  const left = new Set(next.virtuals.filter(({ servers }) => servers.length > 0));
  for (let n = 0; n < count && left.size > 0; n++) {
    const one = chance.pick([...left]);
    left.delete(one);
    const what = chance.pick(Object.keys(EDITS));
    if (EDITS[what]?.(one, next, maker, chance)) edits.push(`${what} of ${one.tag}`);
  }
  onDuty(next, world);
  return { world: next, edits };
}

/** Of what comes Keepalived does not see that its address is there already. */
function onDuty(next: World, before: World): void {
  const known = new Set(before.virtuals.map(({ number }) => number));
  const held = new Set(before.instances.flatMap(({ vips }) => vips));
  for (const one of next.virtuals)
    if (!known.has(one.number) && one.vip !== undefined && held.has(one.vip)) one.suspend = false;
}

type Edit = (one: Virtual, world: World, maker: Maker, chance: Prng) => boolean;

/** With lvs_flush_on_stop Keepalived tells nobody of what a reload takes away, and leaves some of it. */
const removes = ({ globals }: World): boolean =>
  !globals.some((line) => line.startsWith('lvs_flush_on_stop'));

/** Each returns whether it did something. */
const EDITS: Readonly<Record<string, Edit>> = {
  'removal of service': (one, world) => {
    if (world.virtuals.length === 1 || !removes(world)) return false;
    // Who comes later in the same group would count as another one.
    const { number, nth } = one.sharing ?? { number: one.number, nth: 0 };
    if (world.virtuals.some(({ sharing }) => sharing?.number === number && sharing.nth > nth)) return false;
    world.virtuals = world.virtuals.filter((other) => other !== one);
    return true;
  },
  'addition beside': (_, world, maker) => {
    if (world.virtuals.length > 12) return false;
    maker.addAlone(world);
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
  // In groups Keepalived loses count of failed servers that lose it.
  'inhibit of server': (one, _world, _maker, chance) => {
    if (inGroup(one)) return false;
    const server = chance.pick(one.servers);
    server.inhibit = chance.pick([true, false, undefined]);
    return true;
  },
  'checkers of server': (one, { sessions }, _maker, chance) => {
    const server = chance.pick(one.servers);
    const family = server.address.includes(':') ? 6 : 4;
    const port = server.port ?? 0;
    const kept = server.checkers.filter(() => chance.chance(0.5));
    const more = chance.chance(0.4) ? [] : [randomChecker(chance, server.address, family, port, sessions)];
    const isTwice = (checker: Checker): boolean =>
      isTracked(checker) && kept.some(({ at }) => at === checker.at);
    server.checkers = [
      ...kept,
      ...more.filter((checker) => untouched(checker, one.suspend) && !isTwice(checker)),
    ];
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
    if (one.isMark || inGroup(one) || !removes(world)) return false;
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
  // Of one that loses its inhibit 2.2.7 does not take it out of the table, and of another one it tells the lost quorum again.
  'sorry server': (one, _world, maker, chance) => {
    const before = one.sorry;
    const next = maker.sorry(one);
    one.sorry =
      chance.chance(0.35) || !next
        ? undefined
        : {
            ...next,
            ...(before ? { address: before.address, port: before.port } : {}),
            inhibit: next.inhibit || before?.inhibit === true,
          };
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
    if (inGroup(one)) return false;
    one.inhibit = !one.inhibit;
    return true;
  },
  // The other way round Keepalived does not see that its address is there already.
  suspension: (one) => {
    if (!one.suspend) return false;
    one.suspend = false;
    return true;
  },
  'addresses of instance': (_, world, maker, chance) => {
    if (world.instances.length === 0) return false;
    const nth = chance.integer(0, world.instances.length - 1);
    const instance = world.instances[nth];
    if (instance) instance.vips = maker.held(nth);
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

export function switchesOf({ instances, virtuals }: World): Switch[] {
  const held = new Set(instances.flatMap(({ vips }) => vips));
  const own = virtuals.flatMap(({ vip, suspend }) => (suspend && vip !== undefined ? [vip] : []));
  return [
    ...new Set([
      ...own.filter((address) => !held.has(address)).map((address) => `vip ${address}`),
      ...instances.map(({ file }) => `file ${file}`),
      ...virtuals.flatMap(({ servers }) =>
        servers.flatMap(({ checkers }) =>
          checkers.map(({ at }) => at).filter((at) => !at.startsWith('ping')),
        ),
      ),
    ]),
  ];
}

/**
 * What is not known yet gets a condition; of what is known some change theirs where `turning`. Of a service that comes by a
 * reload Keepalived does not see whether its address is there.
 */
export function turned(
  before: ReadonlyMap<Switch, Condition>,
  world: World,
  seed: number,
  turning: number,
): Map<Switch, Condition> {
  const chance = new Prng(seed);
  const after = new Map(before);
  for (const name of switchesOf(world)) {
    const known = after.has(name);
    if (known && !chance.chance(turning)) continue;
    const condition = chance.pick(['good', 'good', 'bad', 'closed'] as const);
    if (!known && name === 'file f3') after.set(name, 'good');
    else if (!known && name.startsWith('vip ') && before.size > 0) after.set(name, 'closed');
    else after.set(name, condition);
  }
  return after;
}
