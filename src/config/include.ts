/**
 * Include lines: which files one names and what is wrong with it. Reading the text inside is the preprocessor's.
 * (configuration reference, section 7)
 */
import { MAX_CONFIG_BYTES, MAX_CONFIG_DEPTH, MAX_CONFIG_FILES } from '../base/limits.js';
import type { Report } from './diagnostics.js';
import { braceAlternatives, hasWildcard, matchPattern } from './glob.js';
import { type ConfigReader, decodeBytes, type Sources, type SourceText, type Unreadable } from './source.js';
import type { Span } from './span.js';

/** What must hold for an include to succeed; the forms of the keyword and include_check set them. */
export interface IncludeChecks {
  readonly readable: boolean;
  readonly match: boolean;
  readonly wildcardMatch: boolean;
  readonly braceMatch: boolean;
}

export const NO_CHECKS: IncludeChecks = {
  readable: false,
  match: false,
  wildcardMatch: false,
  braceMatch: false,
};
export const ALL_CHECKS: IncludeChecks = {
  readable: true,
  match: true,
  wildcardMatch: true,
  braceMatch: true,
};

const FORMS: Readonly<Record<string, Partial<IncludeChecks>>> = {
  '': {},
  r: { readable: true },
  m: { readable: true, match: true },
  w: { readable: true, match: true, wildcardMatch: true },
  b: { readable: true, braceMatch: true },
  a: ALL_CHECKS,
};

const INCLUDE = /^include([rmwba]?)(?:[ \t]+(.*))?$/;

/** The pattern of an include line and the checks it adds; undefined for any other line. */
export function readInclude(
  text: string,
): { pattern: string; checks: Partial<IncludeChecks>; at: number } | undefined {
  if (!text.startsWith('include')) return undefined;
  const match = INCLUDE.exec(text);
  if (!match) return undefined;
  const pattern = match[2] ?? '';
  return { pattern, checks: FORMS[match[1] ?? ''] ?? {}, at: text.length - pattern.length };
}

const WHY: Readonly<Record<Unreadable, string>> = {
  missing: 'does not exist',
  directory: 'is a directory',
  'not-regular': 'is not a regular file',
  permission: 'may not be read by this user',
  'too-large': 'is too large',
  changed: 'vanished or changed while it was read',
  failed: 'cannot be read',
};

export interface Opened {
  readonly source: SourceText;
  readonly mode: number;
}

/** Opens files, main and included, within the bounds of one configuration. */
export class Includer {
  #files = 0;
  #bytes = 0;

  constructor(
    readonly reader: ConfigReader,
    readonly sources: Sources,
    readonly report: Report,
  ) {}

  /** The main file, or all that its pattern matches. */
  openMain(pattern: string): readonly Opened[] {
    const paths = this.#match(pattern);
    const found = paths.length === 0 ? [pattern] : paths;
    if (found.length > 1) {
      this.report('severalFiles', undefined, `"${decodeBytes(pattern)}" matches ${found.length} files`);
    }
    return found.flatMap((path) => this.#open(path, undefined, 'fileUnreadable') ?? []);
  }

  /** The files of one include line, in glob order. `open` are the files being read, outermost first. */
  include(
    pattern: string,
    directory: string,
    checks: IncludeChecks,
    at: Span,
    open: readonly SourceText[],
  ): readonly Opened[] {
    const shown = decodeBytes(pattern);
    if (pattern === '') {
      this.report('missingValue', at, 'an include line needs the name of a file');
      return [];
    }
    if (open.length >= MAX_CONFIG_DEPTH) {
      this.report('includeLoop', at, `"${shown}" is included through ${open.length} other files`);
      return [];
    }
    const full =
      pattern.startsWith('/') || directory === '' ? pattern : `${directory.replace(/\/$/, '')}/${pattern}`;
    const alternatives = braceAlternatives(full);
    let unlisted = false;
    const lists = alternatives.map((one) =>
      matchPattern(one, this.reader, (where, why) => {
        unlisted = true;
        this.report('includeFailed', at, `the directory "${decodeBytes(where)}" cannot be listed (${why})`);
      }),
    );
    const paths = lists.flat();
    const missed = lists.findIndex((list) => list.length === 0);
    const demanded =
      paths.length === 0 ? (hasWildcard(pattern) ? checks.wildcardMatch : checks.match) : false;
    if (demanded || (checks.braceMatch && missed >= 0 && alternatives.length > 1)) {
      const which = paths.length === 0 ? shown : decodeBytes(alternatives[missed] ?? pattern);
      this.report('includeRefused', at, `no file matches "${which}"`);
    } else if (paths.length === 0 && !unlisted)
      this.report('includeMissing', at, `no file matches "${shown}"`);
    const code = checks.readable ? 'includeRefused' : 'includeSkipped';
    return paths.flatMap((path) => {
      if (open.some((source) => source.path === path)) {
        this.report('includeLoop', at, `"${decodeBytes(path)}" includes itself`);
        return [];
      }
      return this.#open(path, at, code) ?? [];
    });
  }

  #match(pattern: string): readonly string[] {
    return braceAlternatives(pattern).flatMap((one) =>
      matchPattern(one, this.reader, (where, why) =>
        this.report(
          'fileUnreadable',
          undefined,
          `the directory "${decodeBytes(where)}" cannot be listed (${why})`,
        ),
      ),
    );
  }

  #open(
    path: string,
    at: Span | undefined,
    code: 'fileUnreadable' | 'includeRefused' | 'includeSkipped',
  ): Opened | undefined {
    const shown = decodeBytes(path);
    if (++this.#files > MAX_CONFIG_FILES) {
      if (this.#files === MAX_CONFIG_FILES + 1) {
        this.report('tooMuch', at, `more than ${MAX_CONFIG_FILES} files are included`);
      }
      return undefined;
    }
    if (path.endsWith('/')) {
      this.report(code, at, `"${shown}" is a directory`);
      return undefined;
    }
    const outcome = this.reader.read(path, MAX_CONFIG_BYTES - this.#bytes);
    if (outcome.kind === 'refused') {
      const detail = outcome.detail === '' ? '' : ` (${outcome.detail})`;
      if (outcome.why === 'too-large')
        this.report('tooMuch', at, `"${shown}" is larger than is read${detail}`);
      else {
        // A plain include passes over what is meant to be passed over, not what happens not to be readable just now.
        const unlucky = outcome.why === 'failed' || outcome.why === 'changed';
        const told = unlucky && code === 'includeSkipped' ? 'includeFailed' : code;
        this.report(told, at, `"${shown}" ${WHY[outcome.why]}${detail}`);
      }
      return undefined;
    }
    if ((outcome.mode & 0o111) !== 0) {
      this.report(code, at, `"${shown}" is executable and therefore not read`);
      return undefined;
    }
    const source = this.sources.add(path, outcome.bytes, at);
    this.#bytes += source.length;
    if (looksBinary(source.slice(0, LOOKED_AT))) {
      this.report('fileBinary', { source: source.id, start: 0, end: 0 }, `"${shown}" is not a text file`);
      return undefined;
    }
    return { source, mode: outcome.mode };
  }
}

/** Bytes by which it is known whether a file is a text. */
const LOOKED_AT = 4096;

/** More than a tenth of the first bytes are control characters other than blanks. */
function looksBinary(bytes: string): boolean {
  let strange = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes.charCodeAt(i);
    if (c < 9 || (c > 13 && c < 32) || c === 127) strange++;
  }
  return strange > 4 && strange > bytes.length / 10;
}
