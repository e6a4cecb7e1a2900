/** Many pages to search at once: whose pattern is kept busy holds up nobody else, and what waits is bounded. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MAX_REGEX_BODY, MAX_REGEX_WAITING } from '../../../src/base/limits.js';
import { type Found, PatternSearch } from '../../../src/host/checks/pattern-search.js';

const searches = new Set<PatternSearch>();
after(async () => {
  for (const search of searches) await search.close();
});
function newSearch(): PatternSearch {
  const search = new PatternSearch();
  searches.add(search);
  return search;
}
const regexOf = (pattern: string) => ({ pattern, options: [], noMatch: false });
const look = (search: PatternSearch, pattern: string, body: Buffer, asker = {}): Promise<Found> =>
  new Promise((found) => search.look(asker, regexOf(pattern), body, found));

const HOSTILE = Buffer.from(`${'a'.repeat(40)}!`);

/** So many pages that keep the pattern busy are searched; tells how many have had their verdict. */
function hostile(search: PatternSearch, pattern: string, count: number): () => number {
  let judged = 0;
  for (let n = 0; n < count; n++)
    void look(search, pattern, HOSTILE).then(() => {
      judged++;
    });
  return () => judged;
}

test('twenty pages that turn hostile together keep a good one waiting for a moment each', async () => {
  const search = newSearch();
  const judged = hostile(search, '(?:a+)+$', 20);
  assert.deepEqual(await look(search, '(?:a+)+$', Buffer.from('aaa')), { kind: 'known', found: true });
  assert.ok(judged() < 10, `${judged()} came before it`);
});

test('another pattern does not wait for all pages of one that is kept busy', async () => {
  const search = newSearch();
  const judged = hostile(search, '(?:a+)+$', 10);
  assert.equal((await look(search, '(?:a|aa)+$', HOSTILE)).kind, 'overran');
  assert.ok(judged() < 6, `${judged()} came before it`);
});

test('more than a bound of pages is not kept: nothing is said about their servers', async () => {
  const search = newSearch();
  const body = Buffer.alloc(MAX_REGEX_BODY, 'a');
  const fitting = MAX_REGEX_WAITING / MAX_REGEX_BODY;
  const found = await Promise.all(Array.from({ length: fitting + 1 }, () => look(search, '^a', body)));
  assert.deepEqual(
    found.map(({ kind }) => kind),
    [...Array.from({ length: fitting }, () => 'known'), 'unmade'],
  );
  assert.equal((await look(search, '^a', body)).kind, 'known', 'what was answered waits no longer');
});
