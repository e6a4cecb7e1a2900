/** The words of `include_check`, and what they change. (directives-global section 3.9) */
import { ALL_CHECKS, type IncludeChecks, NO_CHECKS } from '../include.js';
import { decodeBytes } from '../source.js';
import type { Argument } from './arguments.js';

const WORDS: Readonly<Record<string, keyof IncludeChecks>> = {
  read: 'readable',
  // The manual's word for it.
  readable: 'readable',
  match: 'match',
  wildcard_match: 'wildcardMatch',
  brace_match: 'braceMatch',
};

/** The checks after a line with these words; a bare line means all. */
export function changedChecks(before: IncludeChecks, words: readonly string[]): IncludeChecks {
  if (words.length === 0) return ALL_CHECKS;
  let checks = /^[-+]/.test(words[0] ?? '') ? before : NO_CHECKS;
  for (const word of words) {
    const check = WORDS[word.replace(/^[-+]/, '')];
    if (check) checks = { ...checks, [check]: !word.startsWith('-') };
  }
  return checks;
}

/** `[[+|-]CHECK ...]` */
export const includeCheck: Argument<readonly string[]> = {
  syntax: '[[+|-]read|match|wildcard_match|brace_match ...]',
  choices: Object.keys(WORDS),
  examples: { accepted: ['', 'match', '+read -brace_match'], refused: ['all'] },
  optional: true,
  read: (at) => {
    const out: string[] = [];
    for (let word = at.take(); word; word = at.take()) {
      if (WORDS[word.text.replace(/^[-+]/, '')] !== undefined) out.push(word.text);
      else at.report('optionUnknown', word, `"${decodeBytes(word.text)}" is no check of includes`);
    }
    return out;
  },
  show: (words) => words.join(' '),
};
