// Where the checkout is, seen from a compiled test, whatever folder it was compiled into.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function isProject(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'holdfast';
  } catch {
    return false;
  }
}

function find(folder: string): string {
  if (isProject(folder)) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no package.json of holdfast above this file');
  return find(parent);
}

/** Absolute path of the folder that holds package.json. */
export const projectRoot = find(dirname(fileURLToPath(import.meta.url)));
