/**
 * How the engine's wishes for the firewall are said in nf_tables: tables of both families, chains, sets, rules, under
 * Keepalived's names, so that who looks with `nft list ruleset` finds what the guides show. It only writes steps of a
 * transaction; when, and what stands already, is decided in nft-firewall.ts. Runtime reference section 11.
 */
import { ByteWriter } from '../../base/bytes.js';
import { familyOf, ipToBytes } from '../../base/ip-address.js';
import { MAX_NFT_ELEMENTS } from '../../base/limits.js';
import type { FirewallEntry, FirewallPlace } from '../../core/net/firewall-facts.js';
import type { NftStep } from '../../wire/netlink/nftables/batch.js';
import type { Expression, MetaKey } from '../../wire/netlink/nftables/expression.js';
import type { ChainHook, NftElement, NftFamily } from '../../wire/netlink/nftables/object.js';

export type OurFamily = Extract<NftFamily, 'ip' | 'ip6'>;

/**
 * Parts of the rules that are made when first needed, in the order in which their rules must stand: a packet of a
 * virtual MAC is stopped before neighbour discovery is let through.
 */
export const PIECES = [
  'ip table',
  'ip virtual-macs',
  'ip addresses',
  'ip6 table',
  'ip6 virtual-macs',
  'ip6 addresses',
  'ip6 link-local',
  'ip6 link-local by name',
] as const;
export type Piece = (typeof PIECES)[number];

/** What an older kernel lacks; found out by its refusals. */
export interface KernelAbilities {
  /** Send a copy of a packet elsewhere (nft_dup): else it is only stopped. */
  readonly duplicate: boolean;
  /** Look at the kind of an interface (Linux 5.1). */
  readonly kinds: boolean;
}

/** As nft numbers the types of keys. */
const IPV4_ADDRESS = 7;
const IPV6_ADDRESS = 8;
const INTERFACE_INDEX = 20;
const ICMPV6_TYPE = 29;
const INTERFACE_NAME = 41;
const concatenation = (first: number, second: number): number => (first << 6) | second;

const IPPROTO_IGMP = 2;
const IPPROTO_ICMPV6 = 58;
const MLD_LISTENER_REPORT = 131;
const ND_ROUTER_SOLICIT = 133;
const ND_NEIGHBOUR_SOLICIT = 135;
const ND_NEIGHBOUR_ADVERT = 136;
const MLD2_LISTENER_REPORT = 143;
const IFNAMSIZ = 16;

/** Where the addresses stand in the headers. */
const SOURCE = { ip: { offset: 12, length: 4 }, ip6: { offset: 8, length: 16 } } as const;
const DESTINATION = { ip: { offset: 16, length: 4 }, ip6: { offset: 24, length: 16 } } as const;

/** The pieces that an entry needs. */
export function piecesOf(entry: FirewallEntry): readonly Piece[] {
  switch (entry.kind) {
    case 'address':
      return familyOf(entry.address) === 'ipv4'
        ? ['ip table', 'ip addresses']
        : ['ip6 table', 'ip6 addresses'];
    case 'link-local':
      return ['ip6 table', 'ip6 addresses', entry.byName ? 'ip6 link-local by name' : 'ip6 link-local'];
    case 'virtual-mac':
      return entry.family === 'ipv4' ? ['ip table', 'ip virtual-macs'] : ['ip6 table', 'ip6 virtual-macs'];
  }
}

export const familyOfPiece = (piece: Piece): OurFamily => (piece.startsWith('ip6') ? 'ip6' : 'ip');

export class NftRules {
  constructor(
    readonly place: FirewallPlace,
    readonly abilities: KernelAbilities,
  ) {}

