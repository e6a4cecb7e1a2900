/**
 * How a service is said in nf_tables: its maps (from the drawn slot to the number of a server, from that to where the
 * server is, from a client to the number of its server) and the rules of its chain. Between two lookups the number stands
 * in the packet's priority: nft 1.0.6 aborts at a rule whose lookup takes its key from another lookup. Pure; what changes
 * between two states of a service is decided in steps.ts.
 */
import { ByteWriter } from '../../../base/bytes.js';
import { type IpAddress, ipToBytes } from '../../../base/ip-address.js';
import { MAX_STICKY_CLIENTS } from '../../../base/limits.js';
import type { Protocol } from '../../../config/model-lvs.js';
import { SPREADING } from '../../../config/plane-limits.js';
import {
  type Destination,
  type DestinationKey,
  familyOfService,
  type Service,
} from '../../../core/lvs/table.js';
import {
  destinationNat,
  jhash,
  numgen,
  register32,
  setElement,
} from '../../../wire/netlink/nftables/balancing.js';
import type { Expression } from '../../../wire/netlink/nftables/expression.js';
import type { NftElement, NftSet } from '../../../wire/netlink/nftables/object.js';
import { clientsName, serversName, slotsName } from './names.js';
import { slotsOf } from './slots.js';

export type OurFamily = 'ip' | 'ip6';
export const FAMILIES: readonly OurFamily[] = ['ip', 'ip6'];

/** Ours, of one family. */
export interface OurTable {
  readonly family: OurFamily;
  readonly table: string;
}

/** One service as it stands in the kernel, or shall. */
export interface NftService {
  /** The name of the table, which each family has. */
  readonly table: string;
  readonly service: Service;
  readonly servers: ReadonlyMap<DestinationKey, NftServer>;
}
export interface NftServer {
  /** Ours, and never used again in this life: a client whose server went finds nothing under its number. */
  readonly id: number;
  readonly destination: Destination;
}

export const familyOfNft = ({ service }: Pick<NftService, 'service'>): OurFamily =>
  familyOfService(service.identity) === 'ipv4' ? 'ip' : 'ip6';
export const tableOfNft = (state: NftService): OurTable => ({
  family: familyOfNft(state),
  table: state.table,
});

export const PROTOCOLS: Readonly<Record<Protocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

/** As nft numbers the types of keys; a concatenation shifts by six bits. */
export const TYPES = { integer: 4, inetProto: 12, inetService: 13, mark: 19, priority: 23 } as const;
export const ADDRESS_TYPE: Readonly<Record<OurFamily, number>> = { ip: 7, ip6: 8 };
export const concatenation = (...types: readonly number[]): number =>
  types.reduce((all, one) => (all << 6) | one, 0);

/** Where the addresses stand in the headers, and how many 4-byte registers they take. */
export const HEADER = {
  ip: { source: 12, destination: 16, length: 4, registers: 1 },
  ip6: { source: 8, destination: 24, length: 16, registers: 4 },
} as const;
const SOURCE_PORT = 0;

/** Any number, the same on every machine. */
const SEED = 0x484f4c44;
const MILLISECONDS = 1000;

// Registers of a service's chain: what a slot is drawn from, the number of a server, its place.
const CLIENT = register32(0);
const NUMBER = register32(6);
const PLACE = register32(8);

export interface NftMap {
  readonly set: NftSet;
  /** Absent: the rules make them. */
  readonly elements?: readonly NftElement[];
}

