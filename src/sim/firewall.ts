/**
 * One router's firewall as the engine can see it: what is stopped, done in whole transactions or not at all, and
 * outliving the daemon as the kernel's does. It can be made to refuse, and emptied by somebody else. What must be
 * stopped when is judged elsewhere.
 */
import { type IpAddress, isLinkLocal } from '../base/ip-address.js';
import type { Effect } from '../core/effects.js';
import type { Failure } from '../core/inputs.js';
import { type FirewallKey, firewallKey } from '../core/net/firewall-facts.js';

export class SimFirewall {
  /** Why every transaction is refused; undefined: none is. */
  refusal: Failure | undefined;
  readonly #stopped = new Set<FirewallKey>();
  /** Whether what stands there is what was asked for: not while refused, nor between a flush and its repair. */
  whole = true;

  /** Traffic to this address is stopped; of a link-local one, on whichever interface. */
  stops(address: IpAddress): boolean {
    if (!isLinkLocal(address)) return this.#stopped.has(address);
    for (const key of this.#stopped) if (key.startsWith(`${address} `)) return true;
    return false;
  }
  get empty(): boolean {
    return this.#stopped.size === 0;
  }

  /** Undefined: done. */
  apply({ fresh, operations }: Extract<Effect, { kind: 'apply-firewall' }>): Failure | undefined {
    if (this.refusal) {
      this.whole = false;
      return this.refusal;
    }
    if (fresh) {
      this.#stopped.clear();
      this.whole = true;
    }
    for (const { operation, entry } of operations) {
      if (operation === 'add') this.#stopped.add(firewallKey(entry));
      else this.#stopped.delete(firewallKey(entry));
    }
    return undefined;
  }

  /** Somebody runs `nft flush ruleset`. */
  flush(): void {
    this.#stopped.clear();
    this.whole = false;
  }
}
