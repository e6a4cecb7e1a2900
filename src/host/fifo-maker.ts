/**
 * Makes a notify FIFO and looks whether one that is there may be used: it must be a FIFO, no link, of us or of the
 * user who is named (directives-vrrp section 11). Runs in the runner's process, where a slow file system holds up no
 * advert. Opening and writing is done in fifos.ts.
 */
import { chownSync, lstatSync } from 'node:fs';
import { EEXIST, errnoText } from './linux/errno.js';
import { makeFifo as mkfifo } from './linux/libc.js';
import { type Identity, resolveIdentity } from './script-command.js';
import type { FifoOutcome, MakeFifo } from './script-protocol.js';

export function makeFifo(
  { path, mode, user, group }: Omit<MakeFifo, 'type' | 'id'>,
  own: Identity,
): FifoOutcome {
  const failed = (code: string, message: string): FifoOutcome => ({
    kind: 'failed',
    error: { code, message: `the FIFO ${path} ${message}` },
  });
  let owner = own;
  if (user !== undefined) {
    const found = resolveIdentity({ user, ...(group === undefined ? {} : { group }) }, own);
    if (!found.ok) return failed(found.error.code, `cannot be given away: ${found.error.message}`);
    owner = found.value ?? own;
  }
  const outcome = mkfifo(path, mode);
  if (outcome < 0 && outcome !== -EEXIST)
    return failed('EFIFO', `cannot be made: ${errnoText(outcome)}; make its folder, or name another path`);
  try {
    const facts = lstatSync(path);
    if (facts.isSymbolicLink())
      return failed('ELOOP', 'is a symbolic link, which could lead anywhere: name the FIFO itself');
    if (!facts.isFIFO()) return failed('EFIFO', `is no named pipe; remove what is there: rm ${path}`);
    if (facts.uid !== own.uid && facts.uid !== owner.uid)
      return failed(
        'EPERM',
        `belongs to user ${facts.uid}, neither to us nor to ${user ?? 'whoever is named'}: remove it, or name that user`,
      );
    if (facts.uid !== owner.uid || facts.gid !== owner.gid) chownSync(path, owner.uid, owner.gid);
  } catch (error) {
    return failed('EFIFO', `cannot be looked at: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { kind: 'ready', made: outcome === 0 };
}
