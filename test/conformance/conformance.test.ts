/** The page of conformance is fresh, forgets no clause, and names nothing that is not there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BFD_CHECKS } from '../../src/core/bfd/receive-checks.js';
import { BFD_TRANSITIONS } from '../../src/core/bfd/transitions.js';
import { RECEIVE_CHECKS } from '../../src/core/vrrp/receive-checks.js';
import { TRANSITIONS } from '../../src/core/vrrp/transitions.js';
import { CASES } from '../core/effects/cases.js';
import { projectRoot } from '../wire/fixtures.js';
import { BFD_CLAUSES } from './bfd-clauses.js';
import type { Rfc } from './clause.js';
import { bfdConformancePage, CLAUSES, conformancePage } from './page.js';
import { REQUIREMENTS } from './requirements.js';

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
  transcript: (name) => existsSync(join(projectRoot, 'test', 'transcripts', name)),
  keyword: (name) => CASES.some(({ row }) => row.join(' ') === name),
  invariant: (name) =>
    readdirSync(join(projectRoot, 'src', 'sim')).some((file) => inText(`src/sim/${file}`, `'${name}'`)),
  test: (what) => {
    const at = what.indexOf(': ');
    return inText(what.slice(0, at), what.slice(at + 2));
  },
};

test('the page is what the clauses make: run "npm run docs"', () => {
  assert.equal(read('docs/reference/conformance.md'), conformancePage());
  assert.equal(read('docs/reference/conformance-bfd.md'), bfdConformancePage());
});

for (const clause of [...CLAUSES, ...BFD_CLAUSES]) {
  test(`${JSON.stringify(clause.at)} ${clause.says}`, () => {
    assert.ok((clause.by ?? []).length > 0 || clause.note !== undefined, 'neither covered nor explained');
    for (const by of clause.by ?? []) {
      const [kind = '', ...rest] = by.split(' ');
      assert.ok(KINDS[kind]?.(rest.join(' ')), `there is no ${by}`);
    }
  });
}

describe('no clause is forgotten', () => {
  for (const [rfc, counts] of Object.entries(REQUIREMENTS)) {
    test(`RFC ${rfc}`, () => {
      const listed = new Map<string, number>();
      const whole = rfc === '5880' ? '6.8.' : '';
      for (const { at, step } of [...CLAUSES, ...BFD_CLAUSES]) {
        if (step) continue;
        for (const section of at[rfc as Rfc] ?? [])
          if (section.startsWith(whole)) listed.set(section, (listed.get(section) ?? 0) + 1);
      }
      const wanted = Object.fromEntries(counts.split(' ').map((one) => one.split(':')));
      const found = Object.fromEntries([...listed].map(([section, count]) => [section, String(count)]));
      assert.deepEqual(found, wanted);
    });
  }
});

test('every row that cites section 6 of an RFC covers a clause', () => {
  const covering = new Set(CLAUSES.flatMap(({ by = [] }) => by));
  const idle = TRANSITIONS.filter(({ clause }) => /RFC/.test(clause)).filter(
    ({ id }) => !covering.has(`row ${id}`),
  );
  assert.deepEqual(
    idle.map(({ id }) => id),
    ['backup.stop'],
    'a router that stops while in BACKUP only stops its timer',
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
