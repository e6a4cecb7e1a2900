/**
 * Which data plane carries the connections: the one that is configured, or with `auto` IPVS where the kernel has it or can
 * load it, and lets us use it, and else nftables. Chosen once, when first something is asked; what is asked meanwhile waits. DESIGN section 2.
 */
import type { DataPlane } from '../../config/model-globals.js';
import type { BalancerEffect, BalancerInput } from '../../core/lvs/balancer.js';
import type { Balancer } from '../../ports/balancer.js';
import { IpvsBalancer, type IpvsOptions, NO_IPVS } from './ipvs/ipvs-balancer.js';
import { NftBalancer, type NftBalancerOptions } from './nftables/nft-balancer.js';

type Options = IpvsOptions & NftBalancerOptions;

export function chooseBalancer(plane: DataPlane, options: Options): Balancer {
  if (plane === 'auto') return new ChosenBalancer(options);
  return plane === 'ipvs' ? new IpvsBalancer(options) : new NftBalancer(options);
}

/** Ours, so that no answer to the engine is mistaken for it. */
const PROBE = -1;

/** Why IPVS cannot be taken; undefined: it can, or what is wrong may pass. */
function obstacle(input: BalancerInput): string | undefined {
  const code = input.kind === 'balancer-table' ? input.error?.code : undefined;
  if (code === NO_IPVS.code) return 'this kernel has no IPVS';
  // In a user namespace kernels before 6.9 give IPVS to nobody, root included.
  return code === 'EPERM' ? 'this kernel does not let us use its IPVS' : undefined;
}

class ChosenBalancer implements Balancer {
  readonly #options: Options;
  #chosen: Balancer | undefined;
  #ipvs: IpvsBalancer | undefined;
  readonly #waiting: BalancerEffect[] = [];

  constructor(options: Options) {
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
        else if (!this.#chosen) {
          const why = obstacle(input);
          if (why === undefined) this.#choose(ipvs, 'Balancing by IPVS');
          else this.#choose(undefined, `Balancing by nftables, since ${why}`);
        }
      },
    });
    this.#ipvs = ipvs;
    ipvs.run({ kind: 'read-balancer', request: PROBE, services: [], statistics: false });
  }

  /** Undefined: there is no IPVS. */
  #choose(ipvs: IpvsBalancer | undefined, words: string): void {
    const chosen = ipvs ?? new NftBalancer(this.#options);
    this.#chosen = chosen;
    if (!ipvs) void this.#ipvs?.close();
    this.#options.log('notice', words);
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
