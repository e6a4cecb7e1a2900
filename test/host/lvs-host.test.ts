/** The host of the load balancer's process, as its loop sees it. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LvsInput } from '../../src/core/lvs/inputs.js';
import { createLvsHost } from '../../src/host/lvs-host.js';
import { closedPort, serve, tcp } from './checks/rig.js';

/** The kernel may put off what it does for loopback, now and then. */
const CHECKS = 20;

test('what a check learns while it connects is told in the turn that began it, at the time of that turn', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  const host = createLvsHost({
    log: () => {},
    balancer: 'ipvs',
    serviceMemory: join(folder, 'services'),
    scriptMemory: join(folder, 'scripts'),
    answer: () => {},
    tableStands: () => {},
  });
  assert.ok(host.ok);
  const { value: world } = host;
  const { port } = await serve(() => {});
  const ports = [port, await closedPort()];
  const told = new Map<number, string>();
  const feed = (input: LvsInput): void => {
    if (input.kind === 'check-verdict') told.set(input.checker, input.verdict.kind);
  };
  for (let checker = 0; checker < CHECKS; checker++) {
    world.drain(feed);
    const begun = world.moment();
    world.run([
      { kind: 'define-checker', checker, settings: tcp(ports[checker % 2] ?? 0) },
      { kind: 'start-check', checker, part: 0 },
    ]);
    world.answers(feed);
    assert.equal(world.moment(), begun);
    world.arm(undefined);
  }
  await world.close();
  assert.ok(told.size > CHECKS / 2, `${told.size} of ${CHECKS}`);
  for (const [checker, kind] of told) assert.equal(kind, checker % 2 === 0 ? 'good' : 'bad');
});
