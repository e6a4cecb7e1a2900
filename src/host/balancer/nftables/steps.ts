/**
 * The steps of a transaction that bring nf_tables from one state of our table to another: what stands in it whatever the
 * services are, and what changes between two states of one service. Pure; when they are sent, and what stands there, is
 * decided in nft-balancer.ts.
 */
import { ByteWriter } from '../../../base/bytes.js';
import { ipToBytes } from '../../../base/ip-address.js';
import { MAX_NFT_ELEMENTS } from '../../../base/limits.js';
import { connectionState, register32 } from '../../../wire/netlink/nftables/balancing.js';
import type { NftStep } from '../../../wire/netlink/nftables/batch.js';
import type { Expression, Verdict } from '../../../wire/netlink/nftables/expression.js';
import type { NftElement, NftSet } from '../../../wire/netlink/nftables/object.js';
import { chainName, mapNames } from './names.js';
import {
  ADDRESS_TYPE,
  concatenation,
  HEADER,
  mapsOf,
  type NftMap,
  type NftService,
  number32,
  type OurFamily,
  type OurTable,
  PROTOCOLS,
  payload,
  rulesOf,
  TYPES,
  tableOfNft,
} from './rules.js';

/** Before the filter looks at a packet, as nft's `dstnat`. */
const PRIORITY = -100;
const DESTINATION_PORT = 2;

/** Maps from where a first packet goes to, to the chain of its service. */
export const ENTRIES = ['services', 'services_any_port', 'marks'] as const;
export const HOOKS = ['prerouting', 'output'] as const;

export const dropTable = (at: OurTable): NftStep => ({ verb: 'delete', object: { kind: 'table', ...at } });

/** What stands in a family's table whatever the services are. */
export function tableSteps(at: OurTable): NftStep[] {
  const { family } = at;
  const { length } = HEADER[family];
  const address = ADDRESS_TYPE[family];
  const entry = (
    set: (typeof ENTRIES)[number],
    types: readonly number[],
    keyLength: number,
    more: Pick<NftSet, 'hostOrder'> = {},
  ): NftStep => ({
    verb: 'add',
    object: {
      ...{ kind: 'set', ...at, set, keyType: concatenation(...types), keyLength },
      ...{ verdicts: true, id: 0 },
      ...more,
    },
  });
  return [
    { verb: 'add', object: { kind: 'table', ...at } },
    entry('services', [address, TYPES.inetProto, TYPES.inetService], length + 8),
    entry('services_any_port', [address, TYPES.inetProto], length + 4),
    entry('marks', [TYPES.mark], 4, { hostOrder: 'key' }),
    ...HOOKS.map(
      (hook): NftStep => ({
        verb: 'add',
        object: {
          ...{ kind: 'chain', ...at, chain: hook },
          base: { type: 'nat', hook, priority: PRIORITY, policy: 'accept' },
        },
      }),
    ),
    ...HOOKS.flatMap((hook) => entryRules(family).map((rule) => ruleStep(at, hook, rule))),
  ];
}

export const entryRules = (family: OurFamily): Expression[][] => [
  [
    // Without a server there is nothing that would make the kernel follow connections: those that stand must go on.
    connectionState(register32(0)),
    { kind: 'meta', key: 'mark', register: register32(0) },
    verdictOf('marks'),
  ],
  [
    ...arrival(family),
    payload('transport', DESTINATION_PORT, 2, register32(HEADER[family].registers + 1)),
    verdictOf('services'),
  ],
  [...arrival(family), verdictOf('services_any_port')],
];

/** Where a packet goes to and by which protocol, from the first register on. */
const arrival = (family: OurFamily): Expression[] => [
  payload('network', HEADER[family].destination, HEADER[family].length, register32(0)),
  { kind: 'meta', key: 'l4proto', register: register32(HEADER[family].registers) },
];
/** Goes to the chain that the map says, from the key that begins in the first register. */
const verdictOf = (set: string): Expression => ({ kind: 'lookup', set, register: register32(0), into: 0 });

