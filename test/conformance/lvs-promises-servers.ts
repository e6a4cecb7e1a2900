/** What is promised about virtual servers and their real servers, and what goes beyond Keepalived there. */
import type { Promised } from './promise.js';

const MODEL = 'test test/core/lvs/model.test.ts: weights';
const QUORUM = 'test test/core/health/quorum.test.ts:';
const SETTINGS = 'test test/config/lvs-model.test.ts:';
const SUSPEND = 'test test/core/lvs/ha-suspend.test.ts:';
const TCP = 'test test/host/checks/tcp.test.ts:';
const NAMESPACES = 'test test/host/checks/namespace.test.ts:';
const TRAFFIC =
  'test test/daemon/balancer-traffic.test.ts: requests go as with IPVS: by the weights, and never to who may not have them';
const OPTIONS =
  'test test/kernel/ipvs-cases.ts: every option of a service and of a server reads as it does where Keepalived set it';

const server = (says: string, ...by: string[]): Promised => ({ part: 'Virtual servers', says, by });
const beyond = (says: string, ...by: string[]): Promised => ({ part: 'Beyond Keepalived', says, by });
/** Where both a virtual and a real server may say it. */
const both = (keyword: string): string[] => [
  `keyword virtual_server ${keyword}`,
  `keyword real_server ${keyword}`,
];

