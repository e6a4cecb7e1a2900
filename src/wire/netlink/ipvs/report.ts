/**
 * What IPVS answers to questions: services, destinations, sync daemons and timeouts, read from generic netlink messages.
 * linux/ip_vs.h. Which service the destinations of a dump belong to the messages do not say: who asked knows.
 */
import { ByteReader } from '../../../base/bytes.js';
import { type Family, type IpAddress, ipFromBytes, ipv4ToNumber } from '../../../base/ip-address.js';
import { ok, type Result, refuse } from '../../../base/result.js';
import { type Attributes, readAttributes, textOf, u8Of, u16Of, u32Of, u64Of } from '../attributes.js';
import { readGenlMessage } from '../genl-control.js';
import {
  COMMAND,
  DAEMON,
  DAEMON_STATES,
  DESTINATION,
  IPVS_CMD,
  type IpvsConnections,
  type IpvsCounters,
  type IpvsDaemon,
  type IpvsDestination,
  type IpvsIdentity,
  type IpvsService,
  type IpvsTimeouts,
  SERVICE,
} from './model.js';

export type IpvsReport =
  | { readonly kind: 'service'; readonly service: IpvsService; readonly counters?: IpvsCounters }
  | {
      readonly kind: 'destination';
      readonly destination: IpvsDestination;
      readonly connections: IpvsConnections;
      readonly counters?: IpvsCounters;
    }
  | { readonly kind: 'daemon'; readonly daemon: IpvsDaemon }
  | { readonly kind: 'timeouts'; readonly timeouts: IpvsTimeouts };

/** `other`: a command that reports nothing; `incomplete`: lacks what it is found by. */
export type IpvsRefusal = 'short' | 'attributes' | 'other' | 'incomplete';

/** `family` is that of the service whose destinations were asked for: kernels before 4.1 leave it out. */
export function decodeIpvs(payload: Uint8Array, family?: Family): Result<IpvsReport, IpvsRefusal> {
  const message = readGenlMessage(payload);
  if (!message) return refuse('short');
  const attributes = readAttributes(message.attributes);
  if (!attributes) return refuse('attributes');
  switch (message.command) {
    case IPVS_CMD.newService:
      return within(attributes, COMMAND.service, readService);
    case IPVS_CMD.newDestination:
      return within(attributes, COMMAND.destination, (inner) => readDestination(inner, family));
    case IPVS_CMD.newDaemon:
      return within(attributes, COMMAND.daemon, readDaemon);
    case IPVS_CMD.setConfig:
      return ok({ kind: 'timeouts', timeouts: readTimeouts(attributes) });
    default:
      return refuse('other');
  }
}

function within(
  attributes: Attributes,
  type: number,
  read: (inner: Attributes) => IpvsReport | undefined,
): Result<IpvsReport, IpvsRefusal> {
  const nest = attributes.get(type);
  if (!nest) return refuse('incomplete');
  const inner = readAttributes(nest);
  if (!inner) return refuse('attributes');
  const report = read(inner);
  return report ? ok(report) : refuse('incomplete');
}

function readService(attributes: Attributes): IpvsReport | undefined {
  const family = familyOfNumber(u16Of(attributes.get(SERVICE.family)));
  const scheduler = attributes.get(SERVICE.scheduler);
  if (!family || !scheduler) return undefined;
  const identity = readIdentity(attributes, family);
  if (!identity) return undefined;
  const mask = attributes.get(SERVICE.netmask);
  const engine = attributes.get(SERVICE.engine);
  const counters = readCounters(attributes.get(SERVICE.counters64), attributes.get(SERVICE.counters));
  const service: IpvsService = {
    identity,
    scheduler: textOf(scheduler),
    flags: u32Of(attributes.get(SERVICE.flags)) ?? 0,
    timeout: u32Of(attributes.get(SERVICE.timeout)) ?? 0,
    netmask:
      family === 'ipv6'
        ? (u32Of(mask) ?? 128)
        : mask && mask.length >= 4
          ? ipv4ToNumber(ipFromBytes(mask.subarray(0, 4)))
          : 0xffff_ffff,
    ...(engine ? { engine: textOf(engine) } : {}),
  };
  return { kind: 'service', service, ...(counters ? { counters } : {}) };
}

function readIdentity(attributes: Attributes, family: Family): IpvsIdentity | undefined {
  const mark = u32Of(attributes.get(SERVICE.mark));
  if (mark !== undefined && mark !== 0) return { family, mark };
  const protocol = u16Of(attributes.get(SERVICE.protocol));
  const address = readAddress(attributes.get(SERVICE.address), family);
  const port = readPort(attributes.get(SERVICE.port));
  if (protocol === undefined || address === undefined || port === undefined) return undefined;
  return { family, protocol, address, port };
}

