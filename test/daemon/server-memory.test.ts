/** What the balancer's process reads of servers when it begins: of which life, and of a file that lags behind. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServerMemory } from '../../src/daemon/lvs/server-memory.js';
import { ServiceMemory } from '../../src/host/balancer/service-memory.js';

const warn = (text: string): never => assert.fail(text);

async function inFolder(body: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'memory-'));
  try {
    await body(join(folder, 'file'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [service, server] = ['[192.0.2.1]:tcp:80', '[10.1.0.1]:tcp:80'];

test('the file says what both processes left; of a life that has just ended the first process knows more', () =>
  inFolder(async (path) => {
    const known = [
      { service, server, alive: false, drained: false },
      { service, server: 'other', alive: true, drained: false },
      { service, server: 'third', drained: true },
      { service, alive: true, drained: false },
    ];
    const first = new ServerMemory(path, warn);
    await first.recall(known);
    first.end(true);
    await first.close();
    assert.deepEqual(await new ServerMemory(path, warn).recall(undefined), known);
    // Who has come back meanwhile is dead in the file only.
    assert.deepEqual(await new ServerMemory(path, warn).recall([]), []);
    const stopped = new ServerMemory(path, warn);
    await stopped.recall(undefined);
    stopped.end(false);
    await stopped.close();
    assert.deepEqual(await new ServerMemory(path, warn).recall(undefined), [
      { service, server: 'third', drained: true },
    ]);
  }));

test('timeouts of before us stand beside the services that are ours, until they are put back', () =>
  inFolder(async (path) => {
    const before = { tcp: 900, tcpFin: 120, udp: 300 };
    const first = new ServiceMemory(path, warn);
    await first.recalled();
    first.add('tcp 192.0.2.1:80');
    first.timeouts = before;
    await first.close();
    const next = new ServiceMemory(path, warn);
    await next.recalled();
    assert.deepEqual([next.keys, next.timeouts], [['tcp 192.0.2.1:80'], before]);
    next.timeouts = undefined;
    await next.close();
    assert.doesNotMatch(readFileSync(path, 'utf8'), /timeouts/);
  }));