/** `counters`: the kernel counts in elements (Linux 5.7). */
export function mapsOf(state: NftService, counters: boolean): NftMap[] {
  const { service, servers } = state;
  const { identity, persistence } = service;
  const at = tableOfNft(state);
  const { family } = at;
  const { length } = HEADER[family];
  const ports = hasPorts(state);
  const map = (set: string, keyType: number, keyLength: number, more: Partial<NftSet>): NftSet => ({
    ...{ kind: 'set', ...at, set, keyType, keyLength, id: 0 },
    ...more,
  });
  const priority = { type: TYPES.priority, length: 4 };
  const place = ports
    ? { type: concatenation(ADDRESS_TYPE[family], TYPES.inetService), length: length + 4 }
    : { type: ADDRESS_TYPE[family], length };
  const all: NftMap[] = [
    {
      set: map(slotsName(identity), TYPES.integer, 4, { data: priority, drawn: true }),
      elements: drawOf(state).map((id, slot) => ({ key: number32(slot), data: number32(id) })),
    },
    {
      set: map(serversName(identity), TYPES.priority, 4, {
        data: place,
        hostOrder: 'key',
        ...(counters ? { counted: true } : {}),
      }),
      elements: [...servers.values()].map(({ id, destination: { address, port } }) => ({
        key: number32(id),
        data: placeOf(address, ports ? port || portOf(service) : undefined),
      })),
    },
  ];
  if (persistence)
    all.push({
      set: map(clientsName(identity), ADDRESS_TYPE[family], length, {
        data: priority,
        hostOrder: 'data',
        dynamic: { timeout: 0, size: MAX_STICKY_CLIENTS },
      }),
    });
  return all;
}

const portOf = ({ identity }: Service): number => (identity.kind === 'mark' ? 0 : identity.port);

/** Whether a port is rewritten: the draft lets servers have all of them one, or none. */
const hasPorts = ({ service, servers }: NftService): boolean =>
  portOf(service) !== 0 || [...servers.values()].some(({ destination }) => destination.port !== 0);

/** By the state, which is never changed once it is asked for. */
const draws = new WeakMap<NftService, readonly number[]>();

/** The server of each slot. */
function drawOf(state: NftService): readonly number[] {
  const known = draws.get(state);
  if (known) return known;
  const spreading = SPREADING[state.service.scheduler];
  const weighted = spreading !== 'turns';
  const inOrder = [...state.servers];
  // Whom a hash finds depends on nothing but the servers: who comes back has its clients again, and directors agree.
  if (spreading === 'source' || spreading === 'destination') inOrder.sort(([a], [b]) => (a < b ? -1 : 1));
  const drawn = slotsOf(
    inOrder
      .map(([, one]) => one)
      .filter(({ destination }) => destination.weight > 0)
      .map(({ id, destination }) => ({ id, weight: weighted ? destination.weight : 1 })),
  );
  draws.set(state, drawn);
  return drawn;
}

/** A service without servers answers nobody: what comes to it shall not reach this machine's own. */
export function rulesOf(state: NftService): Expression[][] {
  const slots = drawOf(state).length;
  // A mark does not say what it is on: only what has ports is balanced, as with IPVS, and a ping is answered here.
  const isMark = state.service.identity.kind === 'mark';
  const protocols = isMark || hasPorts(state) ? protocolsOf(state.service) : [undefined];
  return [
    ...protocols.flatMap((protocol) => (state.service.persistence ? [knownRule(state, protocol)] : [])),
    ...(slots === 0
      ? (isMark ? protocols : [undefined]).map((protocol) => [...isProtocol(protocol), DROP])
      : protocols.flatMap((protocol) => freshRules(state, slots, protocol))),
  ];
}

const DROP: Expression = { kind: 'verdict', verdict: { kind: 'drop' } };

const protocolsOf = ({ identity }: Service): Protocol[] =>
  identity.kind === 'mark' ? ['TCP', 'UDP', 'SCTP'] : [identity.protocol];

/** A client that is remembered, while its server is there. */
const knownRule = (state: NftService, protocol: Protocol | undefined): Expression[] => [
  ...isProtocol(protocol),
  ...clientOf(state),
  ...chosen(clientsName(state.service.identity), CLIENT),
  ...remember(state),
  ...translation(state),
];

