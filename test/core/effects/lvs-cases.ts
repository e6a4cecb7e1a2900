/** What the keywords of virtual servers, real servers and the load balancer's globals do, as its engine shows it. */
import type { EffectCase } from './case.js';

interface Places {
  readonly globals?: string;
  readonly head?: string;
  readonly basics?: string;
  readonly service?: string;
  readonly server?: string;
  readonly checks?: string;
  /** Around the port of the second server, which is always good. */
  readonly port?: string;
}

const TCP = '    TCP_CHECK {\n      retry 1\n    }';
const BASICS = 'lvs_sched rr\n  lvs_method NAT\n  protocol TCP';

/** A service of two servers, the first of which is the one that the test is about. */
export const balanced = ({
  globals = '',
  head = '192.0.2.1 80',
  basics = BASICS,
  service = '',
  server = '',
  checks = TCP,
  port = ' 80',
}: Places): string => `global_defs {
  router_id LB
  notification_email {
    a@example.com
  }
  smtp_server 127.0.0.1
  ${globals}
}
virtual_server ${head} {
  ${basics}
  ${service}
  real_server 10.1.0.1${port} {
    ${server}
${checks}
  }
  real_server 10.1.0.2${port} {
    TCP_CHECK {
      connect_port 80
    }
  }
}
`;

type Signs = Pick<EffectCase, 'shows' | 'hides' | 'instead'>;
type Place = 'globals' | 'service' | 'server';
const BLOCKS = { globals: 'global_defs', service: 'virtual_server', server: 'real_server' } as const;

const at =
  (place: Place) =>
  (keyword: string, line: string, play: string, signs: Signs, others: Places = {}): EffectCase => ({
    lvs: true,
    row: [BLOCKS[place], keyword],
    line,
    around: (own) => balanced({ ...others, [place]: `${others[place] ?? ''}\n  ${own}` }),
    play,
    ...signs,
  });
const globals = at('globals');
const service = at('service');
const server = at('server');

const QUICK = 'warmup 0\n  delay_loop 3';
const quick: Places = { service: QUICK };
const FAILS = 'start; wait 1.5; server 10.1.0.1:80 refused; wait 30';
/** The other server is 10.1.0.2. */
const ALL_FAIL = `${FAILS.replace('wait 30', 'server 10.1.0.2:80 refused; wait 30')}`;

/** Where both a virtual server and a real server may say it. */
const inherited = (
  keyword: string,
  line: string,
  play: string,
  signs: Signs,
  others: Places = {},
): EffectCase[] => [service(keyword, line, play, signs, others), server(keyword, line, play, signs, others)];

const TIMING: EffectCase[] = [
  ...inherited('connect_timeout', 'connect_timeout 2', 'start', { shows: /"connectTimeout":2000000/ }),
  ...inherited(
    'retry',
    'retry 3',
    FAILS,
    { shows: /failed after 3 retries/ },
    { ...quick, checks: 'TCP_CHECK {\n}' },
  ),
  ...inherited('delay_before_retry', 'delay_before_retry 2', FAILS, { shows: /^6\.000 -server/ }, quick),
  ...inherited('warmup', 'warmup 0', 'checks shown; start; wait 3', { shows: /^1\.000 check 10\.1\.0\.1/ }),
  ...inherited(
    'delay_loop',
    'delay_loop 3',
    'checks shown; start; wait 5',
    { shows: /^4\.000 check 10\.1\.0\.1/ },
    { service: 'warmup 0' },
  ),
  ...inherited('fast_interval', 'fast_interval 0.5', FAILS, { shows: /^4\.500 -server/ }, quick),
  ...inherited(
    'jitter',
    'jitter 10',
    'checks shown; start; wait 4',
    { hides: /^4\.000 check 10\.1\.0\.1/ },
    quick,
  ),
  ...inherited(
    'slow_start',
    'slow_start 20',
    'server 10.1.0.1:80 refused; start; wait 3; server 10.1.0.1:80 good; wait 30',
    { shows: /~server 10\.1\.0\.1:80 NAT 50$/ },
    { service: `${QUICK}\n  weight 100` },
  ),
];

