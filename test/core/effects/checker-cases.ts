/**
 * What the keywords of checkers do: their rhythm as the engine shows it, and what they make of the check itself as the
 * host is told it. What the host does with that is shown on the wire by test/host/checks.
 */
import type { EffectCase } from './case.js';
import { balanced } from './lvs-cases.js';

/** Blocks of network checkers with what each needs, and the place of their first server in behaviours. */
const NETWORK: Readonly<Record<string, { readonly needs: string; readonly place: string }>> = {
  TCP_CHECK: { needs: '', place: '10.1.0.1:80' },
  HTTP_GET: { needs: 'url {\n path /p\n }', place: '10.1.0.1:80' },
  SSL_GET: { needs: 'url {\n path /p\n }', place: '10.1.0.1:80' },
  SMTP_CHECK: { needs: '', place: '10.1.0.1:80' },
  DNS_CHECK: { needs: '', place: '10.1.0.1:80' },
  UDP_CHECK: { needs: '', place: '10.1.0.1:80' },
  PING_CHECK: { needs: '', place: '10.1.0.1:80' },
  MISC_CHECK: { needs: 'misc_path "/s/check"', place: '/s/check' },
};

const QUICK = 'warmup 0\n delay_loop 3';
const inside = (kind: string, needs: string, service: string) => (line: string) =>
  balanced({ service, checks: `${kind} {\n ${needs}\n ${line}\n }` });

const one = (
  kind: string,
  keyword: string,
  line: string,
  play: string,
  signs: Pick<EffectCase, 'shows' | 'hides'>,
  service = '',
  more = '',
): EffectCase => ({
  lvs: true,
  row: [kind, keyword],
  line,
  around: inside(kind, `${NETWORK[kind]?.needs ?? ''}\n${more}`, service),
  play,
  ...signs,
});

/** `place` is how behaviours call the server. */
function timing(kind: string, place: string): EffectCase[] {
  const shown = place.replaceAll('.', '\\.');
  const fails = `start; wait 1.5; server ${place} refused; wait 40`;
  return [
    one(kind, 'retry', 'retry 4', fails, { shows: /failed after 4 retries/ }, QUICK),
    one(
      kind,
      'delay_before_retry',
      'delay_before_retry 2',
      fails,
      { shows: /^6\.000 -server 10\.1\.0\.1/ },
      QUICK,
      'retry 1',
    ),
    one(kind, 'warmup', 'warmup 0', 'checks shown; start; wait 3', {
      shows: new RegExp(`^1\\.000 check ${shown}`),
    }),
    one(
      kind,
      'delay_loop',
      'delay_loop 3',
      'checks shown; start; wait 5',
      { shows: new RegExp(`^4\\.000 check ${shown}`) },
      'warmup 0',
    ),
    one(
      kind,
      'fast_interval',
      'fast_interval 0.5',
      fails,
      { shows: /^4\.500 -server 10\.1\.0\.1/ },
      QUICK,
      'retry 1\n delay_before_retry 9',
    ),
    one(
      kind,
      'jitter',
      'jitter 10',
      'checks shown; start; wait 4',
      { hides: new RegExp(`^4\\.000 check ${shown}`) },
      QUICK,
    ),
    one(kind, 'alpha', 'alpha on', 'start', { hides: /\+server 10\.1\.0\.1/ }),
    one(
      kind,
      'log_all_failures',
      'log_all_failures on',
      `start; wait 1.5; server ${place} refused; wait 3`,
      { shows: /failed; reason: connection refused$/ },
      QUICK,
      'retry 3',
    ),
  ];
}

const target = (kind: string): EffectCase[] => [
  one(
    kind,
    'connect_ip',
    'connect_ip 10.9.0.1',
    'checks shown; start; wait 2',
    { shows: /check 10\.9\.0\.1:80/ },
    QUICK,
  ),
  one(
    kind,
    'connect_port',
    'connect_port 8080',
    'checks shown; start; wait 2',
    { shows: /check 10\.1\.0\.1:8080/ },
    QUICK,
  ),
  one(kind, 'bindto', 'bindto 10.9.0.7', 'start', { shows: /"bindAddress":"10\.9\.0\.7"/ }),
  one(kind, 'bind_port', 'bind_port 4711', 'start', { shows: /"bindPort":4711/ }),
  one(kind, 'bind_if', 'bind_if eth7', 'start', { shows: /"bindInterface":"eth7"/ }),
  one(kind, 'connect_timeout', 'connect_timeout 2', 'start', { shows: /"connectTimeout":2000000/ }),
  one(kind, 'fwmark', 'fwmark 77', 'start', { shows: /"fwmark":77/ }),
];

