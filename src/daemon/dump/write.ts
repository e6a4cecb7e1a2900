/**
 * Puts a dump where Keepalived puts it: written beside the target under a name nobody can guess, then renamed,
 * so that a reader sees the old file or the new one. /tmp belongs to everybody, so a symbolic link or anything
 * that is not a plain file is refused. A long one is made and written in parts, between which the daemon goes on
 * (DESIGN rule 11).
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { MAX_DUMP_PART } from '../../base/limits.js';
import { ok, type Result, refuse } from '../../base/result.js';

export async function writeDump(path: string, parts: Iterable<string>): Promise<Result<void>> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found && !found.isFile())
      return refuse(`${path} is ${found.isSymbolicLink() ? 'a symbolic link' : 'not a plain file'}`);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = await open(temporary, flags, 0o600);
    try {
      for (const chunk of chunks(parts)) await file.write(chunk);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return ok(undefined);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    return refuse(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Parts joined until they are worth a write. */
export function* chunks(parts: Iterable<string>): Iterable<string> {
  let chunk = '';
  for (const part of parts) {
    chunk += part;
    if (chunk.length < MAX_DUMP_PART) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
