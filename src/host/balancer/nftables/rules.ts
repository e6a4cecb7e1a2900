/**
 * How services are said in nf_tables: one table for each family, in it maps from what comes in to a chain for each
 * service, from the drawn slot to a server, from a server to where it is; and what changes between two states of one
 * service, as steps of a transaction. Pure; when it is sent, and what stands there, is decided in nft-balancer.ts.
 */
import { ByteWriter } from '../../../base/bytes.js';
import { type IpAddress, ipToBytes } from '../../../base/ip-address.js';
import { MAX_NFT_ELEMENTS, MAX_STICKY_CLIENTS } from '../../../base/limits.js';
import type { Protocol } from '../../../config/model-lvs.js';
import { SPREADING } from '../../../config/plane-limits.js';
import {
  type Destination,
  type DestinationKey,
  familyOfService,
  type Service,
} from '../../../core/lvs/table.js';
import {
  connectionState,
  destinationNat,
  jhash,
  numgen,
  register32,
  setElement,
} from '../../../wire/netlink/nftables/balancing.js';
import type { NftStep } from '../../../wire/netlink/nftables/batch.js';
import type { Expression, Verdict } from '../../../wire/netlink/nftables/expression.js';
import type { NftElement } from '../../../wire/netlink/nftables/object.js';
import { slotsOf } from './slots.js';

export const TABLE = 'holdfast_balancer';
export type OurFamily = 'ip' | 'ip6';
export const FAMILIES: readonly OurFamily[] = ['ip', 'ip6'];
export const SERVERS = 'servers';

/** One service as it stands in the kernel, or shall. */
export interface NftService {
  /** Numbers of services and servers are ours, and never used again in this life. */
  readonly id: number;
  readonly service: Service;
  readonly servers: ReadonlyMap<DestinationKey, NftServer>;
}
export interface NftServer {
  readonly id: number;
  readonly destination: Destination;
}

export const familyOfNft = ({ service }: NftService): OurFamily =>
  familyOfService(service.identity) === 'ipv4' ? 'ip' : 'ip6';

const PROTOCOLS: Readonly<Record<Protocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 };
/** As nft numbers the types of keys; a concatenation shifts by six bits. */
const MARK = 19;
const INET_PROTO = 12;
const INET_SERVICE = 13;
const ADDRESS_TYPE: Readonly<Record<OurFamily, number>> = { ip: 7, ip6: 8 };
const concatenation = (...types: readonly number[]): number =>
  types.reduce((all, one) => (all << 6) | one, 0);

/** Where the addresses stand in the headers, and how many 4-byte registers they take. */
const HEADER = {
  ip: { source: 12, destination: 16, length: 4, registers: 1 },
  ip6: { source: 8, destination: 24, length: 16, registers: 4 },
} as const;
const DESTINATION_PORT = 2;
const SOURCE_PORT = 0;

/** Before the filter looks at a packet, as nft's `dstnat`. */
const PRIORITY = -100;
/** Any number, the same on every machine. */
const SEED = 0x484f4c44;
const MILLISECONDS = 1000;

// Registers of a service's chain: its number and the client, the slot with the number before it, the server, its place.
const SERVICE_ID = register32(0);
const CLIENT = register32(1);
const SLOT_KEY = register32(6);
const SLOT = register32(7);
const SERVER = register32(8);
const PLACE = register32(10);

/** What stands in a family's table whatever the services are. `counters`: the kernel counts in elements (Linux 5.7). */
export function tableSteps(family: OurFamily, counters: boolean): NftStep[] {
  const { length, registers } = HEADER[family];
  const address = ADDRESS_TYPE[family];
  const set = (
    name: string,
    types: readonly number[],
    keyLength: number,
    more: { verdicts?: true; data?: { type: number; length: number }; sticky?: true; counted?: boolean },
  ): NftStep => {
    const { sticky, counted, ...rest } = more;
    return {
      verb: 'add',
      object: {
        ...{
          kind: 'set',
          family,
          table: TABLE,
          set: name,
          keyType: concatenation(...types),
          keyLength,
          id: 0,
        },
        ...rest,
        ...(counted ? { counted } : {}),
        ...(sticky ? { dynamic: { timeout: 0, size: MAX_STICKY_CLIENTS } } : {}),
      },
    };
  };
  const base = (chain: string, hook: 'prerouting' | 'output'): NftStep => ({
    verb: 'add',
    object: {
      ...{ kind: 'chain', family, table: TABLE, chain },
      base: { type: 'nat', hook, priority: PRIORITY, policy: 'accept' },
    },
  });
  const rules = [
    // Without a server there is nothing that would make the kernel follow connections: those that stand must go on.
    [
      connectionState(register32(0)),
      { kind: 'meta', key: 'mark', register: register32(0) },
      verdictOf('marks'),
    ],
    [
      ...arrival(family),
      payload('transport', DESTINATION_PORT, 2, register32(registers + 1)),
      verdictOf('services'),
    ],
    [...arrival(family), verdictOf('services_any_port')],
  ] satisfies Expression[][];
  return [
    { verb: 'add', object: { kind: 'table', family, table: TABLE } },
    set('services', [address, INET_PROTO, INET_SERVICE], length + 8, { verdicts: true }),
    set('services_any_port', [address, INET_PROTO], length + 4, { verdicts: true }),
    set('marks', [MARK], 4, { verdicts: true }),
    set('slots', [MARK, MARK], 8, { data: { type: MARK, length: 4 } }),
    set(SERVERS, [MARK], 4, {
      data: { type: concatenation(address, INET_SERVICE), length: length + 4 },
      counted: counters,
    }),
    set('clients', [MARK, address], length + 4, { data: { type: MARK, length: 4 }, sticky: true }),
    base('prerouting', 'prerouting'),
    base('output', 'output'),
    ...['prerouting', 'output'].flatMap((chain) => rules.map((rule) => ruleStep(family, chain, rule))),
  ];
}

