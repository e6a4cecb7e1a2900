/** Configurations in memory: texts by path, and what loading or preprocessing them gives. */

import type { Environment } from '../../src/config/cross-check.js';
import { Diagnostics } from '../../src/config/diagnostics.js';
import { NO_CHECKS } from '../../src/config/include.js';
import { type Loaded, type LoadOptions, loadConfiguration } from '../../src/config/load.js';
import { Preprocessor } from '../../src/config/preprocess.js';
import { type ConfigReader, type ReadOutcome, Sources } from '../../src/config/source.js';

export type Files = Readonly<Record<string, string | ReadOutcome>>;

export const MAIN = '/etc/main.conf';

/** Unicode text as the byte strings that configurations are made of. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

export function readerOf(files: Files): ConfigReader {
  const paths = Object.keys(files);
  return {
    read: (path, limit) => {
      const found = files[path];
      if (found === undefined) return { kind: 'refused', why: 'missing', detail: '' };
      if (typeof found !== 'string') return found;
      const bytes = bytesOf(found);
      if (bytes.length > limit) return { kind: 'refused', why: 'too-large', detail: `${bytes.length} bytes` };
      return { kind: 'text', bytes, mode: 0o600 };
    },
    list: (directory) => {
      const itself = files[directory.replace(/\/$/, '')];
      if (typeof itself === 'object' && itself.kind === 'refused' && itself.why === 'failed')
        return { failed: itself.detail };
      const prefix = directory.endsWith('/') ? directory : `${directory}/`;
      const names = new Set<string>();
      for (const path of paths) {
        if (!path.startsWith(prefix)) continue;
        const [name = '', ...rest] = path.slice(prefix.length).split('/');
        names.add(rest.length > 0 ? `${name}/` : name);
      }
      return names.size > 0 ? [...names] : undefined;
    },
    exists: (path) => paths.some((one) => one === path || one.startsWith(`${path}/`)),
  };
}

export const filesOf = (input: string | Files): Files =>
  typeof input === 'string' ? { [MAIN]: input } : input;

export function load(
  input: string | Files,
  environment: Environment = {},
  options: Partial<LoadOptions> = {},
): Loaded {
  return loadConfiguration(
    { path: MAIN, configId: 'node1', ...options },
    readerOf(filesOf(input)),
    environment,
  );
}

/** Codes of all findings, in order. */
export const codes = (loaded: Loaded): string[] => loaded.diagnostics.map(({ code }) => code);

export interface Preprocessed {
  /** Logical lines, braces on lines of their own. */
  readonly lines: readonly string[];
  /** Codes of the findings. */
  readonly codes: readonly string[];
}

export function preprocess(input: string | Files, options: Partial<LoadOptions> = {}): Preprocessed {
  const sources = new Sources();
  const diagnostics = new Diagnostics(sources);
  const input_ = new Preprocessor(
    {
      path: MAIN,
      configId: options.configId ?? 'node1',
      seed: options.seed ?? 1,
      environment: options.environmentVariable ?? (() => undefined),
      checks: NO_CHECKS,
    },
    readerOf(filesOf(input)),
    sources,
    diagnostics.report,
  );
  const lines: string[] = [];
  for (let piece = input_.next(); piece; piece = input_.next()) lines.push(piece.line.text);
  return { lines, codes: diagnostics.finish().map(({ code }) => code) };
}
