/**
 * How the kernel shows the rules that we wrote, chain by chain: it words them in its own way, other versions in other ways,
 * so what it says once, while nobody else was at it, is what it shall say later. When that is learnt, and what follows
 * from another answer, is decided in nft-balancer.ts.
 */
import type { NftStep } from '../../../wire/netlink/nftables/batch.js';
import type { OurFamily } from './rules.js';

export class WrittenRules {
  readonly #shown = new Map<string, string>();

  /** Undefined: we wrote them, and have not asked since. */
  of(family: OurFamily, chain: string): string | undefined {
    return this.#shown.get(`${family} ${chain}`);
  }

  learn(family: OurFamily, chain: string, shown: string): void {
    this.#shown.set(`${family} ${chain}`, shown);
  }

  /** A transaction of ours was done: how its rules are shown is not known. */
  done(steps: readonly NftStep[]): void {
    for (const { verb, object } of steps) {
      if (object.kind === 'rule' || (object.kind === 'chain' && verb === 'delete'))
        this.#shown.delete(`${object.family} ${object.chain}`);
      else if (object.kind === 'table' && verb === 'delete')
        for (const key of this.#shown.keys())
          if (key.startsWith(`${object.family} `)) this.#shown.delete(key);
    }
  }
}
