/**
 * Reading again with what is known gives what reading the whole gives, findings included, whatever was edited. Texts are
 * edited at random, from pieces that reach from one block into another; REPEATED_EDITS=N says how often.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how the language under test writes references
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../src/base/prng.js';
import { type LoadOptions, loadConfiguration, RepeatedLoading } from '../../src/config/load.js';
import type { VirtualServerSettings } from '../../src/config/model-lvs.js';
import { type ConfigReader, textOf } from '../../src/config/source.js';
import { KeptTexts } from '../../src/host/kept-texts.js';
import { type Files, MAIN, readerOf } from './support.js';

const EDITS = Number(process.env['REPEATED_EDITS'] ?? 40);
const OPTIONS: LoadOptions = { path: MAIN, configId: 'node1', seed: 5 };

const service = (n: number, more = '', server = ''): string => `virtual_server 10.1.0.${n} 80 {
    delay_loop 5
    lvs_sched rr
    lvs_method NAT
    protocol TCP
${more}    real_server 10.2.0.${n} 80 {
        weight 1
${server}        TCP_CHECK {
            connect_timeout 3
        }
    }
}
`;

const QUORUM = service(5, '    quorum 7\n');
const FILE = service(7, '', '        FILE_CHECK {\n            track_file F\n        }\n');
const COMMANDS = service(
  8,
  '    quorum_up /bin/true\n',
  '        MISC_CHECK {\n            misc_path /bin/true\n        }\n',
);
const DEFINED = service(9, '    ${MORE}\n    quorum $LOOP\n', '        weight $LOOP\n').replace(
  '        weight 1\n',
  '',
);
const INCLUDING = service(11, '    include more.conf\n');
const SESSION = service(12, '', '        BFD_CHECK {\n            name B\n        }\n');
const GROUP = service(14).replace('virtual_server 10.1.0.14 80', 'virtual_server group G');

/** Things that blocks share, and things that make what stands around them mean something else. */
const PIECES: readonly string[] = [
  ...[1, 2, 3, 4].map((n) => service(n)),
  QUORUM,
  service(6, '    flag-1\n    hashed\n'),
  FILE,
  COMMANDS,
  DEFINED,
  service(10, '    @node1 ha_suspend\n    @node2 omega\n', '        weight 2 # twice\n'),
  INCLUDING,
  SESSION,
  service(
    13,
    '',
    '        HTTP_GET {\n            url {\n                path "/a}b{"\n                regex ^a$\n            }\n        }\n',
  ),
  GROUP,
  service(15).replace('virtual_server', '  virtual_server'),
  service(16).replace(/\}\n$/, '} # the end\n'),
  service(17).replaceAll('\n', '\r\n'),
  service(18).replace('80 {', '80\n{'),
  service(2).replace('weight 1', 'weight 9'),
  'virtual_server_group G {\n    10.1.0.3 80\n}\n',
  'global_defs {\n    smtp_alert_checker off\n}\n',
  'global_defs {\n    balancer nftables\n    lvs_timeouts tcp 9\n}\n',
  'track_file F {\n    file /tmp/f\n    weight 3\n}\n',
  'bfd_instance B {\n    neighbor_ip 10.0.0.9\n}\n',
  'vrrp_instance V {\n    interface eth0\n    virtual_router_id 7\n    priority 9\n    dont_track_primary\n}\n',
  'vrrp_sync_group S {\n    group {\n        V\n    }\n}\n',
  '$LOOP=7\n',
  '$MORE=\\\n  quorum 1 \\\n  alpha\n\n',
  '~SEQ(n, 20, 22) include more.conf\n',
  'include other.conf\n',
  '# holdfast: allow HF0501, HF0305\n',
  'real_server 1.2.3.4 80 {\n',
  'delay_loop 3\n',
  'weight 4\n',
  '}\n',
  '{\n',
  '"\n',
  '\n\n',
  '\0\n',
  '! a remark\n',
  'nonsense 1\n',
];