/** What is true of two states of one service: undefined, it is not there. `counters` as in mapsOf(). */
export function changeSteps(
  before: NftService | undefined,
  after: NftService | undefined,
  counters: boolean,
): NftStep[] {
  const some = after ?? before;
  if (!some) return [];
  const at = tableOfNft(some);
  const chain = chainName(some.service.identity);
  const maps = mapsChange(before ? mapsOf(before, counters) : [], after ? mapsOf(after, counters) : []);
  const rewritten =
    maps.gone.length > 0 ||
    maps.come.length > 0 ||
    !before ||
    !after ||
    JSON.stringify(rulesOf(before)) !== JSON.stringify(rulesOf(after));
  const entry = entryOf(some);
  const add = (map: NftMap): NftStep[] => elementSteps('add', map.set, map.elements ?? []);
  return [
    ...(before && !after ? [entryStep('delete', at, entry)] : []),
    ...(before && rewritten ? [clearChain(at, chain)] : []),
    ...maps.changed.flatMap(({ set, gone }) => elementSteps('delete', set, gone)),
    ...maps.gone.map((object): NftStep => ({ verb: 'delete', object })),
    ...(before && !after ? [chainStep('delete', at, chain)] : []),
    ...(after && !before ? [chainStep('add', at, chain)] : []),
    ...maps.come.map(({ set: object }): NftStep => ({ verb: 'add', object })),
    ...maps.come.flatMap(add),
    ...maps.changed.flatMap(({ set, come }) => elementSteps('add', set, come)),
    ...(rewritten && after ? rulesOf(after) : []).map((rule) => ruleStep(at, chain, rule)),
    ...(after && !before ? [entryStep('add', at, entry)] : []),
  ];
}

/**
 * From whatever stands there under its name: what is there of the service's own is emptied first; clients keep their
 * numbers, which are those of the servers still. `old`: maps that are there and may have another shape, made anew.
 */
export function repairSteps(
  state: NftService,
  counters: boolean,
  old: ReadonlySet<string> = new Set(),
): NftStep[] {
  const at = tableOfNft(state);
  const chain = chainName(state.service.identity);
  const maps = mapsOf(state, counters);
  return [
    chainStep('add', at, chain),
    clearChain(at, chain),
    ...[...old].map((set) => dropSet(at, set)),
    ...maps.map(({ set: object }): NftStep => ({ verb: 'add', object })),
    ...maps.flatMap(({ set, elements }) => [
      ...(elements ? [clearSet(set)] : []),
      ...elementSteps('add', set, elements ?? []),
    ]),
    ...rulesOf(state).map((rule) => ruleStep(at, chain, rule)),
    entryStep('add', at, entryOf(state)),
  ];
}

/** The same for what stands there whatever the services are; what leads to services stays as it is. */
export function repairTableSteps(at: OurTable): NftStep[] {
  const steps = tableSteps(at);
  const rules = steps.filter(({ object }) => object.kind === 'rule');
  return [
    ...steps.filter(({ object }) => object.kind !== 'rule'),
    ...HOOKS.map((hook) => clearChain(at, hook)),
    ...rules,
  ];
}

/** What leads to services, from nothing. */
export function repairEntrySteps(at: OurTable, services: readonly NftService[]): NftStep[] {
  const entries = services.map(entryOf);
  return [
    ...ENTRIES.map(
      (set): NftStep => ({
        verb: 'delete',
        object: { kind: 'elements', ...at, set, elements: [] },
      }),
    ),
    ...services.map(({ service }) => chainStep('add', at, chainName(service.identity))),
    ...ENTRIES.flatMap((set) =>
      elementSteps(
        'add',
        { ...at, set },
        entries.flatMap((entry) => (entry.set === set ? [entry.element] : [])),
      ),
    ),
  ];
}

/** A service of an earlier life goes: its chain, what leads to it, and those of the table's maps that are its own. */
export function leftoverSteps(
  at: OurTable,
  chain: string,
  {
    entries,
    sets,
  }: { readonly entries: ReadonlyMap<string, readonly NftEntry[]>; readonly sets: ReadonlySet<string> },
): NftStep[] {
  return [
    ...(entries.get(chain) ?? []).map((entry) => entryStep('delete', at, entry)),
    clearChain(at, chain),
    ...mapNames(chain).flatMap((set) => (sets.has(set) ? [dropSet(at, set)] : [])),
    chainStep('delete', at, chain),
  ];
}