function readDestination(attributes: Attributes, usual: Family | undefined): IpvsReport | undefined {
  const said = attributes.get(DESTINATION.family);
  const family = said ? familyOfNumber(u16Of(said)) : usual;
  const address = family && readAddress(attributes.get(DESTINATION.address), family);
  const port = readPort(attributes.get(DESTINATION.port));
  const number = (type: number): number => u32Of(attributes.get(type)) ?? 0;
  if (address === undefined || port === undefined) return undefined;
  const counters = readCounters(attributes.get(DESTINATION.counters64), attributes.get(DESTINATION.counters));
  return {
    kind: 'destination',
    destination: {
      address,
      port,
      method: number(DESTINATION.method),
      weight: number(DESTINATION.weight),
      upperThreshold: number(DESTINATION.upperThreshold),
      lowerThreshold: number(DESTINATION.lowerThreshold),
      tunnelType: u8Of(attributes.get(DESTINATION.tunnelType)) ?? 0,
      tunnelPort: readPort(attributes.get(DESTINATION.tunnelPort)) ?? 0,
      tunnelFlags: u16Of(attributes.get(DESTINATION.tunnelFlags)) ?? 0,
    },
    connections: {
      active: number(DESTINATION.active),
      inactive: number(DESTINATION.inactive),
      persistent: number(DESTINATION.persistent),
    },
    ...(counters ? { counters } : {}),
  };
}

function readDaemon(attributes: Attributes): IpvsReport | undefined {
  const number = u32Of(attributes.get(DAEMON.state));
  const state =
    number === DAEMON_STATES.master ? 'master' : number === DAEMON_STATES.backup ? 'backup' : undefined;
  const name = attributes.get(DAEMON.interface);
  const id = u32Of(attributes.get(DAEMON.id));
  if (!state || !name || id === undefined) return undefined;
  const maxLength = u16Of(attributes.get(DAEMON.maxLength));
  const port = u16Of(attributes.get(DAEMON.port));
  const ttl = u8Of(attributes.get(DAEMON.ttl));
  const group =
    readAddress(attributes.get(DAEMON.group), 'ipv4') ?? readAddress(attributes.get(DAEMON.group6), 'ipv6');
  return {
    kind: 'daemon',
    daemon: {
      state,
      interface: textOf(name),
      id,
      ...(maxLength === undefined ? {} : { maxLength }),
      ...(port === undefined ? {} : { port }),
      ...(ttl === undefined ? {} : { ttl }),
      ...(group === undefined ? {} : { group }),
    },
  };
}

function readTimeouts(attributes: Attributes): IpvsTimeouts {
  const tcp = u32Of(attributes.get(COMMAND.tcp));
  const tcpFin = u32Of(attributes.get(COMMAND.tcpFin));
  const udp = u32Of(attributes.get(COMMAND.udp));
  return {
    ...(tcp === undefined ? {} : { tcp }),
    ...(tcpFin === undefined ? {} : { tcpFin }),
    ...(udp === undefined ? {} : { udp }),
  };
}

/** 64-bit counters, or of kernels before 4.1 the 32-bit ones, whose bytes have 64 bits all the same. */
function readCounters(
  wide: Uint8Array | undefined,
  narrow: Uint8Array | undefined,
): IpvsCounters | undefined {
  const nest = wide ?? narrow;
  const attributes = nest && readAttributes(nest);
  if (!attributes) return undefined;
  const counter = (type: number): bigint => {
    const value = attributes.get(type);
    return u64Of(value) ?? BigInt(u32Of(value) ?? 0);
  };
  return {
    connections: counter(1),
    packetsIn: counter(2),
    packetsOut: counter(3),
    bytesIn: counter(4),
    bytesOut: counter(5),
  };
}

const familyOfNumber = (number: number | undefined): Family | undefined =>
  number === 2 ? 'ipv4' : number === 10 ? 'ipv6' : undefined;

/** The first four bytes, or all sixteen. */
function readAddress(value: Uint8Array | undefined, family: Family): IpAddress | undefined {
  const length = family === 'ipv4' ? 4 : 16;
  return value && value.length >= length ? ipFromBytes(value.subarray(0, length)) : undefined;
}

const readPort = (value: Uint8Array | undefined): number | undefined =>
  value && value.length >= 2 ? new ByteReader(value).u16() : undefined;
