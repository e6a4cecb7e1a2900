/** What becomes of scripts when their runner, or the daemon, or both, are killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAX_RUNNER_RESTARTS } from '../../src/base/limits.js';
import { milliseconds } from '../../src/base/time.js';
import type { Input } from '../../src/core/inputs.js';
import { ScriptLedger } from '../../src/host/script-ledger.js';
import { Scripts } from '../../src/host/scripts.js';
import { until } from './rig.js';
import { alive, file, folder, shell } from './script-stage.js';

let count = 0;
/** A path that is not there yet. */
function fresh(): string {
  count += 1;
  return join(folder, `told-${count}`);
}
const written = (path: string): boolean => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n');
async function numberIn(path: string): Promise<number> {
  await until(`a number in ${path}`, () => written(path));
  return Number(readFileSync(path, 'utf8'));
}
const MINUTE = milliseconds(60_000);
const IGNORES_SIGTERM = "trap '' TERM;";

test('when the runner dies its scripts are reported and the next run has a new one', async () => {
  const own: Input[] = [];
  const said: string[] = [];
  const memory = fresh();
  const scripts = new Scripts(
    (input) => own.push(input),
    (text) => said.push(text),
    memory,
  );
  const [check, child, notify] = [fresh(), fresh(), fresh()];
  const hanging = `sh -c "${IGNORES_SIGTERM} exec sleep 1000" & echo $! > ${child}; echo $$ > ${check}; wait`;
  scripts.check({ kind: 'run-check', script: 'hangs', command: shell(hanging), timeout: MINUTE });
  scripts.notify({ kind: 'run-notify', run: 1, command: shell(`echo $$ > ${notify}; exec sleep 1000`) });
  const [leader, grandchild, told] = [await numberIn(check), await numberIn(child), await numberIn(notify)];
  process.kill(scripts.runnerPid ?? 0, 'SIGKILL');
  await until('the reports', () => own.length === 2);
  for (const input of own) {
    assert.ok('outcome' in input && input.outcome.kind === 'failed');
    assert.match(input.outcome.error.message, /the script runner ended \(SIGKILL\)/);
  }
  assert.equal(said.length, 1);
  await until('the check is gone, and what it started', () => !alive(leader) && !alive(grandchild));
  assert.ok(alive(told), 'a notify script finishes its work');
  process.kill(told, 'SIGKILL');
  scripts.check({ kind: 'run-check', script: 'next', command: shell('exit 0'), timeout: MINUTE });
  await until('the next', () => own.length === 3);
  scripts.close();
  assert.ok(!existsSync(memory), 'nothing is left in the run directory');
});

test('what has ended is not ended again', async () => {
  const own: Input[] = [];
  const memory = fresh();
  const scripts = new Scripts(
    (input) => own.push(input),
    () => {},
    memory,
  );
  scripts.check({ kind: 'run-check', script: 'short', command: shell('exit 0'), timeout: MINUTE });
  await until('its end', () => own.length === 1);
  assert.ok(readFileSync(memory).length > 0, 'it was noted');
  assert.ok(
    readFileSync(memory).every((byte) => byte === 0),
    'and is not any more',
  );
  scripts.close();
});

test('who ignores SIGTERM after a timeout ends with the daemon, though the script itself has ended', async () => {
  const own: Input[] = [];
  const scripts = new Scripts(
    (input) => own.push(input),
    () => {},
  );
  const [leader, child] = [fresh(), fresh()];
  const overruns = `sh -c "${IGNORES_SIGTERM} echo \\$\\$ > ${child}; exec sleep 1000" & echo $$ > ${leader}; wait`;
  scripts.check({
    kind: 'run-check',
    script: 'overruns',
    command: shell(overruns),
    timeout: milliseconds(1000),
  });
  const [first, second] = [await numberIn(leader), await numberIn(child)];
  await until('its timeout', () => own.length === 1);
  await until('its end', () => !alive(first));
  assert.ok(alive(second));
  scripts.close();
  await until('what it started is gone', () => !alive(second));
});

