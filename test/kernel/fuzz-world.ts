/**
 * Random load balancing configurations that are valid, and random edits of them, from a seed: as values, which
 * fuzz-text.ts writes down and fuzz-lab.ts gives to two daemons. What a checker looks at is a switch: a listener that is
 * there or not, or a file; both daemons see the same ones.
 */
import { Prng } from '../../src/base/prng.js';

export type Family = 4 | 6;

/** `good`: answers; `bad`: accepts, and answers wrongly; `closed`: is not there. Of a file: see contentOf in fuzz-lab.ts. */
export type Condition = 'good' | 'bad' | 'closed';
/** `tcp ADDRESS PORT`, `smtp ...`, `udp ...`, or `file NAME`. */
export type Switch = string;

export interface Checker {
  readonly kind:
    | 'TCP_CHECK'
    | 'HTTP_GET'
    | 'SMTP_CHECK'
    | 'UDP_CHECK'
    | 'DNS_CHECK'
    | 'PING_CHECK'
    | 'MISC_CHECK'
    | 'FILE_CHECK';
  readonly at: Switch;
  /** Lines as they are written in the block. */
  readonly lines: readonly string[];
}

export interface Server {
  address: string;
  port: number | undefined;
  weight: number | undefined;
  method: string | undefined;
  thresholds: readonly [upper: number, lower: number] | undefined;
  inhibit: boolean | undefined;
  alpha: boolean | undefined;
  /** Of this server alone. */
  timing: readonly string[];
  notifyUp: boolean;
  notifyDown: boolean;
  checkers: readonly Checker[];
}

export interface Virtual {
  readonly tag: string;
  readonly number: number;
  readonly family: Family;
  /** What stands behind `virtual_server`. */
  readonly head: string;
  /** Lines of a `virtual_server_group`. */
  entries: readonly string[] | undefined;
  readonly isMark: boolean;
  readonly explicitFamily: boolean;
  protocol: string | undefined;
  /** Of the service; 0 where it has none. */
  readonly port: number;
  scheduler: string;
  flags: readonly string[];
  method: string;
  persistence:
    | {
        readonly timeout: number | undefined;
        readonly granularity: string | undefined;
        readonly engine: boolean;
      }
    | undefined;
  ops: boolean;
  weight: number | undefined;
  quorum: number | undefined;
  hysteresis: number | undefined;
  alpha: boolean;
  omega: boolean;
  inhibit: boolean;
  sorry:
    | {
        readonly address: string;
        readonly port: number | undefined;
        readonly inhibit: boolean;
        readonly method: string | undefined;
      }
    | undefined;
  timing: readonly string[];
  quorumUp: boolean;
  quorumDown: boolean;
  servers: Server[];
}

export interface World {
  readonly seed: number;
  globals: string[];
  virtuals: Virtual[];
}

/** Addresses of servers, of which each machine has all. */
export const ADDRESSES = {
  4: [1, 2, 3, 4, 5, 6].map((n) => `10.1.0.${n}`),
  6: [1, 2, 3, 4, 5, 6].map((n) => `2001:db8:1::${n}`),
} as const;
/** Files that are tracked; scripts look at others. */
export const FILES = ['f0', 'f1'];
const PORTS = [8001, 8002, 8003];
const SMTP_PORT = 8025;

const SCHEDULERS = 'rr wrr lc wlc lblc lblcr dh sh fo ovf nq sed mh'.split(' ');
const TUNNELS = [
  'TUN',
  'TUN type ipip',
  'TUN type gue port 6080',
  'TUN type gue port 6081 csum',
  'TUN type gue port 6080 remcsum',
  'TUN type gre',
  'TUN type gre csum',
];

