/** MISC_CHECK: exit codes and weights, users, scripts that hang, cannot be started or talk without end. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { seconds } from '../../../src/base/time.js';
import type { MiscCheckSettings } from '../../../src/config/model-lvs.js';
import { rootMissing, until } from '../rig.js';
import { Checks, descriptors, TIMING, wordOf } from './rig.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-misc-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));
const checks = new Checks();

let scripts = 0;
/** Settings that run this shell text. */
function misc(text: string, more: Partial<MiscCheckSettings> = {}): MiscCheckSettings {
  const path = join(folder, `check-${++scripts}.sh`);
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  chmodSync(path, 0o755);
  return {
    kind: 'MISC_CHECK',
    ...TIMING,
    command: { argv: [path], user: 'root' },
    timeout: seconds(20),
    dynamic: false,
    ...more,
  };
}

test('exit codes without misc_dynamic: 0 is good, nothing else is', { skip: rootMissing }, async () => {
  const good = await checks.check(misc('exit 0'));
  assert.equal(good.kind === 'good' && good.weight, undefined);
  assert.equal(wordOf(good), 'good');
  for (const code of [1, 2, 255]) {
    const bad = await checks.check(misc(`echo no good; exit ${code}`));
    assert.deepEqual(bad.kind === 'bad' && bad.reason, { kind: 'exit', code, output: 'no good\n' });
  }
});

test('exit codes with misc_dynamic ask for weights', { skip: rootMissing }, async () => {
  const weights: unknown[] = [];
  for (const code of [0, 1, 2, 12, 255]) {
    const verdict = await checks.check(misc(`exit ${code}`, { dynamic: true }));
    weights.push(verdict.kind === 'good' ? verdict.weight : wordOf(verdict));
  }
  assert.deepEqual(weights, [undefined, 'exit', 0, 10, 253]);
});

test('who runs the scripts is killed: nothing is said about the servers whose check was under way', {
  skip: rootMissing,
}, async () => {
  const long = checks.check(misc('exec sleep 30', { timeout: seconds(60) }));
  const verdict = await checks.check(misc('kill -9 $PPID; exec sleep 30', { timeout: seconds(60) }));
  assert.equal(verdict.kind === 'unmade' && verdict.error.code, 'ERUNNER');
  assert.equal((await long).kind, 'unmade');
  assert.equal(wordOf(await checks.check(misc('exit 0'))), 'good');
});

test('it runs as whom it shall run', { skip: rootMissing }, async () => {
  const settings = misc('id -un; exit 3');
  const verdict = await checks.check({ ...settings, command: { ...settings.command, user: 'nobody' } });
  assert.equal(verdict.kind === 'bad' && verdict.reason.kind === 'exit' && verdict.reason.output, 'nobody\n');
});

test('a script that hangs is ended, with what it started', { skip: rootMissing }, async () => {
  const marker = join(folder, 'alive');
  const settings = misc(`trap '' TERM; (while :; do date > ${marker}; sleep 0.05; done) & wait; sleep 60`);
  const { existsSync, statSync } = await import('node:fs');
  // Where this machine takes longer than that to start it, it gets more.
  for (let timeout = 0.3; !existsSync(marker); timeout *= 5) {
    assert.ok(timeout < 60, 'it never began');
    const verdict = await checks.check({ ...settings, timeout: seconds(timeout) });
    assert.equal(wordOf(verdict), 'script-timeout');
    assert.ok(verdict.elapsed >= seconds(timeout));
  }
  let last = 0;
  let still = 0;
  await until('nothing of it runs any more', () => {
    const { mtimeMs } = statSync(marker);
    still = mtimeMs === last ? still + 1 : 0;
    last = mtimeMs;
    return still > 200;
  });
});

test('who may run for longer than a timer can wait is not ended at once', { skip: rootMissing }, async () => {
  const verdict = await checks.check({ ...misc('sleep 0.2'), timeout: seconds(2147483647) });
  assert.equal(wordOf(verdict), 'good');
});

test('killed, missing, not executable', { skip: rootMissing }, async () => {
  const killed = await checks.check(misc('kill -KILL $$'));
  assert.deepEqual(killed.kind === 'bad' && killed.reason, { kind: 'signal', signal: 'SIGKILL' });
  const missing = await checks.check({ ...misc(''), command: { argv: ['/nonexistent'], user: 'root' } });
  assert.equal(wordOf(missing), 'script-failed');
  const plain = join(folder, 'plain');
  writeFileSync(plain, 'x', { mode: 0o644 });
  assert.equal(
    wordOf(await checks.check({ ...misc(''), command: { argv: [plain], user: 'root' } })),
    'script-failed',
  );
});

test('output without end, from many children, costs nobody memory', { skip: rootMissing }, async () => {
  const before = process.memoryUsage().rss;
  const verdict = await checks.check(
    misc(
      'for i in 1 2 3 4 5 6 7 8; do (while :; do echo 0123456789abcdef0123456789abcdef; done) & done; wait',
      {
        timeout: seconds(1),
      },
    ),
  );
  assert.equal(wordOf(verdict), 'script-timeout');
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
});

test('an abandoned script is ended, and the next run is heard', { skip: rootMissing }, async () => {
  const marker = join(folder, 'started');
  const settings = misc(
    `[ -e ${marker} ] && exit 0; echo $$ >${marker}.new; mv ${marker}.new ${marker}; sleep 60`,
  );
  const checker = checks.define(settings);
  checks.host.start(checker, 0);
  const { existsSync, readFileSync } = await import('node:fs');
  await until('it runs', () => existsSync(marker));
  checks.host.abandon(checker);
  const pid = readFileSync(marker, 'utf8').trim();
  await until('it has ended', () => !existsSync(`/proc/${pid}`));
  const before = descriptors();
  assert.equal(wordOf(await checks.run(checker)), 'good');
  assert.ok(descriptors() <= before + 1);
});
