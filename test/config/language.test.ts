/**
 * The language below the keywords, row by row after the configuration reference: what lines a text becomes.
 * A row without `codes` must have no findings at all.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how the language under test writes references
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LoadOptions } from '../../src/config/load.js';
import { type Files, MAIN, preprocess } from './support.js';

interface Row {
  readonly clause: string;
  readonly rule: string;
  readonly text: string | Files;
  readonly lines: readonly string[];
  readonly codes?: readonly string[];
  readonly options?: Partial<LoadOptions>;
}

const rows: readonly Row[] = [
  // Section 2: comments, escapes, line ends.
  { clause: '2', rule: '# begins a comment', text: 'a b # c', lines: ['a b'] },
  { clause: '2', rule: '! begins a comment', text: 'a!b', lines: ['a'] },
  { clause: '2', rule: 'a line of comment only vanishes', text: '# x\n  ! y\na', lines: ['a'] },
  { clause: '2', rule: 'quotes protect comment signs', text: 'a "b#c!d" # e', lines: ['a "b#c!d"'] },
  { clause: '2', rule: 'single quotes do not', text: "a 'b#c'", lines: ["a 'b"] },
  { clause: '2', rule: 'escaped signs become plain', text: 'a\\#b \\! c', lines: ['a#b ! c'] },
  { clause: '2', rule: 'other escapes stay two characters', text: 'a\\nb \\\\ c', lines: ['a\\nb \\\\ c'] },
  { clause: '2', rule: 'the second of an escape has no meaning', text: 'a \\" # c', lines: ['a \\"'] },
  {
    clause: '2',
    rule: 'an escaped quote inside quotes does not end them',
    text: 'a "b\\"#c"',
    lines: ['a "b\\"#c"'],
  },
  {
    clause: '2',
    rule: 'an open quote is told and reading goes on',
    text: 'a "b # c\nd',
    lines: ['a "b # c', 'd'],
    codes: ['HF0101'],
  },
  { clause: '2', rule: 'blanks at both ends go', text: ' \t a b\t \n', lines: ['a b'] },
  { clause: '2', rule: 'CRLF and LF', text: 'a\r\nb\nc\r', lines: ['a', 'b', 'c'] },
  { clause: '2', rule: 'the last line needs no end', text: 'a\nb', lines: ['a', 'b'] },
  { clause: '2', rule: 'no continuation for plain lines', text: 'a \\\nb', lines: ['a \\', 'b'] },
  {
    clause: '1',
    rule: 'a long line is left out',
    text: `${'x'.repeat(1023)}\nb`,
    lines: ['b'],
    codes: ['HF0007'],
  },
  {
    clause: '1',
    rule: 'the longest line is read',
    text: `${'x'.repeat(1022)}\nb`,
    lines: ['x'.repeat(1022), 'b'],
  },
  { clause: '1', rule: 'a long comment loses nothing', text: `#${'x'.repeat(2000)}\nb`, lines: ['b'] },
  { clause: '1', rule: 'a zero byte drops its line', text: 'a\0b\nc', lines: ['c'], codes: ['HF0008'] },

  // Section 3: braces.
  {
    clause: '3',
    rule: 'braces are lines of their own',
    text: 'foo { a b }',
    lines: ['foo', '{', 'a b', '}'],
  },
  { clause: '3', rule: 'without blanks, too', text: 'foo{a}b{', lines: ['foo', '{', 'a', '}', 'b', '{'] },
  { clause: '3', rule: 'not inside double quotes', text: 'a "{b}" {', lines: ['a "{b}"', '{'] },
  { clause: '3', rule: 'but inside single quotes', text: "a '{b'", lines: ["a '", '{', "b'"] },
  {
    clause: '3',
    rule: 'nothing behind an open quote',
    text: 'a "b { c',
    lines: ['a "b { c'],
    codes: ['HF0101'],
  },

  // Section 4: definitions.
  { clause: '4', rule: 'braced and bare use', text: '$A=1\nx ${A}y $A z($A,$A)', lines: ['x 1y 1 z(1,1)'] },
  { clause: '4', rule: 'bare needs a separator behind', text: '$A=1\nx $Ay $A.b', lines: ['x $Ay $A.b'] },
  {
    clause: '4',
    rule: 'undefined stays, and its braces split nothing',
    text: 'x ${B} $B {',
    lines: ['x ${B} $B', '{'],
    codes: ['HF0115'],
  },
  { clause: '4', rule: 'the last definition wins', text: '$A=1\nx $A\n$A=2\nx $A', lines: ['x 1', 'x 2'] },
  { clause: '4', rule: 'late binding', text: '$A=1\n$B=${A}\n$A=2\nx $B', lines: ['x 2'] },
  { clause: '4', rule: 'blanks before the value go', text: '$A=  b c\nx ${A}y', lines: ['x b cy'] },
  { clause: '4', rule: 'an empty value', text: '$A=\nx${A}y', lines: ['xy'] },
  { clause: '4', rule: 'no blank before =', text: '$A =1', lines: ['$A =1'] },
  { clause: '4', rule: 'a name is letters, digits, underscore', text: '$1A=2', lines: ['$1A=2'] },
  { clause: '4', rule: 'inside quotes', text: '$A=b c\nx "$A" "${A}"', lines: ['x "$A" "b c"'] },
  { clause: '4', rule: 'pasting can hide a name', text: '$A=1\n$B=x$A\ny ${B}q', lines: ['y x$Aq'] },
  {
    clause: '4',
    rule: 'pasting makes no name',
    text: '$A1=z\n$N=1\ny ${A${N}}',
    lines: ['y ${A1}'],
    codes: ['HF0115'],
  },
  { clause: '4', rule: 'several lines', text: '$A=a \\\n b \\\n c\n$A', lines: ['a', 'b', 'c'] },
  { clause: '4', rule: 'an empty first line', text: '$A=\\\n b \\\n c\nx $A', lines: ['x', 'b', 'c'] },
  { clause: '4', rule: 'an empty line ends it', text: '$A=a \\\n\nc\n$A', lines: ['c', 'a'] },
  { clause: '4', rule: 'a line of blanks, too', text: '$A=a \\\n  \nc\n$A', lines: ['c', 'a'] },
  {
    clause: '4',
    rule: 'a line of comment, too',
    text: '$A=a \\\n# x\nb\n$A',
    lines: ['b', 'a'],
    codes: ['HF0117'],
  },
  {
    clause: '4',
    rule: 'even one that goes on',
    text: '$A=a \\\n ! x \\\n b \\\nc\n$A',
    lines: ['b \\', 'c', 'a'],
    codes: ['HF0117'],
  },
  { clause: '4', rule: 'a comment behind a line', text: '$A=a \\ # x\n b\n$A', lines: ['a', 'b'] },
  { clause: '4', rule: 'a line that only goes on', text: '$A=a \\\n  \\\n b\n$A', lines: ['a', 'b'] },
  { clause: '4', rule: 'blocks inside', text: '$A=x { \\\n y \\\n }\n$A', lines: ['x', '{', 'y', '}'] },
  {
    clause: '4',
    rule: 'text before stays with the first line',
    text: '$A=a \\\n b\nx y$A',
    lines: ['x ya', 'b'],
  },
  { clause: '4', rule: 'nested', text: '$B=1 \\\n 2\n$A=a \\\n $B \\\n c\n$A', lines: ['a', '1', '2', 'c'] },
  {
    clause: '4',
    rule: 'nothing may follow',
    text: '$A=a \\\n b\nx ${A} y\nz',
    lines: ['z'],
    codes: ['HF0111'],
  },
  {
    clause: '4',
    rule: 'conditions and definitions inside',
    text: '$A=@node1 a \\\n $C=1 \\\n @other b \\\n c$C\n$A',
    lines: ['a', 'c1'],
  },
  {
    clause: '4',
    rule: 'a repetition inside',
    text: '$A=a \\\n ~SEQ(v, 2) b$v\n$A',
    lines: ['a', 'b1', 'b2'],
  },
  {
    clause: '4',
    rule: 'a condition from a definition',
    text: '$IF=@node1\n$IF a\n$NO=@other\n$NO b',
    lines: ['a'],
  },
  { clause: '4', rule: 'a built-in overridden', text: '$_INSTANCE=q\nx $_INSTANCE', lines: ['x q'] },
  { clause: '4', rule: '_INSTANCE', text: 'x ${_INSTANCE}', lines: ['x node1'] },
  { clause: '4', rule: '_PWD', text: 'x ${_PWD}', lines: ['x /etc'] },
  { clause: '4', rule: '_HASH begins a comment', text: 'x ${_HASH} y', lines: ['x'] },
  { clause: '4', rule: '_HASH in quotes does not', text: 'x "${_HASH}" y', lines: ['x "#" y'] },
  { clause: '4', rule: '_BANG', text: 'x "${_BANG}"', lines: ['x "!"'] },
  {
    clause: '4',
    rule: '_ENV',
    text: 'x ${_ENV HOME} ${_ENV NONE}y',
    lines: ['x /root y'],
    options: { environmentVariable: (n) => (n === 'HOME' ? '/root' : undefined) },
  },
  { clause: '4', rule: '_ENV takes one name', text: 'x ${_ENV}', lines: ['x ${_ENV}'], codes: ['HF0112'] },
  { clause: '4', rule: '_RANDOM within bounds', text: 'x ${_RANDOM 7 7}', lines: ['x 7'] },
  {
    clause: '4',
    rule: '_RANDOM the wrong way round',
    text: 'x ${_RANDOM 9 7}',
    lines: ['x 9'],
    codes: ['HF0112'],
  },
  {
    clause: '4',
    rule: '_RANDOM takes numbers',
    text: 'x ${_RANDOM a}',
    lines: ['x ${_RANDOM a}'],
    codes: ['HF0112'],
  },
  {
    clause: '4',
    rule: 'arguments must not end in a blank',
    text: 'x ${_RANDOM 7 }',
    lines: ['x ${_RANDOM 7 }'],
    codes: ['HF0115'],
  },
  { clause: '4', rule: 'itself', text: '$A=${A}\nx $A\ny', lines: ['y'], codes: ['HF0110'] },
  { clause: '4', rule: 'itself, growing', text: '$A=b${A}${A}\nx $A\ny', lines: ['y'], codes: ['HF0110'] },
  {
    clause: '4',
    rule: 'an expansion that is too long',
    text: `$A=${'b'.repeat(600)}\nx $A $A\ny`,
    lines: ['y'],
    codes: ['HF0110'],
  },
  {
    clause: '4',
    rule: 'a definition that the end cuts off',
    text: '$A=a \\\n b \\',
    lines: [],
    codes: ['HF0116'],
  },

  // Section 5: repetitions.
  { clause: '5', rule: 'one number counts from 1', text: '~SEQ(v, 3) x$v', lines: ['x1', 'x2', 'x3'] },
  { clause: '5', rule: 'one negative number counts down', text: '~SEQ(v, -2) x$v', lines: ['x-1', 'x-2'] },
  { clause: '5', rule: 'zero counts down from 1', text: '~SEQ(v, 0) x$v', lines: ['x1', 'x0'] },
  { clause: '5', rule: 'two numbers', text: '~SEQ(v, 3, 1) x$v', lines: ['x3', 'x2', 'x1'] },
  { clause: '5', rule: 'start, step, end', text: '~SEQ(v, 1, 2, 6) x$v', lines: ['x1', 'x3', 'x5'] },
  { clause: '5', rule: 'hexadecimal and octal numbers', text: '~SEQ(v, 0x9, 012) x$v', lines: ['x9', 'x10'] },
  { clause: '5', rule: '08 is no number', text: '~SEQ(v, 08) x$v', lines: [], codes: ['HF0113'] },
  { clause: '5', rule: '~SEQx writes hexadecimal', text: '~SEQx(v, 9, 11) x$v', lines: ['x9', 'xa', 'xb'] },
  {
    clause: '5',
    rule: '~SEQx refuses negative bounds',
    text: '~SEQx(v, -1, 2) x$v',
    lines: [],
    codes: ['HF0113'],
  },
  { clause: '5', rule: 'references in the numbers', text: '$N=2\n~SEQ(v, $N) x$v', lines: ['x1', 'x2'] },
  {
    clause: '5',
    rule: 'nested, leftmost outermost',
    text: '~SEQ(a, 2) ~SEQ(b, 2) x${a}${b}',
    lines: ['x11', 'x12', 'x21', 'x22'],
  },
  {
    clause: '5',
    rule: 'inner bounds from the outer variable',
    text: '~SEQ(a, 2) ~SEQ(b, $a) x${a}${b}',
    lines: ['x11', 'x21', 'x22'],
  },
  {
    clause: '5',
    rule: 'a definition of several lines as template',
    text: '$D=p $v \\\n q $v\n~SEQ(v, 2) $D',
    lines: ['p 1', 'q 1', 'p 2', 'q 2'],
  },
  { clause: '5', rule: 'the variable stays', text: '~SEQ(v, 2) x$v\ny $v', lines: ['x1', 'x2', 'y 2'] },
  { clause: '5', rule: 'step of the wrong sign', text: '~SEQ(v, 3, 1, 1) x', lines: [], codes: ['HF0113'] },
  { clause: '5', rule: 'step zero', text: '~SEQ(v, 1, 0, 3) x', lines: [], codes: ['HF0113'] },
  { clause: '5', rule: 'a missing comma is told', text: '~SEQ(v 3) x', lines: [], codes: ['HF0113'] },
  {
    clause: '5',
    rule: 'a billion is refused at once',
    text: '~SEQ(v, 1000000000) x$v',
    lines: [],
    codes: ['HF0010'],
  },
  { clause: '5', rule: 'a list', text: '~LST(v, a, b,c) x$v', lines: ['xa', 'xb', 'xc'] },
  { clause: '5', rule: 'sets', text: '~LST({a, b}, {1,2}, {3}) x$a-${b}.', lines: ['x$a-2.', 'x$a-.'] },
  {
    clause: '5',
    rule: 'sets with bare use',
    text: '~LST({a, b}, {1,2}, {3}) x $a $b',
    lines: ['x 1 2', 'x 3'],
  },
  { clause: '5', rule: 'too many values', text: '~LST({a}, {1,2}) x', lines: [], codes: ['HF0113'] },
  { clause: '5', rule: 'other words after ~ are text, untouched', text: '$A=1\n~FOO $A', lines: ['~FOO $A'] },
  {
    clause: '5',
    rule: 'blocks repeated',
    text: '~SEQ(v, 2) b$v { c }',
    lines: ['b1', '{', 'c', '}', 'b2', '{', 'c', '}'],
  },

  // Section 6: conditions.
  { clause: '6', rule: '@id keeps for this id', text: '@node1 a\n@other b', lines: ['a'] },
  { clause: '6', rule: '@^id keeps for others', text: '@^node1 a\n@^other b', lines: ['b'] },
  { clause: '6', rule: 'whole word, case counts', text: '@node a\n@NODE1 b\n@node11 c', lines: [] },
  { clause: '6', rule: 'nothing behind it', text: '@node1\na', lines: ['a'] },
  { clause: '6', rule: 'no blank after the sign', text: '@ node1 a\nb', lines: ['b'], codes: ['HF0114'] },
  { clause: '6', rule: 'one test per line', text: '@node1 @other x', lines: ['@other x'] },
  { clause: '6', rule: 'before definitions', text: '@node1 $A=1\n@other $A=2\nx $A', lines: ['x 1'] },
  {
    clause: '6',
    rule: 'before repetitions',
    text: '@other ~SEQ(v, 3) x$v\n@node1 ~SEQ(v, 1) y$v',
    lines: ['y1'],
  },

  // Section 7: includes.
  {
    clause: '7',
    rule: 'relative to the including file',
    text: { [MAIN]: 'a\ninclude sub/x\nd', '/etc/sub/x': 'b\ninclude y', '/etc/sub/y': 'c' },
    lines: ['a', 'b', 'c', 'd'],
  },
  { clause: '7', rule: 'absolute', text: { [MAIN]: 'include /opt/x', '/opt/x': 'b' }, lines: ['b'] },
  {
    clause: '7',
    rule: 'wildcards, sorted',
    text: {
      [MAIN]: 'include d/*.conf',
      '/etc/d/b.conf': 'b',
      '/etc/d/a.conf': 'a',
      '/etc/d/.h.conf': 'h',
      '/etc/d/c.txt': 'c',
    },
    lines: ['a', 'b'],
  },
  {
    clause: '7',
    rule: 'classes and question marks',
    text: { [MAIN]: 'include d/[a-b]?.c', '/etc/d/a1.c': 'a', '/etc/d/b2.c': 'b', '/etc/d/c3.c': 'c' },
    lines: ['a', 'b'],
  },
  {
    clause: '7',
    rule: 'braces',
    text: { [MAIN]: 'include d/{b,a}.c', '/etc/d/a.c': 'a', '/etc/d/b.c': 'b' },
    lines: ['b', 'a'],
  },
  {
    clause: '7',
    rule: 'a missing file is only noted',
    text: 'include none\na',
    lines: ['a'],
    codes: ['HF0003'],
  },
  {
    clause: '7',
    rule: 'includem demands a match',
    text: 'includem none\na',
    lines: ['a'],
    codes: ['HF0004'],
  },
  {
    clause: '7',
    rule: 'includem tolerates wildcards',
    text: 'includem none*\na',
    lines: ['a'],
    codes: ['HF0003'],
  },
  { clause: '7', rule: 'includew does not', text: 'includew none*\na', lines: ['a'], codes: ['HF0004'] },
  {
    clause: '7',
    rule: 'includeb demands every alternative',
    text: { [MAIN]: 'includeb {a,b}', '/etc/a': 'a' },
    lines: ['a'],
    codes: ['HF0004'],
  },
  { clause: '7', rule: 'include does not', text: { [MAIN]: 'include {a,b}', '/etc/a': 'a' }, lines: ['a'] },
  { clause: '7', rule: 'includea demands everything', text: 'includea none*', lines: [], codes: ['HF0004'] },
  {
    clause: '7',
    rule: 'a directory is passed over',
    text: { [MAIN]: 'include d', '/etc/d/x': 'x' },
    lines: [],
    codes: ['HF0005'],
  },
  {
    clause: '7',
    rule: 'includer refuses it',
    text: { [MAIN]: 'includer d', '/etc/d': { kind: 'refused', why: 'directory', detail: '' } },
    lines: [],
    codes: ['HF0004'],
  },
  {
    clause: '7',
    rule: 'executable files are passed over',
    text: { [MAIN]: 'include x', '/etc/x': { kind: 'text', bytes: 'x', mode: 0o755 } },
    lines: [],
    codes: ['HF0005'],
  },
  {
    clause: '7',
    rule: 'unreadable ones, too',
    text: { [MAIN]: 'include x', '/etc/x': { kind: 'refused', why: 'permission', detail: '' } },
    lines: [],
    codes: ['HF0005'],
  },
  {
    clause: '7',
    rule: 'one that the disk does not give is an error: a reload without it is refused',
    text: { [MAIN]: 'a\ninclude x', '/etc/x': { kind: 'refused', why: 'failed', detail: 'EIO' } },
    lines: ['a'],
    codes: ['HF0013'],
  },
  {
    clause: '7',
    rule: 'so is one that somebody writes to',
    text: { [MAIN]: 'a\ninclude x', '/etc/x': { kind: 'refused', why: 'changed', detail: '' } },
    lines: ['a'],
    codes: ['HF0013'],
  },
  {
    clause: '7',
    rule: 'checked ones stay fatal',
    text: { [MAIN]: 'a\nincluder x', '/etc/x': { kind: 'refused', why: 'failed', detail: 'EIO' } },
    lines: ['a'],
    codes: ['HF0004'],
  },
  {
    clause: '7',
    rule: 'a directory that cannot be listed is no directory without files',
    text: { [MAIN]: 'a\ninclude d/*.conf', '/etc/d': { kind: 'refused', why: 'failed', detail: 'EMFILE' } },
    lines: ['a'],
    codes: ['HF0013'],
  },
  {
    clause: '7',
    rule: 'a file that includes itself',
    text: 'a\ninclude main.conf\nb',
    lines: ['a', 'b'],
    codes: ['HF0006'],
  },
  {
    clause: '7',
    rule: 'a circle through others',
    text: { [MAIN]: 'include x', '/etc/x': 'x\ninclude y', '/etc/y': 'y\ninclude x' },
    lines: ['x', 'y'],
    codes: ['HF0006'],
  },
  {
    clause: '7',
    rule: 'twice is fine',
    text: { [MAIN]: 'include x\ninclude x', '/etc/x': 'x' },
    lines: ['x', 'x'],
  },
  {
    clause: '7',
    rule: 'inside blocks',
    text: { [MAIN]: 'b {\ninclude x\n}', '/etc/x': 'x' },
    lines: ['b', '{', 'x', '}'],
  },
  {
    clause: '7',
    rule: 'in conditions and from definitions',
    text: { [MAIN]: '$D=d\n@node1 include ${D}/x', '/etc/d/x': 'x' },
    lines: ['x'],
  },
  {
    clause: '7',
    rule: 'definitions hold across files',
    text: { [MAIN]: '$A=1\ninclude x\n$B', '/etc/x': 'x $A\n$B=2' },
    lines: ['x 1', '2'],
  },
  {
    clause: '7',
    rule: '_PWD follows the file',
    text: { [MAIN]: 'include d/x\n$_PWD', '/etc/d/x': '$_PWD' },
    lines: ['/etc/d', '/etc'],
  },
  { clause: '7', rule: 'a longer word is no include', text: 'includes x', lines: ['includes x'] },
  {
    clause: '7',
    rule: 'an included file read within a repetition',
    text: { [MAIN]: '~SEQ(v, 2) include x', '/etc/x': 'a $v' },
    lines: ['a 1', 'a 2'],
  },
];

describe('the language, line by line', () => {
  for (const { clause, rule, text, lines, codes = [], options = {} } of rows) {
    test(`section ${clause}: ${rule}`, () => {
      const found = preprocess(text, options);
      assert.deepEqual(found.lines, lines);
      assert.deepEqual(found.codes, codes);
    });
  }

  test('section 4: _RANDOM draws anew each time, from its seed', () => {
    const text = Array.from({ length: 20 }, () => 'x ${_RANDOM 1 3}').join('\n');
    const { lines } = preprocess(text, { seed: 5 });
    assert.deepEqual([...new Set(lines)].sort(), ['x 1', 'x 2', 'x 3']);
    assert.deepEqual(preprocess(text, { seed: 5 }).lines, lines);
    assert.notDeepEqual(preprocess(text, { seed: 6 }).lines, lines);
  });
});

test('special characters are found wherever they stand in a long text', () => {
  for (let before = 4060; before <= 4130; before++) {
    const text = `${'plain line\n'.repeat(Math.floor(before / 11))}${'y'.repeat(before % 11)}\nshown # hidden\nalso ! hidden\n`;
    assert.deepEqual(preprocess(text).lines.slice(-2), ['shown', 'also'], `behind ${before} bytes`);
  }
});
