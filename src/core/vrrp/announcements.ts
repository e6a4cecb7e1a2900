/**
 * When a master announces its addresses: a burst as soon as the kernel has an address, a second one after a
 * delay, a refresh from time to time, and bursts against a rival (runtime reference section 6.5). Only addresses
 * that the kernel acknowledged are announced. How the frame looks is wire's affair.
 */
import { BROADCAST_MAC } from '../../base/mac-address.js';
import { after, type Duration, type Instant, milliseconds } from '../../base/time.js';
import type { GarpSettings } from '../../config/model.js';
import { ETHERTYPE_ARP, encodeGratuitousArp } from '../../wire/arp.js';
import { type Deadline, nextPeriod } from '../deadlines.js';
import type { House } from '../house.js';
import type { AddressSlot } from '../net/addresses.js';

/** Bursts against rivals come no closer than this, however many adverts a rival sends. */
export const RIVAL_BURST_GAP: Duration = milliseconds(500);

export class Announcements {
  readonly #second: Deadline;
  readonly #refresh: Deadline;
  readonly #rivalSecond: Deadline;
  #lastRivalBurst: Instant | undefined;

  constructor(
    subject: string,
    readonly house: House,
    readonly settings: () => GarpSettings,
    /** VIPs, then eVIPs. */
    readonly slots: () => readonly AddressSlot[],
  ) {
    this.#second = {
      what: `${subject} second announcement`,
      periodic: false,
      fire: () => this.#burst(this.slots(), this.settings().masterRepeat),
    };
    this.#refresh = {
      what: `${subject} announcement refresh`,
      periodic: true,
      fire: (due) => {
        const { masterRefresh, masterRefreshRepeat } = this.settings();
        this.#burst(this.slots(), masterRefreshRepeat);
        if (masterRefresh > 0)
          this.house.deadlines.arm(this.#refresh, nextPeriod(due, masterRefresh, this.house.outbox.now).at);
      },
    };
    this.#rivalSecond = {
      what: `${subject} second announcement against a rival`,
      periodic: false,
      fire: () => this.#burst(this.slots(), this.settings().lowerPriorityRepeat),
    };
  }

  /** The schedule of a new master; its first burst follows the kernel's answers. */
  begin(): void {
    const { deadlines, outbox } = this.house;
    const { masterDelay, masterRefresh } = this.settings();
    if (masterDelay > 0) deadlines.arm(this.#second, after(outbox.now, masterDelay));
    if (masterRefresh > 0)
      deadlines.arm(this.#refresh, after(outbox.now, (masterDelay + masterRefresh) as Duration));
  }

  /** These addresses are in the kernel now. */
  present(slots: readonly AddressSlot[]): void {
    this.#burst(slots, this.settings().masterRepeat);
  }

  againstRival(): void {
    const { deadlines, outbox } = this.house;
    const { lowerPriorityDelay, lowerPriorityRepeat } = this.settings();
    if (lowerPriorityRepeat === 0) return;
    if (this.#lastRivalBurst !== undefined && after(this.#lastRivalBurst, RIVAL_BURST_GAP) > outbox.now)
      return;
    this.#lastRivalBurst = outbox.now;
    this.#burst(this.slots(), lowerPriorityRepeat);
    if (lowerPriorityDelay > 0) deadlines.arm(this.#rivalSecond, after(outbox.now, lowerPriorityDelay));
  }

  end(): void {
    this.#lastRivalBurst = undefined;
    for (const deadline of [this.#second, this.#refresh, this.#rivalSecond])
      this.house.deadlines.disarm(deadline);
  }

  #burst(slots: readonly AddressSlot[], rounds: number): void {
    for (let round = 0; round < rounds; round++) for (const slot of slots) this.#announce(slot);
  }

  #announce(slot: AddressSlot): void {
    const { wanted, state } = slot;
    if (!wanted || state !== 'present') return;
    const link = this.house.inventory.link(wanted.interfaceIndex);
    // IPv6 addresses are announced by neighbour advertisements, not by ARP.
    if (!link?.mac || link.noArp || wanted.address.includes(':')) return;
    this.house.outbox.frame({
      kind: 'send-frame',
      interfaceIndex: link.index,
      etherType: ETHERTYPE_ARP,
      destination: BROADCAST_MAC,
      bytes: encodeGratuitousArp(link.mac, wanted.address),
    });
  }
}
