// The configurations that the benchmark makes are what they say: so many services or instances, and no mistakes
// in them, as telling those would be measured instead of reading.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badInput } from '../../bench/cases/bad-input.js';
import { instances, virtualServers } from '../../bench/cases/configuration.js';
import { trackers } from '../../bench/tracker-scene.js';
import { CODES } from '../../src/config/codes.js';
import { load } from '../config/support.js';

test('virtual servers with five checked servers each, forty lines a service', () => {
  const text = virtualServers(300);
  const { configuration, diagnostics } = load(text);
  assert.equal(text.split('\n').length - 1, 300 * 40);
  assert.equal(configuration?.virtualServers.length, 300);
  for (const { realServers } of configuration?.virtualServers ?? []) {
    assert.equal(realServers.length, 5);
    for (const { checkers } of realServers)
      assert.deepEqual(
        checkers.map(({ kind }) => kind),
        ['HTTP_GET'],
      );
  }
  const other = diagnostics.filter(({ code }) => code !== CODES.noEffectYet.id);
  assert.deepEqual(other, []);
});

test('instances with numbers of their own on several interfaces', () => {
  const { configuration, diagnostics } = load(instances(600));
  assert.equal(configuration?.instances.length, 600);
  assert.equal(new Set(configuration?.instances.map((one) => one.interface)).size, 3);
  assert.deepEqual(diagnostics, []);
});

test('a master with trackers of all kinds', () => {
  const { configuration, diagnostics } = load(
    trackers({ scripts: 3, processes: 4, files: 5, mortals: true, interval: 100, folder: '/tmp/x' }),
  );
  const [instance] = configuration?.instances ?? [];
  assert.equal(instance?.trackScripts.length, 3);
  assert.equal(instance?.trackProcesses.length, 6);
  assert.equal(instance?.trackFiles.length, 5);
  // That announcements are repeated late is no matter where nobody listens.
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    [CODES.slowAnnouncements.id],
  );
});

test('a master among bad input: it is the scripts that are bad, not the file', () => {
  const { configuration, diagnostics } = load(
    badInput({ folder: '/tmp/x', onNoexec: '/tmp/y', webhooks: true, realTime: true }),
  );
  assert.equal(configuration?.scripts.length, 10);
  assert.equal(configuration?.globals.notifyUrls?.length, 2);
  const known: readonly string[] = [CODES.slowAnnouncements.id];
  assert.deepEqual(
    diagnostics.filter(({ code }) => !known.includes(code)).map(({ code, message }) => `${code} ${message}`),
    [],
  );
});