/** A daemon with a check that hangs and a notify script; both of these are there when it resolves. */
async function mortal(more: NodeJS.ProcessEnv = {}) {
  const [check, runner, notify, told] = [fresh(), fresh(), fresh(), fresh()];
  const daemon = spawn(process.execPath, [fileURLToPath(new URL('./mortal-daemon.js', import.meta.url))], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...more,
      CHECK: file(`#!/bin/sh\necho $PPID > ${runner}; echo $$ > ${check}; exec sleep 1000\n`),
      NOTIFY: file(`#!/bin/sh\necho $$ > ${notify}; sleep 0.5; echo said; echo done > ${told}\n`),
    },
  });
  await numberIn(notify);
  return { daemon, check: await numberIn(check), runner: await numberIn(runner), told };
}

test('a daemon that is killed takes its checks along, and lets a notify script finish', async () => {
  const { daemon, check, told } = await mortal();
  daemon.kill('SIGKILL');
  await until('the check is gone', () => !alive(check));
  await until('the notify script has finished', () => written(told));
});

test('who comes after a daemon that was killed with its runner ends its checks', async () => {
  const memory = fresh();
  const { daemon, check, runner } = await mortal({ MEMORY: memory });
  process.kill(runner, 'SIGSTOP');
  daemon.kill('SIGKILL');
  process.kill(runner, 'SIGKILL');
  await until('both are gone', () => !alive(runner) && !alive(daemon.pid ?? 0));
  assert.ok(alive(check), 'nobody could end it');
  const next = new Scripts(
    () => {},
    () => {},
    memory,
  );
  await until('the check is gone', () => !alive(check));
  next.close();
});

test('of an earlier life only those end that began when it says', async () => {
  const { pid: stranger = 0 } = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  const memory = fresh();
  const entry = Buffer.alloc(16);
  entry.writeDoubleLE(stranger, 0);
  entry.writeDoubleLE(1, 8);
  // Neither is -1 a process: it would be everybody.
  const everybody = Buffer.alloc(16);
  everybody.writeDoubleLE(1, 0);
  writeFileSync(memory, Buffer.concat([entry, everybody]));
  const next = new ScriptLedger(memory, assert.fail);
  await new Promise((done) => setTimeout(done, 200));
  assert.ok(alive(stranger));
  next.close();
  process.kill(stranger, 'SIGKILL');
});

test('a runner that cannot be started rests between tries, and is not given up', async () => {
  const inputs: Input[] = [];
  const said: string[] = [];
  const REST_MS = 5000;
  const own = new Scripts(
    (input) => inputs.push(input),
    (text) => said.push(text),
    undefined,
    REST_MS,
  );
  const run = async (): Promise<string> => {
    own.check({
      kind: 'run-check',
      script: 'one',
      command: { argv: ['/bin/true'] },
      timeout: milliseconds(5000),
    });
    await until('an outcome', () => inputs.length > 0);
    const input = inputs.shift();
    assert.ok(input?.kind === 'check-finished');
    return input.outcome.kind === 'failed' ? input.outcome.error.message : input.outcome.kind;
  };
  const { execPath } = process;
  process.execPath = '/nowhere/node';
  try {
    for (let i = 0; i <= MAX_RUNNER_RESTARTS; i++) assert.match(await run(), /ended .*ENOENT/);
    assert.match(said.at(-1) ?? '', /ENOENT.* the next one is started in 5 s, and scripts fail until then$/);
    const before = said.length;
    assert.match(await run(), /again and again, and is tried again soon/);
    assert.equal(said.length, before);
  } finally {
    process.execPath = execPath;
  }
  let last = '';
  for (let tries = 0; tries < 100 && last !== 'exit'; tries++) {
    await new Promise((next) => setTimeout(next, REST_MS / 4));
    last = await run();
  }
  assert.equal(last, 'exit');
  own.close();
});
