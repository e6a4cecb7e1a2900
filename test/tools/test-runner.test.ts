// What the test runner promises: failures, crashes and files without tests fail the run, skips are named, and
// node's summary is the last thing printed. Each case is a tiny checkout in a temporary folder with a copy of
// the runner.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { projectRoot } from './project-root.js';

const tools = join(projectRoot, 'tools');

/** Runs the runner over the given test bodies (by path below test/, without extension). */
function runWith(
  t: TestContext,
  bodies: Readonly<Record<string, string>>,
  ...args: string[]
): { status: number | null; lines: readonly string[]; said: string } {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-runner-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  cpSync(tools, join(root, 'tools'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  for (const [name, body] of Object.entries(bodies)) {
    for (const file of [join(root, 'test', `${name}.test.ts`), join(root, 'dist/test', `${name}.test.js`)]) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `import { describe, test } from 'node:test';\n${body}`);
    }
  }
  // A runner inside a runner would otherwise take itself for one of its test files.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const run = spawnSync(process.execPath, [join(root, 'tools/test.mjs'), ...args], { encoding: 'utf8', env });
  const said = `${run.stdout}${run.stderr}`;
  return { status: run.status, lines: run.stdout.trimEnd().split('\n'), said };
}

const passes = "test('fine', () => {});";

test('a passing run exits 0 and ends with the summary of all files', (t) => {
  const { status, lines, said } = runWith(t, { 'a/one': passes, 'b/two': passes });
  assert.equal(status, 0, said);
  assert.match(lines.at(-1) ?? '', /^ℹ duration_ms /);
  assert.ok(lines.includes('ℹ tests 2'), said);
  assert.ok(lines.includes('ℹ pass 2'), said);
});

test('a failing test fails the run and is shown again before the summary, with its full name', (t) => {
  const body = "describe('outer', () => { test('inner', () => { throw new Error('so it is'); }); });";
  const { status, lines, said } = runWith(t, { one: body, two: passes });
  assert.equal(status, 1);
  const at = lines.findIndex((line) => line.includes('test/one.test.ts: outer > inner'));
  assert.ok(at > 0 && at < lines.indexOf('ℹ tests 2'), said);
  assert.match(said, /so it is/);
  assert.ok(lines.includes('ℹ fail 1'), said);
});

test('a file that crashes fails the run and its last words are shown', (t) => {
  const { status, said } = runWith(t, { one: "throw new Error('at import');" });
  assert.equal(status, 1);
  assert.match(said, /\| .*at import/);
});

test('a file that runs no test fails the run', (t) => {
  const { status, said } = runWith(t, { one: passes, empty: "console.log('nothing');" });
  assert.equal(status, 1);
  assert.match(said, /test\/empty\.test\.ts: ran no test/);
});

test('skipped tests are named with their reason, and fail the run only when that was asked for', (t) => {
  const bodies = { one: "describe('lab', () => { test('cut', (t) => t.skip('no root')); });" };
  const lenient = runWith(t, bodies);
  assert.equal(lenient.status, 0, lenient.said);
  assert.match(lenient.said, /﹣ test\/one\.test\.ts: lab > cut # no root/);
  assert.equal(runWith(t, bodies, '--no-skips').status, 1);
});

test('words choose files, --except leaves files out, and a word that matches nothing is an error', (t) => {
  const bodies = { 'wire/arp': passes, 'core/sync': passes };
  const names = (...args: string[]) => runWith(t, bodies, '--list', ...args).lines;
  assert.deepEqual(names('wire'), ['test/wire/arp.test.ts']);
  assert.deepEqual(names('--except', 'wire'), ['test/core/sync.test.ts']);
  assert.equal(runWith(t, bodies, 'wrie').status, 1);
});

test('a compiled test whose source is gone is not run', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-runner-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'dist/test'), { recursive: true });
  cpSync(tools, join(root, 'tools'), { recursive: true });
  writeFileSync(join(root, 'dist/test/gone.test.js'), '');
  const run = spawnSync(process.execPath, [join(root, 'tools/test.mjs'), '--list'], { encoding: 'utf8' });
  assert.equal(run.stdout, '');
});

test('a suite that passes is one line, unless words or -v ask for more', (t) => {
  const bodies = { one: "describe('outer', () => { test('a', () => {}); test('b', () => {}); });" };
  const short = runWith(t, bodies);
  assert.match(short.said, /✔ outer: 2 tests/);
  assert.doesNotMatch(short.said, /✔ a /);
  assert.match(runWith(t, bodies, '-v').said, /▶ outer\n {4}✔ a .*\n {4}✔ b /);
  assert.match(runWith(t, bodies, 'one').said, /✔ a /);
});

test('lab files run after the others', (t) => {
  const { lines } = runWith(t, { 'lab/story': passes, 'wire/arp': passes, 'sim/worlds': passes }, '--list');
  assert.deepEqual(lines, ['test/sim/worlds.test.ts', 'test/wire/arp.test.ts', 'test/lab/story.test.ts']);
});
