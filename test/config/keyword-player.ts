/** Plays the cases of keywords: each has its default, takes what its row takes and refuses the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { root } from '../../src/config/schema/root.js';
import type { Block, Rows } from '../../src/config/schema/row.js';
import type { KeywordCase } from './lvs-cases.js';
import { load } from './support.js';

function read(text: string) {
  const { configuration, diagnostics, verdict } = load(text);
  assert.ok(configuration);
  const told = diagnostics.filter(({ exit }) => exit > 0).map(({ code, message }) => `${code} ${message}`);
  return { configuration, told, exit: verdict.exit };
}

function* keywordsOf(block: Block<unknown, Rows>, where: string): Generator<string> {
  for (const row of Object.values(block.rows)) {
    yield `${where} ${row.keyword}`;
    for (const { keyword } of row.aliases ?? []) yield `${where} ${keyword}`;
    if (row.kind !== 'block' && row.kind !== 'blocks') continue;
    yield* keywordsOf(row.block(), where === '' ? row.keyword : `${where}.${row.keyword}`);
  }
}

/** One test a keyword, and one that no keyword of the tables which `belongs` ("block keyword") is without a case. */
export function playKeywords(cases: readonly KeywordCase[], belongs: (keyword: string) => boolean): void {
  test('every keyword of their tables is here', () => {
    const known = new Set(cases.map(({ block, keyword }) => `${block} ${keyword}`));
    const missing = [...keywordsOf(root, '')].filter((one) => belongs(one) && !known.has(one));
    assert.deepEqual(missing, []);
  });

  for (const { block, keyword, text, value, usual, taken, refused } of cases) {
    test(`${block} ${keyword}`, async (t) => {
      await t.test('default', () => {
        assert.deepEqual(value(read(text('')).configuration), usual);
      });
      for (const [written, expected] of taken) {
        await t.test(`takes ${JSON.stringify(written)}`, () => {
          const { configuration } = read(text(`${keyword} ${written}`));
          assert.deepEqual(value(configuration), expected);
        });
      }
      for (const written of refused) {
        await t.test(`refuses ${JSON.stringify(written)}`, () => {
          const { configuration, told, exit } = read(text(`${keyword} ${written}`));
          assert.deepEqual(value(configuration), usual);
          assert.ok(exit > 0 && told.length > 0, 'nothing was told');
        });
      }
    });
  }
}
