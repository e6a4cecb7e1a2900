// What the preparation of a checkout promises: silence when there is nothing to do, a build after a change, no
// leftovers of deleted sources, one worker at a time, and messages that name the remedy. Each case works on a
// tiny checkout in a temporary folder that borrows this one's node_modules.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { projectRoot as project } from './project-root.js';

function makeCheckout(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-prepare-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'tools'));
  mkdirSync(join(root, 'src'));
  cpSync(join(project, 'tools/prepare.mjs'), join(root, 'tools/prepare.mjs'));
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(join(project, file), join(root, file));
  }
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'src/one.ts'), 'export const one = 1;\n');
  return root;
}

function prepare(root: string, env: NodeJS.ProcessEnv = {}): { status: number | null; said: string } {
  const run = spawnSync(process.execPath, [join(root, 'tools/prepare.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status: run.status, said: `${run.stdout}${run.stderr}` };
}

test('the first run builds, the second has nothing to do and says nothing', (t) => {
  const root = makeCheckout(t);
  const built = prepare(root);
  assert.deepEqual(built, { status: 0, said: 'prepare: building (tsc)\n' });
  assert.match(readFileSync(join(root, 'dist/src/one.js'), 'utf8'), /one = 1/);
  assert.deepEqual(prepare(root), { status: 0, said: '' });
});

test('a changed source is built again, a lost output is made again, a deleted source leaves nothing behind', (t) => {
  const root = makeCheckout(t);
  writeFileSync(join(root, 'src/two.ts'), 'export const two = 2;\n');
  prepare(root);
  writeFileSync(join(root, 'src/one.ts'), 'export const one = 11;\n');
  prepare(root);
  assert.match(readFileSync(join(root, 'dist/src/one.js'), 'utf8'), /one = 11/);

  rmSync(join(root, 'dist/src/two.js'));
  prepare(root);
  assert.ok(existsSync(join(root, 'dist/src/two.js')));

  rmSync(join(root, 'src/two.ts'));
  prepare(root);
  assert.ok(!existsSync(join(root, 'dist/src/two.js')));
});

test('a type error is shown as the compiler tells it, and the next run tells it again', (t) => {
  const root = makeCheckout(t);
  writeFileSync(join(root, 'src/bad.ts'), "export const bad: number = 'x';\n");
  for (let round = 0; round < 2; round += 1) {
    const { status, said } = prepare(root);
    assert.equal(status, 1);
    assert.match(said, /src\/bad\.ts.*TS2322/);
    assert.match(said, /do not compile/);
  }
});

test('several at once: all succeed and one of them builds', async (t) => {
  const root = makeCheckout(t);
  const runs = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise<{ code: number | null; said: string }>((resolve) => {
          const child = spawn(process.execPath, [join(root, 'tools/prepare.mjs')], {
            stdio: ['ignore', 'ignore', 'pipe'],
          });
          let said = '';
          child.stderr.setEncoding('utf8').on('data', (text: string) => {
            said += text;
          });
          child.on('close', (code) => resolve({ code, said }));
        }),
    ),
  );
  assert.deepEqual(
    runs.map(({ code }) => code),
    [0, 0, 0],
  );
  const builders = runs.filter(({ said }) => said.includes('building'));
  assert.equal(builders.length, 1);
});

test('an installed package has its build and no sources: nothing to do, no compiler needed', (t) => {
  const root = makeCheckout(t);
  prepare(root);
  for (const path of ['src', 'tsconfig.json', 'node_modules']) rmSync(join(root, path), { recursive: true });
  assert.deepEqual(prepare(root), { status: 0, said: '' });
});

/** Puts a stand-in for npm in the place that `npm run` names to its scripts. */
function withNpm(root: string, script: string): NodeJS.ProcessEnv {
  rmSync(join(root, 'node_modules'));
  const npm = join(root, 'npm-stand-in.js');
  writeFileSync(npm, script);
  return { npm_execpath: npm };
}

test('missing dependencies are installed with npm ci', (t) => {
  const root = makeCheckout(t);
  const script = `
    const { symlinkSync, writeFileSync } = await import('node:fs');
    writeFileSync(${JSON.stringify(join(root, 'asked'))}, process.argv.slice(2).join(' '));
    symlinkSync(${JSON.stringify(join(project, 'node_modules'))}, ${JSON.stringify(join(root, 'node_modules'))});`;
  const { status, said } = prepare(root, withNpm(root, script));
  assert.equal(status, 0, said);
  assert.match(readFileSync(join(root, 'asked'), 'utf8'), /^ci /);
});

test('dependencies of another version than the lock file names are installed anew', (t) => {
  const root = makeCheckout(t);
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  lock.packages['node_modules/commander'].version = '13.0.0';
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock));
  const npm = join(root, 'npm-stand-in.js');
  writeFileSync(npm, "console.error('asked to install'); process.exit(3);");
  const { status, said } = prepare(root, { npm_execpath: npm });
  assert.equal(status, 1);
  assert.match(said, /asked to install/);
});

test('a registry that cannot be reached: the message says how to see which, and what can be done', (t) => {
  const root = makeCheckout(t);
  const script = "console.error('npm error code ENOTFOUND'); process.exit(1);";
  const { status, said } = prepare(root, withNpm(root, script));
  assert.equal(status, 1);
  assert.match(said, /the npm registry cannot be reached/);
  assert.match(said, /npm config get registry/);
  assert.match(said, /proxy/);
});

test('no npm at all: the message says so', (t) => {
  const root = makeCheckout(t);
  rmSync(join(root, 'node_modules'));
  const { status, said } = prepare(root, { npm_execpath: '', PATH: '/nonexistent' });
  assert.equal(status, 1);
  assert.match(said, /npm is not installed/);
});

test('a checkout of somebody else: the message names both users', (t) => {
  const root = makeCheckout(t);
  chmodSync(root, 0o555);
  // Root may write everywhere: it tries as nobody.
  const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const run = spawnSync(process.execPath, [join(root, 'tools/prepare.mjs')], {
    encoding: 'utf8',
    ...asNobody,
  });
  chmodSync(root, 0o755);
  assert.equal(run.status, 1);
  assert.match(run.stderr, /cannot be written \(EACCES\)/);
  assert.match(run.stderr, /belongs to user id \d+, and you are user id \d+/);
});
