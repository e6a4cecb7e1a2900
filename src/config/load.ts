/**
 * The whole way from a path to a configuration, its diagnostics and a verdict. Never throws, takes time in
 * proportion to the text, and opens files only through the reader it is given. (DESIGN sections 1 and 10)
 */

import { bindRoot } from './bind.js';
import { checkCluster, type Router } from './checks/cluster.js';
import type { CommandFacts } from './checks/commands.js';
import { crossCheck, type Environment } from './cross-check.js';
import { type Diagnostic, Diagnostics, type Verdict } from './diagnostics.js';
import { TextHash } from './hash.js';
import { ALL_CHECKS, NO_CHECKS, type Opened } from './include.js';
import { type KnownBlocks, keepBlocks, Recollection, Remarks } from './known-blocks.js';
import { plainWords } from './lexer.js';
import type { Command, Configuration } from './model.js';
import { type Directive, parse } from './parser.js';
import { Preprocessor } from './preprocess.js';
import { RepeatedInsides } from './repeated-insides.js';
import { changedChecks } from './schema/include-check.js';
import { root } from './schema/root.js';
import type { Block, Rows } from './schema/row.js';
import { buildConfiguration } from './settings/configuration.js';
import type { RootValues } from './settings/context.js';
import { withoutUnusable } from './settings/usable-commands.js';
import { type ConfigReader, Sources } from './source.js';
import type { Statement } from './tree.js';
import { hashOf, TreeHashes } from './tree-hash.js';

export interface LoadOptions {
  /** The main file; a pattern is allowed. */
  readonly path: string;
  /** What `@id` lines are compared with: option -i, else the host name up to its first dot. */
  readonly configId: string;
  /** Option --all-config: every include is checked. */
  readonly allIncludes?: boolean;
  /** Seed of ${_RANDOM}, unless the file sets one. */
  readonly seed?: number;
  /** ${_ENV NAME} */
  readonly environmentVariable?: (name: string) => string | undefined;
}

export interface Loaded {
  /** Absent only when no text could be read. */
  readonly configuration?: Configuration;
  readonly diagnostics: readonly Diagnostic[];
  readonly verdict: Verdict;
  /** Paths of the files read, in order. */
  readonly files: readonly string[];
}

/** A text that was read and bound, with what it was made from. */
interface BoundText {
  readonly sources: Sources;
  readonly diagnostics: Diagnostics;
  readonly tree: Statement;
  readonly values: RootValues;
  readonly opened: readonly Opened[];
}

/** What need not be read again: of an earlier text, and within this one. */
interface Shortcuts {
  readonly recollection?: Recollection;
  readonly insides?: RepeatedInsides | undefined;
}

/** Undefined where what was known does not hold for this text. */
function bindText(options: LoadOptions, reader: ConfigReader): BoundText;
function bindText(options: LoadOptions, reader: ConfigReader, shortcuts: Shortcuts): BoundText | undefined;
function bindText(
  options: LoadOptions,
  reader: ConfigReader,
  { recollection, insides }: Shortcuts = {},
): BoundText | undefined {
  const sources = new Sources();
  const diagnostics = new Diagnostics(sources);
  const { report } = diagnostics;
  const input = new Preprocessor(
    {
      path: options.path,
      configId: options.configId,
      seed: options.seed ?? 0,
      environment: options.environmentVariable ?? (() => undefined),
      checks: options.allIncludes ? ALL_CHECKS : NO_CHECKS,
    },
    reader,
    sources,
    report,
  );
  const tree = parse(input, root, report, readingRules(input), recollection, insides);
  if (recollection?.known && recollection.known.globals !== hashOfGlobals(tree)) return undefined;
  concealSecrets(tree, diagnostics);
  return { sources, diagnostics, tree, values: bindRoot(tree, root, report), opened: input.opened };
}

/** Findings are printed and logged; passwords and keys are not. */
function concealSecrets(tree: Statement, diagnostics: Diagnostics): void {
  for (const statement of tree.children ?? []) {
    const { row, children } = statement;
    if (row?.secret) diagnostics.conceal(statement.line, statement.keyword.length + 1);
    if (children && (row?.kind === 'block' || row?.kind === 'blocks') && holdsSecrets(row.block())) {
      concealSecrets(statement, diagnostics);
    }
  }
}

const secretive = new WeakMap<Block<unknown, Rows>, boolean>();

/** Most blocks hold no secrets anywhere inside, and a large file has very many of those. */
function holdsSecrets(block: Block<unknown, Rows>): boolean {
  const known = secretive.get(block);
  if (known !== undefined) return known;
  const found = Object.values(block.rows).some(
    (row) => row.secret || ((row.kind === 'block' || row.kind === 'blocks') && holdsSecrets(row.block())),
  );
  secretive.set(block, found);
  return found;
}

export function loadConfiguration(
  options: LoadOptions,
  reader: ConfigReader,
  environment: Environment = {},
): Loaded {
  return settle(readText(options, reader, environment).text);
}

