/** The pace of announcements: queues per interface and per group, bounds, and what is forgotten. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../../../src/base/ip-address.js';
import { MAX_FRAMES_PER_TICK } from '../../../src/base/limits.js';
import { instant, seconds, wallTime } from '../../../src/base/time.js';
import { Deadlines } from '../../../src/core/deadlines.js';
import type { Effect } from '../../../src/core/effects.js';
import { type Announced, Announcer } from '../../../src/core/net/announcer.js';
import { Inventory } from '../../../src/core/net/inventory.js';
import { Outbox } from '../../../src/core/outbox.js';
import { configurationOf } from '../../support/configuration.js';
import { link } from '../../support/machine.js';

class Bench {
  readonly outbox = new Outbox();
  readonly deadlines = new Deadlines();
  readonly inventory = new Inventory();
  readonly announcer = new Announcer(this.inventory, this.outbox, this.deadlines);
  now = 1e6;
  sent: string[] = [];

  constructor(text: string) {
    for (const one of [
      link(2, 'eth0'),
      link(3, 'eth1'),
      link(4, 'vrrp.51', { kind: 'macvlan', parent: 2 }),
      link(5, 'ppp0', { noArp: true }),
    ])
      this.inventory.linkPresent(one);
    this.configure(text);
  }

  configure(text: string): void {
    this.turn(() => this.announcer.configure(configurationOf(text)));
  }
  announce(rounds: number, ...all: Announced[]): this {
    return this.turn(() => this.announcer.announce(all, rounds));
  }
  forget(...all: Announced[]): this {
    return this.turn(() => this.announcer.forget(all));
  }
  /** Until nothing is due any more, or these milliseconds have passed. */
  wait(ms: number): this {
    const end = this.now + ms * 1000;
    for (
      let next = this.deadlines.earliest;
      next !== undefined && next <= end;
      next = this.deadlines.earliest
    ) {
      this.now = Math.max(this.now, next);
      this.turn(() => this.deadlines.fire(instant(this.now)));
    }
    this.now = end;
    return this;
  }
  take(): string[] {
    return this.sent.splice(0);
  }

  private turn(act: () => void): this {
    const effects: Effect[] = [];
    this.outbox.begin({ now: instant(this.now), wall: wallTime(0) });
    act();
    this.outbox.flush(effects);
    for (const effect of effects) {
      assert.equal(effect.kind, 'send-frame');
      if (effect.kind !== 'send-frame') continue;
      const v4 = effect.etherType === 0x0806;
      const last = effect.bytes[v4 ? 27 : 63];
      this.sent.push(`${(this.now - 1e6) / 1000} ${v4 ? 'garp' : 'na'} ${last} @${effect.interfaceIndex}`);
    }
    return this;
  }
}

const at = (interfaceIndex: number, text: string, state = 'present'): Announced => ({
  state,
  wanted: { interfaceIndex, address: text as IpAddress },
});
const A = at(2, '10.0.0.1');
const B = at(2, '10.0.0.2');
const C = at(3, '10.0.0.3');
const SIX = at(2, '2001:db8::6');

const globals = (lines: string): string => `global_defs {\n ${lines}\n}\n`;

test('without an interval a burst is one batch, round by round', () => {
  const bench = new Bench('').announce(2, A, B, SIX);
  assert.deepEqual(bench.take(), [
    '0 garp 1 @2',
    '0 garp 2 @2',
    '0 na 6 @2',
    '0 garp 1 @2',
    '0 garp 2 @2',
    '0 na 6 @2',
  ]);
  assert.equal(bench.deadlines.earliest, undefined);
});

test('a burst of many addresses goes on in the next turns, every address first once', () => {
  const all = Array.from({ length: 1000 }, (_, i) => at(2, `10.0.${i >> 8}.${i & 255}`));
  const bench = new Bench('').announce(3, ...all);
  assert.equal(bench.take().length, MAX_FRAMES_PER_TICK);
  assert.equal(bench.wait(1).take().length, MAX_FRAMES_PER_TICK);
  assert.equal(bench.announce(1, A).take().length, 0, 'the tick is used up');
  assert.equal(bench.wait(10).take().length, 3001 - 2 * MAX_FRAMES_PER_TICK);
  assert.equal(bench.announce(1, A).take().length, 1);
  assert.equal(bench.deadlines.earliest, undefined);
});

