/**
 * PCRE2 patterns in JavaScript's words: every pattern that is served finds what PCRE2 finds, by the word of `grep -P`,
 * which is PCRE2; what is not served is named with its place.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import type { RegexOption, RegexSettings } from '../../src/config/model-lvs.js';
import { translatePattern } from '../../src/config/pattern/translate.js';

const settings = (pattern: string, options: readonly RegexOption[] = []): RegexSettings => ({
  pattern,
  options,
  noMatch: false,
});

const grepMissing =
  spawnSync('grep', ['-Pq', '^a(?>b)$'], { input: 'ab' }).status === 0 ? false : 'grep has no -P here';

/** Where the translated pattern matches first in these bytes: `from,to` in bytes, or nothing. */
function ours(pattern: RegexSettings, text: string): string {
  const translated = translatePattern(pattern);
  if (!translated.ok) return `refused: ${translated.error.what}`;
  const { source, flags, utf } = translated.value;
  const body = utf ? text : Buffer.from(text).toString('latin1');
  const match = new RegExp(source, flags).exec(body);
  if (!match) return 'none';
  const size = (part: string): number => Buffer.byteLength(part, utf ? 'utf8' : 'latin1');
  const from = size(body.slice(0, match.index));
  return match[0] === '' ? 'empty' : `${from},${from + size(match[0])}`;
}

