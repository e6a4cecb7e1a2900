/** Each keyword of global_defs, VRRP and static items does to the model what its row says. (directives-global, -vrrp) */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { root } from '../../src/config/schema/root.js';
import type { Block, Rows } from '../../src/config/schema/row.js';
import { GLOBAL_CASES } from './globals-cases.js';
import { GLOBAL_SERVICE_CASES } from './globals-service-cases.js';
import { load } from './support.js';
import { INSTANCE_CASES } from './vrrp-cases.js';
import { OTHER_CASES } from './vrrp-other-cases.js';

const KEYWORDS = [...GLOBAL_CASES, ...GLOBAL_SERVICE_CASES, ...INSTANCE_CASES, ...OTHER_CASES];

/** Blocks, whose keywords are here, and what changes the reading itself, which language.test.ts proves. */
const ELSEWHERE = new Set([
  ...['global_defs', 'vrrp_instance', 'vrrp_sync_group', 'vrrp_script', 'vrrp_track_process'].map(
    (one) => ` ${one}`,
  ),
  ...['track_file', 'vrrp_track_file', 'garp_group'].map((one) => ` ${one}`),
  'global_defs include_check',
  'global_defs random_seed',
]);

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

describe('keywords of global_defs, VRRP and static items', () => {
  test('every keyword of their tables is here', () => {
    const known = new Set(KEYWORDS.map(({ block, keyword }) => `${block} ${keyword}`));
    const missing = [...keywordsOf(root, '')].filter(
      (one) => !/^ ?(virtual_server|SSL|bfd_instance)/.test(one) && !known.has(one) && !ELSEWHERE.has(one),
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
