/**
 * A file that stands there while a configuration is read at a reload (`reload_file`; directives-global section 3.9),
 * so that whoever writes the configuration can wait. It is made empty, never through a link, and removed afterwards.
 */
import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import type { GlobalSettings } from '../config/model-globals.js';
import { defaultPidFile } from './pidfile.js';

/** Where it is; undefined: nobody asked for one. */
export function reloadFilePath({
  reloadFile,
  netNamespace,
  instanceName,
  usePidDir,
}: GlobalSettings): string | undefined {
  if (reloadFile === undefined || reloadFile !== '') return reloadFile;
  return defaultPidFile('keepalived', netNamespace, instanceName, usePidDir).replace(/\.pid$/, '.reload');
}

/** Undefined, or why it could not be made. */
export async function markReload(path: string): Promise<string | undefined> {
  try {
    const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;
    await (await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644)).close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export async function unmarkReload(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch {
    // Somebody else removed it, which is what was wanted.
  }
}
