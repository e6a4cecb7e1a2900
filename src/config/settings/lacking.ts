/**
 * What a block lacks, told once: where an unknown word in it was meant to be the missing keyword, that word's
 * place says both, and so does the place of one that was refused. Whether a block can do without is its builder's to decide.
 */
import type { CodeName } from '../codes.js';
import type { Details, Report } from '../diagnostics.js';
import type { Span } from '../span.js';
import type { Misspelt, Statement } from '../tree.js';

/** The finding as its builder words it, for when nothing in the block explains it. */
export interface Lack {
  readonly code: CodeName;
  readonly at: Span;
  readonly message: string;
  readonly details?: Details;
}

/** A block that cannot be used without it; the whole head line is shown. */
export const lackOf = (block: Statement, message: string): Lack => ({
  code: 'requiredMissing',
  at: block.line.span(),
  message,
});

/** @param keywords any of which would do */
export function tellLacking(
  block: Statement,
  keywords: readonly string[],
  { code, at, message, details }: Lack,
  report: Report,
): void {
  const slip = block.misspelt?.find(({ row }) => keywords.includes(row.keyword));
  const refused = (block.children ?? []).filter(({ keyword }) => keywords.includes(keyword));
  if (slip) tellMisspelt(slip, message, report);
  else report(code, at, message, { ...details, since: refused.map(({ line }) => line.span()) });
}

/** One finding in place of the unknown word and of what follows from it. */
export function tellMisspelt({ span, word, meant }: Misspelt, message: string, report: Report): void {
  report('misspeltRequired', span, `unknown keyword "${word}", so ${message}`, {
    label: `similar: ${meant}`,
    remedy: `Did you mean ${meant}?`,
    insteadOf: span,
  });
}
