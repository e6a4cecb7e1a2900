/** Every keyword of the checkers. */
import type { Configuration } from '../../src/config/model.js';
import {
  check,
  field,
  firstChecker,
  firstServer,
  inUrl,
  type KeywordCase,
  NUMBERS,
  PERIODS,
  SCRIPT,
  s,
  type Taken,
  WAITS,
} from './lvs-cases.js';

/** Keywords of all checkers that use the network. */
const target = (kind: string, needed: string): KeywordCase[] => {
  const on = (keyword: string, key: string, usual: unknown, taken: Taken, refused: readonly string[]) => ({
    ...check(kind, keyword, key, usual, taken, refused, needed),
    value: (all: Configuration) => field(key)(field('target')(firstChecker(all))),
  });
  return [
    on(
      'connect_ip',
      'address',
      '10.0.0.1',
      [
        ['10.0.0.7', '10.0.0.7'],
        ['2001:db8::7', '2001:db8::7'],
      ],
      ['host', '10.0.0.256'],
    ),
    on('connect_port', 'port', 80, [['8080', 8080]], ['0', '65536', 'x']),
    on('bindto', 'bindAddress', undefined, [['10.0.0.3', '10.0.0.3']], ['host', '2001:db8::1']),
    on('bind_port', 'bindPort', undefined, [['5000', 5000]], ['0', '65536', 'x']),
    on('bind_if', 'bindInterface', undefined, [['eth0', 'eth0']], ['averyveryverylongname']),
    on('connect_timeout', 'connectTimeout', s(5), [['2.5', s(2.5)]], ['0', '4295', 'x']),
    on('fwmark', 'fwmark', 0, [['7', 7]], ['-1', '4294967296', 'x']),
  ];
};
const timing = (kind: string, needed: string, retry: number, wait: number): KeywordCase[] => [
  check(
    kind,
    'retry',
    'retry',
    retry,
    [
      ['0', 0],
      ['5', 5],
    ],
    NUMBERS,
    needed,
  ),
  check(
    kind,
    'delay_before_retry',
    'delayBeforeRetry',
    s(wait),
    [
      ['0.5', s(0.5)],
      ['0', 0],
    ],
    WAITS,
    needed,
  ),
  check(
    kind,
    'warmup',
    'warmup',
    s(60),
    [
      ['0', 0],
      ['3', s(3)],
    ],
    WAITS,
    needed,
  ),
  check(kind, 'delay_loop', 'delayLoop', s(60), [['0.5', s(0.5)]], PERIODS, needed),
  check(kind, 'fast_interval', 'fastInterval', undefined, [['0.5', s(0.5)]], PERIODS, needed),
  check(kind, 'jitter', 'jitter', undefined, [['2', s(2)]], WAITS, needed),
  check(
    kind,
    'alpha',
    'alpha',
    false,
    [
      ['', true],
      ['on', true],
      ['no', false],
    ],
    ['0', 'x'],
    needed,
  ),
  check(
    kind,
    'log_all_failures',
    'logAllFailures',
    false,
    [
      ['', true],
      ['off', false],
    ],
    ['1'],
    needed,
  ),
];

