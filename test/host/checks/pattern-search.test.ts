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

test('twenty servers whose pages turn hostile together keep the page of another service waiting for one', async () => {
  const search = newSearch();
  let hostile = 0;
  for (let n = 0; n < 20; n++)
    void look(search, '(?:a+)+$', Buffer.from(`${'a'.repeat(40)}!`)).then(() => {
      hostile++;
    });
  assert.deepEqual(await look(search, 'f.ne', Buffer.from('fine')), { kind: 'known', found: true });
  assert.ok(hostile < 10, `${hostile} came before it`);
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
