/** Texts cut into runs: whatever is read after whatever, the runs are that text, and what did not change is the same string. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../src/base/prng.js';
import type { Run } from '../../src/config/source.js';
import { KeptTexts } from '../../src/host/kept-texts.js';

const EDITS = 300;

function assertRuns(runs: readonly Run[], text: string): void {
  assert.equal(runs.map((run) => run.text).join(''), text);
  let at = 0;
  for (const [n, run] of runs.entries()) {
    assert.equal(run.at, at);
    assert.notEqual(run.text, '');
    if (n < runs.length - 1) assert.ok(run.text.endsWith('\n'), 'a line lies in one run');
    at += run.text.length;
  }
}

/** As a host reads: into room that it is given. */
function read(texts: KeptTexts, text: string, path = '/a'): readonly Run[] {
  const room = texts.room(path, text.length);
  room.write(text, 'latin1');
  return texts.runsOf(path, room);
}

const lines = (prng: Prng, count: number): string =>
  Array.from({ length: count }, () =>
    prng.pick(['}\n', 'a { b\n', '\n', `${'x'.repeat(prng.integer(0, 300))}\n`]),
  ).join('');

test('random edits', () => {
  const prng = new Prng(1);
  const texts = new KeptTexts();
  let text = lines(prng, 3000);
  for (let n = 0; n < EDITS; n++) {
    const from = prng.integer(0, text.length);
    const to = Math.min(text.length, from + prng.integer(0, prng.pick([0, 3, 500, 90_000])));
    const piece = prng.pick(['', '\n', 'y', lines(prng, 3), lines(prng, prng.integer(0, 600))]);
    text = text.slice(0, from) + piece + text.slice(to);
    texts.begin();
    assertRuns(read(texts, text), text);
    if (prng.integer(0, 3) === 0) assertRuns(read(texts, text), text);
    assertRuns(read(texts, text.slice(0, 100), '/b'), text.slice(0, 100));
  }
});

test('of a large text one line is changed: all but its run are the very strings', () => {
  const texts = new KeptTexts();
  const block = (n: number): string => `virtual_server 10.0.0.${n} 80 {\n  delay_loop ${n}\n}\n`;
  const blocks = Array.from({ length: 10_000 }, (_, n) => block(n));
  texts.begin();
  const before = read(texts, blocks.join(''));
  assert.ok(before.length > 8);
  assert.ok(
    before.every((run) => run.text.endsWith('\n}\n')),
    'no block lies in two runs',
  );
  blocks[5000] = block(123_456);
  texts.begin();
  const after = read(texts, blocks.join(''));
  assertRuns(after, blocks.join(''));
  const strings = new Set(before.map(({ text }) => text));
  assert.equal(after.filter(({ text }) => !strings.has(text)).length, 1);
  // Those before it are the same objects, too; those behind it stand elsewhere.
  assert.equal(
    after.filter((run) => before.includes(run)).length,
    after.findIndex(({ text }) => !strings.has(text)),
  );
});

test('the same room twice, a refused reading in between, another file: nothing is taken for what it was', () => {
  const texts = new KeptTexts();
  const [a, b] = ['a\n'.repeat(40), 'b\n'.repeat(40)];
  for (let n = 0; n < 4; n++) {
    texts.begin();
    read(texts, a);
    // Whoever was given room may find that there is nothing to read.
    texts.room('/a', a.length).fill(0);
    assertRuns(texts.runsOf('/b', Buffer.from(b)), b);
    assertRuns(read(texts, a), a);
  }
});
