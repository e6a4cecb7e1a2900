/**
 * The packets of one channel's socket. A master sends the same advert every interval: what came last of its virtual
 * router is handed over again, the very same object, in place of a copy that differs in the IP identification alone.
 * That costs no memory, and the engine sees at a glance that there is nothing new. DESIGN rule 10.
 */
import { standsAt } from '../base/bytes.js';
import type { Channel } from '../core/effects.js';
import type { ReceivedPacket } from '../core/inputs.js';
import { isSameIpv4Packet } from '../wire/ipv4.js';
import type { ReceiveBatch } from './linux/receive-batch.js';
import { packetOf } from './vrrp-socket.js';

interface Last {
  readonly packet: ReceivedPacket;
  /** Sender and ancillary values, where the packet was made of them too. */
  readonly envelope: Uint8Array | undefined;
}

/** Where the VRID stands: behind an IPv4 header without options, or in the second byte of what IPv6 carries. */
const VRID_AT = { ipv4: 21, ipv6: 1 } as const;

export class RepeatedPackets {
  /** By VRID. Whatever stands in that place: what is compared is the whole packet. */
  readonly #last: (Last | undefined)[] = [];

  packetOf(batch: ReceiveBatch, channel: Channel, slot: number): ReceivedPacket {
    const { family } = channel;
    const { bytes } = batch.arena;
    const at = batch.dataAt(slot);
    const length = batch.lengthOf(slot);
    const place = length > VRID_AT[family] ? (bytes[at + VRID_AT[family]] ?? 0) : 0;
    const last = this.#last[place];
    if (last) {
      const { envelope, packet } = last;
      const same =
        family === 'ipv4'
          ? isSameIpv4Packet(bytes, at, length, packet.bytes)
          : length === packet.bytes.length && standsAt(bytes, at, packet.bytes);
      if (same && (envelope === undefined || batch.cameIn(slot, envelope))) return packet;
    }
    const packet = packetOf(batch, channel, slot);
    const sealed = family === 'ipv4' && channel.interfaceIndex !== 0;
    this.#last[place] = { packet, envelope: sealed ? undefined : batch.envelope(slot) };
    return packet;
  }
}
