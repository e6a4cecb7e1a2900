/** The four steps of DESIGN section 3 with a host and a machine that only take notes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ANSWER_ROUNDS, MAX_AWAKE_WAITS, MAX_HELD_TURNS, MAX_UNSAID } from '../../src/base/limits.js';
import { type Instant, instant, type Moment, wallTime } from '../../src/base/time.js';
import type { Effect } from '../../src/core/effects.js';
import type { Input } from '../../src/core/inputs.js';
import type { Machine } from '../../src/core/machine.js';
import {
  AWAKE_LEAD,
  HURRY_LEAD,
  Loop,
  REHEARSAL_LASTS,
  REHEARSAL_LEAD,
  REHEARSAL_TIME,
} from '../../src/daemon/loop.js';
import type { Feed, Host, HostEffect } from '../../src/ports/ports.js';

class FakeHost implements Host {
  now = 0;
  waiting: Input[] = [];
  answered: Input[] = [];
  full: string[] = [];
  /** What passes with every look at the sockets, microseconds. */
  pace = 0;
  armed: Instant | undefined;
  ran: string[] = [];
  wake: () => void = () => {};
  onRun: () => void = () => {};
  onLog: () => void = () => {};
  moment(): Moment {
    return { now: instant(this.now), wall: wallTime(this.now) };
  }
  async inventory() {
    return { links: [], addresses: [] };
  }
  onWake(wake: () => void): void {
    this.wake = wake;
  }
  drain(feed: Feed): readonly string[] {
    this.now += this.pace;
    for (const input of this.waiting.splice(0)) feed(input);
    return this.full;
  }
  run(effects: readonly HostEffect[]): void {
    this.ran.push(...effects.map((effect) => effect.kind));
    this.onRun();
  }
  answers(feed: Feed): void {
    for (const input of this.answered.splice(0)) feed(input);
  }
  arm(deadline: Instant | undefined): void {
    this.armed = deadline;
  }
  async close(): Promise<void> {}
}

class FakeMachine implements Machine {
  nextDeadline: Instant | undefined;
  nextIsTakeover = false;
  inputs: Input[] = [];
  react: (input: Input, effects: Effect[]) => void = () => {};
  handle(_moment: Moment, input: Input, effects: Effect[]): void {
    this.inputs.push(input);
    this.react(input, effects);
  }
  get kinds(): string[] {
    return this.inputs.map((input) => input.kind);
  }
}

function setUp() {
  const host = new FakeHost();
  const machine = new FakeMachine();
  const said: string[] = [];
  const loop = new Loop(host, machine, {
    log: (level, text) => {
      said.push(`${level}: ${text}`);
      host.onLog();
    },
    event: (event) => said.push(`event: ${event.type}`),
    prepare: () => said.push('prepared'),
    rehearse: () => said.push('rehearsed'),
    hurry: () => said.push('hurried'),
    relax: () => said.push('relaxed'),
    late: () => {},
    stopped: () => said.push('stopped'),
  });
  return { host, machine, loop, said };
}

const start: Input = { kind: 'start', links: [], addresses: [] };
const packet: Input = {
  kind: 'packet',
  packet: { family: 'ipv4', interfaceIndex: 1, bytes: new Uint8Array() },
};
const cancel: Effect = { kind: 'cancel-check', script: 's' };

test('what waits in the sockets is handled before a deadline that is due', () => {
  const { host, machine } = setUp();
  host.now = 100;
  machine.nextDeadline = instant(50);
  machine.react = (input) => {
    if (input.kind === 'packet') machine.nextDeadline = instant(500);
  };
  host.waiting.push(packet);
  host.wake();
  assert.deepEqual(machine.kinds, ['packet']);
  assert.equal(host.armed, 500);
});

test('a deadline that is due fires after the drain, one that is not does not', () => {
  const { host, machine } = setUp();
  machine.react = (input) => {
    if (input.kind === 'timeout') machine.nextDeadline = instant(200);
  };
  machine.nextDeadline = instant(100);
  host.now = 99;
  host.wake();
  assert.deepEqual(machine.kinds, []);
  assert.equal(host.armed, 100);
  host.now = 100;
  host.waiting.push(packet);
  host.wake();
  assert.deepEqual(machine.kinds, ['packet', 'timeout']);
  assert.equal(host.armed, 200);
});

test('timeouts repeat while another deadline is due, within a bound', () => {
  const { host, machine } = setUp();
  let next = 0;
  machine.nextDeadline = instant(0);
  machine.react = () => {
    next++;
    machine.nextDeadline = instant(next < 5 ? next : 1000);
  };
  host.now = 100;
  host.wake();
  assert.equal(machine.kinds.length, 5);
  next = 0;
  machine.inputs = [];
  machine.react = () => {
    next += 1e-3;
    machine.nextDeadline = next as Instant;
  };
  machine.nextDeadline = instant(0);
  host.wake();
  assert.ok(machine.kinds.length <= 64, 'a machine that is always due must not keep the loop');
});

