/**
 * What a file that holds a key would meet if it were read now: whether it can be read, and who else could. Looks
 * at the file system, so it belongs to workers and commands, never to the loop. (directives-vrrp section 1.8)
 */
import { accessSync, constants, statSync } from 'node:fs';
import type { SecretFileFacts } from '../config/checks/secrets.js';

const OTHERS = 0o007;
const GROUP = 0o070;

export function secretFileFacts(path: string): SecretFileFacts {
  try {
    const facts = statSync(path);
    if (!facts.isFile()) return { unreadable: `${path} is not a regular file` };
    accessSync(path, constants.R_OK);
    if ((facts.mode & OTHERS) !== 0) return { open: `${path} is open to everybody` };
    if ((facts.mode & GROUP) !== 0) return { open: `${path} is open to group ${facts.gid}` };
    return {};
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { unreadable: `there is no file ${path}` };
    return { unreadable: `${path} cannot be read (${code})` };
  }
}
