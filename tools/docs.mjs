// Writes the reference pages that are made from the tables of keywords and of findings into docs/reference/.
// What they say is decided by src/config/reference-pages.ts; a test fails while what is committed differs.
//
//   npm run docs                      from dist/, which prepare.mjs has built
//   node tools/docs.mjs FOLDER        from another folder of compiled files

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const compiled = resolve(process.argv[2] ?? join(root, 'dist'));
const { referencePages } = await import(
  pathToFileURL(join(compiled, 'src', 'config', 'reference-pages.js')).href
);

const folder = join(root, 'docs', 'reference');
mkdirSync(folder, { recursive: true });
for (const [name, text] of referencePages()) {
  const path = join(folder, name);
  let before = '';
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    // It is new.
  }
  if (before === text) continue;
  writeFileSync(path, text);
  console.log(`docs: ${before === '' ? 'wrote' : 'updated'} docs/reference/${name}`);
}
