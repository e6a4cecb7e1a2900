/**
 * How much of a storm the plane nftables takes on in one turn: transactions, services and operations are counted, with the
 * kernel left out. That pieces come to what was asked for is nft-balancer.test.ts's.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_NFT_OPERATIONS, MAX_NFT_SERVICE_OPERATIONS } from '../../src/base/limits.js';
import { type BalancerOperation, everythingOf, planTable } from '../../src/core/lvs/plan.js';
import type { Service, ServiceKey, Table } from '../../src/core/lvs/table.js';
import { ApplyJob, type Means, type Touched } from '../../src/host/balancer/nftables/apply-job.js';
import { Draft } from '../../src/host/balancer/nftables/draft.js';
import type { NftService } from '../../src/host/balancer/nftables/rules.js';
import { server, table, web } from './nft-stage.js';
import { ip } from './rig.js';

const service = (i: number): Service => ({
  ...web,
  identity: { kind: 'address', protocol: 'TCP', address: ip(`192.0.2.${i}`), port: 80 },
});
const many = (services: number, servers: number, from = 0): Table =>
  table(
    ...Array.from({ length: services }, (_, i): Parameters<typeof table>[number] => [
      service(i),
      ...Array.from({ length: servers - from }, (_, j) =>
        server(`10.${i}.${(from + j) >> 8}.${(from + j) & 255}`),
      ),
    ]),
  );
const change = (wanted: Table, observed: Table): BalancerOperation[] =>
  planTable(wanted, observed, everythingOf(wanted, observed));

interface Turn {
  readonly transactions: number;
  readonly services: number;
  /** Servers that came, went or changed. */
  readonly changes: number;
}

/** A plane that keeps what it is told, and refuses a transaction that has one of `refused` in it. */
class Plane {
  readonly services = new Map<ServiceKey, NftService>();
  turns: Turn[] = [];
  refused: ReadonlySet<string> = new Set();
  parted = true;
  #number = 0;

  do(operations: readonly BalancerOperation[]): ApplyJob {
    const job = new ApplyJob(1, operations);
    this.turns = [];
    while (!job.done) {
      let transactions = 0;
      let services = 0;
      let changes = 0;
      const commit = (touched: Touched): { code: string; message: string } | undefined => {
        transactions++;
        services = Math.max(services, touched.size);
        const wrong = [...touched.keys()].some((key) => this.refused.has(key));
        if (wrong) return { code: 'ENOMEM', message: 'no memory' };
        for (const [key, after] of touched) {
          const before = this.services.get(key)?.servers;
          const now = after?.servers;
          for (const one of new Set([...(before?.keys() ?? []), ...(now?.keys() ?? [])]))
            if (before?.get(one)?.destination !== now?.get(one)?.destination) changes++;
          if (after) this.services.set(key, after);
          else this.services.delete(key);
        }
        return undefined;
      };
      const means: Means = {
        draft: () => new Draft(this.services, () => ++this.#number, 'holdfast_balancer'),
        commit,
        mayBeParted: () => this.parted,
      };
      job.step(means);
      this.turns.push({ transactions, services, changes });
    }
    assert.deepEqual(
      job.results.map(({ operation }) => operation),
      operations,
      'each operation is answered, in order',
    );
    return job;
  }

  servers(): number {
    return [...this.services.values()].reduce((sum, { servers }) => sum + servers.size, 0);
  }
}

describe('2,000 servers die at once', () => {
  test('however many services they are of, no turn does more than its part', () => {
    for (const [services, servers] of [
      [200, 10],
      [20, 100],
      [2, 1000],
      [1, 2000],
    ] as const) {
      const plane = new Plane();
      const full = many(services, servers);
      plane.do(change(full, table()));
      for (const [wanted, observed] of [
        [many(services, 0), full],
        [full, many(services, 0)],
      ] as const) {
        plane.do(change(wanted, observed));
        for (const { transactions, changes } of plane.turns) {
          assert.equal(transactions, 1);
          assert.ok(changes <= MAX_NFT_SERVICE_OPERATIONS, `${changes} changes in a turn`);
          if (servers <= 10) assert.ok(changes < MAX_NFT_OPERATIONS + servers, 'of small services fewer');
        }
      }
      assert.equal(plane.servers(), 2000);
    }
  });

  test('a kernel that refuses is asked about one service in each turn', () => {
    const plane = new Plane();
    const [full, empty] = [many(200, 10), many(200, 0)];
    plane.do(change(full, table()));
    plane.refused = new Set([...plane.services.keys()].slice(7, 9));
    const { results } = plane.do(change(empty, full));
    assert.ok(plane.turns.every(({ transactions }) => transactions === 1));
    assert.ok(plane.turns.some(({ services, changes }) => services === 1 && changes === 10));
    const failed = results.filter(({ error }) => error);
    assert.equal(failed.length, 20);
    assert.equal(plane.servers(), failed.length, 'and the others are as they were asked for');
  });
});

test('within a service servers come before others go, also in parts', () => {
  const plane = new Plane();
  const [old, fresh] = [many(1, 1000), many(1, 2000, 1000)];
  plane.do(change(old, table()));
  let least = Number.POSITIVE_INFINITY;
  const job = new ApplyJob(1, change(fresh, old));
  while (!job.done) {
    job.step({
      draft: () => new Draft(plane.services, () => 1, 'holdfast_balancer'),
      commit: (touched) => {
        for (const [key, after] of touched) {
          least = Math.min(least, after?.servers.size ?? 0);
          if (after) plane.services.set(key, after);
        }
        return undefined;
      },
      mayBeParted: () => true,
    });
  }
  assert.equal(least, 1000);
  assert.equal(plane.servers(), 1000);
});

test('what takes the place of an earlier life is not parted: clients need their servers at once', () => {
  const plane = new Plane();
  plane.parted = false;
  plane.do(change(many(1, 1000), table()));
  assert.equal(plane.turns.length, 1);
});

test('nor is a service without a port: servers with one take the place of those without only together', () => {
  const all: Service = {
    ...web,
    identity: { kind: 'address', protocol: 'TCP', address: ip('192.0.2.1'), port: 0 },
  };
  const ported = (port: number): Table => {
    const servers = Array.from({ length: 300 }, (_, i) => server(`10.0.${i >> 8}.${i & 255}`));
    return table([all, ...servers.map((one) => ({ ...one, port }))]);
  };
  const plane = new Plane();
  plane.do(change(ported(0), table()));
  const { results } = plane.do(change(ported(8080), ported(0)));
  assert.deepEqual(
    results.filter(({ error }) => error),
    [],
  );
  assert.equal(plane.servers(), 300);
});
