// How a test run is told: file by file while it goes, and at the end what was skipped, what failed, and node's own
// summary. Which files run is decided in test.mjs.

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

/** Of what a failing file printed, this much of its end is shown. */
const keptOutputBytes = 16 * 1024;

const useColour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code) => (text) => (useColour ? `\x1b[${code}m${text}\x1b[0m` : text);
const red = paint(31);
const green = paint(32);
const yellow = paint(33);
const blue = paint(34);
const grey = paint(90);

const print = (text) => console.log(text);
const indentOf = (nesting) => '  '.repeat(nesting + 1);
const formatDuration = (milliseconds) =>
  milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;

export class Report {
  #root;
  #files;
  #settings;
  /** Files that were begun and whose outcome is not told yet. */
  #running = new Set();
  #heading = '';
  /** Names of the tests and suites around the one that is told. */
  #ancestors = [];
  /** Paths of the suites whose name was printed. */
  #opened = new Set();
  /** Tests that passed inside of the current top-level suite and were not printed. */
  #quietPasses = 0;
  #output = new Map();
  #summary = [];
  #failures = [];
  #aborted = [];
  #skipped = [];
  #empty = [];

  /**
   * `settings.verbose`: every test has a line; otherwise a suite that passes has one. `settings.showOutput`: what
   * the tests print is shown as it comes. `settings.mayBeEmpty`: files without a test are no failure.
   */
  constructor(root, files, settings) {
    this.#root = root;
    this.#files = new Set(files);
    this.#settings = settings;
  }

