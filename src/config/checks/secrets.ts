/**
 * Who else may read passwords and keys: the file of the configuration itself, and files that hold a key.
 * (directives-vrrp section 1.8)
 */
import type { Report } from '../diagnostics.js';
import type { Opened } from '../include.js';
import type { Built } from '../settings/configuration.js';
import { argumentSpan, keywordSpan } from '../tree.js';

/** What a file with a key would meet if it were read now; sentences are for people. */
export interface SecretFileFacts {
  /** Why it cannot be read. */
  readonly unreadable?: string;
  /** Who else could read or change it. */
  readonly open?: string;
}

const EVERYBODY_READS = 0o004;

export function checkSecrets(
  { instances }: Built,
  opened: readonly Opened[],
  look: ((path: string) => SecretFileFacts) | undefined,
  report: Report,
): void {
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
    for (const { value, statement } of keys) {
      if (!look || !('file' in value)) continue;
      const { unreadable, open } = look(value.file);
      const at = argumentSpan(statement);
      if (unreadable !== undefined) report('keyFileUnreadable', at, `key ${value.id}: ${unreadable}`);
      else if (open !== undefined) report('keyFileOpen', at, `key ${value.id}: ${open}`);
    }
  }
}
