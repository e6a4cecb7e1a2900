/**
 * Which data plane carries the connections: the one that is configured, or with `auto` IPVS where the kernel has it or can
 * load it, and lets us use it, and else nftables. Chosen once, when first something is asked; what is asked meanwhile waits. DESIGN section 2.
 */
import type { DataPlane } from '../../config/model-globals.js';
import type { Failure } from '../../core/inputs.js';
import type { BalancerEffect, BalancerInput } from '../../core/lvs/balancer.js';
import type { Balancer } from '../../ports/balancer.js';
import { IpvsBalancer, type IpvsOptions, NO_IPVS } from './ipvs/ipvs-balancer.js';
import { nftablesIsThere, removeNftTables } from './nftables/left-behind.js';
import { NftBalancer, type NftBalancerOptions } from './nftables/nft-balancer.js';
import { LOAD_NFTABLES } from './refusals.js';

type Options = IpvsOptions &
  NftBalancerOptions & {
    /** Whether the kernel has nftables; by default it is asked. */
    readonly hasNftables?: () => boolean;
  };

export function chooseBalancer(plane: DataPlane, options: Options): Balancer {
  if (plane === 'auto') return new ChosenBalancer(options);
  return plane === 'ipvs' ? new IpvsAlone(options) : new NftBalancer(options);
}

/** What an earlier life left of the other plane goes first: it would take the packets before IPVS sees them. */
class IpvsAlone extends IpvsBalancer {
  readonly #options: Options;
  #first = true;

  constructor(options: Options) {
    super(options);
    this.#options = options;
  }

  override run(effect: BalancerEffect): void {
    if (this.#first) removeNftTables(this.#options);
    this.#first = false;
    super.run(effect);
  }
}

const NEITHER: Failure = {
  code: NO_IPVS.code,
  message: `this kernel has neither IPVS nor nftables; load one of them: modprobe ip_vs, or ${LOAD_NFTABLES}`,
};

/** The answer where there is no data plane. */
function refusalOf(effect: BalancerEffect): BalancerInput {
  const { request } = effect;
  if (effect.kind === 'read-balancer') {
    const table = { services: [], daemons: [], timeouts: {}, ours: [] };
    return { kind: 'balancer-table', request, table, error: NEITHER };
  }
  const results = effect.operations.map((operation) => ({ operation, error: NEITHER }));
  return { kind: 'balancer-applied', request, results };
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
          else if ((this.#options.hasNftables ?? nftablesIsThere)())
            this.#choose(undefined, `Balancing by nftables, since ${why}`);
          else this.#refuse();
        }
      },
    });
    this.#ipvs = ipvs;
    ipvs.run({ kind: 'read-balancer', request: PROBE, services: [], statistics: false });
  }

  /** There is neither; whatever is asked next looks again. */
  #refuse(): void {
    void this.#ipvs?.close();
    this.#ipvs = undefined;
    for (const effect of this.#waiting.splice(0)) this.#options.feed(refusalOf(effect));
  }

  /** Undefined: there is no IPVS. */
  #choose(ipvs: IpvsBalancer | undefined, words: string): void {
    const chosen = ipvs ?? new NftBalancer(this.#options);
    this.#chosen = chosen;
    if (ipvs) removeNftTables(this.#options);
    else void this.#ipvs?.close();
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
