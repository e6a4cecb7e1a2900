/**
 * Operations that were asked for together, carried out in turns: each turn is one transaction about whole services, or
 * about a part of one that has very many changes; within a service servers come before others go, so every part leaves it
 * whole. Where the kernel refuses one, its services are tried one by one, a turn each. How a transaction is made and sent
 * is decided in nft-balancer.ts.
 */
import { MAX_NFT_OPERATIONS, MAX_NFT_SERVICE_OPERATIONS } from '../../../base/limits.js';
import type { Failure } from '../../../core/inputs.js';
import type { BalancerResult } from '../../../core/lvs/balancer.js';
import type { BalancerOperation } from '../../../core/lvs/plan.js';
import { type ServiceIdentity, type ServiceKey, serviceKeyOf } from '../../../core/lvs/table.js';
import { shownOperation } from '../refusals.js';
import type { Draft, DraftRefusal } from './draft.js';
import { meaningOf } from './draft.js';
import type { NftService } from './rules.js';

export type Touched = ReadonlyMap<ServiceKey, NftService | undefined>;

/** What carries out a part. */
export interface Means {
  /** On what stands now. */
  draft(): Draft;
  /** One transaction; what is refused is as it was before. */
  commit(touched: Touched): Failure | undefined;
  /** Whether servers may come in several transactions: clients of an earlier life need theirs at once. */
  mayBeParted(): boolean;
}

/** Operations of one turn, and what became of them so far. */
interface Part {
  readonly operations: readonly BalancerOperation[];
  readonly refusals: readonly (DraftRefusal | undefined)[];
  readonly failures: Map<ServiceKey, Failure>;
  /** Services that are still to be tried by themselves. */
  readonly left: [ServiceKey, NftService | undefined][];
}

export class ApplyJob {
  readonly #operations: readonly BalancerOperation[];
  #refused: Part | undefined;
  readonly results: BalancerResult[] = [];

  constructor(
    readonly request: number,
    operations: readonly BalancerOperation[],
  ) {
    this.#operations = operations;
  }

  get done(): boolean {
    return this.results.length === this.#operations.length;
  }

  /** What is done in one turn. */
  step(means: Means): void {
    if (this.#refused) this.#tryNext(this.#refused, means);
    else this.#tryPart(means);
  }

  #tryPart(means: Means): void {
    const draft = means.draft();
    const operations = this.#part(means);
    const refusals = draft.apply(operations);
    const { touched } = draft;
    const part: Part = { operations, refusals, failures: new Map(), left: [...touched] };
    const failure = touched.size === 0 ? undefined : means.commit(touched);
    const [first] = part.left;
    if (failure && touched.size > 1) this.#refused = part;
    else {
      if (failure && first) part.failures.set(first[0], failure);
      this.#settle(part);
    }
  }

  #tryNext(part: Part, means: Means): void {
    const next = part.left.shift();
    const failure = next && means.commit(new Map([next]));
    if (failure) part.failures.set(next[0], failure);
    if (part.left.length > 0) return;
    this.#refused = undefined;
    this.#settle(part);
  }

  #settle({ operations, refusals, failures }: Part): void {
    for (const [i, operation] of operations.entries()) {
      const refusal = refusals[i];
      const subject = subjectOf(operation);
      const failure = refusal
        ? meaningOf(refusal)
        : subject === undefined
          ? failures.values().next().value
          : failures.get(subject);
      if (!failure) this.results.push({ operation });
      else {
        const { code, message } = failure;
        this.results.push({
          operation,
          error: { code, message: `${shownOperation(operation)}: ${message}` },
        });
      }
    }
  }

  #part(means: Means): readonly BalancerOperation[] {
    const all = this.#operations;
    const from = this.results.length;
    let until = Math.min(all.length, from + MAX_NFT_OPERATIONS);
    const last = all[until - 1];
    const isWhole = last !== undefined && (!means.mayBeParted() || hasNoPort(last));
    const most = isWhole ? all.length : from + MAX_NFT_SERVICE_OPERATIONS;
    while (until < Math.min(all.length, most) && subjectOf(all[until]) === subjectOf(last)) until++;
    return all.slice(from, until);
  }
}

/** Servers of such a service have all a port or none: those with one may take the place of those without only at once. */
function hasNoPort(operation: BalancerOperation): boolean {
  const identity = identityOf(operation);
  return identity !== undefined && (identity.kind !== 'address' || identity.port === 0);
}

/** What an operation is about: operations of one service go together. */
function subjectOf(operation: BalancerOperation | undefined): ServiceKey | undefined {
  const identity = operation && identityOf(operation);
  return identity && serviceKeyOf(identity);
}

function identityOf(operation: BalancerOperation): ServiceIdentity | undefined {
  if ('service' in operation) return operation.service.identity;
  return 'identity' in operation ? operation.identity : undefined;
}