  /** The steps that make a piece. */
  make(piece: Piece): NftStep[] {
    switch (piece) {
      case 'ip table':
      case 'ip6 table': {
        const family = familyOfPiece(piece);
        const { table } = this.place;
        return [
          { verb: 'add', object: { kind: 'table', family, table } },
          this.#chain(family, 'out', 'output'),
        ];
      }
      case 'ip addresses':
        return this.#addresses4();
      case 'ip6 addresses':
        return this.#addresses6();
      case 'ip6 link-local':
        return this.#linkLocal('vips_link_local', INTERFACE_INDEX, 4, 'iif', 'oif');
      case 'ip6 link-local by name':
        return this.#linkLocal('vips_link_local_name', INTERFACE_NAME, IFNAMSIZ, 'iifname', 'oifname');
      case 'ip virtual-macs':
        return [this.#map(), this.#rule('ip', 'out', this.#moveIgmp())];
      case 'ip6 virtual-macs':
        return this.#virtualMacs6();
    }
  }

  /** Adds or deletes what stands for these entries in the sets. */
  elements(verb: 'add' | 'delete', entries: readonly FirewallEntry[]): NftStep[] {
    const bySet = new Map<string, { family: OurFamily; set: string; elements: NftElement[] }>();
    const put = (family: OurFamily, set: string, element: NftElement): void => {
      const known = bySet.get(`${family} ${set}`);
      if (known) known.elements.push(element);
      else bySet.set(`${family} ${set}`, { family, set, elements: [element] });
    };
    for (const entry of entries) this.#elementsOf(entry, put);
    const steps: NftStep[] = [];
    for (const { family, set, elements } of bySet.values()) {
      for (let from = 0; from < elements.length; from += MAX_NFT_ELEMENTS) {
        const part = elements.slice(from, from + MAX_NFT_ELEMENTS);
        const { table } = this.place;
        steps.push({ verb, object: { kind: 'elements', family, table, set, elements: part } });
      }
    }
    return steps;
  }

  #elementsOf(
    entry: FirewallEntry,
    put: (family: OurFamily, set: string, element: NftElement) => void,
  ): void {
    switch (entry.kind) {
      case 'address':
        put(familyOf(entry.address) === 'ipv4' ? 'ip' : 'ip6', 'vips', { key: ipToBytes(entry.address) });
        break;
      case 'link-local': {
        const { byName, interfaceName, interfaceIndex } = entry;
        const where = byName ? nameKey(interfaceName) : indexKey(interfaceIndex);
        const key = joined(ipToBytes(entry.address), where);
        put('ip6', byName ? 'vips_link_local_name' : 'vips_link_local', { key });
        break;
      }
      case 'virtual-mac': {
        const family = entry.family === 'ipv4' ? 'ip' : 'ip6';
        const key = indexKey(entry.interfaceIndex);
        put(family, this.#mapName(), {
          key,
          ...(this.abilities.duplicate ? { data: indexKey(entry.parentIndex) } : {}),
        });
        if (family === 'ip6' && this.abilities.duplicate) put('ip6', 'vmac_set', { key });
        break;
      }
    }
  }

  #chain(family: OurFamily, chain: string, hook?: ChainHook['hook']): NftStep {
    const { table, priority } = this.place;
    const base = hook && { hook, priority, policy: 'accept' as const };
    return { verb: 'add', object: { kind: 'chain', family, table, chain, ...(base ? { base } : {}) } };
  }

  #set(
    family: OurFamily,
    set: string,
    keyType: number,
    keyLength: number,
    more: { constant?: boolean; data?: { type: number; length: number } } = {},
  ): NftStep {
    const { table } = this.place;
    const hostOrder = keyType === INTERFACE_INDEX;
    return {
      verb: 'add',
      object: {
        kind: 'set',
        family,
        table,
        set,
        keyType,
        keyLength,
        id: 0,
        ...(hostOrder ? { hostOrder } : {}),
        ...more,
      },
    };
  }

  /** The verdict comes last, the counter before it. */
  #rule(family: OurFamily, chain: string, expressions: readonly Expression[]): NftStep {
    const counted = [...expressions];
    if (this.place.counters) counted.splice(-1, 0, { kind: 'counter', packets: 0n, bytes: 0n });
    const { table } = this.place;
    return { verb: 'add', object: { kind: 'rule', family, table, chain, expressions: counted } };
  }

  #addresses4(): NftStep[] {
    return [
      this.#chain('ip', 'in', 'input'),
      this.#set('ip', 'vips', IPV4_ADDRESS, 4),
      this.#rule('ip', 'in', [load(DESTINATION.ip), member('vips'), DROP]),
      this.#rule('ip', 'out', [load(SOURCE.ip), member('vips'), DROP]),
    ];
  }

  #addresses6(): NftStep[] {
    const types = [ND_NEIGHBOUR_SOLICIT, ND_NEIGHBOUR_ADVERT];
    const discovery = [...icmpv6(), member('neighbor-discovery'), ACCEPT];
    return [
      this.#chain('ip6', 'in', 'input'),
      this.#chain('ip6', 'in_link_local'),
      this.#chain('ip6', 'out_link_local'),
      this.#set('ip6', 'vips', IPV6_ADDRESS, 16),
      ...this.#icmpTypes('neighbor-discovery', types),
      this.#rule('ip6', 'in', discovery),
      this.#rule('ip6', 'in', [load(DESTINATION.ip6), ...linkLocal(), goTo('in_link_local')]),
      this.#rule('ip6', 'in', [load(DESTINATION.ip6), member('vips'), DROP]),
      this.#rule('ip6', 'out', discovery),
      this.#rule('ip6', 'out', [load(SOURCE.ip6), ...linkLocal(), goTo('out_link_local')]),
      this.#rule('ip6', 'out', [load(SOURCE.ip6), member('vips'), DROP]),
    ];
  }

  #icmpTypes(set: string, types: readonly number[]): NftStep[] {
    const elements = types.map((type) => ({ key: Uint8Array.of(type) }));
    const { table } = this.place;
    return [
      this.#set('ip6', set, ICMPV6_TYPE, 1, { constant: true }),
      { verb: 'add', object: { kind: 'elements', family: 'ip6', table, set, elements } },
    ];
  }

  #linkLocal(set: string, type: number, length: number, into: MetaKey, out: MetaKey): NftStep[] {
    return [
      this.#set('ip6', set, concatenation(IPV6_ADDRESS, type), 16 + length),
      this.#rule('ip6', 'in_link_local', [load(DESTINATION.ip6), meta(into, 2), member(set), DROP]),
      this.#rule('ip6', 'out_link_local', [load(SOURCE.ip6), meta(out, 2), member(set), DROP]),
    ];
  }

  #mapName(): string {
    return this.abilities.duplicate ? 'vmac_map' : 'vmac_set';
  }

  #map(family: OurFamily = 'ip'): NftStep {
    const data = { type: INTERFACE_INDEX, length: 4 };
    const more = this.abilities.duplicate ? { data } : {};
    return this.#set(family, this.#mapName(), INTERFACE_INDEX, 4, more);
  }

  /** The copy goes to the same group, out of the interface underneath. */
  #away(address: { readonly offset: number; readonly length: number }): Expression[] {
    const { duplicate } = this.abilities;
    if (!duplicate) return [...this.#kind(), meta('oif', 2), member('vmac_set', 2), DROP];
    return [
      load(address),
      ...this.#kind(),
      meta('oif', 2),
      { kind: 'lookup', set: 'vmac_map', register: 2, into: 2 },
      { kind: 'duplicate', addressRegister: 1, deviceRegister: 2 },
      DROP,
    ];
  }

  /** Numbers of interfaces are used again: only a macvlan is meant. */
  #kind(): Expression[] {
    if (!this.abilities.kinds) return [];
    return [
      meta('oifkind', 2),
      { kind: 'compare', comparison: '==', register: 2, value: nameKey('macvlan') },
    ];
  }

  #moveIgmp(): Expression[] {
    return [
      { kind: 'payload', base: 'network', offset: 9, length: 1, register: 1 },
      { kind: 'compare', comparison: '==', register: 1, value: Uint8Array.of(IPPROTO_IGMP) },
      ...this.#away(DESTINATION.ip),
    ];
  }

  #virtualMacs6(): NftStep[] {
    const solicit: Expression[] = [
      ...icmpv6(),
      { kind: 'compare', comparison: '==', register: 1, value: Uint8Array.of(ND_ROUTER_SOLICIT) },
      ...this.#kind(),
      meta('oif', 2),
      member('vmac_set', 2),
      DROP,
    ];
    return [
      this.#map('ip6'),
      ...(this.abilities.duplicate ? [this.#set('ip6', 'vmac_set', INTERFACE_INDEX, 4)] : []),
      ...this.#icmpTypes('mld-report', [MLD2_LISTENER_REPORT, MLD_LISTENER_REPORT]),
      this.#rule('ip6', 'out', [...icmpv6(), member('mld-report'), ...this.#away(DESTINATION.ip6)]),
      this.#rule('ip6', 'out', solicit),
    ];
  }
}

