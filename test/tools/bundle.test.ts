// The bundle that bin/holdfast runs: signals are caught before anything else is loaded, what is needed on demand is
// loaded on demand, and every file that a module looks for beside itself is there.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('../../bundle/', import.meta.url));
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** Files of the bundle that this one loads before it runs, itself included. */
function loadedWith(name: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, next = ''] of read(name).matchAll(/^(?:import|\} from) "\.\/([^"]+)";$/gm))
    loadedWith(next, found);
  return found;
}

/** The modules that were put into these files. */
const modulesOf = (files: Iterable<string>): string[] =>
  [...files].flatMap((file) =>
    [...read(file).matchAll(/^\/\/ dist\/src\/(.*)\.js$/gm)].map(([, name = '']) => name),
  );

const fileOf = (module: string): string => {
  const found = readdirSync(folder).find((name) => read(name).includes(`\n// dist/src/${module}.js\n`));
  assert.ok(found, `${module} is in no file of the bundle`);
  return found;
};

test('before the handlers of signals stand nothing is loaded but they', () => {
  assert.deepEqual(modulesOf(loadedWith('boot.js')).sort(), ['daemon/boot', 'daemon/signals']);
});

test('a supervising process does not load the engine, a command not the daemon', () => {
  const supervisor = modulesOf(loadedWith(fileOf('daemon/main')));
  assert.ok(supervisor.includes('daemon/args'));
  assert.ok(
    !supervisor.some((module) => module.startsWith('core/') && module !== 'core/effects'),
    `${supervisor}`,
  );
  assert.ok(!modulesOf(loadedWith(fileOf('cli/main'))).includes('core/engine'));
  assert.ok(modulesOf(loadedWith(fileOf('daemon/run'))).includes('core/engine'));
});

test('a supervising process starts its worker before it loads anything of Linux', () => {
  const early = modulesOf(loadedWith(fileOf('daemon/early-worker')));
  assert.ok(early.includes('daemon/start-linked'));
  assert.ok(!early.some((module) => module.startsWith('host/')), `${early}`);
});

test('threads and helper processes are where the bundle looks for them', () => {
  const places = readdirSync(folder).flatMap((name) =>
    [...read(name).matchAll(/new URL\("([^"]+\.js)", new URL\("([^"]+)", import\.meta\.url\)\.href\)/g)].map(
      ([, file = '', base = '']) =>
        fileURLToPath(new URL(file, new URL(base, pathToFileURL(join(folder, name))))),
    ),
  );
  assert.ok(places.length >= 5, `${places}`);
  for (const place of places) assert.ok(existsSync(place), place);
});
