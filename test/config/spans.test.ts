/** Places: a finding points at the text that a person wrote, and shows how it came to be read. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how the language under test writes references
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderDiagnostic } from '../../src/config/render.js';
import { bytesOf, type Files, load, MAIN } from './support.js';

const inInstance = (line: string): string =>
  `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n ${line}\n no_virtual_ipaddress\n}\n`;

interface Row {
  readonly rule: string;
  readonly text: string | Files;
  /** `path:line:column-endColumn` of the only finding, then of its chain with the text. */
  readonly places: readonly string[];
}

const rows: readonly Row[] = [
  { rule: 'a plain value', text: inInstance('priority 300'), places: ['/etc/main.conf:4:11-14'] },
  {
    rule: 'behind letters of several bytes',
    text: inInstance('priority  "éé" # ü'),
    places: ['/etc/main.conf:4:12-16'],
  },
  { rule: 'behind an escape', text: inInstance('unicast_src_ip \\#x'), places: ['/etc/main.conf:4:18-20'] },
  {
    rule: 'a value from a definition',
    text: `$P=300\n${inInstance('priority $P')}`,
    places: ['/etc/main.conf:1:4-7', '/etc/main.conf:5:11-13 used here as $P'],
  },
  {
    rule: 'a value from a definition in a definition',
    text: `$P=300\n$Q=$P\n${inInstance('priority $Q')}`,
    places: [
      '/etc/main.conf:1:4-7',
      '/etc/main.conf:2:4-6 used here as $P',
      '/etc/main.conf:6:11-13 used here as $Q',
    ],
  },
  {
    rule: 'a value put together is shown where it is put together',
    text: `$P=30\n${inInstance('priority ${P}0')}`,
    places: ['/etc/main.conf:5:11-16'],
  },
  {
    rule: 'a line of a definition',
    text: `$P=nopreempt \\\n priority 300\n${inInstance('$P')}`,
    places: ['/etc/main.conf:2:11-14', '/etc/main.conf:6:2-4 used here as $P'],
  },
  {
    rule: 'a repetition',
    text: inInstance('~SEQ(v, 300, 300) priority $v'),
    places: ['/etc/main.conf:4:29-31', '/etc/main.conf:4:2-19 repeated here, with v = 300'],
  },
  {
    rule: 'a list',
    text: inInstance('~LST(v, 300) priority $v'),
    places: [
      '/etc/main.conf:4:10-13',
      '/etc/main.conf:4:24-26 used here as $v',
      '/etc/main.conf:4:2-14 repeated here, with v = 300',
    ],
  },
  {
    rule: 'an included file',
    text: { [MAIN]: inInstance('include x'), '/etc/x': '\npriority 300' },
    places: ['/etc/x:2:10-13', '/etc/main.conf:4:10-11 included here'],
  },
  {
    rule: 'everything at once',
    text: {
      [MAIN]: `$F=x\n${inInstance('~SEQ(v, 1) include ${F}')}`,
      '/etc/x': '$P=300\npriority $P',
    },
    places: ['/etc/x:1:4-7', '/etc/x:2:10-12 used here as $P', '/etc/main.conf:1:4-5 included here'],
  },
];

describe('places of findings', () => {
  for (const { rule, text, places } of rows) {
    test(rule, () => {
      const { diagnostics } = load(text);
      const [only, ...others] = diagnostics;
      assert.ok(only?.place);
      assert.equal(others.length, 0, others.map(({ message }) => message).join('\n'));
      const show = ({ path, line, column, endColumn }: NonNullable<typeof only.place>) =>
        `${path}:${line}:${column}-${endColumn}`;
      assert.deepEqual(
        [show(only.place), ...only.related.map(({ place, text: label }) => `${show(place)} ${label}`)],
        places,
      );
    });
  }

  test('the same mistake in all rounds of a repetition is told once', () => {
    const { diagnostics } = load(inInstance('~SEQ(v, 50) priority 300'));
    assert.equal(diagnostics.filter(({ code }) => code === 'HF0202').length, 1);
  });
});

describe('what a person sees', () => {
  test('line, place, consequence and remedy', () => {
    const { diagnostics } = load(inInstance('priorty 100 # größer'));
    assert.equal(
      renderDiagnostic(diagnostics[0] ?? assert.fail()),
      [
        'warning[HF0102]: unknown keyword "priorty" in vrrp_instance',
        ' --> /etc/main.conf:4:2',
        '  |',
        '4 |  priorty 100 # größer',
        '  |  ^^^^^^^ similar: priority',
        '  = The line is ignored, and the block in braces that follows it as well.',
        '  = Did you mean priority?',
      ].join('\n'),
    );
  });

  test('the chain through another file', () => {
    const { diagnostics } = load({ [MAIN]: inInstance('include x'), '/etc/x': 'priority 300' });
    assert.match(
      renderDiagnostic(diagnostics[0] ?? assert.fail()),
      / --> \/etc\/x:1:10\n.*\n.*\n.* must be 1\.\.255\n ::: \/etc\/main\.conf:4:10\n/,
    );
  });

  test('wide letters are underlined in their width, tabs and controls are harmless', () => {
    const { diagnostics } = load(inInstance('unicast_src_ip\t主机\u001b[31m'));
    const lines = renderDiagnostic(diagnostics[0] ?? assert.fail()).split('\n');
    assert.equal(lines[3], '4 |  unicast_src_ip 主机?[31m');
    assert.equal(lines[4]?.trimEnd(), `  | ${' '.repeat(16)}${'^'.repeat(9)}`);
  });

  test('of a long line only the part around the place', () => {
    const { diagnostics } = load(inInstance(`${' '.repeat(400)}priority 300 ${' '.repeat(400)}# end`));
    const shown = renderDiagnostic(diagnostics[0] ?? assert.fail());
    assert.ok(shown.split('\n').every((line) => line.length < 140));
    assert.match(shown, /\n {2}\| +\^\^\^ must be/);
  });

  test('bytes that are no UTF-8 are shown as letters', () => {
    const bytes = bytesOf(inInstance('priority X')).replace('X', '\xff');
    const { diagnostics } = load({ [MAIN]: { kind: 'text', bytes, mode: 0o600 } });
    assert.match(diagnostics[0]?.message ?? '', /"ÿ" is not a whole number/);
  });
});
