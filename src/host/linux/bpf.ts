/**
 * Classic BPF programs for sockets (linux/filter.h): what the kernel drops before it reaches our buffers. They
 * are made here as bytes; which virtual routers are wanted is the engine's `open-channel`.
 */

import { MAX_BPF_INSTRUCTIONS } from '../../base/limits.js';
import { RTM_DELROUTE, RTM_NEWROUTE, RTM_PROTOCOL_OFFSET } from '../../wire/netlink/rtnl-route.js';
import { SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF, SOL_SOCKET } from './constants.js';
import { type Arena, allocateArena, layouts, type Outcome, putPointer, setsockopt } from './libc.js';

const INSTRUCTION = 8;

const LD_BYTE_ABSOLUTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
const LD_BYTE_INDIRECT = 0x50; // BPF_LD | BPF_B | BPF_IND
const LD_HALF_ABSOLUTE = 0x28; // BPF_LD | BPF_H | BPF_ABS
const LD_WORD_ABSOLUTE = 0x20; // BPF_LD | BPF_W | BPF_ABS
const LD_LENGTH = 0x80; // BPF_LD | BPF_W | BPF_LEN
const SUBTRACT_INDEX = 0x1c; // BPF_ALU | BPF_SUB | BPF_X
const LDX_IP_HEADER = 0xb1; // BPF_LDX | BPF_B | BPF_MSH: four times the low nibble
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
const JUMP_GREATER_OR_EQUAL = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const JUMP_ALWAYS = 0x05; // BPF_JMP | BPF_JA
const LDX_IMMEDIATE = 0x01; // BPF_LDX | BPF_W | BPF_IMM
const INDEX_TO_ACCUMULATOR = 0x87; // BPF_MISC | BPF_TXA
const ADD = 0x04; // BPF_ALU | BPF_ADD | BPF_K
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const OR = 0x44; // BPF_ALU | BPF_OR | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K
const RETURN_ACCUMULATOR = 0x16; // BPF_RET | BPF_A
const WHOLE_PACKET = 0xffff_ffff;

/** code, jump if true, jump if false, k */
export type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, k: number];

/** Drops everything: for a socket that is not bound to its interface yet. */
export const DROP_ALL: readonly Instruction[] = [[RETURN, 0, 0, 0]];

/** How VRRP arrives on a raw socket: as IPv4 with its header first, within AH behind that, or as IPv6 payload. */
export type Wrapping = 'ipv4' | 'ipv4-ah' | 'ipv6';

/** Offset of VRRP behind an authentication header. */
const BEHIND_AH = 24;
const VRRP_PROTOCOL = 112;

/** Loads the VRID (RFC 9568 section 5.2: byte 1); what AH carries instead of VRRP is dropped. */
function loadVirtualRouter(wrapping: Wrapping): Instruction[] {
  if (wrapping === 'ipv6') return [[LD_BYTE_ABSOLUTE, 0, 0, 1]];
  if (wrapping === 'ipv4')
    return [
      [LDX_IP_HEADER, 0, 0, 0],
      [LD_BYTE_INDIRECT, 0, 0, 1],
    ];
  return [
    [LDX_IP_HEADER, 0, 0, 0],
    [LD_BYTE_INDIRECT, 0, 0, 0],
    [JUMP_EQUAL, 1, 0, VRRP_PROTOCOL],
    [RETURN, 0, 0, 0],
    [LD_BYTE_INDIRECT, 0, 0, BEHIND_AH + 1],
  ];
}

/** Admits VRRP packets of these virtual routers; a packet too short to have a VRID is dropped. */
export function virtualRouterFilter(wrapping: Wrapping, ids: readonly number[]): Instruction[] {
  const program = loadVirtualRouter(wrapping);
  for (const [first, last] of ranges(ids)) {
    if (first === last) program.push([JUMP_EQUAL, 0, 1, first]);
    else program.push([JUMP_GREATER_OR_EQUAL, 0, 2, first], [JUMP_GREATER, 1, 0, last]);
    program.push([RETURN, 0, 0, WHOLE_PACKET]);
  }
  program.push([RETURN, 0, 0, 0]);
  return program;
}

