/** Each keyword of load balancing and BFD does to the model what its row says. (directives-lvs, directives-bfd) */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { root } from '../../src/config/schema/root.js';
import type { Block, Rows } from '../../src/config/schema/row.js';
import { BFD_CASES } from './bfd-cases.js';
import { CHECKER_CASES } from './lvs-checker-cases.js';
import { SERVICE_CASES } from './lvs-service-cases.js';
import { load } from './support.js';

const KEYWORDS = [...SERVICE_CASES, ...CHECKER_CASES, ...BFD_CASES];

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

describe('keywords of load balancing and BFD', () => {
  test('every keyword of their tables is here', () => {
    const known = new Set(KEYWORDS.map(({ block, keyword }) => `${block} ${keyword}`));
    const missing = [...keywordsOf(root, '')].filter(
      (one) =>
        /^(virtual_server|SSL|bfd_instance)/.test(one) && !known.has(one) && !one.endsWith('nb_get_retry'),
    );
    assert.deepEqual(missing, []);
  });

  for (const { block, keyword, text, value, usual, taken, refused } of KEYWORDS) {
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
});
