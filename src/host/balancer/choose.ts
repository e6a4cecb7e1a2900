/**
 * Which data plane carries the connections: the one that is configured, or with `auto` IPVS where the kernel has it or can
 * load it, and else nftables. Chosen once, when first something is asked; what is asked meanwhile waits. DESIGN section 2.
 */
import type { DataPlane } from '../../config/model-globals.js';
import type { BalancerEffect } from '../../core/lvs/balancer.js';
import type { Balancer } from '../../ports/balancer.js';
import { IpvsBalancer, type IpvsOptions, NO_IPVS } from './ipvs/ipvs-balancer.js';
import { NftBalancer } from './nftables/nft-balancer.js';

export function chooseBalancer(plane: DataPlane, options: IpvsOptions): Balancer {
  if (plane === 'auto') return new ChosenBalancer(options);
  return plane === 'ipvs' ? new IpvsBalancer(options) : new NftBalancer(options);
}

/** Ours, so that no answer to the engine is mistaken for it. */
const PROBE = -1;

class ChosenBalancer implements Balancer {
  readonly #options: IpvsOptions;
  #chosen: Balancer | undefined;
  #ipvs: IpvsBalancer | undefined;
  readonly #waiting: BalancerEffect[] = [];

  constructor(options: IpvsOptions) {
    this.#options = options;
  }

  run(effect: BalancerEffect): void {
    if (this.#chosen) this.#chosen.run(effect);
    else {
      this.#waiting.push(effect);
      if (!this.#ipvs) this.#probe();
    }
  }

  #probe(): void {
    const ipvs = new IpvsBalancer({
      ...this.#options,
      feed: (input) => {
        if (input.request !== PROBE) this.#options.feed(input);
        else if (!this.#chosen)
          this.#choose(
            input.kind === 'balancer-table' && input.error?.code === NO_IPVS.code ? undefined : ipvs,
          );
      },
    });
    this.#ipvs = ipvs;
    ipvs.run({ kind: 'read-balancer', request: PROBE, services: [], statistics: false });
  }

  /** Undefined: there is no IPVS. */
  #choose(ipvs: IpvsBalancer | undefined): void {
    const chosen = ipvs ?? new NftBalancer(this.#options);
    this.#chosen = chosen;
    if (!ipvs) void this.#ipvs?.close();
    this.#options.log(
      'notice',
      ipvs ? 'Balancing by IPVS' : 'Balancing by nftables, since this kernel has no IPVS',
    );
    for (const effect of this.#waiting.splice(0)) chosen.run(effect);
  }

  step(): void {
    (this.#chosen ?? this.#ipvs)?.step();
  }

  async close(): Promise<void> {
    this.#waiting.length = 0;
    await (this.#chosen ?? this.#ipvs)?.close();
  }
}