/** The complement: admits VRRP packets of all other virtual routers, and those too short to have a VRID. */
export function strayFilter(wrapping: Wrapping, ids: readonly number[]): Instruction[] {
  const program: Instruction[] = [];
  const load = loadVirtualRouter(wrapping);
  const [vrid] = load.splice(-1);
  const needed = wrapping === 'ipv4-ah' ? BEHIND_AH + 2 : 2;
  program.push(...load, [LD_LENGTH, 0, 0, 0]);
  if (wrapping !== 'ipv6') program.push([SUBTRACT_INDEX, 0, 0, 0]);
  program.push([JUMP_GREATER_OR_EQUAL, 1, 0, needed], [RETURN, 0, 0, WHOLE_PACKET]);
  if (vrid) program.push(vrid);
  for (const [first, last] of ranges(ids)) {
    if (first === last) program.push([JUMP_EQUAL, 0, 1, first]);
    else program.push([JUMP_GREATER_OR_EQUAL, 0, 2, first], [JUMP_GREATER, 1, 0, last]);
    program.push([RETURN, 0, 0, 0]);
  }
  program.push([RETURN, 0, 0, WHOLE_PACKET]);
  return program;
}

/** Runs of consecutive numbers, so that a program stays short: jumps reach 255 instructions only. */
function ranges(ids: readonly number[]): [first: number, last: number][] {
  const found: [number, number][] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const run = found.at(-1);
    if (run && run[1] === id - 1) run[1] = id;
    else found.push([id, id]);
  }
  return found;
}

/**
 * Admits messages whose 32-bit word at `offset` (host order, as netlink writes it) is one of `values`. The load
 * swaps to network order, so the constants are swapped too.
 */
export function hostWordFilter(offset: number, values: readonly number[]): Instruction[] {
  const program: Instruction[] = [[LD_WORD_ABSOLUTE, 0, 0, offset]];
  for (const value of values) {
    program.push([JUMP_EQUAL, 0, 1, swap32(value)], [RETURN, 0, 0, WHOLE_PACKET]);
  }
  program.push([RETURN, 0, 0, 0]);
  return program;
}

/** Offsets in a netlink message: its type, and rtm_protocol behind the header. */
const NETLINK_TYPE = 4;
const ROUTE_PROTOCOL = 16 + RTM_PROTOCOL_OFFSET;

/**
 * Of messages about routes admits only deletions of this protocol, of all others everything: a routing daemon that
 * changes a million routes wakes nobody.
 */
export const deletedRouteFilter = (protocol: number): Instruction[] => [
  [LD_HALF_ABSOLUTE, 0, 0, NETLINK_TYPE],
  [JUMP_EQUAL, 3, 0, swap16(RTM_NEWROUTE)],
  [JUMP_EQUAL, 0, 3, swap16(RTM_DELROUTE)],
  [LD_BYTE_ABSOLUTE, 0, 0, ROUTE_PROTOCOL],
  [JUMP_EQUAL, 1, 0, protocol],
  [RETURN, 0, 0, 0],
  [RETURN, 0, 0, WHOLE_PACKET],
];

/** Admits datagrams of netlink that begin with a message of this type. */
export const messageTypeFilter = (type: number): Instruction[] => [
  [LD_HALF_ABSOLUTE, 0, 0, NETLINK_TYPE],
  [JUMP_EQUAL, 0, 1, swap16(type)],
  [RETURN, 0, 0, WHOLE_PACKET],
  [RETURN, 0, 0, 0],
];