test('effects go to the host in order and before anything is said; the end comes last', () => {
  const { host, machine, loop, said } = setUp();
  host.onRun = () => said.push('ran');
  machine.react = (_input, effects) => {
    effects.push(
      { kind: 'log', level: 'info', text: 'first' },
      cancel,
      { kind: 'stopped' },
      { kind: 'close-channel', channel: 'c' },
      { kind: 'log', level: 'error', text: 'second' },
    );
  };
  loop.offer(start);
  assert.deepEqual(host.ran, ['cancel-check', 'close-channel']);
  assert.deepEqual(said, ['ran', 'info: first', 'error: second', 'stopped']);
});

test('what the kernel answers at once is acted on in the same turn, before anything is said', () => {
  const { host, machine, loop, said } = setUp();
  host.onRun = () => {
    said.push(`ran ${host.ran.at(-1)}`);
    if (host.ran.at(-1) === 'apply-addresses')
      host.answered.push({ kind: 'addresses-applied', request: 1, results: [] });
  };
  const log = (text: string): Effect => ({ kind: 'log', level: 'info', text });
  machine.react = (input, effects) => {
    if (input.kind === 'start')
      effects.push(log('asked'), { kind: 'apply-addresses', request: 1, operations: [] });
    else if (input.kind === 'addresses-applied') effects.push(cancel, log('done'));
  };
  loop.offer(start);
  assert.deepEqual(said, ['ran apply-addresses', 'ran cancel-check', 'info: asked', 'info: done']);
});

test('answers that call for more and more answers leave the turn after a bound', () => {
  const { host, machine, loop } = setUp();
  host.onRun = () => host.answered.push({ kind: 'addresses-applied', request: 1, results: [] });
  machine.react = (_input, effects) => effects.push({ kind: 'apply-addresses', request: 1, operations: [] });
  loop.offer(start);
  assert.equal(host.ran.length, MAX_ANSWER_ROUNDS);
  assert.equal(host.answered.length, 1);
});

test('an input offered from within an outlet is handled, after the turn that offered it', () => {
  const host = new FakeHost();
  const machine = new FakeMachine();
  const order: string[] = [];
  const loop: Loop = new Loop(host, machine, {
    log: () => {
      order.push('log');
      loop.offer({ kind: 'stop', reason: 'test' });
      order.push('offered');
    },
    event: () => {},
    prepare: () => {},
    rehearse: () => {},
    hurry: () => {},
    relax: () => {},
    late: () => {},
    stopped: () => {},
  });
  machine.react = (input, effects) => {
    order.push(input.kind);
    if (input.kind === 'start') effects.push({ kind: 'log', level: 'info', text: '' });
  };
  loop.offer(start);
  assert.deepEqual(order, ['start', 'log', 'offered', 'stop']);
});

test('channels with unread packets hold their deadlines for a bounded number of turns', () => {
  const { host, machine, loop } = setUp();
  host.full = ['1/ipv4'];
  host.now = 100;
  machine.nextDeadline = instant(50);
  for (let turn = 0; turn < MAX_HELD_TURNS; turn++) loop.turn();
  assert.equal(machine.inputs.length, MAX_HELD_TURNS);
  const read = instant(100);
  for (const input of machine.inputs) assert.deepEqual(input, { kind: 'timeout', held: ['1/ipv4'], read });
  loop.turn();
  assert.deepEqual(machine.inputs.at(-1), { kind: 'timeout', read });
  // Once it was read empty, the count begins anew.
  host.full = [];
  loop.turn();
  host.full = ['1/ipv4'];
  loop.turn();
  assert.deepEqual(machine.inputs.at(-1), { kind: 'timeout', held: ['1/ipv4'], read });
  loop.end();
});

test('a deadline that came while the sockets were read is told when that began, and comes in the next turn', () => {
  const { host, machine, loop } = setUp();
  host.now = 100;
  host.pace = 40_000;
  machine.nextDeadline = instant(30_000);
  loop.turn();
  assert.deepEqual(machine.inputs, [{ kind: 'timeout', read: 100 }]);
  // Not answered: it stays due, and the timer wakes us for it at once.
  assert.equal(host.armed, 30_000);
  host.pace = 0;
  loop.turn();
  assert.deepEqual(machine.inputs.at(-1), { kind: 'timeout', read: 40_100 });
  loop.end();
});

