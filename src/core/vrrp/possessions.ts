/**
 * All that an instance has in the kernel while it is MASTER, behind one door: claimed together when it becomes
 * MASTER, released together when it leaves. Decides their order and what a reload keeps of them; when they are
 * wanted is the instance's to say, how the kernel is asked is decided in core/net. Runtime reference sections 6.2, 6.4.
 */
import type { InstanceSettings } from '../../config/model.js';
import type { Reason } from '../effects.js';
import type { House } from '../house.js';
import type { AddressSlot, SlotOwner } from '../net/addresses.js';
import { renewSlots } from './slots.js';

/** What they need of their instance. */
export interface PossessedBy {
  readonly name: string;
  /** The interface for lines that name none. */
  readonly device: string | undefined;
  /** The kernel has these addresses now. */
  addressesPresent(slots: readonly AddressSlot[]): void;
  /** Somebody else took one away. */
  possessionLost(reason: Reason): void;
}

export class Possessions implements SlotOwner {
  /** VIPs, then eVIPs. */
  slots: readonly AddressSlot[] = [];
  noAccept = false;
  dontTrackPrimary = false;
  /** Whether they are wanted now. */
  #held = false;

  constructor(
    readonly instance: PossessedBy,
    readonly house: House,
  ) {}

  get name(): string {
    return this.instance.name;
  }
  get device(): string | undefined {
    return this.instance.device;
  }

  /**
   * Takes on the lines of `settings`: what stays keeps its slot and so its place in the kernel. Returns whether
   * there are new addresses, undefined where nothing is held.
   */
  renew(settings: InstanceSettings): boolean | undefined {
    const { slots, added, removed } = renewSlots(this, this.slots, settings);
    this.slots = slots;
    this.noAccept = settings.noAccept ?? false;
    this.dontTrackPrimary = settings.dontTrackPrimary;
    if (!this.#held) return undefined;
    this.house.addresses.release(removed);
    this.house.addresses.claim(added);
    this.house.addresses.guardAgain(slots);
    return added.length > 0;
  }

  claim(): void {
    this.#held = true;
    this.house.addresses.claim(this.slots);
  }

  release(): void {
    this.#held = false;
    this.house.addresses.release(this.slots);
  }

  /** An interface appeared, or the kernel may have changed its mind: what waits is asked for now. */
  claimWaiting(): void {
    if (!this.#held) return;
    const waiting = this.slots.filter((slot) => slot.state === 'absent');
    if (waiting.length > 0) this.house.addresses.claim(waiting);
  }

  addressesPresent(slots: readonly AddressSlot[]): void {
    if (this.#held) this.instance.addressesPresent(slots);
  }
  addressLost(slot: AddressSlot): void {
    const text = `somebody deleted ${slot.text} from ${slot.device ?? 'its interface'}`;
    this.instance.possessionLost({
      code: 'address-lost',
      text,
      cause: { kind: 'deletion', what: slot.text },
    });
  }
}