const COMMON = Object.entries(NETWORK).flatMap(([kind, { place }]) => [
  ...timing(kind, place),
  ...(kind === 'MISC_CHECK' ? [] : target(kind)),
]);

/** `host` of SMTP_CHECK has the same rows; it makes a check of its own. */
const HOST: EffectCase[] = [...timing('SMTP_CHECK', '10.1.0.1:80'), ...target('SMTP_CHECK')].map(
  (known): EffectCase => {
    const { hides, shows, ...rest } = known;
    const keyword = known.row[1];
    // The check of the block around it has a rhythm of its own.
    const sign = { delay_before_retry: /"delayBeforeRetry":2000000/, jitter: /"jitter":10000000/ }[keyword];
    return {
      ...rest,
      ...(sign ? { shows: sign } : shows ? { shows } : hides ? { hides } : {}),
      row: ['host', keyword],
      around: (line) =>
        known
          .around(line)
          .replace(/SMTP_CHECK \{\n([^}]*)\}/, (_all, body: string) => `SMTP_CHECK {\n host {\n${body}}\n }`),
    };
  },
);

const specific = (kind: string, keyword: string, line: string, shows: RegExp, more = ''): EffectCase =>
  one(kind, keyword, line, 'start', { shows }, '', more);

const WEB = ['HTTP_GET', 'SSL_GET'].flatMap((kind): EffectCase[] => {
  const url = (keyword: string, line: string, shows: RegExp, more = '', instead?: string): EffectCase => ({
    lvs: true,
    row: [`${kind} url`, keyword],
    line,
    ...(instead === undefined ? {} : { instead }),
    around: (own) =>
      balanced({
        checks: `${kind} {\n url {\n ${keyword === 'path' ? '' : 'path /p'}\n ${more}\n ${own}\n }\n }`,
      }),
    play: 'start',
    shows,
  });
  return [
    specific(kind, 'http_protocol', 'http_protocol 1.1', /"version":"1\.1"/),
    specific(kind, 'virtualhost', 'virtualhost www.example.com', /"virtualhost":"www\.example\.com"/),
    ...(kind === 'SSL_GET'
      ? [
          specific(
            kind,
            'enable_sni',
            'enable_sni on',
            /"serverName":"www\.example\.com"/,
            'virtualhost www.example.com',
          ),
          specific(
            kind,
            'sni_name',
            'sni_name sni.example.com',
            /"serverName":"sni\.example\.com"/,
            'enable_sni on',
          ),
        ]
      : []),
    one(
      kind,
      'fast_recovery',
      'fast_recovery',
      'checks shown; start; wait 2',
      { shows: /^1\.000 check 10\.1\.0\.1:80 \/q/ },
      QUICK,
      'url {\n path /q\n }',
    ),
    {
      ...one(
        kind,
        'url',
        'url {\n path /q\n }',
        'checks shown; start; wait 6',
        { shows: /check 10\.1\.0\.1:80 \/q/ },
        QUICK,
      ),
    },
    url('path', 'path /q', /"path":"\/q"/, '', 'path /z'),
    url('digest', `digest ${'0'.repeat(31)}1`, /"digest":"0{31}1"/),
    url('status_code', 'status_code 404', /"statusCodes":\[\{"from":404,"to":404\}\]/),
    url('virtualhost', 'virtualhost www.example.com', /"virtualhost":"www\.example\.com"/),
    url('regex', 'regex "ok"', /"pattern":"ok"/),
    url('regex_no_match', 'regex_no_match', /"noMatch":true/, 'regex "ok"'),
    url('regex_options', 'regex_options caseless', /"options":\["caseless"\]/, 'regex "ok"'),
    url('regex_stack', 'regex_stack 1024 2048', /"stack":\{"start":1024,"max":2048\}/, 'regex "ok"'),
    url('regex_min_offset', 'regex_min_offset 5', /"minOffset":5/, 'regex "ok"'),
    url('regex_max_offset', 'regex_max_offset 50', /"maxOffset":50/, 'regex "ok"'),
    ...(kind === 'SSL_GET'
      ? [
          specific(kind, 'tls_compliant', 'tls_compliant on', /"tlsCompliant":true/),
          url('tls_compliant', 'tls_compliant on', /"tlsCompliant":true/),
        ]
      : []),
  ];
});

const BFD = 'bfd_instance b1 {\n neighbor_ip 10.0.0.2\n source_ip 10.0.0.1\n}\n';
const FILE = 'track_file load {\n file "/run/load"\n weight 1\n}\n';

