/** The program that runs from the bundle loads of koffi what calls libc, and nothing around it; where that has moved, the package. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { projectRoot } from '../wire/fixtures.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-koffi-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Modules of the package that the program of this bundle has loaded by its end. */
function loadedBy(bundle: string): readonly string[] {
  const hook = join(folder, 'hook.cjs');
  writeFileSync(
    hook,
    "process.on('exit', () => process.stdout.write(JSON.stringify(Object.keys(require.cache))));",
  );
  const words = ['--require', hook, join(bundle, 'boot.cjs'), '--signum=JSON'];
  const said = execFileSync(process.execPath, words, { encoding: 'utf8' });
  const [number = '', loaded = '[]'] = said.split('\n');
  assert.equal(number, '36');
  return (JSON.parse(loaded) as string[]).filter((path) => path.includes('/node_modules/'));
}

test('where it was when the bundle was made, the package is not asked', () => {
  assert.deepEqual(loadedBy(join(projectRoot, 'dist/bundle')), []);
});

test('where it is elsewhere, the package is', () => {
  const bundle = join(folder, 'deeper/than/before/bundle');
  mkdirSync(join(folder, 'deeper/than/before'), { recursive: true });
  cpSync(join(projectRoot, 'dist/bundle'), bundle, { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  assert.ok(loadedBy(bundle).some((path) => path.endsWith('koffi.node')));
});
