// Puts the modules of the daemon and its commands together into a few files under dist/bundle: what bin/holdfast runs.
// Node takes longer to find, read and link some hundred modules than the daemon needs for all else before its first
// advert (docs/adr/0014). Nothing is renamed or shortened, and each module keeps its name in a comment, so that a
// stack trace still leads somewhere. The thread that reads a configuration at a reload shares them; other threads and
// helper processes stay as the compiler wrote them, in dist/src.
//
// Argument: the checkout. Exit codes: 0 made; 1 not made, with esbuild's own words on standard error.

import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build } from 'esbuild';

const [root = '.'] = process.argv.slice(2);
const compiled = join(root, 'dist', 'src');
const finished = join(root, 'dist', 'bundle');

/** The reading thread, as reload.ts names it: found in the bundle by who is in the bundle. */
const READING_THREAD = "new URL('./configuration-thread.js', import.meta.url)";

/** Where a module looks for files beside itself it still finds those of dist/src. */
const placesStay = {
  name: 'places-stay',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const place = relative(compiled, path).split(sep).join('/');
      if (place.startsWith('..')) return undefined;
      const elsewhere = `new URL(${JSON.stringify(`../src/${place}`)}, import.meta.url).href`;
      const contents = readFileSync(path, 'utf8')
        .split(READING_THREAD)
        .map((part) => part.replaceAll('import.meta.url', elsewhere))
        .join(READING_THREAD);
      return { contents, loader: 'js' };
    });
  },
};

// Made aside and then put in place: whoever starts meanwhile finds the old one or the new one.
const making = mkdtempSync(join(root, 'dist', '.bundle-'));
try {
  await build({
    entryPoints: ['boot', 'configuration-thread'].map((name) => join(compiled, 'daemon', `${name}.js`)),
    outdir: making,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [placesStay],
    logLevel: 'warning',
  });
  rmSync(finished, { recursive: true, force: true });
  renameSync(making, finished);
} catch {
  process.exitCode = 1;
} finally {
  rmSync(making, { recursive: true, force: true });
}