const OTHERS: EffectCase[] = [
  specific('SMTP_CHECK', 'helo_name', 'helo_name me.example.com', /"heloName":"me\.example\.com"/),
  specific('SMTP_CHECK', 'host', 'host {\n connect_ip 10.9.0.1\n }', /"address":"10\.9\.0\.1"/),
  specific('DNS_CHECK', 'type', 'type A', /"type":"A"/),
  specific('DNS_CHECK', 'name', 'name www.example.com', /"name":"www\.example\.com"/),
  specific('UDP_CHECK', 'payload', 'payload 0102', /"payload":"0102"/),
  specific('UDP_CHECK', 'require_reply', 'require_reply 03', /"requireReply":"03"/),
  specific('UDP_CHECK', 'min_reply_length', 'min_reply_length 7', /"minReplyLength":7/, 'require_reply 03'),
  specific('UDP_CHECK', 'max_reply_length', 'max_reply_length 9', /"maxReplyLength":9/, 'require_reply 03'),
  {
    lvs: true,
    row: ['MISC_CHECK', 'misc_path'],
    line: 'misc_path "/s/this"',
    instead: 'misc_path "/s/that"',
    around: (line) => balanced({ checks: `MISC_CHECK {\n ${line}\n }` }),
    play: 'start',
    shows: /"argv":\["\/s\/this"\]/,
  },
  specific('MISC_CHECK', 'misc_timeout', 'misc_timeout 7', /"timeout":7000000/),
  one(
    'MISC_CHECK',
    'misc_dynamic',
    'misc_dynamic',
    'server /s/check weight=7; start; wait 2',
    { shows: /~server 10\.1\.0\.1:80 NAT 7/ },
    QUICK,
  ),
  specific('MISC_CHECK', 'user', 'user nobody', /"user":"nobody"/),
  {
    lvs: true,
    row: ['FILE_CHECK', 'track_file'],
    line: 'track_file load',
    instead: 'track_file other',
    around: (line) =>
      `${FILE}${FILE.replaceAll('load', 'other')}${balanced({ checks: `FILE_CHECK {\n ${line}\n }` })}`,
    play: 'start; file load 7',
    shows: /~server 10\.1\.0\.1:80 NAT 8/,
  },
  {
    lvs: true,
    row: ['FILE_CHECK', 'weight'],
    line: 'weight 2',
    around: (line) => `${FILE}${balanced({ checks: `FILE_CHECK {\n track_file load\n ${line}\n }` })}`,
    play: 'start; file load 7',
    shows: /~server 10\.1\.0\.1:80 NAT 15/,
  },
  {
    lvs: true,
    row: ['BFD_CHECK', 'name'],
    line: 'name b1',
    instead: 'name b2',
    around: (line) =>
      `${BFD}${BFD.replace('b1', 'b2').replace('0.0.2', '0.0.3')}${balanced({ checks: `BFD_CHECK {\n ${line}\n }` })}`,
    play: 'start; session b1 up; wait 1',
    hides: /-server 10\.1\.0\.1/,
  },
  {
    lvs: true,
    row: ['BFD_CHECK', 'alpha'],
    line: 'alpha on',
    around: (line) => `${BFD}${balanced({ checks: `BFD_CHECK {\n name b1\n ${line}\n }` })}`,
    play: 'start',
    hides: /\+server 10\.1\.0\.1/,
  },
];

/** That there is a checker of that kind at all. */
const KINDS: EffectCase[] = [
  ...Object.entries(NETWORK).map(
    ([kind, { needs }]): EffectCase => ({
      lvs: true,
      row: ['real_server', kind],
      line: `${kind} {\n ${needs}\n }`,
      around: (line) => balanced({ checks: line }),
      play: 'start',
      // The other server has a TCP_CHECK of its own.
      shows:
        kind === 'TCP_CHECK'
          ? /Activating healthchecker for service \[10\.1\.0\.1\]/
          : new RegExp(`"kind":"${kind}"`),
    }),
  ),
  {
    lvs: true,
    row: ['real_server', 'FILE_CHECK'],
    line: 'FILE_CHECK {\n track_file load\n }',
    around: (line) => `${FILE}${balanced({ checks: line })}`,
    play: 'start; file load 7',
    shows: /~server 10\.1\.0\.1:80 NAT 8/,
  },
  {
    lvs: true,
    row: ['real_server', 'BFD_CHECK'],
    line: 'BFD_CHECK {\n name b1\n }',
    around: (line) => `${BFD}${balanced({ checks: line })}`,
    play: 'start; wait 1',
    shows: /-server 10\.1\.0\.1/,
  },
];

export const CHECKER_CASES: readonly EffectCase[] = [...COMMON, ...HOST, ...WEB, ...OTHERS, ...KINDS];
