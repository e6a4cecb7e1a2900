/**
 * ARP for IPv4 over Ethernet, RFC 826, without the Ethernet header: what announcements are made of. When they are
 * sent, and on which interface, is decided in core/vrrp/announcements.
 */
import type { IpAddress } from '../base/ip-address.js';
import { BROADCAST_MAC, type MacAddress, macFromBytes, macToBytes } from '../base/mac-address.js';
import { ok, type Result, refuse } from '../base/result.js';
import { readIpv4Address, writeIpv4Address } from './ipv4.js';

export const ETHERTYPE_ARP = 0x0806;
export const ARP_LENGTH = 28;
const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;

export interface ArpPacket {
  readonly operation: 'request' | 'reply';
  readonly senderMac: MacAddress;
  readonly senderAddress: IpAddress;
  readonly targetMac: MacAddress;
  readonly targetAddress: IpAddress;
}

/** `format`: other hardware, protocol or address lengths; `operation`: neither request nor reply. */
export type ArpRefusal = 'short' | 'format' | 'operation';

/** 28 bytes. */
export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_LENGTH);
  bytes[1] = HARDWARE_ETHERNET;
  bytes[2] = PROTOCOL_IPV4 >> 8;
  bytes[4] = 6;
  bytes[5] = 4;
  bytes[7] = packet.operation === 'request' ? 1 : 2;
  bytes.set(macToBytes(packet.senderMac), 8);
  writeIpv4Address(bytes, 14, packet.senderAddress);
  bytes.set(macToBytes(packet.targetMac), 18);
  writeIpv4Address(bytes, 24, packet.targetAddress);
  return bytes;
}

/**
 * The announcement of `address` at `mac`: a request for the address by itself, target hardware address
 * broadcast, as Keepalived sends it (runtime reference section 6.5).
 */
export const encodeGratuitousArp = (mac: MacAddress, address: IpAddress): Uint8Array =>
  encodeArp({
    operation: 'request',
    senderMac: mac,
    senderAddress: address,
    targetMac: BROADCAST_MAC,
    targetAddress: address,
  });

/** Reads the first 28 bytes; Ethernet padding behind them is ignored. */
export function decodeArp(bytes: Uint8Array): Result<ArpPacket, ArpRefusal> {
  if (bytes.length < ARP_LENGTH) return refuse('short');
  const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (word(0) !== HARDWARE_ETHERNET || word(2) !== PROTOCOL_IPV4 || word(4) !== 0x0604)
    return refuse('format');
  const operation = word(6);
  if (operation !== 1 && operation !== 2) return refuse('operation');
  return ok({
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: macFromBytes(bytes.subarray(8, 14)),
    senderAddress: readIpv4Address(bytes, 14),
    targetMac: macFromBytes(bytes.subarray(18, 24)),
    targetAddress: readIpv4Address(bytes, 24),
  });
}
