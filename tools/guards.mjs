// Takes guards against bad input away, one by one, in a copy of what is compiled, and looks whether the test that is said
// to notice it fails. Which there are is in test/conformance/subjects.ts; docs/reference/promises-*.md show them.
// It takes some minutes, and is run when a guard, or a test of one, has changed.
//
//   node tools/guards.mjs             all of them
//   node tools/guards.mjs courier     only those whose file or test contains one of the words
//
// Exit codes: 0 every guard was missed; 1 one was not, or its test fails anyway.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const { SUBJECTS } = await import(
  pathToFileURL(join(root, 'dist', 'test', 'conformance', 'subjects.js')).href
);
const words = process.argv.slice(2);
const wanted = SUBJECTS.flatMap(({ guards }) => guards).filter(
  ({ file, by }) => words.length === 0 || words.some((word) => `${file} ${by}`.includes(word)),
);
const PARTS = ['dist', 'docs', 'examples', 'packaging', 'src', 'test', 'tools', 'package.json'];
/** A test that hangs without its guard has noticed. */
const PATIENCE_MS = 60_000;

const copy = mkdtempSync(join(tmpdir(), 'holdfast-guards-'));
for (const part of PARTS) cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

/** Whether the test is there and passes in the copy as it is. */
function passes(by) {
  const at = by.indexOf(': ');
  const path = join('dist', by.slice('test '.length, at).replace(/\.ts$/, '.js'));
  const title = by.slice(at + 2).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const ran = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', `--test-name-pattern=${title}`, path],
    {
      cwd: copy,
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    },
  );
  return ran.status === 0 && !/^# pass 0$/m.test(ran.stdout);
}

const sound = new Map();
let silent = 0;
for (const { against, file, take, leave, by } of wanted) {
  const line = `${against} (${by.slice('test '.length)})`;
  if (!sound.has(by)) sound.set(by, passes(by));
  if (!sound.get(by)) {
    silent += 1;
    console.log(`FAILS ANYWAY  ${line}`);
    continue;
  }
  const source = readFileSync(join(root, file), 'utf8');
  const compiled = join(copy, 'dist', file.replace(/\.ts$/, '.js'));
  const before = readFileSync(compiled);
  const { code } = transformSync(source.replaceAll(take, leave), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
  });
  writeFileSync(compiled, code);
  const missed = source.includes(take) && !passes(by);
  writeFileSync(compiled, before);
  if (!missed) silent += 1;
  console.log(`${missed ? 'noticed' : 'NOBODY NOTICED'}  ${line}`);
}
rmSync(copy, { recursive: true, force: true });
process.exitCode = silent === 0 ? 0 : 1;
