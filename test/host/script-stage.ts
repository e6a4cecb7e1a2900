/** Scripts that tests write, in a folder that goes when the file of tests ends. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Command } from '../../src/config/model.js';

export const folder = mkdtempSync(join(tmpdir(), 'holdfast-scripts-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

let count = 0;
/** Its path. */
export function file(text: string, mode = 0o755): string {
  count += 1;
  const path = join(folder, `script-${count}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

export const shell = (text: string): Command => ({ argv: [file(`#!/bin/sh\n${text}\n`)] });

/** Whether such a process runs; a zombie does not. */
export const alive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};
