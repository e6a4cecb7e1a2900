// Makes the code caches of the bundle, by running it: what V8 compiled in a real start, takeover, reload and stop is what
// the next process needs. Two daemons live for that in a network namespace of their own (code-cache-trial.mjs). Where none
// can be had, a daemon only tests a configuration: its cache then knows how one is read, and V8 compiles the rest when it
// is called, as without any cache (docs/adr/0022).

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const keeper = fileURLToPath(new URL('./code-cache-keeper.cjs', import.meta.url));
const trial = fileURLToPath(new URL('./code-cache-trial.mjs', import.meta.url));
/** An ordinary trial takes two or three seconds. */
const patience = 60_000;

/** V8 accepts a cache only where it runs with the options with which it was made: those of bin/holdfast. */
export function launcherOptions(root) {
  const launcher = readFileSync(join(root, 'bin', 'holdfast'), 'utf8');
  const options = /^exec "\$node" --title=\S+ (.*) "\$boot" "\$@"$/m.exec(launcher)?.[1];
  if (options === undefined)
    throw new Error('bin/holdfast does not start Node as tools/code-cache.mjs expects');
  return options.split(' ');
}

/** Writes them into `folder`, where the bundle is. Without them, or with some of them, it runs all the same. */
export function makeCodeCaches(root, folder) {
  const node = [...launcherOptions(root), '--require', keeper];
  const words = [process.execPath, trial, root, join(folder, 'boot.cjs'), ...node];
  const namespaces = [['--user', '--map-root-user', '--net']];
  if (process.getuid?.() === 0) namespaces.unshift(['--net']);
  for (const namespace of namespaces) {
    const run = spawnSync('unshare', [...namespace, ...words], { encoding: 'utf8', timeout: patience });
    if (run.status === 0) return;
    if (process.env.DEBUG_CODE_CACHE) process.stderr.write(`${run.stdout}${run.stderr}`);
  }
  const test = ['-t', '-f', join(root, 'examples', 'track-process', 'srv1.conf')];
  spawnSync(process.execPath, [...node, join(folder, 'boot.cjs'), ...test], { timeout: patience });
  if (!existsSync(join(folder, 'worker.cache'))) throw new Error('no code cache could be made');
}