/** Any other; and where no more of them can be remembered, one that is not. */
function freshRules(state: NftService, slots: number, protocol: Protocol | undefined): Expression[][] {
  const draw = (...between: readonly Expression[]): Expression[] => [
    ...isProtocol(protocol),
    ...drawing(state, slots),
    ...chosen(slotsName(state.service.identity), NUMBER),
    ...between,
    ...translation(state),
  ];
  if (!state.service.persistence) return [draw()];
  return [
    // An entry of a server that is gone would keep its number.
    draw(
      ...clientOf(state),
      ...numberOf(),
      setElement('delete', clientsName(state.service.identity), CLIENT, NUMBER),
      ...remember(state),
    ),
    draw(),
  ];
}

const isProtocol = (protocol: Protocol | undefined): Expression[] =>
  protocol === undefined
    ? []
    : [
        { kind: 'meta', key: 'l4proto', register: NUMBER },
        { kind: 'compare', comparison: '==', register: NUMBER, value: Uint8Array.of(PROTOCOLS[protocol]) },
      ];

/** The number that a map has for what stands in a register becomes the packet's priority. */
const chosen = (set: string, register: number): Expression[] => [
  { kind: 'lookup', set, register, into: NUMBER },
  { kind: 'meta-set', key: 'priority', register: NUMBER },
];
const numberOf = (): Expression[] => [{ kind: 'meta', key: 'priority', register: NUMBER }];

const remember = (state: NftService): Expression[] => {
  const { identity, persistence } = state.service;
  const timeout = (persistence?.seconds ?? 0) * MILLISECONDS;
  return [
    ...clientOf(state),
    ...numberOf(),
    setElement('update', clientsName(identity), CLIENT, NUMBER, timeout),
  ];
};

function translation(state: NftService): Expression[] {
  const family = familyOfNft(state);
  return [
    ...numberOf(),
    { kind: 'lookup', set: serversName(state.service.identity), register: NUMBER, into: PLACE },
    destinationNat(family, PLACE, hasPorts(state) ? PLACE + HEADER[family].registers : undefined),
  ];
}

/** A number of a slot. */
function drawing(state: NftService, count: number): Expression[] {
  const { scheduler, schedulerFlags } = state.service;
  const { source, destination, length, registers } = HEADER[familyOfNft(state)];
  switch (SPREADING[scheduler]) {
    case 'source': {
      const ports = schedulerFlags.includes(2);
      return [
        payload('network', source, length, CLIENT),
        ...(ports ? [payload('transport', SOURCE_PORT, 2, CLIENT + registers)] : []),
        jhash(CLIENT, length + (ports ? 4 : 0), NUMBER, count, SEED),
      ];
    }
    case 'destination':
      return [payload('network', destination, length, CLIENT), jhash(CLIENT, length, NUMBER, count, SEED)];
    default:
      return [numgen(NUMBER, count, SPREADING[scheduler] === 'chance' ? 'random' : 'incremental')];
  }
}

/** The client, as far as clients are told apart. */
function clientOf(state: NftService): Expression[] {
  const { source, length } = HEADER[familyOfNft(state)];
  const mask = maskOf(state.service.persistence?.granularity, length);
  return [
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

export const payload = (
  base: 'network' | 'transport',
  offset: number,
  length: number,
  register: number,
): Expression => ({ kind: 'payload', base, offset, length, register });

/** As the machine has it, for that is how it counts; big-endian ones are refused at the start. */
export const number32 = (value: number): Uint8Array =>
  Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);

/** Where a server may stand in the map of a service's servers: with the port that it is met at, or without any. */
export const placesOf = (service: Service, { address, port }: Destination): Uint8Array[] => [
  placeOf(address, port || portOf(service)),
  placeOf(address, undefined),
];

const placeOf = (address: IpAddress, port: number | undefined): Uint8Array => {
  const writer = new ByteWriter(20).bytes(ipToBytes(address));
  return (port === undefined ? writer : writer.u16(port).zeros(2)).finish();
};
