// The bundle that bin/holdfast runs: signals are caught before anything else is loaded, what is needed on demand is
// initialised on demand, every file that a module looks for beside itself is there, and V8 takes the code caches.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { projectRoot } from './project-root.js';

const folder = fileURLToPath(new URL('../../bundle/', import.meta.url));
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

interface Module {
  readonly name: string;
  readonly text: string;
  /** It runs when somebody asks for it; otherwise with the file. */
  readonly onDemand: boolean;
}

/** The modules of a file, in their order. */
function modulesOf(file: string): Module[] {
  const [, ...parts] = read(file).split(/^\/\/ dist\/src\//m);
  return parts.map((text) => {
    const name = text.slice(0, text.indexOf('.js\n'));
    return { name, text, onDemand: text.includes(`__esm({\n  "dist/src/${name}.js"`) };
  });
}

const namesOf = (file: string): string[] => modulesOf(file).map(({ name }) => name);

test('before the handlers of signals stand nothing is loaded but they', () => {
  const modules = modulesOf('boot.cjs');
  assert.deepEqual(
    modules.filter(({ onDemand }) => !onDemand).map(({ name }) => name),
    ['daemon/boot'],
  );
  const boot = modules.find(({ name }) => name === 'daemon/boot')?.text ?? '';
  const [first, ...others] = [...boot.matchAll(/^\s*init_(\w+)\(\);/gm)].map(([, name]) => name);
  assert.equal(first, 'signals');
  assert.deepEqual(others, []);
  assert.match(boot, /install\(\).*init_early_worker\(\)/s);
});

test('each process has its own part, and no other', () => {
  const scripts = { supervisor: 'supervise', worker: 'run', balancer: 'lvs/run-lvs', commands: undefined };
  for (const [script, own] of Object.entries(scripts)) {
    const names = namesOf(`${script}.script`);
    for (const part of ['supervise', 'run', 'lvs/run-lvs'])
      assert.equal(names.includes(`daemon/${part}`), part === own, `${script} ${part}`);
  }
  assert.deepEqual(
    namesOf('supervisor.script').filter((name) => /^(core|config|wire)\//.test(name)),
    [],
  );
  assert.ok(!namesOf('balancer.script').some((name) => name.startsWith('core/vrrp/')));
});

test('what is loaded on demand runs on demand', () => {
  const worker = modulesOf('worker.script');
  assert.ok(worker.find(({ name }) => name === 'core/engine')?.onDemand);
  assert.deepEqual(
    worker.filter(({ name, onDemand }) => !onDemand && name.startsWith('core/')).map(({ name }) => name),
    [],
  );
});

test('a supervising process starts its worker before it loads anything of Linux', () => {
  const first = namesOf('boot.cjs');
  assert.ok(first.includes('daemon/start-linked'));
  // How a process is started is Node's own matter.
  const ours = first.filter((name) => name.startsWith('host/'));
  assert.deepEqual(ours, ['host/start-process']);
});

test('threads and helper processes are where the bundle looks for them', () => {
  const places = readdirSync(folder)
    .filter((name) => /\.(script|cjs)$/.test(name))
    .flatMap((name) =>
      [
        ...read(name).matchAll(
          /new URL\("([^"]+\.c?js)", (?:new URL\("([^"]+)", bundleUrl\)\.href|bundleUrl)\)/g,
        ),
      ].map(([, file = '', base = '']) =>
        fileURLToPath(new URL(file, new URL(base, pathToFileURL(join(folder, name))))),
      ),
    );
  assert.ok(places.length >= 6, `${places}`);
  for (const place of places) assert.ok(existsSync(place), place);
});

test('V8 takes every code cache, with the options that its process is started with', (t) => {
  if (read('node-version') !== process.version)
    return t.skip(`the bundle was made by ${read('node-version')}`);
  const launcher = readFileSync(join(projectRoot, 'bin/holdfast'), 'utf8');
  const options = [...launcher.matchAll(/ (--(?!title)[\w-]+(?:=\d+)?)(?= .*"\$boot")/g)].map(
    ([, one]) => one,
  );
  const scriptOf = (cache: string): string => (cache === 'check' ? 'commands' : cache);
  const caches = readdirSync(folder)
    .filter((name) => name.endsWith('.cache'))
    .map((name) => name.replace('.cache', ''));
  assert.ok(caches.includes('worker'), `${caches}`);
  const program = `
      const { readFileSync } = require('node:fs'), { Script } = require('node:vm');
      for (const [script, cache] of ${JSON.stringify(caches.map((cache) => [scriptOf(cache), cache]))}) {
        const twice = readFileSync(cache + '.cache');
        const cachedData = twice.subarray(0, twice.length / 2);
        const { cachedDataRejected } = new Script(readFileSync(script + '.script', 'latin1'), { cachedData });
        if (cachedDataRejected !== false) console.log(cache);
      }`;
  const words = [...(options as string[]), '-e', program];
  const run = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  assert.equal(`${run.stdout}${run.stderr}`, '');
});
