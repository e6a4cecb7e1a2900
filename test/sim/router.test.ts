/** The four steps around an engine (DESIGN section 3), with a machine that only takes notes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../../src/base/ip-address.js';
import { MAX_PACKETS_PER_TURN } from '../../src/base/limits.js';
import { Prng } from '../../src/base/prng.js';
import type { Instant, Moment } from '../../src/base/time.js';
import type { Configuration } from '../../src/config/model.js';
import type { Effect } from '../../src/core/effects.js';
import type { Input } from '../../src/core/inputs.js';
import type { Machine } from '../../src/core/machine.js';
import { Agenda } from '../../src/sim/agenda.js';
import { RouterClock } from '../../src/sim/clock.js';
import { flightOf } from '../../src/sim/flight.js';
import { generateCluster } from '../../src/sim/generator.js';
import { Network } from '../../src/sim/network.js';
import { plugIn } from '../../src/sim/plug.js';
import { EndlessTurn, type Observer, Router } from '../../src/sim/router.js';

class Notes implements Machine {
  nextDeadline: Instant | undefined;
  readonly seen: { readonly kind: Input['kind']; readonly now: number; readonly held: number }[] = [];
  answer: (input: Input, moment: Moment) => Effect[] = () => [];

  handle(moment: Moment, input: Input, effects: Effect[]): void {
    const held = input.kind === 'timeout' ? (input.held?.length ?? 0) : 0;
    this.seen.push({ kind: input.kind, now: moment.now, held });
    if (input.kind === 'timeout' && held === 0) this.nextDeadline = undefined;
    effects.push(...this.answer(input, moment));
  }
  get kinds(): string[] {
    return this.seen.map(({ kind }) => kind);
  }
}

const blind: Observer = {
  booted() {},
  died() {},
  handled() {},
  notifyEnded() {},
  applying() {},
  turned() {},
};
const GROUP = '224.0.0.18' as IpAddress;

function stage() {
  const agenda = new Agenda();
  const network = new Network(agenda, new Prng(1));
  const notes = new Notes();
  const [configuration] = generateCluster(new Prng(1)).configurations as readonly [Configuration];
  const clock = new RouterClock(5_000_000, 0, 0);
  const factory = (): Machine => notes;
  const world = { agenda, prng: new Prng(2), network, factory, observer: blind, trace: undefined };
  const router = new Router(0, 'r1', clock, configuration, world);
  plugIn(router, 100);
  network.plug('lan0', router);
  router.boot();
  agenda.runUntil(1_000);
  const index = router.kernel.linkOf('eth0')?.index ?? 0;
  const id = `${index}/ipv4`;
  router.kernel.sockets.open({
    id,
    family: 'ipv4',
    interfaceIndex: index,
    groups: [GROUP],
    virtualRouterIds: [51],
  });
  const bytes = new Uint8Array(28);
  bytes[0] = 0x45;
  bytes[21] = 51;
  const packet = (): void => {
    router.receive('lan0', flightOf({ source: '10.0.0.9' as IpAddress, destination: GROUP, bytes }, 1));
  };
  return { agenda, notes, router, packet };
}

test('a daemon starts with the kernel as it is', () => {
  const { notes } = stage();
  assert.deepEqual(notes.kinds, ['start']);
});

test('time comes when the clock shows it, never early, and only once per asking', () => {
  const { agenda, notes, router } = stage();
  notes.nextDeadline = (5_000_000 + 2_000_000) as Instant;
  router.feed({ kind: 'send-failed', instance: 'x', error: { code: 'ENOBUFS', message: '' } });
  agenda.runUntil(1_999_000);
  assert.equal(notes.kinds.includes('timeout'), false);
  agenda.runUntil(2_010_000);
  const fired = notes.seen.filter(({ kind }) => kind === 'timeout');
  assert.equal(fired.length, 1);
  assert.ok((fired[0]?.now ?? 0) >= 7_000_000);
});

test('a stalled loop does nothing; when it wakes it reads before it lets time pass', () => {
  const { agenda, notes, router, packet } = stage();
  notes.nextDeadline = (5_000_000 + 1_000_000) as Instant;
  router.stall(3_000_000);
  agenda.runUntil(2_000_000);
  packet();
  agenda.runUntil(2_999_000);
  assert.deepEqual(notes.kinds, ['start']);
  agenda.runUntil(3_100_000);
  assert.deepEqual(notes.kinds, ['start', 'packet', 'timeout']);
});

test('a turn reads a bounded number; channels with more are held until they are read', () => {
  const { agenda, notes, router, packet } = stage();
  router.stall(1_000_000);
  notes.nextDeadline = (5_000_000 + 500_000) as Instant;
  for (let n = 0; n < MAX_PACKETS_PER_TURN + 1; n++) packet();
  agenda.runUntil(1_100_000);
  const rest = notes.seen.slice(1);
  const timeouts = rest.flatMap(({ kind, held }, at) => (kind === 'timeout' ? [{ at, held }] : []));
  assert.deepEqual(timeouts, [
    { at: MAX_PACKETS_PER_TURN, held: 1 },
    { at: MAX_PACKETS_PER_TURN + 2, held: 0 },
  ]);
});

test('a dead daemon is told nothing that was on its way', () => {
  const { agenda, notes, router } = stage();
  notes.answer = (input) =>
    input.kind === 'send-failed' ? [{ kind: 'apply-addresses', request: 1, operations: [] }] : [];
  router.feed({ kind: 'send-failed', instance: 'x', error: { code: 'ENOBUFS', message: '' } });
  agenda.runUntil(agenda.now + router.pace.latency);
  assert.equal(router.unanswered, 1);
  router.kill();
  router.boot();
  agenda.runUntil(2_000_000);
  assert.deepEqual(notes.kinds, ['start', 'send-failed', 'start']);
});

test('a machine that asks for the same instant for ever is an error, not a hang', () => {
  const { agenda, notes, router } = stage();
  notes.answer = () => {
    notes.nextDeadline = 1 as Instant;
    return [];
  };
  router.feed({ kind: 'send-failed', instance: 'x', error: { code: 'ENOBUFS', message: '' } });
  assert.throws(() => agenda.runUntil(1_000_000), EndlessTurn);
});