test('with packets unread the next turn follows without a timer', async () => {
  const { host, machine, loop } = setUp();
  host.full = ['1/ipv4'];
  machine.nextDeadline = instant(1_000_000);
  host.wake();
  assert.equal(host.armed, undefined);
  host.full = [];
  host.waiting.push(packet);
  await new Promise((next) => setImmediate(next));
  assert.deepEqual(machine.kinds, ['packet']);
  assert.equal(host.armed, 1_000_000);
  loop.end();
});

test('having slept past a deadline is said, with how long', () => {
  const { host, machine, said } = setUp();
  machine.nextDeadline = instant(1_000_000);
  host.wake();
  machine.nextDeadline = instant(9_000_000);
  host.now = 1_400_000;
  host.wake();
  assert.deepEqual(said, []);
  machine.nextDeadline = instant(19_000_000);
  host.now = 12_500_000;
  host.wake();
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^warning: .*3\.5s/);
});

test('after the end nothing is handled any more', () => {
  const { host, machine, loop } = setUp();
  loop.end();
  host.waiting.push(packet);
  host.wake();
  loop.offer(start);
  assert.deepEqual(machine.inputs, []);
  assert.equal(host.armed, undefined);
});

/** A machine that takes over once, `wait` microseconds from now. */
function beforeTakeover(wait: number) {
  const all = setUp();
  const { host, machine, loop } = all;
  host.now = 1_000_000;
  machine.react = (input) => {
    if (input.kind === 'timeout') machine.nextDeadline = undefined;
  };
  loop.offer(start);
  machine.nextDeadline = instant(host.now + wait);
  machine.nextIsTakeover = true;
  loop.turn();
  return all;
}

/** It wakes for the takeover at 2 s and rehearses, sleeps, and wakes again in time; a look at the clock takes 0.4 ms. */
function waitForTakeover(host: FakeHost): void {
  host.pace = 400;
  for (const lead of [REHEARSAL_LEAD, HURRY_LEAD]) {
    host.now = 2_000_000 - lead;
    host.wake();
  }
}

test('before a takeover it wakes to rehearse, once, then in time, and does not sleep again until it is due', () => {
  const { host, machine, said } = beforeTakeover(1_000_000);
  assert.equal(host.armed, 2_000_000 - REHEARSAL_LEAD);
  host.now = Number(host.armed);
  host.wake();
  assert.deepEqual(said, ['prepared', 'rehearsed']);
  assert.equal(host.armed, 2_000_000 - HURRY_LEAD, 'it sleeps');
  host.now = Number(host.armed);
  host.pace = 40;
  host.wake();
  assert.deepEqual(said, ['prepared', 'rehearsed', 'hurried', 'relaxed']);
  assert.deepEqual(machine.kinds, ['start', 'timeout']);
  assert.equal(host.armed, undefined);
});

test('what comes between rehearsal and takeover is done as ever, and nobody is forgotten', () => {
  const { host, machine, said } = beforeTakeover(1_000_000);
  machine.react = (input, effects) => {
    if (input.kind === 'packet') effects.push({ kind: 'log', level: 'info', text: 'a line' });
    if (input.kind === 'timeout') machine.nextDeadline = undefined;
  };
  host.now = Number(host.armed);
  host.wake();
  host.now += 1000;
  host.waiting.push(packet);
  host.wake();
  // A line may take longer than it should: others get the processor for it.
  assert.deepEqual(said, ['prepared', 'rehearsed', 'relaxed', 'info: a line']);
  assert.equal(host.armed, 2_000_000 - HURRY_LEAD);
  host.now = Number(host.armed);
  host.pace = 40;
  host.wake();
  assert.deepEqual(said.slice(4), ['hurried', 'relaxed']);
});

test('another deadline that comes before the takeover ends the preference until its last moment', () => {
  const { host, machine, said } = beforeTakeover(1_000_000);
  host.now = Number(host.armed);
  host.wake();
  machine.nextDeadline = instant(1_995_000);
  machine.nextIsTakeover = false;
  host.wake();
  assert.deepEqual(said, ['prepared', 'rehearsed', 'relaxed']);
  assert.equal(host.armed, 1_995_000);
});

test('a takeover that comes due while the sockets are read is not slept over: they are read again, once', () => {
  const { host, machine } = beforeTakeover(1_000_000);
  const due = instant(2_000_000);
  const reads: (number | undefined)[] = [];
  machine.react = (input) => {
    if (input.kind !== 'timeout') return;
    reads.push(input.read);
    machine.nextDeadline = undefined;
  };
  waitForTakeover(host);
  // The machine is not asked before: the answer would cost a tenth of a millisecond, and be no.
  assert.deepEqual(
    reads.map((read) => (read ?? 0) >= due),
    [true],
  );
  assert.equal(host.armed, undefined);
});