const DROP: Expression = { kind: 'verdict', verdict: { kind: 'drop' } };
const ACCEPT: Expression = { kind: 'verdict', verdict: { kind: 'accept' } };
const goTo = (chain: string): Expression => ({ kind: 'verdict', verdict: { kind: 'goto', chain } });
const load = ({ offset, length }: { readonly offset: number; readonly length: number }): Expression => ({
  kind: 'payload',
  base: 'network',
  offset,
  length,
  register: 1,
});
const meta = (key: MetaKey, register: number): Expression => ({ kind: 'meta', key, register });
const member = (set: string, register = 1): Expression => ({ kind: 'lookup', set, register });

/** Goes on for ICMPv6, with its type in register 1. */
const icmpv6 = (): Expression[] => [
  meta('l4proto', 1),
  { kind: 'compare', comparison: '==', register: 1, value: Uint8Array.of(IPPROTO_ICMPV6) },
  { kind: 'payload', base: 'transport', offset: 0, length: 1, register: 1 },
];

/** Goes on where the address in register 1 is in fe80::/10. */
function linkLocal(): Expression[] {
  const mask = new Uint8Array(16);
  mask.set([0xff, 0xc0]);
  const prefix = new Uint8Array(16);
  prefix.set([0xfe, 0x80]);
  return [
    { kind: 'mask', register: 1, mask, xor: new Uint8Array(16) },
    { kind: 'compare', comparison: '==', register: 1, value: prefix },
  ];
}

function indexKey(index: number): Uint8Array {
  return new ByteWriter(4).u32Host(index).finish();
}
/** A name with zeros up to the longest one that there is. */
function nameKey(name: string): Uint8Array {
  const bytes = new Uint8Array(IFNAMSIZ);
  for (let i = 0; i < Math.min(name.length, IFNAMSIZ - 1); i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}
function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return new ByteWriter(a.length + b.length).bytes(a).bytes(b).finish();
}
