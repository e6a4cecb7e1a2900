/**
 * The adverts that were opened last, one of each virtual router on each interface: a master says the same every
 * interval, byte for byte but for the IP identification and the checksum that follows it, and the same bytes need not
 * be opened twice. Whoever gets the same object knows that it is the same advert. DESIGN rule 10.
 */
import { standsAt } from '../../base/bytes.js';
import { MAX_OPENED_ADVERTS } from '../../base/limits.js';
import { IPV4_HEADER_LENGTH, IPV4_PROTOCOL, isSameIpv4Packet } from '../../wire/ipv4.js';
import { VRRP_PROTOCOL } from '../../wire/vrrp-header.js';
import type { ReceivedPacket } from '../inputs.js';
import { type OpenedPacket, openPacket } from './opened-packet.js';

interface Known {
  readonly packet: ReceivedPacket;
  readonly opened: OpenedPacket;
}

export class OpenedAdverts {
  readonly #known = new Map<number, Known>();

  /** As openPacket, of which it is told in opened-packet.ts what undefined means. */
  open(packet: ReceivedPacket): OpenedPacket | undefined {
    const key = keyOf(packet);
    if (key === undefined) return openPacket(packet);
    const known = this.#known.get(key);
    if (known && isSame(known.packet, packet)) return known.opened;
    const opened = openPacket(packet);
    if (!opened) return undefined;
    if (!known && this.#known.size >= MAX_OPENED_ADVERTS) this.#known.clear();
    this.#known.set(key, { packet, opened });
    return opened;
  }
}

/**
 * By interface, family and VRID. Undefined: it is not remembered. IPv4 headers with options are nobody's usual
 * advert, and behind an authentication header nothing is the same twice.
 */
function keyOf({ bytes, family, interfaceIndex }: ReceivedPacket): number | undefined {
  const place = interfaceIndex * 2 * 256;
  if (family === 'ipv6') return place + 256 + (bytes[1] ?? 0);
  if (bytes[0] !== PLAIN_IPV4 || bytes[IPV4_PROTOCOL] !== VRRP_PROTOCOL) return undefined;
  return place + (bytes[IPV4_HEADER_LENGTH + 1] ?? 0);
}

/** Version 4 and a header of five words. */
const PLAIN_IPV4 = 0x45;

function isSame(a: ReceivedPacket, b: ReceivedPacket): boolean {
  // A host that saw it gives the same one again.
  if (a === b) return true;
  const { length } = a.bytes;
  if (a.family === 'ipv4') return isSameIpv4Packet(a.bytes, 0, length, b.bytes);
  if (a.source !== b.source || a.destination !== b.destination || a.hopLimit !== b.hopLimit) return false;
  return length === b.bytes.length && standsAt(a.bytes, 0, b.bytes);
}
