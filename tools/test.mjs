// Runs every compiled test in one run of node:test, so that one summary ends the output and speaks for all.
// It decides which files run, in what order and how many at once, and how the outcome is printed; what a test
// does is the test's own matter. A file that executes no test is a failure: it would otherwise pass for ever.
//
//   npm test                          everything
//   npm test -- wire core/vrrp        only files whose path contains one of the words
//   npm test -- --except lab          all but those
//   npm test -- -t 'goodbye'          only tests whose name matches the pattern
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
import { inspect, parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiledTests = join(root, 'dist', 'test');

/** No file may take longer; a test that hangs is then named instead of holding up everything. */
const fileTimeoutMs = 10 * 60 * 1000;
/** Of what a failing file printed, this much of its end is shown. */
const keptOutputBytes = 16 * 1024;

/**
 * Folders in the order of running, others between. The long ones that need the processor go first and the ones
 * that live by the clock (real daemons with real timers) last, so that the two kinds do not meet.
 */
const first = ['test/tools/', 'test/sim/'];
const last = ['test/host/', 'test/daemon/', 'test/demo/', 'test/lab/', 'test/kernel/'];

const useColour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code) => (text) => (useColour ? `\x1b[${code}m${text}\x1b[0m` : text);
const red = paint(31);
const green = paint(32);
const yellow = paint(33);
const blue = paint(34);
const grey = paint(90);

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
        list: { type: 'boolean' },
        'no-skips': { type: 'boolean' },
      },
    });
  } catch (error) {
    console.error(
      `${error.message}\nUsage: npm test -- [WORD...] [--except WORD] [-t PATTERN] [--output] [--list] [--no-skips]`,
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
  const interrupt = new AbortController();
  // Every file listens to it.
  setMaxListeners(0, interrupt.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interrupt.abort());

  const chosen = new Set(paths);
  const state = {
    running: new Set(),
    heading: '',
    ancestors: [],
    failures: [],
    skipped: [],
    empty: [],
    output: new Map(),
    summary: [],
  };
  const stream = run({
    files: paths,
    concurrency: Math.max(2, availableParallelism()),
    timeout: fileTimeoutMs,
    signal: interrupt.signal,
    ...(options.name === undefined
      ? {}
      : { testNamePatterns: options.name.map((pattern) => new RegExp(pattern)) }),
  });
  const sayUnfinished = () => {
    const names = [...state.running].map((file) => `\n  ${sourceName(file)}`).join('');
    if (names !== '') console.error(`\n${red('Ended early, while these ran:')}${names}`);
  };
  process.once('exit', sayUnfinished);
  interrupt.signal.addEventListener('abort', sayUnfinished, { once: true });
  for await (const event of stream) take(event, state, chosen);
  state.running.clear();

  const skipsCount = options['no-skips'] === true && state.skipped.length > 0;
  printSkipped(state, skipsCount);
  printFailures(state);
  console.log('');
  for (const line of state.summary) console.log(`${blue('ℹ')} ${line}`);
  return state.failures.length > 0 || state.empty.length > 0 || skipsCount || interrupt.signal.aborted
    ? 1
    : 0;
}

/**
 * The compiled file in which a test was written. Node names it as a path, as a URL, or by its source; only newer
 * versions also name the file that was run. Tests that a shared file defines are told under that file's name.
 */
function fileOf(data, state, chosen) {
  const named = data.entryFile ?? data.file ?? '';
  const path = named.startsWith('file:') ? fileURLToPath(named) : named;
  const compiled = path.endsWith('.ts')
    ? join(root, 'dist', relative(root, path).replace(/\.ts$/, '.js'))
    : path;
  return chosen.has(compiled) || existsSync(compiled) ? compiled : state.heading;
}

function take(event, state, chosen) {
  const { type, data } = event;
  if (type === 'test:stdout' || type === 'test:stderr') {
    if (options.output === true) process.stdout.write(data.message);
    else
      state.output.set(
        data.file,
        `${state.output.get(data.file) ?? ''}${data.message}`.slice(-keptOutputBytes),
      );
  } else if (type === 'test:diagnostic') {
    if (/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(data.message)) {
      if (data.file === undefined) state.summary.push(data.message);
    } else if (data.nesting > 0 || data.file !== undefined) {
      console.log(`${'  '.repeat(data.nesting + 1)}${grey(`ℹ ${data.message}`)}`);
    }
  } else if (type === 'test:dequeue') {
    if (chosen.has(data.name)) state.running.add(data.name);
  } else if (type === 'test:start') {
    state.ancestors.length = data.nesting;
    state.ancestors[data.nesting] = data.name;
    if (!chosen.has(data.name)) printHeading(fileOf(data, state, chosen), state);
    if (data.nesting > 0) printSuites(state, data.nesting);
  } else if (type === 'test:pass' || type === 'test:fail') {
    finish(type === 'test:pass', data, state, chosen);
  }
}

function printHeading(file, state) {
  if (file === state.heading || file === '') return;
  // Files are told one after the other, each when it has ended.
  state.running.delete(file);
  state.heading = file;
  state.printed = 0;
  console.log(`\n${blue(sourceName(file))}`);
}

/** A suite's name is printed when its first child begins, as its own outcome comes only after them. */
function printSuites(state, nesting) {
  for (let depth = 0; depth < nesting; depth += 1) {
    const path = state.ancestors.slice(0, depth + 1).join('\0');
    if (state.openSuites?.[depth] === path) continue;
    state.openSuites = [...(state.openSuites ?? []).slice(0, depth), path];
    console.log(`${'  '.repeat(depth + 1)}▶ ${state.ancestors[depth]}`);
  }
}

function finish(passed, data, state, chosen) {
  const isFile = data.nesting === 0 && chosen.has(data.name);
  const file = isFile ? data.name : fileOf(data, state, chosen);
  const indent = '  '.repeat(data.nesting + 1);
  const took = grey(`(${formatDuration(data.details?.duration_ms ?? 0)})`);
  if (isFile && passed) {
    // A name pattern legitimately leaves files without a test; nothing else does.
    if (options.name === undefined) {
      state.empty.push(file);
      console.log(`\n${blue(sourceName(file))}\n  ${red('✖ ran no test')}`);
    }
    return;
  }
  const fullName = [...state.ancestors.slice(0, data.nesting), data.name].join(' > ');
  const isSuite =
    data.details?.type === 'suite' || state.openSuites?.[data.nesting]?.endsWith(data.name) === true;
  if (data.skip !== undefined) {
    state.skipped.push({ file, name: fullName, reason: typeof data.skip === 'string' ? data.skip : '' });
    console.log(
      `${indent}${yellow(`﹣ ${data.name}`)} ${grey(`# ${data.skip === true ? 'skipped' : data.skip}`)}`,
    );
  } else if (passed) {
    if (!isSuite) console.log(`${indent}${green('✔')} ${data.name} ${took}`);
  } else if (data.todo === undefined) {
    const onlyBecauseOfChildren = data.details?.error?.failureType === 'subtestsFailed';
    if (!onlyBecauseOfChildren) {
      state.failures.push({ file, name: isFile ? 'the file itself' : fullName, error: data.details?.error });
    }
    console.log(`${indent}${red(`✖ ${isFile ? sourceName(file) : data.name}`)} ${took}`);
  }
  if (isSuite) state.openSuites = (state.openSuites ?? []).slice(0, data.nesting);
}

function formatDuration(milliseconds) {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

function printSkipped(state, isFailure) {
  if (state.skipped.length === 0) return;
  console.log(
    `\n${(isFailure ? red : yellow)(isFailure ? 'Skipped, which --no-skips forbids:' : 'Skipped:')}`,
  );
  for (const { file, name, reason } of state.skipped) {
    console.log(`  ﹣ ${sourceName(file)}: ${name}${reason === '' ? '' : ` # ${reason}`}`);
  }
}

function printFailures(state) {
  if (state.failures.length === 0 && state.empty.length === 0) return;
  console.log(`\n${red('Failed:')}`);
  for (const file of state.empty) console.log(`  ✖ ${sourceName(file)}: ran no test`);
  const shownOutput = new Set();
  for (const { file, name, error } of state.failures) {
    console.log(`\n  ${red(`✖ ${sourceName(file)}: ${name}`)}`);
    const reason = error?.cause instanceof Error ? error.cause : (error?.cause ?? error);
    const text = typeof reason === 'string' ? reason : inspect(reason, { colors: useColour, depth: 6 });
    const ours = text.replace(/\n +at .*\bnode:internal\/.*(?=\n|$| \{)/g, '');
    console.log(ours.replace(/^/gm, '    '));
    const output = state.output.get(file);
    if (output === undefined || shownOutput.has(file)) continue;
    shownOutput.add(file);
    console.log(`    ${grey('what the file printed:')}\n${output.trimEnd().replace(/^/gm, '    | ')}`);
  }
}
