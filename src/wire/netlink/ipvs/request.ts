/**
 * Requests to IPVS as generic netlink messages. linux/ip_vs.h. Which ones, and in which order, is decided by who asks;
 * what they mean is in model.ts.
 */
import type { ByteWriter } from '../../../base/bytes.js';
import {
  familyOf,
  type IpAddress,
  ipToBytes,
  ipv4FromNumber,
  ipv4ToNumber,
} from '../../../base/ip-address.js';
import {
  beginNest,
  endNest,
  writeAttribute,
  writeTextAttribute,
  writeU8Attribute,
  writeU16Attribute,
  writeU32Attribute,
} from '../attributes.js';
import { writeGenlHeader } from '../genl-control.js';
import { beginMessage, endMessage, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from '../message.js';
import {
  AF_NUMBERS,
  COMMAND,
  DAEMON,
  DAEMON_STATES,
  DESTINATION,
  IPVS_CMD,
  type IpvsDaemon,
  type IpvsDestination,
  type IpvsIdentity,
  type IpvsService,
  type IpvsTimeouts,
  SERVICE,
} from './model.js';

export type IpvsRequest =
  | { readonly command: 'newService' | 'setService'; readonly service: IpvsService }
  | { readonly command: 'deleteService'; readonly identity: IpvsIdentity }
  | {
      readonly command: 'newDestination' | 'setDestination' | 'deleteDestination';
      readonly identity: IpvsIdentity;
      readonly destination: IpvsDestination;
    }
  | { readonly command: 'newDaemon'; readonly daemon: IpvsDaemon }
  | { readonly command: 'deleteDaemon'; readonly daemon: Pick<IpvsDaemon, 'state'> }
  /** What is absent is left at zero, which the kernel takes for "unchanged". */
  | { readonly command: 'setConfig'; readonly timeouts: IpvsTimeouts }
  | { readonly command: 'flush' };

export type IpvsQuestion =
  /** All services, or one. */
  | { readonly command: 'getService'; readonly identity?: IpvsIdentity }
  /** All destinations of one. */
  | { readonly command: 'getDestination'; readonly identity: IpvsIdentity }
  /** Both sync daemons. */
  | { readonly command: 'getDaemon' }
  | { readonly command: 'getConfig' };

/** Every bit of the flags counts. */
const WHOLE_MASK = 0xffff_ffff;
const ADDRESS_LENGTH = 16;

type DestinationRequest = Extract<IpvsRequest, { readonly destination: IpvsDestination }>;

/** Where things stand in a request about a destination: from its beginning, and back from its end. */
const FLAGS_AT = 6;
const SEQUENCE_AT = 8;
const ADDRESS_BACK = 80;
const PORT_BACK = 60;
const WEIGHT_BACK = 44;

/**
 * Requests in this order, numbered from `first` on; an answer is asked for to the last one also where all is well. Of
 * thousands most are about another server of the same service: such a one is written as a copy of the one before it.
 */
export function writeIpvsRequests(
  writer: ByteWriter,
  family: number,
  first: number,
  requests: readonly IpvsRequest[],
): void {
  let before: IpvsRequest | undefined;
  let beforeAt = 0;
  for (const [i, request] of requests.entries()) {
    const at = writer.length;
    const sequence = (first + i) >>> 0;
    const acknowledge = i === requests.length - 1;
    if (before && 'destination' in request && isLike(before, request)) {
      const { address, port, weight } = request.destination;
      const end = writer.again(beforeAt, at - beforeAt).length;
      writer
        .patchU16Host(at + FLAGS_AT, flagsOf(acknowledge))
        .patchU32Host(at + SEQUENCE_AT, sequence)
        .patchU32(end - ADDRESS_BACK, ipv4ToNumber(address))
        .patchU16(end - PORT_BACK, port)
        .patchU32Host(end - WEIGHT_BACK, weight);
    } else writeIpvsRequest(writer, family, sequence, request, acknowledge);
    before = request;
    beforeAt = at;
  }
}

/** Whether they differ in IPv4 address, port and weight only. */
function isLike(before: IpvsRequest, { command, identity, destination }: DestinationRequest): boolean {
  if (before.command !== command || before.identity !== identity) return false;
  const other = before.destination;
  return (
    destination.method === other.method &&
    destination.upperThreshold === other.upperThreshold &&
    destination.lowerThreshold === other.lowerThreshold &&
    destination.tunnelType === other.tunnelType &&
    destination.tunnelPort === other.tunnelPort &&
    destination.tunnelFlags === other.tunnelFlags &&
    familyOf(destination.address) === 'ipv4' &&
    familyOf(other.address) === 'ipv4'
  );
}

const flagsOf = (acknowledge: boolean): number => NLM_F_REQUEST | (acknowledge ? NLM_F_ACK : 0);

/** `family` is the message type of IPVS; `acknowledge` asks for an answer also where all is well. */
export function writeIpvsRequest(
  writer: ByteWriter,
  family: number,
  sequence: number,
  request: IpvsRequest,
  acknowledge: boolean,
): void {
  const start = beginMessage(writer, family, flagsOf(acknowledge), sequence);
  writeGenlHeader(writer, IPVS_CMD[request.command]);
  switch (request.command) {
    case 'newService':
    case 'setService':
      writeService(writer, request.service);
      break;
    case 'deleteService':
      writeServiceIdentity(writer, request.identity);
      break;
    case 'newDestination':
    case 'setDestination':
    case 'deleteDestination':
      writeServiceIdentity(writer, request.identity);
      writeDestination(writer, request.destination);
      break;
    case 'newDaemon':
      writeDaemon(writer, request.daemon);
      break;
    case 'deleteDaemon': {
      const nest = beginNest(writer, COMMAND.daemon);
      writeU32Attribute(writer, DAEMON.state, DAEMON_STATES[request.daemon.state]);
      endNest(writer, nest);
      break;
    }
    case 'setConfig':
      writeU32Attribute(writer, COMMAND.tcp, request.timeouts.tcp ?? 0);
      writeU32Attribute(writer, COMMAND.tcpFin, request.timeouts.tcpFin ?? 0);
      writeU32Attribute(writer, COMMAND.udp, request.timeouts.udp ?? 0);
      break;
    case 'flush':
      break;
  }
  endMessage(writer, start);
}

/** Answered by one message for each thing there is, and the end of the dump; `getConfig` by one message. */
export function writeIpvsQuestion(
  writer: ByteWriter,
  family: number,
  sequence: number,
  question: IpvsQuestion,
): void {
  const identity = 'identity' in question ? question.identity : undefined;
  const isOfOne = question.command === 'getConfig' || (question.command === 'getService' && identity);
  const kind = isOfOne ? NLM_F_ACK : NLM_F_DUMP;
  const start = beginMessage(writer, family, NLM_F_REQUEST | kind, sequence);
  writeGenlHeader(writer, IPVS_CMD[question.command]);
  if (identity) writeServiceIdentity(writer, identity);
  endMessage(writer, start);
}

function writeServiceIdentity(writer: ByteWriter, identity: IpvsIdentity): void {
  const nest = beginNest(writer, COMMAND.service);
  writeIdentity(writer, identity);
  endNest(writer, nest);
}

function writeIdentity(writer: ByteWriter, identity: IpvsIdentity): void {
  writeU16Attribute(writer, SERVICE.family, AF_NUMBERS[identity.family]);
  if ('mark' in identity) {
    writeU32Attribute(writer, SERVICE.mark, identity.mark);
    return;
  }
  writeU16Attribute(writer, SERVICE.protocol, identity.protocol);
  writeAddress(writer, SERVICE.address, identity.address);
  writePort(writer, SERVICE.port, identity.port);
}

function writeService(writer: ByteWriter, service: IpvsService): void {
  const nest = beginNest(writer, COMMAND.service);
  const { family } = service.identity;
  writeIdentity(writer, service.identity);
  writeTextAttribute(writer, SERVICE.scheduler, service.scheduler);
  if (service.engine !== undefined) writeTextAttribute(writer, SERVICE.engine, service.engine);
  writer
    .u16Host(4 + 8)
    .u16Host(SERVICE.flags)
    .u32Host(service.flags)
    .u32Host(WHOLE_MASK);
  writeU32Attribute(writer, SERVICE.timeout, service.timeout);
  if (family === 'ipv4') writeAttribute(writer, SERVICE.netmask, ipToBytes(ipv4FromNumber(service.netmask)));
  else writeU32Attribute(writer, SERVICE.netmask, service.netmask);
  endNest(writer, nest);
}

function writeDestination(writer: ByteWriter, destination: IpvsDestination): void {
  const nest = beginNest(writer, COMMAND.destination);
  writeU16Attribute(writer, DESTINATION.family, AF_NUMBERS[familyOf(destination.address)]);
  writeAddress(writer, DESTINATION.address, destination.address);
  writePort(writer, DESTINATION.port, destination.port);
  writeU32Attribute(writer, DESTINATION.method, destination.method);
  writeU32Attribute(writer, DESTINATION.weight, destination.weight);
  writeU8Attribute(writer, DESTINATION.tunnelType, destination.tunnelType);
  writePort(writer, DESTINATION.tunnelPort, destination.tunnelPort);
  writeU16Attribute(writer, DESTINATION.tunnelFlags, destination.tunnelFlags);
  writeU32Attribute(writer, DESTINATION.upperThreshold, destination.upperThreshold);
  writeU32Attribute(writer, DESTINATION.lowerThreshold, destination.lowerThreshold);
  endNest(writer, nest);
}

function writeDaemon(writer: ByteWriter, daemon: IpvsDaemon): void {
  const nest = beginNest(writer, COMMAND.daemon);
  writeU32Attribute(writer, DAEMON.state, DAEMON_STATES[daemon.state]);
  writeTextAttribute(writer, DAEMON.interface, daemon.interface);
  writeU32Attribute(writer, DAEMON.id, daemon.id);
  if (daemon.maxLength !== undefined) writeU16Attribute(writer, DAEMON.maxLength, daemon.maxLength);
  if (daemon.port !== undefined) writeU16Attribute(writer, DAEMON.port, daemon.port);
  if (daemon.ttl !== undefined) writeU8Attribute(writer, DAEMON.ttl, daemon.ttl);
  if (daemon.group !== undefined)
    writeAttribute(
      writer,
      familyOf(daemon.group) === 'ipv4' ? DAEMON.group : DAEMON.group6,
      ipToBytes(daemon.group),
    );
  endNest(writer, nest);
}

/** IPv4 in the first four of sixteen bytes. */
function writeAddress(writer: ByteWriter, type: number, address: IpAddress): void {
  const bytes = new Uint8Array(ADDRESS_LENGTH);
  bytes.set(ipToBytes(address));
  writeAttribute(writer, type, bytes);
}

/** In network order. */
function writePort(writer: ByteWriter, type: number, port: number): void {
  writer
    .u16Host(4 + 2)
    .u16Host(type)
    .u16(port)
    .zeros(2);
}
