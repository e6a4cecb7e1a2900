/**
 * Configuration files, read synchronously: for worker threads and commands only, never on the daemon's loop
 * (DESIGN rule 11). What the text means is left to src/config. Devices and fifos are refused before anything
 * is read from them, and opening never waits for a writer.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import type { ConfigReader, ReadOutcome, Unreadable } from '../config/source.js';
import type { KeptTexts } from './kept-texts.js';

const CODES: Readonly<Record<string, Unreadable>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EACCES: 'permission',
  EPERM: 'permission',
  EISDIR: 'directory',
  ENXIO: 'not-regular',
  ENODEV: 'not-regular',
  // Links that lead in a circle: no disk will mend them.
  ELOOP: 'not-regular',
};

function refusal(error: unknown): ReadOutcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = CODES[code] ?? 'failed';
  return { kind: 'refused', why, detail: why === 'failed' ? code : '' };
}

function readText(path: string, limit: number, texts: KeptTexts | undefined): ReadOutcome {
  const fd = openSync(native(path), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const facts = fstatSync(fd);
    if (facts.isDirectory()) return { kind: 'refused', why: 'directory', detail: '' };
    if (!facts.isFile()) return { kind: 'refused', why: 'not-regular', detail: '' };
    if (facts.size > limit) return { kind: 'refused', why: 'too-large', detail: `${facts.size} bytes` };
    const buffer = texts ? texts.room(path, facts.size) : Buffer.allocUnsafe(facts.size);
    let filled = 0;
    while (filled < buffer.length) {
      const count = readSync(fd, buffer, filled, buffer.length - filled, filled);
      if (count === 0) return { kind: 'refused', why: 'changed', detail: '' };
      filled += count;
    }
    const bytes = texts ? texts.runsOf(path, buffer) : buffer.toString('latin1');
    return { kind: 'text', bytes, mode: facts.mode & 0o7777 };
  } finally {
    closeSync(fd);
  }
}

/** Paths hold one character per byte, as configuration text does. */
const native = (path: string): Buffer => Buffer.from(path, 'latin1');

/** What did not change since `texts` met it last are the same strings. */
export const filesKeptIn = (texts: KeptTexts | undefined): ConfigReader => ({
  read: (path, limit) => {
    try {
      return readText(path, limit, texts);
    } catch (error) {
      return refusal(error);
    }
  },
  list: (directory) => {
    try {
      return readdirSync(native(directory), { withFileTypes: true, encoding: 'buffer' }).map((entry) => {
        const name = (entry.name as unknown as Buffer).toString('latin1');
        return entry.isDirectory() ? `${name}/` : name;
      });
    } catch (error) {
      const refused = refusal(error);
      return refused.kind === 'refused' && refused.why === 'failed' ? { failed: refused.detail } : undefined;
    }
  },
  exists: (path) => existsSync(native(path)),
});

export const configFiles: ConfigReader = filesKeptIn(undefined);
