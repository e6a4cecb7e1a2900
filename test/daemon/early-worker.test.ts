/** A worker that is started before its supervisor has loaded: when there is one, and what is known of one that has ended. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { startWorkerEarly } from '../../src/daemon/early-worker.js';
import { EXIT_CONFIG, EXIT_NO_CONFIG } from '../../src/daemon/exit-codes.js';
import { SignalInbox } from '../../src/daemon/signals.js';
import { keepUnread } from '../../src/daemon/start-linked.js';
import { supervise } from '../../src/daemon/supervise.js';

test('no worker is started where this process will watch over none', async () => {
  const first = ['-n', '-f', '/nowhere'];
  const cases: readonly (readonly [string, readonly string[], NodeJS.ProcessEnv])[] = [
    ['genhash', first, {}],
    ['holdfast', ['-t', '-f', '/nowhere'], {}],
    ['holdfast', ['--version'], {}],
    ['holdfast', ['--no-such-option'], {}],
    ['holdfast', [...first, '-R'], {}],
    ['holdfast', [...first, 'statsu'], {}],
    // Into the background: its daemon will have one.
    ['holdfast', ['-f', '/nowhere'], {}],
    ['holdfast', first, { NOTIFY_SOCKET: '/run/systemd/notify' }],
    ['holdfast', first, { HOLDFAST_ROLE: 'worker' }],
    ['holdfast', first, { HOLDFAST_ROLE: 'lvs' }],
  ];
  for (const [name, argv, environment] of cases)
    assert.equal(await startWorkerEarly(name, argv, environment), undefined, `${name} ${argv.join(' ')}`);
});

test('why a worker refused is heard, although it had ended before anybody listened', async () => {
  const text = 'there is no such file';
  const report = JSON.stringify({ kind: 'refused', code: EXIT_NO_CONFIG, text });
  const child = spawn('/bin/sh', ['-c', `echo '${report}' >&3; exit ${EXIT_NO_CONFIG}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  keepUnread(child);
  await once(child, 'exit');
  for (let n = 0; n < 5; n++) await new Promise((turned) => setImmediate(turned));
  const reports: unknown[] = [];
  const code = await supervise(
    [],
    new SignalInbox(),
    { child, failure: undefined },
    { log: () => {}, firstReport: (one) => reports.push(one), rename: () => {}, reap: () => {} },
  );
  assert.equal(code, EXIT_NO_CONFIG);
  assert.deepEqual(reports, [{ kind: 'refused', code: EXIT_NO_CONFIG, text }]);
});

test('the end of a worker that ended before anybody watched is not lost', async () => {
  const child = spawn('/bin/sh', ['-c', `exit ${EXIT_CONFIG}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  await once(child, 'exit');
  const said: string[] = [];
  const code = await supervise(
    [],
    new SignalInbox(),
    { child, failure: undefined },
    {
      log: (_level, text) => said.push(text),
      firstReport: () => {},
      rename: () => {},
      reap: () => {},
    },
  );
  assert.equal(code, EXIT_CONFIG);
  assert.match(said.join('\n'), /would only repeat/);
});