/** Where a packet goes to and by which protocol, from the first register on. */
const arrival = (family: OurFamily): Expression[] => [
  payload('network', HEADER[family].destination, HEADER[family].length, register32(0)),
  { kind: 'meta', key: 'l4proto', register: register32(HEADER[family].registers) },
];

/** From one state of a service to another; undefined: it is not there. */
export function changeSteps(before: NftService | undefined, after: NftService | undefined): NftStep[] {
  const some = after ?? before;
  if (!some) return [];
  const family = familyOfNft(some);
  const chain = `service_${some.id}`;
  const drawn = { before: before ? drawOf(before) : [], after: after ? drawOf(after) : [] };
  const slots = elementsChange(slotElements(some.id, drawn.before), slotElements(some.id, drawn.after));
  const servers = elementsChange(serverElements(before), serverElements(after));
  const rules = {
    before: before && rulesOf(before, drawn.before),
    after: after && rulesOf(after, drawn.after),
  };
  const rewritten = JSON.stringify(rules.before) !== JSON.stringify(rules.after);
  const entry = entryOf(some, chain);
  const chainObject = { kind: 'chain', family, table: TABLE, chain } as const;
  return [
    ...(before && !after ? elementSteps('delete', family, entry.set, [entry.element]) : []),
    ...(before && rewritten
      ? [{ verb: 'delete', object: { kind: 'rule', family, table: TABLE, chain, expressions: [] } } as const]
      : []),
    ...elementSteps('delete', family, 'slots', slots.gone),
    ...elementSteps('delete', family, SERVERS, servers.gone),
    ...(before && !after ? [{ verb: 'delete', object: chainObject } as const] : []),
    ...(after && !before ? [{ verb: 'add', object: chainObject } as const] : []),
    ...elementSteps('add', family, SERVERS, servers.come),
    ...elementSteps('add', family, 'slots', slots.come),
    ...(rewritten ? (rules.after ?? []).map((rule) => ruleStep(family, chain, rule)) : []),
    ...(after && !before ? elementSteps('add', family, entry.set, [entry.element]) : []),
  ];
}

/** The server of each slot. */
function drawOf({ service, servers }: NftService): number[] {
  const weighted = SPREADING[service.scheduler] !== 'turns';
  return slotsOf(
    [...servers.values()]
      .filter(({ destination }) => destination.weight > 0)
      .map(({ id, destination }) => ({ id, weight: weighted ? destination.weight : 1 })),
  );
}

const slotElements = (id: number, slots: readonly number[]): NftElement[] =>
  slots.map((server, slot) => ({ key: numbers(id, slot), data: numbers(server) }));

function serverElements(state: NftService | undefined): NftElement[] {
  if (!state) return [];
  return [...state.servers.values()].map(({ id, destination }) => ({
    key: numbers(id),
    data: placeOf(destination.address, destination.port || portOf(state.service)),
  }));
}

function entryOf({ service: { identity } }: NftService, chain: string): { set: string; element: NftElement } {
  const verdict: Verdict = { kind: 'goto', chain };
  if (identity.kind === 'mark') return { set: 'marks', element: { key: numbers(identity.mark), verdict } };
  const { address, protocol, port } = identity;
  const key = new ByteWriter(24).bytes(ipToBytes(address)).u8(PROTOCOLS[protocol]).zeros(3);
  return port === 0
    ? { set: 'services_any_port', element: { key: key.finish(), verdict } }
    : { set: 'services', element: { key: key.u16(port).zeros(2).finish(), verdict } };
}

const portOf = ({ identity }: Service): number => (identity.kind === 'mark' ? 0 : identity.port);

