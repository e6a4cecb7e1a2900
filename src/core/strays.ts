/**
 * Packets on VRRP sockets that are for none of our virtual routers: counted by number and interface, and said once
 * per number and sender, or again and again with `log_unknown_vrids`. The host lets a sample of them through, so
 * the counts are of what was looked at. Runtime reference section 9; directives-global section 3.4.
 */
import type { Family, IpAddress } from '../base/ip-address.js';
import { MAX_STRAY_ROUTERS } from '../base/limits.js';
import type { ReceivedPacket } from './inputs.js';
import type { Inventory } from './net/inventory.js';
import type { Outbox } from './outbox.js';
import type { EngineStatus } from './status.js';
import { type OpenedPacket, senderOf } from './vrrp/opened-packet.js';
import { Refusals } from './vrrp/refusals.js';

interface Foreign {
  readonly interfaceIndex: number;
  readonly family: Family;
  readonly virtualRouterId: number;
  packets: number;
  lastSender: IpAddress;
}

export class Strays {
  readonly #refusals: Refusals;
  readonly #routers = new Map<string, Foreign>();
  #unreadable = 0;
  #unknown = 0;

  constructor(
    outbox: Outbox,
    readonly inventory: Inventory,
  ) {
    this.#refusals = new Refusals(outbox);
  }

  /** Too short to say for which virtual router it is, or no VRRP at all. */
  unreadable(packet: ReceivedPacket): void {
    this.#unreadable++;
    const sender = senderOf(packet);
    const text = `a packet${sender === '' ? '' : ` from ${sender}`} on a VRRP socket is too short to read`;
    this.#refusals.report('warning', this.#where(packet.interfaceIndex), 'unreadable', sender, text);
  }

  /** `persistent`: log_unknown_vrids. */
  foreign({ interfaceIndex, family }: ReceivedPacket, packet: OpenedPacket, persistent: boolean): void {
    this.#unknown++;
    const { source, header } = packet;
    const { virtualRouterId } = header;
    const key = `${interfaceIndex}/${family}/${virtualRouterId}`;
    const known = this.#routers.get(key);
    if (known) {
      known.packets++;
      known.lastSender = source;
    } else if (this.#routers.size < MAX_STRAY_ROUTERS) {
      this.#routers.set(key, { interfaceIndex, family, virtualRouterId, packets: 1, lastSender: source });
    }
    const text = `an advert from ${source} is for virtual router ${virtualRouterId}, which is not configured here`;
    const where = this.#where(interfaceIndex);
    const kind = `vrid ${virtualRouterId}`;
    if (persistent) this.#refusals.report('info', where, kind, source, text);
    else this.#refusals.reportOnce('info', where, kind, source, text);
  }

  status(): EngineStatus['strayPackets'] {
    return {
      unreadable: this.#unreadable,
      unknownVirtualRouter: this.#unknown,
      virtualRouters: [...this.#routers.values()].map(({ interfaceIndex, ...rest }) => ({
        interface: this.#nameOf(interfaceIndex),
        ...rest,
      })),
    };
  }

  #nameOf(index: number): string {
    return this.inventory.link(index)?.name ?? `interface ${index}`;
  }
  #where(index: number): string {
    return `(${this.#nameOf(index)})`;
  }
}
