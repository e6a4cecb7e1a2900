// Puts the modules of the daemon and its commands together into a few files under dist/bundle: what bin/holdfast runs.
// Node takes longer to find, read and link some hundred modules, and V8 to compile their functions, than the daemon needs
// for all else before its first advert (docs/adr/0014, 0022). Nothing is renamed or shortened, and each module keeps its
// name in a comment, so that a stack trace still leads somewhere.
//
//   boot.cjs, configuration-thread.cjs   what Node and a thread run first
//   NAME.script                          what they load: a function of (module, require, url of the file)
//   NAME.cache                           V8's code for it (code-cache.mjs), of the Node that node-version names
//
// The thread that reads a configuration at a reload is among them; other threads and helper processes stay as the compiler
// wrote them, in dist/src.
//
// Argument: the checkout. Exit codes: 0 made; 1 not made, with esbuild's own words on standard error.

import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import { makeCodeCaches } from './code-cache.mjs';

const [given = '.'] = process.argv.slice(2);
const root = resolve(given);
const compiled = join(root, 'dist', 'src');
const finished = join(root, 'dist', 'bundle');

/** The reading thread, as reading-thread.ts names it: found in the bundle by who is in the bundle. */
const READING_THREAD = "new URL('./configuration-thread.js', import.meta.url)";

/** What looks for files of the bundle's. */
const BESIDE = new Set(['daemon/cached-script.js', 'host/linux/bundled-koffi.js']);

/** Where a module looks for files beside itself it still finds those of dist/src. */
const placesStay = {
  name: 'places-stay',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const place = relative(compiled, path).split(sep).join('/');
      if (place.startsWith('..')) return undefined;
      const beside = BESIDE.has(place);
      const elsewhere = `new URL(${JSON.stringify(`../src/${place}`)}, bundleUrl).href`;
      const contents = readFileSync(path, 'utf8')
        .replaceAll(READING_THREAD, "new URL('./configuration-thread.cjs', bundleUrl)")
        .replaceAll('import.meta.url', beside ? 'bundleUrl' : elsewhere);
      return { contents, loader: 'js' };
    });
  },
};

/** The parts of the program are scripts here, not modules. */
const partsAreScripts = {
  name: 'parts-are-scripts',
  setup({ onResolve }) {
    onResolve({ filter: /\/parts\.js$/ }, () => ({ path: join(compiled, 'daemon', 'bundled-parts.js') }));
  },
};

/** Of the package koffi its native part is enough, once it is known where that is. */
const koffiIsNative = {
  name: 'koffi-is-native',
  setup({ onResolve }) {
    onResolve({ filter: /^koffi$/ }, () => ({ path: join(compiled, 'host/linux/bundled-koffi.js') }));
  },
};

function koffiHere() {
  const require = createRequire(join(compiled, 'host/linux/libc.js'));
  const { version } = require('koffi');
  const path = Object.keys(require.cache).find((one) => one.endsWith('koffi.node'));
  if (path === undefined) throw new Error('koffi has loaded no koffi.node');
  const place = relative(finished, path).split(sep).join('/');
  return { place, platform: process.platform, arch: process.arch, version };
}

/** What main.js loads on demand: the script of a process has nothing but its own part of that. */
const PARTS = ['run', 'run-lvs', 'supervise', 'config-test', 'genhash'];
const ofOthers = (own) => ({
  name: 'parts-of-others',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`/(?:${PARTS.filter((part) => !own.includes(part)).join('|')})\\.js$`);
    onResolve({ filter }, ({ path, importer, kind }) =>
      kind === 'dynamic-import' && importer === join(compiled, 'daemon', 'main.js')
        ? { path, namespace: 'elsewhere' }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'elsewhere' }, ({ path }) => ({
      contents: `throw new Error('${path} is no part of this process');`,
    }));
  },
});

const common = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // A module of Node that is wanted later is required then: its own loader for import() takes longer than the module.
  supported: { 'dynamic-import': false },
  packages: 'external',
  plugins: [koffiIsNative, placesStay, partsAreScripts],
  // A text: an object would be a module of its own, and every module would begin with it.
  define: { BUNDLED_KOFFI: JSON.stringify(JSON.stringify(koffiHere())) },
  logLevel: 'warning',
};

const FIRST_BANNER = "const bundleUrl = require('node:url').pathToFileURL(__filename).href;";

// Made aside and then put in place: whoever starts meanwhile finds the old one or the new one.
const making = mkdtempSync(join(root, 'dist', '.bundle-'));
try {
  const first = (contents, name) =>
    build({
      ...common,
      stdin: { contents, resolveDir: join(compiled, 'daemon'), sourcefile: name },
      outfile: join(making, name),
      banner: { js: FIRST_BANNER },
    });
  const script = (name, path, parts = PARTS) =>
    build({
      ...common,
      plugins: [...common.plugins, ofOthers(parts)],
      entryPoints: [join(compiled, path)],
      outfile: join(making, `${name}.script`),
      banner: { js: '(function (module, require, bundleUrl) {' },
      footer: { js: '})' },
    });
  await Promise.all([
    first("import './boot.js';", 'boot.cjs'),
    first(
      "import { runScript } from './cached-script.js'; runScript('reading', 'reading');",
      'configuration-thread.cjs',
    ),
    script('supervisor', 'daemon/main.js', ['supervise']),
    script('worker', 'daemon/main.js', ['run', 'config-test', 'genhash']),
    script('balancer', 'daemon/main.js', ['run-lvs']),
    script('commands', 'cli/main.js'),
    script('reading', 'daemon/configuration-thread.js'),
  ]);
  makeCodeCaches(root, making);
  // For whom they were made: V8 refuses them under any other.
  writeFileSync(join(making, 'node-version'), process.version);
  chmodSync(making, 0o755);
  rmSync(finished, { recursive: true, force: true });
  renameSync(making, finished);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(making, { recursive: true, force: true });
}
