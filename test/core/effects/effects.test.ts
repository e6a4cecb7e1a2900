/**
 * A keyword has an effect only if taking its line away changes a trace. Every keyword of VRRP that the reference
 * pages mark as effective has a case here, or names the test elsewhere that shows it; one that is marked as read
 * and checked only has none. (DESIGN section 7.8)
 *
 * Your keyword fails here because it has just got its effect? Add a case for it in the file of its block beside
 * this one: the line, a few inputs, and what the trace shows only with the line.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeReference } from '../../../src/config/reference.js';
import { projectRoot } from '../../wire/fixtures.js';
import { type EffectCase, errorsIn, lvsTraceOf, traceOf } from './case.js';
import { CASES, ELSEWHERE, OPTIONS, WITHOUT_EFFECT } from './cases.js';

/** Blocks of other issues: their keywords are shown where those are carried out. */
const OTHERS = /^.*connection/;

const rowName = ([block, keyword]: readonly [string, string]): string => `${block} ${keyword}`.trim();
const keywords = makeReference()
  .blocks.filter(({ name, path }) => ![name, ...path].some((one) => OTHERS.test(one)))
  .flatMap((block) =>
    block.keywords
      .filter(({ keyword }) => block.name !== '' || !OTHERS.test(keyword))
      .map((entry) => ({ ...entry, name: rowName([block.name, entry.keyword]) })),
  );
const known = new Map(keywords.map((entry) => [entry.name, entry]));
const shown = new Set([...CASES, ...ELSEWHERE].map(({ row }) => rowName(row)));

describe('every keyword that has an effect shows it', () => {
  for (const one of CASES) {
    const { line, instead = '', around } = one;
    test(`${rowName(one.row)}${one.option ? ` ${one.option}` : ''}: ${line.split('\n')[0]} ${one.shows ?? `prevents ${one.hides}`}`, () => {
      const [having, lacking] = [around(line), around(instead)];
      assert.notEqual(having, lacking);
      assert.deepEqual(errorsIn(having), [], 'the configuration with the line is not sound');
      const trace = (text: string): string[] =>
        one.lvs ? lvsTraceOf(text, one.play) : traceOf(text, one.play, one.rig);
      check(one, trace(having), trace(lacking));
    });
  }

  for (const { row, test: path, title } of ELSEWHERE) {
    test(`${rowName(row)}: shown by ${path}`, () => {
      assert.ok(readFileSync(join(projectRoot, path), 'utf8').includes(title), `nothing there says ${title}`);
    });
  }
});

function check({ shows, hides }: EffectCase, having: string[], lacking: string[]): void {
  const sign = shows ?? hides;
  assert.ok(sign && !(shows && hides), 'a case shows something, or hides something');
  const [here, there] = shows ? [having, lacking] : [lacking, having];
  const plain = (lines: string[]): string => lines.filter((one) => !one.startsWith('{')).join('\n');
  assert.ok(
    here.some((one) => sign.test(one)),
    `nothing matches ${sign} ${shows ? 'with' : 'without'} the line:\n${plain(here)}`,
  );
  assert.ok(
    !there.some((one) => sign.test(one)),
    `${sign} is there ${shows ? 'without' : 'with'} the line, too:\n${plain(there)}`,
  );
}

describe('the mark on the reference pages is true', () => {
  for (const { name, effective } of keywords) {
    if (effective)
      test(`${name} has an effect, so a case shows it`, () =>
        assert.ok(shown.has(name), 'add a case to the files beside this one'));
    else
      test(`${name} is marked as read and checked only, so no case shows an effect`, () =>
        assert.ok(!shown.has(name), 'take the mark "checked" off its row'));
  }

  test('every case is about a keyword of the tables', () => {
    for (const name of shown) assert.ok(known.has(name), name);
  });
});

describe('options of entries', () => {
  for (const { row, option, line, instead = '', around, play } of WITHOUT_EFFECT) {
    test(`${rowName(row)} ${option} has no effect yet`, () => {
      assert.deepEqual(errorsIn(around(line)), []);
      assert.deepEqual(traceOf(around(line), play), traceOf(around(instead), play), 'make a case of it');
    });
  }

  for (const [keyword, options] of Object.entries(OPTIONS)) {
    test(`${keyword}: each has a case, or is known to have no effect yet`, () => {
      const cases = [...CASES, ...WITHOUT_EFFECT].filter(({ row }) => row[1] === keyword);
      const said = cases.flatMap(({ option }) => option ?? []);
      assert.deepEqual([...said].sort(), [...options].sort());
    });
  }
});