/** So much that the text lies in several runs. */
const FILLER = `# ${'x'.repeat(900)}\n`.repeat(90);

const START: Files = {
  [MAIN]: `global_defs {\n    router_id R\n}\n$LOOP=6\n$MORE=\\\n alpha\n\ntrack_file F {\n    file /tmp/f\n}\nbfd_instance B {\n    neighbor_ip 10.0.0.9\n}\nvirtual_server_group G {\n    10.1.0.99 80\n}\n${PIECES.slice(0, 4).join('\n')}${service(30)}${FILLER}include other.conf\n${service(31)}`,
  '/etc/other.conf': `${service(40)}${service(41)}`,
  '/etc/more.conf': '    alpha\n',
};

function edited(files: Files, prng: Prng): Files {
  const path = prng.chance(0.85) ? MAIN : prng.pick(Object.keys(files));
  const lines = String(files[path]).split('\n');
  const at = prng.integer(0, lines.length);
  const count = prng.integer(1, prng.pick([1, 3, 14]));
  switch (prng.integer(0, 6)) {
    case 0:
      lines.splice(at, count);
      break;
    case 1:
      lines.splice(at, 0, ...lines.slice(at, at + count));
      break;
    case 2:
      lines.splice(prng.integer(0, lines.length), 0, ...lines.splice(at, count));
      break;
    case 3: {
      const line = lines[at] ?? '';
      const column = prng.integer(0, line.length);
      lines[at] =
        line.slice(0, column) +
        prng.pick(['7', ' ', '{', '}', '"', '#', '$', '@', 'x', '\\']) +
        line.slice(column + 1);
      break;
    }
    default: {
      // Mostly between blocks, where a person would put it.
      const between = [...lines.keys()].filter((n) => lines[n] === '}');
      const where = between.length > 0 && prng.chance(0.7) ? prng.pick(between) + 1 : at;
      lines.splice(where, 0, ...prng.pick(PIECES).split('\n').slice(0, -1));
    }
  }
  return { ...files, [path]: lines.join('\n') };
}

/** As the thread reads: what did not change are the same strings. */
const inRuns = (texts: KeptTexts, reader: ConfigReader): ConfigReader => ({
  ...reader,
  read: (path, limit) => {
    const outcome = reader.read(path, limit);
    if (outcome.kind !== 'text') return outcome;
    const text = textOf(outcome.bytes);
    const room = texts.room(path, text.length);
    room.write(text, 'latin1');
    return { ...outcome, bytes: texts.runsOf(path, room) };
  },
});

const commands = () => ({ program: 'it is not there' });

test('whatever is edited: what is read with memory equals what is read without', () => {
  let recalled = 0;
  let files = START;
  let loading = new RepeatedLoading();
  let texts = new KeptTexts();
  let before = new Set<VirtualServerSettings>();
  for (let n = 0; n < EDITS; n++) {
    const prng = new Prng(n);
    if (n % 20 === 0) {
      files = START;
      loading = new RepeatedLoading();
      texts = new KeptTexts();
    }
    // The same text once more, now and then: then everything that can be known is.
    if (!prng.chance(0.1)) files = edited(files, prng);
    texts.begin();
    const again = loading.load(OPTIONS, inRuns(texts, readerOf(files)), { commands });
    const whole = loadConfiguration(OPTIONS, readerOf(files), { commands });
    assert.deepEqual(again, whole, `edit ${n}`);
    const services = again.configuration?.virtualServers ?? [];
    recalled += services.filter((one) => before.has(one)).length;
    before = new Set(services);
  }
  assert.ok(recalled > EDITS, `only ${recalled} blocks were taken as known`);
});

