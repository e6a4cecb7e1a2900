/**
 * The reverse path filter and virtual MACs: an interface without an address hears nothing while its rp_filter is not 0,
 * and what holds is the larger of its own and that of `all`. So while there is such an interface the value of `all` is
 * folded into every other interface and into the default of new ones, and is itself 0: nothing is filtered less than
 * before. Directives-vrrp section 1.4; ip-sysctl of the kernel.
 */
import type { Inventory } from './inventory.js';
import { interfaceSysctl, type Sysctls, type WantedSysctl } from './sysctls.js';

const OWNER = 'reverse path';
const ALL = interfaceSysctl('ipv4', 'all', 'rp_filter');

export class ReversePath {
  /** The interfaces that hear without an address. */
  readonly #exempt = new Set<string>();
  #folded: 'no' | 'reading' | 'yes' = 'no';

  constructor(
    readonly inventory: Inventory,
    readonly sysctls: Sysctls,
  ) {}

  /** An interface whose own filter is 0; its name is left out when the others get theirs. */
  exempt(name: string): void {
    this.#exempt.add(name);
    if (this.#folded !== 'no') return;
    this.#folded = 'reading';
    this.sysctls.read(ALL, (value) => this.#fold(value ?? 0));
  }

  release(name: string): void {
    if (!this.#exempt.delete(name) || this.#exempt.size > 0 || this.#folded !== 'yes') return;
    this.#folded = 'no';
    this.sysctls.want(OWNER, []);
  }

  #fold(value: number): void {
    this.#folded = this.#exempt.size > 0 ? 'yes' : 'no';
    if (this.#exempt.size === 0 || value === 0) return;
    const raised = ['default'];
    for (const { name, loopback } of this.inventory.allLinks())
      if (!loopback && !this.#exempt.has(name)) raised.push(name);
    this.sysctls.want(OWNER, [
      ...raised.map((name): WantedSysctl => {
        return { operation: 'raise', name: interfaceSysctl('ipv4', name, 'rp_filter'), value };
      }),
      { operation: 'set', name: ALL, value: 0 },
    ]);
  }
}