  sourceName(compiled) {
    return relative(join(this.#root, 'dist'), compiled).replace(/\.js$/, '.ts');
  }

  take({ type, data }) {
    if (type === 'test:stdout' || type === 'test:stderr') this.#takeOutput(data);
    else if (type === 'test:diagnostic') this.#takeDiagnostic(data);
    else if (type === 'test:dequeue' && this.#files.has(data.name)) this.#running.add(data.name);
    else if (type === 'test:start') this.#takeStart(data);
    else if (type === 'test:pass' || type === 'test:fail') this.#takeEnd(type === 'test:pass', data);
  }

  /** Says what was running when the run was cut short; nothing after an ordinary end. */
  sayUnfinished() {
    if (this.#running.size === 0) return;
    const names = [...this.#running].map((file) => `\n  ${this.sourceName(file)}`).join('');
    console.error(`\n${red('Ended early, while these ran:')}${names}`);
    this.#running.clear();
  }

  /** Prints the end of the report; returns whether all went well. */
  end({ forbidSkips }) {
    this.#running.clear();
    const skipsAreFailures = forbidSkips && this.#skipped.length > 0;
    this.#printSkipped(skipsAreFailures);
    this.#printFailures();
    print('');
    for (const line of this.#summary) print(`${blue('ℹ')} ${line}`);
    return (
      [this.#failures, this.#aborted, this.#empty].every((list) => list.length === 0) && !skipsAreFailures
    );
  }

  /**
   * The compiled file in which a test was written. Node names it as a path, as a URL, or by its source; only newer
   * versions also name the file that was run. Tests that a shared file defines are told under that file's name.
   */
  #fileOf(data) {
    const named = data.entryFile ?? data.file ?? '';
    const path = named.startsWith('file:') ? fileURLToPath(named) : named;
    const compiled = path.endsWith('.ts')
      ? join(this.#root, 'dist', relative(this.#root, path).replace(/\.ts$/, '.js'))
      : path;
    return this.#files.has(compiled) || existsSync(compiled) ? compiled : this.#heading;
  }

  #takeOutput({ file, message }) {
    if (this.#settings.showOutput) process.stdout.write(message);
    else this.#output.set(file, `${this.#output.get(file) ?? ''}${message}`.slice(-keptOutputBytes));
  }

  #takeDiagnostic({ message, nesting, file }) {
    if (/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message)) {
      // Node 20 sends those of every file too, but only the last ones, of the whole run, have no file.
      if (file === undefined) this.#summary.push(message);
    } else if (nesting > 0 || file !== undefined) {
      this.#openSuites(nesting);
      print(`${indentOf(nesting)}${grey(`ℹ ${message}`)}`);
    }
  }

  #takeStart(data) {
    this.#ancestors.length = data.nesting;
    this.#ancestors[data.nesting] = data.name;
    const file = this.#fileOf(data);
    if (this.#files.has(data.name) || file === this.#heading || file === '') return;
    // Files are told one after the other, each when it has ended.
    this.#running.delete(file);
    this.#heading = file;
    print(`\n${blue(this.sourceName(file))}`);
  }

  /** The names of the suites around, each printed once, before the first thing in it that is printed. */
  #openSuites(nesting) {
    for (let depth = 0; depth < nesting; depth += 1) {
      const path = this.#ancestors.slice(0, depth + 1).join('\0');
      if (this.#opened.has(path)) continue;
      this.#opened.add(path);
      print(`${indentOf(depth)}▶ ${this.#ancestors[depth]}`);
    }
  }

  #takeEnd(passed, data) {
    const { name, nesting, details, skip, todo } = data;
    if (nesting === 0 && this.#files.has(name)) {
      this.#takeEndOfFile(passed, data);
      return;
    }
    const path = [...this.#ancestors.slice(0, nesting), name];
    const entry = { file: this.#fileOf(data), name: path.join(' > '), error: details?.error };
    const took = grey(`(${formatDuration(details?.duration_ms ?? 0)})`);
    const isSuite = details?.type === 'suite';
    if (skip !== undefined) {
      const reason = typeof skip === 'string' ? skip : 'skipped';
      this.#skipped.push({ ...entry, reason });
      this.#openSuites(nesting);
      print(`${indentOf(nesting)}${yellow(`﹣ ${name}`)} ${grey(`# ${reason}`)}`);
    } else if (passed) {
      this.#printPass({ name, nesting, took, isSuite });
    } else if (todo === undefined) {
      if (details?.error?.failureType !== 'subtestsFailed') this.#failures.push(entry);
      this.#openSuites(nesting);
      print(`${indentOf(nesting)}${red(`✖ ${name}`)} ${took}`);
    }
    if (nesting === 0) {
      this.#opened.clear();
      this.#quietPasses = 0;
    }
  }

  #printPass({ name, nesting, took, isSuite }) {
    const { verbose } = this.#settings;
    if (nesting > 0 && !verbose) {
      if (!isSuite) this.#quietPasses += 1;
      return;
    }
    if (isSuite && verbose) return;
    this.#openSuites(nesting);
    const inside = this.#quietPasses === 0 ? '' : grey(`: ${this.#quietPasses} tests `);
    print(`${indentOf(nesting)}${green('✔')} ${name}${inside === '' ? ' ' : inside}${took}`);
  }

  /** Node tells of a file as a test only if it ran none, or if it failed as a whole. */
  #takeEndOfFile(passed, { name: file, details }) {
    this.#running.delete(file);
    if (passed) {
      if (this.#settings.mayBeEmpty) return;
      this.#empty.push(file);
      print(`\n${blue(this.sourceName(file))}\n  ${red('✖ ran no test')}`);
    } else if (details?.error?.failureType === 'testAborted') {
      this.#aborted.push(file);
    } else {
      if (details?.error?.failureType === 'subtestsFailed') return;
      this.#failures.push({ file, name: 'the file itself', error: details?.error });
      print(`\n${blue(this.sourceName(file))}\n  ${red('✖ failed as a whole')}`);
    }
  }

  #printSkipped(areFailures) {
    if (this.#skipped.length === 0) return;
    print(`\n${areFailures ? red('Skipped, which --no-skips forbids:') : yellow('Skipped:')}`);
    for (const { file, name, reason } of this.#skipped) {
      print(`  ﹣ ${this.sourceName(file)}: ${name} # ${reason}`);
    }
  }

  #printFailures() {
    if (this.#failures.length + this.#empty.length + this.#aborted.length === 0) return;
    print(`\n${red('Failed:')}`);
    for (const file of this.#aborted) print(`  ✖ ${this.sourceName(file)}: did not come to its end`);
    for (const file of this.#empty) print(`  ✖ ${this.sourceName(file)}: ran no test`);
    const shownOutput = new Set();
    for (const { file, name, error } of this.#failures) {
      print(`\n  ${red(`✖ ${this.sourceName(file)}: ${name}`)}`);
      const reason = error?.cause ?? error;
      const text = typeof reason === 'string' ? reason : inspect(reason, { colors: useColour, depth: 6 });
      // The frames of the test runner itself tell nobody anything.
      print(text.replace(/\n +at .*\bnode:internal\/.*(?=\n|$| \{)/g, '').replace(/^/gm, '    '));
      const output = this.#output.get(file);
      if (output === undefined || shownOutput.has(file)) continue;
      shownOutput.add(file);
      print(`    ${grey('what the file printed:')}\n${output.trimEnd().replace(/^/gm, '    | ')}`);
    }
  }
}
