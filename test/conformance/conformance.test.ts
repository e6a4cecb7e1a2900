/** The page of conformance is fresh, forgets no clause, and names nothing that is not there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { suites } from '../../bench/suites.js';
import { BFD_CHECKS } from '../../src/core/bfd/receive-checks.js';
import { BFD_TRANSITIONS } from '../../src/core/bfd/transitions.js';
import { RECEIVE_CHECKS } from '../../src/core/vrrp/receive-checks.js';
import { TRANSITIONS } from '../../src/core/vrrp/transitions.js';
import { CASES, ELSEWHERE } from '../core/effects/cases.js';
import { projectRoot } from '../wire/fixtures.js';
import { BFD_CLAUSES } from './bfd-clauses.js';
import type { Clause, Rfc } from './clause.js';
import { bfdConformancePage, CLAUSES, conformancePage, promisePage } from './page.js';
import { LOWER_CASE, PERMISSIONS, REQUIREMENTS, STATE_LINES } from './requirements.js';
import { SUBJECTS } from './subjects.js';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
const inText = (path: string, title: string): boolean =>
  existsSync(join(projectRoot, path)) && read(path).includes(title);

/** Whether what covers a clause exists. */
const KINDS: Readonly<Record<string, (what: string) => boolean>> = {
  row: (id) => TRANSITIONS.some((row) => row.id === id),
  check: (id) => RECEIVE_CHECKS.some((check) => check.id === id),
  'bfd-row': (id) => BFD_TRANSITIONS.some((row) => row.id === id),
  'bfd-check': (id) => BFD_CHECKS.some((check) => check.id === id),
  'bfd-transcript': (name) => existsSync(join(projectRoot, 'test', 'transcripts-bfd', name)),
  'lvs-transcript': (name) => existsSync(join(projectRoot, 'test', 'transcripts-lvs', name)),
  transcript: (name) => existsSync(join(projectRoot, 'test', 'transcripts', name)),
  keyword: (name) => [...CASES, ...ELSEWHERE].some(({ row }) => row.join(' ').trim() === name.trim()),
  invariant: (name) =>
    readdirSync(join(projectRoot, 'src', 'sim')).some((file) => inText(`src/sim/${file}`, `'${name}'`)),
  bench: (name) => {
    const [suite = '', one = ''] = name.split(' ');
    return suites[suite]?.[one] !== undefined;
  },
  test: (what) => {
    const at = what.indexOf(': ');
    return inText(what.slice(0, at), what.slice(at + 2));
  },
};

function mustExist(all: readonly string[]): void {
  for (const by of all) {
    const [kind = '', ...rest] = by.split(' ');
    assert.ok(KINDS[kind]?.(rest.join(' ')), `there is no ${by}`);
  }
}

test('the page is what the clauses make: run "npm run docs"', () => {
  assert.equal(read('docs/reference/conformance.md'), conformancePage());
  assert.equal(read('docs/reference/conformance-bfd.md'), bfdConformancePage());
  for (const subject of SUBJECTS)
    assert.equal(read(`docs/reference/promises-${subject.name}.md`), promisePage(subject));
});

for (const clause of [...CLAUSES, ...BFD_CLAUSES]) {
  test(`${JSON.stringify(clause.at)} ${clause.says}`, () => {
    assert.ok((clause.by ?? []).length > 0 || clause.note !== undefined, 'neither covered nor explained');
    mustExist(clause.by ?? []);
  });
}

for (const { about, promises, guards } of SUBJECTS) {
  describe(`what is promised about ${about}`, () => {
    for (const { says, by } of promises) {
      test(says, () => {
        assert.ok(by.length > 0);
        mustExist(by);
      });
    }
  });
  describe(`guards of ${about}`, () => {
    for (const { against, file, take, leave, by } of guards) {
      test(against, () => {
        assert.notEqual(take, leave);
        assert.ok(inText(file, take), `${file} has no such text any more: ${take}`);
        mustExist([by]);
      });
    }
  });
}

/** A number, or a range of them. */
const within = (text: string): ((line: number) => boolean) => {
  const ranges = text.split(',').map((range) => range.split('-').map(Number));
  return (line) => ranges.some(([from = 0, to = from]) => line >= from && line <= to);
};

describe('no clause is forgotten', () => {
  const kinds: readonly [string, typeof REQUIREMENTS, readonly Clause['level'][]][] = [
    ['MUST and SHOULD', REQUIREMENTS, ['MUST', 'SHOULD']],
    ['MAY', PERMISSIONS, ['MAY']],
    ['small letters', LOWER_CASE, ['lower case']],
  ];
  for (const [kind, requirements, levels] of kinds)
    for (const [rfc, counts] of Object.entries(requirements)) {
      test(`RFC ${rfc}: ${kind}`, () => {
        const listed = new Map<string, number>();
        const whole = rfc === '5880' ? '6.8.' : '';
        for (const { at, step, level } of [...CLAUSES, ...BFD_CLAUSES]) {
          if (step || !levels.includes(level)) continue;
          for (const section of at[rfc as Rfc] ?? [])
            if (section.startsWith(whole)) listed.set(section, (listed.get(section) ?? 0) + 1);
        }
        const wanted = Object.fromEntries(counts.split(' ').map((one) => one.split(':')));
        const found = Object.fromEntries([...listed].map(([section, count]) => [section, String(count)]));
        assert.deepEqual(found, wanted);
      });
    }

  for (const [section, numbers] of Object.entries(STATE_LINES))
    test(`the lines of RFC 5798 ${section}, each in one clause`, () => {
      const clauses = CLAUSES.filter(({ at, lines }) => lines && at['5798']?.includes(section));
      for (const line of numbers)
        assert.equal(clauses.filter(({ lines = '' }) => within(lines)(line)).length, 1, `(${line})`);
      for (const { lines = '' } of clauses) assert.ok(numbers.some(within(lines)), lines);
    });
});

test('the rows cite the lines of the clauses that they cover', () => {
  for (const { id, clause } of TRANSITIONS) {
    const cited = /RFC 5798 6\.4\.\d \((\d+)\)-\((\d+)\)/.exec(clause);
    if (!cited) continue;
    const [, from, to] = cited;
    const all = Object.values(STATE_LINES)
      .flat()
      .filter(within(`${from}-${to}`));
    const theirs = CLAUSES.filter(({ by }) => by?.includes(`row ${id}`)).map(({ lines = '' }) => lines);
    for (const line of all)
      assert.ok(
        theirs.some((lines) => within(lines)(line)),
        `${id}: (${line})`,
      );
    assert.ok(all.length > 0, id);
  }
});

test('every row that cites section 6 of an RFC covers a clause', () => {
  const covering = new Set(CLAUSES.flatMap(({ by = [] }) => by));
  const idle = TRANSITIONS.filter(({ clause }) => /RFC/.test(clause)).filter(
    ({ id }) => !covering.has(`row ${id}`),
  );
  assert.deepEqual(
    idle.map(({ id }) => id),
    [],
  );
});

test('every row and every check of BFD covers a clause', () => {
  const covering = new Set(BFD_CLAUSES.flatMap(({ by = [] }) => by));
  const idle = [
    ...BFD_TRANSITIONS.map(({ id }) => `bfd-row ${id}`),
    ...BFD_CHECKS.map(({ id }) => `bfd-check ${id}`),
  ].filter((name) => !covering.has(name));
  assert.deepEqual(
    idle,
    ['bfd-check diagnostic', 'bfd-check address'],
    'these two follow Keepalived and caution',
  );
});
