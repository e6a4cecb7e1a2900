/** Random load balancing configurations that are valid, from a seed. */
import { Prng } from '../../src/base/prng.js';
import { isTracked, randomChecker, untouched } from './fuzz-checks.js';
import {
  ADDRESSES,
  type Family,
  type Instance,
  PEERS,
  PORTS,
  type Server,
  type Virtual,
  type World,
} from './fuzz-world.js';

const SCHEDULERS = 'rr wrr lc wlc lblc lblcr dh sh fo ovf nq sed mh'.split(' ');
/** Alone or with others. */
export const inGroup = ({ head }: Virtual): boolean => head.startsWith('group');

const TUNNELS = [
  'TUN',
  'TUN type ipip',
  'TUN type gue port 6080',
  'TUN type gue port 6081 csum',
  'TUN type gue port 6080 remcsum',
  'TUN type gre',
  'TUN type gre csum',
];

/** How likely each is in one life: of some lives the most part is about one thing. */
interface Taste {
  readonly sorry: number;
  readonly quorum: number;
  readonly alpha: number;
  readonly inhibit: number;
  readonly suspend: number;
  readonly sharing: number;
  readonly ipv6: number;
  readonly group: number;
  readonly mark: number;
}

export class Maker {
  readonly #chance: Prng;
  readonly #seed: number;
  readonly #taste: Taste;
  #mixed = true;
  #sessions: readonly string[] = [];
  #groups = true;
  #number = 0;

