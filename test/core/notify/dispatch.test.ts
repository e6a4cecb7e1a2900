/** Notify scripts: order, one at a time, passing over, STOP first. Directives-vrrp section 11; DESIGN rule 9. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, wallTime } from '../../../src/base/time.js';
import type { Command } from '../../../src/config/model.js';
import { Deadlines } from '../../../src/core/deadlines.js';
import type { Effect, NotifyState } from '../../../src/core/effects.js';
import { notifyCommands } from '../../../src/core/notify/content.js';
import { NOTIFY_PATIENCE, NotifyDispatch, NotifyQueue } from '../../../src/core/notify/dispatch.js';
import { Outbox } from '../../../src/core/outbox.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';

const command = (...argv: [string, ...string[]]): Command => ({ argv });
const OK = { kind: 'exit', code: 0 } as const;

class Bench {
  readonly outbox = new Outbox();
  readonly deadlines = new Deadlines();
  readonly dispatch = new NotifyDispatch(this.outbox, this.deadlines);
  readonly queue = new NotifyQueue({ name: 'VI_1' }, this.dispatch);
  readonly started: string[] = [];
  readonly logs: string[] = [];
  #run = 0;

  add(state: NotifyState, ...names: [string, ...string[]]): this {
    this.queue.add(
      state,
      names.map((name) => command(name)),
    );
    return this.#read();
  }
  finish(): this {
    this.dispatch.finished(this.#run, OK);
    return this.#read();
  }
  pass(seconds: number): this {
    const now = instant(this.outbox.now + seconds * 1e6);
    this.outbox.begin({ now, wall: wallTime(0) });
    this.deadlines.fire(now);
    return this.#read();
  }
  #read(): this {
    const effects: Effect[] = [];
    this.outbox.flush(effects);
    for (const effect of effects) {
      if (effect.kind === 'log') this.logs.push(effect.text);
      if (effect.kind !== 'run-notify') continue;
      this.started.push(effect.command.argv.join(' '));
      this.#run = effect.run;
    }
    return this;
  }
}

test('one at a time, in the order of the transitions', () => {
  const bench = new Bench().add('BACKUP', 'b1', 'b2').add('MASTER', 'm');
  assert.deepEqual(bench.started, ['b1']);
  bench.finish();
  assert.deepEqual(bench.started, ['b1', 'b2']);
  bench.finish().finish();
  assert.deepEqual(bench.started, ['b1', 'b2', 'm']);
  assert.equal(bench.queue.idle, true);
});

test('states passed through while a script runs are left out, whole, and the last state runs last', () => {
  const bench = new Bench();
  const states: NotifyState[] = ['MASTER', 'BACKUP'];
  for (let n = 0; n < 40; n++) bench.add(states[n % 2] ?? 'FAULT', `s${n}a`, `s${n}b`);
  for (let n = 0; n < 10; n++) bench.finish();
  assert.deepEqual(bench.started, ['s0a', 's0b', 's39a', 's39b']);
  assert.equal(bench.logs.filter((text) => text.includes('left out')).length, 1);
  assert.ok(bench.logs.some((text) => text.includes('76 notify runs')));
});

test('a script for an event is no state: it waits on', () => {
  const bench = new Bench().add('BACKUP', 'b');
  bench.queue.addEvent('MASTER_RX_LOWER_PRI', command('event'));
  bench.add('MASTER', 'm').add('FAULT', 'f');
  for (let n = 0; n < 4; n++) bench.finish();
  assert.deepEqual(bench.started, ['b', 'event', 'f']);
});

test('STOP passes over what waits, and nothing comes after it', () => {
  const bench = new Bench().add('BACKUP', 'b').add('MASTER', 'm').add('STOP', 's').add('BACKUP', 'late');
  bench.finish().finish();
  assert.deepEqual(bench.started, ['b', 's']);
  assert.equal(bench.queue.idle, true);
});

test('STOP goes before the rest of a state whose scripts have begun', () => {
  const bench = new Bench().add('MASTER', 'm1', 'm2').add('STOP', 's1', 's2');
  for (let n = 0; n < 4; n++) bench.finish();
  assert.deepEqual(bench.started, ['m1', 's1', 's2']);
});

test('of an event that comes again and again one run waits', () => {
  const bench = new Bench().add('MASTER', 'm');
  for (let n = 0; n < 5; n++) bench.queue.addEvent('MASTER_RX_LOWER_PRI', command('event'));
  for (let n = 0; n < 5; n++) bench.finish();
  assert.deepEqual(bench.started, ['m', 'event']);
});

test('an event that a flood of packets makes runs its script once a second, and once for all that came meanwhile', () => {
  const bench = new Bench();
  const event = (): void => bench.queue.addEvent('MASTER_RX_LOWER_PRI', command('event'));
  for (let tenth = 0; tenth < 30; tenth++) {
    event();
    bench.finish().pass(0.1);
  }
  assert.equal(bench.started.length, 4);
  bench.finish().pass(5);
  assert.equal(bench.started.length, 4);
  event();
  event();
  bench.finish().add('BACKUP', 'b').finish().pass(5);
  assert.deepEqual(bench.started.slice(4), ['event', 'b'], 'what happened before the state is over with it');
});

test('a script that takes too long is reported and overtaken, and its end means nothing any more', () => {
  const bench = new Bench().add('BACKUP', 'slow').add('MASTER', 'm').add('FAULT', 'f');
  bench.pass(NOTIFY_PATIENCE / 1e6 - 0.001);
  assert.deepEqual(bench.started, ['slow']);
  bench.pass(0.001);
  assert.deepEqual(bench.started, ['slow', 'f']);
  assert.ok(bench.logs.some((text) => text.includes('slow') && text.includes('30s')));
  bench.add('BACKUP', 'b');
  bench.dispatch.finished(1, OK);
  bench.pass(0);
  assert.deepEqual(bench.started, ['slow', 'f'], 'the overtaken one does not start the next');
});

test('at a stop the running script holds STOP up for a second only', () => {
  const bench = new Bench().add('BACKUP', 'slow').add('STOP', 's').pass(1);
  assert.deepEqual(bench.started, ['slow', 's']);
});

test('a script that could not run is said, and the next one runs', () => {
  const bench = new Bench().add('BACKUP', 'b').add('MASTER', 'm');
  bench.dispatch.finished(1, { kind: 'failed', error: { code: 'ENOENT', message: 'no such file' } });
  bench.pass(0);
  assert.deepEqual(bench.started, ['b', 'm']);
  assert.ok(bench.logs.some((text) => text.includes('no such file')));
});

test('the state script as configured, then the generic one with four more arguments', () => {
  const settings = { master: command('/bin/m', 'x'), any: { ...command('/bin/any', 'y'), user: 'root' } };
  assert.deepEqual(notifyCommands(settings, 'INSTANCE', 'VI_1', 'MASTER', 120), [
    { argv: ['/bin/m', 'x'] },
    { argv: ['/bin/any', 'y', 'INSTANCE', 'VI_1', 'MASTER', '120'], user: 'root' },
  ]);
  assert.deepEqual(
    notifyCommands(settings, 'GROUP', 'VG_1', 'STOP', 0).map(({ argv }) => argv.join(' ')),
    ['/bin/any y GROUP VG_1 STOP 0'],
  );
});

test('the story of the seed: FAULT with a priority of 244, and MASTER again', () => {
  const text = single(
    'track_script {\n chk\n }',
    'vrrp_script chk {\n script /bin/chk\n interval 1\n fall 3\n rise 3\n }',
  ).replace('priority 100', 'priority 244');
  const rig = new Rig(text);
  rig.outcomes.set('chk', OK);
  rig.start().wait(4.5);
  rig.outcomes.set('chk', { kind: 'exit', code: 1 });
  rig.wait(3);
  rig.outcomes.set('chk', OK);
  rig.wait(8);
  const told = rig.lines
    .filter((line) => line.includes('run /bin/tell'))
    .map((line) => line.replace(/^\S+ /, ''));
  assert.deepEqual(told, [
    'run /bin/tell INSTANCE VI_1 BACKUP 244',
    'run /bin/tell INSTANCE VI_1 MASTER 244',
    'run /bin/tell INSTANCE VI_1 FAULT 244',
    'run /bin/tell INSTANCE VI_1 BACKUP 244',
    'run /bin/tell INSTANCE VI_1 MASTER 244',
  ]);
});

test('a state that was told is not told again by a reload', () => {
  const rig = new Rig(pair()).start().wait(4);
  rig.take();
  rig.handle({ kind: 'reload', configuration: rig.configuration }).wait(0.1);
  assert.deepEqual(
    rig.lines.filter((line) => line.includes('run ')),
    [],
  );
});
