/**
 * The address that stands on an interface of our own for as long as that is there (`use_ipvlan ADDRESS`): asked for
 * when the interface appears, and again when somebody deletes it.
 */
import type { AddressSettings } from '../../config/model.js';
import type { Outbox } from '../outbox.js';
import { type Addresses, AddressSlot, type SlotOwner } from './addresses.js';

export class LinkAddress implements SlotOwner {
  readonly addressProtocol = undefined;
  readonly noAccept = false;
  readonly dontTrackPrimary = false;
  readonly #slot: AddressSlot;

  constructor(
    readonly name: string,
    /** The name of the interface. */
    readonly device: string,
    settings: AddressSettings,
    readonly addresses: Addresses,
    readonly outbox: Outbox,
  ) {
    this.#slot = new AddressSlot(this, settings, false);
  }

  deviceOf(): string {
    return this.device;
  }
  claimWaiting(): void {
    if (this.#slot.state === 'absent') this.addresses.claim([this.#slot]);
  }
  release(): void {
    this.addresses.release([this.#slot]);
  }
  addressesPresent(): void {}
  addressLost(slot: AddressSlot): void {
    this.outbox.log(
      'warning',
      `(${this.name}) somebody deleted ${slot.text} from ${this.device}: it is set again`,
    );
    this.claimWaiting();
  }
}