/** What stands elsewhere, and makes a block whose text stays mean or lack something. */
const ELSEWHERE: readonly (readonly [what: string, before: string, after: string])[] = [
  ['a default', service(1), `global_defs {\n smtp_alert_checker on\n}\n${service(1)}`],
  ['a default below', service(1), `${service(1)}global_defs {\n smtp_alert_checker on\n}\n`],
  ['a definition', `$LOOP=6\n$MORE=alpha\n${DEFINED}`, `$LOOP=7\n$MORE=omega\n${DEFINED}`],
  ['a group', ...groups('10.1.0.3 80', 'fwmark 7')],
  ['a tracked file', ...files('weight 3', 'weight 4')],
  ['a tracked file further below', `${files('', '')[0]}`, `${FILE}track_file F {\n file /tmp/f\n}\n`],
  ['a BFD session', ...sessions('', 'vrrp')],
  ['who says it first', `${sni(1)}${sni(2)}`, sni(2)],
  ['a comment that allows', `# holdfast: allow HF0322\n${QUORUM}`, QUORUM],
  ['another one of the same', `${service(1)}${service(2)}`, `${service(1)}${service(2)}${service(1)}`],
  [
    'the rest of the line',
    `${service(1).trimEnd()} instance X\n`,
    `${service(1).trimEnd()} instance X\n# x\n`,
  ],
  ['the beginning of the line', `${oneLine(1)} ${service(2)}`, `${oneLine(1)} ${service(2)}# x\n`],
  ['a } that came too early', service(1), `${service(1)}delay_loop 7\n}\n`],
  ['a { that is not closed', service(1), `vrrp_instance V {\n${service(1)}`],
  ['a definition that goes on', service(1), `$X=\\\n${service(1)}`],
  ['the balancer', service(1), `${service(1)}global_defs {\n balancer nftables\n}\n`],
  [
    'line numbers of a finding',
    `${service(1)}${service(3)}nonsense\n`,
    `${service(1)}\n\n${service(3)}nonsense\n`,
  ],
];

function groups(...entries: readonly [string, string]): [string, string] {
  const text = (entry: string): string => `virtual_server_group G {\n ${entry}\n}\n${GROUP}`;
  return [text(entries[0]), text(entries[1])];
}
function files(...lines: readonly [string, string]): [string, string] {
  const text = (line: string): string => `track_file F {\n file /tmp/f\n ${line}\n}\n${FILE}`;
  return [text(lines[0]), text(lines[1])];
}
function sessions(...lines: readonly [string, string]): [string, string] {
  const text = (line: string): string => `bfd_instance B {\n neighbor_ip 10.0.0.9\n ${line}\n}\n${SESSION}`;
  return [text(lines[0]), text(lines[1])];
}
function sni(n: number): string {
  return service(
    n,
    '',
    '        HTTP_GET {\n            enable_sni\n            url {\n                path /\n            }\n        }\n',
  );
}
function oneLine(n: number): string {
  return `virtual_server 10.9.0.${n} 80 { lvs_sched rr } `;
}

for (const [what, before, after] of ELSEWHERE) {
  test(`a block is not known where something else changes what it means: ${what}`, () => {
    const loading = new RepeatedLoading();
    const texts = new KeptTexts();
    for (const text of [before, after, before, before]) {
      const reader = readerOf({ [MAIN]: text });
      texts.begin();
      assert.deepEqual(loading.load(OPTIONS, inRuns(texts, reader)), loadConfiguration(OPTIONS, reader));
    }
  });
}

test('what is asked of the machine and of other files is asked again each time', () => {
  const text = `${COMMANDS}${INCLUDING}${SESSION}`;
  const loading = new RepeatedLoading();
  for (const [more, program] of [
    ['alpha\n', 'gone'],
    ['omega\n', 'gone too'],
  ] as const) {
    const reader = readerOf({ [MAIN]: text, '/etc/more.conf': more });
    const environment = { commands: () => ({ program }) };
    assert.deepEqual(
      loading.load(OPTIONS, reader, environment),
      loadConfiguration(OPTIONS, reader, environment),
    );
  }
});
