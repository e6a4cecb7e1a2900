/** Every keyword of bfd_instance and SSL. */
import { field, type KeywordCase, s, type Taken } from './lvs-cases.js';

const inBfd =
  (needed = 'neighbor_ip 10.0.0.1') =>
  (line: string): string =>
    `bfd_instance b {\n${needed}\n${line}\n}`;
const bfd = (
  keyword: string,
  key: string,
  usual: unknown,
  taken: Taken,
  refused: readonly string[] = [],
  needed?: string,
): KeywordCase => ({
  block: 'bfd_instance',
  keyword,
  text: inBfd(needed),
  value: ({ bfdInstances: [first] }) => field(key)(first),
  usual,
  taken,
  refused,
});
const ssl = (keyword: string): KeywordCase => ({
  block: 'SSL',
  keyword,
  text: (line) => `SSL {\n${line}\n}`,
  value: (all) => field(keyword)(all.ssl),
  usual: undefined,
  taken: [['/etc/x.pem', '/etc/x.pem']],
  refused: [''],
});

export const BFD_CASES: readonly KeywordCase[] = [
  ssl('password'),
  ssl('ca'),
  ssl('certificate'),
  ssl('key'),
  bfd(
    'neighbor_ip',
    'neighbor',
    undefined,
    [
      ['10.0.0.1', '10.0.0.1'],
      ['2001:db8::1', '2001:db8::1'],
      ['fe80::2%eth0', 'fe80::2'],
    ],
    ['host', '10.0.0.1%eth0', ''],
    '',
  ),
  bfd('neighbour_ip', 'neighbor', undefined, [['10.0.0.1', '10.0.0.1']], ['host'], ''),
  bfd('source_ip', 'source', undefined, [['10.0.0.2', '10.0.0.2']], ['host']),
  bfd(
    'min_rx',
    'minRx',
    s(0.01),
    [
      ['50', s(0.05)],
      ['1.5', 1500],
    ],
    ['0', '0.5', '4294968', 'x', '5ms', '-1'],
  ),
  bfd('min_tx', 'minTx', s(0.01), [['50', s(0.05)]], ['0', '4294968', 'x']),
  bfd('idle_tx', 'idleTx', s(1), [['2000', s(2)]], ['999', 'x']),
  bfd(
    'multiplier',
    'multiplier',
    5,
    [
      ['3', 3],
      ['255', 255],
    ],
    ['0', '256', 'x'],
  ),
  bfd('passive', 'passive', false, [['', true]]),
  bfd('ttl', 'ttl', 255, [['64', 64]], ['0', '256', 'x']),
  bfd('hoplimit', 'ttl', 64, [['255', 255]], ['0', '256'], 'neighbor_ip 2001:db8::1'),
  bfd(
    'max_hops',
    'maxHops',
    0,
    [
      ['5', 5],
      ['-1', 255],
      ['255', 255],
    ],
    ['-2', '256', 'x'],
  ),
  bfd(
    'multihop',
    'multihop',
    false,
    [
      ['', true],
      ['off', false],
    ],
    ['x'],
  ),
  {
    ...bfd(
      'weight',
      'weight',
      [0, false],
      [
        ['5', [5, false]],
        ['-253 reverse', [-253, true]],
      ],
      ['254', '-254', 'x'],
    ),
    value: ({ bfdInstances: [first] }) => [first?.weight, first?.reverse],
  },
  {
    ...bfd(
      'auth_type',
      'authentication',
      undefined,
      [
        ['meticulous_sha1', 'meticulous-sha1'],
        ['simple', 'simple-password'],
      ],
      ['sha1', ''],
      'neighbor_ip 10.0.0.1\nauth_key 1 x',
    ),
    value: ({ bfdInstances: [first] }) => first?.authentication?.type,
  },
  {
    ...bfd(
      'auth_key',
      'authentication',
      undefined,
      [
        ['7 abc', [{ id: 7, hex: '616263' }]],
        ['0 hex:00FF', [{ id: 0, hex: '00ff' }]],
        [
          '1 a\nauth_key 2 b',
          [
            { id: 1, hex: '61' },
            { id: 2, hex: '62' },
          ],
        ],
      ],
      ['256 x', '1', '1 hex:0', '1 seventeen-letters-', '1 twenty-one-letters-and-more'],
      'neighbor_ip 10.0.0.1\nauth_type simple',
    ),
    value: ({ bfdInstances: [first] }) => first?.authentication?.keys,
  },
  bfd('vrrp', 'consumers', { vrrp: true, checker: true }, [
    ['', { vrrp: true, checker: false }],
    ['\nchecker', { vrrp: true, checker: true }],
  ]),
  bfd('checker', 'consumers', { vrrp: true, checker: true }, [['', { vrrp: false, checker: true }]]),
];
