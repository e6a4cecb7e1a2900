/**
 * The variables of a session (RFC 5880 section 6.8.1) before anything was heard and after nothing is heard any more, and
 * corners of its timing (6.8.3, 6.8.7).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../src/base/time.js';
import { jittered } from '../../../src/core/bfd/intervals.js';
import { decodeBfdControl } from '../../../src/wire/bfd-control.js';
import { configurationOf } from '../../support/configuration.js';
import type { Rig } from '../rig.js';
import { packets, raised, sessionOf, started, withLines } from './rig-session.js';

const reload = (rig: Rig, lines: string): Rig =>
  rig.handle({ kind: 'reload', configuration: configurationOf(withLines(lines)) });

test('before anything was heard', () => {
  const rig = started();
  const sent = rig.effects.flatMap((effect) => (effect.kind === 'send-bfd' ? effect.bytes : []));
  assert.equal(sent.length, 1);
  const packet = decodeBfdControl(sent[0] ?? new Uint8Array());
  assert.ok(packet.ok);
  const { state, diagnostic, yourDiscriminator, desiredMinTx, demand, poll } = packet.value;
  assert.deepEqual([state, diagnostic, yourDiscriminator, desiredMinTx], ['Down', 0, 0, 1_000_000]);
  assert.deepEqual([demand, poll], [false, false]);
  // Nothing is known of the neighbour, who may be sent to as often as we like, and is not waited for.
  const { remote, transmitInterval, detectionTime } = sessionOf(rig);
  assert.deepEqual([remote, transmitInterval, detectionTime], [undefined, 1_000_000, 0]);
});

test('a neighbour that falls silent while the session is down is forgotten, too', () => {
  const rig = raised();
  // It holds the session down: no packets for it.
  rig.bfd('b', { state: 'Down', requiredMinRx: 0 });
  rig.take();
  rig.wait(2.99);
  assert.deepEqual(packets(rig), []);
  assert.equal(sessionOf(rig).remote?.discriminator, 77);
  rig.wait(0.02);
  assert.equal(sessionOf(rig).remote, undefined);
  assert.deepEqual(packets(rig), ['Down diag 3 mult 3 tx 1000 rx 10']);
});

test('a shorter interval that has passed already', () => {
  const rig = raised();
  rig.bfd('b', { state: 'Up', requiredMinRx: 500_000, detectMultiplier: 255 });
  rig.wait(0.2);
  rig.take();
  rig.bfd('b', { state: 'Up' });
  rig.wait(0.0001);
  assert.deepEqual(packets(rig), ['Up mult 3 tx 10 rx 10 knows']);
});

test('jitter with a multiplier of 1', () => {
  for (let n = 0; n < 1000; n++) {
    const interval = jittered(milliseconds(10), 1, n / 1000);
    assert.ok(interval >= 7500 && interval <= 9000, `${interval}`);
  }
});

test('a change while a Poll is under way has a Poll of its own', () => {
  const rig = raised();
  reload(rig, ' min_tx 100');
  rig.take();
  reload(rig, ' min_tx 100\n min_rx 5');
  assert.equal(sessionOf(rig).detectionTime, 30_000);
  // A Final that may answer the first Poll confirms nothing of the second change.
  rig.bfd('b', { state: 'Up', final: true });
  assert.deepEqual([sessionOf(rig).polling, sessionOf(rig).detectionTime], [false, 30_000]);
  rig.bfd('b', { state: 'Up', final: true });
  assert.equal(sessionOf(rig).polling, false);
  rig.take();
  rig.bfd('b', { state: 'Up' });
  assert.equal(sessionOf(rig).polling, true);
  assert.deepEqual(packets(rig), ['Up P mult 3 tx 100 rx 5 knows']);
  assert.equal(sessionOf(rig).detectionTime, 30_000);
  rig.bfd('b', { state: 'Up', final: true });
  assert.deepEqual([sessionOf(rig).transmitInterval, sessionOf(rig).detectionTime], [100_000, 30_000]);
  rig.bfd('b', { state: 'Up', desiredMinTx: 5000 });
  assert.equal(sessionOf(rig).detectionTime, 15_000);
});

test('the detection time counts from the arrival of a packet that waited to be read', () => {
  const rig = raised();
  rig.wait(0.01);
  rig.bfd('b', { state: 'Up', waited: 600 });
  rig.wait(0.0293);
  assert.equal(sessionOf(rig).state, 'Up');
  rig.wait(0.0002);
  assert.equal(sessionOf(rig).state, 'Down');
});

test('how long packets may wait to be read: as the fastest session of the port allows', () => {
  const patience = (lines: string): unknown[] =>
    started(lines).effects.flatMap((effect) =>
      effect.kind === 'listen-bfd' ? effect.listener.patience : [],
    );
  assert.deepEqual(patience(''), [10_000]);
  assert.deepEqual(patience('min_rx 50\n min_tx 50'), [50_000]);
  assert.deepEqual(patience('min_rx 50\n min_tx 20'), [20_000]);
});
