/** A worker that is started before its supervisor has loaded: when there is one, and what is known of one that has ended. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { startWorkerEarly } from '../../src/daemon/early-worker.js';
import { EXIT_CONFIG } from '../../src/daemon/exit-codes.js';
import { SignalInbox } from '../../src/daemon/signals.js';
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
