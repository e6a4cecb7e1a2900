// Writes the reference pages that are made from the tables of keywords and of findings, and those of conformance and promises,
// into docs/reference/. What they say is decided by src/config/reference-pages.ts and test/conformance; a test fails while what is committed differs.
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
const conformance = (file) => import(pathToFileURL(join(compiled, 'test', 'conformance', file)).href);
const { bfdConformancePage, conformancePage, promisePage } = await conformance('page.js');
const { SUBJECTS } = await conformance('subjects.js');
const pages = [
  ...referencePages(),
  ['conformance.md', conformancePage()],
  ['conformance-bfd.md', bfdConformancePage()],
  ...SUBJECTS.map((subject) => [`promises-${subject.name}.md`, promisePage(subject)]),
];
for (const [name, text] of pages) {
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
