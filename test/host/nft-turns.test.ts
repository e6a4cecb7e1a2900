/** How much of a large table one turn of the plane nftables does: by how many services, and by how large they are. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { MAX_NFT_READ_SERVERS, MAX_NFT_READS } from '../../src/base/limits.js';
import type { Service } from '../../src/core/lvs/table.js';
import { inTurns } from '../../src/host/balancer/nftables/turns.js';
import { createNetworkNamespace, withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { nftPilot, server, table, web } from './nft-stage.js';
import { namespacesMissing, rootMissing } from './rig.js';

test('many small services share a turn, a large one has it alone, and none is left out', () => {
  const parts = (sizes: readonly number[]): number[][] => [...inTurns(sizes, (size) => size)];
  const small = Array.from({ length: 20 }, () => 10);
  assert.deepEqual(
    parts(small).map(({ length }) => length),
    [MAX_NFT_READS, MAX_NFT_READS, 20 - 2 * MAX_NFT_READS],
  );
  const half = MAX_NFT_READ_SERVERS / 2;
  const huge = MAX_NFT_READ_SERVERS * 10;
  assert.deepEqual(parts([1, huge, half, half, half, 0]), [[1], [huge], [half, half], [half, 0]]);
  assert.deepEqual(parts([]), []);
});

test('a look at large services, and their return, take turns by their size', {
  skip: namespacesMissing || rootMissing,
}, async () => {
  const made = createNetworkNamespace();
  assert.ok(made.ok);
  const pilot = nftPilot(made.value);
  const shell = (text: string): void =>
    void withNetworkNamespace(made.value, () => execFileSync('nft', [text]));
  const servers = Array.from({ length: 1000 }, (_, i) => server(`10.1.${i >> 8}.${i & 255}`));
  const services = Array.from({ length: 4 }, (_, i): Service => {
    const { identity } = web;
    return { ...web, identity: { ...identity, port: 80 + i } as Service['identity'] };
  });
  const wanted = table(...services.map((one) => [one, ...servers] as [Service, ...typeof servers]));
  await pilot.reach(wanted);
  await pilot.read();
  const turnsOf = async (meddle: string): Promise<number> => {
    shell(meddle);
    const before = pilot.turns;
    assert.equal((await pilot.read()).error, undefined);
    return pilot.turns - before;
  };
  // Each answer about a thousand elements comes in parts, and each service in a turn of its own.
  assert.ok((await turnsOf('add table ip stranger')) > 2 * services.length);
  assert.deepEqual(pilot.logs, []);
  assert.ok((await turnsOf('flush ruleset')) > services.length);
  assert.deepEqual(await pilot.reach(wanted), []);
  await pilot.reach(table());
  await pilot.balancer.close();
});
