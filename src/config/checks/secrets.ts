/** Who else may read the passwords and keys of a configuration, and whether they are whole. (directives-vrrp section 1.8) */
import type { Report } from '../diagnostics.js';
import type { Opened } from '../include.js';
import type { Built } from '../settings/configuration.js';
import { keywordSpan, type Statement } from '../tree.js';

const EVERYBODY_READS = 0o004;

export function checkSecrets({ instances }: Built, opened: readonly Opened[], report: Report): void {
  const readable = new Set(
    opened.filter(({ mode }) => (mode & EVERYBODY_READS) !== 0).map(({ source }) => source.id),
  );
  for (const { values } of instances.values()) {
    const { authentication, authHmac } = values;
    const password = authentication?.values.password;
    if (password) checkWhole(password.statement, opened, report);
    const keys = authHmac?.values.keys ?? [];
    const written = keys.filter(({ value }) => 'hex' in value);
    for (const { statement: at } of [authentication?.values.password ?? [], written].flat()) {
      if (!readable.has(at.line.source)) continue;
      report('passwordReadable', keywordSpan(at), 'the file with this password may be read by everybody');
    }
  }
}

/** A sign that stands right behind what was read began a comment, though it looks like a part of the word. */
function checkWhole(at: Statement, opened: readonly Opened[], report: Report): void {
  const { source: number, end } = at.line.span();
  const sign = opened.find(({ source }) => source.id === number)?.source.slice(end, end + 1);
  if (sign === '#' || sign === '!')
    report('passwordCut', keywordSpan(at), `the ${sign} in this password begins a comment`);
}
