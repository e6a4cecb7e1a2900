/** What is kept of servers for a later life: who is dead or drained, until that has passed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant, WallTime } from '../../src/base/time.js';
import type { BalancerEvent } from '../../src/core/lvs/effects.js';
import { KnownServers } from '../../src/daemon/lvs/known-servers.js';

const [service, server] = ['[192.0.2.1]:tcp:80', '[10.1.0.1]:tcp:80'];
const turned = (state: 'UP' | 'DOWN', more: Partial<BalancerEvent> = {}): BalancerEvent => ({
  ...{ type: 'server', service, server, state, reason: '', at: 0 as Instant, wall: 0 as WallTime },
  ...more,
});
const drain = (drained: boolean) => ({ ask: 'drain', drained, places: [{ service, server }] }) as const;
const entry = (alive: boolean | undefined, drained: boolean) => ({
  ...{ service, server, drained },
  ...(alive === undefined ? {} : { alive }),
});

test('who is dead or drained is known, who is neither is not; what changes nothing is no news', () => {
  const known = new KnownServers();
  assert.equal(known.happened(turned('UP')), false);
  assert.equal(known.happened(turned('DOWN')), true);
  assert.equal(known.happened(turned('DOWN')), false);
  assert.deepEqual(known.all, [entry(false, false)]);
  assert.deepEqual(known.drained, []);
  assert.equal(known.answered(drain(true)), true);
  assert.equal(known.happened(turned('UP')), true);
  assert.deepEqual(known.all, [entry(undefined, true)]);
  assert.equal(known.answered(drain(false)), true);
  assert.deepEqual(known.all, []);
});

test('who is dead and drained is only drained after a stop; who was taken away by a reload is forgotten', () => {
  const known = new KnownServers([entry(false, true)]);
  assert.deepEqual(known.drained, [entry(undefined, true)]);
  assert.equal(known.happened(turned('DOWN', { type: 'service' })), false);
  assert.equal(
    known.happened(turned('UP', { stopping: true })),
    false,
    'the end of a life says nothing of it',
  );
  assert.equal(known.happened(turned('DOWN', { gone: true })), true);
  assert.deepEqual(known.all, []);
});

test('what a start does not come to by itself is known, too: who is alive with alpha, a quorum with hysteresis', () => {
  const known = new KnownServers();
  assert.equal(known.happened(turned('UP', { kept: true })), true);
  assert.equal(known.happened(turned('UP', { kept: true })), false);
  const { server: _, ...ofService } = turned('UP', { type: 'service', kept: true });
  assert.equal(known.happened(ofService), true);
  assert.deepEqual(known.all, [entry(true, false), { service, alive: true, drained: false }]);
  assert.deepEqual(known.drained, []);
  assert.equal(known.answered(drain(true)), true);
  assert.equal(known.answered(drain(false)), true);
  assert.deepEqual(known.all[0], entry(true, false));
  assert.equal(known.happened({ ...ofService, state: 'DOWN' }), true);
  assert.equal(known.happened(turned('DOWN')), true);
  assert.deepEqual(known.all, [entry(false, false)]);
});
