/**
 * Nesting and its mistakes: one mistake gives one finding, and what follows is read again as soon as it can be.
 * Each row names the instances that remain, so that recovery is proved and not only the message.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { load } from './support.js';

const instance = (name: string, extra = ''): string =>
  `vrrp_instance ${name} {\n interface eth0\n virtual_router_id ${name.length}\n ${extra}\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n`;

interface Row {
  readonly rule: string;
  readonly text: string;
  /** `CODE line` of each finding. */
  readonly found: readonly string[];
  readonly instances: readonly string[];
  /** A piece of the only finding's message or remedy. */
  readonly says?: string;
}

const rows: readonly Row[] = [
  { rule: 'a good file', text: instance('A') + instance('BB'), found: [], instances: ['A', 'BB'] },
  {
    rule: 'braces on lines of their own',
    text: instance('A').replaceAll(' {', '\n{'),
    found: [],
    instances: ['A'],
  },
  {
    rule: 'an unknown keyword suggests its neighbour',
    text: instance('A', 'priorty 100'),
    found: ['HF0102 4'],
    instances: ['A'],
    says: 'Did you mean priority?',
  },
  {
    rule: 'an unknown word without a neighbour guesses nothing',
    text: instance('A', 'restart_service'),
    found: ['HF0102 4'],
    instances: ['A'],
    says: 'No keyword of this block resembles it',
  },
  {
    rule: 'a keyword of another block says where it belongs',
    text: `rise 2\n${instance('A')}`,
    found: ['HF0102 1'],
    instances: ['A'],
    says: 'It belongs in vrrp_script.',
  },
  {
    rule: 'a misspelt keyword that its block needs: one finding says both',
    text: instance('A').replace('virtual_router_id', 'virtual_router_idd'),
    found: ['HF0118 3'],
    instances: [],
    says: 'unknown keyword .*virtual_router_idd.*, so vrrp_instance .* has no virtual_router_id',
  },
  {
    rule: 'the addresses, too, though version 2 does without',
    text: instance('A').replace('virtual_ipaddress', 'virtual_ipaddres'),
    found: ['HF0118 5'],
    instances: ['A'],
    says: 'Did you mean virtual_ipaddress?',
  },
  {
    rule: 'and those of version 3',
    text: instance('A', 'version 3').replace('virtual_ipaddress', 'virtual_ipaddres'),
    found: ['HF0118 5'],
    instances: [],
  },
  {
    rule: 'a misspelt optional keyword stays a remark',
    text: instance('A', 'advert_itn 3'),
    found: ['HF0102 4'],
    instances: ['A'],
  },
  {
    rule: 'a misspelt block says what it leaves undefined, once',
    text: `vrrp_scrpt s {\n script /x\n}\n${instance('A', 'track_script {\n s\n }')}${instance('BB', 'track_script {\n s\n }')}`,
    found: ['HF0118 1'],
    instances: ['A', 'BB'],
    says: 'so there is no vrrp_script named',
  },
  {
    rule: 'a script that cannot be used: not once more where it is tracked',
    text: `vrrp_script s {\n scrit /x\n}\n${instance('A', 'track_script {\n s\n }')}`,
    found: ['HF0118 2'],
    instances: ['A'],
  },
  {
    rule: 'a value that is not valid: not once more as missing',
    text: instance('A').replace('virtual_router_id 1', 'virtual_router_id 300'),
    found: ['HF0202 3'],
    instances: [],
  },
  {
    rule: 'letters that only look Latin',
    text: instance('A', 'рriority 100'),
    found: ['HF0102 4'],
    instances: ['A'],
    says: 'with Latin letters',
  },
  {
    rule: 'a byte-order mark is named, since nobody sees it',
    text: `\ufeffrise 2\n${instance('A')}`,
    found: ['HF0102 1'],
    instances: ['A'],
    says: 'without a byte-order mark',
  },
  {
    rule: 'an unknown block is swallowed whole',
    text: `foo bar {\n priority 3\n sub {\n state MASTER\n }\n}\n${instance('A')}`,
    found: ['HF0102 1'],
    instances: ['A'],
  },
  {
    rule: 'inside a block, too',
    text: instance('A', 'foo {\n nopreempt\n }'),
    found: ['HF0102 4'],
    instances: ['A'],
  },
  {
    rule: 'a block without its brace',
    text: instance('A').replace('virtual_ipaddress {', 'virtual_ipaddress'),
    found: ['HF0103 5'],
    instances: ['A'],
  },
  {
    rule: 'a block that is not closed before the next begins',
    text: `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n no_virtual_ipaddress\n${instance('BB')}`,
    found: ['HF0104 1'],
    instances: ['A', 'BB'],
  },
  {
    rule: 'a list that is not closed before a keyword',
    text: instance('A').replace(' }\n}\n', ' priority 90\n}\n'),
    found: ['HF0104 5'],
    instances: ['A'],
  },
  {
    rule: 'a list that is not closed before a list',
    text: `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n track_interface {\n eth1\n }\n}\n${instance('BB')}`,
    found: ['HF0104 4'],
    instances: ['A', 'BB'],
  },
  {
    rule: 'a list of names that is not closed before a block of the outermost level',
    text: `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n no_virtual_ipaddress\n track_interface {\n eth1\n${instance('BB')}`,
    found: ['HF0104 1', 'HF0104 5'],
    instances: ['A', 'BB'],
  },
  {
    rule: 'the end comes too early',
    text: instance('A').replace(/\}\n$/, ''),
    found: ['HF0104 1'],
    instances: ['A'],
  },
  {
    rule: 'one brace too many',
    text: `${instance('A')}}\n${instance('BB')}`,
    found: ['HF0105 9'],
    instances: ['A', 'BB'],
  },
  {
    rule: 'a brace too early',
    text: `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n priority 90\n nopreempt\n}\n${instance('BB')}`,
    found: ['HF0107 7'],
    instances: ['A', 'BB'],
  },
  {
    rule: 'a keyword that takes no block',
    text: instance('A', 'priority 90 {\n state MASTER\n }'),
    found: ['HF0106 4'],
    instances: ['A'],
  },
  {
    rule: 'a brace at the beginning',
    text: `{\n foo\n}\n${instance('A')}`,
    found: ['HF0106 1'],
    instances: ['A'],
  },
  {
    rule: 'words between a list and its brace',
    text: instance('A').replace('virtual_ipaddress {', 'virtual_ipaddress more {'),
    found: ['HF0203 5'],
    instances: ['A'],
  },
  {
    rule: 'an instance without a name',
    text: `vrrp_instance {\n priority 3\n}\n${instance('A')}`,
    found: ['HF0209 1'],
    instances: ['A'],
  },
  {
    rule: 'a script without a name',
    text: `vrrp_script {\n interval 3\n}\n${instance('A')}`,
    found: ['HF0201 1'],
    instances: ['A'],
  },
  {
    rule: 'a keyword without its value',
    text: instance('A', 'priority'),
    found: ['HF0201 4'],
    instances: ['A'],
  },
  {
    rule: 'two instances of one name',
    text: instance('A') + instance('A'),
    found: ['HF0210 9'],
    instances: ['A'],
  },
  {
    rule: 'a line said twice',
    text: instance('A', 'priority 3\npriority 4'),
    found: ['HF0208 4'],
    instances: ['A'],
  },
  {
    rule: 'a first-wins line said twice',
    text: instance('A', 'notify /a\nnotify /b'),
    found: ['HF0207 5'],
    instances: ['A'],
  },
  {
    rule: 'more words than are taken',
    text: instance('A', 'priority 3 4'),
    found: ['HF0203 4'],
    instances: ['A'],
  },
  { rule: 'an open quote', text: instance('A', 'notify "/a'), found: ['HF0101 4'], instances: ['A'] },
  { rule: 'nothing at all', text: '', found: ['HF0011 1'], instances: [] },
  { rule: 'nothing but comments', text: '# x\n\n! y\n', found: ['HF0011 1'], instances: [] },
  {
    rule: 'a finding is silenced on its line',
    text: instance('A', 'priorty 100 # holdfast: allow HF0102'),
    found: [],
    instances: ['A'],
  },
  {
    rule: 'or on the line above',
    text: instance('A', '# holdfast: allow HF0501, HF0102\n priorty 100'),
    found: [],
    instances: ['A'],
  },
  {
    rule: 'but an error is not',
    text: instance('A', 'priority 300 # holdfast: allow HF0202'),
    found: ['HF0202 4'],
    instances: ['A'],
  },
];

