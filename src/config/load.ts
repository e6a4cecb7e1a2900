/**
 * The whole way from a path to a configuration, its diagnostics and a verdict. Never throws, takes time in
 * proportion to the text, and opens files only through the reader it is given. (DESIGN sections 1 and 10)
 */

import { invariant } from '../base/invariant.js';
import { bindRoot } from './bind.js';
import { checkCluster, type Router } from './checks/cluster.js';
import type { CommandFacts } from './checks/commands.js';
import { crossCheck, type Environment } from './cross-check.js';
import { type Diagnostic, Diagnostics, type Verdict } from './diagnostics.js';
import { LineHashes, TextHash } from './hash.js';
import { ALL_CHECKS, NO_CHECKS, type Opened } from './include.js';
import { type KnownBlocks, keepBlocks, Recollection } from './known-blocks.js';
import { plainWords } from './lexer.js';
import type { Command, Configuration } from './model.js';
import { type Directive, parse } from './parser.js';
import { Preprocessor } from './preprocess.js';
import { changedChecks } from './schema/include-check.js';
import { root } from './schema/root.js';
import type { Block, Rows } from './schema/row.js';
import { buildConfiguration } from './settings/configuration.js';
import type { RootValues } from './settings/context.js';
import { withoutUnusable } from './settings/usable-commands.js';
import { type ConfigReader, Sources } from './source.js';
import type { Statement } from './tree.js';

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

/** Undefined where what was known does not hold for this text. */
function bindText(options: LoadOptions, reader: ConfigReader): BoundText;
function bindText(
  options: LoadOptions,
  reader: ConfigReader,
  recollection: Recollection,
): BoundText | undefined;
function bindText(
  options: LoadOptions,
  reader: ConfigReader,
  recollection?: Recollection,
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
  const tree = parse(input, root, report, readingRules(input), recollection);
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
  return settle(buildText(options, reader, environment));
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
    let recollection = new Recollection(this.#known);
    let bound = bindText(options, reader, recollection);
    if (!bound) {
      recollection = new Recollection(undefined);
      bound = bindText(options, reader, recollection);
    }
    invariant(bound, 'a reading from which nothing is known holds for every text');
    const text = buildBound(options, bound, reader, environment);
    const { tree, sources, built, diagnostics } = text;
    const lines = new LineHashes();
    this.#known = keepBlocks(hashOfGlobals(tree), tree, recollection, {
      source: (id) => sources.get(id),
      services: built.services,
      hash: (statement) => hashOfStatement(statement, lines),
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

/** The same for the same statements, whatever stands around them. */
export function hashOf(tree: Statement): string {
  const hash = new TextHash();
  const lines = new LineHashes();
  for (const statement of tree.children ?? []) hash.add(hashOfStatement(statement, lines));
  return hash.finish();
}

/** Of all global_defs. */
function hashOfGlobals(tree: Statement): string {
  const hash = new TextHash();
  for (const statement of tree.children ?? [])
    if (statement.row === root.rows.globals) hash.add(hashOfStatement(statement));
  return hash.finish();
}

function hashOfStatement(statement: Statement, lines?: LineHashes): string {
  if (statement.known) return statement.known.hash;
  const hash = new TextHash(lines);
  hashTree(statement, hash);
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

function hashTree(statement: Statement, hash: TextHash): void {
  hash.add(statement.line.text);
  if (!statement.children) return;
  hash.add('{');
  for (const child of statement.children) hashTree(child, hash);
  hash.add('}');
}
