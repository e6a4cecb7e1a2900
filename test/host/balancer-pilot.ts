/** Asks a data plane as the engine would, and awaits its answers; the turns of the loop are made here. */
import assert from 'node:assert/strict';
import type { BalancerInput, BalancerResult, BalancerTable } from '../../src/core/lvs/balancer.js';
import { type BalancerOperation, everythingOf, planTable } from '../../src/core/lvs/plan.js';
import { type ServiceIdentity, type Table, tableOf } from '../../src/core/lvs/table.js';
import { Poller } from '../../src/host/linux/poller.js';
import type { Balancer, BalancerFeed } from '../../src/ports/balancer.js';

export class BalancerPilot {
  readonly balancer: Balancer;
  readonly logs: string[] = [];
  /** Turns of the loop that were asked for. */
  turns = 0;
  #request = 0;
  #closed = false;
  readonly #waiting = new Map<number, (input: BalancerInput) => void>();

  constructor(
    make: (seams: {
      poller: Poller;
      feed: BalancerFeed;
      requestTurn: () => void;
      log: (level: string, text: string) => void;
    }) => Balancer,
  ) {
    const poller = new Poller();
    poller.onWake(() => poller.poll());
    const inner = make({
      poller,
      feed: (input) => {
        this.#waiting.get(input.request)?.(input);
        this.#waiting.delete(input.request);
      },
      requestTurn: () => {
        this.turns++;
        setImmediate(() => {
          if (!this.#closed) this.balancer.step();
        });
      },
      log: (level, text) => this.logs.push(`${level}: ${text}`),
    });
    this.balancer = {
      run: (effect) => inner.run(effect),
      step: () => inner.step(),
      close: async () => {
        this.#closed = true;
        await inner.close();
        poller.close();
      },
    };
  }

  async apply(operations: readonly BalancerOperation[]): Promise<readonly BalancerResult[]> {
    const request = ++this.#request;
    const answer = new Promise<BalancerInput>((resolve) => this.#waiting.set(request, resolve));
    this.balancer.run({ kind: 'apply-balancer', request, operations });
    const input = await answer;
    assert.equal(input.kind, 'balancer-applied');
    assert.deepEqual(
      input.results.map(({ operation }) => operation),
      operations,
    );
    return input.results;
  }

  /** As apply(); the test fails where anything is refused. */
  async done(operations: readonly BalancerOperation[]): Promise<void> {
    const refused = (await this.apply(operations)).flatMap(({ error }) => (error ? [error.message] : []));
    assert.deepEqual(refused, []);
  }

  async read(
    options: { statistics?: boolean; services?: readonly ServiceIdentity[] } = {},
  ): Promise<{ table: BalancerTable; error?: { code: string; message: string } }> {
    const request = ++this.#request;
    const answer = new Promise<BalancerInput>((resolve) => this.#waiting.set(request, resolve));
    const { services, statistics = false } = options;
    this.balancer.run({
      kind: 'read-balancer',
      request,
      statistics,
      ...(services ? { services } : {}),
    });
    const input = await answer;
    assert.equal(input.kind, 'balancer-table');
    return { table: input.table, ...(input.error ? { error: input.error } : {}) };
  }

  /** Makes the table what is wanted, from whatever is there; the operations that it took. */
  async reach(wanted: Table): Promise<readonly BalancerOperation[]> {
    const { table, error } = await this.read();
    assert.equal(error, undefined);
    const observed = tableOf(table.services);
    const operations = planTable(wanted, observed, everythingOf(wanted, observed));
    if (operations.length > 0) await this.done(operations);
    return operations;
  }
}
