/**
 * Which of the addresses that stand at a start an earlier life left behind, and which only look like it. A lost master's
 * address would be answered twice; the machine's own, or another daemon's, must not go.
 */
import type { Configuration } from '../../config/model.js';
import type { AddressFacts } from './facts.js';
import { virtualAddresses } from './holdings.js';
import type { Inventory } from './inventory.js';
import { bearsOurMark } from './plan.js';

export interface Leftovers {
  readonly gone: readonly AddressFacts[];
  /** Virtual addresses, but not as they are written. */
  readonly alone: readonly AddressFacts[];
}

/**
 * What bears our mark, and a VIP just as it is written. The mark says nothing to a daemon with an instance name: others of
 * other names may live beside it, and the mark is the same (docs/adr/0025).
 */
export function leftovers(configuration: Configuration, inventory: Inventory): Leftovers {
  const named = configuration.globals.instanceName !== undefined;
  const asWritten = leftAsWritten(configuration, inventory);
  const virtual = virtualAddresses(configuration);
  const gone: AddressFacts[] = [];
  const alone: AddressFacts[] = [];
  for (const facts of inventory.allAddresses()) {
    if ((!named && bearsOurMark(facts)) || asWritten(facts)) gone.push(facts);
    else if (virtual.has(facts.address)) alone.push(facts);
  }
  return { gone, alone };
}

/**
 * Which addresses a killed daemon may have left that puts no mark on them: a VIP or eVIP just as it is written, where it is
 * written. In another form or on another interface it may be the machine's own, such as the owner's, or a real server's on lo.
 */
function leftAsWritten({ instances }: Configuration, inventory: Inventory): (facts: AddressFacts) => boolean {
  /** By address and length: the interfaces, undefined where its virtual MAC may have had another name. */
  const places = new Map<string, Set<string | undefined>>();
  for (const { interface: own, virtualMac, useVmacAddress, ...lines } of instances) {
    for (const line of [...lines.virtualAddresses, ...lines.excludedAddresses]) {
      const { address, device, peer, prefixLength, useVmac } = line;
      const key = `${address}/${peer?.length ?? prefixLength}`;
      const moved = useVmac || useVmacAddress || (virtualMac && device === undefined);
      const known = places.get(key) ?? new Set();
      places.set(key, known.add(moved ? undefined : (device ?? own)));
    }
  }
  return ({ address, prefixLength, interfaceIndex }) => {
    const there = places.get(`${address}/${prefixLength}`);
    return there?.has(undefined) || there?.has(inventory.link(interfaceIndex)?.name ?? '') || false;
  };
}