export class Maker {
  readonly #chance: Prng;
  readonly #seed: number;
  #mixed = true;
  #number = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#chance = new Prng(seed);
  }

  world(): World {
    const chance = this.#chance;
    const globals: string[] = [];
    if (chance.chance(0.2)) globals.push('lvs_flush');
    if (chance.chance(0.25)) globals.push(chance.pick(['lvs_flush_on_stop', 'lvs_flush_on_stop VS']));
    if (chance.chance(0.25)) globals.push(this.timeouts());
    if (chance.chance(0.2)) {
      this.#mixed = false;
      const options = ['', ' id 7', ' id 9 maxlen 1400', ' port 9999 ttl 3', ' id 3 group 239.1.2.3'];
      globals.push(`lvs_sync_daemon d0${chance.pick(options)}`);
    }
    if (chance.chance(0.1)) globals.push('rs_init_notifies');
    const world: World = { seed: this.#seed, globals, virtuals: [] };
    this.fill(world);
    return world;
  }

  /** Other services, and as many as there are. */
  fill(world: World): void {
    world.virtuals = [];
    const count = this.#chance.integer(4, 8);
    while (world.virtuals.length < count) world.virtuals.push(this.virtual());
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

  virtual(): Virtual {
    const chance = this.#chance;
    const number = ++this.#number;
    const family: Family = chance.chance(0.65) ? 4 : 6;
    const kind = chance.pick(['address', 'address', 'address', 'mark', 'group', 'group'] as const);
    const isMark = kind === 'mark';
    const port = isMark || chance.chance(0.1) ? 0 : chance.pick(PORTS);
    const protocol = isMark ? undefined : chance.pick(['TCP', 'TCP', 'TCP', 'UDP', 'SCTP']);
    const scheduler = chance.pick(SCHEDULERS);
    const method = this.method(family);
    const entries = kind === 'group' ? this.entries(number, family, port) : undefined;
    const marked = isMark || entries?.some((entry) => entry.startsWith('fwmark')) === true;
    const heads = {
      address: `${this.vip(number, family, 1)}${port === 0 ? '' : ` ${port}`}`,
      mark: `fwmark ${number}`,
      group: `group g${number}`,
    };
    const quorum = chance.chance(0.5) ? chance.integer(1, 6) : undefined;
    const one: Virtual = {
      tag: `v${number}`,
      number,
      family,
      head: heads[kind],
      entries,
      isMark,
      explicitFamily: marked && (family === 6 || chance.chance(0.5)),
      protocol,
      port,
      scheduler,
      flags: this.flags(scheduler),
      method,
      persistence: this.persistence({ family, protocol, entries }, port === 0 && !isMark),
      ops: (protocol === 'UDP' || isMark) && chance.chance(0.3),
      weight: chance.chance(0.2) ? chance.integer(1, 5) : undefined,
      quorum,
      hysteresis:
        quorum !== undefined && quorum > 1 && chance.chance(0.5) ? chance.integer(0, quorum - 1) : undefined,
      alpha: chance.chance(0.3),
      omega: chance.chance(0.4),
      inhibit: chance.chance(0.25),
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
    if (chance.chance(0.45)) one.sorry = this.sorry(one);
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
    { family, protocol, entries }: Pick<Virtual, 'family' | 'protocol' | 'entries'>,
    needed: boolean,
  ): Virtual['persistence'] {
    const chance = this.#chance;
    if (!needed && !chance.chance(0.35)) return undefined;
    const masks =
      family === 4 ? ['255.255.255.0', '255.255.0.0', '255.255.255.255'] : ['64', '112', '128', '48'];
    // Services of a group do not get it there.
    const granularity = entries || !chance.chance(0.4) ? undefined : chance.pick(masks);
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
    const last = chance.chance(0.8) ? 99 : 1;
    const address = one.family === 4 ? `10.1.0.${last}` : `2001:db8:1::${last}`;
    return { address, port, inhibit: chance.chance(0.4), method };
  }

  addServer(one: Virtual): void {
    const chance = this.#chance;
    const method = chance.chance(0.15) ? this.method(one.family) : undefined;
    const resolved = method ?? one.method;
    const crosses =
      this.#mixed && resolved.startsWith('TUN') && !one.isMark && !one.entries && chance.chance(0.25);
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
    const checkers = Array.from({ length: count }, () => this.checker(address, family, port ?? 0));
    // A file is tracked once by a server.
    server.checkers = checkers.filter(
      ({ kind, at }, n) => kind !== 'FILE_CHECK' || checkers.findIndex((other) => other.at === at) === n,
    );
    one.servers.push(server);
  }

  /** `port`: the server's own; 0 where it has none. */
  checker(address: string, family: Family, port: number): Checker {
    const chance = this.#chance;
    const kind = chance.pick([
      'TCP_CHECK',
      'TCP_CHECK',
      'TCP_CHECK',
      'HTTP_GET',
      'HTTP_GET',
      'SMTP_CHECK',
      'UDP_CHECK',
      'DNS_CHECK',
      'PING_CHECK',
      'MISC_CHECK',
      'FILE_CHECK',
    ] as const);
    const elsewhere = chance.chance(0.2) ? chance.pick(ADDRESSES[family]) : address;
    const place = port === 0 || !PORTS.includes(port) || chance.chance(0.2) ? chance.pick(PORTS) : port;
    const lines = [
      ...(elsewhere === address ? [] : [`connect_ip ${elsewhere}`]),
      ...(place === port && kind !== 'SMTP_CHECK'
        ? []
        : [`connect_port ${kind === 'SMTP_CHECK' ? SMTP_PORT : place}`]),
      ...(chance.chance(0.15) ? [chance.pick(['retry 0', 'retry 1', 'retry 2'])] : []),
      ...(chance.chance(0.1) ? ['alpha'] : []),
    ];
    switch (kind) {
      case 'TCP_CHECK':
        return { kind, at: `tcp ${elsewhere} ${place}`, lines };
      case 'HTTP_GET': {
        const url = chance.pick(['', 'status_code 200', 'status_code 200-299']);
        const more = chance.chance(0.3)
          ? [`url {\n path /b\n }`, ...(chance.chance(0.5) ? ['fast_recovery'] : [])]
          : [];
        return {
          kind,
          at: `tcp ${elsewhere} ${place}`,
          lines: [...lines, `url {\n path /a\n ${url}\n }`, ...more],
        };
      }
      case 'SMTP_CHECK':
        return { kind, at: `smtp ${elsewhere} ${SMTP_PORT}`, lines };
      case 'UDP_CHECK':
        return {
          kind,
          at: `udp ${elsewhere} ${place}`,
          lines: [...lines, 'require_reply'],
        };
      case 'DNS_CHECK':
        return { kind, at: `udp ${elsewhere} ${place}`, lines: [...lines, 'name example.com', 'type A'] };
      case 'PING_CHECK':
        return {
          kind,
          at: `ping ${elsewhere}`,
          lines: lines.filter((line) => !line.startsWith('connect_port')),
        };
      case 'MISC_CHECK': {
        const dynamic = chance.chance(0.5);
        const name = `${dynamic ? 'd' : 'm'}${chance.integer(0, 2)}`;
        const path = [`misc_path "@/look ${name}"`, 'misc_timeout 30'];
        return { kind, at: `file ${name}`, lines: dynamic ? [...path, 'misc_dynamic'] : path };
      }
      case 'FILE_CHECK': {
        const name = chance.pick(FILES);
        return {
          kind,
          at: `file ${name}`,
          lines: [
            `track_file ${name}`,
            ...(chance.chance(0.5) ? [`weight ${chance.pick(['0', '1', '2', '-1', '0 reverse'])}`] : []),
          ],
        };
      }
    }
  }
}