test('a global interval holds for each interface by itself, and for one kind', () => {
  const bench = new Bench(globals('vrrp_garp_interval 0.01')).announce(2, A, B, C, SIX).wait(100);
  assert.deepEqual(bench.take(), [
    '0 garp 1 @2',
    '0 garp 3 @3',
    '0 na 6 @2',
    '0 na 6 @2',
    '10 garp 2 @2',
    '10 garp 3 @3',
    '20 garp 1 @2',
    '30 garp 2 @2',
  ]);
});

test('neighbour advertisements have an interval of their own', () => {
  const bench = new Bench(globals('vrrp_gna_interval 0.02')).announce(2, A, SIX).wait(100);
  assert.deepEqual(bench.take(), ['0 garp 1 @2', '0 garp 1 @2', '0 na 6 @2', '20 na 6 @2']);
});

test('a group shares one budget, and its interfaces keep no other', () => {
  const text = `${globals('vrrp_garp_interval 0.5\n vrrp_gna_interval 0.5')}
garp_group {
  garp_interval 0.01
  interfaces {
    eth0
    eth1
  }
}
`;
  const bench = new Bench(text).announce(1, A, B, C, SIX).wait(100);
  assert.deepEqual(bench.take(), ['0 garp 1 @2', '0 na 6 @2', '10 garp 2 @2', '20 garp 3 @3']);
});

test('a virtual interface stands on the pace of its base', () => {
  const bench = new Bench(globals('vrrp_garp_interval 0.01')).announce(1, A, at(4, '10.0.0.4')).wait(50);
  assert.deepEqual(bench.take(), ['0 garp 1 @2', '10 garp 4 @4']);
});

test('the pace goes on between bursts', () => {
  const bench = new Bench(globals('vrrp_garp_interval 0.01')).announce(1, A).wait(4).announce(1, B).wait(50);
  assert.deepEqual(bench.take(), ['0 garp 1 @2', '10 garp 2 @2']);
  bench.announce(1, A);
  assert.deepEqual(bench.take(), ['54 garp 1 @2']);
});

test('asking again and again lets no more rounds wait than are asked for', () => {
  const bench = new Bench(globals('vrrp_garp_interval 0.01'));
  for (let n = 0; n < 100; n++) bench.announce(3, A, B);
  assert.equal(bench.wait(1000).take().length, 7);
});

test('who is forgotten is not announced, and the others are', () => {
  const bench = new Bench(globals('vrrp_garp_interval 0.01')).announce(2, A, B).forget(A).wait(100);
  assert.deepEqual(bench.take(), ['0 garp 1 @2', '10 garp 2 @2', '20 garp 2 @2']);
  bench.announce(2, A).forget(A, B).wait(100);
  assert.equal(bench.take().length, 1);
  assert.equal(bench.deadlines.earliest, undefined);
});

test('what is gone when its turn comes is left out, without waiting for it', () => {
  const going = { state: 'present', wanted: A.wanted };
  const bench = new Bench(globals('vrrp_garp_interval 0.01')).announce(2, B, going);
  going.state = 'deleting';
  assert.deepEqual(bench.wait(100).take(), ['0 garp 2 @2', '10 garp 2 @2']);
});

test('intervals below a millisecond are kept on average', () => {
  const all = Array.from({ length: 25 }, (_, i) => at(2, `10.0.0.${i}`));
  const bench = new Bench(globals('vrrp_garp_interval 0.0001')).announce(1, ...all);
  assert.equal(bench.take().length, 10);
  assert.equal(bench.wait(1).take().length, 10);
  assert.equal(bench.wait(1).take().length, 5);
  assert.equal(bench.deadlines.earliest, undefined);
});

test('a late process does not catch up', () => {
  const bench = new Bench(globals('vrrp_garp_interval 0.01')).announce(5, A);
  bench.take();
  bench.now += seconds(1);
  assert.equal(bench.wait(0).take().length, 1);
  assert.equal(bench.wait(10).take().length, 1);
});

test('a reload changes the pace of those who wait', () => {
  const bench = new Bench(globals('vrrp_garp_interval 1')).announce(2, A, B);
  bench.take();
  bench.configure(globals('vrrp_garp_interval 0.01'));
  assert.deepEqual(bench.wait(100).take(), ['0 garp 2 @2', '10 garp 2 @2', '20 garp 1 @2']);
  bench.announce(2, A, B);
  bench.take();
  bench.configure('');
  assert.equal(bench.take().length, 3);
});

test('interfaces without ARP, without hardware address or unknown have nobody to tell', () => {
  const bench = new Bench('').announce(3, at(5, '10.0.0.5'), at(9, '10.0.0.9'), at(2, '10.0.0.7', 'absent'));
  assert.deepEqual(bench.take(), []);
});
