/**
 * Writes a PCRE2 pattern as a JavaScript one that finds the same, or says what stands in the way: recursion, conditions,
 * verbs, and what would only nearly mean the same. Nothing is guessed: what is not known here is refused. Searching is
 * done elsewhere. (pcre2pattern(3); directives-lvs section 6.2)
 *
 * Bytes are characters of Latin-1, unless `utf`. Case, dots, anchors and classes are written out, so that no flag of
 * JavaScript with its own idea of them is needed. Groups get names of ours, for more of them are needed than the
 * pattern has: an atomic group is a lookahead whose find is then taken.
 */
import { ok, type Result, refuse } from '../../base/result.js';
import type { RegexOption, RegexSettings } from '../model-lvs.js';
import { PatternReader } from './reader.js';
import { writePattern } from './writer.js';

/** For `new RegExp`. */
export interface JavaScriptPattern {
  readonly source: string;
  readonly flags: string;
  /** The body is read as UTF-8, else as bytes. */
  readonly utf: boolean;
  /** A match has to begin in the first line. */
  readonly firstLine: boolean;
}

export interface PatternRefusal {
  /** Whether PCRE2 would not take it either. */
  readonly kind: 'invalid' | 'not-served';
  /** A sentence part: "recursion ((?R))". */
  readonly what: string;
  /** In characters of the pattern. */
  readonly at: number;
}

export function translatePattern({
  pattern,
  options,
}: Pick<RegexSettings, 'pattern' | 'options'>): Result<JavaScriptPattern, PatternRefusal> {
  const asked = new Set<RegexOption>(options);
  const reader = new PatternReader(pattern, asked);
  const tree = reader.read();
  if (reader.refusal) return refuse(reader.refusal);
  if (!tree) return refuse({ kind: 'invalid', what: 'an empty tree', at: 0 });
  const { wide, foldsCase } = reader;
  const written = writePattern(tree, { wide });
  if (!written.ok) return written;
  return ok({
    source: written.value,
    flags: `${wide ? 'u' : ''}${foldsCase ? 'i' : ''}`,
    utf: reader.utf,
    firstLine: asked.has('firstline'),
  });
}