const swap16 = (value: number): number => ((value & 0xff) << 8) | (value >>> 8);
const swap32 = (value: number): number =>
  (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;

let area: Arena | undefined;

/** SKF_NET_OFF: offsets from here on are counted from the IP header. */
const NETWORK_HEADER = 0xfff0_0000;

/** Where the packets of one sender go. */
export interface SteeredSource {
  /** 4 or 16 bytes. */
  readonly source: Uint8Array;
  /** Place in the group, odd; usual packets go to the one behind it, if `patient`. */
  readonly place: number;
  readonly patient: boolean;
}

/**
 * For a group of sockets that share a port: the place in the group of the one that gets a packet, by its source address;
 * `other` where none of them sent it. A usual packet is one whose payload begins with `word` as far as `mask` goes.
 */
export function steeringBySource(
  sources: readonly SteeredSource[],
  { mask, word: usual }: { readonly mask: number; readonly word: number },
  other: number,
): Instruction[] {
  const program: Instruction[] = [];
  /** Instructions that go to the verdict, which is told the place in the index: they learn how far it is. */
  const leaps: number[] = [];
  for (const { source, place, patient } of sources) {
    const words = source.length / 4;
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    if (words === 1) {
      // One word, loaded once for all.
      if (program.length === 0) program.push([LD_WORD_ABSOLUTE, 0, 0, NETWORK_HEADER + 12]);
      program.push([JUMP_EQUAL, 0, 2, view.getUint32(0)]);
    } else {
      const start = NETWORK_HEADER + 8;
      for (let word = 0; word < words; word++) {
        program.push([LD_WORD_ABSOLUTE, 0, 0, start + 4 * word]);
        // Over what is left of this source: two instructions a word, and the two that tell its place.
        program.push([JUMP_EQUAL, 0, 2 * (words - word - 1) + 2, view.getUint32(4 * word)]);
      }
    }
    // The last bit says whether a usual packet goes one further.
    program.push([LDX_IMMEDIATE, 0, 0, place - 1 + (patient ? 1 : 0)]);
    leaps.push(program.length);
    program.push([JUMP_ALWAYS, 0, 0, 0]);
  }
  program.push([RETURN, 0, 0, other]);
  for (const at of leaps) program[at] = [JUMP_ALWAYS, 0, 0, program.length - at - 1];
  program.push(
    [LD_LENGTH, 0, 0, 0],
    [JUMP_GREATER_OR_EQUAL, 0, 6, 4],
    [LD_WORD_ABSOLUTE, 0, 0, 0],
    [AND, 0, 0, mask],
    [JUMP_EQUAL, 0, 3, usual],
    [INDEX_TO_ACCUMULATOR, 0, 0, 0],
    [ADD, 0, 0, 1],
    [RETURN_ACCUMULATOR, 0, 0, 0],
    [INDEX_TO_ACCUMULATOR, 0, 0, 0],
    [OR, 0, 0, 1],
    [RETURN_ACCUMULATOR, 0, 0, 0],
  );
  return program;
}

/** As attachFilter, for the group of the socket. */
export const attachSteering = (fd: number, program: readonly Instruction[]): Outcome =>
  attach(fd, SO_ATTACH_REUSEPORT_CBPF, program);

/** Puts the program on the socket, in place of any other; an errno negated on failure. */
export const attachFilter = (fd: number, program: readonly Instruction[]): Outcome =>
  attach(fd, SO_ATTACH_FILTER, program);

function attach(fd: number, option: number, program: readonly Instruction[]): Outcome {
  const { size, at } = layouts.sockFprog;
  area ??= allocateArena(size + MAX_BPF_INSTRUCTIONS * INSTRUCTION);
  const { view, address } = area;
  for (const [i, [code, whenTrue, whenFalse, k]] of program.entries()) {
    const start = size + i * INSTRUCTION;
    view.setUint16(start, code, true);
    view.setUint8(start + 2, whenTrue);
    view.setUint8(start + 3, whenFalse);
    view.setUint32(start + 4, k, true);
  }
  view.setUint16(at.length, program.length, true);
  putPointer(area, at.filter, address + size);
  return setsockopt(fd, SOL_SOCKET, option, address, size);
}
