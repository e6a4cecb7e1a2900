/**
 * Pings an address from the host in which it is started, at a steady pace, and tells the fate of every single
 * ping: one JSON object a line (PingReport). Whoever started it draws the conclusions.
 * Arguments: ADDRESS INTERVAL-MS. Ends with its standard input.
 */
import { pathToFileURL } from 'node:url';
import { type IpAddress, parseIpAddress } from '../base/ip-address.js';
import { AF_INET, SOCK_RAW } from '../host/linux/constants.js';
import { required } from '../host/linux/errno.js';
import { openSocket } from '../host/linux/fd.js';
import { allocateArena, recv, sendto, watchOnLoop } from '../host/linux/libc.js';
import { putIpSocketAddress } from '../host/linux/socket-address.js';
import { decodeIcmpEcho, encodeIcmpEcho } from '../wire/icmp-echo.js';
import { readIpv4Header } from '../wire/ipv4.js';

export interface PingReport {
  /** Counts from 0. */
  readonly number: number;
  /** When it was sent, milliseconds since the epoch. */
  readonly sent: number;
  /** Milliseconds until the answer; absent when none came within PATIENCE_MS. */
  readonly took?: number;
}

/** A reply that comes later helps no client: in a local network it takes less than a millisecond. */
export const PATIENCE_MS = 300;
const IPPROTO_ICMP = 1;
const DATA = new TextEncoder().encode('holdfast pings');

function ping(target: IpAddress, intervalMs: number): void {
  const fd = required(openSocket(AF_INET, SOCK_RAW, IPPROTO_ICMP), 'opening a socket for pings');
  const address = allocateArena(64);
  const addressLength = putIpSocketAddress(address, 0, target, 0);
  const outgoing = allocateArena(256);
  const incoming = allocateArena(2048);
  const identifier = process.pid & 0xffff;
  const waiting = new Map<number, { number: number; sent: number; timer: NodeJS.Timeout }>();
  const now = (): number => performance.timeOrigin + performance.now();
  const report = (line: PingReport): void => {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };

  watchOnLoop(fd, () => {
    for (;;) {
      const length = recv(fd, incoming.address, incoming.bytes.length, 0);
      if (length < 0) return;
      const packet = incoming.bytes.subarray(0, length);
      const header = readIpv4Header(packet);
      if (!header.ok || header.value.source !== target) continue;
      const echo = decodeIcmpEcho(packet.subarray(header.value.headerLength));
      if (!echo.ok || echo.value.type !== 'reply' || echo.value.identifier !== identifier) continue;
      const asked = waiting.get(echo.value.sequence);
      if (asked === undefined) continue;
      waiting.delete(echo.value.sequence);
      clearTimeout(asked.timer);
      report({ number: asked.number, sent: asked.sent, took: now() - asked.sent });
    }
  });

  let next = 0;
  setInterval(() => {
    const number = next++;
    const sequence = number & 0xffff;
    const bytes = encodeIcmpEcho({ type: 'request', identifier, sequence, data: DATA });
    outgoing.bytes.set(bytes);
    const sent = now();
    // A refusal (no route, no neighbour) is a lost ping like any other.
    sendto(fd, outgoing.address, bytes.length, 0, address.address, addressLength);
    const timer = setTimeout(() => {
      waiting.delete(sequence);
      report({ number, sent });
    }, PATIENCE_MS);
    waiting.set(sequence, { number, sent, timer });
  }, intervalMs);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const target = parseIpAddress(process.argv[2] ?? '');
  if (!target.ok) throw new Error(target.error);
  ping(target.value, Number(process.argv[3]));
  process.stdin.resume().on('end', () => process.exit(0));
  process.on('SIGINT', () => {});
}
