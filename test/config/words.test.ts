/** Words: the plain ones, and the shell-like ones of script keywords with their escapes. (reference section 3) */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plainWords } from '../../src/config/lexer.js';
import { codes, load } from './support.js';

const plain: readonly {
  readonly rule: string;
  readonly text: string;
  readonly words: readonly string[];
  readonly open?: number;
}[] = [
  { rule: 'blanks of all kinds', text: 'a b\tc\vd\fe', words: ['a', 'b', 'c', 'd', 'e'] },
  { rule: 'quotes keep blanks and go', text: 'a "b  c"', words: ['a', 'b  c'] },
  { rule: 'an empty word', text: 'a ""', words: ['a', ''] },
  { rule: 'a quote ends a word', text: 'a"b c"d', words: ['a', 'b c', 'd'] },
  { rule: 'single quotes are letters', text: "'a b'", words: ["'a", "b'"] },
  { rule: 'no escapes', text: '"a\\" b', words: ['a\\', 'b'] },
  { rule: 'an open quote drops the rest', text: 'a "b c', words: ['a'], open: 2 },
  { rule: 'nothing', text: '  ', words: [] },
];

describe('plain words', () => {
  for (const { rule, text, words, open } of plain) {
    test(rule, () => {
      const found = plainWords(text);
      assert.deepEqual(
        found.words.map((word) => word.text),
        words,
      );
      assert.equal(found.openQuote, open);
      for (const { start, end } of found.words) assert.ok(start >= 0 && end <= text.length && start < end);
    });
  }
});

interface Script {
  readonly rule: string;
  /** Behind `notify`. */
  readonly text: string;
  readonly argv?: readonly string[];
  readonly user?: string;
  readonly group?: string;
  readonly codes?: readonly string[];
}

const scripts: readonly Script[] = [
  { rule: 'one word', text: '/x', argv: ['/x'] },
  { rule: 'user and group', text: '/x root wheel', argv: ['/x'], user: 'root', group: 'wheel' },
  { rule: 'arguments in double quotes', text: '"/x a b" root', argv: ['/x', 'a', 'b'], user: 'root' },
  { rule: 'arguments in single quotes', text: "'/x a b' root", argv: ['/x', 'a', 'b'], user: 'root' },
  {
    rule: 'single in double',
    text: `"/x.sh 'a b' c" usr grp`,
    argv: ['/x.sh', 'a b', 'c'],
    user: 'usr',
    group: 'grp',
  },
  { rule: 'double in single', text: `'/x "a b"'`, argv: ['/x', 'a b'] },
  { rule: 'pieces join', text: `/x' 'a`, argv: ['/x', 'a'] },
  { rule: 'pieces join inside', text: `"/x a'b c'd"`, argv: ['/x', 'ab cd'] },
  { rule: 'escaped blank', text: '/x\\ y root', argv: ['/x y'], user: 'root' },
  { rule: 'escaped quotes', text: '"/x \\"a \\\'b"', argv: ['/x', '"a', "'b"] },
  { rule: 'escaped backslash', text: '"/x a\\\\b"', argv: ['/x', 'a\\b'] },
  { rule: 'named escapes', text: '"/x \\a\\b\\E\\f\\n\\r\\t\\v"', argv: ['/x', '\x07\b\x1b\f\n\r\t\v'] },
  { rule: 'octal', text: '"/x \\1\\12\\1234"', argv: ['/x', '\x01\n\x534'] },
  { rule: 'hexadecimal', text: '"/x \\x4a\\x4az\\x5"', argv: ['/x', 'JJz\x05'] },
  { rule: 'control', text: '"/x \\cA\\cz"', argv: ['/x', '\x01\x1a'] },
  { rule: 'any other', text: '"/x \\q\\$"', argv: ['/x', 'q$'] },
  { rule: 'escapes in single quotes', text: `"/x 'a\\'b'"`, argv: ['/x', "a'b"] },
  { rule: 'an empty argument', text: `"/x '' a"`, argv: ['/x', '', 'a'] },
  { rule: 'letters beyond ASCII', text: '"/x größe 主"', argv: ['/x', 'größe', '主'] },
  { rule: 'comment signs in quotes', text: '"/x #a !b" # c', argv: ['/x', '#a', '!b'] },
  { rule: 'braces in quotes', text: '"/x {a}"', argv: ['/x', '{a}'] },
  {
    rule: 'too many words',
    text: '/x root wheel more',
    argv: ['/x'],
    user: 'root',
    group: 'wheel',
    codes: ['HF0203'],
  },
  { rule: 'an open single quote', text: "'/x a", codes: ['HF0101'] },
  { rule: 'an open quote inside', text: `"/x 'a"`, codes: ['HF0101'] },
  { rule: 'an empty command', text: '""', codes: ['HF0202'] },
];

describe('commands', () => {
  for (const { rule, text, argv, user, group, codes: expected = [] } of scripts) {
    test(rule, () => {
      const loaded = load(
        `vrrp_instance V {\n interface eth0\n virtual_router_id 1\n no_virtual_ipaddress\n notify ${text}\n}\n`,
      );
      assert.deepEqual(codes(loaded), expected);
      const command = argv && { argv, ...(user ? { user } : {}), ...(group ? { group } : {}) };
      assert.deepEqual(loaded.configuration?.instances[0]?.notify, command ? { any: command } : {});
    });
  }
});

test('a word near one of the few that are meant is said to be that one, another is not', () => {
  const remedyOf = (word: string): string | undefined =>
    load(
      `vrrp_instance V {\n interface lo\n virtual_router_id 1\n virtual_ipaddress {\n 192.0.2.1\n }\n state ${word}\n}`,
    ).diagnostics.find(({ code, message }) => code === 'HF0202' && message.startsWith(`"${word}"`))?.remedy;
  assert.equal(remedyOf('BACKPU'), 'Did you mean BACKUP?');
  assert.equal(remedyOf('elsewhere'), 'Write one of these: MASTER, BACKUP.');
});

test('a range of status codes that ends before it begins is said to, and the other way round', () => {
  const found = (codes: string) =>
    load(
      `virtual_server 192.0.2.1 80 {\n lvs_sched rr\n lvs_method DR\n protocol TCP\n real_server 192.0.2.2 80 {\n HTTP_GET {\n url {\n path /\n status_code ${codes}\n }\n }\n }\n}`,
    ).diagnostics;
  const [reversed, ...others] = found('300-200');
  assert.deepEqual(others, []);
  assert.equal(reversed?.message, 'the range 300-200 ends before it begins');
  assert.equal(reversed?.remedy, 'Did you mean 200-300?');
  assert.match(found('700-200')[0]?.message ?? '', /no status code from 100 to 599/);
});
