/**
 * Runs a script of the bundle with the code that V8 made of it when the bundle was built: it need not be compiled again,
 * function by function, in every process. V8 refuses code of another version of itself, of other options, or for another
 * text; then, or where there is none, the script is compiled as ever. What is cached decides tools/code-cache.mjs
 * (docs/adr/0022).
 */
import { channel } from 'node:diagnostics_channel';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** What tools/bundle.mjs wraps around a script: its exports are put into `module`. */
type Wrapped = (module: { exports: object }, require: NodeJS.Require, url: string) => void;

/**
 * Modules of Node that take long to load and that a start has no need of: they are loaded when something of them is
 * first used.
 */
const LATER: ReadonlySet<string> = new Set(
  ['child_process', 'crypto', 'http', 'https', 'tls', 'worker_threads'].map((name) => `node:${name}`),
);

/** Bytes of a cache that are compared at a time. */
const PIECE = 64 * 1024;

/** Tells who makes caches, and tests, which script has been compiled with which cache: { script, cache }. */
const scripts = channel('holdfast.script');

/** The exports of the script `name`; it and its cache lie beside the file `besides`, by default the one that runs. */
export function runScript(name: string, cacheName: string, besides: string = import.meta.url): object {
  const url = new URL(`./${name}.script`, besides).href;
  const filename = fileURLToPath(url);
  const cache = fileURLToPath(new URL(`./${cacheName}.cache`, besides));
  const cachedData = contents(cache);
  // The bundle is ASCII, and so V8 keeps one byte of each letter.
  const script = new Script(readFileSync(filename, 'latin1'), {
    // Relative, for a cache brings the name with it, wherever it was made.
    filename: `${name}.script`,
    ...(cachedData ? { cachedData } : {}),
  });
  scripts.publish({ script, cache });
  const module = { exports: {} };
  (script.runInThisContext() as Wrapped)(module, requireAsNeeded(createRequire(url)), url);
  return module.exports;
}

function requireAsNeeded(require: NodeJS.Require): NodeJS.Require {
  const asNeeded = (name: string): unknown => (LATER.has(name) ? later(() => require(name)) : require(name));
  return Object.assign(asNeeded, require);
}

/** What the bundle does with a module is to take what it exports by name. */
function later(load: () => object): object {
  let loaded: object | undefined;
  return new Proxy(
    {},
    {
      get(_, name) {
        loaded ??= load();
        return Reflect.get(loaded, name);
      },
    },
  );
}

/**
 * V8 checks the head of a cache and trusts the rest. A damaged one must do no harm: it is there twice, one after the
 * other, and both must be the same.
 */
function contents(path: string): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    if (size % 2 !== 0) return undefined;
    const half = size / 2;
    const first = Buffer.allocUnsafeSlow(half);
    if (readSync(fd, first, 0, half, 0) !== half) return undefined;
    // The second one passes by in pieces: memory that is touched for the first time costs more than comparing.
    const piece = Buffer.allocUnsafeSlow(PIECE);
    for (let at = 0; at < half; at += PIECE) {
      const length = Math.min(PIECE, half - at);
      if (readSync(fd, piece, 0, length, half + at) !== length) return undefined;
      if (piece.compare(first, at, at + length, 0, length) !== 0) return undefined;
    }
    return first;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
