/**
 * Deletions of ours whose echo from the kernel has not come yet, and what the kernel takes away along with them: with
 * the first IPv4 address of a subnet all others of it on that interface, unless `promote_secondaries` is set. What
 * follows from either is decided by addresses.ts.
 */
import { bitsOf, familyOf, ipv4ToNumber } from '../../base/ip-address.js';
import type { AddressFacts, WantedAddress } from './facts.js';
import { type AddressKey, keyOf } from './inventory.js';

type Deleted = Pick<AddressFacts & WantedAddress, 'interfaceIndex' | 'address' | 'prefixLength' | 'peer'>;

interface Expected {
  times: number;
  readonly subnet: string | undefined;
}

export class Deletions {
  readonly #expected = new Map<AddressKey, Expected>();
  /** How many of them are in a subnet: a thousand addresses may go at once. */
  readonly #inSubnet = new Map<string, number>();

  has(key: AddressKey): boolean {
    return this.#expected.has(key);
  }

  expect(address: Deleted): void {
    const key = keyOf(address);
    const known = this.#expected.get(key);
    if (known) {
      known.times++;
      return;
    }
    const subnet = subnetOf(address);
    this.#expected.set(key, { times: 1, subnet });
    if (subnet !== undefined) this.#inSubnet.set(subnet, (this.#inSubnet.get(subnet) ?? 0) + 1);
  }

  /** Whether one was expected, which is over with this. */
  echoed(key: AddressKey): boolean {
    const known = this.#expected.get(key);
    if (!known) return false;
    if (--known.times > 0) return true;
    this.#expected.delete(key);
    const { subnet } = known;
    const left = subnet === undefined ? 0 : (this.#inSubnet.get(subnet) ?? 0) - 1;
    if (subnet === undefined) return true;
    if (left > 0) this.#inSubnet.set(subnet, left);
    else this.#inSubnet.delete(subnet);
    return true;
  }

  /** Whether an address that is gone went with one of these: the kernel tells of the others first (__inet_del_ifa). */
  tookAlong(facts: Deleted): boolean {
    const subnet = subnetOf(facts);
    return subnet !== undefined && this.#inSubnet.has(subnet);
  }

  forget(): void {
    this.#expected.clear();
    this.#inSubnet.clear();
  }
}

/** Undefined: nobody else can be in it. */
function subnetOf({ interfaceIndex, address, prefixLength, peer }: Deleted): string | undefined {
  const bits = bitsOf('ipv4');
  if (familyOf(address) !== 'ipv4' || prefixLength === bits) return undefined;
  const network = Math.floor(ipv4ToNumber(peer ?? address) / 2 ** (bits - prefixLength));
  return `${interfaceIndex}/${network}/${prefixLength}`;
}