describe('nesting and its mistakes', () => {
  for (const { rule, text, found, instances, says } of rows) {
    test(rule, () => {
      const { diagnostics, configuration } = load(text);
      assert.deepEqual(
        diagnostics.map(({ code, place }) => `${code} ${place?.line}`),
        found,
        diagnostics.map(({ message }) => message).join('\n'),
      );
      assert.deepEqual(
        configuration?.instances.map(({ name }) => name),
        instances,
      );
      if (says !== undefined) assert.match(JSON.stringify(diagnostics), new RegExp(says));
    });
  }

  test('the line closed too early does not take effect', () => {
    const { configuration } = load(`${instance('A')} priority 90\n}\n`);
    assert.equal(configuration?.instances[0]?.priority, 100);
  });
});

describe('lines that change how the rest is read', () => {
  const missing = (globals: string, form = 'include') =>
    load(`global_defs {\n${globals}\n}\n${form} none\n${form} none*\n${instance('A')}`).verdict.exit;

  test('include_check', () => {
    assert.equal(missing(''), 0);
    assert.equal(missing('include_check'), 6);
    assert.equal(missing('include_check match'), 6);
    assert.equal(missing('include_check read'), 0);
    assert.equal(missing('include_check -match -wildcard_match'), 0);
    assert.equal(missing('include_check\ninclude_check -match -wildcard_match'), 0);
    assert.equal(load(`include none\nglobal_defs {\ninclude_check\n}\n${instance('A')}`).verdict.exit, 0);
  });

  test('it ends with the file that says it', () => {
    const files = {
      '/etc/main.conf': `include a\ninclude none\n${instance('A')}`,
      '/etc/a': 'global_defs {\ninclude_check\n}\n',
    };
    assert.equal(load(files).verdict.exit, 0);
  });

  test('all includes are checked on demand', () => {
    assert.equal(load(`include none\n${instance('A')}`, {}, { allIncludes: true }).verdict.exit, 6);
  });

  test('random_seed', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the language's own
    const text = `global_defs {\nrandom_seed 7\n}\n${instance('A', 'priority ${_RANDOM 1 254}')}`;
    const drawn = [1, 2, 3].map((seed) => load(text, {}, { seed }).configuration?.instances[0]?.priority);
    assert.equal(new Set(drawn).size, 1);
    const free = [1, 2, 3, 4].map(
      (seed) => load(text.replace('random_seed 7', ''), {}, { seed }).configuration?.instances[0]?.priority,
    );
    assert.ok(new Set(free).size > 1);
  });
});
