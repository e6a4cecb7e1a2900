/**
 * A hostile neighbour: sends VRRP packets of many bad kinds as fast as a timer allows, until it is ended.
 * Arguments: INTERFACE SOURCE-ADDRESS VRID. Prints nothing unless it cannot send.
 */
import { networkInterfaces } from 'node:os';
import { parseIpAddress } from '../../src/base/ip-address.js';
import { AF_INET, IP_HDRINCL, IPPROTO_IP, IPPROTO_VRRP, SOCK_RAW } from '../../src/host/linux/constants.js';
import { required } from '../../src/host/linux/errno.js';
import { openSocket, setBytesOption, setIntOption } from '../../src/host/linux/fd.js';
import { allocateArena, sendto } from '../../src/host/linux/libc.js';
import { putIpSocketAddress } from '../../src/host/linux/socket-address.js';

const IP_MULTICAST_IF = 32;
const [name = '', sourceText = '', vrid = '1'] = process.argv.slice(2);
const source = parseIpAddress(sourceText);
const group = parseIpAddress('224.0.0.18');
if (!source.ok || !group.ok || networkInterfaces()[name] === undefined)
  throw new Error('usage: INTERFACE SOURCE VRID');
const sourceBytes = Uint8Array.from(sourceText.split('.'), Number);

/** IPv4 header and a VRRPv2 advert of priority 250 for 192.168.122.200, PASS 12345; correct but for `spoil`. */
function packet(spoil: (bytes: Uint8Array) => Uint8Array, ttl = 255): Uint8Array {
  const advert = Buffer.from(
    `21${Number(vrid).toString(16).padStart(2, '0')}fa0101010000c0a87ac83132333435000000`,
    'hex',
  );
  const body = spoil(Uint8Array.from(advert));
  const header = Buffer.from(`45c00000000100000000000000000000e0000012`, 'hex');
  header.writeUInt16BE(20 + body.length, 2);
  header[8] = ttl;
  header[9] = IPPROTO_VRRP;
  header.set(sourceBytes, 12);
  return Buffer.concat([header, body]);
}

function checksummed(bytes: Uint8Array): Uint8Array {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  bytes[6] = (~sum >> 8) & 0xff;
  bytes[7] = ~sum & 0xff;
  return bytes;
}

const change =
  (at: number, value: number) =>
  (bytes: Uint8Array): Uint8Array => {
    bytes[at] = value;
    return checksummed(bytes);
  };

const JUNK: readonly Uint8Array[] = [
  packet((bytes) => bytes), // no checksum
  packet(change(0, 0x41)), // version 4
  packet(change(0, 0x22)), // type 2
  packet(change(12, 0x39)), // another password
  packet(change(4, 7)), // unknown kind of authentication
  packet(change(5, 9)), // another interval
  packet(checksummed, 64), // from beyond a router
  packet((bytes) => bytes.subarray(0, 5)), // short
  packet((bytes) => Buffer.concat([checksummed(bytes), new Uint8Array(40)])), // long
  packet((bytes) => change(3, 200)(bytes)), // announces addresses that it does not carry
];

const fd = required(openSocket(AF_INET, SOCK_RAW, IPPROTO_VRRP), 'opening a raw socket');
required(setIntOption(fd, IPPROTO_IP, IP_HDRINCL, 1), 'IP_HDRINCL');
required(setBytesOption(fd, IPPROTO_IP, IP_MULTICAST_IF, sourceBytes), 'IP_MULTICAST_IF');
const area = allocateArena(256);
const address = allocateArena(64);
const length = putIpSocketAddress(address, 0, group.value, 0);
let next = 0;
setInterval(() => {
  for (let i = 0; i < 3; i++) {
    const bytes = JUNK[next++ % JUNK.length] ?? new Uint8Array();
    area.bytes.set(bytes);
    required(sendto(fd, area.address, bytes.length, 0, address.address, length), 'sending junk');
  }
}, 4);