const httpCases = (kind: 'HTTP_GET' | 'SSL_GET'): KeywordCase[] => {
  const needed = 'url { path /\n}';
  const block = `virtual_server.real_server.${kind}.url`;
  const url = (
    keyword: string,
    key: string,
    usual: unknown,
    taken: Taken,
    refused: readonly string[],
    more = 'path /',
  ) => ({
    block,
    keyword,
    text: inUrl(kind, more),
    value: (all: Configuration) =>
      field(key)((field('urls')(firstChecker(all)) as unknown[] | undefined)?.[0]),
    usual,
    taken,
    refused,
  });
  const regex = (keyword: string, key: string, usual: unknown, taken: Taken, refused: readonly string[]) => ({
    ...url(keyword, key, usual, taken, refused, 'path /\nregex "a.*b"'),
    value: (all: Configuration) =>
      field(key)(field('regex')((field('urls')(firstChecker(all)) as unknown[] | undefined)?.[0])),
  });
  const page = (keyword: string, key: string, usual: unknown, taken: Taken, refused: readonly string[]) => ({
    ...check(kind, keyword, key, usual, taken, refused, needed),
    value: (all: Configuration) =>
      field(key)((field('urls')(firstChecker(all)) as unknown[] | undefined)?.[0]),
  });
  const names = kind === 'SSL_GET' ? 'n' : undefined;
  return [
    ...target(kind, needed),
    ...timing(kind, needed, 1, 3),
    check(
      kind,
      'http_protocol',
      'version',
      '1.0',
      [
        ['1.1', '1.1'],
        ['1.0C', '1.0C'],
        ['1.0c', '1.0c'],
      ],
      ['2', ''],
      needed,
    ),
    page('virtualhost', 'virtualhost', undefined, [['a.example', 'a.example']], ['']),
    page(
      'enable_sni',
      'serverName',
      undefined,
      [
        ['\nvirtualhost n', names],
        ['off\nvirtualhost n', undefined],
      ],
      ['1'],
    ),
    page('sni_name', 'serverName', undefined, [['n\nenable_sni', names]], []),
    check(
      kind,
      'fast_recovery',
      'fastRecovery',
      false,
      [
        ['', true],
        ['off', false],
      ],
      ['x'],
      needed,
    ),
    {
      ...check(
        kind,
        'url',
        'urls',
        undefined,
        [
          ['{ path /a\n}', ['/a']],
          ['{ path /a\n}\nurl { path /b\n}', ['/a', '/b']],
        ],
        ['{ }'],
      ),
      value: (all) =>
        (field('urls')(firstChecker(all)) as { path: string }[] | undefined)?.map(({ path }) => path),
    },
    url(
      'path',
      'path',
      undefined,
      [
        ['/a', '/a'],
        ['"/a b"', '/a b'],
      ],
      [],
      '',
    ),
    url(
      'digest',
      'digest',
      undefined,
      [['00112233445566778899AABBCCDDEEFF', '00112233445566778899aabbccddeeff']],
      ['abc', '00112233445566778899aabbccddeefg'],
    ),
    url(
      'status_code',
      'statusCodes',
      [{ from: 200, to: 299 }],
      [
        [
          '200 301-302\nstatus_code 404',
          [
            { from: 200, to: 200 },
            { from: 301, to: 302 },
            { from: 404, to: 404 },
          ],
        ],
      ],
      ['99', '600', '299-200', 'x'],
    ),
    url('virtualhost', 'virtualhost', undefined, [['a.example:99', 'a.example:99']], ['']),
    url(
      'regex',
      'regex',
      undefined,
      [['"a.*\\d"', { pattern: 'a.*\\d', options: [], noMatch: false }]],
      ['', 'a b'],
    ),
    regex('regex_no_match', 'noMatch', false, [['', true]], []),
    regex('regex_options', 'options', [], [['caseless utf', ['caseless', 'utf']]], []),
    regex('regex_stack', 'stack', undefined, [['1 2', { start: 1, max: 2 }]], ['x 2', '1 x']),
    regex('regex_min_offset', 'minOffset', undefined, [['5', 5]], NUMBERS),
    regex('regex_max_offset', 'maxOffset', undefined, [['5', 5]], NUMBERS),
    ...(kind === 'SSL_GET'
      ? [
          page(
            'tls_compliant',
            'tlsCompliant',
            false,
            [
              ['', true],
              ['off', false],
            ],
            ['x'],
          ),
          url(
            'tls_compliant',
            'tlsCompliant',
            false,
            [
              ['', true],
              ['off', false],
            ],
            ['x'],
          ),
        ]
      : []),
  ];
};

const smtp = (keyword: string, usual: unknown, taken: Taken, refused: readonly string[] = []): KeywordCase =>
  check('SMTP_CHECK', keyword, 'heloName', usual, taken, refused);
const smtpHosts = [...target('SMTP_CHECK', ''), ...timing('SMTP_CHECK', '', 1, 1)].map((one) => ({
  ...one,
  block: `${one.block}.host`,
  text: (line: string) => one.text(`host {\n${line}\n}`),
  // The check of the block itself comes first.
  value: (all: Configuration) => {
    const services = all.virtualServers.map((found) => ({
      ...found,
      realServers: found.realServers.map((real) => ({ ...real, checkers: real.checkers.slice(1) })),
    }));
    return one.value({ ...all, virtualServers: services });
  },
}));

