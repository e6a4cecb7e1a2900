/**
 * Every timeline that was observed at Keepalived (runtime reference section 16, directives-lvs section 11.1) plays as a
 * transcript whose name begins with its number. Where we do better, or otherwise on purpose, the page of differences says so.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../wire/fixtures.js';

const LAST = 22;
/** Where the page of differences has a row; 19, a trap that one advert springs, is nothing to play. */
const DIFFERENT = new Set([10, 19, 21]);
const NOT_PLAYED = new Set([19]);

const folder = join(projectRoot, 'test', 'transcripts');
const transcripts = readdirSync(folder).map((name) => ({
  number: Number.parseInt(name, 10),
  name,
  first: readFileSync(join(folder, name), 'utf8').split('\n', 1)[0] ?? '',
}));
const differences = readFileSync(join(projectRoot, 'docs', 'reference', 'differences.md'), 'utf8');

for (let number = 1; number <= LAST; number++) {
  test(`timeline ${number}`, () => {
    const named = transcripts.filter((one) => one.number === number);
    const played = named.some(({ first }) => new RegExp(`^# Timeline ${number}\\b`).test(first));
    if (!NOT_PLAYED.has(number))
      assert.ok(played, `no transcript plays it: ${named.map(({ name }) => name)}`);
    const listed = new RegExp(`timeline ${number}\\b`, 'i').test(differences);
    assert.equal(listed, DIFFERENT.has(number), 'listed as a difference');
  });
}

test('the numbers of the timelines are theirs alone', () => {
  for (const { name, number, first } of transcripts) {
    if (/^# Timeline/.test(first)) assert.match(first, new RegExp(`^# Timeline ${number}\\b`), name);
    else if (number <= LAST) assert.match(first, /^# When/, `${name} is no part of a timeline`);
  }
});

const LAST_LVS = 43;
const ofBalancer = join(projectRoot, 'test', 'transcripts-lvs');
/** `# 22 and 23: ...`: whose number is in front of the colon. */
const playedOfBalancer = new Set(
  readdirSync(ofBalancer).flatMap((name) => {
    const first = readFileSync(join(ofBalancer, name), 'utf8').split('\n', 1)[0] ?? '';
    return /^# (\d+(?:(?:, | and )\d+)*):/.exec(first)?.[1]?.match(/\d+/g)?.map(Number) ?? [];
  }),
);

test(`the ${LAST_LVS} timelines of load balancing`, () => {
  const missing = Array.from({ length: LAST_LVS }, (_, i) => i + 1).filter(
    (number) => !playedOfBalancer.has(number),
  );
  assert.deepEqual(missing, []);
});
