/**
 * Which addresses this machine has, and which virtual servers wait for one (`ha_suspend`): a change costs as much as there
 * are virtual servers with that address. (directives-lvs sections 3 and 7)
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { AddressFacts } from '../net/facts.js';
import type { VirtualServer } from './virtual-server.js';

export class LocalAddresses {
  /** On how many interfaces each is. */
  #here = new Map<IpAddress, Set<string>>();
  readonly #waiting = new Map<IpAddress, Set<VirtualServer>>();
  /** Under which addresses each of them waits. */
  readonly #followed = new Map<VirtualServer, readonly IpAddress[]>();

  constructor(readonly turned: (service: VirtualServer) => void) {}

  all(addresses: readonly AddressFacts[]): void {
    const before = this.#here;
    this.#here = new Map();
    for (const facts of addresses) this.#note(facts);
    for (const address of new Set([...before.keys(), ...this.#here.keys()]))
      if (before.has(address) !== this.#here.has(address)) this.#tell(address);
  }

  change(change: 'present' | 'gone', facts: AddressFacts): void {
    const was = this.#here.has(facts.address);
    if (change === 'present') this.#note(facts);
    else {
      const places = this.#here.get(facts.address);
      places?.delete(placeOf(facts));
      if (places?.size === 0) this.#here.delete(facts.address);
    }
    if (this.#here.has(facts.address) !== was) this.#tell(facts.address);
  }

  #note(facts: AddressFacts): void {
    const places = this.#here.get(facts.address);
    if (places) places.add(placeOf(facts));
    else this.#here.set(facts.address, new Set([placeOf(facts)]));
  }

  /** From now on its checks wait for one of its addresses, if that is wanted. */
  follow(service: VirtualServer): void {
    this.forget(service);
    if (service.settings.haSuspend) {
      const addresses = addressesOf(service);
      this.#followed.set(service, addresses);
      for (const address of addresses) {
        const known = this.#waiting.get(address);
        if (known) known.add(service);
        else this.#waiting.set(address, new Set([service]));
      }
    }
    service.suspended = this.#suspends(service);
  }
  forget(service: VirtualServer): void {
    for (const address of this.#followed.get(service) ?? []) {
      const waiting = this.#waiting.get(address);
      if (waiting?.delete(service) && waiting.size === 0) this.#waiting.delete(address);
    }
    this.#followed.delete(service);
  }

  #suspends(service: VirtualServer): boolean {
    const addresses = addressesOf(service);
    return (
      service.settings.haSuspend && addresses.length > 0 && !addresses.some((one) => this.#here.has(one))
    );
  }

  #tell(address: IpAddress): void {
    for (const service of this.#waiting.get(address) ?? []) {
      const suspended = this.#suspends(service);
      if (suspended === service.suspended) continue;
      service.suspended = suspended;
      this.turned(service);
    }
  }
}

const placeOf = ({ interfaceIndex, prefixLength }: AddressFacts): string =>
  `${interfaceIndex}/${prefixLength}`;

const addressesOf = ({ services }: VirtualServer): IpAddress[] =>
  services.flatMap(({ identity }) => (identity.kind === 'address' ? [identity.address] : []));