  constructor(seed: number) {
    this.#seed = seed;
    const chance = new Prng(seed);
    this.#chance = chance;
    this.#taste = {
      sorry: chance.pick([0.2, 0.45, 0.9]),
      quorum: chance.pick([0.2, 0.5, 0.9]),
      alpha: chance.pick([0, 0.3, 0.7]),
      inhibit: chance.pick([0, 0.25, 0.6]),
      suspend: chance.pick([0, 0.3, 0.8]),
      sharing: chance.pick([0, 0.3, 0.8]),
      ipv6: chance.pick([0.1, 0.35, 0.8]),
      group: chance.pick([0.1, 0.3, 0.7]),
      mark: chance.pick([0.05, 0.15]),
    };
  }

  world(): World {
    const chance = this.#chance;
    const globals: string[] = [];
    if (chance.chance(0.2)) globals.push('lvs_flush');
    if (chance.chance(0.25)) globals.push(chance.pick(['lvs_flush_on_stop', 'lvs_flush_on_stop VS']));
    // With it Keepalived leaves services of groups.
    this.#groups = !globals.includes('lvs_flush_on_stop VS');
    if (chance.chance(0.25)) globals.push(this.timeouts());
    const instances = chance.chance(0.35) ? this.#instances() : [];
    if (chance.chance(instances.length > 0 ? 0.6 : 0.2)) {
      this.#mixed = false;
      const options = ['', ' id 7', ' id 9 maxlen 1400', ' port 9999 ttl 3', ' id 3 group 239.1.2.3'];
      const followed = instances[0] && chance.chance(0.8) ? ` ${instances[0].name}` : '';
      globals.push(`lvs_sync_daemon d0${followed}${chance.pick(options)}`);
    }
    if (chance.chance(0.1)) globals.push('rs_init_notifies');
    this.#sessions = chance.chance(0.35) ? Object.keys(PEERS) : [];
    const world: World = { seed: this.#seed, globals, sessions: this.#sessions, instances, virtuals: [] };
    this.fill(world);
    return world;
  }

  /** Their addresses are of services to come. */
  #instances(): Instance[] {
    const chance = this.#chance;
    const names = chance.chance(0.5) ? ['VI_1'] : ['VI_1', 'VI_2'];
    return names.map((name, n) => ({ name, vrid: 51 + n, file: `p${n}`, vips: this.held(n) }));
  }
  /** Of services by their numbers: each instance has those of others. */
  held(nth: number): string[] {
    const chance = this.#chance;
    const numbers = Array.from({ length: 15 }, (_, n) => 2 * n + 1 + nth).filter(() => chance.chance(0.6));
    return numbers.flatMap((number) => [this.vip(number, 4, 1), this.vip(number, 6, 1)]);
  }

  /** Other services, and as many as there are. */
  fill(world: World): void {
    world.virtuals = [];
    const count = this.#chance.integer(4, 8);
    while (world.virtuals.length < count) this.add(world);
  }
  /** One more, by itself: to one that a reload brings into a group that is there Keepalived gives no services. */
  addAlone(world: World): void {
    world.virtuals.push(this.#virtual());
  }

  timeouts(): string {
    const chance = this.#chance;
    const parts = [
      `tcp ${chance.integer(100, 900)}`,
      `tcpfin ${chance.integer(10, 200)}`,
      `udp ${chance.integer(10, 300)}`,
    ];
    const kept = parts.filter(() => chance.chance(0.7));
    return `lvs_timeouts ${(kept.length > 0 ? kept : parts).join(' ')}`;
  }

  /** One more; it may come in a group that is there. */
  add(world: World): void {
    const chance = this.#chance;
    // A mark that several share Keepalived makes for the first, and does not take away.
    const groups = world.virtuals.filter(
      ({ entries }) => entries && !entries.some((entry) => entry.startsWith('fwmark')),
    );
    if (groups.length === 0 || !chance.chance(this.#taste.sharing)) {
      world.virtuals.push(this.#virtual());
      return;
    }
    const owner = chance.pick(groups);
    const users = world.virtuals.filter(
      ({ number, sharing }) => (sharing?.number ?? number) === owner.number,
    );
    // Services of one protocol would be the same ones.
    const used = users.map(({ protocol }) => protocol);
    const protocol = ['TCP', 'UDP', 'SCTP'].find((one) => !used.includes(one));
    if (protocol === undefined) world.virtuals.push(this.#virtual());
    else world.virtuals.push(this.#virtual({ owner, protocol, nth: users.length }));
  }

  #kind(): 'address' | 'mark' | 'group' {
    const chance = this.#chance;
    if (chance.chance(this.#taste.group) && this.#groups) return 'group';
    return chance.chance(this.#taste.mark) ? 'mark' : 'address';
  }

  #virtual(shared?: { readonly owner: Virtual; readonly protocol: string; readonly nth: number }): Virtual {
    const chance = this.#chance;
    const taste = this.#taste;
    const number = ++this.#number;
    const family: Family = shared?.owner.family ?? (chance.chance(taste.ipv6) ? 6 : 4);
    const kind = shared ? 'group' : this.#kind();
    const isMark = kind === 'mark';
    const port = shared?.owner.port ?? (isMark || chance.chance(0.1) ? 0 : chance.pick(PORTS));
    const protocol = isMark
      ? undefined
      : (shared?.protocol ?? chance.pick(['TCP', 'TCP', 'TCP', 'UDP', 'SCTP']));
    const scheduler = chance.pick(SCHEDULERS);
    const method = this.method(family);
    const entries = kind === 'group' && !shared ? this.entries(number, family, port) : undefined;
    const listed = entries ?? shared?.owner.entries;
    const marked = isMark || listed?.some((entry) => entry.startsWith('fwmark')) === true;
    const heads = {
      address: `${this.vip(number, family, 1)}${port === 0 ? '' : ` ${port}`}`,
      mark: `fwmark ${number}`,
      group: `group g${shared?.owner.number ?? number}`,
    };
    const quorum = chance.chance(taste.quorum) ? chance.integer(1, 6) : undefined;
    const one: Virtual = {
      tag: shared ? `v${shared.owner.number}_${shared.nth}` : `v${number}`,
      number,
      family,
      head: heads[kind],
      entries,
      sharing: shared && { number: shared.owner.number, nth: shared.nth },
      vip: kind === 'address' ? this.vip(number, family, 1) : undefined,
      suspend: kind === 'address' && chance.chance(taste.suspend),
      isMark,
      explicitFamily: marked && (family === 6 || chance.chance(0.5)),
      protocol,
      port,
      scheduler,
      flags: this.flags(scheduler),
      method,
      persistence: this.persistence({ family, protocol, head: heads[kind] }, port === 0 && !isMark),
      ops: (protocol === 'UDP' || isMark) && chance.chance(0.3),
      weight: chance.chance(0.2) ? chance.integer(1, 5) : undefined,
      quorum,
      hysteresis:
        quorum !== undefined && quorum > 1 && chance.chance(0.5) ? chance.integer(0, quorum - 1) : undefined,
      alpha: chance.chance(taste.alpha),
      omega: chance.chance(0.4),
      inhibit: chance.chance(taste.inhibit),
      sorry: undefined,
      timing: [
        `delay_loop ${chance.pick(['0.4', '0.5', '0.7', '1'])}`,
        'warmup 0',
        'delay_before_retry 0.2',
        ...(chance.chance(0.3) ? ['retry 2'] : []),
      ],
      quorumUp: chance.chance(0.6),
      quorumDown: chance.chance(0.6),
      servers: [],
    };
    if (chance.chance(taste.sorry)) one.sorry = this.sorry(one);
    const count = chance.integer(1, 4);
    for (let n = 0; n < count; n++) this.addServer(one);
    return one;
  }

  vip(number: number, family: Family, n: number): string {
    return family === 4 ? `198.18.${number}.${n}` : `2001:db8:2:${number}::${n}`;
  }

  /** Disjoint by their last part, so that none is twice. */
  entries(number: number, family: Family, port: number): string[] {
    const chance = this.#chance;
    const at = port === 0 ? '' : ` ${port}`;
    const base = family === 4 ? `198.51.${number}.` : `2001:db8:3:${number}::`;
    const shape = (n: number, end?: number): string =>
      family === 4
        ? `${base}${n}${end === undefined ? '' : `-${end}`}`
        : `${base}${n.toString(16)}${end === undefined ? '' : `-${end.toString(16)}`}`;
    const all = [
      `${shape(1)}${at}`,
      `${shape(4, 6)}${at}`,
      `${family === 4 ? shape(8) : shape(8)}/${family === 4 ? 31 : 127}${at}`,
      `${shape(12)}${at}`,
      `fwmark ${100 + number}${family === 6 ? ' inet6' : ''}`,
    ];
    const kept = all.filter(() => chance.chance(0.4));
    return kept.length > 0 ? kept : [all[1] ?? ''];
  }

  method(_family: Family): string {
    const chance = this.#chance;
    return chance.pick(['NAT', 'NAT', 'NAT', 'DR', chance.pick(TUNNELS)]);
  }

  flags(scheduler: string): string[] {
    const chance = this.#chance;
    if (!chance.chance(0.5)) return [];
    const some = (words: readonly string[]): string[] => words.filter(() => chance.chance(0.6));
    if (scheduler === 'sh') return some(['sh-port', 'sh-fallback']);
    if (scheduler === 'mh') return some(['mh-port', 'mh-fallback']);
    return chance.chance(0.3) ? some(['flag-1', 'flag-2', 'flag-3']) : [];
  }

  persistence(
    { family, protocol, head }: Pick<Virtual, 'family' | 'protocol' | 'head'>,
    needed: boolean,
  ): Virtual['persistence'] {
    const chance = this.#chance;
    if (!needed && !chance.chance(0.35)) return undefined;
    const masks =
      family === 4 ? ['255.255.255.0', '255.255.0.0', '255.255.255.255'] : ['64', '112', '128', '48'];
    // Services of a group do not get it there.
    const granularity = head.startsWith('group') || !chance.chance(0.4) ? undefined : chance.pick(masks);
    return {
      timeout: chance.chance(0.7) ? chance.integer(1, 600) : undefined,
      granularity,
      engine: protocol === 'UDP' && chance.chance(0.4),
    };
  }

  /** The port that a server has to have that is not reached by NAT. */
  #portOf(one: Virtual, method: string): number | undefined {
    const chance = this.#chance;
    if (one.isMark) return method === 'NAT' && chance.chance(0.6) ? chance.pick(PORTS) : undefined;
    if (one.port === 0) return method === 'NAT' && chance.chance(0.3) ? chance.pick(PORTS) : undefined;
    if (method === 'NAT') return chance.chance(0.15) ? undefined : chance.pick(PORTS);
    return chance.chance(0.3) ? undefined : one.port;
  }

  sorry(one: Virtual): Virtual['sorry'] {
    const chance = this.#chance;
    const method = chance.chance(0.2) ? this.method(one.family) : undefined;
    const port = this.#portOf(one, method ?? one.method);
    // One of a group that is a real server, too, Keepalived does not let serve.
    const last = chance.chance(0.8) || inGroup(one) ? 99 : 1;
    const address = one.family === 4 ? `10.1.0.${last}` : `2001:db8:1::${last}`;
    return { address, port, inhibit: chance.chance(0.4), method };
  }

  addServer(one: Virtual): void {
    const chance = this.#chance;
    const method = chance.chance(0.15) ? this.method(one.family) : undefined;
    const resolved = method ?? one.method;
    const crosses =
      this.#mixed && resolved.startsWith('TUN') && !one.isMark && !inGroup(one) && chance.chance(0.25);
    const family: Family = crosses ? (one.family === 4 ? 6 : 4) : one.family;
    const port = this.#portOf(one, resolved);
    const effective = port ?? one.port;
    const taken = (address: string): boolean =>
      one.servers.some((other) => other.address === address && (other.port ?? one.port) === effective);
    const free = ADDRESSES[family].filter((address) => !taken(address));
    if (free.length === 0) return;
    const address = chance.pick(free);
    const count = chance.pick([0, 1, 1, 1, 1, 2]);
    const server: Server = {
      address,
      port,
      weight: chance.chance(0.6) ? chance.integer(0, 9) : undefined,
      method,
      thresholds: chance.chance(0.15) ? [chance.integer(5, 50), chance.integer(0, 5)] : undefined,
      inhibit: chance.chance(0.12) ? chance.chance(0.7) : undefined,
      alpha: chance.chance(0.12) ? chance.chance(0.6) : undefined,
      timing: chance.chance(0.2)
        ? [chance.pick(['delay_loop 0.6', 'retry 1', 'delay_before_retry 0.3', 'connect_timeout 2'])]
        : [],
      notifyUp: chance.chance(0.5),
      notifyDown: chance.chance(0.5),
      checkers: [],
    };
    const checkers = Array.from({ length: count }, () =>
      randomChecker(chance, address, family, port ?? 0, this.#sessions),
    );
    // A file, or a session, is tracked once by a server.
    server.checkers = checkers.filter(
      (checker, n) =>
        untouched(checker, one.suspend) &&
        (!isTracked(checker) || checkers.findIndex(({ at }) => at === checker.at) === n),
    );
    one.servers.push(server);
  }
}
