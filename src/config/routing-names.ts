/**
 * Names of routing tables, protocols, scopes, realms, classes of service, groups of interfaces and IP protocols: those
 * that iproute2 knows by itself, and those of its files. Which files there are is the machine's affair. Pure.
 */

/** The files of iproute2 by what they name, and /etc/protocols. */
export const NAME_FILES = {
  table: 'rt_tables',
  protocol: 'rt_protos',
  scope: 'rt_scopes',
  realm: 'rt_realms',
  class: 'rt_dsfield',
  group: 'group',
  ipProtocol: 'protocols',
} as const;
export type NameKind = keyof typeof NAME_FILES;

/** What people call it. */
export const KIND_WORDS: Readonly<Record<NameKind, string>> = {
  table: 'routing table',
  protocol: 'routing protocol',
  scope: 'scope',
  realm: 'realm',
  class: 'class of service',
  group: 'group of interfaces',
  ipProtocol: 'IP protocol',
};

/** Texts of the files of that name, the one that counts most last. */
export type NameFileReader = (kind: NameKind) => readonly string[];

/** Where iproute2 has its files: those that the system brings, and those of this machine. Absent: the usual places. */
export interface NameDirectories {
  readonly usr?: string;
  readonly etc?: string;
}
export type NameFiles = (directories: NameDirectories) => NameFileReader;

const BUILT_IN: Readonly<Record<NameKind, Readonly<Record<string, number>>>> = {
  table: { unspec: 0, default: 253, main: 254, local: 255 },
  protocol: {
    none: 0,
    redirect: 1,
    kernel: 2,
    boot: 3,
    static: 4,
    gated: 8,
    ra: 9,
    mrt: 10,
    zebra: 11,
    bird: 12,
    dnrouted: 13,
    xorp: 14,
    ntk: 15,
    dhcp: 16,
    keepalived: 18,
    babel: 42,
    bgp: 186,
    isis: 187,
    ospf: 188,
    rip: 189,
    eigrp: 192,
  },
  scope: { global: 0, universe: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  realm: { unknown: 0 },
  class: {},
  group: { default: 0 },
  ipProtocol: {
    icmp: 1,
    igmp: 2,
    ipip: 4,
    tcp: 6,
    udp: 17,
    gre: 47,
    esp: 50,
    ah: 51,
    'ipv6-icmp': 58,
    sctp: 132,
  },
};

export class RoutingNames {
  readonly #known = new Map<NameKind, ReadonlyMap<string, number>>();

  /** Without a reader only what iproute2 knows by itself is known, and nothing else can be called wrong. */
  constructor(readonly read?: NameFileReader) {}

  find(kind: NameKind, name: string): number | undefined {
    return this.all(kind).get(name);
  }

  /** Numbers by name. */
  all(kind: NameKind): ReadonlyMap<string, number> {
    let known = this.#known.get(kind);
    if (!known) {
      const found = new Map(Object.entries(BUILT_IN[kind]));
      for (const text of this.read?.(kind) ?? []) readNames(kind, text, found);
      known = found;
      this.#known.set(kind, known);
    }
    return known;
  }
}

/** Lines of a number and a name; of /etc/protocols of a name, a number and more names. `#` begins a remark. */
function readNames(kind: NameKind, text: string, into: Map<string, number>): void {
  for (const line of text.split('\n')) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    const [first = '', second = '', ...more] = words;
    const number = numberOf(kind === 'ipProtocol' ? second : first);
    if (number === undefined) continue;
    if (kind !== 'ipProtocol') into.set(second, number);
    else for (const name of [first, ...more]) into.set(name, number);
  }
}

const numberOf = (word: string): number | undefined =>
  /^(0x[0-9a-f]+|[0-9]+)$/i.test(word) ? Number(word) : undefined;
