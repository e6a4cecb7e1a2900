/**
 * From the address lines of an instance to its slots: VIPs first, then eVIPs. Across a reload a line that did not
 * change keeps its slot, and with it its address in the kernel. When slots are claimed is decided by the state.
 */
import type { InstanceSettings } from '../../config/model.js';
import { AddressSlot, type SlotOwner } from '../net/addresses.js';

export interface RenewedSlots {
  readonly slots: readonly AddressSlot[];
  readonly added: readonly AddressSlot[];
  readonly removed: readonly AddressSlot[];
}

export function renewSlots(
  owner: SlotOwner,
  before: readonly AddressSlot[],
  settings: InstanceSettings,
): RenewedSlots {
  const left = new Map(before.map((slot) => [keyOfLine(slot.settings, slot.advertised), slot]));
  const added: AddressSlot[] = [];
  const slot = (line: AddressSlot['settings'], advertised: boolean): AddressSlot => {
    const key = keyOfLine(line, advertised);
    const known = left.get(key);
    left.delete(key);
    if (known) return known;
    const fresh = new AddressSlot(owner, line, advertised);
    added.push(fresh);
    return fresh;
  };
  const slots = [
    ...settings.virtualAddresses.map((line) => slot(line, true)),
    ...settings.excludedAddresses.map((line) => slot(line, false)),
  ];
  return { slots, added, removed: [...left.values()] };
}

const keyOfLine = (line: AddressSlot['settings'], advertised: boolean): string =>
  JSON.stringify([line, advertised]);
