/**
 * Every row of every table keeps its word: what its examples say is taken is taken without an error, what they
 * say is refused is told, a missing value is told, and whatever is taken can be shown and read again as the same.
 * What the values mean for the model is tested beside the blocks.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bindRoot } from '../../src/config/bind.js';
import { Diagnostics } from '../../src/config/diagnostics.js';
import { NO_CHECKS } from '../../src/config/include.js';
import { parse } from '../../src/config/parser.js';
import { Preprocessor } from '../../src/config/preprocess.js';
import type { Argument } from '../../src/config/schema/arguments.js';
import { root } from '../../src/config/schema/root.js';
import type { Block, Bound, Row, Rows } from '../../src/config/schema/row.js';
import { Sources } from '../../src/config/source.js';
import { MAIN, readerOf } from './support.js';

interface Place {
  readonly row: Row;
  /** `vrrp_instance.authentication` */
  readonly where: string;
  /** The text around a line of the block. */
  readonly around: (inner: string) => string;
  readonly path: readonly string[];
  readonly key: string;
}

/** All rows, each with a configuration that it can stand in. */
function* walk(
  block: Block<unknown, Rows>,
  where: string,
  path: readonly string[],
  around: (inner: string) => string,
): Generator<Place> {
  for (const [key, row] of Object.entries(block.rows)) {
    yield { row, where: `${where}${row.keyword}`, around, path, key };
    if (row.kind !== 'block' && row.kind !== 'blocks') continue;
    // A block may contain itself only through others that differ.
    if (path.includes(key)) continue;
    const inner = row.block();
    const header = inner.header.examples.accepted[0] ?? '';
    yield* walk(inner, `${where}${row.keyword}.`, [...path, key], (text) =>
      around(`${row.keyword} ${header} {\n${text}\n}`),
    );
  }
}

function read(text: string): {
  values: Record<string, unknown>;
  codes: { severity: string; code: string; message: string }[];
} {
  const sources = new Sources();
  const diagnostics = new Diagnostics(sources);
  const options = { path: MAIN, configId: 'x', seed: 1, environment: () => undefined, checks: NO_CHECKS };
  const input = new Preprocessor(options, readerOf({ [MAIN]: text }), sources, diagnostics.report);
  const values = bindRoot(parse(input, root, diagnostics.report), root, diagnostics.report);
  return {
    values,
    codes: diagnostics.finish().map(({ severity, code, message }) => ({ severity, code, message })),
  };
}

/** The value at a path of keys; of repeated blocks the first. */
function at(values: Record<string, unknown>, path: readonly string[], key: string): unknown {
  let here: unknown = values;
  for (const step of path) {
    const next = (here as Record<string, unknown>)[step];
    const one = Array.isArray(next) ? next[0] : next;
    here = (one as { values: unknown } | undefined)?.values ?? {};
  }
  return (here as Record<string, unknown>)[key];
}

const grave = (codes: readonly { severity: string; message: string }[]): string[] =>
  codes.filter(({ severity }) => severity === 'fatal' || severity === 'error').map(({ message }) => message);

/** How one text of the argument is written as a line of the row. */
const written = ({ row }: Place, text: string): string => {
  if (row.kind === 'list') return `${row.keyword} {\n${text}\n}`;
  if (row.kind !== 'lists') return `${row.keyword} ${text}`;
  return `${row.keyword} ${row.header.examples.accepted[0] ?? ''} {\n${text}\n}`;
};

const places = [...walk(root, '', [], (text) => text)];

describe('rows of the tables', () => {
  test('keys and keywords are used once per block', () => {
    const seen = new Set<string>();
    for (const { where, row } of places) {
      for (const word of [where, ...(row.aliases ?? []).map(({ keyword }) => `${where}/${keyword}`)]) {
        assert.ok(!seen.has(word), word);
        seen.add(word);
      }
    }
  });

  for (const place of places) {
    const { row } = place;
    const argument: Argument<unknown> | undefined =
      row.kind === 'line' || row.kind === 'each'
        ? row.argument
        : row.kind === 'list' || row.kind === 'lists'
          ? row.entry
          : undefined;

    test(`${place.where}: documentation, since, inheritance`, () => {
      assert.match(row.doc, /^[A-Za-z0-9].*\.$/s, row.doc);
      assert.match(row.since, /^(\d+\.\d+\.\d+|post-2\.4\.3|Holdfast \d+\.\d+\.\d+)$/);
      if (row.inherits !== undefined) {
        assert.ok(
          places.some((other) => other.where !== place.where && other.row.keyword === row.inherits),
          `${row.inherits} is no keyword`,
        );
      }
    });
    if (!argument) continue;

    for (const text of argument.examples.accepted) {
      test(`${place.where} takes ${JSON.stringify(text)}`, () => {
        const found = read(place.around(written(place, text)));
        assert.deepEqual(grave(found.codes), []);
        const value = firstValue(at(found.values, place.path, place.key));
        assert.ok(value, 'no value was bound');
        const shown = argument.show(value.value);
        const again = read(place.around(written(place, shown)));
        const second = firstValue(at(again.values, place.path, place.key));
        assert.deepEqual(second?.value, value.value, `shown as ${JSON.stringify(shown)}`);
      });
    }
    for (const text of argument.examples.refused) {
      test(`${place.where} refuses ${JSON.stringify(text)}`, () => {
        const { codes } = read(place.around(written(place, text)));
        assert.ok(
          codes.some(({ severity }) => severity !== 'note'),
          'nothing was told',
        );
      });
    }
    if (!argument.optional && row.kind !== 'list' && row.kind !== 'lists') {
      test(`${place.where} misses its value`, () => {
        const { codes } = read(place.around(row.keyword));
        assert.ok(
          codes.some(({ code }) => code === 'HF0201' || code === 'HF0209'),
          JSON.stringify(codes),
        );
      });
    }
  }
});

/** The bound value of a line, or the first of several. */
function firstValue(bound: unknown): Bound<unknown> | undefined {
  if (Array.isArray(bound)) return firstValue(bound[0]);
  if (bound !== undefined && typeof bound === 'object' && bound !== null && 'entries' in bound) {
    return (bound as { entries: Bound<unknown>[] }).entries[0];
  }
  return bound as Bound<unknown> | undefined;
}
