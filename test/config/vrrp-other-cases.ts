/** Every keyword of groups, trackers, static items and groups of announcements. (directives-vrrp sections 2 to 10) */
import { URLS } from './globals-cases.js';
import { script, TRACKED, VIPS } from './instance-cases.js';
import { field, type KeywordCase, s, type Taken } from './lvs-cases.js';
import { INSTANCE_CASES } from './vrrp-cases.js';

/** A block whose settings stand in a list of the configuration; something refers to it. */
const inBlock = (
  block: string,
  key: 'syncGroups' | 'scripts' | 'trackProcesses' | 'trackFiles',
  text: (line: string) => string,
) =>
  function row(
    keyword: string,
    path: string,
    usual: unknown,
    taken: Taken,
    refused: readonly string[] = [],
  ): KeywordCase {
    const value: KeywordCase['value'] = ({ [key]: all }) =>
      path.split('.').reduce<unknown>(
        (found, one) => field(one)(found),
        all.find(({ name }) => name === 't'),
      );
    return { block, keyword, text, value, usual, taken, refused };
  };
const user = (what: string) =>
  `vrrp_instance a {\ninterface eth0\nvirtual_router_id 7\n${what}\n${VIPS}}\nvrrp_instance z {\ninterface eth0\nvirtual_router_id 8\nvirtual_ipaddress {\n192.0.2.8/24\n}\n}`;
const MEMBERS = 'group {\na\nz\n}\n';
const g = inBlock(
  'vrrp_sync_group',
  'syncGroups',
  (line) => `${TRACKED}${user('')}\nvrrp_sync_group t {\n${MEMBERS}${line}\n}`,
);
const c = inBlock(
  'vrrp_script',
  'scripts',
  (line) => `vrrp_script t {\n${line}\nscript /bin/false\n}\n${user('track_script {\nt\n}')}`,
);
const p = inBlock(
  'vrrp_track_process',
  'trackProcesses',
  (line) => `vrrp_track_process t {\n${line}\nprocess x\n}\n${user('track_process {\nt\n}')}`,
);
const file = (opens: string) =>
  inBlock(
    opens,
    'trackFiles',
    (line) => `${opens} t {\n${line}\nfile /tmp/x\n}\n${user('track_file {\nt\n}')}`,
  );
const asGroup = ({ keyword, taken, refused, usual }: KeywordCase, path: string): KeywordCase =>
  g(keyword, path, usual, taken, refused);
const AMOUNT: Taken = [
  ['10', 10],
  ['-20 reverse', -20],
];
const DELAY: readonly [unknown, Taken, string[]] = [0, [['0.5', s(0.5)]], ['0', '3601', 'x']];

const OTHERS: readonly KeywordCase[] = [
  {
    ...g('group', 'members', undefined, [['{\na\nz\n}', ['a', 'z']]]),
    text: (line) => `${user('')}\nvrrp_sync_group t {\n${line}\n}`,
    refused: ['{\n}', '{\nnobody\n}'],
  },
  ...INSTANCE_CASES.filter(({ keyword }) => /^track_(interface|script|file|process|bfd)$/.test(keyword)).map(
    (one) =>
      asGroup(
        one,
        {
          track_interface: 'trackInterfaces',
          track_script: 'trackScripts',
          track_file: 'trackFiles',
          track_process: 'trackProcesses',
        }[one.keyword] ?? 'trackBfd',
      ),
  ),
  ...(
    [
      ['notify_master', 'master'],
      ['notify_backup', 'backup'],
      ['notify_fault', 'fault'],
      ['notify_stop', 'stop'],
      ['notify', 'any'],
    ] as const
  ).map(([keyword, key]) => asGroup(script(keyword, ''), `notify.${key}`)),
  g(
    'notify_priority_changes',
    'notifyPriorityChanges',
    undefined,
    [
      ['', true],
      ['off', false],
    ],
    ['ON'],
  ),
  g('sync_group_tracking_weight', 'trackingWeight', undefined, [['', true]]),
  g('global_tracking', 'trackingWeight', undefined, [['', true]]),
  g('notify_url', 'notifyUrls', undefined, URLS, ['example.net']),
  g('smtp_alert', 'smtpAlert', false, [['', true]], ['ON']),
  c('script', 'command', { argv: ['/bin/false'] }, [['"/bin/true x"', { argv: ['/bin/true', 'x'] }]], ['""']),
  c(
    'interval',
    'interval',
    s(1),
    [
      ['0.5', s(0.5)],
      ['0', s(1)],
    ],
    ['x', '-1'],
  ),
  c('timeout', 'timeout', s(1), [['0.5', s(0.5)]], ['x', '-1']),
  c('weight', 'weight', 0, [...AMOUNT, ['254', 253]], ['255', 'x']),
  c('rise', 'rise', 1, [['3', 3]], ['0', 'x']),
  c('fall', 'fall', 1, [['3', 3]], ['0', 'x']),
  c('user', 'command.user', undefined, [['nobody nogroup', 'nobody']], ['']),
  c('init_fail', 'initFail', false, [['', true]]),
  p('process', 'process', 'x', [['y', 'y']], ['']),
  p(
    'param_match',
    'match',
    'name',
    [
      ['', 'exact'],
      ['partial', 'partial'],
      ['initial', 'initial'],
    ],
    ['x'],
  ),
  p('weight', 'weight', 0, [...AMOUNT, ['254', 254]], ['255', 'x']),
  p('quorum', 'quorum', 1, [['5', 5]], ['0', '65536', 'x']),
  p(
    'quorum_max',
    'quorumMax',
    undefined,
    [
      ['0', 0],
      ['5', 5],
    ],
    ['65536', 'x'],
  ),
  p('fork_delay', 'forkDelay', ...DELAY),
  p('terminate_delay', 'terminateDelay', ...DELAY),
  p('delay', 'forkDelay', ...DELAY),
  p('full_command', 'match', 'name', [['', 'exact']]),
  ...['track_file', 'vrrp_track_file'].flatMap((opens) => {
    const f = file(opens);
    return [
      f('file', 'file', '/tmp/x', [['/tmp/y', '/tmp/y']], ['']),
      f('weight', 'weight', 1, [...AMOUNT, ['254', 254]], ['255', 'x']),
      f(
        'init_file',
        'init',
        undefined,
        [
          ['', { value: 0, overwrite: false }],
          ['7 overwrite', { value: 7, overwrite: true }],
          ['900', { value: 900, overwrite: false }],
        ],
        ['x'],
      ),
    ];
  }),
];

