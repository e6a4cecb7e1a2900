/**
 * The packets that come to one socket of BFD. A neighbour that is up says the same all the time: what came last is handed
 * over again, the very same object, so that the engine sees at a glance that there is nothing new, and nothing is made
 * or taken apart for it. DESIGN rule 10.
 */
import { standsAt } from '../base/bytes.js';
import { type IpAddress, ipFromBytes } from '../base/ip-address.js';
import type { BfdListener, ReceivedBfd } from '../core/bfd/facts.js';
import { readTimespec } from './linux/clock.js';
import * as k from './linux/constants.js';
import { layouts } from './linux/libc.js';
import type { ReceiveBatch } from './linux/receive-batch.js';
import { readIpv6SocketAddress } from './linux/socket-address.js';

const STAMP_SIZE = layouts.timespec.size;

interface Last {
  readonly packet: ReceivedBfd;
  readonly envelope: Uint8Array;
  /** Where in the envelope the kernel says when it came; behind its end: it does not. */
  readonly stampAt: number;
}

export class RepeatedBfd {
  #last: Last | undefined;

  packetOf(batch: ReceiveBatch, { family, port }: BfdListener, slot: number): ReceivedBfd {
    const { bytes } = batch.arena;
    const last = this.#last;
    if (
      last &&
      batch.lengthOf(slot) === last.packet.bytes.length &&
      standsAt(bytes, batch.dataAt(slot), last.packet.bytes) &&
      batch.cameIn(slot, last.envelope, last.stampAt, STAMP_SIZE)
    )
      return last.packet;
    let interfaceIndex = 0;
    let destination: IpAddress | undefined;
    let hopLimit: number | undefined;
    const envelope = batch.envelope(slot);
    let stampAt = envelope.length;
    batch.eachControl(slot, (level, type, at) => {
      const { view } = batch.arena;
      if (level === k.IPPROTO_IP && type === k.IP_PKTINFO) {
        interfaceIndex = view.getInt32(at, true);
        destination = ipFromBytes(bytes.subarray(at + 8, at + 12));
      } else if (level === k.IPPROTO_IPV6 && type === k.IPV6_PKTINFO) {
        destination = ipFromBytes(bytes.subarray(at, at + 16));
        interfaceIndex = view.getInt32(at + 16, true);
      } else if (
        (level === k.IPPROTO_IP && type === k.IP_TTL) ||
        (level === k.IPPROTO_IPV6 && type === k.IPV6_HOPLIMIT)
      ) {
        hopLimit = view.getInt32(at, true);
      } else if (level === k.SOL_SOCKET && type === k.SO_TIMESTAMPNS) {
        stampAt = batch.placeInEnvelope(slot, at);
      }
    });
    const name = batch.nameAt(slot);
    const packet: ReceivedBfd = {
      family,
      port,
      interfaceIndex,
      source:
        family === 'ipv4'
          ? ipFromBytes(bytes.subarray(name + 4, name + 8))
          : readIpv6SocketAddress(batch.arena, name),
      destination: destination ?? ANY[family],
      ...(hopLimit === undefined ? {} : { hopLimit }),
      bytes: batch.bytes(slot),
    };
    this.#last = { packet, envelope, stampAt };
    return packet;
  }

  /** When the packet that was asked for last came, by the clock of the wall; undefined: the kernel did not say. */
  stampOf(batch: ReceiveBatch, slot: number): number | undefined {
    const last = this.#last;
    if (!last || last.stampAt >= last.envelope.length) return undefined;
    return readTimespec(batch.arena.view, batch.placeInArena(slot, last.stampAt));
  }
}

const ANY: Readonly<Record<BfdListener['family'], IpAddress>> = {
  ipv4: '0.0.0.0' as IpAddress,
  ipv6: '::' as IpAddress,
};