export const CHECKER_CASES: readonly KeywordCase[] = [
  ...target('TCP_CHECK', ''),
  ...timing('TCP_CHECK', '', 1, 1),
  ...target('PING_CHECK', ''),
  ...timing('PING_CHECK', '', 1, 1),
  ...httpCases('HTTP_GET'),
  ...httpCases('SSL_GET'),
  ...target('SMTP_CHECK', ''),
  ...timing('SMTP_CHECK', '', 1, 1),
  ...smtpHosts,
  smtp('helo_name', 'smtpchecker.keepalived.org', [['me.example', 'me.example']], ['']),
  {
    ...smtp('host', 1, [
      ['{ }', 2],
      ['{ connect_ip 10.0.0.7\n}\nhost { }', 3],
    ]),
    value: (all) => firstServer(all)?.checkers.length,
  },
  ...target('DNS_CHECK', ''),
  ...timing('DNS_CHECK', '', 3, 60),
  check(
    'DNS_CHECK',
    'type',
    'type',
    'SOA',
    [
      ['A', 'A'],
      ['dnskey', 'DNSKEY'],
    ],
    ['PTR'],
  ),
  check(
    'DNS_CHECK',
    'name',
    'name',
    '',
    [
      ['www.example.com', 'www.example.com'],
      ['example.com.', 'example.com'],
      ['.', ''],
    ],
    ['a..b'],
  ),
  ...target('UDP_CHECK', ''),
  ...timing('UDP_CHECK', '', 1, 1),
  check(
    'UDP_CHECK',
    'payload',
    'payload',
    undefined,
    [
      ['00Ff', '00ff'],
      ['f', '0f'],
      // A blank ends a byte, in quotes or not.
      ['0102 a ff', '01020aff'],
      ['"0102 a" 102', '01020a1002'],
    ],
    ['0g', '0xff', ''],
  ),
  check(
    'UDP_CHECK',
    'require_reply',
    'requireReply',
    undefined,
    [
      ['', ''],
      ['0Xx1', '0xx1'],
      ['01 x 8x8', '010x8x08'],
    ],
    [],
  ),
  check('UDP_CHECK', 'min_reply_length', 'minReplyLength', 0, [['5', 5]], ['65536', 'x']),
  check('UDP_CHECK', 'max_reply_length', 'maxReplyLength', 255, [['5', 5]], ['65536', 'x']),
  ...timing('MISC_CHECK', 'misc_path /bin/x', 0, 1),
  check('MISC_CHECK', 'misc_path', 'command', undefined, SCRIPT, ['', '""']),
  check(
    'MISC_CHECK',
    'misc_timeout',
    'timeout',
    s(60),
    [
      ['5', s(5)],
      ['0', s(60)],
    ],
    ['x', '1.5', '-1'],
    'misc_path /bin/x',
  ),
  check('MISC_CHECK', 'misc_dynamic', 'dynamic', false, [['', true]], [], 'misc_path /bin/x'),
  check(
    'MISC_CHECK',
    'user',
    'command',
    { argv: ['/bin/x'] },
    [['u g', { argv: ['/bin/x'], user: 'u', group: 'g' }]],
    [''],
    'misc_path /bin/x',
  ),
  check('FILE_CHECK', 'track_file', 'trackFile', undefined, [['f', 'f']], ['g']),
  {
    ...check(
      'FILE_CHECK',
      'weight',
      'weight',
      [2, false],
      [
        ['5', [5, false]],
        ['-5 reverse', [-5, true]],
        ['5 noreverse', [5, false]],
      ],
      ['x', '2147483648', ''],
      'track_file f',
    ),
    value: (all) => [field('weight')(firstChecker(all)), field('reverse')(firstChecker(all))],
  },
  check('BFD_CHECK', 'name', 'instance', undefined, [['b', 'b']], ['c', '']),
  check(
    'BFD_CHECK',
    'alpha',
    'alpha',
    false,
    [
      ['', true],
      ['off', false],
    ],
    ['x'],
    'name b',
  ),
];