const SERVICE: EffectCase[] = [
  {
    lvs: true,
    row: ['virtual_server', 'ip_family'],
    line: 'ip_family inet6',
    around: (line) =>
      balanced({ head: 'fwmark 7', basics: 'lvs_sched rr\n  lvs_method TUN', service: line, port: '' }),
    play: 'start',
    shows: /\+service mark ipv6 7/,
  },
  {
    lvs: true,
    row: ['virtual_server', 'lvs_sched'],
    line: 'lvs_sched wrr',
    around: (line) => balanced({ basics: `lvs_method NAT\n  protocol TCP\n  ${line}` }),
    play: 'start',
    shows: /\+service tcp 192\.0\.2\.1:80 wrr/,
  },
  ...(['flag-1', 'flag-2', 'flag-3'] as const).map((flag, n) =>
    service(flag, flag, 'start', { shows: new RegExp(`"schedulerFlags":\\[${n + 1}\\]`) }),
  ),
  ...(['sh-fallback', 'sh-port', 'mh-fallback', 'mh-port'] as const).map(
    (flag): EffectCase => ({
      lvs: true,
      row: ['virtual_server', flag],
      line: flag,
      around: (line) =>
        balanced({
          basics: `lvs_sched ${flag.slice(0, 2)}\n  lvs_method NAT\n  protocol TCP`,
          service: line,
        }),
      play: 'start',
      shows: new RegExp(`"schedulerFlags":\\[${flag.endsWith('fallback') ? 1 : 2}\\]`),
    }),
  ),
  service(
    'ops',
    'ops',
    'start',
    { shows: /"onePacket":true/ },
    { basics: 'lvs_sched rr\n  lvs_method NAT\n  protocol UDP' },
  ),
  {
    lvs: true,
    row: ['virtual_server', 'lvs_method'],
    line: 'lvs_method DR',
    around: (line) => balanced({ basics: `lvs_sched rr\n  protocol TCP\n  ${line}` }),
    play: 'start',
    shows: /\+server 10\.1\.0\.1:80 DR/,
  },
  service('persistence_engine', 'persistence_engine sip', 'start', { shows: /"engine":"sip"/ }),
  service('persistence_timeout', 'persistence_timeout 50', 'start', { shows: /\+service .* persistent 50/ }),
  service('persistence_granularity', 'persistence_granularity 255.255.255.0', 'start', {
    shows: /"granularity":"255\.255\.255\.0"/,
  }),
  {
    lvs: true,
    row: ['virtual_server', 'protocol'],
    line: 'protocol TCP',
    around: (line) => balanced({ basics: `lvs_sched rr\n  lvs_method NAT\n  ${line}` }),
    play: 'start',
    shows: /\+service tcp /,
  },
  service('ha_suspend', 'ha_suspend', 'checks shown; start; wait 2', { hides: /check 10\.1\.0\.1/ }, quick),
  service('smtp_alert', 'smtp_alert', 'start', { shows: /mail Virtualserver \[192\.0\.2\.1\]:tcp:80 - UP/ }),
  service('alpha', 'alpha', 'start', { hides: /\+server 10\.1\.0\.1/ }),
  service('omega', 'omega', 'start; stop', { shows: /run \/q\/down/ }, { service: 'quorum_down "/q/down"' }),
  service('quorum', 'quorum 2', FAILS, { shows: /Lost quorum 2/ }, quick),
  service('hysteresis', 'hysteresis 1', FAILS, { hides: /Lost quorum/ }, { service: `${QUICK}\n  quorum 2` }),
  service('quorum_up', 'quorum_up "/q/up"', 'start', { shows: /run \/q\/up/ }),
  service('quorum_down', 'quorum_down "/q/down"', ALL_FAIL, { shows: /run \/q\/down/ }, quick),
  service('weight', 'weight 7', 'start', { shows: /\+server 10\.1\.0\.1:80 NAT 7/ }),
  service(
    'sorry_server',
    'sorry_server 10.1.0.9 80',
    ALL_FAIL,
    { shows: /\+server 10\.1\.0\.9:80 NAT 1/ },
    quick,
  ),
  service(
    'sorry_server_inhibit',
    'sorry_server_inhibit',
    'start',
    { shows: /\+server 10\.1\.0\.9:80 NAT 0/ },
    {
      service: 'sorry_server 10.1.0.9 80',
    },
  ),
  service(
    'sorry_server_lvs_method',
    'sorry_server_lvs_method DR',
    ALL_FAIL,
    { shows: /\+server 10\.1\.0\.9:80 DR 1/ },
    { service: `${QUICK}\n  sorry_server 10.1.0.9 80` },
  ),
  service(
    'inhibit_on_failure',
    'inhibit_on_failure',
    FAILS,
    { shows: /~server 10\.1\.0\.1:80 NAT 0/ },
    quick,
  ),
  {
    lvs: true,
    row: ['virtual_server', 'virtualhost'],
    line: 'virtualhost www.example.com',
    around: (line) => balanced({ service: line, checks: 'HTTP_GET {\n url {\n path /\n }\n}' }),
    play: 'start',
    shows: /"virtualhost":"www\.example\.com"/,
  },
  {
    lvs: true,
    row: ['virtual_server', 'real_server'],
    line: 'real_server 10.1.0.3 80 {\n    TCP_CHECK {\n    }\n  }',
    around: (line) => balanced({ service: line }),
    play: 'start',
    shows: /\+server 10\.1\.0\.3:80/,
  },
];

