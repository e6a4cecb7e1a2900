/**
 * The tables against the list of names in the reference (fixtures/keywords.txt), and the generated pages against
 * the tables: what is committed must be what the tables make, and no keyword may be missing from a page.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CODES } from '../../src/config/codes.js';
import { alternatives, factsOf, makeReference, synopsis } from '../../src/config/reference.js';
import { referencePages } from '../../src/config/reference-pages.js';
import { projectRoot } from '../wire/fixtures.js';

const reference = makeReference();
const committed = (name: string): string => readFileSync(join(projectRoot, 'docs/reference', name), 'utf8');

describe('the tables', () => {
  test('know every keyword of Keepalived 2.4.3', () => {
    const names = readFileSync(join(projectRoot, 'test/fixtures/keywords.txt'), 'utf8').trim().split('\n');
    assert.ok(names.length >= 361, `the list has ${names.length} names`);
    assert.deepEqual(
      names.filter((name) => !reference.words.has(name)),
      [],
    );
  });

  test('say of every keyword what it does and since when', () => {
    for (const entry of [...reference.words.values()].flat()) {
      const where = `${entry.block} ${entry.keyword}`;
      assert.match(entry.row.doc, /^[A-Z0-9].*[.]$/s, where);
      assert.match(
        entry.row.since,
        /^(\d+\.\d+\.\d+|after 2\.4\.3|post-2\.4\.3|Holdfast \d+\.\d+\.\d+)$/,
        where,
      );
      assert.ok(synopsis(entry.row)[0]?.startsWith(entry.keyword), where);
      assert.ok(
        factsOf(entry).some(({ name }) => name === 'effect'),
        where,
      );
    }
  });

  test('name every block apart', () => {
    const names = reference.blocks.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, names.join(', '));
  });

  test('mark what stands in a block without effect as without effect', () => {
    const inner = reference.words.get('url')?.[0];
    const block = reference.blocks.find(({ name }) => name === inner?.block);
    assert.equal(inner?.effective, block?.effective);
  });
});

describe('the generated pages', () => {
  for (const [name, text] of referencePages()) {
    test(`${name} is what the tables make: run "npm run docs"`, () => assert.equal(committed(name), text));
  }

  test('show every keyword and every alias in each of its blocks', () => {
    const pages = [...referencePages()].filter(([name]) => name.startsWith('keywords-'));
    const rows = pages.flatMap(([, text]) => text.split('\n').filter((line) => line.startsWith('| `')));
    const index = referencePages().get('keywords.md') ?? '';
    for (const [word, entries] of reference.words) {
      assert.ok(index.includes(`| \`${word}\``), `${word} is missing from the index`);
      const shown = rows.filter((row) => new RegExp(`\`${word}[ \`]`).test(row));
      assert.ok(shown.length >= entries.length, `${word}: ${shown.length} rows for ${entries.length} blocks`);
    }
  });

  test('link only to headings that exist', () => {
    const headings = new Set<string>();
    for (const [name, text] of referencePages())
      for (const [, title = ''] of text.matchAll(/^## (.+)$/gm))
        headings.add(`${name}#${title.toLowerCase().replaceAll(' ', '-')}`);
    for (const [name, text] of referencePages()) {
      for (const [, file = '', anchor = ''] of text.matchAll(/\]\(([a-z-]*\.md)?#([^)]+)\)/g)) {
        const target = `${file === '' ? name : file}#${anchor}`;
        assert.ok(headings.has(target), `${name} links to ${target}`);
      }
    }
  });

  test('tell every finding', () => {
    const text = referencePages().get('diagnostics.md') ?? '';
    for (const { id } of Object.values(CODES)) assert.ok(text.includes(`\n### ${id}\n`), id);
  });
});

describe('alternatives for a wrong word', () => {
  const known = ['priority', 'state', 'vrrp_garp_interval', 'garp_interval'];
  test('the nearest first, then those that contain it', () => {
    assert.deepEqual(alternatives('priorty', known), ['priority']);
    assert.deepEqual(alternatives('garp', known), ['vrrp_garp_interval', 'garp_interval']);
    assert.deepEqual(alternatives('xx', known), []);
  });
  test('no more than asked for', () => assert.equal(alternatives('garp', known, 1).length, 1));
});
