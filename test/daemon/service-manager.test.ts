/** What systemd is told, and what it is told only where it asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectServiceManager } from '../../src/daemon/service-manager.js';

function connect(environment: NodeJS.ProcessEnv) {
  const said: string[] = [];
  const manager = connectServiceManager(
    environment,
    (path, text) => said.push(`${path} ${text}`),
    () => 7,
  );
  return { manager, said };
}

test('each step has its words; what a reload came to stands in the status', () => {
  const environment = { NOTIFY_SOCKET: '/n', OTHER: 'x' };
  const { manager, said } = connect(environment);
  assert.deepEqual(environment, { OTHER: 'x' });
  assert.ok(manager.present);
  manager.ready();
  manager.reloading();
  manager.ready('not so well');
  manager.askPatience(1.5);
  manager.stopping();
  assert.deepEqual(said, [
    `/n READY=1\nMAINPID=${process.pid}\nSTATUS=Running\n`,
    '/n RELOADING=1\nMONOTONIC_USEC=7\nSTATUS=Reloading\n',
    `/n READY=1\nMAINPID=${process.pid}\nSTATUS=not so well\n`,
    '/n EXTEND_TIMEOUT_USEC=1500\n',
    '/n STOPPING=1\nSTATUS=Stopping\n',
  ]);
});

test('without a service manager nothing is said', () => {
  const { manager, said } = connect({});
  manager.ready();
  manager.askPatience(1);
  assert.ok(!manager.present);
  assert.deepEqual(said, []);
});

test('the watchdog hears of us twice in its time, from the first readiness on, and only if it watches us', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const watching = { NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '4000000' };
  for (const [more, expected] of [
    [{ WATCHDOG_PID: String(process.pid) }, 3],
    [{}, 3],
    [{ WATCHDOG_PID: '1' }, 0],
    [{ WATCHDOG_USEC: 'soon' }, 0],
    [{ WATCHDOG_USEC: undefined }, 0],
  ] as const) {
    const environment: NodeJS.ProcessEnv = { ...watching, ...more };
    const { manager, said } = connect(environment);
    assert.ok(!('WATCHDOG_USEC' in environment) && !('WATCHDOG_PID' in environment));
    const signs = (): number => said.filter((text) => text === '/n WATCHDOG=1\n').length;
    context.mock.timers.tick(6000);
    assert.equal(signs(), 0);
    manager.ready();
    manager.ready();
    context.mock.timers.tick(6000);
    assert.equal(signs(), expected);
  }
});