/** The same from grep: lines end with a zero byte, so that newlines are text. In the C locale, as bytes. */
function greps(pattern: string, text: string): string {
  const run = spawnSync('grep', ['-Pzob', '-m1', '--', pattern], {
    input: text,
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (run.status === 2) return `error: ${run.stderr.toString()}`;
  if (run.status === 1) return 'none';
  // It does not print what is empty.
  if (run.stdout.length === 0) return 'empty';
  const [, at = '', found = ''] = /^(\d+):([^\0]*)\0/.exec(run.stdout.toString('latin1')) ?? [];
  return `${at},${Number(at) + found.length}`;
}

/** grep goes on where nothing was all that was found: then only that something was. */
function agree(pattern: string, text: string): void {
  const [mine, theirs] = [ours(settings(pattern), text), greps(pattern, text)];
  const what = `${pattern} on ${JSON.stringify(text)}`;
  if (mine === 'empty') assert.notEqual(theirs, 'none', what);
  else assert.equal(mine, theirs, what);
}

/** Patterns and texts that they are tried on; grep sets PCRE2's multiline, so each begins with (?-m). */
const SAME: readonly (readonly [string, readonly string[]])[] = [
  ['abc', ['xabcx', 'abd', 'ab\nc']],
  ['a.c', ['a\nc', 'abc', 'a\rc']],
  ['(?s)a.c', ['a\nc']],
  ['^b', ['a\nb', 'b']],
  ['(?m)^b', ['a\nb', 'a\n', 'ab']],
  // Of a newline before the end grep has its own idea: that is among the options below.
  ['a$', ['a', 'a\nb', 'a\n\n']],
  ['(?m)a$', ['a\nb', 'ab\n']],
  ['\\Aa|b\\z', ['xb', 'xb\n', 'a']],
  ['b\\Z', ['b\n', 'b\n\n', 'b']],
  ['\\d+\\s\\w+', ['12 ab', '1\u00a0b', '\u0661 a']],
  ['[^\\d\\s]+', ['1 2x\u00e9', '12']],
  ['[]a]+', ['x]a]', 'b']],
  ['[^]a]+', [']ab]', ']']],
  ['[a\\-z]+', ['b-z', 'm']],
  ['[\\w-]+', ['+a-b+']],
  ['[[:alpha:][:digit:]_]+', ['+a1_+', '\u00e9']],
  ['[[:^space:]]+', [' ab ']],
  ['[\\x41-\\x43\\n]+', ['xB\nA']],
  ['[\\b]', ['a\bc', 'b']],
  ['\\bfoo\\b', ['a foo b', 'afoo', 'foo_', '\u00e9foo']],
  ['\\Boo', ['foo', 'oo']],
  ['(?i)stra\u00dfe', ['STRA\u00dfE', 'STRASSE']],
  ['(?i)[a-c]+X', ['ABCx']],
  ['(?i)\u00e9', ['\u00c9', '\u00e9']],
  ['a(?i)b(?-i)c', ['aBc', 'aBC', 'ABc']],
  ['a(?i:b)c', ['aBc', 'aBC']],
  ['(?x) a b [ ] c # text', ['ab c', 'a b c']],
  ['(?i)a|b', ['B']],
  ['(a|b)c\\1', ['acb', 'xbcb']],
  ['(?<n>a+)b\\k<n>', ['aabaa', 'aab']],
  ['(?P<n>a)(?P=n)', ['aa']],
  ['(a)(b)\\g{-1}\\g1', ['abba', 'abab']],
  ['(?>a+)ab', ['aaab']],
  ['a++b', ['aab', 'aa']],
  ['a*+a', ['aaa']],
  ['(?:ab)?+abc', ['ababc', 'abc']],
  ['a{2}', ['aaa', 'a']],
  ['a{2,}?b', ['aaab']],
  ['a{1,2}', ['aaa']],
  ['a{x', ['a{x', 'a']],
  ['a+?', ['aaa']],
  ['(?U)a+', ['aaa']],
  ['(?U)a+?', ['aaa']],
  ['(?=.*b)a', ['ab', 'a']],
  ['a(?!b)', ['ab', 'ac']],
  ['(?<=a)b', ['ab', 'cb']],
  ['(?<!a|cc)b', ['ab', 'ccb', 'cb']],
  ['(?<=\\d{3})x', ['123x', '12x']],
  ['\\x{e9}', ['\u00e9']],
  ['\\xc3\\xa9', ['\u00e9']],
  ['..', ['\u00e9']],
  ['\\Qa.b\\E+', ['a.bbb', 'axb']],
  ['\\Q^$\\E', ['x^$']],
  ['a\\Qb\\E*c', ['abbbc']],
  ['\\h+\\H', ['a \tb']],
  ['\\v\\V', ['\r\nx']],
  ['a\\Rb', ['a\r\nb', 'a\nb', 'a\n\rb']],
  ['\\R\\n', ['\r\n', '\r\n\n']],
  ['a\\Nb', ['a\nb', 'axb']],
  ['\\N{2}', ['ab']],
  ['\\e\\a\\f\\t\\cA', ['\u001b\u0007\f\t\u0001']],
  ['\\101\\o{102}', ['AB']],
  ['[\\101-\\103]+', ['xABC']],
  ['\\0', ['a']],
  ['a|', ['b', 'a']],
  ['(?:)', ['x']],
  ['()', ['x']],
  ['(?#note)a', ['a']],
  ['(|a)+b', ['aab']],
  ['(?:a*)*b', ['aab']],
  ['<title>([^<]*)</title>', ['<html><title>ok</title>', '<title>']],
  ['"status"\\s*:\\s*"(?:up|ok)"', ['{"status" : "ok"}', '{"status":"down"}']],
  ['(?i)^HTTP/1\\.[01] 2\\d\\d', ['http/1.1 204']],
  ['[a-f0-9]{8}(?:-[a-f0-9]{4}){3}', ['01234567-89ab-cdef-0123']],
  ['(?n)(a)(?<b>c)\\1', ['acc', 'aca']],
  ['((?i)a)b', ['Ab', 'AB']],
  ['(a(?i)b|c)d', ['aBd', 'Cd', 'cD']],
  ['\\/\\-\\.\\!', ['/-.!']],
  ['[.\\]^$*+?{}()|\\\\/-]+', [']^$*+?{}()|\\/-.']],
  ['\\.', ['.', 'a']],
];

describe('what is served finds what PCRE2 finds', { skip: grepMissing }, () => {
  for (const [pattern, texts] of SAME)
    test(pattern.replaceAll('\n', '\\n'), () => {
      for (const text of texts) {
        const set = `(?-m)${pattern}`;
        agree(set, text);
      }
    });
});

test('random patterns of small pieces find what PCRE2 finds', { skip: grepMissing }, () => {
  const pieces = [
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\w',
    '\\b',
    '^',
    '$',
    '(a)',
    '(?:b|a)',
    '(?=a)',
    '(?<=b)',
    '(?>a|ab)',
    '\\n',
    'a|',
  ];
  const marks = ['', '', '', '*', '+', '?', '{2}', '*?', '+?', '?+', '*+', '++'];
  let seed = 20;
  const next = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  let served = 0;
  for (let round = 0; round < 250; round++) {
    const pattern = Array.from({ length: 1 + next(5) }, () => {
      const piece = pieces[next(pieces.length)] ?? '';
      const bare = /^(?:\\b|\^|\$|\(\?[=<]|a\|)/.test(piece) && !piece.startsWith('(?>');
      return piece + (bare ? '' : (marks[next(marks.length)] ?? ''));
    }).join('');
    const text = `${Array.from({ length: next(9) }, () => 'ab\nc'[next(4)]).join('')}c`;
    const set = `(?-m)${pattern}`;
    const mine = ours(settings(set), text);
    if (mine.startsWith('refused')) continue;
    served += 1;
    agree(set, text);
  }
  assert.ok(served > 200);
});

test('options do what they say', () => {
  const find = (pattern: string, text: string, ...options: RegexOption[]): string =>
    ours(settings(pattern, options), text);
  assert.equal(find('AB', 'xab', 'caseless'), '1,3');
  assert.equal(find('a.b', 'a\nb', 'dotall'), '0,3');
  assert.equal(find('^b', 'a\nb', 'multiline'), '2,3');
  assert.equal(find('^', 'a\n', 'multiline'), 'empty');
  assert.equal(find('b^', 'b\n', 'multiline', 'alt_circumflex'), 'none');
  assert.equal(find('\\n^', 'a\n', 'multiline'), 'none');
  assert.equal(find('\\n^', 'a\n', 'multiline', 'alt_circumflex'), '1,2');
  assert.equal(find('a$', 'a\n'), '0,1');
  assert.equal(find('a$', 'a\n', 'dollar_endonly'), 'none');
  assert.equal(find('a b#c', 'ab', 'extended'), '0,2');
  assert.equal(find('a+', 'aaa', 'ungreedy'), '0,1');
  assert.equal(
    find('(a)\\1', 'aa', 'no_auto_capture'),
    'refused: a reference to a group that has not been before',
  );
  assert.equal(find('a[]b', 'a', 'allow_empty_class'), 'none');
  assert.equal(find('\\u0041\\x41', 'AA', 'alt_bsux'), '0,2');
  assert.equal(find('.', '\u00e9', 'utf'), '0,2');
  assert.equal(find('.', '\u00e9'), '0,1');
  assert.equal(find('\u00c9', '\u00e9', 'utf', 'caseless'), '0,2');
  assert.equal(find('\\w+', '\u00e9\u00e8', 'utf'), 'none');
  assert.equal(find('\\w+', '\u00e9\u00e8', 'utf', 'ucp'), '0,4');
  assert.equal(find('\\p{Lu}', 'a\u00c9', 'utf'), '1,3');
  assert.equal(find('(*UTF).', '\u00e9'), '0,2');
  const first = translatePattern(settings('b', ['firstline']));
  assert.ok(first.ok && first.value.firstLine);
});

test('what is not served, or no pattern, is named with its place', () => {
  const refusal = (pattern: string, ...options: RegexOption[]): unknown => {
    const made = translatePattern(settings(pattern, options));
    return made.ok ? 'served' : `${made.error.kind} ${made.error.at}: ${made.error.what}`;
  };
  assert.equal(refusal('a(?R)'), 'not-served 1: recursion, or a call of a group');
  assert.equal(refusal('(a)(?1)'), 'not-served 3: recursion, or a call of a group');
  assert.equal(refusal('(?(?=a)b)'), 'not-served 0: a condition ((?(...)...))');
  assert.equal(refusal('(?|a|b)'), 'not-served 0: groups that share their numbers ((?|...))');
  assert.equal(refusal('a(*SKIP)b'), 'not-served 1: a verb ((*...))');
  assert.match(String(refusal('a\\Kb')), /^not-served \d: a moved start/);
  assert.match(String(refusal('(a)?\\1')), /may not have taken part/);
  assert.match(String(refusal('(?:(a)|b)\\1')), /may not have taken part/);
  assert.match(String(refusal('(a*)+\\1')), /may not have taken part/);
  assert.match(String(refusal('(?<=a(b))\\1')), /may not have taken part/);
  assert.match(String(refusal('(a)\\1', 'caseless')), /without regard to case/);
  assert.match(String(refusal('\\X')), /grapheme/);
  assert.match(String(refusal('\\p{Greek}', 'utf')), /the property Greek/);
  assert.match(String(refusal('(a)(?<n>b)(?<n>c)')), /two groups with the name n/);
  for (const invalid of [
    'a)',
    '(a',
    '[a',
    '*a',
    'a{3,2}',
    '[z-a]',
    '\\',
    '(?<=a+)b',
    '[[:foo:]]',
    '\\x{100}',
    '[[.a.]]',
    'a{70000}',
    '\\y',
  ])
    assert.match(String(refusal(invalid)), /^invalid /, invalid);
});

test('no text makes it throw or takes long', () => {
  const letters = '()[]{}?*+|\\^$.:=!<>-,#abR1gkPQE \n\u00e9';
  let seed = 7;
  for (let round = 0; round < 20_000; round++) {
    let text = '';
    for (let length = round % 24; length > 0; length--) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      text += letters[Math.floor((seed / 2147483648) * letters.length)];
    }
    const made = translatePattern(settings(text, round % 3 === 0 ? ['utf', 'caseless'] : []));
    // What is served is a pattern for JavaScript.
    if (made.ok) new RegExp(made.value.source, made.value.flags);
  }
  translatePattern(settings('('.repeat(1000)));
});