test('an advert that comes after the rehearsal is heard at once, and it sleeps again', () => {
  const { host, machine, said } = beforeTakeover(1_000_000);
  machine.react = (input) => {
    if (input.kind === 'packet') machine.nextDeadline = instant(9_000_000);
  };
  host.now = Number(host.armed);
  host.pace = 400;
  said.push = (...lines) => {
    if (lines.includes('rehearsed')) host.waiting.push(packet);
    return Array.prototype.push.apply(said, lines);
  };
  host.wake();
  assert.deepEqual([...said], ['prepared', 'rehearsed', 'relaxed']);
  assert.deepEqual(machine.kinds, ['start', 'packet']);
  assert.equal(host.armed, 9_000_000 - REHEARSAL_LEAD);
});

test('an advert that becomes due while lines are said leaves before the rest of them', () => {
  const { host, machine, loop, said } = setUp();
  host.onRun = () => said.push('ran');
  host.onLog = () => {
    host.now += 1;
  };
  machine.react = (input, effects) => {
    if (input.kind === 'timeout') {
      machine.nextDeadline = undefined;
      effects.push(cancel, { kind: 'log', level: 'info', text: 'fourth' });
      return;
    }
    machine.nextDeadline = instant(1);
    for (const text of ['first', 'second', 'third']) effects.push({ kind: 'log', level: 'info', text });
    effects.push({ kind: 'stopped' });
  };
  loop.offer(start);
  assert.deepEqual(said, ['info: first', 'ran', 'info: second', 'info: third', 'info: fourth', 'stopped']);
});

test('where too much waits to be said, it is said first', () => {
  const { host, machine, loop, said } = setUp();
  host.onRun = () => said.push('ran');
  host.onLog = () => {
    host.now += 1;
  };
  machine.react = (input, effects) => {
    machine.nextDeadline = input.kind === 'timeout' ? undefined : instant(1);
    if (input.kind === 'timeout') effects.push(cancel);
    else for (let n = 0; n < MAX_UNSAID + 10; n += 1) effects.push({ kind: 'log', level: 'info', text: '' });
  };
  loop.offer(start);
  assert.equal(said.indexOf('ran'), 10);
});

test('one rehearsal does for all takeovers of the next second', () => {
  const { host, machine, said } = beforeTakeover(1_000_000);
  waitForTakeover(host);
  machine.nextDeadline = instant(host.now + 500_000);
  host.wake();
  assert.equal(host.armed, Number(machine.nextDeadline) - AWAKE_LEAD);
  machine.nextDeadline = instant(host.now + REHEARSAL_LASTS);
  host.wake();
  assert.equal(host.armed, Number(machine.nextDeadline) - REHEARSAL_LEAD);
  assert.deepEqual(said, ['prepared', 'rehearsed', 'hurried', 'relaxed']);
});

test('the takeovers of that second are waited for awake, without a rehearsal; but not more than some of them', () => {
  const { host, machine, said } = beforeTakeover(1_000_000);
  waitForTakeover(host);
  host.pace = 50;
  for (let n = 0; n < MAX_AWAKE_WAITS; n++) {
    said.length = 0;
    machine.nextDeadline = instant(host.now + 20_000);
    host.wake();
    for (const lead of [AWAKE_LEAD, HURRY_LEAD]) {
      assert.equal(host.armed, Number(machine.nextDeadline) - lead);
      host.now = Number(host.armed);
      host.wake();
    }
    assert.deepEqual(said, ['prepared', 'hurried', 'relaxed']);
    assert.equal(machine.nextDeadline, undefined);
  }
  said.length = 0;
  machine.nextDeadline = instant(host.now + 20_000);
  host.wake();
  assert.equal(host.armed, machine.nextDeadline);
  host.now = Number(host.armed);
  host.wake();
  assert.deepEqual(said, []);
});

test('nothing is rehearsed where there is no time for it, or where nothing is taken over', () => {
  const late = beforeTakeover(1_000_000);
  late.host.now = 2_000_000 - REHEARSAL_TIME + 1;
  late.host.wake();
  assert.deepEqual(late.said, ['prepared']);
  assert.equal(late.host.armed, 2_000_000 - HURRY_LEAD);
  const advert = beforeTakeover(1_000_000);
  advert.machine.nextIsTakeover = false;
  advert.host.wake();
  assert.equal(advert.host.armed, 2_000_000);
  advert.host.now = 2_000_000 - REHEARSAL_LEAD;
  advert.host.wake();
  assert.deepEqual(advert.said, []);
});

test('a takeover that is held for unread adverts is not waited for without sleep', () => {
  const { host, machine, loop, said } = beforeTakeover(1_000_000);
  machine.react = () => {};
  host.full = ['1/ipv4'];
  waitForTakeover(host);
  assert.deepEqual(said, ['prepared', 'rehearsed', 'hurried', 'relaxed']);
  assert.ok(host.now >= 2_000_000);
  loop.end();
});
