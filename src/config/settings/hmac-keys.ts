/**
 * The keys of `auth_hmac` as bytes: those written in the configuration, and those in files of their own, which are
 * read whenever the configuration is, so that a reload brings new ones. (directives-vrrp section 1.8)
 */
import { MAX_HMAC_KEY_FILE } from '../../base/limits.js';
import type { Report } from '../diagnostics.js';
import type { HmacKey } from '../model-vrrp.js';
import { decodeHmacKey } from '../schema/vrrp-auth.js';
import { type ConfigReader, decodeBytes, textOf, type Unreadable } from '../source.js';
import { argumentSpan } from '../tree.js';
import type { InstanceBlock } from './instance.js';

type KeyLine = NonNullable<NonNullable<InstanceBlock['values']['authHmac']>['values']['keys']>[number];

const WHY: Readonly<Record<Unreadable, string>> = {
  missing: 'there is no file',
  directory: 'this is a directory:',
  'not-regular': 'this is no regular file:',
  permission: 'the daemon may not read',
  'too-large': 'too large for a key:',
  changed: 'it changed while it was read:',
  failed: 'it could not be read:',
};
const GROUP_AND_OTHERS = 0o077;

/** By number, the first of each; what cannot be used is told. */
export function hmacKeys(
  lines: readonly KeyLine[],
  read: ConfigReader['read'],
  report: Report,
): Map<number, HmacKey> {
  const byId = new Map<number, HmacKey>();
  for (const line of lines) {
    const { id } = line.value;
    if (byId.has(id)) {
      report('hmacKey', argumentSpan(line.statement), `there are two keys with the number ${id}`);
      continue;
    }
    const hex = 'hex' in line.value ? line.value.hex : fromFile(id, line.value.file, line, read, report);
    if (hex !== undefined) byId.set(id, { id, hex });
  }
  return byId;
}

function fromFile(
  id: number,
  path: string,
  { statement }: KeyLine,
  read: ConfigReader['read'],
  report: Report,
): string | undefined {
  const at = argumentSpan(statement);
  const found = read(path, MAX_HMAC_KEY_FILE);
  const shown = decodeBytes(path);
  if (found.kind === 'refused') {
    report('keyFileUnreadable', at, `key ${id}: ${WHY[found.why]} ${shown}`);
    return undefined;
  }
  if ((found.mode & GROUP_AND_OTHERS) !== 0)
    report('keyFileOpen', at, `key ${id}: ${shown} is open to its group or to everybody`);
  const key = decodeHmacKey(textOf(found.bytes).replace(/[\r\n]+$/, ''));
  if ('hex' in key) return key.hex;
  report('hmacKey', at, `${shown}: ${key.problem}`);
  return undefined;
}
