// The pages for people point at things that exist: every relative link in a page of the project, and every file
// that the page on architecture names.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './project-root.js';

function pagesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

const pages = [
  join(projectRoot, 'README.md'),
  ...['docs', 'packaging', 'examples'].flatMap((folder) =>
    existsSync(join(projectRoot, folder)) ? pagesBelow(join(projectRoot, folder)) : [],
  ),
];

test('relative links lead somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(page), target)))
      .map((target) => `${relative(projectRoot, page)}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('the files that the page on architecture names are there', () => {
  const text = readFileSync(join(projectRoot, 'docs/internals/architecture.md'), 'utf8');
  const named = [...text.matchAll(/`((?:[\w-]+\/)+(?:[\w-]+\.(?:ts|mjs))?)`/g)].map(([, path]) => path ?? '');
  const missing = named.filter((path) =>
    [path, join('src', path)].every((place) => !existsSync(join(projectRoot, place))),
  );
  assert.ok(named.length > 20, 'the page names files in backquotes');
  assert.deepEqual(missing, []);
});