/** A service without servers answers nobody: what comes to it shall not reach this machine's own. */
function rulesOf(state: NftService, slots: readonly number[]): Expression[][] {
  const family = familyOfNft(state);
  const { service, id } = state;
  const places = [...state.servers.values()].map(({ destination }) => destination.port || portOf(service));
  const translation: Expression[] = [
    { kind: 'lookup', set: SERVERS, register: SERVER, into: PLACE },
    destinationNat(
      family,
      PLACE,
      places.every((port) => port === 0) ? undefined : PLACE + HEADER[family].registers,
    ),
  ];
  const client = clientOf(state, family);
  const known: Expression[][] = service.persistence
    ? [
        [
          ...client,
          { kind: 'lookup', set: 'clients', register: SERVICE_ID, into: SERVER },
          setElement('update', 'clients', SERVICE_ID, SERVER, service.persistence.seconds * MILLISECONDS),
          ...translation,
        ],
      ]
    : [];
  if (slots.length === 0) return [...known, [{ kind: 'verdict', verdict: { kind: 'drop' } }]];
  const remembered: Expression[] = service.persistence
    ? [
        ...client,
        // An entry of a server that is gone would keep its data.
        setElement('delete', 'clients', SERVICE_ID, SERVER),
        setElement('update', 'clients', SERVICE_ID, SERVER, service.persistence.seconds * MILLISECONDS),
      ]
    : [];
  return [
    ...known,
    [
      ...draw(service, family, slots.length),
      { kind: 'immediate', register: SLOT_KEY, value: numbers(id) },
      { kind: 'lookup', set: 'slots', register: SLOT_KEY, into: SERVER },
      ...remembered,
      ...translation,
    ],
  ];
}

/** A number of a slot. */
function draw({ scheduler, schedulerFlags }: Service, family: OurFamily, count: number): Expression[] {
  const { source, destination, length, registers } = HEADER[family];
  switch (SPREADING[scheduler]) {
    case 'source': {
      const ports = schedulerFlags.includes(2);
      return [
        payload('network', source, length, CLIENT),
        ...(ports ? [payload('transport', SOURCE_PORT, 2, CLIENT + registers)] : []),
        jhash(CLIENT, length + (ports ? 4 : 0), SLOT, count, SEED),
      ];
    }
    case 'destination':
      return [payload('network', destination, length, CLIENT), jhash(CLIENT, length, SLOT, count, SEED)];
    default:
      return [numgen(SLOT, count, SPREADING[scheduler] === 'chance' ? 'random' : 'incremental')];
  }
}

/** The service's number and the client, as far as clients are told apart. */
function clientOf({ id, service }: NftService, family: OurFamily): Expression[] {
  const { source, length } = HEADER[family];
  const mask = maskOf(service.persistence?.granularity, length);
  return [
    { kind: 'immediate', register: SERVICE_ID, value: numbers(id) },
    payload('network', source, length, CLIENT),
    ...(mask ? [{ kind: 'mask', register: CLIENT, mask, xor: new Uint8Array(length) } as const] : []),
  ];
}

/** Undefined: every client by itself. */
function maskOf(granularity: IpAddress | number | undefined, length: number): Uint8Array | undefined {
  if (granularity === undefined) return undefined;
  const mask =
    typeof granularity === 'string'
      ? ipToBytes(granularity)
      : Uint8Array.from(
          { length },
          (_, i) => 0xff & ~(0xff >> Math.min(8, Math.max(0, granularity - i * 8))),
        );
  return mask.length !== length || mask.every((byte) => byte === 0xff) ? undefined : mask;
}

const payload = (
  base: 'network' | 'transport',
  offset: number,
  length: number,
  register: number,
): Expression => ({
  kind: 'payload',
  base,
  offset,
  length,
  register,
});
/** Goes to the chain that the map says, from the key that begins in the first register. */
const verdictOf = (set: string): Expression => ({ kind: 'lookup', set, register: register32(0), into: 0 });

const ruleStep = (family: OurFamily, chain: string, expressions: readonly Expression[]): NftStep => ({
  verb: 'add',
  object: { kind: 'rule', family, table: TABLE, chain, expressions },
});

/** An element with other data is another element. */
function elementsChange(
  before: readonly NftElement[],
  after: readonly NftElement[],
): { readonly gone: NftElement[]; readonly come: NftElement[] } {
  const name = ({ key, data }: NftElement): string => `${key.join()} ${data?.join()}`;
  const old = new Set(before.map(name));
  const fresh = new Set(after.map(name));
  return {
    gone: before.filter((one) => !fresh.has(name(one))),
    come: after.filter((one) => !old.has(name(one))),
  };
}

function elementSteps(
  verb: 'add' | 'delete',
  family: OurFamily,
  set: string,
  elements: readonly NftElement[],
): NftStep[] {
  const steps: NftStep[] = [];
  for (let from = 0; from < elements.length; from += MAX_NFT_ELEMENTS) {
    const part = elements.slice(from, from + MAX_NFT_ELEMENTS);
    // A deleted element is found by its key.
    const sent = verb === 'add' ? part : part.map(({ key }) => ({ key }));
    steps.push({ verb, object: { kind: 'elements', family, table: TABLE, set, elements: sent } });
  }
  return steps;
}

/** As the machine has them, for that is how it counts. */
export function numbers(...values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(8);
  for (const value of values) writer.u32Host(value);
  return writer.finish();
}

const placeOf = (address: IpAddress, port: number): Uint8Array =>
  new ByteWriter(20).bytes(ipToBytes(address)).u16(port).zeros(2).finish();
