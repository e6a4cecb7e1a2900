/**
 * Every timeline of BFD that was observed at Keepalived (reference directives-bfd section 5) plays as a transcript whose
 * name begins with its number. Where we do better, or otherwise on purpose, the page of differences says so.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../wire/fixtures.js';
import { replay } from '../transcript.js';

const LAST = 30;
const folder = join(projectRoot, 'test', 'transcripts-bfd');
const names = readdirSync(folder).sort();

for (const name of names) {
  test(`transcript ${name}`, () => {
    const path = join(folder, name);
    const written = readFileSync(path, 'utf8');
    assert.match(written, new RegExp(`^# Row ${Number.parseInt(name, 10)}: `));
    const happened = replay(written);
    if (process.env['UPDATE'] === '1') writeFileSync(path, happened);
    else assert.equal(happened, written);
  });
}

test('every row is played, once', () => {
  const numbers = names.map((name) => Number.parseInt(name, 10));
  assert.deepEqual(
    numbers,
    Array.from({ length: LAST }, (_, at) => at + 1),
  );
});