/** By whatever shortcuts hold, with what came of a whole reading. */
function readText(
  options: LoadOptions,
  reader: ConfigReader,
  environment: Environment,
  earlier?: KnownBlocks,
): { readonly text: BuiltText; readonly recollection: Recollection } {
  let known = earlier;
  let repeats = true;
  for (;;) {
    const recollection = new Recollection(known);
    const insides = repeats ? new RepeatedInsides() : undefined;
    const bound = bindText(options, reader, { recollection, insides });
    if (!bound) {
      known = undefined;
      continue;
    }
    // What is remarked on inside of one block is to be told at its own place; mostly that is known before anything is built.
    const mayStand = (): boolean => {
      const { touched } = bound.diagnostics;
      return !insides?.touchedBy(touched && new Remarks(touched));
    };
    if (mayStand()) {
      const text = buildBound(options, bound, reader, environment);
      if (mayStand()) return { text, recollection };
    }
    repeats = false;
  }
}

/**
 * The same configuration again and again, as its text changes: with the findings and the outcome of `loadConfiguration`,
 * but blocks whose text is known are not read again.
 */
export class RepeatedLoading {
  #known: KnownBlocks | undefined;

  /** What the next reading may take as known. */
  get known(): { readonly blocks: number; readonly bytes: number } {
    return { blocks: this.#known?.size ?? 0, bytes: this.#known?.bytes ?? 0 };
  }

  load(options: LoadOptions, reader: ConfigReader, environment: Environment = {}): Loaded {
    const { text, recollection } = readText(options, reader, environment, this.#known);
    const { tree, sources, built, diagnostics } = text;
    const hashes = new TreeHashes();
    this.#known = keepBlocks(hashOfGlobals(tree), tree, recollection, {
      source: (id) => sources.get(id),
      services: built.services,
      hash: (statement) => hashes.of(statement),
      touched: diagnostics.touched,
    });
    return settle(text);
  }
}

/** Several configurations as the routers of one cluster: each by itself, then held against the others. */
export function loadCluster(routers: readonly LoadOptions[], reader: ConfigReader): Loaded[] {
  const all = routers.map((options) => buildText(options, reader));
  checkCluster(all);
  return all.map(settle);
}

/** A text with the configuration that was made of it. */
export interface BuiltText extends Router, BoundText {
  readonly diagnostics: Diagnostics;
}

export function buildText(
  options: LoadOptions,
  reader: ConfigReader,
  environment: Environment = {},
): BuiltText {
  return buildBound(options, bindText(options, reader), reader, environment);
}

function buildBound(
  options: LoadOptions,
  bound: BoundText,
  reader: ConfigReader,
  environment: Environment,
): BuiltText {
  const { sources, diagnostics, tree, values, opened } = bound;
  const { report } = diagnostics;
  const { nameFiles } = environment;
  const built = buildConfiguration(values, tree, hashOf(tree), reader.read, report, nameFiles);
  const commands = environment.commands && remembered(environment.commands);
  crossCheck(values, built, opened, { ...environment, ...(commands ? { commands } : {}) }, report);
  if (sources.all.length > 0 && (tree.children ?? []).length === 0) {
    report('emptyConfiguration', { source: 0, start: 0, end: 0 }, 'nothing is configured');
  }
  const usable = commands ? withoutUnusable(built.configuration, commands) : built.configuration;
  const configuration = { ...usable, hash: hashWithKeys(usable) };
  return { ...bound, path: options.path, built: { ...built, configuration } };
}

/** The same command stands in many places, and each look walks over folders. */
function remembered(look: (command: Command) => CommandFacts): (command: Command) => CommandFacts {
  const known = new Map<string, CommandFacts>();
  return (command) => {
    const key = JSON.stringify([command.argv[0], command.argv[3], command.user, command.group]);
    const facts = known.get(key) ?? look(command);
    known.set(key, facts);
    return facts;
  };
}

function settle({ built, diagnostics, sources }: BuiltText): Loaded {
  const { misspellings } = diagnostics;
  const configuration = { ...built.configuration, ...(misspellings.length > 0 ? { misspellings } : {}) };
  return {
    ...(sources.all.length > 0 ? { configuration } : {}),
    diagnostics: diagnostics.finish(),
    verdict: diagnostics.verdict(),
    files: sources.all.map(({ path }) => path),
  };
}

/** Lines that change how the text behind them is read; binding sees them once more like any other line. */
function readingRules(input: Preprocessor): Directive {
  return (block, { keyword, line }) => {
    if (block !== 'global_defs') return;
    const words = plainWords(line.text)
      .words.slice(1)
      .map(({ text }) => text);
    if (keyword === 'include_check') input.checks = changedChecks(input.checks, words);
    else if (keyword === 'random_seed' && /^[0-9]{1,10}$/.test(words[0] ?? '')) {
      input.definitions.seed(Number(words[0]));
    }
  };
}

/** Of all global_defs. */
function hashOfGlobals(tree: Statement): string {
  const hash = new TextHash();
  const hashes = new TreeHashes();
  for (const statement of tree.children ?? [])
    if (statement.row === root.rows.globals) hash.mix(hashes.of(statement));
  return hash.finish();
}

/** Keys may stand in files of their own: another key is another configuration. */
function hashWithKeys({ hash: ofText, instances }: Configuration): string {
  const keys = instances.flatMap(({ hmac }) => hmac?.keys ?? []);
  if (keys.length === 0) return ofText;
  const hash = new TextHash();
  hash.add(ofText);
  for (const { id, hex } of keys) hash.add(`${id} ${hex}`);
  return hash.finish();
}