const top = (
  keyword: string,
  value: KeywordCase['value'],
  usual: unknown,
  taken: Taken,
  refused: readonly string[],
): KeywordCase => ({
  block: '',
  keyword,
  text: (line) => `${user('')}\n${line}`,
  value,
  usual,
  taken,
  refused,
});
const garp = (
  keyword: string,
  key: string,
  usual: unknown,
  taken: Taken,
  refused: readonly string[] = [],
): KeywordCase => ({
  block: 'garp_group',
  keyword,
  text: (line) =>
    `garp_group {\n${keyword === 'garp_interval' ? 'gna_interval 1' : 'garp_interval 1'}\n${line}\n}`,
  value: ({ garpGroups }) => field(key)(garpGroups?.[0]),
  usual,
  taken,
  refused,
});

const STATICS: readonly KeywordCase[] = [
  top(
    'static_ipaddress',
    ({ statics }) => statics?.addresses,
    undefined,
    [['{\n192.0.2.20/24\n}', [{ address: '192.0.2.20', prefixLength: 24, device: 'eth0' }]]],
    ['{\nx\n}'],
  ),
  top(
    'static_routes',
    ({ statics }) => statics?.routes.map(({ type, device }) => [type, device]),
    undefined,
    [
      [
        '{\nblackhole 10.0.0.0/8\n10.1.0.0/16 dev eth0\n}',
        [
          ['blackhole', undefined],
          ['unicast', 'eth0'],
        ],
      ],
    ],
    ['{\nvia 192.0.2.1\n}'],
  ),
  top(
    'static_rules',
    ({ statics }) => statics?.rules.map(({ action }) => action),
    undefined,
    [['{\npreference 5 goto 7\n}', [{ kind: 'goto', target: 7 }]]],
    ['{\npreference 7 goto 5\n}'],
  ),
  top(
    'track_group',
    ({ statics }) => statics?.trackGroups,
    undefined,
    [['t {\ngroup {\na\n}\n}', [{ name: 't', members: ['a'] }]]],
    ['t {\n}', '{\n}'],
  ),
  {
    ...top(
      'group',
      ({ statics }) => statics?.trackGroups[0]?.members,
      undefined,
      [['{\na\nz\n}', ['a', 'z']]],
      ['{\nnobody\n}'],
    ),
    block: 'track_group',
    text: (line) => `${user('')}\ntrack_group t {\n${line}\n}`,
  },
  top(
    'linkbeat_interfaces',
    (all) => all.linkbeatInterfaces,
    undefined,
    [['{\neth0\neth1 MII\n}', [{ interface: 'eth0' }, { interface: 'eth1', method: 'MII' }]]],
    [],
  ),
  top(
    'interface_up_down_delays',
    (all) => all.interfaceDelays,
    undefined,
    [
      [
        '{\neth0 2\neth1 0.5 3\n}',
        [
          { interface: 'eth0', down: s(2), up: 0 },
          { interface: 'eth1', down: s(0.5), up: s(3) },
        ],
      ],
    ],
    [],
  ),
  garp('garp_interval', 'garpInterval', 0, [['0.1', s(0.1)]], ['x', '-1']),
  garp('gna_interval', 'gnaInterval', 0, [['0.1', s(0.1)]], ['x', '-1']),
  garp('interface', 'interfaces', [], [['eth0', ['eth0']]], ['averyveryverylongname']),
  garp(
    'interfaces',
    'interfaces',
    [],
    [['{\neth0\neth1\n}', ['eth0', 'eth1']]],
    ['{\naveryveryverylongname\n}'],
  ),
];

export const OTHER_CASES: readonly KeywordCase[] = [...OTHERS, ...STATICS];