const SERVER: EffectCase[] = [
  server('weight', 'weight 7', 'start', { shows: /\+server 10\.1\.0\.1:80 NAT 7/ }),
  server('lvs_method', 'lvs_method DR', 'start', { shows: /\+server 10\.1\.0\.1:80 DR/ }),
  server('uthreshold', 'uthreshold 9', 'start', { shows: /"upperThreshold":9/ }),
  server('lthreshold', 'lthreshold 4', 'start', { shows: /"lowerThreshold":4/ }, { server: 'uthreshold 9' }),
  server('inhibit_on_failure', 'inhibit_on_failure', FAILS, { shows: /~server 10\.1\.0\.1:80 NAT 0/ }, quick),
  server(
    'notify_up',
    'notify_up "/n/up"',
    'server 10.1.0.1:80 refused; start; wait 2; server 10.1.0.1:80 good; wait 5',
    { shows: /run \/n\/up/ },
    quick,
  ),
  server('notify_down', 'notify_down "/n/down"', FAILS, { shows: /run \/n\/down/ }, quick),
  server('smtp_alert', 'smtp_alert off', FAILS, { hides: /mail Realserver/ }, quick),
  server('alpha', 'alpha', 'start', { hides: /\+server 10\.1\.0\.1/ }),
  {
    lvs: true,
    row: ['real_server', 'virtualhost'],
    line: 'virtualhost www.example.com',
    around: (line) => balanced({ server: line, checks: 'HTTP_GET {\n url {\n path /\n }\n}' }),
    play: 'start',
    shows: /"virtualhost":"www\.example\.com"/,
  },
];

const GLOBALS: EffectCase[] = [
  globals('lvs_sync_daemon', 'lvs_sync_daemon eth9 id 7', 'start', { shows: /\+daemon master eth9 id=7/ }),
  globals('lvs_timeouts', 'lvs_timeouts tcp 30', 'start', { shows: /timeouts tcp=30/ }),
  globals('lvs_flush', 'lvs_flush', 'start', { shows: /^0\.000 flush$/ }),
  globals('lvs_flush_on_stop', 'lvs_flush_on_stop', 'start; stop', { shows: /^0\.000 flush$/ }),
  globals('lvs_notify_fifo', 'lvs_notify_fifo /run/lvs', 'start', {
    shows: /fifo lvs VS \[192\.0\.2\.1\]:tcp:80 UP/,
  }),
  globals(
    'lvs_notify_fifo_script',
    'lvs_notify_fifo_script "/n/reader"',
    'start',
    { shows: /open fifo lvs \/run\/lvs for \/n\/reader/ },
    {
      globals: 'lvs_notify_fifo /run/lvs',
    },
  ),
  globals(
    'no_checker_emails',
    'no_checker_emails',
    FAILS,
    { hides: /mail Realserver.*CHECK failed on service : HTTP/ },
    {
      ...quick,
      checks: `${TCP}\n    HTTP_GET {\n      connect_port 80\n      retry 1\n      url {\n        path /\n      }\n    }`,
    },
  ),
  globals(
    'checker_log_all_failures',
    'checker_log_all_failures',
    'start; wait 1.5; server 10.1.0.1:80 refused; wait 3',
    {
      shows: /log TCP_CHECK of \[10\.1\.0\.1\]:tcp:80 for VS/,
    },
    quick,
  ),
  globals(
    'rs_init_notifies',
    'rs_init_notifies',
    'start',
    { shows: /run \/n\/up/ },
    { server: 'notify_up "/n/up"' },
  ),
  globals('smtp_alert_checker', 'smtp_alert_checker off', FAILS, { hides: /mail Realserver/ }, quick),
  {
    lvs: true,
    row: ['', 'virtual_server'],
    line: 'virtual_server 192.0.2.2 80 {\n  lvs_sched rr\n  lvs_method NAT\n  protocol TCP\n  real_server 10.1.0.1 80 {\n  }\n}',
    around: (line) => `${balanced({})}${line}\n`,
    play: 'start',
    shows: /\+service tcp 192\.0\.2\.2:80/,
  },
  {
    lvs: true,
    row: ['', 'virtual_server_group'],
    line: 'virtual_server_group G {\n  192.0.2.7 80\n}',
    instead: 'virtual_server_group G {\n  192.0.2.8 80\n}',
    around: (line) => `${line}\n${balanced({ head: 'group G' })}`,
    play: 'start',
    shows: /\+service tcp 192\.0\.2\.7:80/,
  },
  {
    lvs: true,
    row: ['', 'SSL'],
    line: 'SSL {\n  ca /etc/ca.pem\n}',
    around: (line) => `${line}\n${balanced({ checks: 'SSL_GET {\n url {\n path /\n }\n}' })}`,
    play: 'start',
    shows: /"tls":\{"ca":"\/etc\/ca\.pem"\}/,
  },
  ...(['password', 'ca', 'certificate', 'key'] as const).map(
    (keyword): EffectCase => ({
      lvs: true,
      row: ['SSL', keyword],
      line: `${keyword} /x`,
      around: (line) => `SSL {\n  ${line}\n}\n${balanced({ checks: 'SSL_GET {\n url {\n path /\n }\n}' })}`,
      play: 'start',
      shows: new RegExp(`"tls":\\{"${keyword}":"/x"\\}`),
    }),
  ),
  {
    lvs: true,
    row: ['vrrp_instance', 'lvs_sync_daemon_interface'],
    line: 'lvs_sync_daemon_interface eth9',
    around: (line) =>
      `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n ${line}\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n${balanced({})}`,
    play: 'start',
    shows: /\+daemon backup eth9 id=0/,
  },
];

export const LVS_CASES: readonly EffectCase[] = [...TIMING, ...SERVICE, ...SERVER, ...GLOBALS];
