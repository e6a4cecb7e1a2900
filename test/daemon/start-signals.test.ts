/** Signals during the start: none does harm, each is remembered and acted on (DESIGN section 5, runtime section 3). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { SIGNAL_NUMBERS } from '../../src/daemon/signals.js';
import type { Running } from '../../src/lab/running.js';
import { until } from '../lab/journal.js';
import { disposition, inHabitat } from './habitat.js';

const INSTANCE = `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  virtual_ipaddress { 10.0.0.9/24 }
}
`;
const REAL_TIME = [SIGNAL_NUMBERS.JSON, SIGNAL_NUMBERS.STATS_CLEAR, SIGNAL_NUMBERS.TDUMP];

/** The last handler that boot.ts installs is there; polled closely, for the start goes on meanwhile. */
async function handlersInstalled(daemon: Running): Promise<void> {
  while (disposition(daemon.pid, constants.signals.SIGXCPU) !== 'handled') {
    assert.notEqual(disposition(daemon.pid, constants.signals.SIGXCPU), 'gone', daemon.output);
    await new Promise((next) => setImmediate(next));
  }
}

inHabitat('real-time signals do no harm at any moment of the start', async (habitat) => {
  const path = await habitat.configure(INSTANCE);
  for (const options of [['-n', '-R'], ['-n']]) {
    const daemon = await habitat.start([...options, '-l', '-G', '-f', path]);
    await until('the launcher ignores them', () =>
      REAL_TIME.every((signal) => disposition(daemon.pid, signal) !== 'default'),
    );
    let answered = false;
    const ready = habitat.ready().then(() => {
      answered = true;
    });
    while (!answered && !daemon.exit) {
      for (const signal of REAL_TIME) daemon.signal(signal);
      await new Promise((next) => setTimeout(next, 5));
    }
    assert.equal(daemon.exit, undefined, daemon.output);
    await ready;
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  }
});

inHabitat('signals that come during the start are remembered and acted on', async (habitat) => {
  const daemon = await habitat.start(['-n', '-R', '-l', '-G', '-f', await habitat.configure(INSTANCE)]);
  await handlersInstalled(daemon);
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const) daemon.signal(signal);
  await until('the dumps are written and the reload is done', () =>
    [/Wrote .*keepalived\.data/, /Wrote .*keepalived\.stats/, /Reloaded/].every((sign) =>
      sign.test(daemon.output),
    ),
  );
  assert.doesNotMatch(daemon.output, /Debugger listening/);
  await daemon.stop();
});

inHabitat('a SIGUSR1 before even our handlers leaves no inspector open, and is acted on', async (habitat) => {
  const daemon = await habitat.start(['-n', '-R', '-l', '-G', '-f', await habitat.configure(INSTANCE)]);
  const { SIGUSR1 } = constants.signals;
  // Node's own handler, which opens the inspector, is there long before ours.
  while (disposition(daemon.pid, SIGUSR1) !== 'handled') await new Promise((next) => setImmediate(next));
  daemon.signal('SIGUSR1');
  await until('the dump is written', () => /Wrote .*keepalived\.data/.test(daemon.output));
  const listening = readFileSync(`/proc/${daemon.pid}/net/tcp`, 'latin1')
    .split('\n')
    .filter((line) => / 0A /.test(line));
  assert.deepEqual(listening, [], 'something listens on TCP');
  await daemon.stop();
});

inHabitat('a stop that comes during the start stops', async (habitat) => {
  for (const options of [['-n', '-R'], ['-n']]) {
    const daemon = await habitat.start([...options, '-f', await habitat.configure(INSTANCE)]);
    await handlersInstalled(daemon);
    daemon.signal('SIGTERM');
    assert.deepEqual(await daemon.exited, { code: 0, signal: null });
    assert.ok(!existsSync(habitat.host.path('/run/keepalived.pid')));
  }
});
