/**
 * Carries out one turn's effects in the stages that are part of the contract (DESIGN section 3): adverts first,
 * then addresses, then announcements, then scripts; within a stage in the order given. Opening and closing
 * sockets keeps its place among the adverts. Failures come back as inputs, never as exceptions.
 */
import type { HostEffect } from '../ports/ports.js';
import type { AddressPipeline } from './netlink-sockets.js';
import type { RawPackets } from './raw-packets.js';

type Of<K extends HostEffect['kind']> = Extract<HostEffect, { kind: K }>;

export class EffectRunner {
  readonly #packets: RawPackets;
  readonly #addresses: AddressPipeline;

  constructor(rooms: { readonly packets: RawPackets; readonly addresses: AddressPipeline }) {
    this.#packets = rooms.packets;
    this.#addresses = rooms.addresses;
  }

  run(effects: readonly HostEffect[]): void {
    const adverts: Of<'send-advert'>[] = [];
    const addresses: Of<'apply-addresses'>[] = [];
    const frames: Of<'send-frame'>[] = [];
    const flush = (): void => {
      if (adverts.length === 0) return;
      this.#packets.sendAdverts(adverts);
      adverts.length = 0;
    };
    for (const effect of effects) {
      switch (effect.kind) {
        case 'open-channel':
          flush();
          this.#packets.open(effect.channel);
          break;
        case 'close-channel':
          flush();
          this.#packets.close(effect.channel);
          break;
        case 'send-advert':
          adverts.push(effect);
          break;
        case 'apply-addresses':
          addresses.push(effect);
          break;
        case 'send-frame':
          frames.push(effect);
          break;
        default:
          break;
      }
    }
    flush();
    for (const { request, operations } of addresses) this.#addresses.apply(request, operations);
    this.#packets.sendFrames(frames);
  }
}
