/** Who else may read the passwords and keys that stand in a configuration. (directives-vrrp section 1.8) */
import type { Report } from '../diagnostics.js';
import type { Opened } from '../include.js';
import type { Built } from '../settings/configuration.js';
import { keywordSpan } from '../tree.js';

const EVERYBODY_READS = 0o004;

export function checkSecrets({ instances }: Built, opened: readonly Opened[], report: Report): void {
  const readable = new Set(
    opened.filter(({ mode }) => (mode & EVERYBODY_READS) !== 0).map(({ source }) => source.id),
  );
  for (const { values } of instances.values()) {
    const { authentication, authHmac } = values;
    const keys = authHmac?.values.keys ?? [];
    const written = keys.filter(({ value }) => 'hex' in value);
    for (const { statement: at } of [authentication?.values.password ?? [], written].flat()) {
      if (!readable.has(at.line.source)) continue;
      report('passwordReadable', keywordSpan(at), 'the file with this password may be read by everybody');
    }
  }
}
