// Runs every compiled test in one run of node:test, so that one summary ends the output and speaks for all.
// It decides which files run, in what order and how many at once, and how the outcome is printed; what a test
// does is the test's own matter. A file that executes no test is a failure: it would otherwise pass for ever.
//
//   npm test                          everything
//   npm test -- wire core/vrrp        only files whose path contains one of the words
//   npm test -- --except lab          all but those
//   npm test -- -t 'goodbye'          only tests whose name matches the pattern
//   npm test -- -v                    a line for every test; so it is too when words chose the files
//   npm test -- --output              also what the tests print themselves
//   npm test -- --list                name the files and stop
//   npm test -- --no-skips            a skipped test is a failure (CI has everything that a test can want)
//
// Exit codes: 0 all passed; 1 a test failed, a file ran none, or nothing matched; 2 wrong arguments.

import { setMaxListeners } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Report } from './test-report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiledTests = join(root, 'dist', 'test');

/** No file may take longer; a test that hangs is then named instead of holding up everything. */
const fileTimeoutMs = 15 * 60 * 1000;
/**
 * Folders in the order of running, others between. The long ones that need the processor go first and the ones
 * that live by the clock (real daemons with real timers) last, so that the two kinds do not meet; of either kind the
 * longest begin, so that none is left to run alone.
 */
const first = ['test/tools/', 'test/sim/'];
const last = [
  'test/lab/interop',
  'test/lab/lab',
  'test/kernel/',
  'test/lab/',
  'test/demo/',
  'test/daemon/',
  'test/host/',
];
/** Files at once: one more than processors, for every other one mostly waits. */
const atOnce = availableParallelism() + 1;

const { values: options, positionals: words } = readArguments();
const files = selectFiles();
if (options.list === true) {
  for (const file of files) console.log(sourceName(file));
  process.exit(0);
}
if (files.length === 0) {
  console.error('No test file matches. The rooms with tests are:');
  console.error(`  ${[...new Set(listFiles().map((file) => dirname(sourceName(file))))].join('\n  ')}`);
  process.exit(1);
}
process.exitCode = await runFiles(files);

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        except: { type: 'string', multiple: true, default: [] },
        name: { type: 'string', short: 't', multiple: true },
        output: { type: 'boolean' },
        verbose: { type: 'boolean', short: 'v' },
        list: { type: 'boolean' },
        'no-skips': { type: 'boolean' },
      },
    });
  } catch (error) {
    console.error(
      `${error.message}\nUsage: npm test -- [WORD...] [--except WORD] [-t PATTERN] [-v] [--output] [--list] [--no-skips]`,
    );
    process.exit(2);
  }
}

function sourceName(compiled) {
  return relative(join(root, 'dist'), compiled).replace(/\.js$/, '.ts');
}

/** Compiled test files whose source is still there. */
function listFiles(folder = compiledTests) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFiles(path);
    return entry.name.endsWith('.test.js') && existsSync(join(root, sourceName(path))) ? [path] : [];
  });
}

function selectFiles() {
  const rank = (name) => {
    const early = first.findIndex((folder) => name.startsWith(folder));
    if (early >= 0) return early - first.length;
    return last.findIndex((folder) => name.startsWith(folder)) + 1;
  };
  return listFiles()
    .map((file) => ({ file, name: sourceName(file) }))
    .filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
    .filter(({ name }) => !options.except.some((word) => name.includes(word)))
    .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1))
    .map(({ file }) => file);
}

/** Runs the files and prints as it goes; resolves to the exit code. */
async function runFiles(paths) {
  // Test files are processes of their own: their stack traces shall name lines of the sources.
  process.env.NODE_OPTIONS ??= '--enable-source-maps';
  // Node reads a whole file of certificates at the start of every process, which takes longer than the rest of its start;
  // no test talks to the world.
  delete process.env.NODE_EXTRA_CA_CERTS;
  const report = new Report(root, paths, {
    verbose: options.verbose === true || words.length > 0 || options.name !== undefined,
    showOutput: options.output === true,
    mayBeEmpty: options.name !== undefined,
  });
  const interrupt = new AbortController();
  // Every file listens to it.
  setMaxListeners(0, interrupt.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interrupt.abort());
  interrupt.signal.addEventListener('abort', () => report.sayUnfinished(), { once: true });
  process.once('exit', () => report.sayUnfinished());

  const stream = run({
    files: paths,
    concurrency: atOnce,
    timeout: fileTimeoutMs,
    signal: interrupt.signal,
    ...(options.name === undefined
      ? {}
      : { testNamePatterns: options.name.map((pattern) => new RegExp(pattern)) }),
  });
  for await (const event of stream) report.take(event);
  const well = report.end({ forbidSkips: options['no-skips'] === true });
  return well && !interrupt.signal.aborted ? 0 : 1;
}