export const SERVER_PROMISES: readonly Promised[] = [
  server(
    'Groups with ranges.',
    'keyword virtual_server_group',
    `${SETTINGS} group entries`,
    'test test/core/lvs/services.test.ts: a range, a prefix and an address are a service each, with all servers',
    'test test/core/lvs/services.test.ts: two virtual servers of one group: a service for each protocol, and one mark that holds the servers of both',
    `${SETTINGS} a group for several services`,
    'lvs-transcript 51-fifo-names.txt',
  ),
  server(
    'quorum with hysteresis.',
    'keyword virtual_server quorum',
    'keyword virtual_server hysteresis',
    MODEL,
    `${QUORUM} it is lost below quorum - hysteresis and won at quorum + hysteresis`,
    'lvs-transcript 22-quorum.txt',
  ),
  server(
    'quorum_up and quorum_down.',
    'keyword virtual_server quorum_up',
    'keyword virtual_server quorum_down',
    'lvs-transcript 22-quorum.txt',
    'lvs-transcript 42-reload-other-service.txt',
  ),
  server(
    'sorry_server, with a method of its own.',
    'keyword virtual_server sorry_server',
    'keyword virtual_server sorry_server_lvs_method',
    MODEL,
    'lvs-transcript 24-sorry.txt',
  ),
  server(
    'sorry_server_inhibit.',
    'keyword virtual_server sorry_server_inhibit',
    MODEL,
    'lvs-transcript 27-sorry-inhibit.txt',
    'lvs-transcript 28-alpha-sorry.txt',
  ),
  server(
    'alpha.',
    ...both('alpha'),
    MODEL,
    'lvs-transcript 06-alpha.txt',
    'lvs-transcript 07-alpha-fails.txt',
    'lvs-transcript 41-reload-adds-alpha.txt',
  ),
  server('omega.', 'keyword virtual_server omega', MODEL, 'lvs-transcript 31-stop-omega.txt'),
  server(
    'inhibit_on_failure.',
    ...both('inhibit_on_failure'),
    MODEL,
    'lvs-transcript 29-inhibit.txt',
    'lvs-transcript 30-inhibit-sorry.txt',
  ),
  server(
    'Weights from checkers.',
    ...both('weight'),
    'keyword MISC_CHECK misc_dynamic',
    'keyword FILE_CHECK weight',
    'lvs-transcript 20-misc-dynamic.txt',
    'lvs-transcript 21-file.txt',
  ),
  server(
    'notify_up and notify_down.',
    'keyword real_server notify_up',
    'keyword real_server notify_down',
    'lvs-transcript 03-bad-from-the-start.txt',
    'test test/daemon/balancer-storm.test.ts: a storm: every script runs, few at a time, and the log sums up',
  ),
  server(
    'rs_init_notifies.',
    'keyword global_defs rs_init_notifies',
    'test test/core/lvs/rs-init-notifies.test.ts: with it the living are told of, once',
    'test test/core/lvs/rs-init-notifies.test.ts: without it nobody is',
    'lvs-transcript 59-rs-init-notifies.txt',
  ),
  server(
    'ha_suspend.',
    'keyword virtual_server ha_suspend',
    `${SUSPEND} any address of a group is enough, and none of them is too little`,
    `${SUSPEND} an address that is on two interfaces is here until it has left both`,
    `${SUSPEND} after an overrun of the event socket the addresses as they are then count`,
    `${SUSPEND} a reload gives it and takes it, and who is gone is not spoken of any more`,
    'lvs-transcript 32-ha-suspend.txt',
  ),
  server(
    'virtualhost.',
    ...both('virtualhost'),
    `${SETTINGS} names of pages`,
    'test test/host/checks/http.test.ts: the bytes of a request are those of Keepalived',
  ),
  server(
    'delay_before_retry.',
    ...both('delay_before_retry'),
    'lvs-transcript 11-answers-500.txt',
    'lvs-transcript 13-packets-dropped.txt',
  ),
  server(
    'retry.',
    ...both('retry'),
    'lvs-transcript 11-answers-500.txt',
    'lvs-transcript 40-reload-adds.txt',
  ),
  server('warmup.', ...both('warmup'), 'lvs-transcript 01-start.txt', 'lvs-transcript 02-no-warmup.txt'),
  server(
    'delay_loop.',
    ...both('delay_loop'),
    'lvs-transcript 13-packets-dropped.txt',
    'lvs-transcript 61-reload-shorter-interval.txt',
  ),
  server(
    'connect_ip and connect_port.',
    'keyword TCP_CHECK connect_ip',
    'keyword TCP_CHECK connect_port',
    `${SETTINGS} a check goes to the written port even where DR does not use it`,
    'test test/kernel/check-bytes.ts: checkers say to their servers, byte for byte, what those of Keepalived 2.2.7 say',
  ),
  server(
    'bindto and bind_port.',
    'keyword TCP_CHECK bindto',
    'keyword TCP_CHECK bind_port',
    `${TCP} it comes from the address and port that it shall come from, also twice in a row`,
  ),
  server('fwmark.', 'keyword TCP_CHECK fwmark', `${NAMESPACES} the mark of a check chooses its way`),
  server(
    'Connection limits: uthreshold and lthreshold.',
    'keyword real_server uthreshold',
    'keyword real_server lthreshold',
    OPTIONS,
  ),
  server(
    'Who is told, and with which words: log, FIFO, scripts, mail.',
    'lvs-transcript 50-mails.txt',
    'lvs-transcript 51-fifo-names.txt',
    'keyword global_defs lvs_notify_fifo',
    ...both('smtp_alert'),
  ),

  beyond(
    'slow_start: the weight of a server that comes back climbs.',
    ...both('slow_start'),
    'lvs-transcript 63-slow-start.txt',
  ),
  beyond(
    'Drain of a real server by command, with the count of connections left.',
    'lvs-transcript 54-drain.txt',
    TRAFFIC,
    'test test/admin/server.test.ts: POST /drain says where the server is; nothing but a server is understood',
    'test test/kernel/lvs-cases.ts: a drained server keeps its connections and gets weight 0; undone, its weight again',
    'test test/host/nft-connections.test.ts: one that stands is active, one that has ended is not, and a server without any has none',
  ),
  beyond('jitter.', ...both('jitter'), 'lvs-transcript 64-jitter-fast-interval.txt'),
  beyond(
    'fast_interval: retries are faster while a server fails.',
    ...both('fast_interval'),
    'lvs-transcript 64-jitter-fast-interval.txt',
  ),
];
