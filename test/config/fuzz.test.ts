/**
 * Any text at all: loading ends, does not throw, and no place lies outside its file. Texts are made from the
 * language's own pieces, and from good ones with bytes changed. With CI set
 * the three tests together run more than 50,000 cases; FUZZ_RUNS=N says how many each runs.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how the language under test writes references
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { renderDiagnostic } from '../../src/config/render.js';
import { root } from '../../src/config/schema/root.js';
import { type Block, type Rows, tableOf } from '../../src/config/schema/row.js';
import { bytesOf, type Files, load, MAIN } from './support.js';

const inCi = !['', 'false'].includes(process.env['CI'] ?? '');
const numRuns = Number(process.env['FUZZ_RUNS'] ?? (inCi ? 17_000 : 2000));

/** Every keyword of every block. */
function keywords(
  block: Block<unknown, Rows>,
  into = new Set<string>(),
  seen = new Set<unknown>(),
): Set<string> {
  if (seen.has(block)) return into;
  seen.add(block);
  for (const [word, { row }] of tableOf(block).words) {
    into.add(word);
    if (row.kind === 'block' || row.kind === 'blocks') keywords(row.block(), into, seen);
  }
  return into;
}

const keyword = fc.constantFrom(...keywords(root));
const value = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom(
    '10.0.0.1',
    '10.0.0.1/24',
    '2001:db8::1',
    '1.5',
    '-1',
    'on',
    'eth0',
    'A',
    'weight',
    'dev',
    'label',
  ),
  fc.constantFrom(
    '$A',
    '${A}',
    '${_RANDOM 1 9}',
    '${_ENV X}',
    '$v',
    '"a b"',
    '"',
    "'",
    '\\',
    '\\#',
    '#',
    '!',
    '@x',
    '~SEQ',
  ),
  keyword,
  fc.string({ maxLength: 8 }),
);
const plain = fc
  .tuple(keyword, fc.array(value, { maxLength: 4 }))
  .map(([word, words]) => [word, ...words].join(' '));
const special = fc.constantFrom(
  '{',
  '}',
  '$A=1',
  '$A=${A}',
  '$A=x \\',
  ' y \\',
  '$B=$A $A',
  '$B',
  '${B}',
  '@node1 priority 3',
  '@^node1 x',
  '@',
  '~SEQ(v, 3) x$v',
  '~SEQ(v, 999999999999) x',
  '~SEQ(v, 2) ~SEQ(w, $v) ${v}${w} {',
  '~LST({v, w}, {1,2}, {3}) $v $w }',
  '~LST(',
  'include other',
  'include main.conf',
  'includea {other,none}',
  'include *',
  '',
  '# holdfast: allow HF0102',
);
const text = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: plain.map((one) => `${one} {`) },
      { weight: 4, arbitrary: plain },
      { weight: 2, arbitrary: fc.constant('}') },
      special,
    ),
    {
      maxLength: 40,
    },
  )
  .map((lines) => lines.join('\n'));

const good = `global_defs { router_id "a b"\n script_user root }
vrrp_script s { script "/bin/true 'a b'"\n interval 2 }
$P=100
~SEQ(v, 2) vrrp_instance V$v {
 interface eth0
 virtual_router_id 1
 priority $P
 @node1 nopreempt
 virtual_ipaddress { 10.0.0.1/24 dev eth1 label eth1:1
 }
 track_script { s weight -3 reverse }
}
include other
virtual_server 10.0.0.1 80 { real_server 10.0.0.2 80 { weight 1 } }
`;

function check(files: Files): void {
  const loaded = load(files);
  for (const diagnostic of loaded.diagnostics) {
    const places = [diagnostic.place, ...diagnostic.related.map(({ place }) => place)];
    for (const place of places) {
      if (!place) continue;
      const file = files[place.path];
      const bytes = typeof file === 'object' && file.kind === 'text' ? file.bytes : file;
      assert.ok(typeof bytes === 'string', place.path);
      const lines = bytes.split('\n');
      assert.ok(place.line >= 1 && place.line <= lines.length, `line ${place.line} of ${lines.length}`);
      assert.ok(place.column >= 1 && place.column <= place.text.length + 2, JSON.stringify(place));
      assert.ok(place.endLine >= place.line && place.endLine <= lines.length);
    }
    assert.ok(renderDiagnostic(diagnostic).length > 0);
  }
  // The model has to cross to other threads and be asked for again.
  structuredClone(loaded);
}

test('texts made from the language', () => {
  fc.assert(
    fc.property(text, text, (main, other) => check({ [MAIN]: main, '/etc/other': other })),
    { numRuns },
  );
});

test('good texts with characters changed', () => {
  const change = fc.tuple(fc.nat(good.length), fc.nat(4), fc.string({ unit: 'binary', maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      let main = good;
      for (const [at, drop, put] of changes) main = main.slice(0, at) + put + main.slice(at + drop);
      check({ [MAIN]: Buffer.from(bytesOf(main), 'latin1').toString('utf8'), '/etc/other': 'priority 3' });
    }),
    { numRuns },
  );
});

test('bytes that are no text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      check({ [MAIN]: { kind: 'text', bytes: Buffer.from(bytes).toString('latin1'), mode: 0o600 } });
    }),
    { numRuns },
  );
});