/** Of a service that stays, those of its earlier life's maps that it has no use for. */
export function strayMapSteps(state: NftService | undefined, sets: ReadonlySet<string>): NftStep[] {
  if (!state) return [];
  const used = new Set(mapsOf(state, false).map(({ set }) => set.set));
  return mapNames(chainName(state.service.identity)).flatMap((set) =>
    sets.has(set) && !used.has(set) ? [dropSet(tableOfNft(state), set)] : [],
  );
}

export interface NftEntry {
  readonly set: (typeof ENTRIES)[number];
  readonly element: NftElement;
}

export function entryOf({ service: { identity } }: NftService): NftEntry {
  const verdict: Verdict = { kind: 'goto', chain: chainName(identity) };
  if (identity.kind === 'mark') return { set: 'marks', element: { key: number32(identity.mark), verdict } };
  const { address, protocol, port } = identity;
  const key = new ByteWriter(24).bytes(ipToBytes(address)).u8(PROTOCOLS[protocol]).zeros(3);
  return port === 0
    ? { set: 'services_any_port', element: { key: key.finish(), verdict } }
    : { set: 'services', element: { key: key.u16(port).zeros(2).finish(), verdict } };
}

interface MapsChange {
  readonly gone: NftSet[];
  readonly come: NftMap[];
  readonly changed: { readonly set: NftSet; readonly gone: NftElement[]; readonly come: NftElement[] }[];
}

/** A map of another shape is another map under the same name. */
function mapsChange(before: readonly NftMap[], after: readonly NftMap[]): MapsChange {
  const shape = ({ set }: NftMap): string => JSON.stringify(set);
  const old = new Map(before.map((map) => [shape(map), map]));
  const fresh = new Set(after.map(shape));
  return {
    gone: before.flatMap((map) => (fresh.has(shape(map)) ? [] : [map.set])),
    come: after.filter((map) => !old.has(shape(map))),
    changed: after.flatMap((map) => {
      const was = old.get(shape(map));
      return was ? [{ set: map.set, ...elementsChange(was.elements ?? [], map.elements ?? []) }] : [];
    }),
  };
}

/** An element with other data is another element. */
function elementsChange(
  before: readonly NftElement[],
  after: readonly NftElement[],
): { readonly gone: NftElement[]; readonly come: NftElement[] } {
  // Of thousands of elements each text is made once.
  const old = new Map(before.map((one) => [elementText(one), one]));
  const come = after.filter((one) => !old.delete(elementText(one)));
  return { gone: [...old.values()], come };
}
export const elementText = ({ key, data, verdict }: NftElement): string =>
  [textOf(key), ...(data ? [textOf(data)] : []), ...(verdict ? [JSON.stringify(verdict)] : [])].join(' ');
export const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1');

function elementSteps(
  verb: 'add' | 'delete',
  { family, table, set }: Pick<NftSet, 'family' | 'table' | 'set'>,
  elements: readonly NftElement[],
): NftStep[] {
  const steps: NftStep[] = [];
  for (let from = 0; from < elements.length; from += MAX_NFT_ELEMENTS) {
    const part = elements.slice(from, from + MAX_NFT_ELEMENTS);
    // A deleted element is found by its key.
    const sent = verb === 'add' ? part : part.map(({ key }) => ({ key }));
    steps.push({ verb, object: { kind: 'elements', family, table, set, elements: sent } });
  }
  return steps;
}

const entryStep = (verb: 'add' | 'delete', at: OurTable, { set, element }: NftEntry): NftStep => ({
  verb,
  object: {
    ...{ kind: 'elements', ...at, set },
    elements: [verb === 'add' ? element : { key: element.key }],
  },
});
const chainStep = (verb: 'add' | 'delete', at: OurTable, chain: string): NftStep => ({
  verb,
  object: { kind: 'chain', ...at, chain },
});
const clearChain = (at: OurTable, chain: string): NftStep => ({
  verb: 'delete',
  object: { kind: 'rule', ...at, chain, expressions: [] },
});
const dropSet = (at: OurTable, set: string): NftStep => ({
  verb: 'delete',
  object: { kind: 'set', ...at, set, keyType: 0, keyLength: 0, id: 0 },
});
const clearSet = ({ family, table, set }: NftSet): NftStep => ({
  verb: 'delete',
  object: { kind: 'elements', family, table, set, elements: [] },
});
const ruleStep = (at: OurTable, chain: string, expressions: readonly Expression[]): NftStep => ({
  verb: 'add',
  object: { kind: 'rule', ...at, chain, expressions },
});
